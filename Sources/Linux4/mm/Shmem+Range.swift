// mm/shmem.c: shmem_undo_range, the truncation of tmpfs.
//
// It walks as truncate_inode_pages_range does, in two passes, but asks no counter whether there is
// something to find, and frees the swap entries itself: clear_exceptional_entry leaves them alone.
// An entry that changed kind between the lookup and the lock is looked at again.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start: bytes; to the end of the file.
    static let shmemUndoRange = Function("shmem_undo_range", "mm/shmem.c") { l in
        l.add("", (401, 482), "compute the first whole page, and the partial one") { m in
            let first = m.locals.start
            m.locals.partialStart = first % Geometry.pageSize
            m.locals.start = Geometry.pages(first)
            m.locals.end = .max
            m.locals.index = m.locals.start
            return .next
        }
        addPass(&l, isFirst: true)
        l.add("", (455, 536), "a partial first page: shmem_getpage, from swap if need be") { m in
            m.tasks[m.current].returnedPage = nil
            let here = m.locals
            guard here.partialStart != 0 else { return .next }
            return m.call(.shmemGetpage) { $0.index = here.start - 1 }
        }
        l.add("", (462, 543), "zero its end; dirty; unlock and release it") { m in
            m.locals.index = m.locals.start
            guard let page = m.returnedPage else { return .next }
            m[page].bytes.fill(Int(m.locals.partialStart)..<PageBytes.size, with: 0)
            m[page].flags.insert(.dirty)
            m.releaseLocked(page)
            return .next
        }
        addPass(&l, isFirst: false)
        l.add("R3", (535, 616), "info->swapped − what was freed") { m in
            m.inode.swapped &-= UInt64(m.locals.count)
            m.recalculateShmem()
            return m.finish()
        }
    }

    /// The first pass skips what is locked, the second waits for it.
    private static func addPass(_ l: inout ListingBuilder, isFirst: Bool) {
        let (again, one, page) = (l.label(), l.label(), l.label())
        let (release, done) = (l.label(), l.label())
        l.place(again)
        if isFirst {
            l.add("", (417, 498), "pass 1: fetch up to 14 entries") { m in
                m.fetchBatch() ? .next : .jump(done)
            }
        } else {
            l.add("", (485, 566), "pass 2: fetch again; nothing from the start on? done") { m in
                guard !m.fetchBatch() else { return .next }
                guard m.locals.index != m.locals.start else { return .jump(done) }
                m.locals.index = m.locals.start
                return .jump(again)
            }
        }
        l.place(one)
        l.add("", isFirst ? (422, 503) : (496, 577), "the next: a swap entry, or a page?") { m in
            guard let item = m.nextItem() else { return .jump(release) }
            m.locals.item += 1
            m.locals.index = item.index
            m.locals.entry = item.entry
            m.locals.page = item.entry.page
            return item.entry.isExceptional ? .next : .jump(page)
        }
        l.add("R3", isFirst ? (432, 513) : (506, 587), "a swap entry: free it") { m in
            let here = m.locals
            return m.call(.shmemFreeSwap) {
                $0.index = here.index
                $0.entry = here.entry
            }
        }
        if isFirst {
            l.add("R3", (432, 513), "count it, if it was still there") { m in
                if m.returned == 0 { m.locals.count += 1 }
                return .jump(one)
            }
        } else {
            l.add("R3", (506, 587), "count it; was it a page again? fetch from there") { m in
                guard m.returned == 0 else {
                    m.releaseBatch()
                    return .jump(again)
                }
                m.locals.count += 1
                return .jump(one)
            }
        }
        l.place(page)
        if isFirst {
            l.add("", (437, 518), "a page: try to lock it") { m in
                let page = m.locals.page!
                guard !m[page].flags.contains(.locked) else { return .jump(one) }
                return m.lockPage(page)
            }
        } else {
            l.add("", (515, 596), "a page: lock it") { m in m.lockPage(m.locals.page!) }
            l.add("", (522, 603), "did swap take it meanwhile? fetch from there") { m in
                let page = m.locals.page!
                guard !m[page].hasMapping else { return .next }
                m.unlockPage(page)
                m.releaseBatch()
                return .jump(again)
            }
        }
        l.add("", isFirst ? (442, 523) : (519, 600), "still of this file? delete it") { m in
            let page = m.locals.page!
            return m[page].hasMapping ? m.call(.truncateInodePage) { $0.page = page } : .next
        }
        l.add("", isFirst ? (445, 526) : (527, 608), "unlock it") { m in
            m.unlockPage(m.locals.page!)
            return .jump(one)
        }
        l.place(release)
        l.add("", isFirst ? (448, 529) : (530, 611), "release the batch") { m in
            m.releaseBatch()
            m.locals.index &+= 1
            return .jump(again)
        }
        l.place(done)
    }
}

extension Function {
    static let ofShmemRange: [Function] = [.shmemUndoRange]
}
