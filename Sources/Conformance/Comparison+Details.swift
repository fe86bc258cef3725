import Kernel
import PageCache
import RadixTree

/// What only the second series tells: all of the pages, blocks, contents and page tables.
extension Comparison {
    mutating func compareDetails() {
        comparePages()
        compareShadows()
        compareBlocks()
        compareContents()
        compareMaps()
        if run.header.readAhead == true {
            compare("ra", text(run.recorded.readAhead), told(state.readAhead()))
        }
        compareWorkingset()
    }

    func told(_ value: UInt64?) -> String { value.map { "\($0)" } ?? ModelState.notModelled }
    func told(_ runs: [KernelRecording.Run]?) -> String { runs.map(text) ?? ModelState.notModelled }

    private func told(_ ra: KernelRecording.ReadAhead?) -> String {
        ra == nil ? ModelState.notModelled : text(ra)
    }

    private func text(_ ra: KernelRecording.ReadAhead?) -> String {
        guard let ra else { return "" }
        return "start \(ra.start) size \(ra.size) async \(ra.asyncSize) pages \(ra.pages) "
            + "miss \(ra.mmapMiss) prev \(ra.position)\(ra.random == true ? " random" : "")"
    }

    /// "4096×0", "1×7+4095×0"; neighbours of one value are one run.
    func text(_ runs: [KernelRecording.Run]) -> String {
        var joined: [KernelRecording.Run] = []
        for run in runs where run.length > 0 {
            if joined.last?.value == run.value {
                joined[joined.count - 1].length += run.length
            } else {
                joined.append(run)
            }
        }
        return joined.isEmpty
            ? "-" : joined.map { "\($0.length)×\($0.value)" }.joined(separator: "+")
    }

    /// A recorded page: its runs, or one value to the end of the page or of the file.
    func text(
        _ bytes: [UInt8?]?, _ runs: [KernelRecording.Run]?, of index: UInt64? = nil
    ) -> String {
        if let runs { return text(runs) }
        guard let value = bytes?.first ?? nil else { return "-" }
        var length = Geometry.pageSize
        if let index, bytes?.contains(nil) == true, let size = step.iSize {
            length = min(length, size - index * Geometry.pageSize)
        }
        return text([KernelRecording.Run(length: length, value: value)])
    }

    /// Only what one side has is a field.
    mutating func compareSome(_ name: String, _ recorded: String, _ ours: String?) {
        guard !recorded.isEmpty || ours != "" else { return }
        compare(name, recorded, ours ?? ModelState.notModelled)
    }

    private mutating func compareBlocks() {
        compare("i_blocks", step.iBlocks.map { "\($0)" }, told(state.blockCount()))
        guard isBlockMapTold else { return }
        func text(_ runs: [(index: UInt64, pages: UInt64, state: String)]) -> String {
            var joined: [(index: UInt64, pages: UInt64, state: String)] = []
            for run in runs {
                if let last = joined.last, last.state == run.state,
                    last.index + last.pages == run.index
                {
                    joined[joined.count - 1].pages += run.pages
                } else {
                    joined.append(run)
                }
            }
            return joined.map { "\($0.index)+\($0.pages):\($0.state)" }.joined(separator: " ")
        }
        compareSome(
            "blocks", text(run.recorded.blocks.map { ($0.index, $0.pages, $0.state) }),
            state.blocks().map(text))
    }

    /// The recorder does not ask for blocks and contents on xfs and ext2 while another task is on
    /// its way, and never on ext2 of files that are too long.
    private var isBlockMapTold: Bool {
        guard run.recorded.hasBlocks else { return false }
        if run.fileSystem == .ext2, run.machine.inode.size > 1 << 34 { return false }
        if step.blocks != nil || step.contents != nil { return true }
        return run.fileSystem == .ext4 || run.tasks.pending.isEmpty
    }

    private mutating func compareContents() {
        guard isBlockMapTold, !run.recorded.contents.isEmpty else { return }
        let recorded = run.recorded.contents.flatMap { entry in
            (entry.index..<entry.index + (entry.pages ?? 1)).map { (index: $0, entry: entry) }
        }
        let pages = recorded.map(\.index)
        compareSome(
            "from", Runs.text(recorded.map { ($0.index, $0.entry.from) }),
            Runs.text(pages.map { ($0, state.source(of: $0)) }))
        compareSome(
            "contents",
            Runs.text(
                recorded.map {
                    ($0.index, text($0.entry.bytes, $0.entry.runs, of: $0.index))
                }),
            Runs.text(pages.map { ($0, state.contents(of: $0).map(text)) }))
        let disks = recorded.map { index, entry in
            (
                index,
                entry.disk == nil ? "same" : text(entry.disk, entry.diskRuns, of: index)
            )
        }
        let ours = pages.map { index -> (UInt64, String?) in
            state.disk(of: index).map { (index, $0.isEmpty ? "same" : text($0)) } ?? (index, nil)
        }
        compareSome("disk", Runs.text(disks), Runs.text(ours))
    }

    private mutating func compareWorkingset() {
        let now = run.machine.statistics
        let refault = now.workingsetRefault - run.statistics.workingsetRefault
        let activate = now.workingsetActivate - run.statistics.workingsetActivate
        let recorded = step.workingset
        guard recorded != nil || refault != 0 || activate != 0 else { return }
        compare(
            "workingset",
            "refault \(recorded?.refault ?? 0) activate \(recorded?.activate ?? 0) "
                + "nodereclaim \(recorded?.nodereclaim ?? 0)",
            "refault \(refault) activate \(activate) nodereclaim 0")
    }
}
