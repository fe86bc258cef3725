// mm/filemap.c: pages enter the cache and leave it.
//
// Invariants under tree_lock: nrpages counts the pages in the tree, nrexceptional (v4.4:
// nrshadows) the shadow and DAX entries; a page in the tree has mapping and index set and one
// reference for the cache. Nothing compares what page_cache_tree_delete finds with the page that it
// deletes: if another entry stands at the index, that one goes.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let findOrCreatePage = Function("pagecache_get_page", "mm/filemap.c") { l in
        let again = l.label()
        let create = l.label()
        l.place(again)
        l.add("B1", (1138, 1171), "look the page up; an exceptional entry counts as none") { m in
            m.locals.page = m.findPage(m.locals.index)
            return m.locals.page == nil ? .jump(create) : .next
        }
        l.add("B1", (1151, 1184), "found: lock it") { m in m.lockPage(m.locals.page!) }
        l.add("B1", (1155, 1188), "did it leave the mapping? look again; else mark it accessed") {
            m in
            let page = m.locals.page!
            guard !m[page].hasMapping else {
                m.markAccessed(page)
                return m.finish(page: page)
            }
            m.unlockPage(page)
            m.put(page)
            return .jump(again)
        }
        l.place(create)
        l.add("B1", (1174, 1207), "allocate a page, referenced from the start") { m in
            let page = m.allocatePage()
            m[page].isZeroPage = m.inode.isDAX
            m[page].flags.insert(.referenced)
            m.locals.page = page
            return .next
        }
        l.add("B1", (1185, 1218), "put it into the tree") { m in
            let here = m.locals
            return m.call(.addToPageCacheLRU) {
                $0.page = here.page
                $0.index = here.index
            }
        }
        l.add("B1", (1187, 1220), "failed? release it; if one was there first, look again") { m in
            guard m.returned != 0 else { return m.finish(page: m.locals.page) }
            m.put(m.locals.page!)
            return m.returned == Errno.eexist ? .jump(again) : m.finish(page: nil)
        }
    }

    static let addToPageCacheLRU = Function("add_to_page_cache_lru", "mm/filemap.c") { l in
        l.add("B1", (685, 715), "set the page's lock bit: nobody else knows it yet") { m in
            m[m.locals.page!].flags.insert(.locked)
            m[m.locals.page!].lockedBy = Int8(m.current)
            return .next
        }
        l.add("B2", (686, 716), "insert it") { m in
            let here = m.locals
            return m.call(.addToPageCacheLocked) {
                $0.page = here.page
                $0.index = here.index
            }
        }
        l.add("B10", (688, 718), "failed? clear the lock bit") { m in
            guard m.returned != 0 else { return .next }
            m.unlockPage(m.locals.page!)
            return m.finish(m.returned)
        }
        l.add("B10 N5", (696, 726), "a shadow was there, and young enough? activate the page") {
            m in
            let page = m.locals.page!
            m[page].flags.remove(.active)
            if let shadow = m.returnedEntry, m.refaultActivates(shadow) {
                m[page].flags.insert(.active)
                m.statistics.inactiveAge += 1
            }
            return .next
        }
        l.add("B10", (701, 731), "lru_cache_add: to the LRU list, by way of a pagevec") {
            m in
            m.addToLRU(m.locals.page!)
            return m.finish()
        }
    }

    static let addToPageCacheLocked = Function("__add_to_page_cache_locked", "mm/filemap.c") { l in
        let failed = l.label()
        l.checkLocked((616, 646))
        l.check("", (617, 647), "DEBUG_VM: BUG if it is swap-backed") { m in
            !m[m.locals.page!].flags.contains(.swapBacked)
        }
        l.add("B2 A15", (626, 656), "preload tree nodes, while it may still sleep") { m in
            m.allocator.preload() ? .next : m.finish(Errno.enomem)
        }
        l.add("B3", (633, 663), "take a reference; set mapping and index") { m in
            let here = m.locals
            m[here.page!].references += 1
            m[here.page!].hasMapping = true
            m[here.page!].index = here.index
            return .next
        }
        l.add("B4", (637, 667), "take tree_lock") { m in m.lock(.tree) }
        l.add("B5", (638, 668), "insert it into the tree") { m in
            let page = m.locals.page
            return m.call(.pageCacheTreeInsert) { $0.page = page }
        }
        l.add("B9", (640, 670), "did that fail?") { m in
            m.locals.error = m.returned
            return m.returned == 0 ? .next : .jump(failed)
        }
        l.add("B9", (645, 675), "count the page: NR_FILE_PAGES + 1; release tree_lock") { m in
            m.statistics.nrFilePages += 1
            _ = m.unlock(.tree)
            return m.finish()
        }
        l.place(failed)
        l.add("B9", (652, 682), "take mapping back, release tree_lock, drop the reference") { m in
            let page = m.locals.page!
            m[page].hasMapping = false
            _ = m.unlock(.tree)
            m.put(page)
            return m.finish(m.locals.error)
        }
    }

    static let pageCacheTreeInsert = Function("page_cache_tree_insert", "mm/filemap.c") { l in
        let v = l.version
        let store = l.label()
        l.add("B5", (572, 598), "find the slot, building the tree as far as needed") { m in
            let index = m[m.locals.page!].index
            return m.call(.radixTreeCreate) { $0.index = index }
        }
        l.add("B5", (574, 600), "no memory for a node?") { m in
            m.locals.node = m.tasks[m.current].returnedNode
            m.locals.offset = m.tasks[m.current].returnedOffset
            m.tasks[m.current].returnedEntry = nil
            return m.returned == 0 ? .next : m.finish(m.returned)
        }
        l.add("B6", (576, 602), "is the slot occupied?") { m in
            let entry = m.mapping.radixTree.lookup(PageIndex(m[m.locals.page!].index))
            m.locals.entry = entry
            guard let entry else { return .jump(store) }
            return entry.isExceptional ? .next : m.finish(Errno.eexist)
        }
        if v >= .v6 {
            l.add("B6", (nil, 609), "an exceptional entry in a DAX mapping? warn, -EINVAL") { m in
                guard m.inode.isDAX else { return .next }
                m.print(.warning, "WARNING: at mm/filemap.c:609 page_cache_tree_insert()")
                return m.finish(Errno.einval)
            }
        }
        l.add("B6 N5", (584, 614), "a shadow stands there: \(v.exceptionalCounter) − 1") { m in
            m.mapping.nrexceptional &-= 1
            if let node = m.locals.node { m.mapping.radixTree.adjustCount(of: node, by: -128) }
            m.tasks[m.current].returnedEntry = m.locals.entry
            return .next
        }
        l.place(store)
        l.add("B7", (588, 618), "store the page; nrpages + 1") { m in
            m.mapping.radixTree.replaceSlot(
                with: .page(m.locals.page!), in: m.locals.node, offset: m.locals.offset)
            m.mapping.nrpages &+= 1
            return .next
        }
        l.add("B8", (590, 620), "the node holds one page more; it is no shadow-only node") { m in
            if let node = m.locals.node {
                m.mapping.radixTree.adjustCount(of: node, by: 1)
                m.mapping.shadowNodes.remove(node)
            }
            return m.finish()
        }
    }

    static let deleteFromPageCache = Function("delete_from_page_cache", "mm/filemap.c") { l in
        l.add("C1", (243, 267), "take tree_lock") { m in m.lock(.tree) }
        l.checkUnmapped()
        l.add("C2", (244, 268), "remove the page from the tree") { m in
            let page = m.locals.page
            return m.call(.pageCacheTreeDelete) { $0.page = page }
        }
        l.add("C9", (199, 224), "the page has no mapping any more; NR_FILE_PAGES − 1") { m in
            m.detach(m.locals.page!)
            return .next
        }
        l.add("C10", (245, 269), "release tree_lock; drop the cache's reference") { m in
            _ = m.unlock(.tree)
            m.put(m.locals.page!)
            return m.finish()
        }
    }

    static let pageCacheTreeDelete = Function("page_cache_tree_delete", "mm/filemap.c") { l in
        let v = l.version
        let tags = l.label()
        let inNode = l.label()
        let empty = l.label()
        l.checkLocked((121, 122))
        l.add("C3", (123, 124), "look up by index; nobody compares the result with the page") { m in
            let index = m[m.locals.page!].index
            m.locals.index = index
            guard let place = m.mapping.radixTree.find(PageIndex(index)) else {
                // node and slot stay uninitialised in the kernel: undefined behaviour. The model
                // says so and leaves everything alone.
                m.print(.warning, "undefined: page_cache_tree_delete found nothing at \(index)")
                return m.finish()
            }
            m.locals.node = place.node
            m.locals.offset = place.offset
            return .next
        }
        l.add("C4", (125, 126), "a shadow takes its place? \(v.exceptionalCounter) + 1") { m in
            if m.locals.shadow != nil { m.mapping.nrexceptional &+= 1 }
            return .next
        }
        l.add("C5", (135, 136), "nrpages − 1") { m in
            m.mapping.nrpages &-= 1
            return m.locals.node == nil ? .next : .jump(inNode)
        }
        l.add("C6", (137, 138), "the root holds it: clear the root's tags and the slot") {
            m in
            for tag in RadixTree.Tag.allCases { _ = m.mapping.radixTree.clearRootTag(tag) }
            m.mapping.radixTree.replaceSlot(with: m.locals.shadow, in: nil, offset: 0)
            return m.finish()
        }
        l.place(inNode)
        l.add("C7", (147, 148), "which tags does the slot carry?") { m in
            let index = PageIndex(m.locals.index)
            m.locals.tags = []
            for tag in RadixTree.Tag.allCases where m.mapping.radixTree.hasTag(tag, at: index) {
                m.locals.tags.insert(RadixTree.TagSet(tag))
            }
            return .next
        }
        l.place(tags)
        l.add("C7", (148, 149), "clear the next one, up to the root") { m in
            guard let tag = RadixTree.Tag.allCases.first(where: { m.locals.tags.contains($0) })
            else { return .jump(empty) }
            m.locals.tags.remove(RadixTree.TagSet(tag))
            let index = m.locals.index
            let next = m.call(.radixTreeTagClear) {
                $0.index = index
                $0.tag = tag
            }
            m.repeatStatementOfCaller()
            return next
        }
        l.place(empty)
        l.add("C7", (153, 154), "empty the slot, or put the shadow in; the node loses a page") {
            m in
            let here = m.locals
            m.mapping.radixTree.replaceSlot(
                with: here.shadow, in: here.node, offset: here.offset)
            m.mapping.radixTree.adjustCount(of: here.node!, by: -1)
            if here.shadow != nil { m.mapping.radixTree.adjustCount(of: here.node!, by: 128) }
            return .next
        }
        l.add("C8", (158, 159), "no shadow: is the node empty, can the tree shrink?") { m in
            guard m.locals.shadow == nil, let node = m.locals.node else { return .next }
            return m.call(.radixTreeDeleteNode) { $0.node = node }
        }
        l.add("C8", (168, 169), "a node of shadows only: put it on their list") { m in
            let here = m.locals
            if here.shadow == nil, m.returned == 1 { return m.finish() }
            if let node = here.node, m.mapping.radixTree.node(node).pagesCount == 0 {
                m.mapping.shadowNodes.insert(node)
            }
            return m.finish()
        }
    }

    static let filemapWriteAndWaitRange = Function("filemap_write_and_wait_range", "mm/filemap.c") {
        l in
        let v = l.version
        if v == .v4_5 {
            l.add("L2", (nil, 509), "DAX: is nrexceptional not 0? else: is nrpages not 0?") { m in
                let count = m.inode.isDAX ? m.mapping.nrexceptional : m.mapping.nrpages
                return count == 0 ? m.finish(m.takeIOError()) : .next
            }
        } else if v >= .v6 {
            let pages = l.label()
            l.add("L2", (nil, nil), "DAX, and is nrexceptional not 0? flush the entries") { m in
                guard m.inode.isDAX, m.mapping.nrexceptional != 0 else { return .jump(pages) }
                let here = m.locals
                return m.call(.daxWritebackMappingRange) {
                    $0.start = here.start
                    $0.end = here.end
                    $0.isSync = true
                }
            }
            l.add("L2", (nil, nil), "an error?") { m in
                m.returned < 0 ? m.finish(m.returned) : .next
            }
            l.place(pages)
            l.add("L18", (nil, nil), "is nrpages not 0?") { m in
                m.mapping.nrpages == 0 ? m.finish(m.takeIOError()) : .next
            }
        } else {
            l.add("L2", (484, nil), "is nrpages not 0?") { m in
                m.mapping.nrpages == 0 ? m.finish(m.takeIOError()) : .next
            }
        }
        l.add(v == .v4_5 ? "L3" : "L18", (485, 511), "write the range, for data integrity") { m in
            let here = m.locals
            return m.call(.doWritepages) {
                $0.start = here.start
                $0.end = here.end
                $0.isSync = true
            }
        }
        l.add("L19", (489, 515), "wait for the pages under writeback") { m in
            m.locals.error = m.returned
            return m.callFdatawait(m.locals.start, m.locals.end)
        }
        l.add("L19", (497, 523), "return") { m in
            let error = min(0, m.locals.error)
            return m.finish(error != 0 ? error : m.returned)
        }
    }
}

