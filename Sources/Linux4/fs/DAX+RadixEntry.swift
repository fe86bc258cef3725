// fs/dax.c: dax_radix_entry, dax_pfn_mkwrite.
//
// Keeps one exceptional entry for every block that a mapping can store to, so that fsync knows
// what to flush. v4.5 is the released source; v6 and v7 are reconstructed from the v4 and v8
// postings, v8 from its posting (docs/kernel/dax.md, section 3). v4.4 has neither function's work.
//
// Invariants, all under tree_lock: an index holds a page, or a DAX entry, or nothing; each DAX
// entry is counted in nrexceptional, each page in nrpages; an entry with unflushed stores has D.
// v6 and v7 break the second one: they delete a page as if it were a DAX entry.

import Kernel
import PageCache
import RadixTree

/// The sector that stands for "the entry must be there already" (fs/dax.c, NO_SECTOR).
let noSector = UInt64.max

extension Function {
    static let daxRadixEntry = Function("dax_radix_entry", "fs/dax.c") { l in
        let v = l.version
        let insert = l.label()
        let dirty = l.label()
        let unlock = l.label()

        l.add("H1", (nil, 361), "mark the inode dirty: I_DIRTY_PAGES") { m in
            // v4.5: "dax: dirty inode only if required", 4 Feb 2016.
            if v < .v4_5 || m.locals.isDirty { m.inode.state.insert(.dirtyPages) }
            return .next
        }
        l.add("H2", (nil, 363), "take tree_lock") { m in m.lock(.tree) }
        if v == .v4_5 {
            l.add("H3", (nil, 366), "does a PMD entry at the head index cover it? dirty that one") {
                m in
                let head = Geometry.pmdHead(m.locals.index)
                guard m.mapping.radixTree.lookup(PageIndex(head))?.isDAXPMD == true else {
                    return .next
                }
                m.locals.index = head
                return .jump(dirty)
            }
        }
        l.add("H4", (nil, 371), "look up what stands at the index") { m in
            let entry = m.mapping.radixTree.lookup(PageIndex(m.locals.index))
            m.locals.entry = entry
            return entry == nil ? .jump(insert) : .next
        }
        if v >= .v8 {
            // Announced with v8 of the series: the guard against pages.
            l.add("H5", (nil, 374), "neither a PTE nor a PMD entry, but a page? warn, -EIO") { m in
                guard let entry = m.locals.entry, !entry.isDAXPTE, !entry.isDAXPMD else {
                    return .next
                }
                m.warnOnce(v == .v4_5 ? "fs/dax.c:374 dax_radix_entry()" : "dax_radix_entry()")
                m.locals.error = Errno.eio
                return .jump(unlock)
            }
        }
        l.add("H5", (nil, 380), "a PTE is wanted, or a PMD entry is there: keep it") { m in
            let isKept = !m.locals.isPMD || m.locals.entry?.isDAXPMD == true
            return isKept ? .jump(dirty) : .next
        }
        let whatStands = v >= .v8 ? "the PTE entry" : "what stands there, for one of its entries"
        l.add("H6", (nil, 389), "delete \(whatStands)") { m in
            let index = m.locals.index
            return m.call(.radixTreeDelete) { $0.index = index }
        }
        l.add("H6b", (nil, 390), "nrexceptional − 1") { m in
            m.mapping.nrexceptional &-= 1
            return .next
        }
        l.place(insert)
        l.add("H7", (nil, 393), "no sector given: nothing to insert") { m in
            m.locals.sector == noSector ? .jump(unlock) : .next
        }
        l.add("H8", (nil, 407), "insert the entry for the sector") { m in
            let here = m.locals
            let entry: RadixTree.Entry =
                here.isPMD ? .daxPMD(sector: here.sector) : .daxPTE(sector: here.sector)
            return m.call(.radixTreeInsert) {
                $0.index = here.index
                $0.entry = entry
            }
        }
        l.add("H8", (nil, 409), "no memory for a node? give up") { m in
            m.locals.error = m.returned
            return m.returned == 0 ? .next : .jump(unlock)
        }
        l.add("H8b", (nil, 412), "nrexceptional + 1") { m in
            m.mapping.nrexceptional &+= 1
            return .next
        }
        l.place(dirty)
        l.add("H9", (nil, 415), "a write? tag the entry DIRTY") { m in
            guard m.locals.isDirty else { return .next }
            let index = m.locals.index
            return m.call(.radixTreeTagSet) {
                $0.index = index
                $0.tag = .dirty
            }
        }
        l.place(unlock)
        l.add("H10", (nil, 417), "release tree_lock") { m in m.unlock(.tree) }
        l.add("", (nil, 418), "return") { m in m.finish(m.locals.error) }
    }

    static let daxPFNMkwrite = Function("dax_pfn_mkwrite", "fs/dax.c") { l in
        let v = l.version
        if v >= .v6 {
            l.add("G3", (nil, 1069), "mark the entry dirty; it must be there, so no sector") { m in
                let index = m.locals.pgoff
                return m.call(.daxRadixEntry) {
                    $0.index = index
                    $0.sector = noSector
                    $0.isDirty = true
                }
            }
        } else {
            l.add("G2", (712, nil), "update the file's times; no entry is kept") { m in
                m.inode.state.insert(.dirtySync)
                return .next
            }
        }
        l.add("", (714, 1076), v == .v4_5 ? "return; report an error" : "return") { m in
            // v6 to v8 drop the result (docs/kernel/dax.md, section 7).
            guard v == .v4_5, m.returned != 0 else { return m.finish(.nopage) }
            return m.finish(m.returned == Errno.enomem ? .oom : .sigbus)
        }
    }
}

extension Function {
    static let ofDAXRadixEntry: [Function] = [.daxRadixEntry, .daxPFNMkwrite]
}
