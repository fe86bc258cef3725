// mm/filemap.c: filemap_fault; mm/memory.c: do_fault_around: faults on a file without DAX.
//
// The page comes from the cache, or is read into it, with those around it; after MADV_RANDOM alone,
// after MADV_SEQUENTIAL with those behind it. A read fault also maps what the cache has around the
// address.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let filemapFault = Function("filemap_fault", "mm/filemap.c") { l in
        let find = l.label()
        let found = l.label()
        l.add("D5", (1944, 2045), "beyond the end of the file? SIGBUS") { m in
            m.isBeyondEnd(m.locals.pgoff) ? m.finish(.sigbus) : .next
        }
        let missing = l.label()
        l.add("D5", (1950, 2051), "is the page in the cache?") { m in
            m.locals.page = m.findPage(m.locals.pgoff)
            return m.locals.page == nil ? .jump(missing) : .next
        }
        l.add("D5", (1956, 2057), "do_async_mmap_readahead: one miss less; is the page marked?") {
            m in
            let here = m.locals
            guard m.vmas[here.vma].advice != .random else { return .jump(found) }
            if m.file.readAhead.mmapMiss > 0 { m.file.readAhead.mmapMiss -= 1 }
            guard m[here.page!].flags.contains(.reclaim) else { return .jump(found) }
            m.locals.index = here.pgoff
            m.locals.count = Int(m.file.readAhead.maximum)
            return m.callReadahead(.pageCacheAsyncReadahead)
        }
        l.add("D5", (1957, 2058), "on with the page") { _ in .jump(found) }
        l.place(missing)
        l.add("D5", (1959, 2060), "no: do_sync_mmap_readahead, what to read with it?") { m in
            m.syncMmapReadahead()
        }
        l.add("D5", (1960, 2061), "count a major fault") { m in
            m.statistics.pgMajFault += 1
            m.locals.isMajor = true
            return .next
        }
        l.place(find)
        l.add("D5", (1964, 2065), "look again") { m in
            m.locals.page = m.findPage(m.locals.pgoff)
            return m.locals.page == nil ? .next : .jump(found)
        }
        l.add("D5", (2008, 2109), "page_cache_read: a new page into the tree") { m in
            let page = m.allocatePage()
            m.locals.page = page
            m.locals.index = m.locals.pgoff
            return m.callAddToPageCacheLRU(page)
        }
        l.add("D5", (2015, 2116), "read it; look again") { m in
            let page = m.locals.page!
            if m.returned == 0 {
                m.readPage(page)
                m.unlockPage(page)
            }
            m.put(page)
            guard m.returned == 0 || m.returned == Errno.eexist else {
                return m.finish(m.returned == Errno.enomem ? .oom : .sigbus)
            }
            return .jump(find)
        }
        l.place(found)
        l.add("D5", (1969, 2070), "lock the page") { m in m.lockPage(m.locals.page!) }
        l.add("D5", (1975, 2076), "did it leave the mapping? look again") { m in
            let page = m.locals.page!
            guard !m[page].hasMapping else { return .next }
            m.unlockPage(page)
            m.put(page)
            return .jump(find)
        }
        l.check("", (1980, 2081), "DEBUG_VM: BUG if its index is another") { m in
            m[m.locals.page!].index == m.locals.pgoff
        }
        l.add("D5", (1986, 2087), "not up to date? read it") { m in
            let page = m.locals.page!
            guard !m[page].flags.contains(.uptodate) else { return .next }
            m.readPage(page)
            guard !m[page].flags.contains(.uptodate) else { return .next }
            m.unlockPage(page)
            m.put(page)
            return m.finish(m.locals.isMajor ? [.sigbus, .major] : .sigbus)
        }
        l.add("D5", (1994, 2095), "truncated meanwhile? SIGBUS") { m in
            guard m.isBeyondEnd(m.locals.pgoff) else { return .next }
            m.unlockPage(m.locals.page!)
            m.put(m.locals.page!)
            return m.finish(.sigbus)
        }
        l.add("D5", (2000, 2101), "hand the locked page to the caller") { m in
            m.tasks[m.current].returnedPage = m.locals.page
            return m.finish(m.locals.isMajor ? [.locked, .major] : .locked)
        }
    }

    /// page_mkwrite of ext2, without DAX. locals.page; returns with the page locked.
    static let filemapPageMkwrite = Function("filemap_page_mkwrite", "mm/filemap.c") { l in
        l.add("D7", (2132, 2233), "lock the page") { m in m.lockPage(m.locals.page!) }
        l.add("D7", (2133, 2234), "did it leave the mapping? then there is nothing to do") { m in
            let page = m.locals.page!
            guard !m[page].hasMapping else { return .next }
            m.unlockPage(page)
            return m.finish(.nopage)
        }
        l.add("M1", (2143, 2244), "set it dirty; a block it gets when it is written back") { m in
            let page = m.locals.page!
            // set_page_dirty: reclaim does not wait for it any more.
            m[page].flags.remove(.reclaim)
            return m.call(.setPageDirty) { $0.page = page }
        }
        l.add("D7", (2147, 2248), "return it locked") { m in m.finish(.locked) }
    }

    /// locals.vma, locals.pgoff: the address of the fault.
    static let doFaultAround = Function("do_fault_around", "mm/memory.c") { l in
        let next = l.label()
        l.add("D5", (2907, 2913), "the 16 pages around, inside mapping and page table") { m in
            m.setFaultAroundWindow()
            return m.locals.index < m.locals.end ? .next : m.finish()
        }
        l.place(next)
        l.add("D7", (2936, 2943), "map_pages: the next page, if cached, up to date, unlocked") {
            m in
            let here = m.locals
            guard here.index < here.end else { return m.finish() }
            m.locals.index += 1
            m.mapAround(here.index)
            return .jump(next)
        }
    }
}

