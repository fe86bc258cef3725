// fs/dax.c: what PMD faults say on the console, from v6 on.
//
// v4.4 has no such messages; the recordings of real kernels have them, and are compared with these.

import PageCache

extension Machine {
    /// dax_pmd_dbg, from v6 on: the console says why a PMD fault fell back.
    mutating func debugPMD(
        _ reason: String, _ version: KernelVersion, buffer: Bool = false
    ) {
        guard version >= .v6 else { return }
        // Written into one buffer: these lines are most of what a PMD fault costs.
        var text = "dax_pmd: "
        text.reserveCapacity(128)
        text += tasks[current].name
        text += " addr: "
        text += String(address(vma: locals.vma, page: locals.pgoff), radix: 16)
        if buffer {
            let bh = locals.bh
            text += " dev pmem0 state "
            text += String(bh.state.rawValue, radix: 16)
            text += " start "
            text += bh.block.description
            text += " length "
            text += bh.size.description
        }
        text += " fallback: "
        text += reason
        print(.debug, text)
    }

    /// The dev_dbg before vmf_insert_pfn_pmd, from v6 on.
    mutating func debugPMDMapped(_ version: KernelVersion) {
        guard version >= .v6 else { return }
        let bh = locals.bh
        var text = "block pmem0: __dax_pmd_fault: "
        text.reserveCapacity(128)
        text += tasks[current].name
        text += " addr: "
        text += String(address(vma: locals.vma, page: locals.pgoff), radix: 16)
        text += " pfn: "
        text += String(bh.block, radix: 16)
        text += " sect: "
        text += String(bh.sector, radix: 16)
        print(.debug, text)
    }
}
