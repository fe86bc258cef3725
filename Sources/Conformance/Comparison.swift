import Kernel
import PageCache
import RadixTree

/// Compares the model's state after one operation with the recorded one, field by field.
struct Comparison {
    let run: KernelRun
    let step: KernelRecording.Step
    let ptBefore: String?

    typealias Found = (field: String, recorded: String, ours: String)

    /// The first field that differs.
    mutating func first() -> Found? {
        if let found = compareResult() { return found }
        if step.got.hang == true { return nil }
        if let found = compareMessages() { return found }
        if step.log?.contains(where: { $0.hasPrefix("kernel BUG") }) == true { return nil }
        if step.hasState {
            return compareCounters() ?? compareEntries() ?? compareNodes() ?? compareFlushes()
        }
        return compareFlushes()
    }

    private func differ(_ field: String, _ recorded: String?, _ ours: String?) -> Found? {
        recorded == ours ? nil : (field, recorded ?? "-", ours ?? "-")
    }

    /// What the caller saw: return value, byte, faults, signal, BUG.
    private func compareResult() -> Found? {
        let ours = run.machine.tasks[run.task].outcome
        let got = step.got
        if got.hang == true { return differ("hang", "livelock", ours.signal) }
        let bug = run.machine.bug.map { "\($0.file):\($0.line)" }
        if got.bug != nil || (bug != nil && run.machine.tasks[run.task].state == .dead) {
            // The recorded series was built on a 4.5 tree: compare the check, not its line.
            return differ("bug", got.bug.map(check), bug.map(check))
        }
        switch step.do.op {
        case "load", "store":
            if let found = differ("signal", got.signal, ours.signal) { return found }
            if let found = differ("pt_before", step.ptBefore, ptBefore) { return found }
            if let found = differ("pt_after", step.ptAfter, run.access(step)) { return found }
            guard got.signal == nil else { return nil }
            return differ("value", got.value.map(String.init), ours.value.map { "\($0)" })
                ?? differ(
                    "faults", "\(got.minflt ?? 0) minor, \(got.majflt ?? 0) major",
                    "\(ours.minorFaults) minor, \(ours.majorFaults) major")
        case "create", "stream", "pressure", "drop_caches", "mmap":
            return nil
        case "pread":
            if let found = differ("ret", got.ret.map(String.init), "\(ours.code)") { return found }
            // Without bytes read the recorded value is what was in the buffer.
            guard ours.code > 0 else { return nil }
            return differ("value", got.value.map(String.init), ours.value.map { "\($0)" })
        default:
            return differ(
                "ret", got.ret.map { $0 < 0 ? "error" : "\($0)" },
                ours.code < 0 ? "error" : "\(ours.code)")
        }
    }

    private func check(_ location: String) -> String {
        switch location {
        case "fs/inode.c:497", "fs/inode.c:503": "clear_inode: nrpages"
        case "fs/inode.c:498", "fs/inode.c:504": "clear_inode: nrexceptional"
        default: location
        }
    }

    private func compareCounters() -> Found? {
        let mapping = run.machine.mapping
        return differ("i_size", step.iSize.map { "\($0)" }, "\(run.machine.inode.size)")
            ?? differ(
                "nrpages", step.nrpages.map { "\($0)" },
                "\(Int64(bitPattern: mapping.nrpages))")
            ?? differ(
                "nrexceptional", step.nrexceptional.map { "\($0)" },
                "\(Int64(bitPattern: mapping.nrexceptional))")
            ?? differ("height", step.height.map(String.init), "\(mapping.pageTree.height)")
            ?? differ(
                "root_tags", sorted(step.rootTags ?? ""), letters(mapping.pageTree.rootTags))
    }

    private func sorted(_ tags: String) -> String { String(tags.sorted()) }

    private func letters(_ tags: RadixTree.TagSet) -> String {
        (tags.contains(.dirty) ? "D" : "") + (tags.contains(.towrite) ? "T" : "")
            + (tags.contains(.writeback) ? "W" : "")
    }

    /// In the order of the recording.
    private func letters(_ flags: PageFlags) -> String {
        let all: [(PageFlags, String)] = [
            (.locked, "L"), (.dirty, "D"), (.writeback, "W"), (.uptodate, "U"), (.hasBuffers, "P"),
        ]
        return all.filter { flags.contains($0.0) }.map(\.1).joined()
    }

