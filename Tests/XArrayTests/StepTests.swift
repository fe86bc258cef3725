import Testing
import XArray

/// The log of changes, and the single changes that it names.
@Suite struct StepTests {
    /// Whoever does each change of the log, one after the other, has what the operation made.
    @Test(arguments: Scope.allCases)
    func theChangesMakeTheOperation(_ scope: Scope) {
        let sequences = Sequences(scope: scope, version: .linux612, failures: true)
        for seed in 0..<UInt64(isLong ? 200 : 4) {
            var pair = Pair()
            for operation in sequences.make(100, seed: 100 + seed) {
                if case .split = operation { continue }
                let before = pair.logged
                guard pair.apply(operation) == nil else { return }
                if case .read = operation { continue }
                guard before != pair.logged else { continue }
                var replay = Replay(before)
                replay.apply(pair.log.changes)
                #expect(replay.array == pair.logged, "\(scope), seed \(seed): \(operation)")
                #expect(replay.array.violations().isEmpty, "\(scope), seed \(seed): \(operation)")
            }
        }
    }

    /// Old words and new ones differ, or the change would not be one.
    @Test func nothingIsLoggedWhereNothingChanges() throws {
        var array = XArray()
        var allocator = XArray.Allocator()
        try array.store(.pointer(1), at: 5, allocator: &allocator)
        array.beginLog()
        try array.store(.pointer(1), at: 5, allocator: &allocator)
        array.clearMark(.dirty, at: 5)
        array.erase(at: 6, allocator: &allocator)
        #expect(array.takeLog().changes.isEmpty)
    }

    @Test func theOrderIsTheKernels() throws {
        var array = XArray()
        var allocator = XArray.Allocator()
        try array.store(.pointer(1), at: 0, allocator: &allocator)
        array.beginLog()
        try array.store(.value(2), at: 3, allocator: &allocator)
        guard case .node(let top) = array.head else {
            Issue.record("no node")
            return
        }
        let changes: [XArray.Change] = [
            .made(1), .joined(1, top), .count(top, 1), .slot(top, 0, .entry(.pointer(1))),
            .head(.node(top)), .slot(top, 3, .entry(.value(2))), .count(top, 2), .values(top, 1),
        ]
        #expect(array.takeLog().changes == changes)
    }

    @Test func aNodeInUseIsNotRemoved() async {
        await #expect(processExitsWith: .failure) {
            var array = XArray()
            var allocator = XArray.Allocator()
            try array.store(.pointer(1), at: 3, allocator: &allocator)
            guard case .node(let top) = array.head else { return }
            array.removeNode(top)
        }
    }
}

/// An array to which changes are done one by one.
private struct Replay {
    private(set) var array: XArray
    /// The nodes here that the log's names stand for.
    private var names: [XArray.NodeID: XArray.NodeID] = [:]
    private var freed: [XArray.NodeID] = []

    init(_ array: XArray) {
        self.array = array
        for id in array.preorder() { names[id] = id }
    }

    private func content(_ slot: XArray.Slot) -> XArray.Slot {
        if case .node(let id) = slot { return .node(names[id]!) }
        return slot
    }

    mutating func apply(_ changes: [XArray.Change]) {
        for (place, change) in changes.enumerated() {
            apply(change, rest: changes[(place + 1)...])
        }
        // Only now has every reader gone. Freed nodes still lead to nodes that were freed before.
        for id in freed {
            for slot in 0..<64 { array.setSlot(.empty, of: id, at: slot) }
        }
        for id in freed { array.removeNode(id) }
    }

    private mutating func apply(_ change: XArray.Change, rest: ArraySlice<XArray.Change>) {
        switch change {
        case .made, .unused, .shift, .offset: break
        case .joined(_, let id): join(id, rest)
        case .freed(let id): freed.append(names[id]!)
        case .head(let slot): array.setHead(content(slot))
        case .marks(let marks):
            for mark in XArray.Mark.allCases { array.setArrayMark(mark, marks.contains(mark)) }
        case .parent(let id, let parent): array.setParent(parent.map { names[$0]! }, of: names[id]!)
        case .count(let id, let count): array.setCount(count, of: names[id]!)
        case .values(let id, let count): array.setValueCount(count, of: names[id]!)
        case .slot(let id, let offset, let slot):
            array.setSlot(content(slot), of: names[id]!, at: offset)
        case .bitmap(let id, let mark, let bits): array.setMarks(mark, of: names[id]!, bits)
        case .listed(let id, let isListed): array.setListed(isListed, of: names[id]!)
        }
    }

    /// What a node is made with stands in the changes up to the next node's.
    private mutating func join(_ id: XArray.NodeID, _ rest: ArraySlice<XArray.Change>) {
        var (shift, offset) = (0, 0)
        var parent: XArray.NodeID?
        search: for change in rest {
            switch change {
            case .joined: break search
            case .shift(id, let value): shift = value
            case .offset(id, let value): offset = value
            case .parent(id, let value):
                parent = value
                break search
            // Only a node without a parent becomes the head.
            case .head(.node(id)): break search
            default: break
            }
        }
        names[id] = array.addNode(shift: shift, offset: offset, parent: parent.map { names[$0]! })
    }
}
