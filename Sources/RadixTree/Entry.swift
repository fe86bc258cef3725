extension RadixTree {
    /// What a slot holds: one word whose two low bits the tree reads.
    ///
    ///     ...00   a pointer (in the page cache: to a struct page)
    ///     ...10   an exceptional entry: a shadow, a swap entry, or a DAX entry
    ///     ...x1   never an entry: bit 0 is RADIX_TREE_INDIRECT_PTR
    ///
    /// Source: `include/linux/radix-tree.h` (4.4.0, 4.5.0).
    public struct Entry: Hashable, Sendable {
        public let rawValue: UInt64

        /// - Parameter rawValue: not zero (an empty slot), and bit 0 clear: `radix_tree_insert`
        ///   and `radix_tree_replace_slot` stop with BUG on an entry that has it.
        @inlinable
        public init(_ rawValue: UInt64) {
            precondition(rawValue != 0, "zero is an empty slot, not an entry")
            precondition(rawValue & 1 == 0, "bit 0 marks a link to a node, not an entry")
            self.rawValue = rawValue
        }

        /// A word that already was in a slot.
        @inlinable @inline(__always)
        init(word: UInt64) { rawValue = word }

        /// The pointer that stands for page number `number`, 1 to 2^62-1.
        public static func page(_ number: UInt64) -> Entry { Entry(number << 2) }

        /// An exceptional entry: the payload above `RADIX_TREE_EXCEPTIONAL_SHIFT`, bit 1 set.
        ///
        /// - Parameter payload: 0 to 2^62-1; two higher bits would be lost.
        public static func exceptional(_ payload: UInt64) -> Entry { Entry(payload << 2 | 2) }

        /// Bit 1, `RADIX_TREE_EXCEPTIONAL_ENTRY`.
        @inlinable @inline(__always)
        public var isExceptional: Bool { rawValue & 2 != 0 }
    }
}

extension RadixTree.Entry: CustomStringConvertible {
    /// `p7` for `page(7)`, `x7` for `exceptional(7)`.
    public var description: String { (isExceptional ? "x" : "p") + String(rawValue >> 2) }
}
