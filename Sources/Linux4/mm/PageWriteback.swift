// mm/page-writeback.c: tags of dirty pages, and ordinary writeback.
//
// One page under data integrity: D; tag_pages_for_writeback D+T; locked, its dirty flag cleared, D
// stays; set_page_writeback W alone; end_page_writeback none. TOWRITE is set for the whole range
// first, so that pages dirtied later do not keep the writer busy for ever. DAX entries in range are
// tagged like pages; the page lookup skips them.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: indices, the end inclusive.
    static let tagPagesForWriteback = Function("tag_pages_for_writeback", "mm/page-writeback.c") {
        l in
        let again = l.label()
        l.place(again)
        l.add("L6", (2108, 2118), "take tree_lock") { m in m.lock(.tree) }
        l.add("L6", (2109, 2119), "tag up to 4096 DIRTY entries TOWRITE") { m in
            let here = m.locals
            return m.call(.radixTreeRangeTag) {
                $0.start = here.start
                $0.end = here.end
                $0.count = 4096
            }
        }
        l.add("L6", (2112, 2122), "release tree_lock; a full batch? go on behind it") { m in
            _ = m.unlock(.tree)
            m.locals.start = m.tasks[m.current].returnedIndex
            return m.returned >= 4096 && m.locals.start != 0 ? .jump(again) : m.finish()
        }
    }

    /// locals.start, locals.end: bytes, the end inclusive; isSync: WB_SYNC_ALL.
    static let doWritepages = Function("do_writepages", "mm/page-writeback.c") { l in
        let v = l.version
        l.add("L3", (2344, 2354), "call the file system's writepages") { m in
            let here = m.locals
            if m.skipsWritepages(v) { return m.finish() }
            // "dax: move writeback calls into the filesystems", 22 Feb 2016.
            let function: Function =
                v == .v4_5 && m.inode.isDAX ? .daxWritebackMappingRange : .writeCachePages
            return m.call(function) {
                $0.start = here.start
                $0.end = here.end
                $0.isSync = here.isSync
            }
        }
        l.add("L3", (2347, 2357), "return") { m in m.finish(m.returned) }
    }

    static let writeCachePages = Function("write_cache_pages", "mm/page-writeback.c") { l in
        let again = l.label()
        let one = l.label()
        let skip = l.label()
        l.add("M3", (2180, 2190), "data integrity: tag the DIRTY range TOWRITE") { m in
            let here = m.locals
            m.locals.index = here.start / Geometry.pageSize
            m.locals.tag = here.isSync ? .towrite : .dirty
            guard here.isSync else { return .next }
            return m.call(.tagPagesForWriteback) {
                $0.start = here.start / Geometry.pageSize
                $0.end = here.end / Geometry.pageSize
            }
        }
        l.place(again)
        l.add(
            "M4 A14", (2185, 2195), "fetch up to 14 tagged pages; exceptional entries are skipped"
        ) { m in
            m.fetchTaggedPages() ? .next : m.finish()
        }
        l.place(one)
        l.add("M5", (2211, 2221), "the next page: lock it; still ours, and dirty?") { m in
            guard let item = m.nextItem(), let page = item.entry.page else {
                m.releaseBatch()
                return .jump(again)
            }
            guard item.index <= m.locals.end / Geometry.pageSize else {
                m.releaseBatch()
                return m.finish()
            }
            let next = m.lockPage(page)
            if case .wait = next { return next }
            m.locals.page = page
            m.locals.item += 1
            m.locals.index = item.index &+ 1
            let isDirty = m[page].hasMapping && m[page].flags.contains(.dirty)
            return isDirty ? .next : .jump(skip)
        }
        l.add("M5", (2232, 2242), "wait for an earlier writeback of it") { m in
            m.callEndWriteback(m.locals.page!)
        }
        l.add("M6", (2687, 2697), "write-protect its page table entries") { m in
            m.writeProtect(m.locals.page!)
            return .next
        }
        l.add("M7", (2699, 2709), "clear the page's dirty flag; the tag stays") { m in
            m[m.locals.page!].flags.remove(.dirty)
            return .next
        }
        l.add("M8", (2244, 2254), "writepage: set_page_writeback") { m in
            let page = m.locals.page
            return m.call(.testSetPageWriteback) { $0.page = page }
        }
        l.add("M9", (2244, 2254), "give the data to the device") { m in
            m.submitCluster()
        }
        l.place(skip)
        l.add("M9", (2244, 2254), "unlock it; does nobody wait? the device is done at once") { m in
            m.unlockPage(m.locals.page!)
            return m.locals.isSync ? .next : m.callEndWriteback(m.locals.page!)
        }
        l.add("M9", (2244, 2254), "on to the next") { _ in
            return .jump(one)
        }
    }
}

extension Machine {
    /// __set_page_dirty_nobuffers: the flag, then D under tree_lock, then the inode.
    mutating func setPageDirty(_ page: PageID) {
        guard !inode.isDAX, self[page].flags.insert(.dirty).inserted else { return }
        self[page].flags.remove(.reclaim)
        if self[page].flags.contains(.hasBuffers) { self[page].buffer.insert(.dirty) }
        guard self[page].hasMapping else { return }
        _ = mapping.radixTree.setTag(.dirty, at: PageIndex(self[page].index))
        inode.state.insert(.dirtyPages)
    }

