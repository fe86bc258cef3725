/// `struct file_ra_state` (include/linux/fs.h): what an open file knows of the reads so far.
public struct ReadAheadState: Hashable, Sendable {
    /// `start`: the first page of the current window.
    public var start: UInt64 = 0
    /// `size`: its pages.
    public var size: UInt64 = 0
    /// `async_size`: when this many pages of it are left, the next window is read.
    public var asyncSize: UInt64 = 0
    /// `ra_pages`: the largest window. 32 pages (128 KiB, VM_MAX_READAHEAD), twice that after
    /// POSIX_FADV_SEQUENTIAL.
    public var maximum: UInt64 = 32
    /// `mmap_miss`: faults on pages that were not in the cache, less those that were.
    public var mmapMiss: UInt32 = 0
    /// `prev_pos`: where the last read ended, in bytes; -1: nothing was read.
    public var previousPosition: Int64 = -1

    public init() {}
}

/// `struct file`, as far as reads depend on it.
public struct OpenFile: Hashable, Sendable {
    public var readAhead = ReadAheadState()
    /// FMODE_RANDOM, set by POSIX_FADV_RANDOM.
    public var isRandom = false

    public init() {}
}

/// The CPU's short lists of pages on their way to the LRU lists or between them (mm/swap.c): each
/// holds up to 14 pages and a reference on each. The modelled machine has one CPU.
public struct PageLists: Hashable, Sendable {
    /// `lru_add_pvec`.
    public var add: [PageID] = []
    /// `activate_page_pvecs`.
    public var activate: [PageID] = []
    /// `lru_deactivate_file_pvecs`.
    public var deactivate: [PageID] = []
    /// `lru_rotate_pvecs`.
    public var rotate: [PageID] = []

    public init() {}

    public var isEmpty: Bool {
        add.isEmpty && activate.isEmpty && deactivate.isEmpty && rotate.isEmpty
    }
}
