// fs/dax.c: __dax_pmd_fault, the page fault that maps 2 MiB at once.
//
// This is where the kernels part. v4.4 and v6 unmap the zero pages of the range only when the file
// system says New, and never take them out of the tree. v7 and v8 always unmap and truncate. v4.5
// truncates when the fault itself allocated. v6 is the full text of linux-next commit
// 3cb108f941de as quoted by the build robot on 1 Jan 2016; v7 adds patch 2/9 of its series.
//
// States: the blocks of the range are holes, unwritten or written; the tree may hold zero pages
// for them from earlier PTE faults, and DAX PTE entries. Wanted afterwards: no page of the range
// in the tree, one PMD entry at its head when the fault was a write.

import Kernel
import PageCache
import RadixTree

/// The labels that the parts of the listing share.
private struct PMDLabels {
    var out: Label
    var fallback: Label

    init(_ l: inout ListingBuilder) {
        out = l.label()
        fallback = l.label()
    }
}

extension Function {
    static let daxPMDFault = Function("__dax_pmd_fault", "fs/dax.c") { l in
        let v = l.version
        // The recorded v6 and v7 were built on the 4.5 tree, with its b_bdev and debug call.
        let isRecorded = l.isRecorded
        let labels = PMDLabels(&l)
        addChecks(&l, v)
        if v == .v4_5 {
            addBlockLookupThenAllocation(&l)
        } else {
            addBlockLookup(&l, v, labels, hasDevice: v == .v8 || isRecorded)
        }
        addMapping(&l, v, labels, isRecorded: isRecorded)
    }

    /// F1: can this mapping be mapped by a PMD at all?
    private static func addChecks(_ l: inout ListingBuilder, _ v: KernelVersion) {
        l.add("F1", (545, 821), v6: 773, "are DAX PMD faults configured?") { m in
            // v4.4 as released: CONFIG_FS_DAX_PMD depends on BROKEN.
            v == .v4_4 ? m.finish(.fallback) : .next
        }
        l.add("F1", (549, 825), v6: 777, "a write to a private mapping? fall back") { m in
            guard m.isCOW else { return .next }
            if v >= .v6 {
                m.zapPMD(vma: m.locals.vma, page: m.locals.pgoff)
                m.debugPMD("cow write", v)
            }
            return m.finish(.fallback)
        }
        l.add("F1", (552, 831), v6: 783, "do the 2 MiB start before the mapping?") { m in
            let vma = m.vmas[m.locals.vma]
            let first = vma.firstPage(ofRegion: vma.region(of: m.locals.pgoff))
            guard first < Int64(vma.first) else { return .next }
            m.debugPMD("vma start unaligned", v)
            return m.finish(.fallback)
        }
        l.add("F1", (554, 835), v6: 787, "do they end after it?") { m in
            let vma = m.vmas[m.locals.vma]
            let first = vma.firstPage(ofRegion: vma.region(of: m.locals.pgoff))
            guard first + Int64(Geometry.pagesPerPMD) > Int64(vma.end) else {
                m.locals.index = UInt64(first)
                return .next
            }
            m.debugPMD("vma end unaligned", v)
            return m.finish(.fallback)
        }
        l.add("F1", (559, 842), v6: 794, "beyond the end of the file? SIGBUS") { m in
            m.isBeyondEnd(m.locals.index) ? m.finish(.sigbus) : .next
        }
        l.add("F1", (562, 845), v6: 797, "would the PMD reach beyond the end of the file?") { m in
            guard m.isBeyondEnd(m.locals.index | (Geometry.pagesPerPMD - 1)) else { return .next }
            m.debugPMD("offset + huge page size > file size", v)
            return m.finish(.fallback)
        }
    }

    /// F2 to F8, as v4.4 and the series do it.
    private static func addBlockLookup(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ labels: PMDLabels, hasDevice: Bool
    ) {
        l.add("F2", (569, nil), v6: 807, "ask for 2 MiB of blocks; a write allocates them") { m in
            let here = m.locals
            if v >= .v7 { m.locals.removing = m.pmdRange }
            return m.callGetBlock(
                pages: Geometry.pagesPerPMD, block: here.index, create: here.isWrite,
                hasDevice: hasDevice)
        }
        l.add("F2", (570, nil), v6: 808, "an error? SIGBUS") { m in
            m.takeBuffer()
            return m.returned < 0 ? m.finish(.sigbus) : .next
        }
        l.add("F3", (572, nil), v6: 810, "take i_mmap_rwsem shared") { m in m.lockShared(.iMmap) }
        l.add("F4", (579, nil), v6: 817, "are the blocks known, 2 MiB in one run?") { m in
            guard m.isTooSmall else { return .next }
            return m.debugBuffer("allocated block too small", v, .jump(labels.fallback))
        }
        if v >= .v7 {
            addTruncation(&l)
        } else {
            addUnmapIfNew(&l)
        }
    }

