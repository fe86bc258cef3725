import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// A fault looks at the size of the file, or at the page, once more under its lock: what has
/// happened before that, it finds.
@Suite struct TruncationRaceTests {
    /// Lets task 2 truncate the file to nothing, up to the moment at which it has set i_size.
    private func cut(_ bench: inout Bench) throws {
        try bench.run(.truncate(size: 0), task: 2, to: "truncate_pagecache")
        #expect(bench.machine.inode.size == 0)
    }

    /// block_page_mkwrite: the page is still in the tree.
    @Test func aWriterOfACutPageTriesAgain() throws {
        var bench = Bench(.v4_4, .ext4, dax: false)
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        try bench.run(.store(map: "m", page: 2, value: 1), task: 1, to: "block_page_mkwrite")
        try cut(&bench)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.signal == "SIGBUS")
        #expect(bench.machine.vmas[0].ptes.isEmpty)
    }

    /// dax_load_hole: the page of zeroes is not mapped.
    @Test func aReaderOfACutHoleGetsNoPage() throws {
        var bench = Bench(.v4_4, .ext4)
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        try bench.run(.load(map: "m", page: 2), task: 1, to: "dax_load_hole")
        try cut(&bench)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.signal == "SIGBUS")
        #expect(bench.machine.vmas[0].ptes.isEmpty)
    }

    /// __dax_pmd_fault: SIGBUS at once, and no fallback to small pages.
    @Test func aPMDFaultOfACutFileDoesNotFallBack() throws {
        var bench = Bench(.v4_4pmd, .ext4)
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.store(map: "h", page: 9, value: 1), task: 1, to: "ext4_get_block_dax")
        try cut(&bench)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.signal == "SIGBUS")
        #expect(bench.machine.statistics.thpFaultFallback == 0)
    }

    /// filemap_fault: the page was found, and is locked only after the file was cut.
    @Test func aFaultOnACutPageIsSIGBUS() throws {
        var bench = Bench(.v4_4, .ext4, dax: false)
        try bench.run(.pread(first: 2, pages: 1))
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: false, aligned: false))
        try bench.run(.store(map: "m", page: 2, value: 1), task: 1, to: "filemap_fault")
        while bench.machine.tasks[1].frames.last?.locals.page == nil {
            _ = bench.kernel.step(&bench.machine, task: 1)
        }
        try cut(&bench)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.signal == "SIGBUS")
        #expect(bench.machine.vmas[0].ptes.isEmpty)
    }

    /// pfn_mkwrite says so itself: the access does not fault twice.
    @Test(arguments: [FileSystem.ext2, .xfs])
    func makingACutBlockWritableIsSIGBUS(fileSystem: FileSystem) throws {
        for version in [KernelVersion.v4_4, .v4_5] {
            var bench = Bench(version, fileSystem)
            try bench.run(.pwrite(first: 2, pages: 1, value: 7))
            try bench.load(2, map: "m")
            let name = fileSystem == .ext2 ? "ext2_dax_pfn_mkwrite" : "xfs_filemap_pfn_mkwrite"
            try bench.run(.store(map: "m", page: 2, value: 1), task: 1, to: name)
            try bench.run(.truncate(size: 0))
            #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
            #expect(bench.machine.tasks[1].outcome.signal == "SIGBUS")
            #expect(bench.machine.tasks[1].outcome.minorFaults == 0)
        }
    }

    /// A reader has put a page into the tree while a writer allocated its block: the writer takes
    /// it out again, also from the page tables.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func aReaderIsFasterThanTheAllocation(version: KernelVersion, fs: FileSystem) throws {
        var bench = Bench(version, fs)
        for map in ["writer", "reader"] {
            try bench.run(.mmap(name: map, first: 3, pages: 1, shared: true, aligned: false))
        }
        let getBlock = [
            FileSystem.ext2: "ext2_get_block", .xfs: "xfs_get_blocks_dax_fault",
            .ext4: version <= .v4_4pmd ? "ext4_get_block_dax" : "ext4_dax_mmap_get_block",
        ][fs]!
        try bench.run(.store(map: "writer", page: 3, value: 9), task: 1, to: getBlock)
        _ = bench.kernel.step(&bench.machine, task: 1)
        try bench.resume(1, to: getBlock)
        try bench.run(.load(map: "reader", page: 3))
        #expect(bench.machine.mapping.nrpages == 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.mapping.nrpages == 0)
        #expect(Audit.findings(bench.machine) == [])
        try bench.run(.load(map: "reader", page: 3))
        #expect(bench.machine.tasks[0].outcome.value == 9)
    }

    /// truncate_inode_pages_range passes over a page that somebody has locked, and waits for it
    /// afterwards.
    @Test func aLockedPageIsWaitedFor() throws {
        var bench = Bench(.v4_4, .ext4, dax: false)
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        try bench.run(.store(map: "m", page: 2, value: 1), task: 1, to: "__block_write_begin")
        let page = try #require(bench.machine.mapping.radixTree.lookup(2)?.page)
        #expect(bench.machine[page].lockedBy == 1)
        #expect(try bench.run(.truncate(size: 0)) == .blocked(.pageLock(page)))
        #expect(bench.machine.mapping.nrpages == 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.machine.mapping.nrpages == 0 && bench.machine.vmas[0].ptes.isEmpty)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// So is one under writeback.
    @Test(arguments: [FileSystem.ext2, .ext4, .xfs])
    func aPageUnderWritebackIsWaitedFor(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        try bench.run(.pwrite(first: 2, pages: 1, value: 5))
        try bench.run(.fsync, task: 1, to: "filemap_fdatawait_range")
        try bench.run(.truncate(size: 0), task: 2, to: "test_clear_page_writeback")
        #expect(bench.machine.mapping.nrpages == 1)
        for task in [2, 1] { #expect(bench.kernel.run(&bench.machine, task: task) == .finished) }
        #expect(bench.machine.pages.isEmpty)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// clear_exceptional_entry: the entry went before it had the lock, and was uncounted then.
    @Test(arguments: [KernelVersion.v6, .v7, .v8, .v4_5])
    func anEntryIsUncountedOnce(version: KernelVersion) throws {
        var bench = Bench(version, .ext4)
        for page in [3, 20] as [UInt64] { try bench.load(page, map: "p\(page)") }
        try bench.run(.store(map: "p3", page: 3, value: 1))
        try bench.run(.dropCaches, task: 1, to: "clear_exceptional_entry")
        try bench.run(.punch(offset: 3 << 12, length: 4096))
        #expect(bench.counters == "1 0")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.counters == "1 0")
    }

    /// AS_EXITING: reclaim leaves no shadow for an inode that goes.
    @Test(arguments: [FileSystem.ext2, .ext4, .xfs])
    func noShadowIsLeftToAnInodeThatGoes(fileSystem: FileSystem) throws {
        var bench = Bench(
            .v4_5, fileSystem, dax: false, extents: [.init(blocks: 0...9, state: .written)])
        try bench.run(.pread(first: 3, pages: 1))
        try bench.run(.unlink)
        try bench.run(.close, task: 1, to: "truncate_inode_pages_range")
        try bench.run(.reclaim(pages: 3..<4, force: true))
        #expect(bench.state == "0 0 {}")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(!bench.machine.inode.isCached)
    }

    /// A block that was only promised is given back with its page.
    @Test(arguments: [FileSystem.ext4, .xfs])
    func aPromiseGoesWithItsPage(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        try bench.run(.pwrite(first: 3, pages: 1, value: 5))
        #expect(bench.machine.blockCount == 8)
        try bench.run(.truncate(size: 0), task: 1, to: "delete_from_page_cache")
        #expect(bench.machine.blockCount == 0)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
    }
}
