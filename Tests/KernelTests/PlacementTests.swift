import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// Which blocks of the device a file gets.
@Suite struct PlacementTests {
    private func bench(_ fileSystem: FileSystem, size: UInt64 = 1 << 16) throws -> Bench {
        var bench = Bench(.v4_5, fileSystem, dax: false, size: size)
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
        var bench = try bench(.ext4, size: 1 << 20)
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

    // MARK: - ext4

    /// A locality group's blocks go to whoever asks, in that order.
    @Test func smallFilesOnExt4GetBlocksInTheOrderOfTheirWrites() throws {
        var bench = Bench(.v4_5, .ext4, size: 1 << 16)
        for page in [9, 2, 3, 1] as [UInt64] {
            try bench.run(.pwrite(first: page, pages: 1, value: 1))
        }
        let first = bench.machine.blocks.lookup(9).physical
        #expect(
            [9, 2, 3, 1].map { bench.machine.blocks.lookup($0).physical - first } == [0, 1, 2, 3])
        #expect(bench.machine.blocks.runs.map(\.count) == [1, 2, 1])
        // Freed ones are not given out again by the group.
        try bench.run(.punch(offset: 2 * 4096, length: 2 * 4096))
        try bench.run(.fallocate(offset: 2 * 4096, length: 4096))
        #expect(bench.machine.blocks.lookup(2).physical == first + 4)
        // A file of more than 16 blocks is large.
        try bench.run(.pwrite(first: 16, pages: 2, value: 1))
        #expect(bench.machine.blocks.lookup(16).physical > first + 512)
    }

    /// Nothing of a mount is set aside in the next.
    @Test func aGroupEndsWithTheMount() throws {
        var bench = Bench(.v4_5, .ext4, size: 1 << 16)
        try bench.run(.pwrite(first: 0, pages: 1, value: 1))
        try bench.run(.remount)
        try bench.run(.pwrite(first: 1, pages: 1, value: 1))
        let (a, b) = (bench.machine.blocks.lookup(0), bench.machine.blocks.lookup(1))
        #expect(a.physical + 1 != b.physical && a.length == 1)
    }

    /// fallocate sets nothing aside: what is written beside its blocks later is not beside them.
    @Test func whatFallocateTakesFromALargeFileLiesApart() throws {
        for writesFirst in [false, true] {
            var bench = Bench(.v4_5, .ext4, size: 1 << 20)
            if writesFirst { try bench.run(.pwrite(first: 9, pages: 1, value: 1)) }
            try bench.run(.fallocate(offset: 5 * 4096, length: 3 * 4096))
            try bench.run(.pwrite(first: 4, pages: 1, value: 1))
            let (a, b) = (bench.machine.blocks.lookup(4), bench.machine.blocks.lookup(5))
            #expect((a.physical + 1 == b.physical) == writesFirst)
        }
    }

    // MARK: - No room

    private func code(_ bench: inout Bench, _ operation: Kernel.Operation) throws -> Int {
        try bench.run(operation)
        return bench.machine.tasks[0].outcome.code
    }

    @Test func ext4TakesWhatThereIs() throws {
        var bench = Bench(.v4_5, .ext4, dax: false, size: 0)
        bench.machine.room = 100
        #expect(try code(&bench, .fallocate(offset: 0, length: 64 << 12)) == 0)
        #expect(try code(&bench, .fallocate(offset: 0, length: 164 << 12)) == -28)
        #expect(bench.machine.blockCount == 800)
        #expect(bench.machine.inode.size == 100 << 12)
        // Nothing is needed where there are blocks.
        #expect(try code(&bench, .fallocate(offset: 8192, length: 20 << 12)) == 0)
        #expect(try code(&bench, .zeroRange(offset: 98 << 12, length: 4 << 12)) == -28)
        #expect(try code(&bench, .truncate(size: 64 << 12)) == 0)
        #expect(try code(&bench, .zeroRange(offset: 60 << 12, length: 10 << 12)) == 0)
        #expect(bench.machine.inode.size == 70 << 12)
    }

    @Test func xfsReservesAllOfItFirst() throws {
        var bench = Bench(.v4_5, .xfs, dax: false, size: 0)
        bench.machine.room = 100
        #expect(try code(&bench, .fallocate(offset: 0, length: 64 << 12)) == 0)
        #expect(try code(&bench, .fallocate(offset: 0, length: 164 << 12)) == -28)
        #expect(bench.machine.blockCount == 512)
        #expect(bench.machine.inode.size == 64 << 12)
        // Even where there are blocks already.
        #expect(try code(&bench, .fallocate(offset: 0, length: 40 << 12)) == -28)
        #expect(try code(&bench, .fallocate(offset: 0, length: 36 << 12)) == 0)
    }

    @Test(arguments: [FileSystem.ext2, .ext4, .xfs])
    func noLengthIsInvalid(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false, size: 1 << 16)
        #expect(try code(&bench, .fallocate(offset: 4096, length: 0)) == -22)
    }

    // MARK: - The pages of the device

    /// __sync_blockdev writes what the journal has committed: who releases a pagevec empties the
    /// CPU's own first. fsync does not write the device's pages.
    @Test(arguments: [(Kernel.Operation.fsync, false), (.syncfs, true)])
    func syncfsEmptiesThePagevecs(operation: Kernel.Operation, empties: Bool) throws {
        var bench = Bench(.v4_5, .ext4, dax: false, size: 1 << 16)
        try bench.run(.pwrite(first: 0, pages: 1, value: 1))
        try bench.run(.dropCaches)
        let page = try #require(bench.machine.mapping.radixTree.lookup(0)?.page)
        #expect(bench.machine[page].flags.contains(.reclaim))
        bench.machine.drainPageLists()
        try bench.run(operation)
        #expect(bench.machine.pageLists.rotate.isEmpty == empties)
        #expect(bench.machine[page].references == (empties ? 2 : 3))
    }
}
