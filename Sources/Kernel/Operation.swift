import PageCache

/// What a task asks the kernel to do: one system call, one memory access through a mapping, or one
/// thing that happens to the machine.
///
/// The operations are those of the recorded kernel data (`golden/kernel/README.md`), so that a
/// recorded sequence and a scenario are the same thing in two spellings. Pages are counted in
/// 4 KiB units from the start of the file; sizes and offsets are bytes.
public enum Operation: Hashable, Sendable {
    /// Maps `pages` pages of the file from page `first` as `name`. A mapping is `aligned` when its
    /// virtual address is 2 MiB aligned with the file, so that PMD faults are possible in it.
    case mmap(name: String, first: UInt64, pages: UInt64, shared: Bool, aligned: Bool)
    case munmap(map: String)
    /// Reads one byte at the start of `page` through the mapping.
    case load(map: String, page: UInt64)
    /// Writes one byte at the start of `page` through the mapping.
    case store(map: String, page: UInt64, value: UInt8)
    case pread(first: UInt64, pages: UInt64)
    case pwrite(first: UInt64, pages: UInt64, value: UInt8)
    case fsync
    /// `msync(MS_SYNC)` over `pages` pages from file page `first` of the mapping.
    case msync(map: String, first: UInt64, pages: UInt64)
    case syncfs
    /// `ftruncate` to `size` bytes.
    case truncate(size: UInt64)
    /// Allocates unwritten extents.
    case fallocate(first: UInt64, pages: UInt64)
    /// `fallocate(PUNCH_HOLE | KEEP_SIZE)`; may cover partial pages.
    case punch(offset: UInt64, length: UInt64)
    /// Invalidates the clean pages of the whole system.
    case dropCaches
    /// Memory pressure: reclaim takes the page at this index, or every page it can when nil.
    case reclaim(page: UInt64?)
    case unlink
    /// The last `close`.
    case close
    case umount
    case powerLoss
    /// Lets the `call`-th radix tree node allocation (from 1) of the next operation fail.
    case fail(call: Int)
}

extension Operation {
    /// The pages whose first byte the operation may change while it is under way; nil: none, or,
    /// of a store, one in one moment.
    func changedPages(of inode: Inode) -> Range<UInt64>? {
        switch self {
        case .pwrite(let first, let pages, _): first..<(first + pages)
        case .punch(let offset, let length):
            Geometry.pages(offset)..<max(Geometry.pages(offset), Geometry.pages(offset + length))
        case .truncate(let size): Geometry.pages(size)..<UInt64.max
        // Its pages are all that there is of the file.
        case .umount where inode.fileSystem == .tmpfs: 0..<UInt64.max
        default: nil
        }
    }
}
