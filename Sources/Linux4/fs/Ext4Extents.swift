// fs/ext4/extents.c: ext4_ext_convert_to_initialized, an unwritten extent that is written to.
//
// Rather than splitting an extent three ways ext4 writes zeroes where little is left: over all of
// an extent of at most 8 blocks, over a rest of at most 8 behind the write, or of fewer than 8
// before and with it. It does so only where the extent ends inside the file, and not when the
// blocks can be given to a written neighbour.

import Kernel
import PageCache

extension Machine {
    /// s_extent_max_zeroout_kb is 32: 8 blocks.
    private static let maxZeroout: UInt64 = 8

    /// Makes unwritten blocks written, with what ext4 zeroes beside them.
    mutating func convertExtent(first: UInt64, count: UInt64) {
        guard let run = blocks.runs.first(where: { $0.first <= first && first < $0.end }),
            run.state == .unwritten
        else { return }
        let count = min(count, run.end - first)
        let all = extentToConvert(run, first, count)
        for block in all where block < first || block >= first + count {
            memory.storePending(
                0, block: run.physical + (block - run.first), offsets: 0..<PageBytes.size)
        }
        memory.drain()
        blocks.convert(first: all.lowerBound, count: all.upperBound - all.lowerBound)
    }

    private func extentToConvert(
        _ run: BlockMap.Run, _ first: UInt64, _ count: UInt64
    ) -> Range<UInt64> {
        let exact = first..<(first + count)
        if count < run.count, isGivenToNeighbour(run, exact) { return exact }
        let end = max(Geometry.pages(inode.size), exact.upperBound)
        guard run.end <= end else { return exact }
        if run.count <= Self.maxZeroout { return run.first..<run.end }
        let rest = run.end - first
        if rest > count, rest <= Self.maxZeroout { return first..<run.end }
        if rest > count, first - run.first + count < Self.maxZeroout {
            return run.first..<exact.upperBound
        }
        return exact
    }

    /// A written extent right before or behind, on the device too, takes the blocks over.
    private func isGivenToNeighbour(_ run: BlockMap.Run, _ blocks: Range<UInt64>) -> Bool {
        if blocks.lowerBound == run.first, run.first > 0 {
            let before = self.blocks.lookup(run.first - 1)
            if before.state == .written, before.physical + 1 == run.physical { return true }
        }
        if blocks.upperBound == run.end {
            let behind = self.blocks.lookup(run.end)
            if behind.state == .written, behind.physical == run.physical + run.count {
                return true
            }
        }
        return false
    }
}
