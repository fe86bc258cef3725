// mm/fadvise.c, mm/madvise.c, mm/mincore.c, and readahead(2) of mm/readahead.c.
//
// Advice about a file is kept in the open file, advice about a mapping in the mapping; WILLNEED and
// DONTNEED act at once. On DAX posix_fadvise and MADV_WILLNEED do nothing, readahead(2) does.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: bytes, the end inclusive; locals.count: the advice, by its
    /// position.
    static let systemFadvise = Function("fadvise64_64", "mm/fadvise.c") { l in
        let done = l.label()
        let need = l.label()
        let flush = l.label()
        l.add("", (55, 55), "DAX? then advice means nothing") { m in
            m.inode.isDAX ? .jump(done) : .next
        }
        l.add("", (80, 80), "NORMAL, RANDOM, SEQUENTIAL: how far the file reads ahead") { m in
            let device = ReadAheadState().maximum
            switch m.advice {
            case .normal: m.file.readAhead.maximum = device
            case .sequential: m.file.readAhead.maximum = 2 * device
            case .random: break
            case .noReuse: return .jump(done)
            case .willNeed: return .jump(need)
            case .dontNeed: return .jump(flush)
            }
            m.file.isRandom = m.advice == .random
            return .jump(done)
        }
        l.place(need)
        l.add("", (112, 112), "WILLNEED: read up to 32 pages from there") { m in
            let here = m.locals
            return m.call(.forcePageCacheReadahead) {
                $0.index = here.start / Geometry.pageSize
                $0.count = Int(here.end / Geometry.pageSize - $0.index + 1)
            }
        }
        l.add("", (114, 114), "done") { _ in .jump(done) }
        l.place(flush)
        l.add("", (119, 119), "DONTNEED: begin to write the range; waits for nothing") { m in
            m.callWritepages()
        }
        l.add("", (131, 131), "invalidate its whole pages that are clean and unmapped") {
            m in
            let here = m.locals
            m.locals.index = Geometry.pages(here.start)
            guard m.locals.index <= here.end / Geometry.pageSize else { return .jump(done) }
            return m.callInvalidateClean()
        }
        l.add("", (141, 141), "not all of them? empty the CPUs' pagevecs, and once more") {
            m in
            let last = m.locals.end / Geometry.pageSize
            guard UInt64(m.returned) < last &- m.locals.index &+ 1 else { return .next }
            m.drainPageLists()
            return m.callInvalidateClean()
        }
        l.place(done)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    /// locals.vma; locals.start, locals.end: pages, the end exclusive; locals.count: the advice.
    static let systemMadvise = Function("madvise", "mm/madvise.c") { l in
        let done = l.label()
        let zap = l.label()
        l.add("", (nil, nil), "NORMAL, RANDOM, SEQUENTIAL: a flag of the mapping") { m in
            switch m.advice {
            case .willNeed: return .next
            case .dontNeed: return .jump(zap)
            case .noReuse: return m.finishOperation(Errno.einval)
            case .normal, .random, .sequential:
                m.vmas[m.locals.vma].advice = m.advice
                return .jump(done)
            }
        }
        l.add("", (nil, nil), "WILLNEED: read up to 32 pages from there; on DAX nothing") { m in
            guard !m.inode.isDAX else { return .next }
            let here = m.locals
            return m.call(.forcePageCacheReadahead) {
                $0.index = here.start
                $0.count = Int(here.end - here.start)
            }
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
        l.place(zap)
        l.add("", (nil, nil), "DONTNEED: the entries of the range go, private copies too") { m in
            let here = m.locals
            m.zap(vma: here.vma, from: here.start, to: here.end, evenCOWs: true)
            return .next
        }
        l.place(done)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    /// locals.start, locals.end: bytes, the end inclusive.
    static let systemReadahead = Function("readahead", "mm/readahead.c") { l in
        l.add("", (549, 548), "do_readahead: up to 32 pages from there, on DAX too") { m in
            let here = m.locals
            return m.call(.forcePageCacheReadahead) {
                $0.index = here.start / Geometry.pageSize
                $0.count = Int(here.end / Geometry.pageSize - $0.index + 1)
            }
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    /// locals.vma.
    static let systemMincore = Function("mincore", "mm/mincore.c") { l in
        l.add("", (nil, nil), "each page: mapped? else in the cache and up to date?") { m in
            let vma = m.vmas[m.locals.vma]
            m.tasks[m.current].outcome.resident = (vma.first..<vma.end).filter(m.isResident(vma))
            return .next
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }
}

extension Advice {
    /// For `Locals.count`.
    var number: Int { Advice.allCases.firstIndex(of: self)! }
}

extension Machine {
    fileprivate var advice: Advice { Advice.allCases[locals.count] }

    /// invalidate_mapping_pages from locals.index to the last page of the range.
    fileprivate mutating func callInvalidateClean() -> Next {
        let here = locals
        return call(.invalidateMappingPages) {
            $0.start = here.index
            $0.end = here.end / Geometry.pageSize
        }
    }

    /// do_writepages over locals.start ... locals.end, for no integrity.
    fileprivate mutating func callWritepages() -> Next {
        guard mapping.nrpages != 0 else { return .next }
        let here = locals
        return call(.doWritepages) {
            $0.start = here.start
            $0.end = min(here.end, .max >> 1)
        }
    }

    fileprivate func isResident(_ vma: VMA) -> (UInt64) -> Bool {
        { page in
            if vma.pmd(of: page).isHuge { return true }
            if vma.ptes[page] != nil { return true }
            guard let found = self.mapping.radixTree.lookup(PageIndex(page))?.page else {
                return false
            }
            return self[found].flags.contains(.uptodate)
        }
    }
}

extension Function {
    static let ofAdvise: [Function] = [
        .systemFadvise, .systemMadvise, .systemReadahead, .systemMincore,
    ]
}
