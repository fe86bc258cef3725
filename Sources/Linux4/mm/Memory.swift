// mm/memory.c: what a page fault does before and after the file system's handler, and how page
// table entries go away again.
//
// A mapping whose 2 MiB range has a page table, even an empty one, takes no PMD fault there:
// unmapping empties the table's entries and leaves the table. So zero pages left by PTE faults
// meet a PMD fault only from another mapping.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let handleMMFault = Function("__handle_mm_fault", "mm/memory.c") { l in
        let table = l.label()
        let huge = l.label()
        let hugeReturn = l.label()
        l.add("D1", (3357, 3370), "is the PMD of this address empty, or huge?") { m in
            switch m.vmas[m.locals.vma].pmd(of: m.locals.pgoff) {
            // A file system without DAX has no pmd_fault method.
            case .none: m.inode.isDAX ? .next : .jump(table)
            case .table: .jump(table)
            case .huge, .hugeZeroPage: .jump(huge)
            }
        }
        l.add("D2", (3358, 3371), "empty: try to map 2 MiB at once") { m in m.callPMDFault() }
        l.add("D2", (3359, 3372), "did that fall back to 4 KiB?") { m in
            m.returnedFault.contains(.fallback) ? .jump(table) : m.finish(m.returnedFault)
        }
        l.place(huge)
        l.add("D3", (3381, 3386), "huge: a write that it does not allow?") { m in
            guard m.locals.isWrite else { return m.finish() }
            if case .huge(_, isWritable: true, _) = m.vmas[m.locals.vma].pmd(of: m.locals.pgoff) {
                return m.finish()
            }
            return .jump(hugeReturn)
        }
        l.place(hugeReturn)
        l.add("D3", (3382, 3387), "ask the file system for a writable one") { m in
            m.callPMDFault()
        }
        l.add("D3", (3384, 3389), "did that fall back to 4 KiB?") { m in
            m.returnedFault.contains(.fallback) ? .next : m.finish(m.returnedFault)
        }
        l.place(table)
        l.add("D4", (3399, 3404), "no page table yet? allocate one") { m in
            let here = m.locals
            let region = m.vmas[here.vma].region(of: here.pgoff)
            switch m.vmas[here.vma].pmds[region] ?? .none {
            case .none: m.vmas[here.vma].pmds[region] = .table
            case .table: break
            // Huge after all: the CPU tries again.
            case .huge, .hugeZeroPage: return m.finish()
            }
            return .next
        }
        addPTEFault(&l)
    }

    /// handle_pte_fault, inlined by the compiler in the kernel too.
    private static func addPTEFault(_ l: inout ListingBuilder) {
        let present = l.label()
        l.add("D5", (3290, 3303), "is the page table entry empty?") { m in
            let here = m.locals
            return m.vmas[here.vma].ptes[here.pgoff] == nil ? .next : .jump(present)
        }
        l.add("D5", (3295, 3308), "empty: read, shared write or private write fault") { m in
            let here = m.locals
            let function: Function =
                !here.isWrite
                ? .doReadFault : m.vmas[here.vma].isShared ? .doSharedFault : .doCOWFault
            return m.call(function) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = here.isWrite
            }
        }
        l.add("D5", (3295, 3308), "return its result") { m in m.finish(m.returnedFault) }
        l.place(present)
        l.add("D6", (3310, 3323), "present: a write that it does not allow?") { m in
            let here = m.locals
            guard here.isWrite, m.vmas[here.vma].ptes[here.pgoff]?.isWritable == false else {
                return m.finish()
            }
            return m.call(.doWPPage) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
            }
        }
        l.add("D6", (3311, 3324), "return its result") { m in m.finish(m.returnedFault) }
    }

    static let doReadFault = Function("do_read_fault", "mm/memory.c") { l in
        l.add("D5", (2955, 2962), "map_pages: is the page cached, and others around it?") { m in
            // Only XFS has map_pages on DAX, and it maps no zero page: those never are up to
            // date. What readahead(2) has brought is.
            let index = m.locals.pgoff
            if m.inode.isDAX, !m.hasPagesToMap(around: index) { return .next }
            let here = m.locals
            return m.call(.doFaultAround) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
            }
        }
        l.add("D5", (2956, 2963), "is the entry filled in now? done") { m in
            let here = m.locals
            return m.vmas[here.vma].ptes[here.pgoff] == nil ? .next : m.finish(FaultResult())
        }
        l.add("D5", (2961, 2968), "call the file system's fault handler") { m in
            m.callFault(write: false)
        }
        l.add("D7", (2962, 2969), "an error, or mapped already? done") { m in
            let result = m.returnedFault
            m.locals.result = result
            m.locals.page = m.returnedPage
            let isDone = result.isError || !result.isDisjoint(with: [.nopage, .retry])
            return isDone ? m.finish(result) : .next
        }
        l.checkLocked((2788, 2794))
        l.add("D7", (2972, 2979), "map the page read-only; one mapping more") { m in
            let page = m.locals.page!
            let isMapped = m.mapPage(page, isWritable: false, isDirty: false)
            return isMapped ? .next : m.leaveEntry()
        }
        l.add("D8", (2973, 2980), "unlock the page") { m in
            m.unlockPage(m.locals.page!)
            return m.finish(m.locals.result)
        }
    }

    static let doSharedFault = Function("do_shared_fault", "mm/memory.c") { l in
        l.add("D5", (3056, 3063), "call the file system's fault handler") { m in
            m.callFault(write: true)
        }
        l.add("D7", (3057, 3064), "an error, or mapped already? done") { m in
            let result = m.returnedFault
            m.locals.result = result
            m.locals.page = m.returnedPage
            let isDone = result.isError || !result.isDisjoint(with: [.nopage, .retry])
            return isDone ? m.finish(result) : .next
        }
        l.checkLocked((2788, 2794))
        l.add("D7", (3066, 3073), "a page: let the file system prepare it for the write") { m in
            m.unlockPage(m.locals.page!)
            return m.callPageMkwrite()
        }
        l.add("D7", (3067, 3074), "an error, or truncated meanwhile? done") { m in
            let result = m.returnedFault
            guard result.isError || result.contains(.nopage) else { return .next }
            m.put(m.locals.page!)
            return m.finish(result)
        }
        l.add("D7", (3081, 3088), "map the page writable and dirty") { m in
            let isMapped = m.mapPage(m.locals.page!, isWritable: true, isDirty: true)
            return isMapped ? .next : m.leaveEntry()
        }
        l.add("M1", (3084, 3091), "set the page dirty, if it is not") { m in
            let page = m.locals.page
            return m.call(.setPageDirty) { $0.page = page }
        }
        l.add("D8", (3093, 3100), "unlock the page") { m in
            m.unlockPage(m.locals.page!)
            return m.finish(m.locals.result)
        }
    }

    static let doCOWFault = Function("do_cow_fault", "mm/memory.c") { l in
        l.add("D5", (3001, 3008), "call the fault handler, with a new page for the copy") { m in
            m.callFault(write: true)
        }
        l.add("D7", (3002, 3009), "an error? done") { m in
            let result = m.returnedFault
            m.locals.result = result
            m.locals.page = m.returnedPage
            let isDone = result.isError || !result.isDisjoint(with: [.nopage, .retry])
            return isDone ? m.finish(result) : .next
        }
        l.add("D7", (3024, 3031), "map the copy, writable") { m in
            let here = m.locals
            // pte_same: who has filled the entry in meanwhile has it, and the access tries again.
            guard m.isEntryEmpty(vma: here.vma, page: here.pgoff) else { return .next }
            // A page of the cache is copied here; what was on DAX the handler has copied.
            let bytes = here.page.map { m[$0].bytes } ?? m.tasks[m.current].returnedBytes
            let copy = m.makeCopy(of: bytes, page: here.pgoff)
            m.mapCopy(copy, vma: here.vma, page: here.pgoff)
            return .next
        }
        l.add("D8", (3028, 3035), "unlock the page, or i_mmap_rwsem when there was none") { m in
            if let page = m.locals.page {
                m.unlockPage(page)
                m.put(page)
            } else {
                _ = m.unlock(.iMmap)
            }
            return m.finish(m.locals.result)
        }
    }

    static let doWPPage = Function("do_wp_page", "mm/memory.c") { l in
        let copy = l.label()
        let reuse = l.label()
        l.add("D6", (2293, 2297), "a private mapping? then copy; a block? then wp_pfn_shared") {
            m in
            let here = m.locals
            // pte_same: without the entry there is nothing to make writable.
            guard let pte = m.entry(vma: here.vma, page: here.pgoff) else {
                return m.finish(FaultResult())
            }
            guard m.vmas[here.vma].isShared else { return .jump(copy) }
            guard case .page(let page) = pte.target else {
                return m.call(.wpPFNShared) {
                    $0.vma = here.vma
                    $0.pgoff = here.pgoff
                }
            }
            m.locals.page = page
            m[page].references += 1
            return m.callPageMkwrite()
        }
        l.add("D6", (2241, 2245), "return, unless a page is to be made writable") { m in
            guard let page = m.locals.page else { return m.finish(m.returnedFault) }
            let result = m.returnedFault
            guard result.isDisjoint(with: .nopage), !result.isError else {
                m.put(page)
                return m.finish(result)
            }
            return .jump(reuse)
        }
        l.place(copy)
        l.add("D6", (2354, 2358), "wp_page_copy: a copy of its own for this mapping") { m in
            let here = m.locals
            // pte_same: the entry may be gone, or another's copy by now.
            guard let bytes = m.bytes(of: here.pgoff, through: m.vmas[here.vma]),
                m.entry(vma: here.vma, page: here.pgoff)?.isWritable == false
            else { return m.finish(FaultResult()) }
            m.clearPTE(vma: here.vma, page: here.pgoff)
            m.mapCopy(
                m.makeCopy(of: bytes, page: here.pgoff), vma: here.vma, page: here.pgoff)
            return m.finish(FaultResult.write)
        }
        l.place(reuse)
        l.add("G6", (2263, 2267), "make the entry writable; the page is dirty") { m in
            let here = m.locals
            // pte_same: page_mkwrite ran without the page table lock.
            guard m.entry(vma: here.vma, page: here.pgoff)?.target == .page(here.page!) else {
                m.unlockPage(here.page!)
                m.put(here.page!)
                return m.finish(FaultResult())
            }
            m.vmas[here.vma].ptes[here.pgoff]?.isWritable = true
            m.vmas[here.vma].ptes[here.pgoff]?.isDirty = true
            return m.call(.setPageDirty) { $0.page = here.page }
        }
        l.add("D8", (2263, 2267), "unlock and release the page") { m in
            m.unlockPage(m.locals.page!)
            m.put(m.locals.page!)
            return m.finish(FaultResult.write)
        }
    }

    static let wpPFNShared = Function("wp_pfn_shared", "mm/memory.c") { l in
        let v = l.version
        l.add("G1", (2204, 2213), "call pfn_mkwrite, without the page table lock") { m in
            let here = m.locals
            // The entry as it is now: vm_fault's orig_pte.
            if case .block(let block) = m.entry(vma: here.vma, page: here.pgoff)?.target {
                m.locals.sector = block
            }
            let isBare = v <= .v4_4pmd && m.inode.fileSystem == .ext4
            return m.call(isBare ? .daxPFNMkwrite : .pfnMkwrite(m.inode.fileSystem)) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = true
            }
        }
        l.add("G5", (2205, 2214), "an error? return it") { m in
            m.returnedFault.isError ? m.finish(m.returnedFault) : .next
        }
        l.add("G5", (2212, 2221), "did the entry change meanwhile? the CPU tries again") { m in
            let here = m.locals
            guard let pte = m.entry(vma: here.vma, page: here.pgoff),
                pte.target == .block(here.sector), !pte.isWritable
            else { return m.finish(FaultResult()) }
            return .next
        }
        l.add("G6", (2217, 2226), "make it young, dirty and writable") { m in
            let here = m.locals
            m.vmas[here.vma].ptes[here.pgoff]?.isWritable = true
            m.vmas[here.vma].ptes[here.pgoff]?.isDirty = true
            return m.finish(FaultResult.write)
        }
    }

    /// Arguments in file pages: locals.start, locals.end (exclusive; UInt64.max: to the end);
    /// isSync: even_cows.
    static let unmapMappingRange = Function("unmap_mapping_range", "mm/memory.c") { l in
        let again = l.label()
        let done = l.label()
        l.add("J0", (2431, 2435), "take i_mmap_rwsem exclusively") { m in m.lock(.iMmap) }
        l.place(again)
        // "Re: [PATCH v8 4/9]", 3 Feb 2016, tells of it.
        l.check(
            "", (1204, 1188), series: 1195,
            "DEBUG_VM: a part of a huge PMD? BUG unless mmap_sem is held"
        ) { m in
            guard m.zapsPartOfHugePMD, !m.isMmapSemHeld else { return true }
            m.print(.warning, "zap_pmd_range: mmap_sem is unlocked!")
            return false
        }
        l.add("J0", (2433, 2437), "clear the entries of the range in the next mapping") { m in
            let here = m.locals
            let item = m.nextMapping
            m.locals.item = item + 1
            guard item < m.vmas.count else { return .jump(done) }
            m.zap(vma: item, from: here.start, to: here.end, evenCOWs: here.isSync)
            return .jump(again)
        }
        l.place(done)
        l.add("J0", (2434, 2438), "release i_mmap_rwsem") { m in
            _ = m.unlock(.iMmap)
            return m.finish()
        }
    }
}