    /// F5: v4.4 and v6. Nothing here looks at the tree.
    private static func addUnmapIfNew(_ l: inout ListingBuilder) {
        let known = l.label()
        l.add("F5", (586, nil), v6: 826, "did the file system say New? then unmap the zero pages") {
            m in
            guard m.locals.bh.isNew else { return .jump(known) }
            return m.unlock(.iMmap)
        }
        l.add("F5", (588, nil), v6: 828, "unmap the 2 MiB; the tree keeps its pages") { m in
            m.callUnmapPMD()
        }
        l.add("F5", (589, nil), v6: 829, "take i_mmap_rwsem shared again") { m in
            m.lockShared(.iMmap)
        }
        l.place(known)
    }

    /// F6 to F8: "[PATCH v7 2/9] dax: fix conversion of holes to PMDs", 6 Jan 2016.
    private static func addTruncation(_ l: inout ListingBuilder) {
        l.add("F6", (nil, nil), "release i_mmap_rwsem") { m in m.unlock(.iMmap) }
        l.add("F6", (nil, nil), "unmap the 2 MiB from every page table") { m in m.callUnmapPMD() }
        l.add("F7", (nil, nil), "remove every page and entry of the range from the tree") { m in
            let head = m.locals.index
            return m.call(.truncateInodePagesRange) {
                $0.start = head * Geometry.pageSize
                $0.end = head * Geometry.pageSize + Geometry.pmdSize - 1
            }
        }
        l.add("F8", (nil, nil), "take i_mmap_rwsem shared again") { m in
            m.locals.removing = nil
            m.judgements += 1
            return m.lockShared(.iMmap)
        }
    }

    /// F2a to F10 of v4.5: only a fault that allocates has to clean up.
    private static func addBlockLookupThenAllocation(_ l: inout ListingBuilder) {
        let found = l.label()
        l.add("F2a", (nil, 857), "ask for 2 MiB of blocks, allocating nothing") { m in
            m.callGetBlock(
                pages: Geometry.pagesPerPMD, block: m.locals.index, create: false, hasDevice: true)
        }
        l.add("F2a", (nil, 860), "all there, or only a read? an error is SIGBUS") { m in
            m.takeBuffer()
            if m.returned < 0 { return m.finish(.sigbus) }
            return !m.locals.bh.isMapped && m.locals.isWrite ? .next : .jump(found)
        }
        l.add("F2b", (nil, 861), "a write to a hole: allocate") { m in
            m.locals.removing = m.pmdRange
            // b_size is what the lookup left there.
            return m.callGetBlock(
                pages: m.locals.bh.size / Geometry.pageSize, block: m.locals.index, create: true,
                hasDevice: true)
        }
        l.add("F2b", (nil, 863), "remember that this fault allocated") { m in
            m.takeBuffer()
            m.locals.alloc = true
            return m.returned < 0 ? m.finish(.sigbus) : .next
        }
        l.place(found)
        l.add("F4", (nil, 873), "are the blocks known, 2 MiB in one run?") { m in
            guard m.isTooSmall else { return .next }
            _ = m.debugBuffer("allocated block too small", .v4_5, .next)
            return m.finish(.fallback)
        }
        l.add("F9", (nil, 882), "allocated: unmap the range and truncate it in the tree") { m in
            guard m.locals.alloc else { return .next }
            let head = m.locals.index
            return m.call(.truncatePagecacheRange) {
                $0.start = head * Geometry.pageSize
                $0.end = head * Geometry.pageSize + Geometry.pmdSize - 1
            }
        }
        l.add("F10", (nil, 889), "take i_mmap_rwsem shared") { m in
            m.locals.removing = nil
            m.judgements += 1
            return m.lockShared(.iMmap)
        }
    }

