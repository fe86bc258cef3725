/// The pages of the block device that hold what a file system keeps of its blocks, and pages of its
/// own inodes: not the file's, but on the same LRU lists and in the same pagevecs as those.
///
/// Only what the lists and the working set depend on is kept: which pages there are and where they
/// stand. XFS has none: its buffers are no pages of the cache.
public struct MetadataPages: Sendable {
    /// What a page holds. The number orders them; indirect blocks come last, one for each 1024
    /// blocks of the file.
    public struct Role: Hashable, Comparable, Sendable {
        public var number: Int

        public init(_ number: Int) { self.number = number }

        /// The block bitmap of the group that the file's blocks go to.
        public static let blockBitmap = Role(0)
        /// ext4: the bitmap of the first group of the flex group, which is looked at and passed
        /// over.
        public static let firstGroupBitmap = Role(1)
        /// ext4, mballoc: the copy of a group's bitmap and its buddy; not buffers.
        public static let buddies = [Role(2), Role(3)]
        public static let firstGroupBuddies = [Role(4), Role(5)]
        /// ext2: the double and triple indirect blocks of the inode.
        public static let doubleIndirect = Role(6)
        public static let tripleIndirect = Role(7)

        /// What was read to mount the file system and to make the file: super block, group
        /// descriptors, bitmap and table of inodes, the root directory, the journal.
        public static func mount(_ number: Int) -> Role { Role(8 + number) }

        /// The block of the table of inodes that the file's inode stands in.
        public static let inodeTable = mount(0)

        /// The `number`th block that ext4's journal has written.
        public static func journal(_ number: Int) -> Role { Role(256 + number) }

        /// The block that names the blocks of chunk `number`.
        public static func indirect(_ number: UInt64) -> Role { Role(1 << 40 + Int(number)) }
        /// The double indirect block below the triple one.
        public static func belowTriple(_ number: UInt64) -> Role { Role(1 << 60 + Int(number)) }

        /// mballoc's pages have no buffer heads, so that nothing holds them.
        public var isBuffer: Bool { !(2...5).contains(number) }

        /// How the pagevecs name it: no page of the machine has a number below 1.
        public var page: PageID { PageID(-1 - number) }

        public static func < (a: Role, b: Role) -> Bool { a.number < b.number }
    }

    public struct Page: Hashable, Sendable {
        /// referenced, lru, active.
        public var flags: PageFlags = []
        /// Grows with every use.
        public var lastUse = 0

        public init() {}
    }

    public var pages = SortedMap<Role, Page>()
    public var uses = 0
    /// Blocks that ext4's journal has written so far.
    public var journalBlocks = 0
    /// ext4's allocator has made the group known that it takes blocks from.
    public var hasAllocated = false
    /// And the first one of the flex group.
    public var hasTriedFirstGroup = false
    /// ext4's journal has a transaction that is not committed.
    public var isUncommitted = true

    public init() {}

    /// A freshly mounted file system with a new file.
    ///
    /// How many pages that takes is as it was recorded (4 groups of 128 MiB, a journal on ext4).
    public init(mounted fileSystem: FileSystem) {
        let count =
            switch fileSystem {
            case .ext2: 5
            case .ext4: Self.mountedByExt4
            case .xfs, .tmpfs: 0
            }
        for number in 0..<count {
            var page = Page()
            page.flags = [.lru, .active]
            pages[.mount(number)] = page
        }
    }

    /// The last of them is never given back.
    public static let mountedByExt4 = 39

    public subscript(page: PageID) -> PageFlags {
        get { pages[Role(-1 - page.number)]?.flags ?? [] }
        set { pages[Role(-1 - page.number)]?.flags = newValue }
    }
}

extension PageID {
    /// One of `MetadataPages`, in a pagevec.
    @inlinable public var isMetadata: Bool { number < 0 }
}
