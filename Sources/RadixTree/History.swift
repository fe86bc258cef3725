import NodeMemory

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

    @usableFromInline var past = NodeHistory()

    /// A history that begins with a tree.
    public init(_ tree: RadixTree = RadixTree()) { current = tree }

    /// Operations that `tree` has behind it, 0 to `count`.
    public var position: Int { past.position }

    /// Operations recorded, also those undone.
    public var count: Int { past.count }

    /// Bytes that the past and the undone future take, without the tree.
    public var bytes: Int { past.bytes }

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

    @inlinable
    mutating func begin() { past.begin(&current.nodes) }

    @inlinable
    mutating func finish() { past.finish(&current.nodes) }

    /// Takes the last operation back.
    ///
    /// - Returns: false at the beginning.
    @discardableResult @inlinable
    public mutating func undo() -> Bool { past.undo(&current.nodes) }

    /// Does the next undone operation again.
    ///
    /// - Returns: false at the end.
    @discardableResult @inlinable
    public mutating func redo() -> Bool { past.redo(&current.nodes) }

    /// Undoes or redoes until so many operations are done.
    ///
    /// - Parameter position: 0 to `count`.
    public mutating func go(to position: Int) { past.go(&current.nodes, to: position) }
}
