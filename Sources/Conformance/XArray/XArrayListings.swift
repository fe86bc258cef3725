import Kernel
import Linux6
import PageCache
import XArray

/// The operations as the kernel's functions, statement by statement, and what must hold of every
/// statement.
struct XArrayListings: XArraySubject {
    private var machine = Machine(file: FileConfiguration(size: 0))
    private let model: KernelModel
    private let header: XArrayTraceHeader
    private var watch = StatementWatch()

    var array: XArray {
        get { machine.mapping.xarray! }
        _modify { yield &machine.mapping.xarray! }
    }
    var calls: Int { machine.allocator.calls }
    var allocated: Int { machine.allocator.allocated }
    var freed: Int { machine.allocator.freed }
    var fault: String? { watch.fault }

    private static let models = Dictionary(
        uniqueKeysWithValues: KernelVersion.linux6.map { ($0, KernelModel($0, of: .linux6)) })

    init(_ header: XArrayTraceHeader, _ version: XArray.Version) {
        self.header = header
        model = Self.models[version == .linux61 ? .v6_1 : .v6_12]!
        machine.mapping.xarray = XArray(version: version, options: header.options)
    }

    mutating func beginOperation(failingCall: Int?, failingFrom: Int?) {
        machine.allocator.beginOperation(failingCall: failingCall, failingFrom: failingFrom)
    }

    /// Runs a function to its end. Calls of the allocator are counted on.
    ///
    /// - Returns: what it returned.
    @discardableResult
    private mutating func run(
        _ function: Function, _ state: XArray.State, _ set: (inout Locals) -> Void = { _ in }
    ) throws -> Int {
        var locals = Locals()
        locals.xas.state = state
        set(&locals)
        let account = machine.allocator.account
        try model.start(function, locals, on: &machine)
        machine.allocator.account = account
        watch.begin(machine)
        var result = KernelModel.StepResult.ran
        var steps = 0
        while result == .ran {
            let statement = watch.place(machine, model)
            result = model.step(&machine)
            watch.check(machine, statement)
            steps += 1
            guard steps < 1_000_000 else { throw TraceTextError("the operation does not end") }
        }
        watch.end(machine, result)
        return machine.returned
    }

    private var state: XArray.State { machine.tasks[0].returnedState }
    private var content: XArray.Slot { machine.tasks[0].returnedSlot }

    private static func slot(_ entry: XArray.Entry?) -> XArray.Slot {
        entry.map { .entry($0) } ?? .empty
    }

    private func state(_ line: XArrayTraceLine, order: String = "order") throws -> XArray.State {
        XArray.State(
            try line.index(), order: try line.number(order, in: 0...64), updates: header.updates)
    }

    // MARK: - Operations

    mutating func apply(_ line: XArrayTraceLine) throws -> Results {
        let op = try line.text("op")
        switch op {
        case "store":
            let entry = try line.entry()
            let error = try run(.bareStore, state(line)) {
                $0.xas.entry = Self.slot(entry)
                $0.isSync = line["retry"] != .number(0)
                $0.isDirty = line["init_marks"] != nil
            }
            return ["r": .number(error), "old": TraceValue(content)]
        case "xa_store", "insert", "reserve", "release", "cmpxchg", "store_range", "alloc":
            return try simpleStore(op, line)
        case "erase":
            try run(.xaErase, XArray.State(try line.index()))
            return ["r": TraceValue(content)]
        case "load":
            try run(.xaLoad, XArray.State(try line.index()))
            return ["r": TraceValue(content)]
        case "get_order": return ["r": .number(array.order(at: try line.index()))]
        case "set_mark", "clear_mark", "get_mark", "init_marks": return try applyMark(op, line)
        case "create_range": return ["r": .number(try run(.bareCreateRange, state(line)))]
        case "split":
            let entry = try line.entry()
            let error = try run(.bareSplit, state(line, order: "new_order")) {
                $0.xas.entry = Self.slot(entry)
            }
            return ["r": .number(error)]
        case "add_folio":
            let entry = try line.entry()
            let error = try run(.bareInsert, state(line)) { $0.xas.entry = Self.slot(entry) }
            let hasShadow = error == 0 && content != .empty
            return ["r": .number(error), "shadow": hasShadow ? TraceValue(content) : nil]
                .compactMapValues(\.self)
        case "delete_node": return try deleteNode(line)
        case "destroy":
            try run(.xaDestroy, XArray.State(0))
            return [:]
        default: return try look(op, line)
        }
    }

