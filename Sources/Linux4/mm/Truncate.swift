// mm/truncate.c: pages and exceptional entries leave the tree because the file shrinks, gets a hole
// or is evicted.
//
// Only an entry whose own index lies in the range goes: a PMD entry goes with its head index,
// whatever part of its 512 pages the range covers. The counters decide whether anything is walked:
// with both 0 an entry in the tree is never found.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// Arguments in bytes: locals.start, locals.end (inclusive; UInt64.max: to the end).
    static let truncateInodePagesRange = Function("truncate_inode_pages_range", "mm/truncate.c") {
        l in
        let v = l.version
        let counter = v.exceptionalCounter
        l.add("J1", (231, 240), "are nrpages and \(counter) both 0? nothing to do") { m in
            m.mapping.nrpages == 0 && m.mapping.nrexceptional == 0 ? m.finish() : .next
        }
        l.add("J2", (244, 253), "compute first and last page, and the partial ones") { m in
            let here = m.locals
            let endByte = here.end &+ 1
            m.locals.partialStart = here.start % Geometry.pageSize
            m.locals.partialEnd = endByte % Geometry.pageSize
            m.locals.start = Geometry.pages(here.start)
            m.locals.end = here.end == .max ? .max : endByte / Geometry.pageSize
            m.locals.index = m.locals.start
            return .next
        }
        addPass1(&l)
        addPartialPages(&l)
        addPass2(&l)
    }

    /// The first pass skips what is locked or under writeback.
    private static func addPass1(_ l: inout ListingBuilder) {
        let again = l.label()
        let one = l.label()
        let skip = l.label()
        let release = l.label()
        let done = l.label()
        l.place(again)
        l.add("J3 A14", (257, 266), "pass 1: fetch up to 14 entries") { m in
            guard m.locals.index < m.locals.end else { return .jump(done) }
            return m.fetchBatch() ? .next : .jump(done)
        }
        l.place(one)
        l.add("J4", (268, 277), "the next: an exceptional entry is cleared") { m in
            guard let item = m.nextItem() else { return .jump(release) }
            m.locals.index = item.index
            guard item.index < m.locals.end else { return .jump(release) }
            m.locals.page = item.entry.page
            guard item.entry.isExceptional else { return .next }
            m.locals.item += 1
            let next = m.callClearExceptional(item)
            m.repeatStatementOfCaller()
            return next
        }
        l.add("J7", (273, 282), "a page: try to lock it; skip it under writeback") { m in
            let page = m.locals.page!
            m.locals.item += 1
            guard !m[page].flags.contains(.locked) else { return .jump(one) }
            _ = m.lockPage(page)
            return m[page].flags.contains(.writeback) ? .jump(skip) : .next
        }
        l.add("J8", (280, 289), "unmap and delete it") { m in
            let page = m.locals.page
            return m.call(.truncateInodePage) { $0.page = page }
        }
        l.place(skip)
        l.add("J9", (281, 290), "unlock it") { m in
            m.unlockPage(m.locals.page!)
            return .jump(one)
        }
        l.place(release)
        l.add("J10", (284, 293), "release the batch; may reschedule") { m in
            m.releaseBatch()
            m.locals.index &+= 1
            return .jump(again)
        }
        l.place(done)
    }

    private static func addPartialPages(_ l: inout ListingBuilder) {
        l.add("J11", (289, 298), "a partial first page: zero its end; the page stays") { m in
            let here = m.locals
            guard here.partialStart != 0 else { return .next }
            // All of the range in one page: no last one.
            let isOnly = here.start > here.end
            let page = m.mapping.radixTree.lookup(PageIndex(here.start - 1))?.page
            if let page {
                if m[page].flags.contains(.locked) { return .wait(.pageLock(page)) }
                let end = isOnly && here.partialEnd != 0 ? Int(here.partialEnd) : PageBytes.size
                m.zeroCached(page, Int(here.partialStart)..<end)
            }
            if isOnly { m.locals.partialEnd = 0 }
            return .next
        }
        l.add("J11", (308, 317), "a partial last page: zero its start; the page stays") { m in
            let here = m.locals
            guard here.partialEnd != 0 else { return .next }
            guard let page = m.mapping.radixTree.lookup(PageIndex(here.end))?.page else {
                return .next
            }
            if m[page].flags.contains(.locked) { return .wait(.pageLock(page)) }
            m.zeroCached(page, 0..<Int(here.partialEnd))
            return .next
        }
        l.add("J12", (325, 334), "no whole page in the range? done") { m in
            let here = m.locals
            guard here.start < here.end else { return m.finish() }
            m.locals.index = here.start
            return .next
        }
    }

    /// The second pass waits, and goes on until a walk from the start finds nothing.
    private static func addPass2(_ l: inout ListingBuilder) {
        let again = l.label()
        let one = l.label()
        let release = l.label()
        l.place(again)
        l.add("J12", (331, 340), "pass 2: fetch again; nothing from the start on? done") { m in
            let here = m.locals
            guard m.fetchBatch() else {
                if here.index == here.start { return m.finish() }
                m.locals.index = here.start
                return .jump(again)
            }
            if here.index == here.start, m.batchItem(0)!.index >= here.end {
                m.releaseBatch()
                return m.finish()
            }
            return .next
        }
        l.place(one)
        l.add("J4", (357, 366), "the next: an exceptional entry is cleared") { m in
            guard let item = m.nextItem() else { return .jump(release) }
            m.locals.index = item.index
            guard item.index < m.locals.end else {
                m.locals.index = m.locals.start &- 1
                return .jump(release)
            }
            m.locals.page = item.entry.page
            guard item.entry.isExceptional else { return .next }
            m.locals.item += 1
            let next = m.callClearExceptional(item)
            m.repeatStatementOfCaller()
            return next
        }
        l.add("J7", (362, 371), "a page: lock it") { m in
            let next = m.lockPage(m.locals.page!)
            if case .wait = next { return next }
            m.locals.item += 1
            return .next
        }
        l.add("J7", (364, 373), "wait for its writeback") { m in
            m.callEndWriteback(m.locals.page!)
        }
        l.add("J8", (365, 374), "unmap and delete it") { m in
            let page = m.locals.page
            return m.call(.truncateInodePage) { $0.page = page }
        }
        l.add("J9", (366, 375), "unlock it") { m in
            m.unlockPage(m.locals.page!)
            return .jump(one)
        }
        l.place(release)
        l.add("J10", (369, 378), "release the batch; may reschedule") { m in
            m.releaseBatch()
            m.locals.index &+= 1
            return .jump(again)
        }
    }

    static let clearExceptionalEntry = Function("clear_exceptional_entry", "mm/truncate.c") { l in
        let v = l.version
        let unlock = l.label()
        let shadow = l.label()
        let counter = v.exceptionalCounter
        l.add("J4", (36, 37), "take tree_lock") { m in m.lock(.tree) }
        if v >= .v6 {
            l.add("J5", (nil, 40), "DAX: delete the entry, if it is still that one") { m in
                guard m.inode.isDAX else { return .jump(shadow) }
                let here = m.locals
                return m.call(.radixTreeDelete) {
                    $0.index = here.index
                    $0.expected = here.entry
                }
            }
            l.add("J5", (nil, 41), "deleted: nrexceptional − 1") { m in
                if m.returned == 1 { m.mapping.nrexceptional &-= 1 }
                return .jump(unlock)
            }
        }
        l.place(shadow)
        l.add("J6", (44, 51), "a shadow: is it still in its slot?") { m in
            let here = m.locals
            guard let place = m.mapping.radixTree.find(PageIndex(here.index)),
                place.entry == here.entry
            else { return .jump(unlock) }
            m.locals.node = place.node
            m.locals.offset = place.offset
            return .next
        }
        l.add("J6", (47, 54), "empty the slot; \(counter) − 1") { m in
            let here = m.locals
            m.mapping.radixTree.replaceSlot(with: nil, in: here.node, offset: here.offset)
            m.mapping.nrexceptional &-= 1
            guard let node = here.node else { return .jump(unlock) }
            m.mapping.radixTree.adjustCount(of: node, by: -128)
            if m.mapping.radixTree.node(node).shadowsCount == 0 {
                m.mapping.shadowNodes.remove(node)
            }
            return .next
        }
        l.add("J6", (61, 69), "is the node empty, can the tree shrink?") { m in
            let node = m.locals.node
            return m.call(.radixTreeDeleteNode) { $0.node = node }
        }
        l.place(unlock)
        l.add("J6", (63, 72), "release tree_lock") { m in
            _ = m.unlock(.tree)
            return m.finish()
        }
    }

    /// The same function for a file of tmpfs: it leaves before it takes a lock.
    static let shmemClearExceptionalEntry = Function("clear_exceptional_entry", "mm/truncate.c") {
        l in
        l.add("J4", (33, 34), "shmem_mapping? a swap entry stays: shmem handles it itself") { m in
            m.finish()
        }
    }

    static let truncateInodePage = Function("truncate_inode_page", "mm/truncate.c") { l in
        l.add("J8", (151, 160), "is it mapped anywhere? unmap it") { m in
            let page = m[m.locals.page!]
            guard page.mapCount > 0 else { return .next }
            return m.call(.unmapMappingRange) {
                $0.start = page.index
                $0.end = page.index + 1
            }
        }
        l.add("J9", (108, 117), "did it leave the mapping meanwhile? -EIO") { m in
            m[m.locals.page!].hasMapping ? .next : m.finish(Errno.eio)
        }
        l.add("J9", (121, 130), "clear the dirty flag; delete it from the page cache") { m in
            let page = m.locals.page!
            m.invalidateBuffer(page)
            m[page].flags.remove([.dirty, .mappedToDisk])
            return m.call(.deleteFromPageCache) { $0.page = page }
        }
        l.add("J9", (122, 131), "return") { m in m.finish() }
    }

    static let truncateInodePagesFinal = Function("truncate_inode_pages_final", "mm/truncate.c") {
        l in
        let v = l.version
        let counter = v.exceptionalCounter
        l.add("K3", (415, 424), "mark the mapping as exiting: AS_EXITING") { m in
            m.mapping.isExiting = true
            return .next
        }
        l.add("K4", (426, 435), "read nrpages, then \(counter); both 0? nothing to do") { m in
            m.mapping.nrpages == 0 && m.mapping.nrexceptional == 0 ? m.finish() : .next
        }
        l.add("K5", (433, 442), "take tree_lock and release it: wait out a running deletion") { m in
            let next = m.lock(.tree)
            if case .next = next { _ = m.unlock(.tree) }
            return next
        }
        l.add("K6", (436, 445), "truncate everything") { m in
            m.call(.truncateInodePagesRange) {
                $0.start = 0
                $0.end = .max
            }
        }
        l.add("K6", (438, 447), "return: nobody looks at the counters again here") { m in
            m.finish()
        }
    }

    /// locals.start: the new size in bytes.
    static let truncatePagecache = Function("truncate_pagecache", "mm/truncate.c") { l in
        let unmap: @Sendable (inout Machine) -> Next = { m in
            let first = Geometry.pages(m.locals.start)
            return m.call(.unmapMappingRange) {
                $0.start = first
                $0.end = .max
                $0.isSync = true
            }
        }
        l.add("J0", (684, 693), "unmap from the new end on, private copies too", unmap)
        l.add("J1", (685, 694), "truncate the tree from there") { m in
            let start = m.locals.start
            return m.call(.truncateInodePagesRange) {
                $0.start = start
                $0.end = .max
            }
        }
        l.add("J0", (686, 695), "unmap again: private copies made meanwhile", unmap)
        l.add("", (687, 696), "return") { m in m.finish() }
    }

    /// locals.start, locals.end: bytes, the end inclusive.
    static let truncatePagecacheRange = Function("truncate_pagecache_range", "mm/truncate.c") { l in
        l.add("J0", (796, 805), "unmap the whole pages of the range") { m in
            let here = m.locals
            let first = Geometry.pages(here.start)
            let end = (here.end &+ 1) / Geometry.pageSize
            guard first < end else { return .next }
            return m.call(.unmapMappingRange) {
                $0.start = first
                $0.end = end
            }
        }
        l.add("J1", (799, 808), "truncate the range in the tree") { m in
            m.callOnRange(.truncateInodePagesRange)
        }
        l.add("", (800, 809), "return") { m in m.finish() }
    }
}

