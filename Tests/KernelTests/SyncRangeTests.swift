import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// sync_file_range: which pages are written, who waits, and what is not promised.
@Suite struct SyncRangeTests {
    private func bench(_ version: KernelVersion, _ fileSystem: FileSystem = .ext4) throws -> Bench {
        var bench = Bench(version, fileSystem, dax: false, size: 1 << 16)
        try bench.run(.pwrite(first: 0, pages: 4, value: 5))
        return bench
    }

    private func dirtyPages(_ bench: Bench) -> [UInt64] {
        bench.machine.mapping.radixTree.entries(from: 0, tagged: .dirty).map(\.index.rawValue)
    }

    @Test(arguments: KernelVersion.allCases)
    func onlyTheRangeIsWritten(version: KernelVersion) throws {
        var bench = try bench(version)
        try bench.run(.syncFileRange(offset: 4096, length: 8192, flags: .write))
        #expect(dirtyPages(bench) == [0, 3])
        #expect(bench.machine.tasks[0].outcome.code == 0)
        try bench.run(.syncFileRange(offset: 0, length: 0, flags: [.write, .waitAfter]))
        #expect(dirtyPages(bench).isEmpty)
        // The inode is as dirty as it was: nothing of its metadata was written.
        #expect(bench.machine.inode.state.contains(.dirtySync))
        #expect(!bench.machine.memory.hasPromises)
    }

    @Test(arguments: [SyncFileRange.waitBefore, .waitAfter, []])
    func whoOnlyWaitsWritesNothing(flags: SyncFileRange) throws {
        var bench = try bench(.v4_5)
        try bench.run(.syncFileRange(offset: 0, length: 0, flags: flags))
        #expect(dirtyPages(bench) == [0, 1, 2, 3])
    }

    /// Who waits is told of a write that failed, once; who only writes is not.
    @Test func anErrorIsToldToWhoWaits() throws {
        var bench = try bench(.v4_5)
        try bench.run(.failIO(call: 1))
        try bench.run(.syncFileRange(offset: 0, length: 0, flags: .write))
        #expect(bench.machine.tasks[0].outcome.code == 0)
        try bench.run(.syncFileRange(offset: 0, length: 0, flags: .waitBefore))
        #expect(bench.machine.tasks[0].outcome.code == -5)
        try bench.run(.syncFileRange(offset: 0, length: 0, flags: .waitAfter))
        #expect(bench.machine.tasks[0].outcome.code == 0)
    }

    /// WB_SYNC_NONE: 4.5's DAX entries are not flushed.
    @Test func daxEntriesAreNotFlushed() throws {
        var bench = Bench(.v4_5, .ext4)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: true))
        try bench.run(.store(map: "m", page: 1, value: 6))
        try bench.run(
            .syncFileRange(offset: 0, length: 0, flags: [.waitBefore, .write, .waitAfter]))
        #expect(bench.machine.flushes.isEmpty)
        try bench.run(.fdatasync)
        #expect(bench.machine.flushes.count == 1)
    }
}
