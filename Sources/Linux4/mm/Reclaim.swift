// mm/vmscan.c: shrink_page_list, as direct reclaim calls it.
//
// A page that was accessed stays: one that a page table says so of is referenced the first time and
// active the second; one that is only marked referenced loses the mark and goes. A page that is
// dirty or under writeback stays and is marked, so that the end of its writeback brings it to the
// cold end of the list.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// isSync: the pages locals.index ..< locals.end; else every clean page that can go. alloc:
    /// active pages too, and without a look at accesses.
    static let systemReclaim = Function("shrink_page_list", "mm/vmscan.c") { l in
        let next = l.label()
        let keep = l.label()
        let slab = l.label()
        l.place(next)
        l.add("N1", (912, 921), "take the next page off its LRU list; lock it") { m in
            // shrink_inactive_list begins with lru_add_drain: every page on its list.
            if m.tasks[m.current].outcome.reclaim == nil {
                m.drainPageLists()
                m.tasks[m.current].outcome.reclaim = ReclaimCounts()
            }
            guard let page = m.nextToReclaim() else { return .jump(slab) }
            m.locals.page = page
            m[page].references += 1
            m.takeOffLRU(page)
            m[page].flags.insert(.locked)
            m[page].lockedBy = Int8(m.current)
            return .next
        }
        l.add("N1", (nil, nil), "under writeback? mark it, for its end; it stays") { m in
            let page = m.locals.page!
            guard m[page].flags.contains(.writeback) else { return .next }
            m[page].flags.insert(.reclaim)
            return .jump(keep)
        }
        l.add("N1", (nil, nil), "page_check_references: accessed? then it stays, or is active") {
            m in
            let page = m.locals.page!
            guard m.locals.isSync, !m.locals.alloc, m.staysByReferences(page) else { return .next }
            return .jump(keep)
        }
        l.add("N1", (1063, 1073), "try_to_unmap: unmap it everywhere") { m in
            m.unmapEverywhere(m.locals.page!)
            return .next
        }
        l.add("N1", (nil, nil), "dirty? mark it, for the end of its writeback; it stays") { m in
            let page = m.locals.page!
            guard m[page].flags.contains(.dirty) else { return .next }
            m[page].flags.insert(.reclaim)
            return .jump(keep)
        }
        l.add("N1", (nil, nil), "try_to_release_page: its buffer goes") { m in
            m.freeBuffer(m.locals.page!) ? .next : .jump(keep)
        }
        l.add("N2", (1177, 1191), "remove it from the page cache, with a shadow") { m in
            let page = m.locals.page
            return m.call(.removeMapping) {
                $0.page = page
                $0.isSync = true
            }
        }
        l.add("N2", (1195, 1212), "free it, if it went") { m in
            guard m.returned == 1 else { return .jump(keep) }
            let page = m.locals.page!
            m.unlockPage(page)
            m.put(page)
            m.tasks[m.current].outcome.reclaim?.reclaimed += 1
            return .jump(next)
        }
        l.place(keep)
        l.add("N1", (nil, nil), "it stays: unlock it; putback_lru_page, by way of a pagevec") {
            m in
            let page = m.locals.page!
            m.unlockPage(page)
            m.addToLRU(page)
            m.put(page)
            m.tasks[m.current].outcome.reclaim?.kept += 1
            return .jump(next)
        }
        l.place(slab)
        l.add("N6", (nil, nil), "shrink_slab: too many nodes that hold only shadows?") { m in
            m.call(.scanShadowNodes)
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }
}

extension Machine {
    fileprivate mutating func nextToReclaim() -> PageID? {
        guard locals.isSync else { return nextClean() }
        while locals.index < locals.end {
            let index = locals.index
            locals.index += 1
            guard let page = mapping.radixTree.lookup(PageIndex(index))?.page,
                self[page].flags.contains(.lru), !self[page].flags.contains(.locked)
            else {
                tasks[current].outcome.reclaim?.absent += 1
                continue
            }
            guard locals.alloc || !self[page].flags.contains(.active) else {
                tasks[current].outcome.reclaim?.active += 1
                continue
            }
            return page
        }
        return nil
    }

    /// Under pressure reclaim comes back until everything clean has gone.
    private func nextClean() -> PageID? {
        let inTree = mapping.radixTree.entries().lazy.compactMap(\.entry.page)
        // The LRU list still has a page that the tree has lost.
        return inTree.first(where: isClean)
            ?? pages.first { $0.value.hasMapping && isClean($0.key) }?.key
    }

    private func isClean(_ page: PageID) -> Bool {
        let found = self[page]
        let own = 1 + found.mapCount + (found.flags.contains(.hasBuffers) ? 1 : 0)
        return found.flags.isDisjoint(with: [.locked, .dirty, .writeback])
            && found.references == own
    }

    /// page_referenced takes the accessed bits away; page_check_references decides.
    fileprivate mutating func staysByReferences(_ page: PageID) -> Bool {
        let index = self[page].index
        var accesses = 0
        for vma in vmas.indices where vmas[vma].ptes[index]?.target == .page(page) {
            guard vmas[vma].ptes[index]?.isYoung == true else { continue }
            vmas[vma].ptes[index]?.isYoung = false
            if vmas[vma].advice != .sequential { accesses += 1 }
        }
        let wasReferenced = self[page].flags.remove(.referenced) != nil
        guard accesses > 0 else { return false }
        self[page].flags.insert(.referenced)
        if wasReferenced || accesses > 1 { self[page].flags.insert(.active) }
        return true
    }

    fileprivate mutating func unmapEverywhere(_ page: PageID) {
        let index = self[page].index
        for vma in vmas.indices where vmas[vma].ptes[index]?.target == .page(page) {
            guard let pte = vmas[vma].ptes[index] else { continue }
            vmas[vma].ptes.remove(index)
            if pte.isDirty { setPageDirty(page) }
            self[page].mapCount -= 1
            put(page)
        }
    }
}

extension Function {
    static let ofReclaim: [Function] = [.systemReclaim]
}
