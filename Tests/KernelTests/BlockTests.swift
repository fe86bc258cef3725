import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// When a file gets its blocks.
@Suite struct BlockTests {
    /// ext4 with delayed allocation, or mounted with nodelalloc.
    private func bench(
        _ version: KernelVersion, delays: Bool, extents: [FileConfiguration.Extent] = []
    ) -> Bench {
        var bench = Bench(version, .ext4, dax: false, size: 1 << 16, extents: extents)
        bench.machine.inode.delaysAllocation = delays
        return bench
    }

    @Test(arguments: KernelVersion.allCases)
    func nodelallocAllocatesInWrite(version: KernelVersion) throws {
        var delayed = bench(version, delays: true)
        try delayed.run(.pwrite(first: 3, pages: 2, value: 7))
        #expect(delayed.machine.blocks.runs.map(\.state) == [.delalloc])
        var direct = bench(version, delays: false)
        try direct.run(.pwrite(first: 3, pages: 2, value: 7))
        #expect(direct.machine.blocks.runs.map(\.state) == [.written])
        #expect(direct.machine.blocks.runs.map(\.count) == [2])
        // The data is in the cache only.
        let block = direct.machine.blocks.lookup(3).physical
        #expect(direct.machine.memory.visible(block) == .zero)
        try direct.run(.fsync)
        #expect(direct.machine.memory.line(block).durable == PageBytes(7))
    }

    @Test func nodelallocAllocatesInTheFault() throws {
        var bench = bench(.v4_5, delays: false)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: true))
        try bench.run(.store(map: "m", page: 5, value: 7))
        #expect(bench.machine.blocks.state(5) == .written)
        #expect(bench.machine.blocks.runs.count == 1)
    }

    /// Of a short unwritten run all becomes written, and the rest zeroes, before writeback.
    @Test func nodelallocConvertsInWrite() throws {
        let extents = [FileConfiguration.Extent(blocks: 0...3, state: .unwritten)]
        var bench = bench(.v4_5, delays: false, extents: extents)
        try bench.run(.pwrite(offset: 4096, length: 10, value: 7))
        #expect(bench.machine.blocks.runs.map(\.state) == [.written])
        let page = bench.machine.mapping.radixTree.lookup(1)?.page
        #expect(page.map { bench.machine[$0].bytes[9] } == 7)
        #expect(page.map { bench.machine[$0].bytes[10] } == 0)
    }
}