    /// F11 to F17: track the blocks and map them.
    private static func addMapping(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ labels: PMDLabels, isRecorded: Bool
    ) {
        l.add("F11", (599, 898), v6: 839, "truncated meanwhile?") { m in
            if m.isBeyondEnd(m.locals.index) {
                m.locals.result = .sigbus
                return .jump(labels.out)
            }
            guard m.isBeyondEnd(m.locals.index | (Geometry.pagesPerPMD - 1)) else { return .next }
            let reason = v == .v6 ? "pgoff unaligned" : "offset + huge page size > file size"
            return m.debugBuffer(reason, v, .jump(labels.fallback))
        }
        addHugeZeroPage(&l, v, labels)
        l.add("F13", (627, 940), v6: 880, "get the address of the blocks on the device") { m in
            m.locals.sector = m.locals.bh.sector
            return .next
        }
        l.add("F13", (633, 946), v6: 886, "does the device go on for 2 MiB?") { m in
            let end = m.locals.bh.block + Geometry.pagesPerPMD
            return end <= m.memory.size ? .next : m.fallBack("dax-length too small", v, labels)
        }
        l.add("F13", (633, 951), v6: 891, "are they 2 MiB aligned on the device?") { m in
            let isAligned = m.locals.bh.block % Geometry.pagesPerPMD == 0
            return isAligned ? .next : m.fallBack("pfn unaligned", v, labels)
        }
        let wanted = v <= .v4_4pmd ? "no struct pages" : "struct pages"
        l.add("F13", (640, 957), v6: 897, "does the device have \(wanted)?") { m in
            let isWanted = v >= .v6
            guard let hasPages = m.memory.hasStructPages, hasPages != isWanted else { return .next }
            return m.fallBack("pfn not in memmap", v, labels)
        }
        l.add("F14", (643, 963), v6: 903, "new or unwritten: fill the 2 MiB with zeroes, durably") {
            m in
            let bh = m.locals.bh
            guard bh.isUnwritten || bh.isNew else { return .next }
            m.memory.clear(first: bh.block, count: Geometry.pagesPerPMD)
            m.memory.drain()
            m.statistics.pgMajFault += 1
            m.locals.result.insert(.major)
            return .next
        }
        if v >= .v6 { addTracking(&l, v, labels, isRecorded: isRecorded) }
        l.add("F16", (653, 1002), "install the PMD") { m in
            m.debugPMDMapped(v)
            m.insertPMD(overwrites: v >= .v6)
            m.locals.result.insert(.nopage)
            return .next
        }
        l.place(labels.out)
        l.add("F17", (657, 1007), "release i_mmap_rwsem") { m in m.unlock(.iMmap) }
        l.add("F17", (659, 1009), "the blocks were unwritten: they are written now") { m in
            let here = m.locals
            // FALLBACK is one of VM_FAULT_ERROR: after it complete_unwritten is told that nothing
            // was written.
            if here.bh.isUnwritten, !here.result.isError, !here.result.contains(.fallback) {
                m.convertWritten(first: here.index, count: Geometry.pagesPerPMD)
            }
            return m.finish(here.result)
        }
        l.place(labels.fallback)
        l.add("", (665, 1015), "fall back to 4 KiB pages") { m in
            m.statistics.thpFaultFallback += 1
            m.locals.result = .fallback
            return .jump(labels.out)
        }
    }

    /// F12 is never taken: no file system of the time says Uptodate for a hole whose length it
    /// knows (docs/kernel/dax.md, section 1), so "no zero page" and "pmd already present" never
    /// show.
    private static func addHugeZeroPage(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ labels: PMDLabels
    ) {
        l.add(
            "F12", (606, 908), v6: 848, "a read of a hole whose length is known? the huge zero page"
        ) {
            m in
            let here = m.locals
            guard !here.isWrite, !here.bh.isMapped, here.bh.isUptodate else { return .next }
            guard case .none = m.vmas[here.vma].pmd(of: here.pgoff) else {
                return m.debugBuffer("pmd already present", v, .jump(labels.fallback))
            }
            let region = m.vmas[here.vma].region(of: here.pgoff)
            m.vmas[here.vma].pmds[region] = .hugeZeroPage
            m.locals.result = .nopage
            return .jump(labels.out)
        }
    }

    /// F15: the series.
    private static func addTracking(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ labels: PMDLabels, isRecorded: Bool
    ) {
        l.add("F15", (nil, 988), v6: 913, "a write: put a PMD entry into the tree") { m in
            let here = m.locals
            guard here.isWrite else { return .next }
            return m.call(.daxRadixEntry) {
                $0.index = here.index
                $0.sector = here.sector
                $0.isPMD = true
                $0.isDirty = true
            }
        }
        l.add("F15", (nil, 990), v6: 915, "an error?") { m in
            guard m.locals.isWrite, m.returned != 0 else { return .next }
            if v == .v6, !isRecorded { return m.debugDevice() }
            return m.debugBuffer("PMD radix insertion failed", v, .jump(labels.fallback))
        }
    }
}

extension Machine {
    /// The indices of the PMD fault that runs.
    fileprivate var pmdRange: ClosedRange<UInt64> {
        locals.index...(locals.index + Geometry.pagesPerPMD - 1)
    }

    /// `!buffer_size_valid || b_size < PMD_SIZE`.
    fileprivate var isTooSmall: Bool {
        locals.bh.state.isEmpty || locals.bh.size < Geometry.pmdSize
    }

    fileprivate mutating func callUnmapPMD() -> Next {
        let head = locals.index
        return call(.unmapMappingRange) {
            $0.start = head
            $0.end = head + Geometry.pagesPerPMD
        }
    }

    /// vmf_insert_pfn_pmd (mm/huge_memory.c): v4.4 sets the PMD only if there is none, the others
    /// overwrite what is there.
    fileprivate mutating func insertPMD(overwrites: Bool) {
        let here = locals
        let region = vmas[here.vma].region(of: here.pgoff)
        if !overwrites, vmas[here.vma].pmd(of: here.pgoff) != .none { return }
        vmas[here.vma].pmds[region] = .huge(
            block: here.bh.block, isWritable: here.isWrite, isDirty: here.isWrite)
    }

    fileprivate mutating func fallBack(
        _ reason: String, _ version: KernelVersion, _ labels: PMDLabels
    ) -> Next {
        debugBuffer(reason, version, .jump(labels.fallback))
    }
}

extension Function {
    static let ofDAXPMDFault: [Function] = [.daxPMDFault]
}
