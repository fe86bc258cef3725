import NodeMemory

extension XArray {
    /// An array with its past and its undone future: every recorded operation can be taken back and
    /// done again exactly, words and names of nodes included. See `NodeHistory`.
    ///
    ///     var history = XArray.History()
    ///     history.record { try? $0.store(.pointer(1), at: 5, allocator: &allocator) }
    ///     history.undo()   // history.array is empty again
    ///
    /// The allocator is not part of the array, and not of its history: its counts only go forward.
    public struct History: Sendable {
        /// The array at `position`. A copy of it is an array of its own.
        @inlinable
        public var array: XArray { current }

        @usableFromInline var current: XArray
        @usableFromInline var past = NodeHistory()

        /// A history that begins with an array.
        public init(_ array: XArray = XArray()) { current = array }

        /// Operations that `array` has behind it, 0 to `count`.
        public var position: Int { past.position }

        /// Operations recorded, also those undone.
        public var count: Int { past.count }

        /// Bytes that the past and the undone future take, without the array.
        public var bytes: Int { past.bytes }

        /// Does something to the array and records it as one operation. What was undone before is
        /// gone.
        ///
        /// - Parameter change: changes the array it is given in place. To put another array in its
        ///   place stops the program.
        @inlinable
        public mutating func record<Result>(
            _ change: (inout XArray) throws -> Result
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
}
