import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// What stays in the page cache, and what must not: pages in use, pages that could not be read.
@Suite struct CacheTests {
    static let disks: [FileSystem] = [.ext2, .ext4, .xfs]

    private func bench(_ fileSystem: FileSystem, dax: Bool = false) -> Bench {
        Bench(
            .v4_5, fileSystem, dax: dax,
            extents: dax ? [] : [.init(blocks: 0...63, state: .written)])
    }

    private func cached(_ bench: Bench) -> [UInt64] {
        bench.machine.mapping.radixTree.entries().filter { $0.entry.page != nil }
            .map(\.index.rawValue)
    }

    /// Pages that were just read are held by a list of the CPU: DONTNEED empties it, and tries
    /// again.
    @Test(arguments: disks) func dontNeedTakesNewPagesToo(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.readahead(offset: 0, length: 5 << 12))
        #expect(cached(bench) == [0, 1, 2, 3, 4])
        try bench.run(.fadvise(offset: 1 << 12, length: 3 << 12, advice: .dontNeed))
        #expect(cached(bench) == [0, 4])
    }

    /// A page that could not be read is mapped by no fault beside it, and a read of it fails again.
    @Test(arguments: disks) func whatCouldNotBeRead(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.failIO(call: 2))
        try bench.run(.readahead(offset: 3 << 12, length: 3 << 12))
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: false))
        try bench.run(.load(map: "m", page: 3))
        #expect(bench.machine.vmas[0].ptes.keys == [3, 5])
        try bench.run(.failIO(call: 1))
        try bench.run(.pread(first: 4, pages: 1))
        #expect(bench.machine.tasks[0].outcome.code == -5)
        try bench.run(.failIO(call: 1))
        try bench.run(.pread(first: 3, pages: 2))
        #expect(bench.machine.tasks[0].outcome.code == 4096)
        try bench.run(.failIO(call: 1))
        try bench.run(.load(map: "m", page: 4))
        #expect(bench.machine.tasks[0].outcome.signal == "SIGBUS")
    }

    /// generic_file_direct_write: a reader has put a page of zeroes where the write allocates.
    @Test(arguments: KernelVersion.allCases, disks)
    func aWriteTakesPagesOutThatCameMeanwhile(version: KernelVersion, fs: FileSystem) throws {
        var bench = Bench(version, fs)
        try bench.run(.mmap(name: "m", first: 3, pages: 1, shared: true, aligned: false))
        try bench.run(.pwrite(first: 3, pages: 1, value: 9), task: 1, to: "dax_do_io")
        try bench.run(.load(map: "m", page: 3))
        #expect(bench.machine.mapping.nrpages == 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.mapping.nrpages == 0)
        try bench.run(.load(map: "m", page: 3))
        #expect(bench.machine.tasks[0].outcome.value == 9)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// A page under writeback is in use.
    @Test(arguments: disks) func aPageUnderWritebackStays(fileSystem: FileSystem) throws {
        for operation in [
            .dropCaches, .fadvise(offset: 0, length: 0, advice: .dontNeed),
            .reclaim(pages: 3..<4, force: true),
        ] as [Kernel.Operation] {
            var bench = bench(fileSystem)
            try bench.run(.pwrite(first: 3, pages: 1, value: 9))
            try bench.run(.fsync, task: 1, to: "filemap_fdatawait_range")
            let page = try #require(bench.machine.mapping.radixTree.lookup(3)?.page)
            #expect(bench.machine[page].flags.contains(.writeback))
            try bench.run(operation)
            #expect(cached(bench) == [3], "\(operation)")
            #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
            #expect(Audit.findings(bench.machine) == [])
            // It was held by a list of the CPU; that is emptied on the way.
            for _ in 0..<2 { try bench.run(.dropCaches) }
            #expect(cached(bench) == [])
        }
    }

    /// A page that a reader has found is in use.
    @Test(arguments: disks) func aPageThatIsReadStays(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.pread(first: 3, pages: 1))
        try bench.run(.dropCaches)
        try bench.run(.pread(first: 3, pages: 1))
        try bench.run(.pread(first: 3, pages: 1), task: 1, to: "do_generic_file_read")
        while bench.machine.tasks[1].frames.last?.locals.page == nil {
            _ = bench.kernel.step(&bench.machine, task: 1)
        }
        for operation in [.dropCaches, .dropCaches, .reclaim(pages: 3..<4, force: true)]
            as [Kernel.Operation]
        {
            try bench.run(operation)
            #expect(cached(bench) == [3], "\(operation)")
        }
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        for _ in 0..<2 { try bench.run(.dropCaches) }
        #expect(cached(bench) == [])
    }

    /// What a fault around has mapped needs no handler.
    @Test(arguments: disks) func aFaultAroundIsEnough(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.pread(first: 3, pages: 1))
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: false))
        #expect(throws: Bench.NeverCalled.self) {
            try bench.run(.load(map: "m", page: 3), task: 1, to: "filemap_fault")
        }
        #expect(bench.machine.vmas[0].ptes.keys == [3])
    }

    /// A page that is dirty again while it is written waits for the device before it is written
    /// once more.
    @Test(arguments: disks) func oneWritebackAfterTheOther(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.pwrite(first: 3, pages: 1, value: 8))
        try bench.run(.fsync, task: 1, to: "filemap_fdatawait_range")
        try bench.run(.pwrite(first: 3, pages: 1, value: 9))
        let page = try #require(bench.machine.mapping.radixTree.lookup(3)?.page)
        #expect(bench.machine[page].flags.isSuperset(of: [.dirty, .writeback]))
        try bench.run(.fsync, task: 2, to: "test_set_page_writeback")
        #expect(!bench.machine[page].flags.contains(.writeback))
        for task in 1...2 { #expect(bench.kernel.run(&bench.machine, task: task) == .finished) }
        let block = bench.machine.blocks.lookup(3).physical
        #expect(bench.machine.memory.line(block).durable == PageBytes(9))
        #expect(Audit.findings(bench.machine) == [])
    }

    /// NR_ACTIVE_FILE and NR_INACTIVE_FILE count the pages on the lists: the file's, and those of
    /// metadata.
    @Test(arguments: disks) func pagesOnTheListsAreCounted(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        func listed(_ flags: [PageFlags]) -> [Int] {
            let listed = flags.filter { $0.contains(.lru) }
            let active = listed.count { $0.contains(.active) }
            return [listed.count - active, active]
        }
        func counts() -> [Int] {
            let metadata = listed(bench.machine.metadata.pages.values.map(\.flags))
            let all = bench.machine.statistics
            return [all.nrInactiveFile - metadata[0], all.nrActiveFile - metadata[1]]
        }
        func flagged() -> [Int] { listed(bench.machine.pages.values.map(\.flags)) }
        try bench.run(.readahead(offset: 0, length: 20 << 12))
        for page in [3, 5, 3, 5, 3] as [UInt64] { try bench.run(.pread(first: page, pages: 1)) }
        bench.machine.drainPageLists()
        #expect(counts() == [18, 2] && counts() == flagged())
        try bench.run(.reclaim(pages: 7..<9, force: true))
        bench.machine.drainPageLists()
        #expect(counts() == [16, 2] && counts() == flagged())
        try bench.run(.truncate(size: 4 << 12))
        #expect(counts() == [3, 1] && counts() == flagged())
        try bench.run(.dropCaches)
        #expect(counts() == [0, 0] && counts() == flagged())
    }

    /// The page that could not be written is gone, and its PG_error with it: AS_EIO is still there
    /// for who asks first.
    @Test(arguments: KernelVersion.allCases, disks)
    func anErrorOutlivesItsPage(version: KernelVersion, fs: FileSystem) throws {
        for others in [false, true] {
            var bench = Bench(
                version, fs, dax: false, extents: [.init(blocks: 0...9, state: .written)])
            if others { try bench.run(.pread(first: 7, pages: 1)) }
            try bench.run(.pwrite(first: 3, pages: 1, value: 5))
            try bench.run(.failIO(call: 1))
            try bench.run(.fadvise(offset: 0, length: 4 << 12, advice: .dontNeed))
            #expect(cached(bench) == (others ? [7] : []))
            var results: [Int] = []
            for _ in 0..<2 {
                try bench.run(.fsync)
                results.append(bench.machine.tasks[0].outcome.code)
            }
            #expect(results == [-5, 0])
        }
    }

    /// Read-ahead allocates no page for what is cached.
    @Test(arguments: disks) func readAheadPassesOverWhatIsThere(fileSystem: FileSystem) throws {
        var bench = bench(fileSystem)
        try bench.run(.pread(first: 2, pages: 1))
        try bench.run(.readahead(offset: 0, length: 5 << 12))
        #expect(cached(bench) == [0, 1, 2, 3, 4])
        #expect(bench.machine.allocatePage() == PageID(6))
    }

    /// What the device refused to bring is not what the file holds.
    @Test(arguments: disks) func aPageThatCouldNotBeReadLosesNothing(fileSystem: FileSystem) throws
    {
        var bench = bench(fileSystem)
        try bench.run(.pwrite(first: 3, pages: 1, value: 5))
        try bench.run(.fsync)
        for _ in 0..<2 { try bench.run(.dropCaches) }
        try bench.run(.failIO(call: 1))
        try bench.run(.readahead(offset: 3 << 12, length: 4096))
        let page = try #require(bench.machine.mapping.radixTree.lookup(3)?.page)
        #expect(!bench.machine[page].flags.contains(.uptodate))
        #expect(Audit.findings(bench.machine) == [])
        try bench.run(.pread(first: 3, pages: 1))
        #expect(bench.machine.tasks[0].outcome.value == 5)
    }
}
