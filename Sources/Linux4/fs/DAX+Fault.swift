// fs/dax.c: __dax_fault, dax_load_hole, dax_insert_mapping; the page fault of one 4 KiB page.
//
// Models v4.4.0, v4.5.0 and the series between. States of a block: hole, unwritten, written. A
// read of a hole puts a page of zeroes into the tree; a write to a block that such a page stands
// for first takes the page out of the page tables and of the tree (delete_from_page_cache), then
// maps the block. Between the two nothing keeps a reader from adding a new page: see E12.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let daxFault = Function("__dax_fault", "fs/dax.c") { l in
        let again = l.label()
        let mapped = l.label()
        let cow = l.label()
        let insert = l.label()
        let unlockPage = l.label()
        let out = l.label()

        l.add("E1", (371, 628), "beyond the end of the file? SIGBUS") { m in
            m.isBeyondEnd(m.locals.pgoff) ? m.finish(.sigbus) : .next
        }
        l.place(again)
        l.add("E2", (379, 637), "find the page of this index") { m in
            m.locals.page = m.findPage(m.locals.pgoff)
            return .next
        }
        l.add("E3", (381, 639), "found one: lock it") { m in
            guard let page = m.locals.page else { return .next }
            return m.lockPage(page)
        }
        l.add("E3", (385, 643), "is it still ours, and inside the file?") { m in
            guard let page = m.locals.page else { return .next }
            guard m[page].hasMapping else {
                m.unlockPage(page)
                m.put(page)
                return .jump(again)
            }
            guard m.isBeyondEnd(m.locals.pgoff) else { return .next }
            m.locals.error = Errno.eio
            return .jump(unlockPage)
        }
        l.add("E4", (401, 659), "ask the file system for the block, allocating nothing") { m in
            m.callGetBlock(pages: 1, block: m.locals.pgoff, create: false)
        }
        l.add("E4", (404, 662), "an error?") { m in
            m.takeBuffer()
            m.locals.error = m.returned
            return m.returned < 0 ? .jump(unlockPage) : .next
        }
        l.add("E5", (407, 665), "is there a block, or is this a hole?") { m in
            let bh = m.locals.bh
            if m.isCOW { return .jump(cow) }
            return bh.isMapped || bh.isUnwritten ? .jump(mapped) : .next
        }
        l.add("E6", (418, 676), "a read of a hole: hand it to dax_load_hole") { m in
            guard !m.locals.isWrite else { return .next }
            let here = m.locals
            return m.call(.daxLoadHole) {
                $0.pgoff = here.pgoff
                $0.page = here.page
            }
        }
        l.add("E6", (418, 676), "return what it returns") { m in
            guard !m.locals.isWrite else { return .next }
            return m.finish(m.returnedFault)
        }
        l.add("E5", (409, 667), "a write to a hole: allocate the block") { m in
            m.callGetBlock(pages: 1, block: m.locals.pgoff, create: true)
        }
        l.add("E5", (415, 673), "a major fault; an error?") { m in
            m.takeBuffer()
            m.statistics.pgMajFault += 1
            m.locals.isMajor = true
            m.locals.error = m.returned
            return m.returned < 0 ? .jump(unlockPage) : .jump(mapped)
        }
        addCOW(&l, cow: cow, unlockPage: unlockPage, out: out)
        l.place(mapped)
        l.add("E9", (446, 704), "allocated without a page: did a reader add one meanwhile?") { m in
            guard m.locals.page == nil, m.locals.isMajor else { return .next }
            guard let page = m.findPage(m.locals.pgoff) else { return .next }
            let next = m.lockPage(page)
            if case .wait = next { m.put(page) } else { m.locals.page = page }
            return next
        }
        l.add("E10", (450, 708), "a page stood for the hole: unmap it everywhere") { m in
            guard m.locals.page != nil else { return .jump(insert) }
            let index = m.locals.pgoff
            return m.call(.unmapMappingRange) {
                $0.start = index
                $0.end = index + 1
            }
        }
        l.add("E11", (452, 710), "and remove it from the tree") { m in
            let page = m.locals.page
            return m.call(.deleteFromPageCache) { $0.page = page }
        }
        l.add("E12", (453, 711), "unlock and release the page") { m in
            guard let page = m.locals.page else { return .next }
            m.unlockPage(page)
            m.put(page)
            m.locals.page = nil
            return .next
        }
        l.place(insert)
        l.add("E16", (467, 726), "track the block and map it") { m in
            let here = m.locals
            return m.call(.daxInsertMapping) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = here.isWrite
                $0.bh = here.bh
            }
        }
        l.add("E19", (468, 727), "the block was unwritten: tell the file system it is written") {
            m in
            m.locals.error = m.returned
            if m.locals.bh.isUnwritten, m.returned == 0 {
                m.convertWritten(first: m.locals.pgoff, count: 1)
                m.dirtyInode(times: 2)
            }
            return .next
        }
        l.place(out)
        l.add("E20", (476, 735), "turn the error into a fault result") { m in
            m.finish(m.faultResult)
        }
        l.place(unlockPage)
        l.add("", (484, 743), "unlock the page, if any") { m in
            if let page = m.locals.page {
                m.unlockPage(page)
                m.put(page)
            }
            return .jump(out)
        }
    }

    /// A write to a private mapping: the data is copied into a page of its own (E8).
    private static func addCOW(
        _ l: inout ListingBuilder, cow: Label, unlockPage: Label, out: Label
    ) {
        l.place(cow)
        l.add("E8", (424, 682), "copy the block's data, or zeroes") { m in
            let bh = m.locals.bh
            m.tasks[m.current].returnedBytes = bh.isWritten ? m.memory.visible(bh.block) : .zero
            return .next
        }
        l.add("E8", (432, 690), "no page: hold i_mmap_rwsem instead of the page lock") { m in
            m.locals.page == nil ? m.lockShared(.iMmap) : .next
        }
        l.add("E8", (436, 694), "truncated meanwhile?") { m in
            guard m.locals.page == nil, m.isBeyondEnd(m.locals.pgoff) else { return .next }
            m.locals.error = Errno.eio
            _ = m.unlock(.iMmap)
            return .jump(out)
        }
        l.add("E8", (442, 700), "return LOCKED: the caller maps the copy") { m in
            m.tasks[m.current].returnedPage = m.locals.page
            return m.finish(.locked)
        }
    }

    static let daxLoadHole = Function("dax_load_hole", "fs/dax.c") { l in
        l.add("E6", (262, 313), "no page yet: make one of zeroes, locked, in the tree") { m in
            guard m.locals.page == nil else { return .next }
            let index = m.locals.pgoff
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        l.add("E6", (264, 315), "none to be had: out of memory") { m in
            if m.locals.page == nil { m.locals.page = m.returnedPage }
            return m.locals.page == nil ? m.finish(.oom) : .next
        }
        l.add("E7", (268, 319), "under the page lock: truncated meanwhile? SIGBUS") { m in
            guard let page = m.locals.page, m.isBeyondEnd(m.locals.pgoff) else { return .next }
            m.unlockPage(page)
            m.put(page)
            return m.finish(.sigbus)
        }
        l.add("E7", (274, 325), "hand the locked page to the caller, to be mapped") { m in
            m.tasks[m.current].returnedPage = m.locals.page
            return m.finish(.locked)
        }
    }

    static let daxInsertMapping = Function("dax_insert_mapping", "fs/dax.c") { l in
        let v = l.version
        let out = l.label()
        l.add("E13", (303, 557), "take i_mmap_rwsem shared") { m in m.lockShared(.iMmap) }
        l.add("E13", (313, 567), "truncated meanwhile?") { m in
            guard m.isBeyondEnd(m.locals.pgoff) else { return .next }
            m.locals.error = Errno.eio
            return .jump(out)
        }
        l.add("E14", (318, 572), "get the address of the block on the device") { m in
            m.locals.sector = m.locals.bh.sector
            return .next
        }
        l.add("E15", (326, 577), "new or unwritten: fill it with zeroes, durably") { m in
            let bh = m.locals.bh
            guard bh.isUnwritten || bh.isNew else { return .next }
            m.memory.clear(first: bh.block, count: 1)
            m.memory.drain()
            return .next
        }
        if v >= .v6 {
            l.add("E16", (nil, 583), "put an entry for the block into the tree") { m in
                let here = m.locals
                return m.call(.daxRadixEntry) {
                    $0.index = here.pgoff
                    $0.sector = here.sector
                    $0.isDirty = here.isWrite
                }
            }
            l.add("E16", (nil, 585), "an error?") { m in
                m.locals.error = m.returned
                return m.returned == 0 ? .next : .jump(out)
            }
        }
        l.add("E17", (331, 588), "map the block, read-only") { m in
            m.locals.error = m.insertBlockPTE(
                vma: m.locals.vma, page: m.locals.pgoff, block: m.locals.bh.block)
            return .next
        }
        l.place(out)
        l.add("E18", (334, 591), "release i_mmap_rwsem") { m in m.unlock(.iMmap) }
        l.add("", (336, 593), "return") { m in m.finish(m.locals.error) }
    }
}

