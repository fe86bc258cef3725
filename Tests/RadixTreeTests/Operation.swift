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
        let found = results(operation)
        if found.ours != found.expected { return "\(found.ours) instead of \(found.expected)" }
        if tree.nodeCount != nodesBefore + allocator.allocated - allocated - allocator.freed + freed
        {
            return "\(tree.nodeCount) nodes do not agree with the allocator"
        }
        if tree.nodeCount != reference.nodes.count {
            return "\(tree.nodeCount) nodes instead of \(reference.nodes.count)"
        }
        if allocator.poolCount != reference.pool { return "pool \(allocator.poolCount)" }
        return nil
    }

    /// Compares the whole structure and looks for violations.
    func compareStructure() -> String? {
        let ours = tree.structure()
        let expected = reference.structure()
        if ours != expected {
            let line = zip(ours, expected).first { $0 != $1 }
            return "structure: \(line.map { "\($0) instead of \($1)" } ?? "a line more or less")"
        }
        return tree.violations().first.map { "\($0)" }
    }

    private mutating func results(_ operation: Operation) -> (ours: String, expected: String) {
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
            guard let entry = reference.entries[index] else { return ("", "") }
            reference.setTag(tag, index)
            let result = history.record { $0.setTag(tag, at: .init(index)) }
            let tags = "\(result) \(tree.hasTag(tag, at: .init(index)))"
            return (tags, entry == tree.lookup(.init(index)) ? "tagged true" : "another entry")
        case .clearTag(let tag, let index):
            let ours = history.record { $0.clearTag(tag, at: .init(index)) }
            return ("\(ours as Any)", "\(reference.clearTag(tag, index) as Any)")
        case .tagRange(let first, let last, let limit, let old, let new):
            var ours = RadixTree.Index(first)
            var expected = first
            let count = history.record {
                $0.tagRange(first: &ours, last: .init(last), limit: limit, from: old, to: new)
            }
            let other = reference.tagRange(
                first: &expected, last: last, limit: limit, from: old, to: new)
            return ("\(count) first \(ours)", "\(other) first \(expected)")
        case .preload(let call):
            allocator.beginOperation(failingCall: call)
            return ("\(allocator.preload())", "\(reference.preload(failing: call))")
        case .read(let index): return read(index)
        case .wrong(let index): return (tree.lookup(.init(index)) == nil ? "" : "present", "")
        }
    }

    private mutating func insert(
        _ entry: RadixTree.Entry, _ index: UInt64, _ call: Int?
    ) -> (ours: String, expected: String) {
        allocator.beginOperation(failingCall: call)
        let ours = history.record { $0.insert(entry, at: .init(index), allocator: &allocator) }
        return ("\(ours)", "\(reference.insert(entry, at: index, failing: call))")
    }

    private mutating func delete(
        _ index: UInt64, _ expected: RadixTree.Entry?
    ) -> (ours: String, expected: String) {
        let ours = history.record {
            $0.delete(at: .init(index), expecting: expected, allocator: &allocator)
        }
        return ("\(ours as Any)", "\(reference.delete(index, expecting: expected) as Any)")
    }

    private func read(_ index: UInt64) -> (ours: String, expected: String) {
        let from = RadixTree.Index(index)
        let keys = reference.sorted.filter { $0 >= index }
        var ours = "\(tree.lookup(from) as Any)"
        var expected = "\(reference.entries[index] as Any)"
        ours +=
            " \(tree.find(from)?.entry as Any) \(tree.gangLookup(from: from, max: 3).map(\.index))"
        expected += " \(reference.entries[index] as Any) \(keys.prefix(3).map { $0 })"
        ours += " \(tree.entries(from: from).map(\.index))"
        expected += " \(keys)"
        ours += " \(tree.nextHole(from: from, limit: 5)) \(tree.previousHole(from: from, limit: 5))"
        expected += " \(hole(index, step: 1)) \(hole(index, step: .max))"
        for tag in RadixTree.Tag.allCases {
            let tagged = keys.filter { reference.tags($0).contains(tag) }
            ours += " \(tree.gangLookup(from: from, max: 100, tagged: tag).map(\.index))"
            expected += " \(tagged)"
            ours += " \(tree.next(atOrAfter: from, tagged: tag)?.index.rawValue as Any)"
            expected += " \(tagged.first as Any)"
            ours += " \(tree.hasTag(tag, at: from)) \(tree.isTagged(tag))"
            expected +=
                " \(reference.tags(index).contains(tag)) \(reference.rootTags.contains(tag))"
        }
        return (ours, expected)
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
