import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// docs/kernel/bug-walkthrough.md: the seed bug and its two siblings on every kernel.
@Suite struct SeedBugTests {
    /// Section 3: a zero page at the head index, then a PMD write.
    @Test(arguments: [
        (KernelVersion.v4_4, FileSystem.xfs, "0 0 {}"), (.v4_4pmd, .xfs, "1 0 {0:page}"),
        (.v4_4pmd, .ext4, "1 0 {0:page}"), (.v6, .xfs, "1 0 {0:PMD+D}"),
        (.v6, .ext4, "1 0 {0:PMD+D}"), (.v7, .xfs, "0 1 {0:PMD+D}"), (.v8, .xfs, "0 1 {0:PMD+D}"),
        (.v4_5, .xfs, "0 1 {0:PMD+D}"), (.v4_5, .ext4, "0 1 {0:PMD+D}"),
    ])
    func zeroPageAtTheHead(version: KernelVersion, fs: FileSystem, after: String) throws {
        var bench = Bench(version, fs)
        try bench.load(0, map: "p")
        #expect(bench.state == "1 0 {0:page}")
        try bench.storeHuge(0, map: "h")
        #expect(bench.state == after)
        let end = try bench.evict()
        if version == .v6 {
            #expect(end == .bug)
            #expect(bench.machine.bug?.location == "fs/inode.c:497")
            #expect(bench.counters == "1 -1")
            // The task died inside tree_lock.
            #expect(bench.machine.locks.writer(of: .tree) == 0)
        } else {
            #expect(end == .finished)
            #expect(bench.state == "0 0 {}")
        }
    }

    /// Section 3.3: what else the state of v6 leads to.
    @Test func dropCachesRemovesTheDirtyEntry() throws {
        var bench = Bench(.v6)
        try bench.load(0, map: "p")
        try bench.storeHuge(0, map: "h")
        try bench.run(.dropCaches)
        #expect(bench.state == "1 -1 {}")
    }

    @Test func headAt512RebuildsTheTree() throws {
        var bench = Bench(.v6)
        try bench.load(512, map: "p")
        try bench.storeHuge(512, map: "h")
        #expect(bench.state == "1 0 {512:PMD+D}")
        #expect(bench.machine.mapping.radixTree.height == 2)
        #expect(bench.machine.mapping.radixTree.preorder().count == 2)
    }

    /// Section 3.3: with nrexceptional at 0 fsync takes no notice of the entry.
    @Test func fsyncFlushesNothingWhileTheCounterReadsZero() throws {
        var bench = Bench(.v6)
        try bench.load(0, map: "p")
        try bench.storeHuge(0, map: "h", value: 7)
        try bench.run(.fsync)
        #expect(bench.machine.flushes.isEmpty)
        #expect(bench.state == "1 0 {0:PMD+D+T}")
        let block = bench.machine.blocks.lookup(0).physical
        #expect(bench.machine.memory.line(block).durable[0] == 0)
        #expect(bench.machine.memory.line(block).visible[0] == 7)
    }

    /// Section 4: a zero page at another index.
    @Test(arguments: [
        (KernelVersion.v4_4pmd, "1 0 {5:page}"), (.v6, "1 1 {0:PMD+D 5:page}"),
        (.v7, "0 1 {0:PMD+D}"), (.v8, "0 1 {0:PMD+D}"), (.v4_5, "0 1 {0:PMD+D}"),
    ])
    func zeroPageBesideTheHead(version: KernelVersion, after: String) throws {
        var bench = Bench(version)
        try bench.load(5, map: "p")
        try bench.storeHuge(0, map: "h")
        #expect(bench.state == after)
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// Section 5: the PTE path is right everywhere.
    @Test(arguments: KernelVersion.allCases)
    func upgradeOfOnePage(version: KernelVersion) throws {
        var bench = Bench(version)
        try bench.load(0, map: "p")
        try bench.run(.store(map: "p", page: 0, value: 3))
        #expect(bench.state == (version >= .v6 ? "0 1 {0:PTE+D}" : "0 0 {}"))
        #expect(bench.machine.tasks[0].outcome.minorFaults == 2 - 1)
        #expect(try bench.evict() == .finished)
        #expect(bench.state == "0 0 {}")
    }

    /// v8's guard: a page that stands at the head when dax_radix_entry comes.
    @Test func blocksAlreadyThereOnV45() throws {
        // ext4 fallocates after the hole was read: the PMD fault allocates nothing, truncates
        // nothing, and meets the page.
        var bench = Bench(.v4_5, .ext4)
        try bench.load(0, map: "p")
        try bench.run(.fallocate(first: 0, pages: 512))
        try bench.storeHuge(0, map: "h")
        #expect(bench.state == "0 1 {0:PTE+D}")
        #expect(bench.fallbacks.last == "PMD radix insertion failed")
        #expect(
            bench.machine.console.contains {
                $0.text == "WARNING: at fs/dax.c:374 dax_radix_entry()"
            })
        #expect(try bench.evict() == .finished)
    }
}
