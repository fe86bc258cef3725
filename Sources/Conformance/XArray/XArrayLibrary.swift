import XArray

/// The operations as calls of the XArray room.
struct XArrayLibrary: XArraySubject {
    var array: XArray
    private var allocator = XArray.Allocator()
    private let header: XArrayTraceHeader

    var calls: Int { allocator.calls }
    var allocated: Int { allocator.allocated }
    var freed: Int { allocator.freed }
    var fault: String? { nil }

    init(_ header: XArrayTraceHeader, _ version: XArray.Version) {
        self.header = header
        array = XArray(version: version, options: header.options)
    }

    mutating func beginOperation(failingCall: Int?, failingFrom: Int?) {
        allocator.beginOperation(failingCall: failingCall, failingFrom: failingFrom)
    }

    mutating func apply(_ line: XArrayTraceLine) throws -> Results {
        let op = try line.text("op")
        switch op {
        case "store": return try store(line)
        case "xa_store", "insert", "reserve", "release", "cmpxchg", "store_range", "alloc":
            return try simpleStore(op, line)
        case "erase":
            return ["r": TraceValue(array.erase(at: try line.index(), allocator: &allocator))]
        case "load": return ["r": TraceValue(array.load(try line.index()))]
        case "get_order": return ["r": .number(array.order(at: try line.index()))]
        case "set_mark", "clear_mark", "get_mark", "init_marks": return try applyMark(op, line)
        case "create_range": return try createRange(line)
        case "split": return try split(line)
        case "add_folio": return try addFolio(line)
        case "delete_node": return try deleteNode(line)
        case "destroy":
            array.destroy(allocator: &allocator)
            return [:]
        default: return try look(op, line)
        }
    }

    private func state(_ line: XArrayTraceLine, order: String = "order") throws -> XArray.State {
        XArray.State(
            try line.index(), order: try line.number(order, in: 0...64), updates: header.updates)
    }

    private mutating func store(_ line: XArrayTraceLine) throws -> Results {
        let item = try line.entry()
        var state = try state(line)
        let isRepeated = try line.optionalNumber("retry") != 0
        var old = XArray.Slot.empty
        repeat {
            old = array.store(item, at: &state, allocator: &allocator)
        } while isRepeated && array.fetchNode(&state, allocator: &allocator)
        if line["init_marks"] != nil { array.initMarks(at: &state) }
        return ["r": TraceValue(state.error), "old": TraceValue(old)]
    }

    private mutating func simpleStore(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        func errorOf(_ body: () throws -> Void) throws -> Results {
            do {
                try body()
                return ["r": .number(0)]
            } catch let error as XArrayError {
                return ["r": TraceValue(error)]
            }
        }
        func entryOf(_ body: () throws -> XArray.Entry?) throws -> Results {
            do {
                return ["r": TraceValue(try body())]
            } catch let error as XArrayError {
                return ["r": TraceValue(error)]
            }
        }
        switch op {
        case "xa_store":
            let (item, index) = (try line.entry(), try line.index())
            return try entryOf { try array.store(item, at: index, allocator: &allocator) }
        case "insert":
            let (item, index) = (try line.entry(), try line.index())
            return try errorOf { try array.insert(item, at: index, allocator: &allocator) }
        case "reserve":
            let index = try line.index()
            return try errorOf { try array.reserve(index, allocator: &allocator) }
        case "release":
            array.release(try line.index(), allocator: &allocator)
            return [:]
        case "cmpxchg":
            let (old, item, index) = (try line.entry("old"), try line.entry(), try line.index())
            return try entryOf {
                try array.compareExchange(old, with: item, at: index, allocator: &allocator)
            }
        case "store_range":
            let (item, first) = (try line.entry(), try line.index("first"))
            let last = try line.index("last")
            guard last != .max else { throw TraceTextError("xa_store_range to 2^64-1 never ends") }
            return try errorOf {
                try array.storeRange(item, first: first, last: last, allocator: &allocator)
            }
        default:
            let (item, min, max) = (try line.entry(), try line.index("min"), try line.index("max"))
            guard min <= max else { throw TraceTextError("min is above max") }
            let range = min...max
            var id: TraceValue?
            var results = try errorOf {
                id = TraceValue(try array.allocate(item, in: range, allocator: &allocator))
            }
            results["id"] = id
            return results
        }
    }