extension Machine {
    /// Of unmap_mapping_range: the position of the mapping that it comes to next.
    fileprivate var nextMapping: Int {
        var item = locals.item
        while item < vmas.count, !vmas[item].isMapped { item += 1 }
        return item
    }

    /// zap_pmd_range: whether locals.start ..< locals.end covers a huge PMD of the next mapping,
    /// but not all of it.
    fileprivate var zapsPartOfHugePMD: Bool {
        let (here, item) = (locals, nextMapping)
        guard item < vmas.count else { return false }
        return vmas[item].pmds.contains { region, pmd in
            guard pmd.isHuge else { return false }
            let first = vmas[item].firstPage(ofRegion: region)
            let pages = UInt64(max(0, first))..<UInt64(first + Int64(Geometry.pagesPerPMD))
            let isAll = here.start <= pages.lowerBound && pages.upperBound <= here.end
            return !isAll && here.start < pages.upperBound && pages.lowerBound < here.end
        }
    }

    /// A page fault holds mmap_sem, shared; who unmaps a range of a file does not take it.
    fileprivate var isMmapSemHeld: Bool {
        let fault = Int(Function.handleMMFault.number)
        return tasks.contains { $0.frames.contains { $0.function == fault } }
    }

    /// pte_same failed: somebody else has filled the entry in, and the access tries again.
    fileprivate mutating func leaveEntry() -> Next {
        unlockPage(locals.page!)
        put(locals.page!)
        return finish(locals.result)
    }
}

extension Function {
    static let ofMemory: [Function] = [
        .handleMMFault, .doReadFault, .doSharedFault, .doCOWFault, .doWPPage, .wpPFNShared,
        .unmapMappingRange,
    ]
}