    /// ext4_writepages: without pages, or with nothing DIRTY, there is nothing to do.
    fileprivate func skipsWritepages(_ v: KernelVersion) -> Bool {
        guard inode.fileSystem == .ext4, !inode.isDAX || v < .v4_5 else { return false }
        return mapping.nrpages == 0 || !mapping.radixTree.isTagged(.dirty)
    }

    /// pagevec_lookup_tag.
    fileprivate mutating func fetchTaggedPages() -> Bool {
        openBatch()
        let tagged = mapping.radixTree.entries(from: PageIndex(locals.index), tagged: locals.tag)
        for (index, entry) in tagged where entry.page != nil {
            addToBatch(index, entry)
            if locals.batchCount == Geometry.pagevecSize { break }
        }
        return referenceBatch()
    }

    /// page_mkclean.
    mutating func writeProtect(_ page: PageID) {
        let index = self[page].index
        for vma in vmas.indices where vmas[vma].ptes[index]?.target == .page(page) {
            vmas[vma].ptes[index]?.isWritable = false
            vmas[vma].ptes[index]?.isDirty = false
        }
    }

    /// writepage: the file system allocates a block that was only promised, and the device takes
    /// the page at once; when the I/O is done is seen by who waits for it. Bytes behind the end of
    /// the file are zeroed first.
    mutating func submit(_ page: PageID) {
        let index = self[page].index
        if isBeyondEnd(index) {
            // xfs_vm_writepage: i_size may be about to be set; the page stays dirty.
            if inode.fileSystem == .xfs { setPageDirty(page) }
            return
        }
        if inode.size / Geometry.pageSize == index, inode.size % Geometry.pageSize != 0 {
            let end = Int(inode.size % Geometry.pageSize)
            self[page].bytes.fill(end..<PageBytes.size, with: 0)
        }
        var block = blocks.lookup(index)
        if block.state == .delalloc {
            allocateDelayed(around: index)
            block = blocks.lookup(index)
        } else if block.state == .hole, inode.fileSystem == .ext2 {
            walkBranch(to: index, allocates: true)
            // Only a buffer that is mapped already goes into mpage's own I/O.
            if self[page].flags.contains(.hasBuffers) {
                self[page].buffer.formUnion([.mapped, .req])
            }
            allocateWritten(index..<(index + 1))
            block = blocks.lookup(index)
        }
        inode.reservedBeside.removeAll { $0 == index }
        self[page].buffer.remove([.dirty, .delay, .unwritten])
        if endsInWriteback(block.state, index) { self[page].flags.remove(.reclaim) }
        guard block.state != .hole else { return }
        if deviceFails() {
            self[page].flags.insert(.error)
            mapping.hasIOError = true
            // XFS writes through buffers (end_buffer_async_write); the others tell the page only.
            if inode.fileSystem == .xfs {
                self[page].buffer.insert(.writeError)
                self[page].buffer.remove(.uptodate)
            }
            return
        }
        memory.storePending(self[page].bytes, block: block.physical, offsets: 0..<PageBytes.size)
        memory.drain()
        if inode.fileSystem == .ext4 {
            convertExtent(first: index, count: dirtyRun(from: index))
        } else {
            blocks.convert(first: index, count: 1)
        }
        let end = min(inode.size, (index + 1) * Geometry.pageSize)
        inode.diskSize = max(inode.diskSize, end)
    }

    /// XFS and ext2 are done with a page before its batch is released, which empties the pagevec
    /// that end_page_writeback puts it into: nothing of that is left to see. XFS hands an unwritten
    /// extent and a file that grows on the media to a thread, ext4 sends all off at the end.
    private func endsInWriteback(_ state: BlockState, _ index: UInt64) -> Bool {
        switch inode.fileSystem {
        case .ext2: return true
        case .ext4, .tmpfs: return false
        case .xfs:
            let end = min(inode.size, (index + 1) * Geometry.pageSize)
            return state == .written && end <= inode.diskSize
        }
    }

    /// The page and those behind it that are dirty over unwritten blocks: ext4 maps them at once.
    private func dirtyRun(from index: UInt64) -> UInt64 {
        var count: UInt64 = 1
        while let page = mapping.radixTree.lookup(PageIndex(index + count))?.page,
            self[page].flags.contains(.dirty), blocks.state(index + count) == .unwritten
        { count += 1 }
        return count
    }

    /// Delayed blocks become blocks: XFS allocates the whole delayed run that the page is in, ext4
    /// as much of it as is dirty.
    mutating func allocateDelayed(around index: UInt64) {
        guard let run = blocks.runs.first(where: { $0.first <= index && index < $0.end }) else {
            return
        }
        allocateWritten(
            inode.fileSystem == .xfs ? run.first..<run.end : index..<(index + 1))
    }
}

extension Function {
    static let ofPageWriteback: [Function] = [
        .tagPagesForWriteback, .doWritepages, .writeCachePages,
    ]
}