    /// What the kernel log says: warnings, and how each PMD fault ended. The other tasks of the
    /// recorded machine speak up under memory pressure only.
    private func compareMessages() -> Found? {
        guard step.do.op != "stream", step.do.op != "pressure" else { return nil }
        let recorded = step.log ?? []
        let ours = run.machine.console.map(\.text)
        return differ("warnings", warnings(recorded), warnings(ours))
            ?? differ("pmd", pmdFaults(recorded), pmdFaults(ours))
    }

    /// The functions that warned, with the place where its line is known.
    private func warnings(_ log: [String]) -> String {
        log.filter { $0.hasPrefix("WARNING") }.map { line in
            let words = line.split(separator: " ")
            let place = words.last { $0.contains(".c:") }.map { " " + $0 } ?? ""
            return (words.last.map(String.init) ?? "")
                + (run.kernel.version == .v4_5 ? place : "")
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

    private func compareEntries() -> Found? {
        let recorded = run.recorded.entries.map(describe)
        let ours = run.machine.mapping.pageTree.entries().map { describe($0.index, $0.entry) }
        return differ(
            "entries", recorded.joined(separator: " "), ours.joined(separator: " "))
    }

    private func describe(_ entry: KernelRecording.Entry) -> String {
        let tags = sorted(entry.tags ?? "")
        guard entry.kind != "page" else {
            guard step.same != true else { return "\(entry.index):page\(tags)" }
            return "\(entry.index):page\(tags)/\(entry.pageFlags ?? "")m\(entry.mapcount ?? 0)"
        }
        let sector = entry.sector.map { "@\($0)" } ?? ""
        return "\(entry.index):\(entry.type ?? "exceptional")\(sector)\(tags)"
    }

    private func describe(_ index: RadixTree.Index, _ entry: RadixTree.Entry) -> String {
        let tree = run.machine.mapping.pageTree
        var tags: RadixTree.TagSet = []
        for tag in RadixTree.Tag.allCases where tree.hasTag(tag, at: index) {
            tags.insert(RadixTree.TagSet(tag))
        }
        if let page = entry.page {
            guard step.same != true else { return "\(index):page\(letters(tags))" }
            let state = run.machine[page]
            return "\(index):page\(letters(tags))/\(letters(state.flags))m\(state.mapCount)"
        }
        guard run.isDAX, entry.isDAXPTE || entry.isDAXPMD, run.kernel.version >= .v6 else {
            return "\(index):shadow\(letters(tags))"
        }
        let sector = Int64(bitPattern: entry.daxSector &- run.origin &* 8)
        return "\(index):\(entry.isDAXPMD ? "dax-pmd" : "dax-pte")@\(sector)\(letters(tags))"
    }

    private func compareNodes() -> Found? {
        let tree = run.machine.mapping.pageTree
        let recorded = run.recorded.nodes.map { node in
            "\(node.base)/\(node.height): \(node.count)+\(node.shadows ?? 0) "
                + "\(hex(node.tagsDirty)) \(hex(node.tagsTowrite)) \(hex(node.tagsWriteback))"
        }
        let ours = tree.preorder().map { id in
            let node = tree.node(id)
            return "\(node.firstIndex)/\(node.height): \(node.pagesCount)+\(node.shadowsCount) "
                + "\(hex(node.tags(.dirty))) \(hex(node.tags(.towrite))) "
                + "\(hex(node.tags(.writeback)))"
        }
        return differ("nodes", recorded.joined(separator: ", "), ours.joined(separator: ", "))
    }

    private func hex(_ text: String?) -> String { text ?? "0" }
    private func hex(_ bits: UInt64) -> String { String(bits, radix: 16) }

    /// `dax_flush` lines were added for the recording: each entry that was written back.
    private func compareFlushes() -> Found? {
        let prefix = "dax_flush: "
        let recorded = (step.log ?? []).filter { $0.hasPrefix(prefix) }
        let ours = run.machine.flushes.map { flush in
            let sector = Int64(bitPattern: flush.sector &- run.origin &* 8)
            return prefix + "index \(flush.index) type \(flush.isPMD ? "PMD" : "PTE") "
                + "sector \(sector) size \(flush.isPMD ? Geometry.pmdSize : Geometry.pageSize)"
        }
        return differ("flushes", recorded.joined(separator: "; "), ours.joined(separator: "; "))
    }
}
