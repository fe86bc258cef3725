/// A tree with its past and its undone future: every recorded operation can be taken back and done
/// again exactly, words and names of nodes included.
///
/// A history keeps the words that an operation overwrote (16 bytes each), not the operation.
/// Doing the opposite would not be exact: after a failed insert the tree keeps levels and nodes,
/// which no delete would remove. And it does not keep versions: those of a persistent map cost
/// 25 to 50 times as much (`radixscope-bench tree`).
///
///     var history = History()
///     history.record { _ = $0.insert(.page(1), at: 5, allocator: &allocator) }
///     history.undo()   // history.tree is empty again
///
/// The allocator is not part of the tree, and not of its history: its counts only go forward.
public struct History: Sendable {
    /// The tree at `position`. A copy of it is a tree of its own.
    @inlinable
    public var tree: RadixTree { current }

    @usableFromInline var current: RadixTree

    /// Operations that `tree` has behind it, 0 to `count`.
    public private(set) var position = 0

    /// Overwritten words of operations up to `position`, overwriting words of those after it. The
    /// tree has them while it records: no copy is made.
    private var records: [Journal.Record] = []
    /// Where in `records` each operation ends.
    private var ends: [Int] = []
    /// The root before the operation that is being recorded.
    private var before = RootWords()

    /// A history that begins with a tree.
    public init(_ tree: RadixTree = RadixTree()) { current = tree }

    /// Operations recorded, also those undone.
    public var count: Int { ends.count }

    /// Bytes that the past and the undone future take, without the tree.
    public var bytes: Int {
        records.capacity * MemoryLayout<Journal.Record>.stride
            + ends.capacity * MemoryLayout<Int>.stride
    }

    /// Does something to the tree and records it as one operation. What was undone before is gone.
    ///
    /// - Parameter change: changes the tree it is given in place. To put another tree in its
    ///   place, or a copy that was made before, stops the program, for that is not a change that
    ///   has words. It may keep a copy of the tree; that costs a copy of the history once.
    @inlinable
    public mutating func record<Result>(
        _ change: (inout RadixTree) throws -> Result
    ) rethrows -> Result {
        begin()
        defer { finish() }
        return try change(&current)
    }

    @usableFromInline
    mutating func begin() {
        if position < ends.count {
            ends.removeSubrange(position...)
            records.removeSubrange((ends.last ?? 0)...)
        }
        before = RootWords(current)
        var journal = Journal()
        swap(&journal.records, &records)
        current.journal = journal
    }

    @usableFromInline
    mutating func finish() {
        guard var journal = current.journal.take() else {
            preconditionFailure("a recorded change must not replace the tree")
        }
        let after = RootWords(current)
        if before.head != after.head { journal.append(.rootHead, before.head) }
        if before.content != after.content { journal.append(.rootContent, before.content) }
        ends.append(journal.records.count)
        swap(&journal.records, &records)
        position += 1
    }

    /// Takes the last operation back.
    ///
    /// - Returns: false at the beginning.
    @discardableResult
    public mutating func undo() -> Bool {
        guard position > 0 else { return false }
        position -= 1
        exchange(position, isUndo: true)
        return true
    }

    /// Does the next undone operation again.
    ///
    /// - Returns: false at the end.
    @discardableResult
    public mutating func redo() -> Bool {
        guard position < count else { return false }
        exchange(position, isUndo: false)
        position += 1
        return true
    }

    /// Undoes or redoes until so many operations are done.
    ///
    /// - Parameter position: 0 to `count`.
    public mutating func go(to position: Int) {
        precondition(0...count ~= position, "no such position")
        while self.position > position { undo() }
        while self.position < position { redo() }
    }

    private mutating func exchange(_ operation: Int, isUndo: Bool) {
        let range = (operation == 0 ? 0 : ends[operation - 1])..<ends[operation]
        current.makeUnique()
        let root = RootWords(current)
        if isUndo {
            for index in range.reversed() where !records[index].isOfRoot {
                current.exchange(&records[index], isUndo: true)
            }
        } else {
            for index in range where !records[index].isOfRoot {
                current.exchange(&records[index], isUndo: false)
            }
        }
        exchangeRoot(root, range)
    }

    /// The root comes last in both directions, when the node that it leads to is back, or has moved
    /// for the last time.
    private mutating func exchangeRoot(_ present: RootWords, _ range: Range<Int>) {
        var next = present
        for index in range.suffix(2) where records[index].isOfRoot {
            if records[index].field == .rootHead {
                next.head = records[index].word
                records[index].word = present.head
            } else {
                next.content = records[index].word
                records[index].word = present.content
            }
        }
        if next != present || current.store.mayShareLeaves { next.write(to: &current) }
    }
}

/// The root's fields in the form in which a journal keeps them.
private struct RootWords: Equatable, Sendable {
    /// Height, and above it the tags.
    var head: UInt64
    /// An entry's word, or twice a node's link number (`Journal.link`) plus one.
    var content: UInt64

    init() {
        head = 0
        content = 0
    }

    @inline(__always)
    init(_ tree: borrowing RadixTree) {
        head = UInt64(tree.height) | UInt64(tree.rootTags.rawValue) << 8
        content = tree.rootWord
        if let top = tree.top { content = Journal.link(top.word) << 1 | 1 }
    }

    func write(to tree: inout RadixTree) {
        tree.height = Int(head & 255)
        tree.rootTags = RadixTree.TagSet(rawValue: UInt8(truncatingIfNeeded: head >> 8))
        tree.rootWord = content & 1 == 1 ? tree.word(ofLink: content >> 1) : content
    }
}