extension Machine {
    /// do_sync_mmap_readahead: nothing, a window ahead, or 32 pages around the fault, unless too
    /// many faults have missed.
    fileprivate mutating func syncMmapReadahead() -> Next {
        let here = locals
        switch vmas[here.vma].advice {
        case .random: return .next
        case .sequential:
            locals.index = here.pgoff
            locals.count = Int(file.readAhead.maximum)
            return callReadahead(.pageCacheSyncReadahead)
        default: break
        }
        // MMAP_LOTSAMISS is 100.
        if file.readAhead.mmapMiss < 1000 { file.readAhead.mmapMiss += 1 }
        guard file.readAhead.mmapMiss <= 100 else { return .next }
        let size = file.readAhead.maximum
        file.readAhead.start = here.pgoff > size / 2 ? here.pgoff - size / 2 : 0
        file.readAhead.size = size
        file.readAhead.asyncSize = size / 4
        return callSubmitReadahead()
    }

    /// fault_around_bytes is 64 KiB: 16 pages, aligned in virtual addresses.
    fileprivate mutating func setFaultAroundWindow() {
        let vma = vmas[locals.vma]
        let address = locals.pgoff + vma.skew
        let start = max(address & ~15, vma.first + vma.skew)
        let tableEnd = (start / Geometry.pagesPerPMD + 1) * Geometry.pagesPerPMD
        let end = min(start + 16, tableEnd, vma.end + vma.skew) - vma.skew
        var index = start - vma.skew
        while index < end, vma.ptes[index] != nil { index += 1 }
        locals.index = index
        locals.end = end
    }

    /// Whether XFS finds pages on DAX that it would map around a fault.
    borrowing func hasPagesToMap(around index: UInt64) -> Bool {
        guard inode.fileSystem == .xfs, mapping.nrpages > 0 else { return false }
        let first = index & ~15
        for (index, entry) in mapping.radixTree.entries(from: PageIndex(first)) {
            guard index.rawValue < first + 16 else { break }
            if let page = entry.page, self[page].flags.contains(.uptodate) { return true }
        }
        return false
    }

    /// filemap_map_pages, one page.
    fileprivate mutating func mapAround(_ index: UInt64) {
        guard let page = mapping.radixTree.lookup(PageIndex(index))?.page else { return }
        // Not a marked page: the fault on it is to have the next window read.
        guard self[page].flags.contains(.uptodate),
            self[page].flags.isDisjoint(with: [.locked, .reclaim])
        else { return }
        guard !isBeyondEnd(index), isEntryEmpty(vma: locals.vma, page: index) else { return }
        if file.readAhead.mmapMiss > 0 { file.readAhead.mmapMiss -= 1 }
        vmas[locals.vma].ptes[index] = PTE(
            target: .page(page), isWritable: false, isDirty: false)
        self[page].references += 1
        self[page].mapCount += 1
    }
}

extension Function {
    static let ofFilemapFault: [Function] = [.filemapFault, .filemapPageMkwrite, .doFaultAround]
}