    private mutating func applyMark(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        let index = try line.index()
        switch op {
        case "set_mark": array.setMark(try line.mark(), at: index)
        case "clear_mark": array.clearMark(try line.mark(), at: index)
        case "get_mark": return ["r": .number(array.hasMark(try line.mark(), at: index) ? 1 : 0)]
        default:
            var state = XArray.State(index)
            _ = array.load(&state)
            array.initMarks(at: &state)
        }
        return [:]
    }

    private mutating func createRange(_ line: XArrayTraceLine) throws -> Results {
        _ = try line.number("order", in: 0...11)
        var state = try state(line)
        repeat {
            array.createRange(&state, allocator: &allocator)
        } while array.fetchNode(&state, allocator: &allocator)
        return ["r": TraceValue(state.error)]
    }

    private mutating func split(_ line: XArrayTraceLine) throws -> Results {
        let order = try line.number("order", in: 0...64)
        var state = try state(line, order: "new_order")
        guard let item = try line.entry() else { throw TraceTextError("a split into nothing") }
        let present = array.order(at: try line.index())
        guard present == order, state.shift + 6 >= order - order % 6, state.order < order else {
            throw TraceTextError(
                "an entry of order \(present) is there: it does not split from \(order) to "
                    + "\(state.order) at once")
        }
        array.allocateForSplit(order: order, &state, allocator: &allocator)
        if state.error == nil { array.split(into: item, order: order, &state) }
        return ["r": TraceValue(state.error)]
    }

    /// The array's part of `__filemap_add_folio` (mm/filemap.c).
    private mutating func addFolio(_ line: XArrayTraceLine) throws -> Results {
        let order = try line.number("order", in: 0...64)
        let item = try line.entry()
        var state = try state(line)
        var splitOrder = 0
        var shadow: XArray.Entry?
        while true {
            var old: XArray.Entry?
            var oldOrder = 0
            while let entry = array.findConflict(&state) {
                old = entry
                oldOrder = array.order(at: state)
                if !entry.isValue {
                    state.fail(.exists)
                    break
                }
            }
            if state.error == nil, let old {
                if oldOrder > order, splitOrder == 0 {
                    splitOrder = oldOrder
                    array.allocateForSplit(order: oldOrder, &state, allocator: &allocator)
                    if state.error != nil { break }
                    state.reset()
                    continue
                }
                if oldOrder > order {
                    array.split(into: old, order: oldOrder, &state)
                    state.reset()
                }
                shadow = old
            }
            if state.error == nil { array.store(item, at: &state, allocator: &allocator) }
            guard array.fetchNode(&state, allocator: &allocator) else { break }
        }
        var results: Results = ["r": TraceValue(state.error)]
        if state.error == nil, let shadow { results["shadow"] = TraceValue(shadow) }
        return results
    }

    /// The reclaim of a node that holds values only: the lowest on the way to the index.
    private mutating func deleteNode(_ line: XArrayTraceLine) throws -> Results {
        guard let node = array.lowestListedNode(on: try line.index()) else {
            return ["r": .number(0)]
        }
        array.setListed(false, of: node)
        array.deleteNode(node, updates: true, allocator: &allocator)
        return ["r": .number(1)]
    }
}

extension XArray {
    /// The lowest node of values only on the way to an index.
    func lowestListedNode(on index: Index) -> NodeID? {
        var listed: NodeID?
        var slot = head
        while case .node(let id) = slot {
            let node = node(id)
            if node.isListed { listed = id }
            if node.lastIndex(ofSlot: 63) < index { break }
            slot = node.slot(Int(index.rawValue >> UInt64(node.shift) & 63))
            if case .sibling(let first) = slot { slot = node.slot(first) }
        }
        return listed
    }
}