    private mutating func simpleStore(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        func entry(_ error: Int) -> Results {
            ["r": error == 0 ? TraceValue(content) : .number(error)]
        }
        switch op {
        case "xa_store":
            let item = Self.slot(try line.entry())
            return entry(
                try run(.xaStore, XArray.State(try line.index())) { $0.xas.entry = item })
        case "insert":
            let item = Self.slot(try line.entry())
            let error = try run(.xaInsert, XArray.State(try line.index())) { $0.xas.entry = item }
            return ["r": .number(error)]
        case "reserve":
            let error = try run(.xaCmpxchg, XArray.State(try line.index())) {
                $0.xas.entry = .entry(.zero)
            }
            return ["r": .number(error)]
        case "release":
            try run(.xaCmpxchg, XArray.State(try line.index())) { $0.xas.next = .entry(.zero) }
            return [:]
        case "cmpxchg":
            let (old, item) = (Self.slot(try line.entry("old")), Self.slot(try line.entry()))
            return entry(
                try run(.xaCmpxchg, XArray.State(try line.index())) {
                    $0.xas.next = old
                    $0.xas.entry = item
                })
        case "store_range":
            let item = Self.slot(try line.entry())
            let (first, last) = (try line.index("first"), try line.index("last"))
            let error = try run(.xaStoreRange, XArray.State(0)) {
                $0.xas.entry = item
                $0.start = first.rawValue
                $0.end = last.rawValue
            }
            return ["r": .number(error)]
        default:
            let item = Self.slot(try line.entry())
            let (min, max) = (try line.index("min"), try line.index("max"))
            let error = try run(.xaAlloc, XArray.State(0)) {
                $0.xas.entry = item
                $0.start = min.rawValue
                $0.end = max.rawValue
            }
            let index = XArray.Index(machine.tasks[0].returnedIndex)
            return ["r": .number(error), "id": error == 0 ? TraceValue(index) : nil]
                .compactMapValues(\.self)
        }
    }

    private mutating func applyMark(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        let state = XArray.State(try line.index())
        guard op != "init_marks" else {
            try run(.bareInitMarks, state)
            return [:]
        }
        let mark = try line.mark()
        switch op {
        case "set_mark": try run(.xaSetMark, state) { $0.xas.mark = mark }
        case "clear_mark": try run(.xaClearMark, state) { $0.xas.mark = mark }
        default: return ["r": .number(try run(.xaGetMark, state) { $0.xas.mark = mark })]
        }
        return [:]
    }

    private mutating func deleteNode(_ line: XArrayTraceLine) throws -> Results {
        guard let node = array.lowestListedNode(on: try line.index()) else {
            return ["r": .number(0)]
        }
        try run(.bareDeleteNode, XArray.State(0, updates: true)) { $0.node = node }
        return ["r": .number(1)]
    }

    // MARK: - Searches

    private mutating func look(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        switch op {
        case "xas_load":
            try run(
                .bareLoad, XArray.State(try line.index(), order: try line.number("order")))
            var results: Results = [
                "r": TraceValue(content), "st": XArrayLibrary.standing(state),
            ]
            if let node = state.node {
                results["at"] = .list([.number(array.shift(of: node)), .number(state.offset)])
            }
            return results
        case "find":
            let (max, mark) = (try line.index("max"), try line.optionalMark())
            try run(.xaFind, XArray.State(try line.index())) {
                $0.end = max.rawValue
                $0.isDirty = mark != nil
                $0.xas.mark = mark ?? .dirty
            }
            let index = XArray.Index(machine.tasks[0].returnedIndex)
            let found = content == .empty ? nil : TraceValue(index)
            return ["r": TraceValue(content), "idx_out": found].compactMapValues(\.self)
        case "conflict":
            var state = XArray.State(try line.index(), order: try line.number("order"))
            var found: [TraceValue] = []
            while true {
                try run(.xasFindConflict, state)
                state = self.state
                if content == .empty { break }
                found.append(.list([TraceValue(content), .number(array.order(at: state))]))
            }
            return ["r": .list(found)]
        case "next", "prev":
            var state = XArray.State(try line.index())
            var found: [TraceValue] = []
            for _ in 0..<(try line.number("n", in: 0...100_000)) {
                try run(op == "next" ? .xasNext : .xasPrev, state)
                state = self.state
                found.append(.list([TraceValue(state.index), TraceValue(content)]))
            }
            return ["r": .list(found), "st": XArrayLibrary.standing(state)]
        case "for_each", "for_each_marked": return try forEach(op, line)
        default:
            // Made of the searches above.
            var library = XArrayLibrary(header, array.version)
            library.array = array
            return try library.apply(line)
        }
    }

    private mutating func forEach(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        let (max, count) = (try line.index("max"), try line.number("n"))
        let mark = op == "for_each_marked" ? try line.mark() : nil
        var state = XArray.State(try line.index("first"))
        var found: [TraceValue] = []
        let first: Function = mark == nil ? .xasFind : .xasFindMarked
        let rest: Function = mark == nil ? .xasNextEntry : .xasNextMarked
        var isFirst = true
        while found.count < count {
            defer { isFirst = false }
            try run(isFirst ? first : rest, state) {
                $0.end = max.rawValue
                $0.xas.mark = mark ?? .dirty
            }
            state = self.state
            let slot = content
            if slot == .empty { break }
            if slot == .entry(.zero) { continue }
            found.append(.list([TraceValue(state.index), TraceValue(slot)]))
            if line["pause"] != nil, found.count < count {
                try run(.xasPause, state)
                state = self.state
            }
        }
        return [
            "r": .list(found), "st": XArrayLibrary.standing(state),
            "idx_out": TraceValue(state.index),
        ]
    }
}
