// fs/ext4/inode.c, fs/ext4/extents.c (ext4_map_blocks): what becomes of the file's blocks becomes
// of its extents too.

import Kernel
import PageCache

extension Machine {
    /// Blocks were allocated.
    ///
    /// - Parameter ready: for a write past the cache, or a store through a mapping
    ///   (EXT4_GET_BLOCKS_PRE_IO).
    mutating func insertExtent(
        first: UInt64, count: UInt64, physical: UInt64, isUnwritten: Bool, ready: Bool = false
    ) {
        guard inode.fileSystem == .ext4 else { return }
        inode.extents.insert(
            ExtentTree.Extent(
                first: first, count: count, physical: physical, isUnwritten: isUnwritten),
            merges: !ready)
        if ready, isUnwritten { inode.extents.keepsApart = true }
    }

    /// Unwritten blocks are going to be written past the cache.
    mutating func prepareExtent(first: UInt64, count: UInt64) {
        guard inode.fileSystem == .ext4 else { return }
        inode.extents.prepare(first: first, count: count)
    }

    /// The end of a write past the cache: unwritten blocks of the range are written now.
    mutating func convertWritten(first: UInt64, count: UInt64) {
        blocks.convert(first: first, count: count)
        guard inode.fileSystem == .ext4 else { return }
        inode.extents.convert(first: first, count: count)
    }

    /// A write through the cache makes unwritten blocks written, with what ext4 zeroes beside them.
    mutating func convertExtent(first: UInt64, count: UInt64) {
        let end = Geometry.pages(inode.size)
        guard let all = inode.extents.initialize(first: first, count: count, end: end) else {
            return
        }
        for block in all.blocks where block < first || block >= first + count {
            memory.storePending(
                0, block: all.physical + (block - all.blocks.lowerBound),
                offsets: 0..<PageBytes.size)
        }
        memory.drain()
        blocks.convert(first: all.blocks.lowerBound, count: UInt64(all.blocks.count))
    }
}
