/// A bit that an entry may carry, with the meaning that the page cache gives it
/// (`include/linux/fs.h`: `PAGECACHE_TAG_DIRTY` and so on). The radix tree calls it a tag, the
/// XArray a mark.
public enum TreeTag: Int, CaseIterable, Sendable {
    /// The page must be written back.
    case dirty = 0
    /// The page is being written back.
    case writeback = 1
    /// The page was dirty when the running data-integrity sync began.
    case towrite = 2
}

/// A set of tags, bit n for tag n.
public struct TreeTagSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable @inline(__always)
    public init(_ tag: TreeTag) { rawValue = 1 << UInt8(tag.rawValue) }

    public static let dirty = TreeTagSet(.dirty)
    public static let writeback = TreeTagSet(.writeback)
    public static let towrite = TreeTagSet(.towrite)

    @inlinable @inline(__always)
    public func contains(_ tag: TreeTag) -> Bool { contains(TreeTagSet(tag)) }

    /// The tags of the set, in the order of their bits.
    public var tags: [TreeTag] { TreeTag.allCases.filter(contains) }
}
