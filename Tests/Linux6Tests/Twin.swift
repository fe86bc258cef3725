import Kernel
import PageCache
import XArray

@testable import Linux6

/// Pseudo-random numbers that are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Something that is done to an array.
enum Deed: CustomStringConvertible {
    case store(UInt64, order: Int, XArray.Entry?, fail: Int?, from: Int?)
    case simpleStore(UInt64, XArray.Entry?, fail: Int?)
    case erase(UInt64)
    case insert(UInt64, XArray.Entry?, fail: Int?)
    case exchange(UInt64, XArray.Entry?, XArray.Entry?, fail: Int?)
    case storeRange(UInt64, UInt64, XArray.Entry?, from: Int?)
    case createRange(UInt64, order: Int, from: Int?)
    case allocate(UInt64, UInt64, XArray.Entry?, from: Int?)
    case split(UInt64, order: Int, XArray.Entry, fail: Int?)
    case setMark(XArray.Mark, UInt64)
    case clearMark(XArray.Mark, UInt64)
    case initMarks(UInt64)
    case destroy

    var description: String {
        switch self {
        case .store(let index, let order, let entry, let fail, let from):
            "store \(entry.map { "\($0)" } ?? "-") at \(index), order \(order), "
                + "failing \(fail ?? 0), from \(from ?? 0)"
        case .simpleStore(let index, let entry, _):
            "xa_store \(entry.map { "\($0)" } ?? "-") at \(index)"
        case .erase(let index): "erase \(index)"
        case .insert(let index, _, _): "insert at \(index)"
        case .exchange(let index, _, _, _): "exchange at \(index)"
        case .storeRange(let first, let last, _, _): "store \(first)...\(last)"
        case .createRange(let index, let order, _): "create \(index), order \(order)"
        case .allocate(let first, let last, _, _): "allocate in \(first)...\(last)"
        case .split(let index, let order, _, _): "split \(index) to order \(order)"
        case .setMark(let mark, let index): "mark \(index) \(mark)"
        case .clearMark(let mark, let index): "unmark \(index) \(mark)"
        case .initMarks(let index): "no marks at \(index)"
        case .destroy: "destroy"
        }
    }

    /// The call of the allocator that fails, and the first of those that do.
    var failing: (call: Int?, from: Int?) {
        switch self {
        case .store(_, _, _, let fail, let from): (fail, from)
        case .simpleStore(_, _, let fail), .insert(_, _, let fail), .exchange(_, _, _, let fail),
            .split(_, _, _, let fail):
            (fail, nil)
        case .storeRange(_, _, _, let from), .createRange(_, _, let from),
            .allocate(_, _, _, let from):
            (nil, from)
        default: (nil, nil)
        }
    }
}

/// An array of the XArray room, and one that the kernel's functions keep, statement by statement.
struct Twin {
    var library: XArray
    var allocator = XArray.Allocator()
    var machine = Machine(file: FileConfiguration(size: 0))
    let model: KernelModel
    let updates: Bool

    static let models = Dictionary(
        uniqueKeysWithValues: KernelVersion.linux6.map { ($0, KernelModel($0, of: .linux6)) })

    init(_ version: KernelVersion, options: XArray.Options = [], updates: Bool = false) {
        let rules: XArray.Version = version == .v6_1 ? .linux61 : .linux612
        library = XArray(version: rules, options: options)
        machine.mapping.xarray = library
        model = Self.models[version]!
        self.updates = updates
    }

    var listed: XArray { machine.mapping.xarray! }

    func state(_ index: UInt64, _ order: Int = 0) -> XArray.State {
        XArray.State(XArray.Index(index), order: order, updates: updates)
    }

    static func slot(_ entry: XArray.Entry?) -> XArray.Slot { entry.map { .entry($0) } ?? .empty }

    /// What an operation gave back: a code or an entry.
    struct Answer: Equatable {
        var code = 0
        var entry: XArray.Entry?
    }

