// fs/xfs/xfs_aops.c: xfs_cluster_write; fs/xfs/xfs_iomap.c: room that is reserved ahead;
// fs/xfs/xfs_inode.c: xfs_release, which gives it back.
//
// writepage of one page takes the pages behind it along, as far as they are of the same kind and
// the same extent goes on behind them, also pages that nobody asked to have written. A write behind
// the end of a file of 64 KiB and more reserves more than it needs, to write one long extent later.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.index ... locals.end: the pages behind the one that was written, to where the extent
    /// ends; locals.pgoff: the last page that the caller waits for; isSync: it waits at all;
    /// locals.value: the kind of the extent (`Machine.ioType`).
    static let xfsClusterWrite = Function("xfs_cluster_write", "fs/xfs/xfs_aops.c") { l in
        let one = l.label()
        l.place(one)
        l.add("M5", (710, 710), "the next page: there, unlocked, of the same kind? lock it") { m in
            guard let page = m.nextOfCluster() else { return m.finish() }
            m.locals.page = page
            return m.lockPage(page)
        }
        l.add("M7", (nil, nil), "write-protect its entries; clear its dirty flag") { m in
            let page = m.locals.page!
            m.writeProtect(page)
            m[page].flags.remove(.dirty)
            return .next
        }
        l.add("M8", (nil, nil), "xfs_start_page_writeback: set_page_writeback") { m in
            let page = m.locals.page
            return m.call(.testSetPageWriteback) { $0.page = page }
        }
        l.add("M9", (nil, nil), "it goes to the device with the first; unlock it") { m in
            let page = m.locals.page!
            m.submit(page)
            m.unlockPage(page)
            let here = m.locals
            m.locals.index += 1
            return here.isSync && here.index <= here.pgoff ? .next : m.callEndWriteback(page)
        }
        l.add("M9", (856, 856), "on to the next") { _ in .jump(one) }
    }
}

extension Machine {
    /// XFS_IO_OVERWRITE, XFS_IO_DELALLOC and XFS_IO_UNWRITTEN.
    private func ioType(_ page: PageID) -> BlockState {
        let buffer = self[page].buffer
        if buffer.contains(.unwritten) { return .unwritten }
        return buffer.contains(.delay) ? .delalloc : .written
    }

    private static let ioTypes: [BlockState] = [.written, .delalloc, .unwritten]

    /// writepage of locals.page; on XFS with what follows it.
    mutating func submitCluster() -> Next {
        let here = locals
        let page = here.page!
        let index = self[page].index
        let type = ioType(page)
        let extent = blocks.lookup(index)
        submit(page)
        guard inode.fileSystem == .xfs, extent.state != .hole, extent.length > 1,
            mapping.radixTree.lookup(PageIndex(index + 1))?.page != nil
        else { return .next }
        let last = min(index + extent.length - 1, inode.size / Geometry.pageSize)
        return call(.xfsClusterWrite) {
            $0.index = index + 1
            $0.end = last
            $0.count = Int(extent.length)
            $0.start = index
            $0.pgoff = here.end / Geometry.pageSize
            $0.isSync = here.isSync
            $0.value = UInt8(Self.ioTypes.firstIndex(of: type) ?? 0)
        }
    }

    /// xfs_convert_page, up to where it locks the page. The extent must go on behind the page, or
    /// the file end in it.
    fileprivate func nextOfCluster() -> PageID? {
        let here = locals
        guard here.index <= here.end,
            let page = mapping.radixTree.lookup(PageIndex(here.index))?.page
        else { return nil }
        let found = self[page]
        let behind = min((here.index + 1) * Geometry.pageSize, inode.size) / Geometry.pageSize
        guard behind < here.start + UInt64(here.count),
            found.flags.isDisjoint(with: [.locked, .writeback]),
            found.flags.contains(.hasBuffers), ioType(page) == Self.ioTypes[Int(here.value)]
        else { return nil }
        let isReady = found.buffer.isSuperset(of: [.dirty, .mapped])
        return isReady || ioType(page) != .written ? page : nil
    }

    // MARK: - Reserving ahead

    /// m_writeio_blocks: 64 KiB.
    private static let writeioBlocks: UInt64 = 16
    /// MAXEXTLEN.
    private static let longestExtent: UInt64 = 1 << 21 - 1

    /// xfs_iomap_write_delay: the blocks that are reserved for a write to block `index`, a hole.
    mutating func reserveXFS(_ index: UInt64) {
        var end = index + 1
        if reservesAhead(index) {
            let aligned = index / Self.writeioBlocks * Self.writeioBlocks
            end = max(end, aligned + preallocation(before: index))
            end = min(end, Geometry.pages(inode.fileSystem.largestSize))
        }
        blocks.set(first: index, count: end - index, state: .delalloc, physical: 0)
    }

    /// xfs_iomap_eof_want_preallocate: the write goes behind the end of a file that is not small,
    /// and there are no blocks behind it yet.
    private func reservesAhead(_ index: UInt64) -> Bool {
        (index + 1) * Geometry.pageSize > inode.size
            && inode.size >= Self.writeioBlocks * Geometry.pageSize
            && blocks.runs.last.map { $0.end <= index } ?? true
    }

    /// xfs_iomap_prealloc_size: twice the extent in front of the write, as a power of two.
    private func preallocation(before index: UInt64) -> UInt64 {
        guard index > 0, let run = blocks.runs.last, run.end == index else {
            return Self.writeioBlocks
        }
        var count = min(run.count << 1, Self.longestExtent)
        if run.count > Self.longestExtent >> 1 { count = min(index, Self.longestExtent) }
        let power = UInt64(1) << (63 - UInt64(count.leadingZeroBitCount))
        return max(power, Self.writeioBlocks)
    }

    /// xfs_release: the last user closes the file. What was reserved or allocated ahead behind its
    /// end is given back, but not what fallocate made, and only at the first close that leaves
    /// delayed blocks.
    mutating func giveBackAhead() {
        // ext4_release_file gives back what was set aside.
        placement.ext4.forgetWindows()
        guard inode.fileSystem == .xfs, inode.links > 0, !inode.isPreallocated,
            !inode.wasReleasedDirty
        else { return }
        freeBlocks(first: Geometry.pages(inode.size), count: 1 << 52)
        if blocks.runs.contains(where: { $0.state == .delalloc }) {
            inode.wasReleasedDirty = true
        }
    }

    /// xfs_free_eofblocks by force: also behind the end of a file that fallocate has worked on, if
    /// some block of it is delayed.
    mutating func freeBehindEnd() {
        let hasDelayed = blocks.runs.contains { $0.state == .delalloc }
        guard !inode.isPreallocated || hasDelayed else { return }
        freeBlocks(first: Geometry.pages(inode.size), count: 1 << 52)
    }
}

extension Function {
    static let ofXFSWriteback: [Function] = [.xfsClusterWrite]
}
