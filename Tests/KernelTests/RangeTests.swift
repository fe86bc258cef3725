import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// Ranges end where they should, and who looks twice finds what came between.
@Suite struct RangeTests {
    /// ext4: a hole that reaches over the end of the file takes the page around it.
    @Test(arguments: [(8292 as UInt64, 3 as UInt64), (8192, 3), (12288, 4)])
    func aHoleOverTheEnd(size: UInt64, end: UInt64) throws {
        for dax in [true, false] {
            var bench = Bench(
                .v4_5, .ext4, dax: dax, size: size,
                extents: [.init(blocks: 0...9, state: .written)])
            try bench.run(.punch(offset: 4096, length: 1 << 20))
            let freed = (0..<10 as Range<UInt64>).filter {
                bench.machine.blocks.state($0) == .hole
            }
            #expect(freed == Array(1..<end))
        }
    }

    /// What is zeroed at the edges of a hole is on the media when the call returns.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext4, .xfs])
    func theEdgesOfAHoleAreZeroedDurably(version: KernelVersion, fs: FileSystem) throws {
        var bench = Bench(version, fs)
        try bench.run(.pwrite(first: 1, pages: 3, value: 5))
        try bench.run(.punch(offset: 4096 + 1000, length: 8192))
        for (page, zeroed) in [(1, 1000..<4096), (3, 0..<1000)] as [(UInt64, Range<Int>)] {
            let block = bench.machine.blocks.lookup(page).physical
            var wanted = PageBytes(5)
            wanted.fill(zeroed, with: 0)
            #expect(bench.machine.memory.line(block).durable == wanted)
        }
        #expect(bench.machine.blocks.state(2) == .hole)
    }

    /// xfs_file_dio_aio_write: a page that came before it had the shared lock makes it take the
    /// other one.
    @Test(arguments: KernelVersion.allCases)
    func aWriterOfXFSLooksOnceMore(version: KernelVersion) throws {
        var bench = Bench(version)
        try bench.run(.mmap(name: "m", first: 20, pages: 1, shared: true, aligned: false))
        try bench.run(
            .pwrite(first: 3, pages: 1, value: 1), task: 1, to: "xfs_file_dio_aio_write")
        _ = bench.kernel.step(&bench.machine, task: 1)
        try bench.run(.load(map: "m", page: 20))
        #expect(bench.machine.mapping.nrpages == 1)
        try bench.resume(1, to: "invalidate_inode_pages2_range")
        #expect(bench.machine.locks.writer(of: .ioLock) == 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.mapping.nrpages == 0)
        for lock in Lock.allCases { #expect(!bench.machine.locks.isHeld(lock)) }
    }

    /// tag_pages_for_writeback lets go of tree_lock after 4096 entries.
    @Test func tagsAreSetIn4096s() throws {
        var bench = Bench(.v4_5, size: 1 << 30)
        for index in 0..<9000 as Range<UInt64> {
            _ = bench.machine.mapping.radixTree.insert(
                .daxPTE(sector: index * 8), at: PageIndex(index),
                allocator: &bench.machine.allocator)
            _ = bench.machine.mapping.radixTree.setTag(.dirty, at: PageIndex(index))
        }
        bench.machine.mapping.nrexceptional = 9000
        try bench.run(.fsync, task: 1, to: "tag_pages_for_writeback")
        var tagged: [Int] = []
        while bench.machine.tasks[1].frames.last.map({
            !bench.kernel.listings[$0.function].name.hasPrefix("dax_writeback_one")
        }) == true {
            let wasHeld = bench.machine.locks.isHeld(.tree)
            _ = bench.kernel.step(&bench.machine, task: 1)
            if wasHeld, !bench.machine.locks.isHeld(.tree) {
                tagged.append(Audit.counts(bench.machine).towrite)
            }
        }
        #expect(tagged == [4096, 8192, 9000])
    }

    /// xfs_setattr_size writes nothing when the end that it leaves is on the media.
    @Test(arguments: [KernelVersion.v6, .v7, .v8, .v4_5])
    func aFileThatGrowsIsNotWritten(version: KernelVersion) throws {
        var bench = Bench(version, size: 4 << 12, extents: [.init(blocks: 0...3, state: .written)])
        try bench.load(0, map: "m")
        try bench.run(.store(map: "m", page: 0, value: 1))
        try bench.run(.truncate(size: 5 << 12))
        #expect(bench.machine.flushes.isEmpty)
        #expect(bench.machine.inode.diskSize == 5 << 12)
    }

    @Test func aMappingEndsWithItsLastPage() throws {
        var bench = Bench(.v4_5)
        try bench.run(.mmap(name: "m", first: 4, pages: 4, shared: true, aligned: false))
        for page in [4, 7] as [UInt64] { try bench.run(.load(map: "m", page: page)) }
        for page in [3, 8] as [UInt64] {
            #expect(throws: StartError.outsideMapping(page: page, map: "m")) {
                try bench.run(.load(map: "m", page: page))
            }
        }
    }

    /// xfs_zero_eof: what stands in written blocks behind the old end is not shown.
    @Test(arguments: KernelVersion.allCases, [true, false])
    func aFileThatGrowsShowsZeroes(version: KernelVersion, dax: Bool) throws {
        var bench = Bench(
            version, dax: dax, size: 4096, extents: [.init(blocks: 0...3, state: .written)])
        let place = bench.machine.blocks.lookup(2).physical
        bench.machine.memory.storePending(7, block: place, offsets: 0..<4096)
        try bench.run(.truncate(size: 4 << 12))
        try bench.run(.pread(first: 0, pages: 4))
        #expect(bench.machine.tasks[0].outcome.data.runs.map(\.value) == [0])
        #expect(bench.machine.tasks[0].outcome.code == 4 << 12)
    }

    /// What stood in the blocks of 2 MiB before is not shown, on no page of them.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func aHugePageBeginsWithZeroes(version: KernelVersion, fs: FileSystem) throws {
        for isUnwritten in [false, true] where fs != .ext2 || !isUnwritten {
            let unwritten = FileConfiguration.Extent(blocks: 0...511, state: .unwritten)
            var bench = Bench(version, fs, extents: isUnwritten ? [unwritten] : [])
            let place = bench.machine.placement.block(for: 0)
            for block in [0, 1, 300, 511] as [UInt64] {
                bench.machine.memory.storePending(7, block: place + block, offsets: 0..<4096)
            }
            bench.machine.memory.drain()
            try bench.storeHuge(1, map: "h", value: 9)
            try bench.run(.pread(first: 0, pages: 512))
            let runs = bench.machine.tasks[0].outcome.data.runs
            #expect(runs.map(\.value) == [0, 9, 0] && runs.map(\.length).first == 4096)
            try bench.run(.load(map: "h", page: 300))
            #expect(bench.machine.tasks[0].outcome.value == 0)
        }
    }
}
