extension RadixTree {
    /// A key of the tree. In the page cache: the offset in the file in pages of 4 KiB, `pgoff_t`.
    public struct Index: Hashable, Comparable, Sendable {
        public let rawValue: UInt64

        @inlinable @inline(__always)
        public init(_ rawValue: UInt64) { self.rawValue = rawValue }

        /// 2^64-1, which a tree of the full height holds.
        public static let max = Index(.max)

        @inlinable @inline(__always)
        public static func < (a: Index, b: Index) -> Bool { a.rawValue < b.rawValue }

        /// Wraps at 2^64, as `unsigned long` does.
        @inlinable @inline(__always)
        public static func + (a: Index, steps: Int) -> Index {
            Index(a.rawValue &+ UInt64(bitPattern: Int64(steps)))
        }

        /// Wraps at 0, as `unsigned long` does.
        @inlinable @inline(__always)
        public static func - (a: Index, steps: Int) -> Index {
            Index(a.rawValue &- UInt64(bitPattern: Int64(steps)))
        }
    }
}

extension RadixTree.Index: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { self.init(value) }
}

extension RadixTree.Index: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
