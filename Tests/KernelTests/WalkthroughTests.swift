import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// The tables of docs/kernel/bug-walkthrough.md, row by row, each through operations only.
@Suite struct WalkthroughTests {
    /// The file as it is after a read fault at `pages` and PMD write faults at `stores`.
    private func bench(
        _ version: KernelVersion = .v6, _ fileSystem: FileSystem = .xfs, pages: [UInt64],
        stores: [UInt64]
    ) throws -> Bench {
        var bench = Bench(version, fileSystem)
        for page in pages { try bench.load(page, map: "p\(page)") }
        for page in stores { try bench.storeHuge(page, map: "h\(page)", value: 7) }
        return bench
    }

    /// A store through a mapping of its own that takes no PMD fault.
    private func store(_ page: UInt64, _ bench: inout Bench) throws {
        let name = "s\(page)"
        try bench.run(.mmap(name: name, first: page, pages: 1, shared: true, aligned: false))
        try bench.run(.store(map: name, page: page, value: 9))
    }

    private func evictsWithBug(_ bench: inout Bench, _ counters: String) throws {
        #expect(try bench.evict() == .bug)
        #expect(bench.machine.bug?.location == "fs/inode.c:497")
        #expect(bench.counters == counters)
    }

    // MARK: - 3.3, variants on v6: pages of zeroes, PMD writes, then, at the BUG

    @Test(
        arguments: [
            ([512], [512], "1 0 {512:PMD+D}", "1 -1"),
            ([0, 512], [0, 512], "2 0 {0:PMD+D 512:PMD+D}", "2 -2"),
            ([0], [0, 512], "1 1 {0:PMD+D 512:PMD+D}", "1 -1"),
            ([0, 5], [0], "2 0 {0:PMD+D 5:page}", "1 -1"),
        ] as [([UInt64], [UInt64], String, String)])
    func variants(pages: [UInt64], stores: [UInt64], after: String, final: String) throws {
        var bench = try bench(pages: pages, stores: stores)
        #expect(bench.state == after)
        try evictsWithBug(&bench, final)
    }

    /// The last variant. A PMD fault needs all 512 blocks written, and a page of zeroes is not put
    /// over a written block, so the page at the head comes from a reader who saw the hole before;
    /// write(2) makes blocks and no entries.
    @Test func aPTEEntryBesideTheHead() throws {
        var bench = Bench(.v6)
        try bench.run(.mmap(name: "r", first: 512, pages: 1, shared: true, aligned: false))
        try bench.run(.load(map: "r", page: 512), task: 1, to: "dax_load_hole")
        try store(513, &bench)
        try bench.run(.pwrite(first: 512, pages: 1, value: 3))
        try bench.run(.pwrite(first: 514, pages: 510, value: 3))
        #expect(bench.state == "0 1 {513:PTE+D}")
        #expect(bench.machine.blocks.lookup(512).length == 512)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.state == "1 1 {512:page 513:PTE+D}")
        try bench.storeHuge(512, map: "h")
        #expect(bench.state == "1 1 {512:PMD+D 513:PTE+D}")
        try evictsWithBug(&bench, "1 -1")
    }

    // MARK: - 3.3, other effects of 1 0 {0:PMD+D} on v6; fsync and drop_caches: SeedBugTests

    @Test func aSecondEntryOpensTheGateForAll() throws {
        var bench = try bench(pages: [0], stores: [0])
        try bench.run(.fsync)
        #expect(bench.machine.flushes.isEmpty)
        try store(600, &bench)
        #expect(bench.state == "1 1 {0:PMD+D+T 600:PTE+D}")
        try bench.run(.fsync)
        #expect(bench.machine.flushes.map(\.index) == [0, 600])
        let block = bench.machine.blocks.lookup(0).physical
        #expect(bench.machine.memory.line(block).durable[0] == 7)
    }

