// fs/buffer.c: pages that are written through the cache, block by block.
//
// A page of a file without DAX gets a buffer (PG_private, and one reference) when it is written to:
// the buffer knows whether the block is mapped on the device. Blocks are 4 KiB here, so a page has
// one. What a write does about a hole is the file system's: ext2 allocates the block at once, ext4
// and XFS only reserve room (BH_Delay) and allocate when the page is written back.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.page, locked; locals.start, locals.end: the bytes to be written, as far as they lie
    /// in the page.
    static let blockWriteBegin = Function("__block_write_begin", "fs/buffer.c") { l in
        l.add("", (1942, 1933), "give the page a buffer; find, reserve or allocate its block") {
            m in
            m.prepareBuffer()
            return .next
        }
        l.add("", (1966, 1957), "a part of a page that is not up to date? read it") { m in
            m.readForPartialWrite()
        }
    }

    /// locals.page, locked; locals.end: where the bytes end.
    static let genericWriteEnd = Function("generic_write_end", "fs/buffer.c") { l in
        l.add("M1", (2098, 2089), "block_commit_write: up to date; set it dirty") { m in
            let page = m.locals.page!
            m[page].buffer.insert(.uptodate)
            m[page].buffer.remove(.new)
            m[page].flags.insert(.uptodate)
            // mark_buffer_dirty
            guard m[page].buffer.insert(.dirty).inserted else { return .next }
            return m.call(.setPageDirty) { $0.page = page }
        }
        l.add("", (2107, 2098), "beyond the old end? the file has a new size") { m in
            m.extendFile(to: m.locals.end)
            return .next
        }
        l.add("", (2112, 2103), "unlock and release the page") { m in
            let page = m.locals.page!
            m.unlockPage(page)
            m.put(page)
            return m.finish()
        }
    }

    static let setPageDirty = Function("__set_page_dirty_buffers", "fs/buffer.c") { l in
        let unlock = l.label()
        l.add("M1", (697, 690), "set the dirty flags of buffer and page; was it set? done") { m in
            let page = m.locals.page!
            if m[page].flags.contains(.hasBuffers) { m[page].buffer.insert(.dirty) }
            return m[page].flags.insert(.dirty).inserted ? .next : m.finish()
        }
        l.add("M1", (638, 631), "take tree_lock") { m in m.lock(.tree) }
        l.add("M1", (642, 635), "still in the mapping? tag its slot DIRTY") { m in
            guard m[m.locals.page!].hasMapping else { return .jump(unlock) }
            let index = m[m.locals.page!].index
            return m.call(.radixTreeTagSet) {
                $0.index = index
                $0.tag = .dirty
            }
        }
        l.place(unlock)
        l.add("M1", (645, 638), "release tree_lock") { m in m.unlock(.tree) }
        l.add("M2", (706, 699), "mark the inode dirty: I_DIRTY_PAGES") { m in
            m.inode.state.insert(.dirtyPages)
            return m.finish(1)
        }
    }

    /// locals.start: a byte position; zeroes from there to the end of its block.
    static let blockTruncatePage = Function("block_truncate_page", "fs/buffer.c") { l in
        l.add("J11", (2826, 2817), "at a block boundary? nothing to do") { m in
            m.locals.start % Geometry.pageSize == 0 ? m.finish() : .next
        }
        l.add("J11", (2832, 2823), "find the page, or put a new one into the tree") { m in
            let index = m.locals.start / Geometry.pageSize
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        addZeroing(&l, [(2849, 2841), (2863, 2855), (2872, 2864), (2877, 2869)])
    }

    /// locals.start, locals.end: bytes of one block, zeroed through the page cache.
    static let ext4ZeroThroughPage = Function("__ext4_block_zero_page_range", "fs/ext4/inode.c") {
        l in
        l.add("J11", (3388, 3503), "find the page, or put a new one into the tree") { m in
            let index = m.locals.start / Geometry.pageSize
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        addZeroing(&l, [(3385, 3527), (3399, 3541), (3420, 3562), (3433, 3575)])
    }

    /// What the two have in common: the page that was found is zeroed if it has a block.
    private static func addZeroing(
        _ l: inout ListingBuilder, _ lines: [ListingBuilder.Lines]
    ) {
        let unlock = l.label()
        l.add("J11", lines[0], "is its block mapped? a hole has nothing to zero") { m in
            guard let page = m.returnedPage else { return m.finish(Errno.enomem) }
            m.locals.page = page
            return m.mapBufferToZero() ? .next : .jump(unlock)
        }
        l.add("J11", lines[1], "not up to date? read the block") { m in
            let page = m.locals.page!
            if m[page].flags.contains(.uptodate) { m[page].buffer.insert(.uptodate) }
            guard m[page].buffer.isDisjoint(with: [.uptodate, .delay, .unwritten]) else {
                return .next
            }
            m.readBuffer(page)
            guard m[page].buffer.contains(.uptodate) else {
                m.locals.error = Errno.eio
                return .jump(unlock)
            }
            return .next
        }
        l.add("J11", lines[2], "zero the bytes; the buffer is dirty, and so is the page") { m in
            let here = m.locals
            let index = here.start / Geometry.pageSize
            let length = (index + 1) * Geometry.pageSize
            let end = here.end == 0 ? length : min(here.end, length)
            m[here.page!].bytes.fill((here.start..<end).offsets(inPage: index), with: 0)
            return m.call(.setPageDirty) { $0.page = here.page }
        }
        l.place(unlock)
        l.add("J11", lines[3], "unlock and release it") { m in
            let page = m.locals.page!
            m.unlockPage(page)
            m.put(page)
            return m.finish(m.locals.error)
        }
    }

    /// page_mkwrite of a file without DAX. locals.page; returns with the page locked, or an error.
    static let blockPageMkwrite = Function("block_page_mkwrite", "fs/buffer.c") { l in
        // 4.4 still had __block_page_mkwrite beside it.
        l.add("D7", (2434, 2425), "lock the page") { m in m.lockPage(m.locals.page!) }
        l.add("D7", (2436, 2427), "truncated meanwhile? then there is nothing to do") { m in
            let page = m.locals.page!
            guard m[page].hasMapping, !m.isBeyondEnd(m[page].index) else {
                m.unlockPage(page)
                return m.finish(.nopage)
            }
            return .next
        }
        l.add("D7", (2449, 2440), "give it a block") { m in
            let page = m.locals.page!
            return m.callBlockWriteBegin(page, m[page].index)
        }
        l.add("M1", (2455, 2446), "set it dirty") { m in
            let page = m.locals.page!
            m.dirtyInode()
            // set_page_dirty: reclaim does not wait for it any more.
            m[page].flags.remove(.reclaim)
            return m.call(.setPageDirty) { $0.page = page }
        }
        l.add("D7", (2457, 2448), "return it locked") { m in m.finish(.locked) }
    }
}

extension Machine {
    /// The bytes of locals.start ..< locals.end in the page, or all of it when they are not set.
    mutating func callBlockWriteBegin(_ page: PageID, _ index: UInt64) -> Next {
        let here = locals
        return call(.blockWriteBegin) {
            $0.page = page
            $0.start = here.start
            $0.end = here.end == 0 ? .max : here.end
        }
    }

    /// create_empty_buffers, and get_block for the buffer of locals.page.
    fileprivate mutating func prepareBuffer() {
        let page = locals.page!
        giveBuffer(page)
        self[page].buffer.remove(.new)
        let isUptodate = self[page].flags.contains(.uptodate)
        if !self[page].buffer.contains(.mapped) {
            let index = self[page].index
            self[page].buffer.formUnion(mapForWrite(index))
            if self[page].buffer.contains(.new) {
                if isUptodate {
                    self[page].buffer.remove(.new)
                    self[page].buffer.formUnion([.uptodate, .dirty])
                    setPageDirty(page)
                } else {
                    // What the write leaves out is zero in a new block.
                    let here = locals
                    let written = (here.start..<here.end).offsets(inPage: index)
                    self[page].bytes.fill(0..<written.lowerBound, with: 0)
                    self[page].bytes.fill(written.upperBound..<PageBytes.size, with: 0)
                }
                return
            }
        }
        if isUptodate { self[page].buffer.insert(.uptodate) }
    }

    /// A buffer for a page that has none: as the page is, and with a reference.
    mutating func giveBuffer(_ page: PageID) {
        guard self[page].flags.insert(.hasBuffers).inserted else { return }
        self[page].references += 1
        self[page].buffer = []
        if self[page].flags.contains(.uptodate) { self[page].buffer.insert(.uptodate) }
        if self[page].flags.contains(.dirty) { self[page].buffer.insert(.dirty) }
    }

    /// try_to_free_buffers: a clean page loses its buffer.
    ///
    /// - Returns: whether the page has none now.
    mutating func freeBuffer(_ page: PageID) -> Bool {
        guard self[page].flags.contains(.hasBuffers) else { return true }
        guard self[page].buffer.isDisjoint(with: [.dirty, .locked]) else { return false }
        dropBuffer(page)
        return true
    }

    /// The buffer goes, and its reference.
    mutating func dropBuffer(_ page: PageID) {
        guard self[page].flags.remove(.hasBuffers) != nil else { return }
        self[page].buffer = []
        put(page)
    }

    fileprivate mutating func readForPartialWrite() -> Next {
        let here = locals
        let page = here.page!
        let index = self[page].index
        let isWhole = (here.start..<here.end).offsets(inPage: index).count == PageBytes.size
        let isKnown =
            self[page].flags.contains(.uptodate)
            || !self[page].buffer.isDisjoint(with: [.uptodate, .delay, .unwritten, .new])
        guard !isWhole, !isKnown else { return finish() }
        readBuffer(page)
        guard self[page].buffer.contains(.uptodate) else { return finish(Errno.eio) }
        return finish()
    }

    /// get_block with create for a write through the cache: ext2_get_block, ext4_da_get_block_prep,
    /// ext4_get_block, xfs_get_blocks. What stands in a block that ext2 allocates is not touched.
    fileprivate mutating func mapForWrite(_ index: UInt64) -> BufferHead.State {
        let found = blocks.lookup(index)
        walkBranch(to: index, allocates: found.state == .hole)
        switch (found.state, inode.fileSystem) {
        // Behind the end of the file XFS says new: nothing that counts stands there.
        case (.written, .xfs) where isBeyondEnd(index): return [.mapped, .new]
        case (.written, _): return .mapped
        case (_, .ext4) where !inode.delaysAllocation: return mapAtOnce(index, found)
        case (.unwritten, _): return [.mapped, .unwritten, .new]
        case (.delalloc, .xfs): return [.mapped, .delay, .uptodate]
        case (.delalloc, _): return [.mapped, .delay, .new]
        case (.hole, .ext2):
            allocateWritten(index..<(index + 1))
            return [.mapped, .new]
        case (.hole, .xfs):
            reserveXFS(index)
            return [.mapped, .delay, .uptodate, .new]
        case (.hole, _):
            blocks.set(first: index, count: 1, state: .delalloc, physical: 0)
            return [.mapped, .delay, .new]
        }
    }

    /// ext4_get_block, of a mount with nodelalloc: a hole gets a written block, an unwritten one is
    /// converted before anything was written to it.
    private mutating func mapAtOnce(
        _ index: UInt64, _ found: BlockMap.Lookup
    ) -> BufferHead.State {
        if found.state == .hole {
            allocateWritten(index..<(index + 1))
        } else {
            convertExtent(first: index, count: 1)
        }
        return [.mapped, .new]
    }

    /// Gives blocks of the file a place on the device, as written ones; what stands there is not
    /// touched.
    mutating func allocateWritten(_ range: Range<UInt64>) {
        useAllocator(upTo: range.upperBound)
        var first = range.lowerBound
        while first < range.upperBound {
            let place = self.place(from: first, count: range.upperBound - first)
            blocks.set(
                first: first, count: place.count, state: .written, physical: place.physical)
            insertExtent(
                first: first, count: place.count, physical: place.physical, isUnwritten: false)
            first += place.count
        }
    }

    /// get_block without create, for zeroing a part of a page: whether there is something to zero.
    fileprivate mutating func mapBufferToZero() -> Bool {
        let page = locals.page!
        giveBuffer(page)
        if !self[page].buffer.contains(.mapped) {
            switch blocks.state(self[page].index) {
            case .written: self[page].buffer.insert(.mapped)
            // ext4_get_block says so, but maps nothing.
            case .unwritten where inode.fileSystem == .ext4:
                self[page].buffer.insert(.unwritten)
            case .delalloc, .unwritten, .hole: break
            }
        }
        return self[page].buffer.contains(.mapped)
    }
}

extension Function {
    static let ofBuffer: [Function] = [
        .blockWriteBegin, .genericWriteEnd, .setPageDirty, .blockTruncatePage,
        .ext4ZeroThroughPage, .blockPageMkwrite,
    ]
}
