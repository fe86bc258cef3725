import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// What XFS does more than it was asked for: it reserves ahead, and writes neighbours along.
@Suite struct XFSWritebackTests {
    private func dirty(_ machine: Machine) -> [UInt64] {
        machine.mapping.radixTree.entries().compactMap { index, entry in
            guard let page = entry.page, machine[page].flags.contains(.dirty) else { return nil }
            return index.rawValue
        }
    }

    private func blocks(_ machine: Machine) -> [String] {
        machine.blocks.runs.map { "\($0.first)+\($0.count) \($0.state)" }
    }

    /// Sequence G1: POSIX_FADV_DONTNEED of four pages writes all of the extent but its last page.
    @Test func theExtentIsWrittenAlongButForItsLastPage() throws {
        var bench = Bench(.v4_4, .xfs, dax: false, size: 65536)
        try bench.run(.pwrite(offset: 0, length: 65536, value: 5))
        try bench.run(.fadvise(offset: 0, length: 16384, advice: .dontNeed))
        #expect(dirty(bench.machine) == [15])
        #expect(blocks(bench.machine) == ["0+16 written"])
        try bench.run(.fsync)
        #expect(dirty(bench.machine).isEmpty)
        #expect(!bench.machine.mapping.radixTree.isTagged(.writeback))
    }

    @Test func aGapOrAnotherKindOfBlockEndsTheCluster() throws {
        var bench = Bench(.v4_5, .xfs, dax: false, size: 65536)
        try bench.run(.fallocate(offset: 4 * 4096, length: 2 * 4096))
        try bench.run(.pwrite(offset: 0, length: 8 * 4096, value: 5))
        try bench.run(.fadvise(offset: 0, length: 4096, advice: .dontNeed))
        // The delayed run ends before page 4, and its last page waits.
        #expect(dirty(bench.machine) == [3, 4, 5, 6, 7])
    }

    /// The extent goes on, but its next pages are those of blocks that were only promised when they
    /// were written to: their buffers still say so.
    @Test func pagesOfAnotherKindWait() throws {
        let written = FileConfiguration.Extent(blocks: 0...3, state: .written)
        var bench = Bench(.v4_5, .xfs, dax: false, size: 4 * 4096, extents: [written])
        try bench.run(.pwrite(offset: 4 * 4096, length: 4 * 4096, value: 5))
        try bench.run(.fadvise(offset: 6 * 4096, length: 4096, advice: .dontNeed))
        try bench.run(.pwrite(offset: 3 * 4096, length: 4096, value: 6))
        #expect(blocks(bench.machine) == ["0+8 written"])
        #expect(dirty(bench.machine) == [3, 4, 5, 7])
        try bench.run(.fadvise(offset: 3 * 4096, length: 4096, advice: .dontNeed))
        #expect(dirty(bench.machine) == [4, 5, 7])
    }

    /// Twice the extent in front of the write, as a power of two: 32 blocks behind 16.
    @Test func whatIsReservedGrowsWithTheExtent() throws {
        let written = FileConfiguration.Extent(blocks: 0...19, state: .written)
        var bench = Bench(.v4_4, .xfs, dax: false, size: 20 * 4096, extents: [written])
        try bench.run(.pwrite(offset: 20 * 4096, length: 4096, value: 6))
        #expect(blocks(bench.machine) == ["0+20 written", "20+28 delalloc"])
    }

    /// Room behind the end does not move with the blocks: it is given back first. The file has grown
    /// by a page before that, so one block of the room is of the file, and stays.
    @Test func whatIsReservedDoesNotMove() throws {
        let written = FileConfiguration.Extent(blocks: 0...19, state: .written)
        var bench = Bench(.v4_4, .xfs, dax: false, size: 20 * 4096, extents: [written])
        try bench.run(.pwrite(offset: 20 * 4096, length: 4096, value: 6))
        try bench.run(.insert(offset: 4096, length: 4096))
        #expect(bench.machine.blocks.runs.last?.end == 23)
    }

    @Test func otherFileSystemsWriteWhatTheyAreAsked() throws {
        for fileSystem in [FileSystem.ext2, .ext4] {
            var bench = Bench(.v4_4, fileSystem, dax: false, size: 65536)
            try bench.run(.pwrite(offset: 0, length: 65536, value: 5))
            try bench.run(.fadvise(offset: 0, length: 16384, advice: .dontNeed))
            #expect(dirty(bench.machine) == Array(4..<16), "\(fileSystem)")
        }
    }

    /// Sequence B4: a file that grows beyond 64 KiB is given room ahead, until it is closed.
    @Test func roomIsReservedAheadAndGivenBackAtTheLastClose() throws {
        var bench = Bench(.v4_4, .xfs, dax: false, size: 0)
        try bench.run(.pwrite(offset: 0, length: 6 * 4096, value: 1))
        #expect(blocks(bench.machine) == ["0+6 delalloc"])
        try bench.run(.fsync)
        try bench.run(.pwrite(offset: 6 * 4096, length: 16 * 4096, value: 2))
        #expect(blocks(bench.machine) == ["0+6 written", "6+26 delalloc"])
        try bench.run(.mmap(name: "m", first: 0, pages: 1, shared: true, aligned: true))
        try bench.run(.reopen)
        // The mapping keeps the old file open.
        #expect(bench.machine.blocks.state(31) == .delalloc)
        try bench.run(.munmap(map: "m"))
        try bench.run(.fsync)
        try bench.run(.reopen)
        #expect(blocks(bench.machine) == ["0+22 written"])
    }

    @Test func whatFallocateMadeStays() throws {
        var bench = Bench(.v4_4, .xfs, dax: false, size: 0)
        try bench.run(.fallocate(offset: 0, length: 65536))
        try bench.run(.truncate(size: 65536))
        try bench.run(.pwrite(offset: 65536, length: 4096, value: 1))
        let before = blocks(bench.machine)
        #expect(bench.machine.blocks.state(31) == .delalloc)
        try bench.run(.reopen)
        #expect(blocks(bench.machine) == before)
    }
}
