// fs/dax.c: dax_writeback_mapping_range, dax_writeback_one: what fsync does to DAX entries.
//
// D: the entry may hold unflushed stores; no flush of these versions ever clears it. T: chosen by a
// running fsync. v6 to v8 are called with byte positions by filemap_write_and_wait_range, v4.5 by
// the file systems' writepages. v6 is quoted in "Re: [PATCH v6 4/7]" (Jan Kara, 5 Jan 2016).

import Kernel
import PageCache
import RadixTree

extension Function {
    static let daxWritebackMappingRange = Function("dax_writeback_mapping_range", "fs/dax.c") { l in
        let v = l.version
        let again = l.label()
        let one = l.label()
        let done = l.label()

        // Arguments in bytes, the end inclusive: locals.start, locals.end.
        if v == .v4_5 {
            l.add("L4", (nil, 501), "no entries counted, or not a data integrity sync? done") { m in
                m.mapping.nrexceptional == 0 || !m.locals.isSync ? m.finish() : .next
            }
        }
        l.add("L5", (nil, 513), "does a PMD entry cover the start? begin at its head") { m in
            let here = m.locals
            let startIndex = here.start / Geometry.pageSize
            m.locals.index = startIndex
            // v6 to v8 look the byte position up as if it were an index (docs/kernel/dax.md,
            // section 8): right only for the first 2 MiB.
            let key =
                v == .v4_5
                ? Geometry.pmdHead(startIndex) : here.start & ~(Geometry.pmdSize - 1)
            if m.mapping.radixTree.lookup(PageIndex(key))?.isDAXPMD == true {
                m.locals.index = v == .v4_5 ? key : key / Geometry.pageSize
            }
            return .next
        }
        l.add("L6", (nil, 516), "tag what is DIRTY in the range TOWRITE") { m in
            let here = m.locals
            return m.call(.tagPagesForWriteback) {
                $0.start = here.index
                $0.end = here.end / Geometry.pageSize
            }
        }
        l.place(again)
        l.add("L7 A14", (nil, 520), "fetch up to 14 entries tagged TOWRITE") { m in
            m.fetchTowrite() ? .next : .jump(done)
        }
        l.place(one)
        l.add("L8", (nil, 528), "the next of them, unless it lies behind the range") { m in
            guard let item = m.nextItem() else { return .jump(again) }
            m.locals.item += 1
            if v == .v4_5, item.index > m.locals.end / Geometry.pageSize { return .jump(done) }
            return m.call(.daxWritebackOne) {
                $0.index = item.index
                $0.entry = item.entry
            }
        }
        l.add("L8", (nil, 535), "an error ends it, before the fence") { m in
            m.returned < 0 ? m.finish(m.returned) : .jump(one)
        }
        l.place(done)
        l.add("L17", (nil, 539), "wmb_pmem: all that is pending becomes durable") { m in
            m.memory.drain()
            return m.finish()
        }
    }

    static let daxWritebackOne = Function("dax_writeback_one", "fs/dax.c") { l in
        let v = l.version
        let unlock = l.label()
        l.add("L9", (nil, 431), "take tree_lock") { m in m.lock(.tree) }
        l.add("L9", (nil, 439), "is the entry still there, and still tagged TOWRITE?") { m in
            m.isStillTowrite ? .next : .jump(unlock)
        }
        if v < .v4_5 {
            l.add("L10", (nil, nil), "clear TOWRITE, before anything is flushed") { m in
                m.clearTowrite()
            }
        }
        l.add("L11", (nil, 446), "neither PTE nor PMD? warn, -EIO") { m in
            guard let entry = m.locals.entry, !entry.isDAXPTE, !entry.isDAXPMD else {
                return .next
            }
            m.warnOnce(v == .v4_5 ? "fs/dax.c:446 dax_writeback_one()" : "dax_writeback_one()")
            m.locals.error = Errno.eio
            return .jump(unlock)
        }
        l.add("L11", (nil, 451), "note sector and size; release tree_lock") { m in
            m.locals.sector = m.locals.entry!.daxSector
            m.locals.isPMD = m.locals.entry!.isDAXPMD
            return m.unlock(.tree)
        }
        l.add("L12", (nil, 459), "get the address of the blocks") { _ in .next }
        if v == .v6 { addRecheck(&l) }
        l.add("L14", (nil, 468), "write the cache lines back") { m in
            let here = m.locals
            let count = here.isPMD ? Geometry.pagesPerPMD : 1
            m.memory.writeBack(first: here.sector / Geometry.sectorsPerPage, count: count)
            m.flushes.append(Flush(index: here.index, isPMD: here.isPMD, sector: here.sector))
            m.locals.error = Int(count * Geometry.pageSize)
            return .next
        }
        if v == .v6 {
            l.add("L16", (nil, nil), "release tree_lock") { m in m.unlock(.tree) }
        }
        if v == .v4_5 {
            l.add("L15", (nil, 470), "take tree_lock") { m in m.lock(.tree) }
            l.add("L15", (nil, 471), "clear TOWRITE, after the flush") { m in m.clearTowrite() }
            l.add("L15", (nil, 472), "release tree_lock") { m in m.unlock(.tree) }
        }
        l.add("L16", (nil, 475), "return the length") { m in m.finish(m.locals.error) }
        l.place(unlock)
        l.add("", (nil, 478), "release tree_lock, return") { m in
            _ = m.unlock(.tree)
            return m.finish(m.locals.error)
        }
    }

    /// L13: v6 alone looks again, and flushes under tree_lock.
    private static func addRecheck(_ l: inout ListingBuilder) {
        let same = l.label()
        l.add("L13", (nil, nil), "take tree_lock") { m in m.lock(.tree) }
        l.add("L13", (nil, nil), "is the entry still in its slot?") { m in
            let here = m.locals
            let isSame = m.mapping.radixTree.lookup(PageIndex(here.index)) == here.entry
            return isSame ? .jump(same) : .next
        }
        l.add("L13", (nil, nil), "no: skip it") { m in
            _ = m.unlock(.tree)
            return m.finish()
        }
        l.place(same)
    }
}

extension Machine {
    fileprivate var isStillTowrite: Bool {
        let index = PageIndex(locals.index)
        return mapping.radixTree.lookup(index) == locals.entry
            && mapping.radixTree.hasTag(.towrite, at: index)
    }

    fileprivate mutating func clearTowrite() -> Next {
        let index = locals.index
        return call(.radixTreeTagClear) {
            $0.index = index
            $0.tag = .towrite
        }
    }

    /// find_get_entries_tag: up to a pagevec of entries, pages and exceptional ones, that are
    /// tagged TOWRITE.
    fileprivate mutating func fetchTowrite() -> Bool {
        openBatch()
        let tagged = mapping.radixTree.entries(from: PageIndex(locals.index), tagged: .towrite)
        for (index, entry) in tagged.prefix(Geometry.pagevecSize) { addToBatch(index, entry) }
        return locals.batchCount > 0
    }
}

extension Function {
    static let ofDAXWriteback: [Function] = [.daxWritebackMappingRange, .daxWritebackOne]
}
