import Foundation
import Kernel
import PageCache
import RadixTree

/// Compares the model's state after one operation with the recorded one, field by field.
struct Comparison {
    let run: KernelRun
    let step: KernelRecording.Step
    let state: ModelState
    /// What was compared, in the order of its weight: the first that differs is told.
    private(set) var fields: [ComparedField] = []

    init(run: KernelRun, step: KernelRecording.Step) {
        self.run = run
        self.step = step
        state = ModelState(machine: run.machine, kernel: run.kernel)
        fields.reserveCapacity(48)
    }

    /// The lines tell pages, blocks and contents too.
    var isDetailed: Bool { run.header.isDetailed }

    mutating func compareAll() {
        compareCall()
        // An access that faults for ever leaves nothing to compare.
        if step.got.hang == true { return }
        compareMessages()
        if step.log?.contains(where: { $0.hasPrefix("kernel BUG") }) == true { return }
        if step.hasState {
            compareCounters()
            compareTree()
            if isDetailed { compareDetails() }
        }
        compareFlushes()
    }

    mutating func compare(_ name: String, _ recorded: String?, _ ours: String?) {
        fields.append(
            ComparedField(name: name, recorded: recorded ?? "-", ours: ours ?? "-"))
    }

    private mutating func compareCounters() {
        let mapping = run.machine.mapping
        compare("i_size", step.iSize.map { "\($0)" }, "\(run.machine.inode.size)")
        compare(
            "nrpages", step.nrpages.map { "\($0)" }, "\(Int64(bitPattern: mapping.nrpages))")
        compare(
            "nrexceptional", step.nrexceptional.map { "\($0)" },
            "\(Int64(bitPattern: mapping.nrexceptional))")
        compare("height", step.height.map(String.init), "\(mapping.radixTree.height)")
        compare("root_tags", sorted(step.rootTags ?? ""), letters(mapping.radixTree.rootTags))
        compareCheck()
    }

    /// The counters beside what the tree holds.
    private mutating func compareCheck() {
        let mapping = run.machine.mapping
        var pages: Int64 = 0
        var exceptional: Int64 = 0
        for (_, entry) in mapping.radixTree.entries() {
            if entry.page == nil { exceptional += 1 } else { pages += 1 }
        }
        let surplus = (
            Int64(bitPattern: mapping.nrpages) &- pages,
            Int64(bitPattern: mapping.nrexceptional) &- exceptional
        )
        let recorded = step.check.map {
            "\($0.pages) pages, \($0.nrpagesMinusPages ?? 0) off; "
                + "\($0.exceptional) exceptional, \($0.nrexceptionalMinusExceptional ?? 0) off"
        }
        let ours = "\(pages) pages, \(surplus.0) off; \(exceptional) exceptional, \(surplus.1) off"
        guard recorded != nil || surplus != (0, 0) else { return }
        compare("check", recorded, surplus == (0, 0) ? nil : ours)
    }

    func sorted(_ tags: String) -> String { String(tags.sorted()) }

    func letters(_ tags: RadixTree.TagSet) -> String {
        (tags.contains(.dirty) ? "D" : "") + (tags.contains(.towrite) ? "T" : "")
            + (tags.contains(.writeback) ? "W" : "")
    }

    /// What the kernel log says: warnings, and how each PMD fault ended. The other tasks of the
    /// recorded machine speak up under memory pressure only.
    private mutating func compareMessages() {
        guard step.do.op != "stream", step.do.op != "pressure" else { return }
        let recorded = step.log ?? []
        let ours = run.machine.console.map(\.text)
        compare("warnings", warnings(recorded), warnings(ours))
        compare("pmd", pmdFaults(recorded), pmdFaults(ours))
    }

    /// The places that warned; the function where no place is known. A place says more than a
    /// function, which can be one that the compiler put its own into.
    private func warnings(_ log: [String]) -> String {
        log.filter { $0.hasPrefix("WARNING") }.map { line in
            let words = line.split(separator: " ")
            let place = run.kernel.version == .v4_5 ? words.last { $0.contains(".c:") } : nil
            return String(place ?? words.last ?? "")
        }.joined(separator: "; ")
    }

    /// "fallback: REASON" or "mapped at SECTOR" for each.
    private func pmdFaults(_ log: [String]) -> String {
        log.compactMap { line in
            if let fallback = PMDLine(line) { return "fallback: \(fallback.comparable)" }
            guard line.hasPrefix("block pmem0: __dax_pmd_fault:") else { return nil }
            let words = line.split(separator: " ")
            guard words.dropLast().last == "sect:" else { return "mapped at \(words.last ?? "")" }
            let sector = UInt64(words.last ?? "", radix: 16) ?? 0
            return "mapped at \(Int64(bitPattern: sector &- run.origin &* 8))"
        }.joined(separator: "; ")
    }

    /// `dax_flush` lines were added for the recording: each entry that was written back.
    private mutating func compareFlushes() {
        let prefix = "dax_flush: "
        let recorded = (step.log ?? []).filter { $0.hasPrefix(prefix) }
        let ours = run.machine.flushes.map { flush in
            let sector = Int64(bitPattern: flush.sector &- run.origin &* 8)
            return prefix + "index \(flush.index) type \(flush.isPMD ? "PMD" : "PTE") "
                + "sector \(sector) size \(flush.isPMD ? Geometry.pmdSize : Geometry.pageSize)"
        }
        compare("flushes", recorded.joined(separator: "; "), ours.joined(separator: "; "))
    }
}
