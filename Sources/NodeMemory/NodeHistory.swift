/// The past of a tree and its undone future: every recorded operation can be taken back and done
/// again exactly, words and names of nodes included.
///
/// It keeps the words that an operation overwrote (16 bytes each), not the operation. The tree
/// itself is kept by whoever has the rules.
@usableFromInline
package struct NodeHistory: Sendable {
    /// Operations that the tree has behind it, 0 to `count`.
    package private(set) var position = 0

    /// Overwritten words of operations up to `position`, overwriting words of those after it. The
    /// tree has them while it records: no copy is made.
    private var records: [Journal.Record] = []
    /// Where in `records` each operation ends.
    private var ends: [Int] = []
    /// The root before the operation that is being recorded.
    private var before = RootWords()

    package init() {}

    /// Operations recorded, also those undone.
    package var count: Int { ends.count }

    /// Bytes that the past and the undone future take, without the tree.
    package var bytes: Int {
        records.capacity * MemoryLayout<Journal.Record>.stride
            + ends.capacity * MemoryLayout<Int>.stride
    }

    /// Begins an operation. What was undone before is gone.
    @usableFromInline
    package mutating func begin(_ tree: inout NodeTree) {
        if position < ends.count {
            ends.removeSubrange(position...)
            records.removeSubrange((ends.last ?? 0)...)
        }
        before = RootWords(tree)
        var journal = Journal()
        swap(&journal.records, &records)
        tree.journal = journal
    }

    /// Ends the operation.
    @usableFromInline
    package mutating func finish(_ tree: inout NodeTree) {
        guard var journal = tree.journal.take() else {
            preconditionFailure("a recorded change must not replace the tree")
        }
        let after = RootWords(tree)
        if before.head != after.head { journal.append(.rootHead, before.head) }
        if before.content != after.content { journal.append(.rootContent, before.content) }
        ends.append(journal.records.count)
        swap(&journal.records, &records)
        position += 1
    }

    /// Takes the last operation back.
    ///
    /// - Returns: false at the beginning.
    @usableFromInline
    package mutating func undo(_ tree: inout NodeTree) -> Bool {
        guard position > 0 else { return false }
        position -= 1
        exchange(&tree, position, isUndo: true)
        return true
    }

    /// Does the next undone operation again.
    ///
    /// - Returns: false at the end.
    @usableFromInline
    package mutating func redo(_ tree: inout NodeTree) -> Bool {
        guard position < count else { return false }
        exchange(&tree, position, isUndo: false)
        position += 1
        return true
    }

    /// Undoes or redoes until so many operations are done.
    package mutating func go(_ tree: inout NodeTree, to position: Int) {
        precondition(0...count ~= position, "no such position")
        while self.position > position { _ = undo(&tree) }
        while self.position < position { _ = redo(&tree) }
    }

    private mutating func exchange(
        _ tree: inout NodeTree, _ operation: Int, isUndo: Bool
    ) {
        let first = operation == 0 ? 0 : ends[operation - 1]
        let end = ends[operation]
        // Those of the root are the last ones; hardly any operation has any.
        var rootFirst = end
        while rootFirst > first, records[rootFirst - 1].isOfRoot { rootFirst -= 1 }
        tree.makeUnique()
        // Leaves that are made this tree's own may take the top node along.
        let touchesRoot = rootFirst < end || tree.store.mayShareLeaves
        let root = touchesRoot ? RootWords(tree) : RootWords()
        records.withUnsafeMutableBufferPointer { records in
            if isUndo {
                for index in stride(from: rootFirst - 1, through: first, by: -1) {
                    tree.exchange(&records[index], isUndo: true)
                }
            } else {
                for index in first..<rootFirst { tree.exchange(&records[index], isUndo: false) }
            }
        }
        if touchesRoot { exchangeRoot(&tree, root, rootFirst..<end) }
    }

    /// The root comes last in both directions, when the node that it leads to is back, or has moved
    /// for the last time.
    ///
    /// - Parameter range: the records of the root.
    private mutating func exchangeRoot(
        _ tree: inout NodeTree, _ present: RootWords, _ range: Range<Int>
    ) {
        var next = present
        for index in range {
            if records[index].field == .rootHead {
                next.head = records[index].word
                records[index].word = present.head
            } else {
                next.content = records[index].word
                records[index].word = present.content
            }
        }
        if next != present || tree.store.mayShareLeaves { next.write(to: &tree) }
    }
}

/// The root's fields in the form in which a journal keeps them.
private struct RootWords: Equatable, Sendable {
    /// Height, and above it the tags.
    var head: UInt64
    /// An entry's word; where the height is not 0, a node's link number (`Journal.link`).
    var content: UInt64

    init() {
        head = 0
        content = 0
    }

    @inline(__always)
    init(_ tree: borrowing NodeTree) {
        head = UInt64(tree.height) | UInt64(tree.rootTags) << 8
        content = tree.rootWord
        if let top = tree.top { content = Journal.link(top.word) }
    }

    func write(to tree: inout NodeTree) {
        tree.setHeight(Int(head & 255))
        tree.rootTags = UInt8(truncatingIfNeeded: head >> 8)
        tree.rootWord = tree.height > 0 ? tree.word(ofLink: content) : content
    }
}