extension Machine {
    /// A part of a page that stays: zero_user_segment; block_invalidatepage touches no buffer that
    /// reaches out of the part.
    fileprivate mutating func zeroCached(_ page: PageID, _ offsets: Range<Int>) {
        self[page].bytes.fill(offsets, with: 0)
    }

    /// do_invalidatepage of a whole page: its buffer is forgotten, and a promised block with it.
    mutating func invalidateBuffer(_ page: PageID) {
        guard self[page].flags.contains(.hasBuffers) else { return }
        let index = self[page].index
        if blocks.state(index) == .delalloc { blocks.remove(first: index, count: 1) }
        self[page].buffer.remove([.dirty])
        dropBuffer(page)
    }

    /// pagevec_lookup_entries: up to 14 entries from locals.index on, but no more than the range
    /// has indices; pages with a reference.
    mutating func fetchBatch() -> Bool {
        fetchBatch(Int(min(locals.end &- locals.index, UInt64(Geometry.pagevecSize))))
    }

    /// The same for a range that includes locals.end.
    mutating func fetchInclusiveBatch() -> Bool {
        guard locals.index <= locals.end else { return false }
        let room = min(locals.end - locals.index, UInt64(Geometry.pagevecSize - 1))
        return fetchBatch(Int(room) + 1)
    }

    private mutating func fetchBatch(_ count: Int) -> Bool {
        openBatch()
        let entries = mapping.radixTree.entries(from: PageIndex(locals.index))
        for (index, entry) in entries.prefix(count) { addToBatch(index, entry) }
        return referenceBatch()
    }

    mutating func callClearExceptional(_ item: BatchItem) -> Next {
        let isShmem = inode.fileSystem == .tmpfs
        return call(isShmem ? .shmemClearExceptionalEntry : .clearExceptionalEntry) {
            $0.index = item.index
            $0.entry = item.entry
        }
    }
}

extension Function {
    static let ofTruncate: [Function] = [
        .truncateInodePagesRange, .clearExceptionalEntry, .shmemClearExceptionalEntry,
        .truncateInodePage, .truncateInodePagesFinal, .truncatePagecache,
        .truncatePagecacheRange,
    ]
}
