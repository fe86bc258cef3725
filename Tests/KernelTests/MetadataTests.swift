import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// Pages of metadata go through the same pagevecs and stand on the same lists as the file's.
@Suite struct MetadataTests {
    /// Sequence H1 of the second series: a file of 16 pages is written, dropped, reclaimed in part,
    /// brought back and truncated.
    private static let operations: [Kernel.Operation] = [
        .truncate(size: 65536), .pwrite(offset: 0, length: 65536, value: 5), .fsync, .dropCaches,
        .pread(offset: 0, length: 4096), .reclaim(pages: 0..<1, force: false),
        .pread(offset: 4096, length: 4096), .pread(offset: 0, length: 4096), .truncate(size: 0),
    ]

    /// Active and inactive file pages of the machine, and `inactive_age`, as they were recorded.
    private static let recorded: [(FileSystem, [[Int]])] = [
        (
            .xfs,
            [
                [0, 0, 0], [0, 16, 0], [0, 16, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1],
                [1, 1, 2], [0, 0, 2],
            ]
        ),
        (
            .ext4,
            [
                [39, 0, 0], [39, 16, 0], [44, 16, 5], [1, 16, 5], [1, 17, 5], [1, 16, 6],
                [1, 17, 6], [2, 17, 7], [3, 16, 9],
            ]
        ),
        (
            .ext2,
            [
                [5, 0, 0], [7, 16, 2], [7, 16, 2], [1, 6, 3], [1, 7, 3], [1, 6, 4], [1, 7, 4],
                [2, 7, 5], [2, 5, 6],
            ]
        ),
    ]

    @Test(arguments: [KernelVersion.v4_4, .v4_5], recorded)
    func theListsOfTheMachineAreAsRecorded(
        version: KernelVersion, recording: (FileSystem, [[Int]])
    ) throws {
        var bench = Bench(version, recording.0, dax: false, size: 0)
        for (operation, expected) in zip(Self.operations, recording.1) {
            try bench.run(operation)
            // As the recorder does: FIEMAP, then lru_add_drain.
            bench.machine.askForBlocks()
            bench.machine.drainPageLists()
            let now = bench.machine.statistics
            let found = [now.nrActiveFile, now.nrInactiveFile, Int(now.inactiveAge)]
            #expect(found == expected, "\(recording.0) \(operation)")
        }
    }

    /// 14 pages and no more wait in the pagevec: with the bitmap and the indirect block in it, the
    /// file's pages are on their list sooner.
    @Test(arguments: [(FileSystem.xfs, 14), (.ext4, 14), (.ext2, 13)])
    func metadataFillsThePagevec(fileSystem: FileSystem, listed: Int) throws {
        var bench = Bench(.v4_4, fileSystem, dax: false, size: 65536)
        try bench.run(.pwrite(offset: 0, length: 65536, value: 1))
        let onList = bench.machine.mapping.radixTree.entries().filter {
            $0.entry.page.map { bench.machine[$0].flags.contains(.lru) } ?? false
        }
        #expect(onList.count == listed)
    }

    @Test func aSecondCommitWithoutChangesWritesNothing() throws {
        var bench = Bench(.v4_5, .ext4, dax: false, size: 65536)
        try bench.run(.pwrite(offset: 0, length: 4096, value: 1))
        try bench.run(.fsync)
        let written = bench.machine.metadata.journalBlocks
        #expect(written == 2)
        try bench.run(.fsync)
        #expect(bench.machine.metadata.journalBlocks == written)
    }
}