extension Machine {
    /// Whether `page` lies at or after the end of the file.
    func isBeyondEnd(_ page: UInt64) -> Bool { page >= Geometry.pages(inode.size) }

    /// Whether the fault that runs is a write to a private mapping.
    var isCOW: Bool { locals.isWrite && !vmas[locals.vma].isShared }

    /// The last lines of __dax_fault: what an error means to the CPU.
    var faultResult: FaultResult {
        let major: FaultResult = locals.isMajor ? .major : []
        switch locals.error {
        case Errno.enomem: return major.union(.oom)
        // Somebody else faulted the same PTE in.
        case Errno.ebusy: return major.union(.nopage)
        case ..<0: return major.union(.sigbus)
        default: return major.union(.nopage)
        }
    }

    /// - Parameter hasDevice: whether the caller has set b_bdev.
    mutating func callGetBlock(
        pages: UInt64, block: UInt64, create: Bool, hasDevice: Bool = false
    ) -> Next {
        call(.getBlock(inode.fileSystem)) {
            $0.bh.hasDevice = hasDevice
            $0.index = block
            $0.alloc = create
            $0.bh.size = pages * Geometry.pageSize
        }
    }

    /// Copies what get_block filled in into the caller's locals.
    mutating func takeBuffer() { locals.bh = tasks[current].returnedBuffer }

    /// vm_insert_mixed, insert_pfn (mm/memory.c): maps the block if nothing is mapped there.
    ///
    /// The protection is vm_page_prot, which is read-only in a shared mapping of a file system with
    /// pfn_mkwrite: also a write fault installs a read-only entry (docs/kernel/dax.md, section 5).
    mutating func insertBlockPTE(vma: Int, page: UInt64, block: UInt64) -> Int {
        guard isEntryEmpty(vma: vma, page: page) else { return Errno.ebusy }
        vmas[vma].ptes[page] = PTE(target: .block(block), isWritable: false, isDirty: false)
        return 0
    }
}

extension Function {
    static let ofDAXFault: [Function] = [.daxFault, .daxLoadHole, .daxInsertMapping]
}
