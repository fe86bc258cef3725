// mm/truncate.c: invalidate_mapping_pages, invalidate_inode_pages2_range; mm/vmscan.c:
// __remove_mapping.
//
// Invalidation means clean pages, but both functions clear every exceptional entry of the range,
// DAX entries with unflushed stores too ("mm: Invalidate DAX radix tree entries only if
// appropriate", November 2016, ended that).

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: indices, the end inclusive.
    static let invalidateMappingPages = Function("invalidate_mapping_pages", "mm/truncate.c") { l in
        let again = l.label()
        let one = l.label()
        let release = l.label()
        l.add("", (459, 468), "begin at the first index") { m in
            m.locals.index = m.locals.start
            return .next
        }
        l.place(again)
        l.add("", (465, 474), "fetch up to 14 entries") { m in
            m.fetchInclusiveBatch() ? .next : m.finish(m.locals.count)
        }
        l.place(one)
        l.add("", (476, 485), "the next: an exceptional entry is cleared, dirty or not") { m in
            guard let item = m.nextItem() else { return .jump(release) }
            m.locals.index = item.index
            guard item.index <= m.locals.end else { return .jump(release) }
            m.locals.item += 1
            m.locals.page = item.entry.page
            guard item.entry.isExceptional else { return .next }
            let next = m.callClearExceptional(item)
            m.repeatStatementOfCaller()
            return next
        }
        l.add("", (481, 490), "a page: locked, dirty, under writeback or mapped? it stays") { m in
            let page = m[m.locals.page!]
            // invalidate_complete_page: a page that went to the swap cache is not of this file.
            if page.flags.contains(.locked) || !page.hasMapping { return .jump(one) }
            let stays = !page.flags.isDisjoint(with: [.dirty, .writeback]) || page.mapCount > 0
            if stays || !m.freeBuffer(m.locals.page!) {
                // It goes to the cold end of the list, by way of a pagevec.
                m.deactivate(m.locals.page!)
                return .jump(one)
            }
            return m.lockPage(m.locals.page!)
        }
        l.add("", (484, 493), "remove it, without a shadow") { m in
            let page = m.locals.page
            return m.call(.removeMapping) { $0.page = page }
        }
        l.add("", (485, 494), "unlock it; did it stay? to the cold end of the list") { m in
            m.unlockPage(m.locals.page!)
            if m.returned == 0 { m.deactivate(m.locals.page!) }
            m.locals.count += m.returned
            return .jump(one)
        }
        l.place(release)
        l.add("", (495, 504), "release the batch; may reschedule") { m in
            m.releaseBatch()
            m.locals.index &+= 1
            return m.locals.index == 0 ? m.finish(m.locals.count) : .jump(again)
        }
    }

    /// locals.start, locals.end: indices, the end inclusive.
    static let invalidateInodePages2Range = Function(
        "invalidate_inode_pages2_range", "mm/truncate.c"
    ) { l in
        let again = l.label()
        let one = l.label()
        let release = l.label()
        let unlock = l.label()
        l.add("Q2", (576, 585), "begin at the first index") { m in
            m.locals.index = m.locals.start
            return .next
        }
        l.place(again)
        l.add("Q2", (577, 586), "fetch up to 14 entries") { m in
            m.fetchInclusiveBatch() ? .next : m.finish(m.locals.error)
        }
        l.place(one)
        l.add("Q2", (588, 597), "the next: an exceptional entry is cleared, dirty or not") { m in
            guard let item = m.nextItem() else { return .jump(release) }
            m.locals.index = item.index
            guard item.index <= m.locals.end else { return .jump(release) }
            m.locals.page = item.entry.page
            m.locals.item += 1
            guard item.entry.isExceptional else { return .next }
            let next = m.callClearExceptional(item)
            m.repeatStatementOfCaller()
            return next
        }
        l.add("Q2", (593, 602), "a page: lock it; is it still ours?") { m in
            let page = m.locals.page!
            let next = m.lockPage(page)
            if case .wait = next { return next }
            return m[page].hasMapping ? .next : .jump(unlock)
        }
        l.add("Q2", (599, 608), "wait for its writeback") { m in
            m.callEndWriteback(m.locals.page!)
        }
        l.add("Q2", (600, 609), "mapped? unmap it: the first time with all that follows") { m in
            let here = m.locals
            guard m[here.page!].mapCount > 0 else { return .next }
            let end = here.alloc || here.end == .max ? here.index : here.end
            m.locals.alloc = true
            return m.call(.unmapMappingRange) {
                $0.start = here.index
                $0.end = here.end == .max && !here.alloc ? .max : end + 1
            }
        }
        l.add("Q2", (623, 632), "dirty? -EBUSY; else delete it from the page cache") { m in
            let page = m.locals.page!
            guard !m[page].flags.contains(.dirty), m.freeBuffer(page) else {
                m.locals.error = Errno.ebusy
                return .next
            }
            return m.call(.deleteFromPageCache) { $0.page = page }
        }
        l.place(unlock)
        l.add("Q2", (628, 637), "unlock it") { m in
            m.unlockPage(m.locals.page!)
            return .jump(one)
        }
        l.place(release)
        l.add("Q2", (631, 640), "release the batch; may reschedule") { m in
            m.releaseBatch()
            m.locals.index &+= 1
            return m.locals.index == 0 ? m.finish(m.locals.error) : .jump(again)
        }
    }

    /// locals.page, locked, with one reference of the caller; isSync: reclaim, which leaves a
    /// shadow. Returns 1 when the page left the mapping.
    static let removeMapping = Function("__remove_mapping", "mm/vmscan.c") { l in
        let v = l.version
        let keep = l.label()
        l.add("N2", (619, 620), "take tree_lock") { m in m.lock(.tree) }
        l.add("N2", (645, 646), "other references than cache and caller, or dirty? keep it") {
            m in
            let page = m[m.locals.page!]
            return page.references == 2 && !page.flags.contains(.dirty) ? .next : .jump(keep)
        }
        l.add("N3", (675, 682), "reclaim leaves a shadow in its place") { m in
            let leavesShadow =
                m.locals.isSync && !m.mapping.isExiting && (v <= .v4_4pmd || !m.inode.isDAX)
            guard leavesShadow else { return .next }
            m.statistics.inactiveAge += 1
            m.locals.shadow = .shadow(age: m.statistics.inactiveAge)
            return .next
        }
        l.checkUnmapped()
        l.add("N4", (678, 685), "remove the page from the tree") { m in
            let here = m.locals
            return m.call(.pageCacheTreeDelete) {
                $0.page = here.page
                $0.shadow = here.shadow
            }
        }
        l.add("N4", (679, 686), "release tree_lock; drop the cache's reference") { m in
            let page = m.locals.page!
            m.detach(page)
            _ = m.unlock(.tree)
            m.put(page)
            return m.finish(1)
        }
        l.place(keep)
        l.add("N2", (689, 696), "release tree_lock") { m in
            _ = m.unlock(.tree)
            return m.finish(0)
        }
    }
}

extension Function {
    static let ofInvalidate: [Function] = [
        .invalidateMappingPages, .invalidateInodePages2Range, .removeMapping,
    ]
}
