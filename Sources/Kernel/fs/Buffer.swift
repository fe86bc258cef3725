// fs/buffer.c: pages that are written through the cache, block by block.
//
// A page of a file without DAX gets a buffer (PG_private) when it is written to: the buffer knows
// whether the block is mapped on the device. Blocks are 4 KiB here, so a page has one. Delayed
// allocation is not modelled: a block is allocated, unwritten, when the page is made ready for the
// write, and becomes written when the page is written back.

import PageCache
import RadixTree

extension Function {
    /// locals.page, locked; locals.start, locals.end: the bytes to be written, as far as they lie
    /// in the page.
    static func blockWriteBeginListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("__block_write_begin", "fs/buffer.c", v)
        l.add("", (1942, 1933), "give the page a buffer; find or allocate its block") { m in
            m.mapBuffer(allocates: true)
            return .next
        }
        l.add("", (1966, 1957), "a part of a page that is not up to date? read it") { m in
            let here = m.locals
            let first = m[here.page!].index * Geometry.pageSize
            let isWhole = here.start <= first && here.end >= first + Geometry.pageSize
            if !isWhole, !m[here.page!].flags.contains(.uptodate) { m.readIn(here.page!) }
            return m.finish()
        }
        return l.build()
    }

    /// locals.page, locked; locals.end: where the bytes end.
    static func genericWriteEndListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("generic_write_end", "fs/buffer.c", v)
        l.add("M1", (2098, 2089), "block_commit_write: up to date; set it dirty") { m in
            let page = m.locals.page!
            m[page].flags.insert(.uptodate)
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
        return l.build()
    }

    static func setPageDirtyListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("__set_page_dirty_buffers", "fs/buffer.c", v)
        let unlock = l.label()
        l.add("M1", (697, 690), "set the page's dirty flag; was it set before? done") { m in
            m[m.locals.page!].flags.insert(.dirty).inserted ? .next : m.finish()
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
        return l.build()
    }

    /// locals.start: a byte position; zeroes from there to the end of its block.
    static func blockTruncatePageListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("block_truncate_page", "fs/buffer.c", v)
        l.add("J11", (2826, 2817), "at a block boundary? nothing to do") { m in
            m.locals.start % Geometry.pageSize == 0 ? m.finish() : .next
        }
        l.add("J11", (2832, 2823), "find the page, or put a new one into the tree") { m in
            let index = m.locals.start / Geometry.pageSize
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        addZeroing(&l, [(2849, 2841), (2863, 2855), (2872, 2864), (2877, 2869)])
        return l.build()
    }

    /// locals.start, locals.end: bytes of one block, zeroed through the page cache.
    static func ext4ZeroThroughPageListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("__ext4_block_zero_page_range", "fs/ext4/inode.c", v)
        l.add("J11", (3388, 3503), "find the page, or put a new one into the tree") { m in
            let index = m.locals.start / Geometry.pageSize
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        addZeroing(&l, [(3385, 3527), (3399, 3541), (3420, 3562), (3433, 3575)])
        return l.build()
    }

    /// What the two have in common: the page that was found is zeroed if it has a block.
    private static func addZeroing(
        _ l: inout ListingBuilder, _ lines: [ListingBuilder.Lines]
    ) {
        let unlock = l.label()
        l.add("J11", lines[0], "is its block mapped? a hole has nothing to zero") { m in
            guard let page = m.returnedPage else { return m.finish(Errno.enomem) }
            m.locals.page = page
            m.mapBuffer(allocates: false)
            return m[page].isBlockMapped ? .next : .jump(unlock)
        }
        l.add("J11", lines[1], "not up to date? read the block") { m in
            let page = m.locals.page!
            if !m[page].flags.contains(.uptodate) { m.readIn(page) }
            return .next
        }
        l.add("J11", lines[2], "zero the bytes; the page is dirty") { m in
            let here = m.locals
            if here.start % Geometry.pageSize == 0 { m[here.page!].value = 0 }
            return m.call(.setPageDirty) { $0.page = here.page }
        }
        l.place(unlock)
        l.add("J11", lines[3], "unlock and release it") { m in
            let page = m.locals.page!
            m.unlockPage(page)
            m.put(page)
            return m.finish()
        }
    }

    /// page_mkwrite of a file without DAX. locals.page; returns with the page locked, or an error.
    static func blockPageMkwriteListing(_ v: KernelVersion) -> Listing {
        // 4.4 still had __block_page_mkwrite beside it.
        var l = ListingBuilder("block_page_mkwrite", "fs/buffer.c", v)
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
            return m.call(.setPageDirty) { $0.page = page }
        }
        l.add("D7", (2457, 2448), "return it locked") { m in m.finish(.locked) }
        return l.build()
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

    /// create_empty_buffers, and get_block for the buffer of locals.page. An unwritten block is not
    /// mapped for a caller who only looks.
    fileprivate mutating func mapBuffer(allocates: Bool) {
        let page = locals.page!
        let index = self[page].index
        self[page].flags.insert(.hasBuffers)
        guard !self[page].isBlockMapped else { return }
        let found = blocks.lookup(index)
        if allocates, found.state == .hole {
            let place = placement.run(from: index, count: 1)
            blocks.set(first: index, count: 1, state: .unwritten, physical: place.physical)
        }
        self[page].isBlockMapped = allocates || found.state == .written
    }
}
