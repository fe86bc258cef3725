import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// Two tasks at one page table entry: what the one finds when it comes back to it.
@Suite struct PageTableTests {
    /// Steps task 1 to the end of its operation, and names the functions that it calls.
    private func callsToEnd(_ bench: inout Bench) -> [String] {
        var calls: [String] = []
        repeat {
            guard let frame = bench.machine.tasks[1].frames.last else { break }
            if frame.statement == 0 { calls.append(bench.kernel.listings[frame.function].name) }
        } while bench.kernel.step(&bench.machine, task: 1) == .ran
        return calls
    }

    /// do_shared_fault: pte_same fails, it unlocks and releases the page, and returns.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func aSharedFaultThatComesTooLateDirtiesNothing(
        version: KernelVersion, fileSystem: FileSystem
    ) throws {
        var bench = Bench(version, fileSystem, dax: false)
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        try bench.run(.store(map: "m", page: 2, value: 1), task: 1, to: "filemap_fault")
        try bench.run(.store(map: "m", page: 2, value: 2))
        let calls = callsToEnd(&bench)
        // page_mkwrite sets it dirty, as it did for the first; do_shared_fault does not.
        let dirtying = calls.filter { $0 == "__set_page_dirty_buffers" || $0 == "set_page_dirty" }
        #expect(dirtying.count == 1, "\(calls)")
        #expect(bench.machine.tasks[1].frames.isEmpty)
        let page = try #require(bench.machine.mapping.radixTree.lookup(2)?.page)
        #expect(bench.machine[page].mapCount == 1)
        #expect(
            bench.machine[page].references == 2 + bench.machine.otherHolders(of: page))
        #expect(!bench.machine[page].flags.contains(.locked))
        #expect(bench.machine[page].bytes[0] == 1)
    }

    /// The kernels whose PMD fault overwrites a page table.
    static let overwriting: [KernelVersion] = [.v6, .v7, .v8, .v4_5]

    /// do_read_fault with a page of zeroes, while the PMD becomes huge.
    @Test(arguments: overwriting) func noPageIsMappedUnderAHugePMD(version: KernelVersion) throws {
        var bench = Bench(version, .xfs)
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.store(map: "h", page: 9, value: 1), task: 1, to: "__dax_pmd_fault")
        try bench.run(.load(map: "h", page: 5), task: 2, to: "dax_load_hole")
        bench.kernel.run(&bench.machine, task: 1)
        #expect(bench.machine.vmas[0].pmd(of: 5).isHuge)
        bench.kernel.run(&bench.machine, task: 2)
        try checkHuge(bench, page: 5)
        for page in bench.machine.pages { #expect(page.value.mapCount == 0) }
    }

    /// vm_insert_mixed, while the PMD becomes huge.
    @Test(arguments: overwriting) func noBlockIsMappedUnderAHugePMD(
        version: KernelVersion
    ) throws {
        let written = FileConfiguration.Extent(blocks: 5...5, state: .written)
        var bench = Bench(version, .xfs, extents: [written])
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.store(map: "h", page: 9, value: 1), task: 1, to: "__dax_pmd_fault")
        try bench.run(.load(map: "h", page: 5), task: 2, to: "dax_insert_mapping")
        try bench.run(.pwrite(first: 0, pages: 512, value: 7))
        bench.kernel.run(&bench.machine, task: 1)
        #expect(bench.machine.vmas[0].pmd(of: 5).isHuge)
        bench.kernel.run(&bench.machine, task: 2)
        try checkHuge(bench, page: 5)
        #expect(bench.machine.tasks[2].outcome.value == 7)
    }

    /// wp_pfn_shared, while the PMD becomes huge: the entry that it saw is out of reach.
    @Test(arguments: overwriting) func noEntryBecomesWritableUnderAHugePMD(
        version: KernelVersion
    ) throws {
        let written = FileConfiguration.Extent(blocks: 5...5, state: .written)
        var bench = Bench(version, .xfs, extents: [written])
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.store(map: "h", page: 9, value: 1), task: 1, to: "__dax_pmd_fault")
        try bench.run(.load(map: "h", page: 5))
        try bench.run(.store(map: "h", page: 5, value: 3), task: 2, to: "dax_pfn_mkwrite")
        try bench.run(.pwrite(first: 0, pages: 512, value: 7))
        bench.kernel.run(&bench.machine, task: 1)
        #expect(bench.machine.vmas[0].pmd(of: 5).isHuge)
        bench.kernel.run(&bench.machine, task: 2)
        #expect(bench.machine.vmas[0].ptes[5]?.isWritable != true)
        #expect(bench.machine.memory.visible(bench.machine.blocks.lookup(5).physical)[0] == 3)
    }

    /// wp_pfn_shared, while the block is given back and another taken: that one's entry in the
    /// tree is not dirty yet.
    @Test(arguments: overwriting, [FileSystem.ext4, .xfs])
    func anEntryOfAnotherBlockStaysReadOnly(version: KernelVersion, fs: FileSystem) throws {
        var bench = Bench(version, fs)
        try bench.run(.pwrite(first: 5, pages: 1, value: 7))
        try bench.load(5, map: "m")
        try bench.run(.store(map: "m", page: 5, value: 3), task: 1, to: "dax_pfn_mkwrite")
        func isBack() -> Bool {
            guard let frame = bench.machine.tasks[1].frames.last else { return false }
            return bench.kernel.listings[frame.function].name == "wp_pfn_shared"
                && frame.statement == 2
        }
        while !isBack() { _ = bench.kernel.step(&bench.machine, task: 1) }
        try bench.run(.punch(offset: 5 << 12, length: 4096))
        bench.machine.placement.given = [Placement.Span(first: 5, physical: 9000)]
        try bench.run(.pwrite(first: 5, pages: 1, value: 8))
        try bench.run(.load(map: "m", page: 5))
        #expect(bench.kernel.step(&bench.machine, task: 1) == .ran)
        #expect(bench.machine.vmas[0].ptes[5]?.isWritable == false)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.state == "0 1 {5:PTE+D}")
        #expect(bench.machine.memory.visible(9000)[0] == 3)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// Who maps a block has i_mmap_rwsem shared; who unmaps waits for it.
    @Test(arguments: KernelVersion.allCases)
    func unmappingWaitsForWhoMaps(version: KernelVersion) throws {
        var bench = Bench(version, .ext4)
        try bench.run(.pwrite(first: 5, pages: 1, value: 7))
        try bench.run(.mmap(name: "m", first: 5, pages: 1, shared: true, aligned: false))
        try bench.run(.load(map: "m", page: 5), task: 1, to: "dax_insert_mapping")
        _ = bench.kernel.step(&bench.machine, task: 1)
        // Its fault lock would keep the truncation of later kernels away before.
        bench.machine.locks.release(.iMmapSem, by: 1)
        #expect(try bench.run(.truncate(size: 0)) == .blocked(.lock(.iMmap)))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.machine.vmas[0].ptes.isEmpty)
    }

    private func checkHuge(_ bench: Bench, page: UInt64) throws {
        #expect(bench.machine.vmas[0].ptes[page] == nil)
        #expect(bench.machine.tasks[2].frames.isEmpty)
        #expect(bench.machine.tasks[2].outcome.signal == nil)
        for lock in Lock.allCases { #expect(!bench.machine.locks.isHeld(lock)) }
    }
}
