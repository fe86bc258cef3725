// The CPU: a load or a store through a mapping, repeated until no fault is in the way.

import Kernel
import PageCache

extension Function {
    /// An access that faults this often makes no progress: v4.4 with PMD faults stores for ever to
    /// a huge page that is mapped read-only ("mm, dax: fix livelock, allow dax pmd mappings to
    /// become writeable", December 2015).
    static let faultLimit = 64

    static let userAccess = Function("user space", "") { l in
        let again = l.label()
        l.place(again)
        l.add("", (nil, nil), "the CPU walks the page tables and makes the access") { m in
            let here = m.locals
            if here.isWrite {
                guard
                    m.store(here.value, vma: here.vma, page: here.pgoff, offset: here.offset)
                else { return .next }
                m.tasks[m.current].outcome.value = here.value
                if m.vmas[here.vma].isShared {
                    let byte = here.pgoff * Geometry.pageSize + UInt64(here.offset)
                    m.claim(here.value, at: byte..<(byte + 1))
                }
                return m.finish()
            }
            guard let value = m.load(vma: here.vma, page: here.pgoff, offset: here.offset) else {
                return .next
            }
            m.tasks[m.current].outcome.value = value
            return m.finish()
        }
        l.add("D1", (nil, nil), "page fault") { m in
            let here = m.locals
            m.locals.count += 1
            guard !here.isWrite || m.vmas[here.vma].allowsStores else {
                m.tasks[m.current].outcome.signal = "SIGSEGV"
                return m.finish()
            }
            guard here.count < faultLimit else {
                m.tasks[m.current].outcome.signal = "livelock"
                return m.finish()
            }
            return m.call(.handleMMFault) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = here.isWrite
            }
        }
        l.add("", (nil, nil), "handled? try the access again; an error is a signal") { m in
            let result = m.returnedFault
            guard !result.isError else {
                m.tasks[m.current].outcome.signal = result.contains(.sigbus) ? "SIGBUS" : "OOM"
                return m.finish()
            }
            if result.contains(.retry) { return .jump(again) }
            if result.contains(.major) {
                m.tasks[m.current].outcome.majorFaults += 1
            } else {
                m.tasks[m.current].outcome.minorFaults += 1
            }
            return .jump(again)
        }
    }
}

extension Function {
    static let ofUserAccess: [Function] = [.userAccess]
}
