/// The extents of a file on ext4, as they stand in the inode or in blocks of their own.
///
/// They say the same as the block map, but are not always as long as possible: ext4 merges
/// neighbours only now and then, and where their number passes what the inode has room for is seen
/// in the count of blocks.
public struct ExtentTree: Hashable, Sendable {
    public struct Extent: Hashable, Sendable {
        public var first: UInt64
        public var count: UInt64
        /// Block on the device of `first`.
        public var physical: UInt64
        public var isUnwritten: Bool

        public var end: UInt64 { first + count }

        public init(first: UInt64, count: UInt64, physical: UInt64, isUnwritten: Bool) {
            self.first = first
            self.count = count
            self.physical = physical
            self.isUnwritten = isUnwritten
        }
    }

    /// The extents in order, leaf by leaf; at first there is one leaf, in the inode.
    public var leaves: [[Extent]] = [[]]
    /// The leaves are blocks of their own (eh_depth > 0).
    public var isDeep = false
    /// EXT4_STATE_DIO_UNWRITTEN: while blocks wait for a write that bypasses the cache, unwritten
    /// extents are not merged. A store through a mapping leaves it so.
    public var keepsApart = false

    /// Of a node: what the inode, and what a block has room for.
    public static let inInode = 4
    public static let inBlock = 340

    /// Blocks of the longest extent: EXT_UNWRITTEN_MAX_LEN, EXT_INIT_MAX_LEN.
    public static func longest(isUnwritten: Bool) -> UInt64 { isUnwritten ? 32767 : 32768 }

    public init() {}

    /// Of blocks that nothing is known of but where they are.
    public init(_ blocks: BlockMap) {
        leaves = [[]]
        for run in blocks.runs where run.isAllocated {
            let limit = Self.longest(isUnwritten: run.state == .unwritten)
            for start in stride(from: 0, to: run.count, by: Int(limit)) {
                if leaves[leaves.count - 1].count == Self.inBlock { leaves.append([]) }
                leaves[leaves.count - 1].append(
                    Extent(
                        first: run.first + start, count: min(limit, run.count - start),
                        physical: run.physical + start, isUnwritten: run.state == .unwritten))
            }
        }
        isDeep = leaves.count > 1 || leaves[0].count > Self.inInode
    }

    public var extents: [Extent] { leaves.flatMap { $0 } }

    /// Blocks that hold extents, or name others that do.
    public var blockCount: UInt64 {
        guard isDeep else { return 0 }
        var count = 0
        var level = leaves.count
        while true {
            count += level
            if level <= Self.inInode { return UInt64(count) }
            level = (level + Self.inBlock - 1) / Self.inBlock
        }
    }
}
