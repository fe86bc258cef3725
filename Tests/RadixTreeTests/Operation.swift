import RadixTree

/// Something that can be done to a tree, and to what it is compared with.
enum Operation: CustomStringConvertible {
    case insert(UInt64, failing: Int?)
    case insertExceptional(UInt64)
    case delete(UInt64)
    /// Deletes only if the entry is the one that the reference has, or if it is not.
    case deleteExpecting(UInt64, right: Bool)
    case setTag(RadixTree.Tag, UInt64)
    case clearTag(RadixTree.Tag, UInt64)
    case tagRange(UInt64, UInt64, limit: UInt64, RadixTree.Tag, RadixTree.Tag)
    case preload(failing: Int?)
    /// Reads in every way from an index on.
    case read(UInt64)
    /// Claims that an index is absent: a failure when wanted.
    case wrong(UInt64)

    var description: String {
        switch self {
        case .insert(let index, let call):
            "insert \(index)" + (call.map { " failing \($0)" } ?? "")
        case .insertExceptional(let index): "insert exceptional \(index)"
        case .delete(let index): "delete \(index)"
        case .deleteExpecting(let index, let right): "delete \(index) if \(right ? "it" : "other")"
        case .setTag(let tag, let index): "set \(tag) \(index)"
        case .clearTag(let tag, let index): "clear \(tag) \(index)"
        case .tagRange(let first, let last, let limit, let old, let new):
            "tag \(first)...\(last) limit \(limit) from \(old) to \(new)"
        case .preload(let call): "preload" + (call.map { " failing \($0)" } ?? "")
        case .read(let index): "read \(index)"
        case .wrong(let index): "wrong \(index)"
        }
    }
}

/// A tree and its reference, which do everything together.
struct Pair {
    var history: History
    var reference: ReferenceTree
    private var allocator: NodeAllocator
    private var made: UInt64 = 0

    var tree: RadixTree { history.tree }

    init(_ slotsPerNode: SlotsPerNode = .sixtyFour) {
        history = History(RadixTree(slotsPerNode: slotsPerNode))
        reference = ReferenceTree(slotsPerNode)
        allocator = NodeAllocator(slotsPerNode: slotsPerNode)
    }

    /// Does one operation to both.
    ///
    /// - Returns: what differs, or nil.
    mutating func apply(_ operation: Operation) -> String? {
        allocator.beginOperation(failingCall: nil)
        let nodesBefore = tree.nodeCount
        let (allocated, freed) = (allocator.allocated, allocator.freed)
        let expected = nodesBefore - allocated + freed
        return perform(operation)
            ?? difference("nodes", tree.nodeCount, reference.nodes.count)
            ?? difference(
                "nodes by the allocator", expected + allocator.allocated - allocator.freed,
                tree.nodeCount)
            ?? difference("pool", allocator.poolCount, reference.pool)
    }

    /// Compares the whole structure and looks for violations.
    func compareStructure() -> String? {
        if Shape(tree) != reference.shape {
            let lines = tree.structure().joined(separator: "\n  ")
            return "another structure than the reference:\n  \(lines)"
        }
        return tree.violations().first.map { "\($0)" }
    }

    /// No text is made as long as all is well: there are millions of answers.
    private func difference<Answer: Equatable>(
        _ what: StaticString, _ ours: Answer, _ expected: Answer
    ) -> String? {
        ours == expected ? nil : "\(what): \(ours) instead of \(expected)"
    }

