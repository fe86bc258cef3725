// mm/shmem.c: the entries of a tmpfs file.
//
// A page of tmpfs that reclaim takes goes to swap, and the swap entry stands in its slot until the
// page is wanted again. Invariants under tree_lock: nrpages counts the pages in the tree, no
// counter of the mapping counts the swap entries (info->swapped does, and changes before and after
// the tree); a replacement changes neither the height nor a node's count. 4.4.0 and 4.5.0 differ in
// nothing here.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.index; locals.expected: what must stand there; locals.entry: what takes its place.
    static let shmemRadixTreeReplace = Function("shmem_radix_tree_replace", "mm/shmem.c") { l in
        l.add("R1 R2", (263, 263), "look the slot up; nothing there? -ENOENT") { m in
            guard let place = m.mapping.radixTree.find(PageIndex(m.locals.index)) else {
                return m.finish(Errno.enoent)
            }
            m.locals.node = place.node
            m.locals.offset = place.offset
            m.locals.shadow = place.entry
            return .next
        }
        l.add("R1 R2", (267, 267), "not what is expected? -ENOENT") { m in
            m.locals.shadow == m.locals.expected ? .next : m.finish(Errno.enoent)
        }
        l.add("R1 R2", (269, 269), "replace it; no count changes") { m in
            let here = m.locals
            m.mapping.radixTree.replaceSlot(with: here.entry, in: here.node, offset: here.offset)
            return m.finish()
        }
    }

    /// locals.page; locals.entry: the swap entry.
    static let shmemDeleteFromPageCache = Function("shmem_delete_from_page_cache", "mm/shmem.c") {
        l in
        l.add("R1", (334, 334), "take tree_lock") { m in m.lock(.tree) }
        l.add("R1", (335, 335), "the swap entry takes the place of the page") { m in
            let here = m.locals
            let index = m[here.page!].index
            return m.call(.shmemRadixTreeReplace) {
                $0.index = index
                $0.expected = .page(here.page!)
                $0.entry = here.entry
            }
        }
        l.add("R1", (337, 337), "no mapping any more; nrpages − 1, NR_FILE_PAGES − 1") { m in
            m.locals.error = m.returned
            m.detach(m.locals.page!)
            m.mapping.nrpages &-= 1
            return .next
        }
        l.add("R1", (340, 340), "release tree_lock; drop the cache's reference") { m in
            _ = m.unlock(.tree)
            m.put(m.locals.page!)
            return .next
        }
        l.add("R1", (342, 342), "BUG if something else stood there") { m in
            guard m.locals.error != 0 else { return m.finish() }
            return m.bug(
                "mm/shmem.c", 342, "shmem_delete_from_page_cache", "the page was not in its slot")
        }
    }

    /// locals.page, locals.index; locals.expected: the swap entry, or nil for an empty slot.
    static let shmemAddToPageCache = Function("shmem_add_to_page_cache", "mm/shmem.c") { l in
        let failed = l.label()
        l.checkLocked((300, 300))
        l.check("", (301, 301), "DEBUG_VM: BUG unless it is swap-backed") { m in
            m[m.locals.page!].flags.contains(.swapBacked)
        }
        l.add("R2", (303, 303), "take a reference; set mapping and index") { m in
            let here = m.locals
            m[here.page!].references += 1
            m[here.page!].hasMapping = true
            m[here.page!].index = here.index
            return .next
        }
        l.add("R2", (307, 307), "take tree_lock") { m in m.lock(.tree) }
        l.add("R2", (308, 308), "a swap entry expected? replace it, else insert") { m in
            let here = m.locals
            return m.call(here.expected == nil ? .radixTreeInsert : .shmemRadixTreeReplace) {
                $0.index = here.index
                $0.expected = here.expected
                $0.entry = .page(here.page!)
            }
        }
        l.add("R2", (313, 313), "did that fail?") { m in
            m.locals.error = m.returned
            return m.returned == 0 ? .next : .jump(failed)
        }
        l.add("R2", (314, 314), "nrpages + 1, NR_FILE_PAGES + 1; release tree_lock") { m in
            m.mapping.nrpages &+= 1
            m.statistics.nrFilePages += 1
            _ = m.unlock(.tree)
            return m.finish()
        }
        l.place(failed)
        l.add("R2", (319, 319), "no mapping; release tree_lock; drop the reference") { m in
            m[m.locals.page!].hasMapping = false
            _ = m.unlock(.tree)
            m.put(m.locals.page!)
            return m.finish(m.locals.error)
        }
    }

    /// locals.index, locals.entry: a swap entry.
    static let shmemFreeSwap = Function("shmem_free_swap", "mm/shmem.c") { l in
        l.add("R3", (353, 353), "take tree_lock") { m in m.lock(.tree) }
        l.add("R3", (354, 354), "delete the entry, if it is still that one") { m in
            let here = m.locals
            return m.call(.radixTreeDelete) {
                $0.index = here.index
                $0.expected = here.entry
            }
        }
        l.add("R3", (355, 355), "release tree_lock") { m in
            m.locals.error = m.returned == 1 ? 0 : Errno.enoent
            return m.unlock(.tree)
        }
        l.add("R3", (356, 356), "it was another? -ENOENT") { m in
            m.locals.error == 0 ? .next : m.finish(m.locals.error)
        }
        l.add("R3", (358, 358), "free_swap_and_cache: free the slot") { m in
            let slot = m.locals.entry!.swapSlot
            m.swap.update(slot) { $0.isNamed = false }
            // The swap cache lets go of its page only when nobody has locked it.
            if let page = m.swap.slots[slot]?.page, !m[page].flags.contains(.locked) {
                m.deleteFromSwapCache(slot)
            }
            return m.finish()
        }
    }

    /// locals.page: locked by the caller, not dirty any more.
    static let shmemWritepage = Function("shmem_writepage", "mm/shmem.c") { l in
        l.add("R1", (829, 910), "get_swap_page: a slot in the swap area") { m in
            m.locals.entry = .swap(slot: m.swap.allocate())
            return .next
        }
        l.add("R1", (845, 929), "add_to_swap_cache: the page has a second home") { m in
            let page = m.locals.page!
            m[page].references += 1
            m.swap.update(m.locals.entry!.swapSlot) { $0.page = page }
            return .next
        }
        l.add("R1", (848, 932), "info->swapped + 1") { m in
            m.recalculateShmem()
            m.inode.swapped &+= 1
            return .next
        }
        l.add("R1", (852, 936), "out of the file's tree") { m in
            let here = m.locals
            m.swap.update(here.entry!.swapSlot) { $0.isNamed = true }
            return m.call(.shmemDeleteFromPageCache) {
                $0.page = here.page
                $0.entry = here.entry
            }
        }
        l.add("R1", (856, 940), "swap_writepage: write it to the slot; unlock it") { m in
            let page = m.locals.page!
            let bytes = m[page].bytes
            m.swap.update(m.locals.entry!.swapSlot) { $0.bytes = bytes }
            m.unlockPage(page)
            m.tasks[m.current].returnedEntry = m.locals.entry
            return m.finish()
        }
    }

    /// The operation of reclaim on tmpfs. locals.index: the page to reclaim; isSync false: every
    /// page that can go. shrink_page_list is the caller; the pages are not mapped.
    static let pageout = Function("pageout", "mm/vmscan.c") { l in
        let next = l.label()
        let done = l.label()
        l.place(next)
        l.add("", (912, 921), "shrink_page_list: the next page of the LRU list; lock it") { m in
            // shrink_inactive_list begins with lru_add_drain: every page on its list.
            m.drainPageLists()
            guard let page = m.nextToPageOut() else { return .jump(done) }
            m.locals.page = page
            m[page].references += 1
            return m.lockPage(page)
        }
        l.add("M7", (574, 575), "clear its dirty flag") { m in
            m[m.locals.page!].flags.remove(.dirty)
            return .next
        }
        l.add("", (585, 586), "writepage: to swap with it") { m in
            let page = m.locals.page
            return m.call(.shmemWritepage) { $0.page = page }
        }
        l.add("N2", (656, 657), "__remove_mapping: idle, written? out of the swap cache") { m in
            let slot = m.returnedEntry!.swapSlot
            let page = m.locals.page!
            let isIdle = m[page].references == 2 && !m[page].flags.contains(.locked)
            if isIdle, m.swap.slots[slot]?.page == page { m.deleteFromSwapCache(slot) }
            return .next
        }
        l.add("N2", (1195, 1212), "shrink_page_list: free it") { m in
            m.put(m.locals.page!)
            return m.locals.isSync ? .next : .jump(next)
        }
        l.place(done)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }
}

