// Page table entries, one at a time: what mm/memory.c, mm/rmap.c and mm/huge_memory.c do to them.

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
        return call(.blockPageMkwrite) { $0.page = page }
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

    private mutating func release(_ pte: PTE) {
        guard case .page(let mapped) = pte.target else { return }
        self[mapped].mapCount -= 1
        if pte.isDirty { setPageDirty(mapped) }
        put(mapped)
    }

    /// zap_page_range for the file pages `start` ..< `end` of one mapping. A PMD of which the
    /// range covers only a part goes whole (mm/huge_memory.c, __split_huge_pmd_locked, v4.5).
    mutating func zap(vma: Int, from start: UInt64, to end: UInt64, evenCOWs: Bool) {
        let first = max(start, vmas[vma].first)
        let last = min(end, vmas[vma].end)
        guard first < last else { return }
        // By what is there, not by the range: a mapping can be longer than anything in it.
        let regions = vmas[vma].region(of: first)..<vmas[vma].region(of: last - 1) + 1
        vmas[vma].pmds.removeAll(in: vmas[vma].pmds.positions(of: regions)) { $0.value.isHuge }
        let positions = vmas[vma].ptes.positions(of: first..<last)
        for position in positions {
            let pte = vmas[vma].ptes.element(at: position).value
            if evenCOWs || !pte.isCopy { release(pte) }
        }
        vmas[vma].ptes.removeAll(in: positions) { evenCOWs || !$0.value.isCopy }
    }

    /// split_huge_pmd on a DAX mapping.
    mutating func zapPMD(vma: Int, page: UInt64) {
        let region = vmas[vma].region(of: page)
        if vmas[vma].pmds[region]?.isHuge == true { vmas[vma].pmds.remove(region) }
    }

    /// What the CPU reads through the page tables; nil when the access faults.
    func visibleValue(vma: Int, page: UInt64) -> UInt8? {
        switch vmas[vma].pmd(of: page) {
        case .none: return nil
        case .hugeZeroPage: return 0
        case .huge(let block, _, _):
            let region = vmas[vma].region(of: page)
            let offset = Int64(page) - vmas[vma].firstPage(ofRegion: region)
            return memory.visible(block + UInt64(offset))
        case .table:
            guard let pte = vmas[vma].ptes[page] else { return nil }
            switch pte.target {
            case .page(let page): return self[page].value
            case .block(let block): return memory.visible(block)
            case .copy(let value): return value
            }
        }
    }

    /// A CPU store; false when it faults.
    mutating func store(_ value: UInt8, vma: Int, page: UInt64) -> Bool {
        let region = vmas[vma].region(of: page)
        switch vmas[vma].pmds[region] ?? .none {
        case .none, .hugeZeroPage: return false
        case .huge(let block, let isWritable, _):
            guard isWritable else { return false }
            let offset = Int64(page) - vmas[vma].firstPage(ofRegion: region)
            memory.store(value, block: block + UInt64(offset))
            vmas[vma].pmds[region] = .huge(block: block, isWritable: true, isDirty: true)
        case .table:
            guard let pte = vmas[vma].ptes[page], pte.isWritable else { return false }
            switch pte.target {
            case .page(let page): self[page].value = value
            case .block(let block): memory.store(value, block: block)
            case .copy: vmas[vma].ptes[page]?.target = .copy(value)
            }
            vmas[vma].ptes[page]?.isDirty = true
        }
        return true
    }
}