    @Test func afterTruncationFsyncFindsNothing() throws {
        var bench = try bench(pages: [0], stores: [0])
        try bench.run(.truncate(size: 0))
        #expect(bench.state == "1 -1 {}")
        try bench.run(.fsync, task: 0, to: "dax_writeback_mapping_range")
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.machine.tasks[0].outcome.code == 0)
        #expect(bench.machine.flushes.isEmpty)
        #expect(bench.state == "1 -1 {}")
    }

    /// page_cache_tree_delete empties the slot at the page's index, whatever stands there.
    @Test func reclaimOfTheOrphanTakesTheEntry() throws {
        var bench = try bench(pages: [0], stores: [0])
        try bench.run(.reclaim(pages: nil, force: true))
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.pages.isEmpty)
        // Rmap finds no entry of the page under the huge PMD, so that this one stays, writable.
        let findings = Audit.findings(bench.machine)
        #expect(findings?.map(\.kind) == [.writableClean], "the tree looks healed")
        #expect(try bench.evict() == .finished)
    }

    @Test func reclaimOverAnEmptySlotIsUndefined() throws {
        var bench = try bench(pages: [0], stores: [0])
        try bench.run(.truncate(size: 0))
        try bench.run(.reclaim(pages: nil, force: true))
        #expect(
            bench.machine.console.last?.text
                == "undefined: page_cache_tree_delete found nothing at 0")
    }

    // MARK: - 3.4, other models

    @Test(arguments: [(0, "0 0 {}"), (3, "1 0 {0:page}")] as [(UInt64, String)])
    func stock44TakesThePTEPath(page: UInt64, after: String) throws {
        var bench = try bench(.v4_4, pages: [0], stores: [page])
        #expect(bench.state == after)
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// ext4 reports New blocks on v4.4, so the page of zeroes is unmapped; XFS does not.
    @Test(arguments: [(FileSystem.ext4, 0), (.xfs, 1)])
    func v44WithPMDFaultsUnmapsOnExt4(fileSystem: FileSystem, mapCount: Int) throws {
        var bench = try bench(.v4_4pmd, fileSystem, pages: [0], stores: [0])
        #expect(bench.state == "1 0 {0:page}")
        #expect(bench.machine.pages.values.map(\.mapCount) == [mapCount])
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// A page that comes back between the truncation and the insertion.
    @Test(arguments: [KernelVersion.v7, .v8])
    func thePageComesBack(version: KernelVersion) throws {
        var bench = Bench(version)
        try bench.run(.mmap(name: "r", first: 0, pages: 1, shared: true, aligned: false))
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.load(map: "r", page: 0), task: 1, to: "dax_load_hole")
        let store = Kernel.Operation.store(map: "h", page: 0, value: 1)
        try bench.run(store, task: 0, to: "dax_radix_entry")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.state == "1 0 {0:page}")
        guard version == .v8 else {
            #expect(bench.kernel.run(&bench.machine) == .finished)
            #expect(bench.state == "1 0 {0:PMD+D}")
            return try evictsWithBug(&bench, "1 -1")
        }
        // The guard: the PMD fault falls back and has changed nothing; the PTE path is right.
        try bench.resume(0, to: "__dax_fault")
        #expect(bench.state == "1 0 {0:page}")
        #expect(bench.fallbacks.last == "PMD radix insertion failed")
        #expect(bench.machine.warned.count == 1)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.state == "0 1 {0:PTE+D}")
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// v4.5 when fallocate came between the read and the write: nothing is allocated, so nothing
    /// is truncated. Last in each row: the place of the warning, which a page beside the head
    /// does not cause.
    @Test(
        arguments: [
            (0, 0, "0 1 {0:PTE+D}", 1), (0, 3, "1 1 {0:page 3:PTE+D}", 1),
            (5, 0, "1 1 {0:PMD+D 5:page}", 0),
        ] as [(UInt64, UInt64, String, Int)])
    func blocksAlreadyThereOn45(
        page: UInt64, storeAt: UInt64, after: String, warnings: Int
    ) throws {
        var bench = Bench(.v4_5, .ext4)
        try bench.load(page, map: "p")
        try bench.run(.fallocate(first: 0, pages: 512))
        try bench.storeHuge(storeAt, map: "h")
        #expect(bench.state == after)
        #expect(bench.machine.warned.count == warnings)
        if page == 5 {
            // Section 4: a PTE fault there deletes the page, and dirties the PMD entry again.
            try store(5, &bench)
            #expect(bench.state == "0 1 {0:PMD+D}")
        }
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    // MARK: - 4 and 5

    /// v6: a later PTE fault at 5 leaves two entries for one block; both are flushed.
    @Test func theOverlapIsFlushedTwice() throws {
        var bench = try bench(pages: [5], stores: [0])
        #expect(bench.state == "1 1 {0:PMD+D 5:page}")
        try store(5, &bench)
        #expect(bench.state == "0 2 {0:PMD+D 5:PTE+D}")
        try bench.run(.fsync)
        #expect(bench.machine.flushes.map(\.index) == [0, 5])
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// Section 5: a reader puts the page back between its deletion and the insertion of the entry.
    @Test(arguments: [
        (KernelVersion.v6, "1 0 {0:page+D}", nil), (.v8, "1 0 {0:page}", "SIGBUS"),
        (.v4_5, "1 0 {0:page}", "SIGBUS"),
    ])
    func thePageComesBackUnderAnUpgrade(
        version: KernelVersion, after: String, signal: String?
    ) throws {
        var bench = Bench(version)
        try bench.run(.mmap(name: "r", first: 0, pages: 1, shared: true, aligned: false))
        try bench.run(.load(map: "r", page: 0), task: 1, to: "dax_load_hole")
        try bench.load(0, map: "p")
        let store = Kernel.Operation.store(map: "p", page: 0, value: 4)
        try bench.run(store, task: 0, to: "dax_radix_entry")
        #expect(bench.state == "0 0 {}")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.state == after)
        #expect(bench.machine.tasks[0].outcome.signal == signal)
        #expect(bench.machine.warned.isEmpty == (signal == nil))
        try bench.run(.fsync)
        #expect(bench.machine.flushes.isEmpty)
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }
}