extension Machine {
    /// shmem_recalc_inode: what left the cache without being told of.
    mutating func recalculateShmem() {
        let freed = Int64(bitPattern: inode.alloced &- inode.swapped &- mapping.nrpages)
        if freed > 0 { inode.alloced &-= UInt64(freed) }
    }

    /// delete_from_swap_cache: the slot has no page in memory any more.
    mutating func deleteFromSwapCache(_ slot: UInt64) {
        guard let page = swap.slots[slot]?.page else { return }
        swap.update(slot) { $0.page = nil }
        put(page)
    }

    fileprivate func nextToPageOut() -> PageID? {
        if locals.isSync {
            let page = mapping.radixTree.lookup(PageIndex(locals.index))?.page
            return page.flatMap { canPageOut($0) ? $0 : nil }
        }
        return mapping.radixTree.entries().lazy.compactMap(\.entry.page).first(where: canPageOut)
    }

    private func canPageOut(_ page: PageID) -> Bool {
        !self[page].flags.contains(.locked) && self[page].references == 1
    }
}

extension Function {
    static let ofShmem: [Function] = [
        .shmemRadixTreeReplace, .shmemDeleteFromPageCache, .shmemAddToPageCache,
        .shmemFreeSwap, .shmemWritepage, .pageout,
    ]
}
