/// The words that a recorded change overwrote, in the order in which it did.
struct Journal: Sendable {
    /// One overwritten word: where it was and what it was.
    struct Record: Sendable {
        /// The node's number in the upper bits, `Field` in the lower eight.
        let place: UInt64
        var word: UInt64
    }

    /// What of a node a record is about. Numbers below 64 are slots.
    enum Field {
        static let tags: UInt64 = 64  // to 66
        static let count: UInt64 = 67
        static let parent: UInt64 = 68
        static let allocation: UInt64 = 69
        static let freshAllocation: UInt64 = 70
        static let release: UInt64 = 71
    }

    var records: [Record] = []

    @inline(__always)
    private mutating func append(_ node: NodeRef, _ field: UInt64, _ word: UInt64) {
        records.append(Record(place: UInt64(node.number) << 8 | field, word: word))
    }

    @inline(__always)
    mutating func append(slot offset: Int, of node: NodeRef) {
        let word = node.slot(offset)
        append(node, UInt64(offset), node.height == 1 ? word : Self.link(word))
    }

    @inline(__always)
    mutating func append(countOf node: NodeRef) {
        append(node, Field.count, UInt64(node.count))
    }

    @inline(__always)
    mutating func append(tags tag: Int, of node: NodeRef) {
        append(node, Field.tags + UInt64(tag), node.tags(tag))
    }

    mutating func append(parentOf node: NodeRef) {
        append(node, Field.parent, Self.link(node.parentWord))
    }

    mutating func append(allocationOf node: NodeRef, isFresh: Bool) {
        append(node, isFresh ? Field.freshAllocation : Field.allocation, Self.head(node))
    }

    mutating func append(releaseOf node: NodeRef) {
        append(node, Field.release, Self.head(node))
    }

    /// A link as a journal keeps it. The address would be wrong in a copy of the tree: a node's
    /// number plus one instead, 0 for no node.
    @inline(__always)
    static func link(_ word: UInt64) -> UInt64 {
        word == 0 ? 0 : UInt64(NodeRef(word: word).number) + 1
    }

    /// What `NodeRef.open` needs, in one word: height, offset, and the link to the parent.
    private static func head(_ node: NodeRef) -> UInt64 {
        UInt64(node.height) | UInt64(node.offset) << 8 | link(node.parentWord) << 16
    }
}
