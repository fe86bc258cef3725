import PageCache

/// ZERO_RANGE on XFS frees blocks and allocates others, and those are never the ones that it has
/// just freed. What the device holds under them tells whether the file has had them before.
extension KernelRun {
    /// The places of the blocks that `step` allocates anew, as far as their bytes show them: of
    /// those that could be meant the nearest to the block in front, where XFS looks first.
    func placesAgain(_ step: KernelRecording.Step) -> [Placement.Span] {
        guard step.do.op == "zero_range", fileSystem == .xfs, step.got.ret == 0 else { return [] }
        var after = recorded
        after.follow(step)
        let zeroed = Self.wholeBlocks(step.do)
        var spans: [Placement.Span] = []
        for entry in after.contents where entry.from == "zero" {
            guard let bytes = Self.bytesOnDevice(entry) else { continue }
            for page in entry.index..<entry.index + (entry.pages ?? 1)
            where zeroed.contains(page) {
                let wanted = machine.blocks.lookup(page).physical
                let free = machine.memory.lines.filter { block, line in
                    line.visible == bytes && machine.isFree(block)
                        && !spans.contains { $0.physical == block }
                }
                let nearest = free.min {
                    distance($0.key, wanted) < distance($1.key, wanted)
                }
                guard let nearest else { continue }
                spans.append(Placement.Span(first: page, physical: nearest.key))
            }
        }
        return spans
    }

    private func distance(_ a: UInt64, _ b: UInt64) -> UInt64 { max(a, b) - min(a, b) }

    private static func wholeBlocks(_ it: KernelRecording.Operation) -> Range<UInt64> {
        let size = Geometry.pageSize
        let start = it.offset ?? (it.index ?? 0) * size
        let end = start + (it.length ?? (it.pages ?? 1) * size)
        let first = Geometry.pages(start)
        return first..<max(first, end / size)
    }

    /// nil: zeroes, as a block has them that nobody wrote to.
    private static func bytesOnDevice(_ entry: KernelRecording.Contents) -> PageBytes? {
        guard let first = entry.disk?.first ?? nil else { return nil }
        var bytes = PageBytes(first)
        var start = 0
        for run in entry.diskRuns ?? [] {
            bytes.fill(start..<start + Int(run.length), with: run.value)
            start += Int(run.length)
        }
        return bytes
    }
}
