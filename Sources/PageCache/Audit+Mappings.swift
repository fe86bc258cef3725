// Page tables beside what they should show: the file's blocks and the tree.
extension Audit {
    static func mappingFindings(_ machine: Machine) -> [Finding] {
        var findings: [Finding] = []
        for (number, vma) in machine.vmas.enumerated() where vma.isMapped {
            for (region, pmd) in vma.pmds where pmd.isHuge {
                let pages = vma.pages(ofRegion: region)
                if let index = firstStale(number, pages, machine) {
                    add(.staleMapping, number, index, &findings)
                }
                if isWritableClean(number, pages.lowerBound, machine) {
                    add(.writableClean, number, pages.lowerBound, &findings)
                }
            }
            for (index, pte) in vma.ptes where vma.pmd(of: index) == .table {
                if isStale(number, index, machine) { add(.staleMapping, number, index, &findings) }
                guard isWritableClean(number, index, machine) else { continue }
                if case .page(let page) = pte.target, isInHand(page, at: index, machine) {
                    continue
                }
                add(.writableClean, number, index, &findings)
            }
        }
        return findings

        func add(
            _ kind: Finding.Kind, _ vma: Int, _ index: UInt64, _ findings: inout [Finding]
        ) {
            findings.append(
                Finding(kind, index: index, vma: vma, map: machine.vmas[vma].name))
        }
    }

    /// The first page of a huge mapping that shows other than the file; run by run.
    private static func firstStale(
        _ vma: Int, _ pages: Range<UInt64>, _ machine: Machine
    ) -> UInt64? {
        var index = pages.lowerBound
        while index < pages.upperBound {
            if isStale(vma, index, machine), !isAboutToRemove(index, machine) { return index }
            index += min(machine.blocks.lookup(index).length, pages.upperBound - index)
        }
        return nil
    }

    /// Whether a mapping shows other than the file. A private copy shows what it was meant to, and
    /// a zero page that the tree still has is the tree's fault.
    static func isStale(_ vma: Int, _ index: UInt64, _ machine: Machine) -> Bool {
        switch machine.mapping(vma)?.target(of: index) {
        case nil, .copy: return false
        case .page(let page):
            return machine.mapping.lookup(PageIndex(index))?.page != page
        case .block(let block):
            let found = machine.blocks.lookup(index)
            return found.state == .hole || found.physical != block
        case .hugeZeroPage: return machine.blocks.state(index) == .written
        }
    }

    /// Whether a store to the page would take no fault and leave no tag: nothing ever tells fsync
    /// of it. Where no DAX entries are kept (before v6) fsync asks none.
    static func isWritableClean(_ number: Int, _ index: UInt64, _ machine: Machine) -> Bool {
        guard let vma = machine.mapping(number), vma.isShared, vma.isWritable(index) else {
            return false
        }
        switch vma.target(of: index) {
        case .page(let page):
            return machine[page].flags.isDisjoint(with: [.dirty, .writeback])
        case .block:
            guard machine.inode.isDAX, machine.hasDAXEntries else { return false }
            let head = Geometry.pmdHead(index)
            let tree = machine.mapping.pageTree
            let isCovered =
                tree.lookup(PageIndex(head))?.isDAXPMD == true
                && tree.hasTag(.dirty, at: PageIndex(head))
            return !isCovered && !tree.hasTag(.dirty, at: PageIndex(index))
        case nil, .copy, .hugeZeroPage: return false
        }
    }
}

extension Machine {
    /// A mapping by its number; nil before it is made and when it is gone.
    public func mapping(_ number: Int) -> VMA? {
        vmas.indices.contains(number) && vmas[number].isMapped ? vmas[number] : nil
    }
}

extension Machine {
    /// What loads from a page of the file see through a mapping; nil: they fault.
    public func bytes(of page: UInt64, through vma: VMA) -> PageBytes? {
        switch vma.target(of: page) {
        case nil: nil
        case .hugeZeroPage: .zero
        case .page(let page), .copy(let page): self[page].bytes
        case .block(let block): memory.visible(block)
        }
    }
}

extension VMA {
    /// What a page of the file is mapped to.
    public enum Target: Hashable, Sendable {
        case page(PageID)
        /// A block of the device.
        case block(UInt64)
        case copy(PageID)
        case hugeZeroPage
    }

    /// What the page tables lead to at a page of the file; nil: a fault.
    public func target(of page: UInt64) -> Target? {
        switch pmd(of: page) {
        case .none: return nil
        case .hugeZeroPage: return .hugeZeroPage
        case .huge(let block, _, _):
            let first = firstPage(ofRegion: region(of: page))
            return .block(block + UInt64(Int64(page) - first))
        case .table:
            switch ptes[page]?.target {
            case nil: return nil
            case .page(let page): return .page(page)
            case .block(let block): return .block(block)
            case .copy(let page): return .copy(page)
            }
        }
    }

    /// Whether a store to the page takes no fault.
    public func isWritable(_ page: UInt64) -> Bool {
        switch pmd(of: page) {
        case .none, .hugeZeroPage: false
        case .huge(_, let isWritable, _): isWritable
        case .table: ptes[page]?.isWritable == true
        }
    }

    /// The pages of the file that a 2 MiB range maps, within the mapping.
    public func pages(ofRegion region: UInt64) -> Range<UInt64> {
        let start = firstPage(ofRegion: region)
        let end = start + Int64(Geometry.pagesPerPMD)
        return max(first, UInt64(max(0, start)))..<min(self.end, UInt64(max(0, end)))
    }
}