    /// Does one thing to both.
    ///
    /// - Returns: what differs, or nil.
    mutating func apply(_ deed: Deed) throws -> String? {
        let failing = deed.failing
        let before = (allocator.allocated, allocator.freed)
        let beside = (machine.allocator.allocated, machine.allocator.freed)
        allocator.beginOperation(failingCall: failing.call, failingFrom: failing.from)
        library.beginLog()
        machine.mapping.xarray!.beginLog()
        let expected = callLibrary(deed)
        let answer = try runListings(deed, failing)
        let (wanted, log) = (library.takeLog(), machine.mapping.xarray!.takeLog())
        func difference<Value: Equatable>(_ what: String, _ ours: Value, _ its: Value) -> String? {
            ours == its ? nil : "\(deed): \(what): \(ours), not \(its)"
        }
        let made = [
            machine.allocator.calls, machine.allocator.allocated - beside.0,
            machine.allocator.freed - beside.1,
        ]
        let counted = [
            allocator.calls, allocator.allocated - before.0, allocator.freed - before.1,
        ]
        return difference("answer", answer, expected)
            ?? difference("changes", log.changes.unnamed, wanted.changes.unnamed)
            ?? difference("structure", listed.structure(), library.structure())
            ?? difference("updates", log.updates, wanted.updates)
            ?? difference("freed", log.freed.map(\.described), wanted.freed.map(\.described))
            ?? difference("calls, allocated, freed", made, counted)
            ?? difference("nodes", listed.nodeCount, library.nodeCount)
            ?? difference("nodes that wait", listed.retiredCount + machine.rcu.nodes.count, 0)
            ?? difference("lock", machine.locks.isHeld(.tree), false)
    }

    private mutating func callLibrary(_ deed: Deed) -> Answer {
        func code(_ body: () throws(XArrayError) -> XArray.Entry?) -> Answer {
            do throws(XArrayError) {
                return Answer(entry: try body())
            } catch {
                return Answer(code: error.rawValue)
            }
        }
        switch deed {
        case .store(let index, let order, let entry, _, _):
            var state = state(index, order)
            repeat {
                library.store(entry, at: &state, allocator: &allocator)
            } while library.fetchNode(&state, allocator: &allocator)
            return Answer(code: state.error?.rawValue ?? 0)
        case .simpleStore(let index, let entry, _):
            return code { () throws(XArrayError) in
                try library.store(entry, at: XArray.Index(index), allocator: &allocator)
            }
        case .erase(let index):
            return Answer(entry: library.erase(at: XArray.Index(index), allocator: &allocator))
        case .insert(let index, let entry, _):
            return code { () throws(XArrayError) in
                try library.insert(entry, at: XArray.Index(index), allocator: &allocator)
                return nil
            }
        case .exchange(let index, let old, let entry, _):
            return code { () throws(XArrayError) in
                try library.compareExchange(
                    old, with: entry, at: XArray.Index(index), allocator: &allocator)
            }
        case .storeRange(let first, let last, let entry, _):
            return code { () throws(XArrayError) in
                try library.storeRange(
                    entry, first: XArray.Index(first), last: XArray.Index(last),
                    allocator: &allocator)
                return nil
            }
        case .createRange(let index, let order, _):
            var state = state(index, order)
            repeat {
                library.createRange(&state, allocator: &allocator)
            } while library.fetchNode(&state, allocator: &allocator)
            return Answer(code: state.error?.rawValue ?? 0)
        case .allocate(let first, let last, let entry, _):
            return code { () throws(XArrayError) in
                let range = XArray.Index(first)...XArray.Index(last)
                let index = try library.allocate(entry, in: range, allocator: &allocator)
                return .value(index.rawValue)
            }
        case .split(let index, let order, let entry, _):
            var state = state(index, order)
            let old = library.order(at: XArray.Index(index))
            library.allocateForSplit(order: old, &state, allocator: &allocator)
            if state.error == nil { library.split(into: entry, order: old, &state) }
            return Answer(code: state.error?.rawValue ?? 0)
        case .setMark(let mark, let index): library.setMark(mark, at: XArray.Index(index))
        case .clearMark(let mark, let index): library.clearMark(mark, at: XArray.Index(index))
        case .initMarks(let index):
            var state = state(index)
            if library.load(&state) != .empty { library.initMarks(at: &state) }
        case .destroy: library.destroy(allocator: &allocator)
        }
        return Answer()
    }

