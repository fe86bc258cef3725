// mm/shmem.c: how a tmpfs file is read, written, shortened and evicted.
//
// What shmem_getpage gives back is locked and up to date, wherever the page was: in the tree, in
// the swap cache, in a slot of the swap area, or nowhere. Mapping the file, fallocate and punching
// holes are not modelled, so shmem_undo_range always goes to the end of the file.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.index; locals.isWrite: SGP_WRITE, else SGP_READ. Returns the locked page, or none
    /// for a hole that is read; -EINVAL for a read behind the end.
    static let shmemGetpage = Function("shmem_getpage_gfp", "mm/shmem.c") { l in
        let again = l.label()
        let create = l.label()
        let none = l.label()
        l.place(again)
        l.add("R2", (1072, 1157), "find_lock_entry: a page, a swap entry, or nothing?") { m in
            let index = m.locals.index
            m.locals.entry = m.mapping.radixTree.lookup(PageIndex(index))
            m.locals.page = m.findPage(index)
            return m.locals.page == nil ? .jump(none) : .next
        }
        l.add("", (1072, 1157), "a page: lock it") { m in m.lockPage(m.locals.page!) }
        l.add("", (1072, 1157), "did it leave the mapping meanwhile? then look again") { m in
            let page = m.locals.page!
            guard !m[page].hasMapping else { return .next }
            m.unlockPage(page)
            m.put(page)
            return .jump(again)
        }
        l.place(none)
        l.add("", (1079, 1164), "a read behind the end of the file? -EINVAL") { m in
            guard !m.locals.isWrite, m.isBeyondEnd(m.locals.index) else { return .next }
            m.releaseLocked(m.locals.page)
            return m.finishGetpage(Errno.einval)
        }
        l.add("", (1095, 1180), "a page, or the read of a hole? return it") { m in
            let here = m.locals
            if here.page != nil { return m.finish(page: here.page) }
            guard here.entry == nil else { return .next }
            return here.isWrite ? .jump(create) : m.finish(page: nil)
        }
        let done = l.label()
        addSwapIn(&l, again: again, done: done)
        l.place(create)
        addAllocation(&l, again: again)
        l.place(done)
        l.add("", (1246, 1333), "a read, and the file was cut? -EINVAL; else return it") { m in
            let here = m.locals
            guard !here.isWrite, m.isBeyondEnd(here.index) else { return m.finish(page: here.page) }
            m.releaseLocked(here.page)
            return m.finishGetpage(Errno.einval)
        }
    }

    /// The page is in swap: locals.entry says where.
    private static func addSwapIn(_ l: inout ListingBuilder, again: Label, done: Label) {
        let lock = l.label()
        l.add("R2", (1109, 1194), "lookup_swap_cache: is it still in memory?") { m in
            guard let page = m.swap.slots[m.locals.entry!.swapSlot]?.page else { return .next }
            m[page].references += 1
            m.locals.page = page
            return .jump(lock)
        }
        l.add("R2", (1114, 1199), "shmem_swapin: no, read the slot into a new page") { m in
            let slot = m.locals.entry!.swapSlot
            // Freed meanwhile: the entry is not there any more either.
            guard let found = m.swap.slots[slot], found.isNamed else { return .jump(again) }
            if let page = found.page {
                // read_swap_cache_async: another task was faster.
                m[page].references += 1
                m.locals.page = page
                return .next
            }
            let page = m.allocatePage()
            m.locals.page = page
            m[page].references += 1
            m[page].bytes = found.bytes
            m[page].flags.insert([.uptodate, .lru, .swapBacked])
            m.swap.update(slot) { $0.page = page }
            return .next
        }
        l.place(lock)
        l.add("R2", (1122, 1207), "lock the page") { m in m.lockPage(m.locals.page!) }
        l.add("R2", (1123, 1208), "still in the swap cache, its entry in the tree? or again") {
            m in
            let here = m.locals
            let entry = m.mapping.radixTree.lookup(PageIndex(here.index))
            guard m.swap.slots[here.entry!.swapSlot]?.page == here.page, entry == here.entry else {
                m.releaseLocked(here.page)
                return .jump(again)
            }
            return .next
        }
        l.add("R2", (1142, 1228), "put it into the tree, for the swap entry") { m in
            let here = m.locals
            return m.call(.shmemAddToPageCache) {
                $0.page = here.page
                $0.index = here.index
                $0.expected = here.entry
            }
        }
        l.add("R2", (1156, 1242), "has the entry gone? out of the swap cache; look again") { m in
            guard m.returned != 0 else { return .next }
            m.deleteFromSwapCache(m.locals.entry!.swapSlot)
            m.releaseLocked(m.locals.page)
            return .jump(again)
        }
        l.add("R2", (1167, 1253), "info->swapped − 1") { m in
            m.inode.swapped &-= 1
            m.recalculateShmem()
            return .next
        }
        l.add("R2", (1174, 1260), "out of the swap cache; dirty: no other copy will be") { m in
            m.deleteFromSwapCache(m.locals.entry!.swapSlot)
            m[m.locals.page!].flags.insert(.dirty)
            return .next
        }
        l.add("R2", (1176, 1262), "free the slot") { m in
            m.swap.update(m.locals.entry!.swapSlot) { $0.isNamed = false }
            return .jump(done)
        }
    }

    /// The page was never there.
    private static func addAllocation(_ l: inout ListingBuilder, again: Label) {
        l.add("", (1192, 1278), "nothing there: allocate a page and lock it") { m in
            let page = m.allocatePage()
            m[page].flags.insert(.swapBacked)
            m.locals.page = page
            return m.lockPage(page)
        }
        l.add("A15", (1206, 1293), "preload tree nodes, while it may still sleep") { m in
            guard !m.allocator.preload() else { return .next }
            m.releaseLocked(m.locals.page)
            return m.finishGetpage(Errno.enomem)
        }
        l.add("R2", (1208, 1295), "put it into the tree") { m in
            let here = m.locals
            return m.call(.shmemAddToPageCache) {
                $0.page = here.page
                $0.index = here.index
            }
        }
        l.add("", (1212, 1299), "failed? release it; one was there first? look again") { m in
            let error = m.returned
            guard error != 0 else { return .next }
            m.releaseLocked(m.locals.page)
            return error == Errno.eexist ? .jump(again) : m.finishGetpage(error)
        }
        l.add("", (1220, 1307), "onto the LRU list; info->alloced + 1") { m in
            m.addToLRU(m.locals.page!)
            m.inode.alloced &+= 1
            m.recalculateShmem()
            return .next
        }
    }

    /// locals.start, locals.end: bytes. Returns the length read.
    static let shmemFileReadIter = Function("shmem_file_read_iter", "mm/shmem.c") { l in
        let one = l.label()
        l.add("", (1556, 1643), "begin at the first page") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            return .next
        }
        l.place(one)
        l.add("", (1566, 1653), "all read, or behind the end? return the length") { m in
            let here = m.locals
            let isOver = here.index * Geometry.pageSize >= here.end || m.isBeyondEnd(here.index)
            return isOver ? m.finish(here.count) : .next
        }
        l.add("", (1574, 1661), "shmem_getpage, SGP_READ: a hole stays a hole") { m in
            let index = m.locals.index
            return m.call(.shmemGetpage) { $0.index = index }
        }
        l.add("", (1575, 1662), "an error? -EINVAL is the end of the file") { m in
            m.locals.page = m.returnedPage
            guard m.returned < 0 else { return .next }
            let isEnd = m.returned == Errno.einval || m.locals.count > 0
            return m.finish(isEnd ? m.locals.count : m.returned)
        }
        l.add("", (1581, 1668), "unlock the page") { m in
            if let page = m.locals.page { m.unlockPage(page) }
            return .next
        }
        l.add("", (1622, 1709), "copy its data, or zeroes for a hole; release it") { m in
            let here = m.locals
            let end = min(here.end, m.inode.size, (here.index + 1) * Geometry.pageSize)
            let start = max(here.start, here.index * Geometry.pageSize)
            if start < end {
                m.noteRead(
                    here.page.map { m[$0].bytes } ?? .zero,
                    (start..<end).offsets(inPage: here.index))
                m.locals.count += Int(end - start)
            }
            if let page = here.page { m.put(page) }
            m.locals.index += 1
            return .jump(one)
        }
    }

    /// locals.index. Returns the locked page, or an error.
    static let shmemWriteBegin = Function("shmem_write_begin", "mm/shmem.c") { l in
        l.add("", (1508, 1595), "shmem_getpage, SGP_WRITE: find it, fetch it, or make it") { m in
            let index = m.locals.index
            return m.call(.shmemGetpage) {
                $0.index = index
                $0.isWrite = true
            }
        }
        l.add("", (1508, 1595), "return what came back") { m in
            m.returned < 0 ? m.finish(m.returned) : m.finish(page: m.returnedPage)
        }
    }

    /// locals.page: locked; locals.end: the byte behind what was written.
    static let shmemWriteEnd = Function("shmem_write_end", "mm/shmem.c") { l in
        l.add("", (1519, 1606), "beyond the old end? the file has a new size") { m in
            m.extendFile(to: m.locals.end)
            return .next
        }
        l.add("", (1529, 1616), "up to date and dirty: the flag, no tag in the tree") { m in
            // __set_page_dirty_no_writeback: nothing ever looks for dirty pages of tmpfs.
            m[m.locals.page!].flags.insert([.uptodate, .dirty])
            return .next
        }
        l.add("", (1530, 1617), "unlock and release the page") { m in
            m.releaseLocked(m.locals.page)
            return m.finish()
        }
    }

    /// locals.start: the new size in bytes.
    static let shmemSetattr = Function("shmem_setattr", "mm/shmem.c") { l in
        let done = l.label()
        let unmap: @Sendable (inout Machine) -> Next = { m in
            let first = Geometry.pages(m.locals.start)
            guard m.locals.end > first * Geometry.pageSize else { return .next }
            return m.call(.unmapMappingRange) {
                $0.start = first
                $0.end = .max
                $0.isSync = true
            }
        }
        l.add("O4", (586, 667), "set i_size") { m in
            let size = m.locals.start
            m.locals.end = m.inode.size
            m.inode.size = size
            return size <= m.locals.end ? .next : .jump(done)
        }
        l.add("O5", (592, 673), "not longer: unmap what lies behind the new end", unmap)
        l.add("O5", (594, 675), "any page or swap entry? remove those behind it") { m in
            guard m.inode.alloced != 0 else { return .next }
            let size = m.locals.start
            return m.call(.shmemUndoRange) { $0.start = size }
        }
        l.add("O5", (599, 680), "unmap again: private copies made meanwhile", unmap)
        l.place(done)
        l.add("", (604, 685), "the rest of the attributes") { m in m.finish() }
    }

    static let shmemEvictInode = Function("shmem_evict_inode", "mm/shmem.c") { l in
        l.add("K2", (616, 697), "i_size = 0") { m in
            m.inode.size = 0
            return .next
        }
        l.add("K2", (617, 698), "remove every page and every swap entry") { m in
            m.call(.shmemUndoRange)
        }
        l.add("K7", (629, 709), "clear the inode") { m in m.call(.clearInode) }
        l.add("", (630, 710), "return") { m in m.finish() }
    }
}

extension Machine {
    /// Ends shmem_getpage without a page.
    fileprivate mutating func finishGetpage(_ error: Int) -> Next {
        tasks[current].returnedPage = nil
        return finish(error)
    }

    /// Unlocks a page and drops the reference that came with it.
    mutating func releaseLocked(_ page: PageID?) {
        guard let page else { return }
        unlockPage(page)
        put(page)
    }
}

extension Function {
    static let ofShmemFile: [Function] = [
        .shmemGetpage, .shmemFileReadIter, .shmemWriteBegin, .shmemWriteEnd, .shmemSetattr,
        .shmemEvictInode,
    ]
}
