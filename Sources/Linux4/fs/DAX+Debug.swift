// fs/dax.c: what PMD faults say on the console, from v6 on.
//
// v4.4 has no such messages; the recordings of real kernels have them, and are compared with these.
//
// __dax_dbg names the device of the buffer head. ext2 and ext4 leave b_bdev alone over a hole. v6
// hands the NULL to bdevname, which follows it, message or not; v7 looks first and says "unknown"
// ("[PATCH v7 1/9] dax: fix NULL pointer dereference in __dax_dbg()", 6 Jan 2016); v8 and v4.5 set
// b_bdev before they ask for the blocks (its v8, 7 Jan 2016).

import Kernel
import PageCache

extension Machine {
    /// dax_pmd_dbg without a buffer head, from v6 on: the console says why a PMD fault fell back.
    mutating func debugPMD(_ reason: String, _ version: KernelVersion) {
        guard version >= .v6 else { return }
        printFallback(reason, nil)
    }

    /// dax_pmd_dbg with the fault's buffer head, and what comes then.
    mutating func debugBuffer(_ reason: String, _ version: KernelVersion, _ next: Next) -> Next {
        guard version >= .v6 else { return next }
        let bh = locals.bh
        guard bh.hasDevice || version != .v6 else {
            return oopsInDebug("bh->b_bdev is NULL: get_block found a hole and left it alone")
        }
        printFallback(reason, bh)
        return next
    }

    /// v6 hands dax_pmd_dbg the block device where it wants the buffer head, which only the
    /// compiler noticed ("fs/dax.c:916:5: note: in expansion of macro 'dax_pmd_dbg'", 1 Jan 2016).
    /// Where b_bdev would be, x86-64 has the owner of bd_mutex: nobody.
    mutating func debugDevice() -> Next {
        oopsInDebug(
            "it was given the block device for a buffer head; what it takes for b_bdev is NULL")
    }

    private mutating func oopsInDebug(_ reason: String) -> Next {
        oops("fs/dax.c", 743, "__dax_dbg", in: "bdevname", reason)
    }

    private mutating func printFallback(_ reason: String, _ buffer: BufferHead?) {
        // Written into one buffer: these lines are most of what a PMD fault costs.
        var text = "dax_pmd: "
        text.reserveCapacity(128)
        text += tasks[current].name
        text += " addr: "
        text += String(address(vma: locals.vma, page: locals.pgoff), radix: 16)
        if let buffer {
            text += buffer.hasDevice ? " dev pmem0 state " : " dev unknown state "
            text += String(buffer.state.rawValue, radix: 16)
            text += " start "
            text += buffer.block.description
            text += " length "
            text += buffer.size.description
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
