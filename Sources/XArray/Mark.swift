extension XArray {
    /// A mark that an entry may carry, with the meaning that the page cache gives it
    /// (`include/linux/fs.h`: `PAGECACHE_TAG_DIRTY` and so on).
    public enum Mark: Int, CaseIterable, Sendable {
        /// The folio must be written back. With `trackFree`: the index is free.
        case dirty = 0
        /// The folio is being written back.
        case writeback = 1
        /// The folio was dirty when the running data-integrity sync began.
        case towrite = 2

        /// `XA_FREE_MARK`.
        public static let free = dirty
    }

    /// A set of marks, bit n for mark n.
    public struct MarkSet: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        @inlinable @inline(__always)
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        @inlinable @inline(__always)
        public init(_ mark: Mark) { rawValue = 1 << UInt8(mark.rawValue) }

        public static let dirty = MarkSet(.dirty)
        public static let writeback = MarkSet(.writeback)
        public static let towrite = MarkSet(.towrite)

        @inlinable @inline(__always)
        public func contains(_ mark: Mark) -> Bool { contains(MarkSet(mark)) }

        /// The marks of the set, in the order of their bits.
        public var marks: [Mark] { Mark.allCases.filter(contains) }
    }
}