    private mutating func perform(_ operation: Operation) -> String? {
        switch operation {
        case .insert(let index, let call):
            made += 1
            return insert(.page(made), index, call)
        case .insertExceptional(let index):
            made += 1
            return insert(.exceptional(made), index, nil)
        case .delete(let index): return delete(index, nil)
        case .deleteExpecting(let index, let right):
            return delete(index, right ? reference.entries[index] : .page(1 << 40))
        case .setTag(let tag, let index):
            guard let entry = reference.entries[index] else { return nil }
            reference.setTag(tag, index)
            let result = history.record { $0.setTag(tag, at: .init(index)) }
            return difference("result", result, .tagged)
                ?? difference("tag", tree.hasTag(tag, at: .init(index)), true)
                ?? difference("entry", tree.lookup(.init(index)), entry)
        case .clearTag(let tag, let index):
            let ours = history.record { $0.clearTag(tag, at: .init(index)) }
            return difference("entry", ours, reference.clearTag(tag, index))
        case .tagRange(let first, let last, let limit, let old, let new):
            var ours = RadixTree.Index(first)
            var expected = first
            let count = history.record {
                $0.tagRange(first: &ours, last: .init(last), limit: limit, from: old, to: new)
            }
            let other = reference.tagRange(
                first: &expected, last: last, limit: limit, from: old, to: new)
            return difference("count", count, other)
                ?? difference("first", ours.rawValue, expected)
        case .preload(let call):
            allocator.beginOperation(failingCall: call)
            return difference("preload", allocator.preload(), reference.preload(failing: call))
        case .read(let index): return read(index)
        case .wrong(let index): return difference("entry", tree.lookup(.init(index)), nil)
        }
    }

    private mutating func insert(
        _ entry: RadixTree.Entry, _ index: UInt64, _ call: Int?
    ) -> String? {
        allocator.beginOperation(failingCall: call)
        let ours = history.record { $0.insert(entry, at: .init(index), allocator: &allocator) }
        return difference("result", ours, reference.insert(entry, at: index, failing: call))
    }

    private mutating func delete(_ index: UInt64, _ expected: RadixTree.Entry?) -> String? {
        let ours = history.record {
            $0.delete(at: .init(index), expecting: expected, allocator: &allocator)
        }
        return difference("entry", ours, reference.delete(index, expecting: expected))
    }

    private func read(_ index: UInt64) -> String? {
        let from = RadixTree.Index(index)
        let keys = reference.sorted.filter { $0 >= index }
        return difference("lookup", tree.lookup(from), reference.entries[index])
            ?? difference("find", tree.find(from)?.entry, reference.entries[index])
            ?? difference(
                "gang lookup", tree.gangLookup(from: from, max: 3).map(\.index.rawValue),
                Array(keys.prefix(3)))
            ?? difference("entries", tree.entries(from: from).map(\.index.rawValue), keys)
            ?? difference(
                "next hole", tree.nextHole(from: from, limit: 5).rawValue, hole(index, step: 1))
            ?? difference(
                "previous hole", tree.previousHole(from: from, limit: 5).rawValue,
                hole(index, step: .max))
            ?? RadixTree.Tag.allCases.lazy.compactMap { read(index, keys, $0) }.first
    }

    /// - Parameter keys: the indices from `index` on.
    private func read(_ index: UInt64, _ keys: [UInt64], _ tag: RadixTree.Tag) -> String? {
        let from = RadixTree.Index(index)
        let tagged = keys.filter { reference.tags($0).contains(tag) }
        return difference(
            "tagged gang lookup",
            tree.gangLookup(from: from, max: 100, tagged: tag).map(\.index.rawValue), tagged)
            ?? difference(
                "next tagged", tree.next(atOrAfter: from, tagged: tag)?.index.rawValue,
                tagged.first)
            ?? difference(
                "tag", tree.hasTag(tag, at: from), reference.tags(index).contains(tag))
            ?? difference(
                "root tag", tree.isTagged(tag), reference.rootTags.contains(tag))
    }

    private func hole(_ index: UInt64, step: UInt64) -> UInt64 {
        var index = index
        for _ in 0..<5 {
            guard let entry = reference.entries[index], !entry.isExceptional else { break }
            index &+= step
            if index == (step == 1 ? 0 : .max) { break }
        }
        return index
    }
}