extension ListingBuilder {
    /// __delete_from_page_cache of 4.5. 4.4 asks afterwards, with any configuration.
    mutating func checkUnmapped() {
        guard version >= .v6 else { return }
        check("", (198, 198), "DEBUG_VM: BUG if the page is still mapped") { m in
            m[m.locals.page!].mapCount == 0
        }
    }
}

extension KernelVersion {
    /// The name of the counter of exceptional entries.
    var exceptionalCounter: String { self <= .v4_4pmd ? "nrshadows" : "nrexceptional" }
}

extension Machine {
    /// find_get_page: an exceptional entry counts as absent; takes a reference.
    mutating func findPage(_ index: UInt64) -> PageID? {
        guard let page = mapping.radixTree.lookup(PageIndex(index))?.page else { return nil }
        self[page].references += 1
        return page
    }

    mutating func lockPage(_ page: PageID) -> Next {
        guard !self[page].flags.contains(.locked) else { return .wait(.pageLock(page)) }
        self[page].flags.insert(.locked)
        self[page].lockedBy = Int8(current)
        return .next
    }

    mutating func unlockPage(_ page: PageID) {
        self[page].flags.remove(.locked)
        self[page].lockedBy = -1
        judgements += 1
    }

    /// The end of __delete_from_page_cache; the index stays, truncation relies on it.
    mutating func detach(_ page: PageID) {
        self[page].hasMapping = false
        self[page].flags.remove([.dirty])
        statistics.nrFilePages -= 1
    }

    /// workingset_refault (mm/workingset.c): counts, and says whether the page is activated.
    fileprivate mutating func refaultActivates(_ shadow: RadixTree.Entry) -> Bool {
        statistics.workingsetRefault += 1
        let distance = (statistics.inactiveAge &- shadow.shadowAge) & RadixTree.Entry.evictionMask
        guard distance <= UInt64(max(0, statistics.nrActiveFile)) else { return false }
        statistics.workingsetActivate += 1
        return true
    }
}

extension Function {
    static let ofFilemap: [Function] = [
        .findOrCreatePage, .addToPageCacheLRU, .addToPageCacheLocked, .pageCacheTreeInsert,
        .deleteFromPageCache, .pageCacheTreeDelete, .filemapWriteAndWaitRange,
    ]
}
