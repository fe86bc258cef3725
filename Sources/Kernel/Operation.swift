import PageCache

/// What a task asks the kernel to do: one system call, one memory access through a mapping, or one
/// thing that happens to the machine.
///
/// The operations are those of the recorded kernel data (`golden/kernel/README.md`), so that a
/// recorded sequence and a scenario are the same thing in two spellings. Pages are counted in
/// 4 KiB units from the start of the file; sizes, lengths and offsets are bytes.
public enum Operation: Hashable, Sendable {
    /// Maps `pages` pages of the file from page `first` as `name`. A mapping is `aligned` when its
    /// virtual address is 2 MiB aligned with the file, so that PMD faults are possible in it;
    /// without `writable` it is PROT_READ. With an `address` it lies there (MAP_FIXED).
    case mmap(
        name: String, first: UInt64, pages: UInt64, shared: Bool, aligned: Bool,
        writable: Bool = true, address: UInt64? = nil)
    case munmap(map: String)
    /// Reads the byte at `offset` of `page` through the mapping.
    case load(map: String, page: UInt64, offset: Int = 0)
    /// Writes the byte at `offset` of `page` through the mapping.
    case store(map: String, page: UInt64, offset: Int = 0, value: UInt8)
    case pread(offset: UInt64, length: UInt64)
    case pwrite(offset: UInt64, length: UInt64, value: UInt8)
    /// pread through a second open file, with O_DIRECT.
    case dread(offset: UInt64, length: UInt64)
    /// pwrite through that file.
    case dwrite(offset: UInt64, length: UInt64, value: UInt8)
    case fsync
    case fdatasync
    /// `msync` of `pages` pages from file page `first` of the mapping.
    case msync(map: String, first: UInt64, pages: UInt64, mode: SyncMode = .sync)
    case syncfs
    /// `sync_file_range`; `length` 0: to the end of the file.
    case syncFileRange(offset: UInt64, length: UInt64, flags: SyncFileRange)
    /// `ftruncate` to `size` bytes.
    case truncate(size: UInt64)
    /// Allocates unwritten extents; with `keepSize` (FALLOC_FL_KEEP_SIZE) also behind the end.
    case fallocate(offset: UInt64, length: UInt64, keepSize: Bool = false)
    /// `fallocate(ZERO_RANGE)`: zeroes, without writing them where blocks can become unwritten.
    case zeroRange(offset: UInt64, length: UInt64, keepSize: Bool = false)
    /// `fallocate(COLLAPSE_RANGE)`: takes the bytes out; what lies behind them moves down.
    case collapse(offset: UInt64, length: UInt64)
    /// `fallocate(INSERT_RANGE)`: makes a hole there; what lies behind it moves up.
    case insert(offset: UInt64, length: UInt64)
    /// `fallocate(PUNCH_HOLE | KEEP_SIZE)`; may cover partial pages.
    case punch(offset: UInt64, length: UInt64)
    /// `posix_fadvise`; `length` 0: to the end of the file.
    case fadvise(offset: UInt64, length: UInt64, advice: Advice)
    case madvise(map: String, first: UInt64, pages: UInt64, advice: Advice)
    /// `readahead(2)`.
    case readahead(offset: UInt64, length: UInt64)
    /// Which pages of the mapping are in memory.
    case mincore(map: String)
    /// Invalidates the clean pages of the whole system.
    case dropCaches
    /// Memory pressure: reclaim looks at these pages, or at all when nil. With `force` it takes
    /// active pages too and looks at no references.
    case reclaim(pages: Range<UInt64>?, force: Bool = false)
    case unlink
    /// The last `close`.
    case close
    /// Closes the file and opens it again: what was known of the reads so far is gone.
    case reopen
    case umount
    /// close, umount, mount, open.
    case remount
    case powerLoss
    /// On the file's tree alone, beside all that the page cache keeps of it.
    case tree(TreeOperation)
    /// Lets the `call`-th radix tree node allocation (from 1) of the next operation fail.
    case fail(call: Int)
    /// Lets the `call`-th page or block (from 1) that the next operation reads or writes fail on
    /// the device.
    case failIO(call: Int)
}

/// What msync is asked to do.
public enum SyncMode: String, CaseIterable, Sendable {
    case sync, async, invalidate
}

/// What sync_file_range is asked to do, in this order.
public struct SyncFileRange: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let waitBefore = Self(rawValue: 1 << 0)
    public static let write = Self(rawValue: 1 << 1)
    public static let waitAfter = Self(rawValue: 1 << 2)

    /// As scenario files spell them.
    public static let names: [(flag: Self, name: String)] = [
        (.waitBefore, "wait-before"), (.write, "write"), (.waitAfter, "wait-after"),
    ]

    /// The names of the flags that are set.
    public var spelled: [String] { Self.names.filter { contains($0.flag) }.map(\.name) }
}

// Whole pages, as most scenarios say it.
extension Operation {
    public static func pread(first: UInt64, pages: UInt64) -> Self {
        .pread(offset: first << 12, length: pages << 12)
    }

    public static func pwrite(first: UInt64, pages: UInt64, value: UInt8) -> Self {
        .pwrite(offset: first << 12, length: pages << 12, value: value)
    }

    public static func dread(first: UInt64, pages: UInt64) -> Self {
        .dread(offset: first << 12, length: pages << 12)
    }

    public static func dwrite(first: UInt64, pages: UInt64, value: UInt8) -> Self {
        .dwrite(offset: first << 12, length: pages << 12, value: value)
    }

    public static func fallocate(first: UInt64, pages: UInt64) -> Self {
        .fallocate(offset: first << 12, length: pages << 12)
    }

    public static func reclaim(page: UInt64?) -> Self {
        .reclaim(pages: page.map { $0..<($0 + 1) })
    }
}

extension Operation {
    /// O_DIRECT.
    var isDirect: Bool {
        switch self {
        case .dread, .dwrite: true
        default: false
        }
    }

    /// The first page of those that the operation gives other places in the file.
    var firstShiftedPage: UInt64? {
        switch self {
        case .collapse(let offset, _), .insert(let offset, _): offset / Geometry.pageSize
        default: nil
        }
    }

    /// The bytes of the file that the operation may change while it is under way; nil: none, or,
    /// of a store, one in one moment.
    func changedBytes(of inode: Inode) -> Range<UInt64>? {
        switch self {
        case .pwrite(let offset, let length, _), .dwrite(let offset, let length, _),
            .punch(let offset, let length), .zeroRange(let offset, let length, _):
            offset..<(offset &+ length < offset ? .max : offset + length)
        case .truncate(let size): size..<UInt64.max
        // Its pages are all that there is of the file.
        case .umount where inode.fileSystem == .tmpfs: 0..<UInt64.max
        default: nil
        }
    }
}