    private mutating func runListings(
        _ deed: Deed, _ failing: (call: Int?, from: Int?)
    ) throws -> Answer {
        switch deed {
        case .store(let index, let order, let entry, _, _):
            let code = try run(.bareStore, state(index, order), failing) {
                $0.xas.entry = Self.slot(entry)
                $0.isSync = true
            }
            return Answer(code: code)
        case .simpleStore(let index, let entry, _):
            let code = try run(.xaStore, XArray.State(XArray.Index(index)), failing) {
                $0.xas.entry = Self.slot(entry)
            }
            return answer(code)
        case .erase(let index):
            let code = try run(.xaErase, XArray.State(XArray.Index(index)))
            return answer(code)
        case .insert(let index, let entry, _):
            let code = try run(.xaInsert, XArray.State(XArray.Index(index)), failing) {
                $0.xas.entry = Self.slot(entry)
            }
            return Answer(code: code)
        case .exchange(let index, let old, let entry, _):
            let code = try run(.xaCmpxchg, XArray.State(XArray.Index(index)), failing) {
                $0.xas.next = Self.slot(old)
                $0.xas.entry = Self.slot(entry)
            }
            return answer(code)
        case .storeRange(let first, let last, let entry, _):
            let code = try run(.xaStoreRange, XArray.State(0), failing) {
                $0.xas.entry = Self.slot(entry)
                $0.start = first
                $0.end = last
            }
            return Answer(code: code)
        case .createRange(let index, let order, _):
            return Answer(code: try run(.bareCreateRange, state(index, order), failing))
        case .allocate(let first, let last, let entry, _):
            let code = try run(.xaAlloc, XArray.State(0), failing) {
                $0.xas.entry = Self.slot(entry)
                $0.start = first
                $0.end = last
            }
            return Answer(
                code: code, entry: code == 0 ? .value(machine.tasks[0].returnedIndex) : nil)
        case .split(let index, let order, let entry, _):
            let code = try run(.bareSplit, state(index, order), failing) {
                $0.xas.entry = .entry(entry)
            }
            return Answer(code: code)
        case .setMark(let mark, let index):
            try run(.xaSetMark, XArray.State(XArray.Index(index))) { $0.xas.mark = mark }
        case .clearMark(let mark, let index):
            try run(.xaClearMark, XArray.State(XArray.Index(index))) { $0.xas.mark = mark }
        case .initMarks(let index): try run(.bareInitMarks, state(index))
        case .destroy: try run(.xaDestroy, XArray.State(0))
        }
        return Answer()
    }

    private func answer(_ code: Int) -> Answer {
        Answer(code: code, entry: code == 0 ? machine.tasks[0].returnedSlot.entry : nil)
    }

    @discardableResult
    private mutating func run(
        _ function: Function, _ state: XArray.State,
        _ failing: (call: Int?, from: Int?) = (nil, nil),
        _ set: (inout Locals) -> Void = { _ in }
    ) throws -> Int {
        try start(function, state, failing, set)
        let result = model.run(&machine, limit: 2_000_000)
        guard result == .finished else { throw Stuck(result: result) }
        return machine.returned
    }

    /// Runs a search of the listings.
    mutating func search(
        _ function: Function, _ state: XArray.State, _ max: XArray.Index, _ mark: XArray.Mark
    ) throws -> (found: XArray.Slot, state: XArray.State) {
        try run(function, state) {
            $0.end = max.rawValue
            $0.xas.mark = mark
        }
        return (machine.tasks[0].returnedSlot, machine.tasks[0].returnedState)
    }

    /// Lets a task begin a function.
    mutating func start(
        _ function: Function, _ state: XArray.State,
        _ failing: (call: Int?, from: Int?) = (nil, nil),
        task: Int = 0, _ set: (inout Locals) -> Void = { _ in }
    ) throws {
        var locals = Locals()
        locals.xas.state = state
        set(&locals)
        try model.start(function, locals, on: &machine, task: task)
        machine.allocator.beginOperation(failingCall: failing.call, failingFrom: failing.from)
    }

    struct Stuck: Error {
        let result: KernelModel.StepResult
    }
}

extension [XArray.Change] {
    /// With nodes by the order in which they first appear: names are given in other orders when
    /// freed nodes still wait for readers.
    var unnamed: [String] {
        var names: [XArray.NodeID: Int] = [:]
        func name(_ id: XArray.NodeID) -> String {
            let number = names[id] ?? names.count
            names[id] = number
            return "#\(number)"
        }
        func content(_ slot: XArray.Slot) -> String {
            if case .node(let id) = slot { return name(id) }
            return "\(slot)"
        }
        return map { change in
            switch change {
            case .made(let number): return "n\(number) made"
            case .joined(let number, let id):
                names[id] = 1000 + number
                return "n\(number) is \(name(id))"
            case .unused(let number): return "n\(number) unused"
            case .freed(let id): return "\(name(id)) freed"
            case .head(let slot): return "head \(content(slot))"
            case .marks(let marks): return "marks \(marks.rawValue)"
            case .shift(let id, let shift): return "\(name(id)) shift \(shift)"
            case .offset(let id, let offset): return "\(name(id)) offset \(offset)"
            case .parent(let id, let parent):
                return "\(name(id)) parent \(parent.map(name) ?? "-")"
            case .count(let id, let count): return "\(name(id)) count \(count)"
            case .values(let id, let count): return "\(name(id)) values \(count)"
            case .slot(let id, let offset, let slot):
                return "\(name(id)) slot \(offset) \(content(slot))"
            case .bitmap(let id, let mark, let bits): return "\(name(id)) \(mark) \(bits)"
            case .listed(let id, let isListed): return "\(name(id)) listed \(isListed)"
            }
        }
    }
}

extension XArray.Snapshot {
    /// Without the names of nodes.
    var described: String { "\(self)" }
}
