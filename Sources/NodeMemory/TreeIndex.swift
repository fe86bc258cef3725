/// A key of a tree. In the page cache: the offset in the file in pages of 4 KiB, `pgoff_t`.
public struct TreeIndex: Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    @inlinable @inline(__always)
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// 2^64-1, which a tree of the full height holds.
    public static let max = TreeIndex(.max)

    @inlinable @inline(__always)
    public static func < (a: TreeIndex, b: TreeIndex) -> Bool { a.rawValue < b.rawValue }

    /// Wraps at 2^64, as `unsigned long` does.
    @inlinable @inline(__always)
    public static func + (a: TreeIndex, steps: Int) -> TreeIndex {
        TreeIndex(a.rawValue &+ UInt64(bitPattern: Int64(steps)))
    }

    /// Wraps at 0, as `unsigned long` does.
    @inlinable @inline(__always)
    public static func - (a: TreeIndex, steps: Int) -> TreeIndex {
        TreeIndex(a.rawValue &- UInt64(bitPattern: Int64(steps)))
    }
}

extension TreeIndex: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { self.init(value) }
}

extension TreeIndex: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
