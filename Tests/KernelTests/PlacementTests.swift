import Kernel
import PageCache
import Testing

/// Which blocks of the device a file gets.
@Suite struct PlacementTests {
    private func bench(_ fileSystem: FileSystem, _ version: KernelVersion = .v4_5) throws -> Bench {
        var bench = Bench(version, fileSystem, dax: false, size: 1 << 16)
        try bench.run(.pwrite(first: 0, pages: 8, value: 5))
        try bench.run(.fsync)
        return bench
    }

    private func blocks(_ bench: Bench, _ pages: Range<UInt64> = 0..<8) -> [UInt64] {
        pages.map { bench.machine.blocks.lookup($0).physical }
    }

    /// xfs_extent_busy: blocks that were freed are not taken before the log is on the device.
    @Test func whatXFSHasFreedIsBusyUntilTheLogIsForced() throws {
        for forces in [false, true] {
            var bench = try bench(.xfs)
            let before = blocks(bench)
            try bench.run(.punch(offset: 0, length: 8 * 4096))
            if forces { try bench.run(.fsync) }
            try bench.run(.fallocate(offset: 0, length: 8 * 4096))
            let after = blocks(bench)
            #expect(forces ? after == before : Set(after).isDisjoint(with: before))
            // As aligned as before, and in one run.
            #expect(bench.machine.blocks.runs.count == 1)
            #expect(after[0] % 512 == before[0] % 512)
        }
    }

    @Test func ext4TakesThemAtOnce() throws {
        var bench = try bench(.ext4)
        let before = blocks(bench)
        try bench.run(.punch(offset: 0, length: 8 * 4096))
        try bench.run(.fallocate(offset: 0, length: 8 * 4096))
        #expect(blocks(bench) == before)
    }

    /// XFS frees the range and allocates another; ext4 makes the same blocks unwritten.
    @Test(arguments: [FileSystem.xfs, .ext4])
    func zeroingARangeOnXFSTakesOtherBlocks(fileSystem: FileSystem) throws {
        var bench = try bench(fileSystem)
        let before = blocks(bench)
        for page in [2, 3, 2] as [UInt64] {
            try bench.run(.zeroRange(offset: page * 4096, length: 4096))
        }
        let after = blocks(bench)
        let isXFS = fileSystem == .xfs
        #expect((before[2] != after[2]) == isXFS && (before[3] != after[3]) == isXFS)
        #expect(Set(after).count == 8)
        #expect(before[0..<2] == after[0..<2] && before[4...] == after[4...])
        #expect(Audit.findings(bench.machine) == [])
    }

    /// What was never there is not allocated again: a hole gets the blocks that it would have got.
    @Test func aZeroedHoleOnXFSGetsItsOwnBlocks() throws {
        var bench = try bench(.xfs)
        try bench.run(.zeroRange(offset: 2 * 4096, length: 4096))
        try bench.run(.zeroRange(offset: 8 * 4096, length: 2 * 4096))
        let all = blocks(bench, 0..<10)
        #expect(all[8] == all[7] + 1 && all[9] == all[8] + 1)
    }

    /// A delayed block gets a place when the range is written out, and another when it is zeroed.
    @Test func dirtyPagesAreWrittenToTheBlocksThatGo() throws {
        var bench = Bench(.v4_5, .xfs, dax: false, size: 1 << 16)
        try bench.run(.pwrite(first: 3, pages: 1, value: 9))
        try bench.run(.zeroRange(offset: 3 * 4096, length: 4096))
        let block = bench.machine.blocks.lookup(3)
        #expect(block.state == .unwritten)
        #expect(bench.machine.memory.visible(block.physical) == .zero)
        let written = bench.machine.memory.lines.filter { $0.value.visible == PageBytes(9) }
        #expect(written.count == 1 && bench.machine.isFree(written[0].key) == false)
        try bench.run(.fsync)
        #expect(bench.machine.isFree(written[0].key))
    }
}
