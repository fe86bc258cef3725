/// The words that a change overwrote, in the order in which it did.
@usableFromInline
package struct Journal: Sendable {
    /// One overwritten word: where it was and what it was.
    @usableFromInline
    package struct Record: Sendable {
        /// The node's number in the upper bits, the field in the lower eight.
        private let place: UInt64
        var word: UInt64

        @inline(__always)
        init(_ number: UInt32, _ field: Field, _ word: UInt64) {
            place = UInt64(number) << 8 | UInt64(field.rawValue)
            self.word = word
        }

        var node: NodeID { NodeID(number: UInt32(place >> 8)) }

        var field: Field { Field(rawValue: UInt8(truncatingIfNeeded: place)) }

        @inline(__always)
        var isOfRoot: Bool { field.rawValue >= Field.rootHead.rawValue }
    }

    /// What a record is about. Numbers below 64 are slots.
    package struct Field: Equatable, Sendable {
        let rawValue: UInt8

        /// The bitmaps of the three tags.
        static let tags = 64...66
        static let count = Field(rawValue: 67)
        static let parent = Field(rawValue: 68)
        /// A node joined the tree; its number had been used before, or not.
        static let reallocation = Field(rawValue: 69)
        static let freshAllocation = Field(rawValue: 70)
        static let release = Field(rawValue: 71)
        static let rootHead = Field(rawValue: 72)
        static let rootContent = Field(rawValue: 73)
    }

    @usableFromInline package var records: [Record] = []

    mutating func append(_ field: Field, _ word: UInt64) { records.append(Record(0, field, word)) }

    @inline(__always)
    private mutating func append(_ node: NodeRef, _ field: Field, _ word: UInt64) {
        records.append(Record(node.number, field, word))
    }

    @inline(__always)
    mutating func append(slot offset: Int, of node: NodeRef) {
        let word = node.slot(offset)
        let field = Field(rawValue: UInt8(truncatingIfNeeded: offset))
        append(node, field, node.height == 1 ? word : Self.content(word))
    }

    @inline(__always)
    mutating func append(countOf node: NodeRef) { append(node, .count, UInt64(node.count)) }

    @inline(__always)
    mutating func append(tags tag: Int, of node: NodeRef) {
        append(node, Field(rawValue: UInt8(Field.tags.lowerBound + tag)), node.tags(tag))
    }

    mutating func append(parentOf node: NodeRef, in store: NodeStore) {
        append(node, .parent, Self.parentLink(node, store))
    }

    mutating func append(allocationOf node: NodeRef, in store: NodeStore, isFresh: Bool) {
        append(node, isFresh ? .freshAllocation : .reallocation, Self.head(node, store))
    }

    mutating func append(releaseOf node: NodeRef, in store: NodeStore) {
        append(node, .release, Self.head(node, store))
    }

    /// The content of a slot above the leaves as a journal keeps it: a link is the node's number
    /// with low bits that no other content has.
    @inline(__always)
    static func content(_ word: UInt64) -> UInt64 {
        NodeRef.isLink(word) ? (UInt64(NodeRef(word: word).number) + 1) << 16 | 2 : word
    }

    /// A link as a journal keeps it. An address would be wrong after the node has moved, and in
    /// a copy of the tree: the node's number plus one instead, 0 for no node.
    @inline(__always)
    static func link(_ word: UInt64) -> UInt64 {
        word == 0 ? 0 : UInt64(NodeRef(word: word).number) + 1
    }

    static func parentLink(_ node: NodeRef, _ store: NodeStore) -> UInt64 {
        link(store.parent(of: node)?.word ?? 0)
    }

    /// What `NodeStore.allocate` needs, in one word: height, offset, and the link to the parent.
    private static func head(_ node: NodeRef, _ store: NodeStore) -> UInt64 {
        UInt64(node.height) | UInt64(node.offset) << 8 | parentLink(node, store) << 16
    }
}

// MARK: - Going back and forth

extension NodeTree {
    /// The link to a node that a journal names.
    func word(ofLink link: UInt64) -> UInt64 { node(ofLink: link)?.word ?? 0 }

    private func node(ofLink link: UInt64) -> NodeRef? {
        if link == 0 { return nil }
        let node = store.node(NodeID(number: UInt32(link - 1)))
        return node.word == 0 ? nil : node
    }

    /// Puts a recorded word where it was, and the present one into the record. The tree is
    /// unique and does not record.
    mutating func exchange(_ record: inout Journal.Record, isUndo: Bool) {
        switch record.field {
        case .reallocation, .freshAllocation:
            let isFresh = record.field == .freshAllocation
            if isUndo {
                store.takeBack(store.node(record.node), wasFresh: isFresh)
            } else {
                allocateAgain(record)
            }
        case .release:
            if isUndo { allocateAgain(record) } else { store.release(store.node(record.node)) }
        case .count:
            let node = writableNode(record)
            let present = UInt64(node.count)
            node.count = UInt32(record.word)
            record.word = present
        case .parent:
            let node = writableNode(record)
            let present = Journal.parentLink(node, store)
            store.setParent(of: node, to: self.node(ofLink: record.word))
            record.word = present
        default:
            exchangeSlotOrTags(&record)
        }
    }

    private mutating func writableNode(_ record: Journal.Record) -> NodeRef {
        let node = store.node(record.node)
        // Not `NodeTree.makeOwn`: the root may lead to a node that is not there.
        return store.isShared(node) ? store.makeOwn(node) : node
    }

    private mutating func exchangeSlotOrTags(_ record: inout Journal.Record) {
        var node = writableNode(record)
        let field = Int(record.field.rawValue)
        if Journal.Field.tags.contains(field) {
            let tag = field - Journal.Field.tags.lowerBound
            let present = node.tags(tag)
            if !node.isLarge, record.word & ~node.occupied != 0 { enlarge(&node, toLarge: true) }
            node.setTags(tag, record.word)
            record.word = present
            return
        }
        let present = node.slot(field)
        if node.height == 1 {
            writeSlot(&node, field, record.word)
            record.word = present
            return
        }
        let content = Journal.content(present)
        guard NodeRef.isLink(record.word) else {
            writeSlot(&node, field, record.word)
            record.word = content
            return
        }
        let child = word(ofLink: record.word >> 16)
        let before = node
        writeSlot(&node, field, child)
        // A node that moves takes along the children that it has links to; this one came after.
        if child != 0, node != before { store.lead(NodeRef(word: child), to: node) }
        record.word = content
    }

    private func allocateAgain(_ record: Journal.Record) {
        let node = store.allocate(
            height: Int(record.word & 255), offset: Int(record.word >> 8 & 255),
            parent: self.node(ofLink: record.word >> 16))
        precondition(node.id == record.node, "numbers are given out in the recorded order")
    }
}
