/// The file systems that the model tells apart: they differ in what `get_block` reports and in
/// which locks a fault takes. tmpfs (mm/shmem.c) has no blocks and no DAX: its pages are the file,
/// and go to swap.
public enum FileSystem: String, CaseIterable, Sendable {
    case ext2, ext4, xfs, tmpfs
}

/// What a block of the file is before the first operation.
public enum BlockState: String, CaseIterable, Sendable {
    /// No block is allocated; reads give zeroes.
    case hole
    /// Delayed allocation: room is reserved for a page in the cache, no block is allocated.
    case delalloc
    /// Allocated, reads as zero until it is converted.
    case unwritten
    case written

    /// There is a block on the device.
    public var isAllocated: Bool { self == .unwritten || self == .written }
}

/// The file that a scenario starts from.
public struct FileConfiguration: Hashable, Sendable {
    /// A run of 4 KiB blocks in one state.
    public struct Extent: Hashable, Sendable {
        /// Both ends inclusive, in blocks from the start of the file.
        public var blocks: ClosedRange<UInt64>
        public var state: BlockState

        public init(blocks: ClosedRange<UInt64>, state: BlockState) {
            self.blocks = blocks
            self.state = state
        }
    }

    /// Bytes.
    public var size: UInt64
    public var fileSystem: FileSystem
    /// Whether the file system is mounted with `-o dax`.
    public var dax: Bool
    /// Everything that no extent names is a hole.
    public var extents: [Extent]
    /// `.random`: the file was opened with POSIX_FADV_RANDOM, and each mapping gets MADV_RANDOM, so
    /// that nothing is read ahead; else `.normal`.
    public var advice: Advice
    /// False: ext4 is mounted with `nodelalloc`, and write(2) allocates at once.
    public var delaysAllocation: Bool

    public init(
        size: UInt64, fileSystem: FileSystem = .xfs, dax: Bool = true, extents: [Extent] = [],
        advice: Advice = .normal, delaysAllocation: Bool = true
    ) {
        self.advice = advice
        self.delaysAllocation = delaysAllocation
        self.size = size
        self.fileSystem = fileSystem
        self.dax = dax
        self.extents = extents
    }
}
