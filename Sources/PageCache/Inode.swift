/// `i_state` bits of an inode (include/linux/fs.h; the same values in v4.4 and v4.5).
public struct InodeState: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let dirtySync = Self(rawValue: 1 << 0)
    public static let dirtyDatasync = Self(rawValue: 1 << 1)
    public static let dirtyPages = Self(rawValue: 1 << 2)
    /// I_FREEING, 0x20.
    public static let freeing = Self(rawValue: 1 << 5)
    /// I_CLEAR, 0x40.
    public static let clear = Self(rawValue: 1 << 6)
}

/// The file: what `struct inode` and the file system know of it.
public struct Inode: Hashable, Sendable {
    /// `i_size`, bytes.
    public var size: UInt64
    /// XFS's `i_d.di_size`: the size that the inode on the media has.
    public var diskSize: UInt64
    public var state: InodeState = []
    public var links = 1
    /// The file is open.
    public var isOpen = true
    /// The inode is in memory; false once it was evicted.
    public var isCached = true
    /// Whether file accesses take the DAX paths (S_DAX).
    public var isDAX: Bool
    /// ext4: the extents as they stand in the inode, or in blocks of their own.
    public var extents = ExtentTree()
    /// ext4: pages that room was reserved for, and that fallocate has given blocks meanwhile; the
    /// reservation stays until the page is written or gone.
    public var reservedBeside: [UInt64] = []
    /// XFS_DIFLAG_PREALLOC: fallocate made blocks, which closing the file leaves behind its end.
    public var isPreallocated = false
    /// XFS_IDIRTY_RELEASE: the file was closed with delayed blocks.
    public var wasReleasedDirty = false
    public var fileSystem: FileSystem
    /// False: ext4 mounted with `nodelalloc`.
    public var delaysAllocation = true
    /// tmpfs: `info->alloced`, pages in the cache and in swap as they were charged.
    public var alloced: UInt64 = 0
    /// tmpfs: `info->swapped`, pages in swap.
    public var swapped: UInt64 = 0

    public init(size: UInt64, isDAX: Bool, fileSystem: FileSystem) {
        self.size = size
        diskSize = size
        self.isDAX = isDAX
        self.fileSystem = fileSystem
    }
}
