// Page table entries, one at a time: what mm/memory.c, mm/rmap.c and mm/huge_memory.c do to them.

import Kernel
import PageCache

extension Machine {
    mutating func callFault(write: Bool) -> Next {
        let here = locals
        return call(.fault(inode.fileSystem)) {
            $0.vma = here.vma
            $0.pgoff = here.pgoff
            $0.isWrite = write
        }
    }

    mutating func callPMDFault() -> Next {
        let here = locals
        return call(.pmdFault(inode.fileSystem)) {
            $0.vma = here.vma
            $0.pgoff = here.pgoff
            $0.isWrite = here.isWrite
        }
    }

    /// `->page_mkwrite`. On DAX it is the fault handler again; elsewhere the file system allocates
    /// the block and dirties the page.
    mutating func callPageMkwrite() -> Next {
        if inode.isDAX { return callFault(write: true) }
        let page = locals.page
        // ext2 has the generic one: it allocates nothing.
        let isGeneric = inode.fileSystem == .ext2
        return call(isGeneric ? .filemapPageMkwrite : .blockPageMkwrite) { $0.page = page }
    }

    /// The page table entry of a file page; nil: an empty one, or none.
    ///
    /// Under a huge PMD there is none: where vmf_insert_pfn_pmd has overwritten a page table, from
    /// v6 on, what stood in that table is out of reach. The kernel does not look once the table is
    /// made; it takes the first of the huge page's blocks for a page table. The model does not
    /// follow it there: it takes what lies there for another entry than the one that was seen.
    func entry(vma: Int, page: UInt64) -> PTE? {
        vmas[vma].pmd(of: page).isHuge ? nil : vmas[vma].ptes[page]
    }

    /// pte_same with an empty entry: whether one can be put in.
    func isEntryEmpty(vma: Int, page: UInt64) -> Bool {
        !vmas[vma].pmd(of: page).isHuge && vmas[vma].ptes[page] == nil
    }

    /// do_set_pte, if the entry still is empty; else false: the page is the caller's to release.
    mutating func mapPage(_ page: PageID, isWritable: Bool, isDirty: Bool) -> Bool {
        let here = locals
        guard isEntryEmpty(vma: here.vma, page: here.pgoff) else { return false }
        vmas[here.vma].ptes[here.pgoff] = PTE(
            target: .page(page), isWritable: isWritable, isDirty: isDirty)
        self[page].mapCount += 1
        return true
    }

    /// Takes one entry away; a page loses a mapping and that mapping's reference.
    mutating func clearPTE(vma: Int, page: UInt64) {
        guard let pte = vmas[vma].ptes[page] else { return }
        vmas[vma].ptes.remove(page)
        release(pte)
    }

    /// What zap_pte_range does with a page that an entry mapped: it has been accessed, unless the
    /// mapping is read in sequence.
    private mutating func release(_ pte: PTE, isAccess: Bool = false) {
        switch pte.target {
        case .block: break
        case .copy(let copy):
            self[copy].mapCount -= 1
            put(copy)
        case .page(let mapped):
            if pte.isDirty { setPageDirty(mapped) }
            if isAccess, pte.isYoung { markAccessed(mapped) }
            self[mapped].mapCount -= 1
            put(mapped)
        }
    }

    /// A private copy (PageAnon) with these bytes: up to date, and active from the start.
    mutating func makeCopy(of bytes: PageBytes, page: UInt64) -> PageID {
        let copy = allocatePage()
        self[copy].isAnonymous = true
        self[copy].index = page
        self[copy].bytes = bytes
        self[copy].flags = [.uptodate, .swapBacked]
        return copy
    }

    /// page_add_new_anon_rmap, lru_cache_add_active_or_unevictable: a private mapping's own page.
    mutating func mapCopy(_ copy: PageID, vma: Int, page: UInt64) {
        self[copy].mapCount = 1
        self[copy].flags.insert(.active)
        addToLRU(copy)
        vmas[vma].ptes[page] = PTE(target: .copy(copy), isWritable: true, isDirty: true)
    }

    /// zap_page_range for the file pages `start` ..< `end` of one mapping. A PMD of which the
    /// range covers only a part goes whole (mm/huge_memory.c, __split_huge_pmd_locked, v4.5).
    mutating func zap(vma: Int, from start: UInt64, to end: UInt64, evenCOWs: Bool) {
        let first = max(start, vmas[vma].first)
        let last = min(end, vmas[vma].end)
        guard first < last else { return }
        drainPageLists()
        let isAccess = vmas[vma].advice != .sequential
        // By what is there, not by the range: a mapping can be longer than anything in it.
        let regions = vmas[vma].region(of: first)..<vmas[vma].region(of: last - 1) + 1
        vmas[vma].pmds.removeAll(in: vmas[vma].pmds.positions(of: regions)) { $0.value.isHuge }
        let positions = vmas[vma].ptes.positions(of: first..<last)
        for position in positions {
            let pte = vmas[vma].ptes.element(at: position).value
            if evenCOWs || !pte.isCopy { release(pte, isAccess: isAccess) }
        }
        vmas[vma].ptes.removeAll(in: positions) { evenCOWs || !$0.value.isCopy }
    }

    /// split_huge_pmd on a DAX mapping.
    mutating func zapPMD(vma: Int, page: UInt64) {
        let region = vmas[vma].region(of: page)
        if vmas[vma].pmds[region]?.isHuge == true { vmas[vma].pmds.remove(region) }
    }

    /// A CPU load of the byte at `offset` of a page; nil when it faults.
    mutating func load(vma: Int, page: UInt64, offset: Int) -> UInt8? {
        guard let target = vmas[vma].target(of: page) else { return nil }
        if vmas[vma].pmd(of: page) == .table, vmas[vma].ptes[page]?.isYoung == false {
            vmas[vma].ptes[page]?.isYoung = true
        }
        switch target {
        case .hugeZeroPage: return 0
        case .page(let page), .copy(let page): return self[page].bytes[offset]
        case .block(let block): return memory.visible(block, offset: offset)
        }
    }

    /// A CPU store of the byte at `offset` of a page; false when it faults.
    mutating func store(_ value: UInt8, vma: Int, page: UInt64, offset: Int) -> Bool {
        let region = vmas[vma].region(of: page)
        switch vmas[vma].pmds[region] ?? .none {
        case .none, .hugeZeroPage: return false
        case .huge(let block, let isWritable, _):
            guard isWritable else { return false }
            let number = Int64(page) - vmas[vma].firstPage(ofRegion: region)
            memory.store(value, block: block + UInt64(number), offset: offset)
            vmas[vma].pmds[region] = .huge(block: block, isWritable: true, isDirty: true)
        case .table:
            guard let pte = vmas[vma].ptes[page], pte.isWritable else { return false }
            switch pte.target {
            case .page(let page), .copy(let page):
                self[page].bytes.fill(offset..<(offset + 1), with: value)
            case .block(let block): memory.store(value, block: block, offset: offset)
            }
            vmas[vma].ptes[page]?.isDirty = true
            vmas[vma].ptes[page]?.isYoung = true
        }
        return true
    }
}
