import Kernel
import PageCache
import RadixTree
import Stepping
import Testing

@testable import Linux4

/// What is counted, marked and told, one rule each.
@Suite struct AccountTests {
    // MARK: - Told

    @Test func operationsAreToldWithTheirPages() {
        let told: [(Kernel.Operation, String)] = [
            (.pread(first: 3, pages: 2), "pread pages 3..4"),
            (.pwrite(first: 7, pages: 1, value: 0xa5), "pwrite pages 7 = 0xa5"),
            (.pread(offset: 5, length: 9), "pread 9 bytes at 5"),
            (
                .mmap(name: "m", first: 0, pages: 512, shared: false, aligned: true),
                "mmap m = pages 0..511 (private)"
            ),
            (.msync(map: "m", first: 8, pages: 4), "msync m[8..11]"),
            (.madvise(map: "m", first: 1, pages: 1, advice: .dontNeed), "madvise m[1] dontneed"),
            (.fadvise(offset: 8192, length: 0, advice: .random), "fadvise from byte 8192 random"),
            (.reclaim(pages: 2..<5, force: true), "reclaim pages 2..4 (force)"),
        ]
        for (operation, text) in told { #expect(operation.description == text) }
    }

    // MARK: - Blocks

    /// Blocks of a file, and how many it takes up with those that lead to them.
    struct Room: Sendable, CustomTestStringConvertible {
        var fileSystem: FileSystem
        var extents: [ClosedRange<UInt64>]
        var blocks: UInt64

        var testDescription: String {
            "\(fileSystem.rawValue), \(extents.count) extents from \(extents[0].lowerBound)"
        }

        init(_ fileSystem: FileSystem, _ extents: [ClosedRange<UInt64>], _ blocks: UInt64) {
            self.fileSystem = fileSystem
            self.extents = extents
            self.blocks = blocks
        }

        /// Extents of one block each.
        init(_ fileSystem: FileSystem, apart count: UInt64, _ blocks: UInt64) {
            self.init(fileSystem, (0..<count).map { $0 * 3...$0 * 3 }, blocks)
        }
    }

    static let rooms = [
        // The inode of ext2 names 12 blocks, an indirect block 1024 more.
        Room(.ext2, [0...11], 12), Room(.ext2, [0...12], 14), Room(.ext2, [12...1035], 1025),
        // Those behind stand under the double indirect block, the last under the triple one.
        Room(.ext2, [1036...1036], 3), Room(.ext2, [1035...1036], 5),
        Room(.ext2, [1_049_611...1_049_611], 3), Room(.ext2, [1_049_612...1_049_612], 4),
        // Four extents are in the inode of ext4, nine in that of XFS.
        Room(.ext4, apart: 4, 4), Room(.ext4, apart: 5, 6),
        Room(.xfs, apart: 9, 9), Room(.xfs, apart: 10, 11),
    ]

    /// `st_blocks`: what the file system needs to find the blocks is in it.
    @Test(arguments: rooms) func whatAFileTakesUp(room: Room) {
        let file = FileConfiguration(
            size: 8 << 30, fileSystem: room.fileSystem,
            extents: room.extents.map { FileConfiguration.Extent(blocks: $0, state: .written) })
        #expect(Machine(file: file).blockCount == room.blocks * 8)
    }

    /// An unwritten extent of ext4 that is written to: what is zeroed beside it.
    @Test(arguments: [(6 as UInt64, 0...6 as ClosedRange<UInt64>), (7, 7...7)])
    func ext4ZeroesFewerThan8BlocksBeforeAWrite(
        page: UInt64, written: ClosedRange<UInt64>
    ) throws {
        var bench = Bench(
            .v4_5, .ext4, dax: false, extents: [.init(blocks: 0...19, state: .unwritten)])
        try bench.run(.pwrite(first: page, pages: 1, value: 1))
        try bench.run(.fsync)
        let found = bench.machine.blocks.runs.filter { $0.state == .written }
        #expect(found.map { $0.first...$0.end - 1 } == [written])
    }

    /// A neighbour takes the block over only where it is one on the device too.
    @Test(arguments: [(true, 7 as UInt64), (false, 0)])
    func ext4GivesABlockToItsNeighbour(isNear: Bool, first: UInt64) throws {
        var bench = Bench(
            .v4_5, .ext4, dax: false, extents: [.init(blocks: 0...7, state: .unwritten)])
        let place = bench.machine.blocks.lookup(7).physical + 1
        bench.machine.blocks.set(
            first: 8, count: 2, state: .written, physical: isNear ? place : place + 5000)
        bench.machine.inode.extents = ExtentTree(bench.machine.blocks)
        try bench.run(.pwrite(first: 7, pages: 1, value: 1))
        try bench.run(.fsync)
        #expect(bench.machine.blocks.runs.first { $0.state == .written }?.first == first)
    }

    // MARK: - Faults

    @Test(arguments: [KernelVersion.v4_4pmd, .v6, .v7, .v8, .v4_5])
    func aFallbackIsCounted(version: KernelVersion) throws {
        var bench = Bench(version)
        try bench.run(.mmap(name: "h", first: 0, pages: 512, shared: true, aligned: true))
        try bench.run(.load(map: "h", page: 0))
        // 4.5 counts only those that come after it has looked the blocks up.
        #expect(bench.machine.statistics.thpFaultFallback == (version == .v4_5 ? 0 : 1))
    }

    @Test(arguments: PathTests.series) func aPMDReachesNotOverItsMapping(version: KernelVersion)
        throws
    {
        for (pages, isHuge) in [(511, false), (512, true)] as [(UInt64, Bool)] {
            var bench = Bench(version)
            try bench.run(.mmap(name: "h", first: 0, pages: pages, shared: true, aligned: true))
            try bench.run(.store(map: "h", page: 1, value: 1))
            #expect(bench.machine.vmas[0].pmd(of: 1).isHuge == isHuge)
        }
    }

    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func onlyAWriterMakesTheInodeDirty(version: KernelVersion, fs: FileSystem) throws {
        for dax in [true, false] {
            var bench = Bench(version, fs, dax: dax)
            try bench.load(3, map: "m")
            #expect(bench.machine.inode.state == [])
            try bench.run(.store(map: "m", page: 3, value: 1))
            // Without DAX page_mkwrite asks no handler, and the times are left alone.
            let pages: InodeState = !dax || version >= .v6 ? .dirtyPages : []
            #expect(bench.machine.inode.state == (dax ? pages.union(.dirtySync) : pages))
        }
    }

    /// A copy of what has no page is made under i_mmap_rwsem.
    @Test(arguments: KernelVersion.allCases) func aCopyOfABlockIsGuarded(version: KernelVersion)
        throws
    {
        var bench = Bench(version)
        try bench.run(.pwrite(first: 0, pages: 1, value: 6))
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: false, aligned: false))
        try bench.run(.store(map: "m", page: 0, value: 9), task: 1, to: "do_cow_fault")
        var held: [Int: Bool] = [:]
        repeat {
            guard let frame = bench.machine.tasks[1].frames.last else { break }
            if bench.kernel.listings[frame.function].name == "do_cow_fault" {
                held[frame.statement] = bench.machine.locks.holders(of: .iMmap) == [1]
            }
        } while bench.kernel.step(&bench.machine, task: 1) == .ran
        // From the handler's return to the end.
        #expect(held == [0: false, 1: true, 2: true, 3: true])
        #expect(!bench.machine.locks.isHeld(.iMmap))
    }

    // MARK: - Advice

    @Test func madviseEndsWithItsMapping() throws {
        var bench = Bench(
            .v4_5, .ext4, dax: false, extents: [.init(blocks: 0...99, state: .written)])
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        try bench.run(.madvise(map: "m", first: 1, pages: 20, advice: .willNeed))
        #expect(bench.machine.mapping.radixTree.entries().map(\.index.rawValue) == [1, 2, 3])
    }

    /// get_next_ra_size: four times a window that is less than a sixteenth of the largest.
    @Test(arguments: [(1, 32, 4), (2, 32, 4), (16, 32, 32), (20, 32, 32), (3, 64, 12), (4, 64, 8)])
    func theNextWindow(size: UInt64, maximum: UInt64, next: UInt64) {
        var state = ReadAheadState()
        state.size = size
        state.maximum = maximum
        #expect(state.nextSize == next)
    }

    // MARK: - The device

    /// PG_error stands for a page that could not be read, until it can.
    @Test(arguments: [FileSystem.ext2, .ext4, .xfs], 1...3)
    func aPageThatCannotBeReadSaysSo(fileSystem: FileSystem, call: Int) throws {
        var bench = Bench(
            .v4_5, fileSystem, dax: false, extents: [.init(blocks: 0...9, state: .written)])
        func flags() -> [PageFlags] {
            bench.machine.mapping.radixTree.entries().map {
                bench.machine[$0.entry.page!].flags.intersection([.error, .uptodate])
            }
        }
        try bench.run(.failIO(call: call))
        try bench.run(.readahead(offset: 3 << 12, length: 3 << 12))
        #expect(flags() == (1...3).map { $0 == call ? .error : .uptodate })
        try bench.run(.pread(first: 3, pages: 3))
        #expect(bench.machine.tasks[0].outcome.code == 3 << 12)
        #expect(flags() == [.uptodate, .uptodate, .uptodate])
    }

    /// mpage asks for no block behind the end of the file, whatever stands there.
    @Test func aPageBehindTheEndHasNoBlock() throws {
        var bench = Bench(
            .v4_5, .ext4, dax: false, size: 4096, extents: [.init(blocks: 0...3, state: .written)])
        let place = bench.machine.blocks.lookup(2).physical
        bench.machine.memory.storePending(7, block: place, offsets: 0..<4096)
        try bench.run(.pread(first: 2, pages: 1))
        let page = try #require(bench.machine.mapping.radixTree.lookup(2)?.page)
        #expect(bench.machine[page].bytes == .zero)
        #expect(!bench.machine[page].flags.contains(.mappedToDisk))
    }

    // MARK: - Promises

    /// What is zeroed at the new end of a file is on the media when the call returns.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func theRestOfTheLastBlockIsZeroedDurably(version: KernelVersion, fs: FileSystem) throws {
        var bench = Bench(version, fs)
        try bench.run(.pwrite(first: 1, pages: 1, value: 5))
        let block = bench.machine.blocks.lookup(1).physical
        try bench.run(.truncate(size: 4096 + 1000))
        let bytes = bench.machine.memory.line(block).durable
        #expect(bytes[999] == 5 && bytes[1000] == 0 && bytes[4095] == 0)
    }

    /// A page that was stored to after its write was waited for is newer than the promise.
    @Test(arguments: [FileSystem.ext2, .ext4, .xfs])
    func aPageThatIsDirtyAgainIsNotPromised(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        try bench.run(.pwrite(first: 3, pages: 1, value: 5))
        try bench.run(.fsync, task: 1, to: "vfs_fsync_range")
        while bench.machine.tasks[1].frames.count > 2
            || bench.machine.tasks[1].frames[1].statement == 0
        {
            _ = bench.kernel.step(&bench.machine, task: 1)
        }
        try bench.run(.pwrite(first: 3, pages: 1, value: 6))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.mapping.radixTree.hasTag(.dirty, at: 3))
        #expect(Audit.findings(bench.machine) == [])
    }

    /// A block that was given back owes nothing to who gets it next.
    @Test func aFreedBlockIsPromisedToNobody() throws {
        var bench = Bench(.v4_4, .ext4)
        try bench.load(3, map: "m")
        try bench.run(.store(map: "m", page: 3, value: 9))
        try bench.run(.fsync)
        #expect(Audit.findings(bench.machine)?.map(\.kind) == [.undurable])
        try bench.run(.punch(offset: 3 << 12, length: 4096))
        #expect(Audit.findings(bench.machine) == [])
        try bench.run(.store(map: "m", page: 3, value: 8))
        #expect(Audit.findings(bench.machine) == [])
    }

    /// Nor where nothing is written to it when it is given out, as on ext2.
    @Test func aBlockThatIsGivenOutAgainIsPromisedToNobody() throws {
        var bench = Bench(.v4_5, .ext2, dax: false)
        try bench.run(.pwrite(first: 3, pages: 1, value: 9))
        try bench.run(.failIO(call: 1))
        for _ in 0..<2 { try bench.run(.fsync) }
        #expect(Audit.findings(bench.machine)?.map(\.kind) == [.undurable])
        try bench.run(.truncate(size: 0))
        try bench.run(.pwrite(first: 3, pages: 1, value: 8))
        #expect(Audit.findings(bench.machine) == [])
    }

    /// dax_writeback_mapping_range of 4.5 leaves at what lies behind its range, also when another
    /// sync has chosen it.
    @Test func fsyncFlushesOnlyItsRange() throws {
        var bench = Bench(.v4_5)
        for page in [3, 9] as [UInt64] {
            try bench.load(page, map: "p\(page)")
            try bench.run(.store(map: "p\(page)", page: page, value: 1))
        }
        try bench.run(.fsync, task: 1, to: "dax_writeback_one")
        try bench.run(.msync(map: "p3", first: 3, pages: 1))
        #expect(bench.machine.flushes.map(\.index) == [3])
        #expect(bench.machine.tasks[0].pagevecs.isEmpty, "it left with entries in its pagevec")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.flushes.map(\.index).sorted() == [3, 9])
    }

    /// clear_inode asserts that both counters are 0.
    @Test(arguments: KernelVersion.allCases) func aWrongCounterIsABUG(version: KernelVersion) throws
    {
        let first = version == .v4_5 ? 503 : 497
        for (pages, entries, line) in [(1, 0, first), (0, 1, first + 1)] as [(UInt64, UInt64, Int)]
        {
            var bench = Bench(version)
            bench.machine.mapping.nrpages = pages
            bench.machine.mapping.nrexceptional = entries
            #expect(try bench.evict() == .bug)
            #expect(bench.machine.bug?.location == "fs/inode.c:\(line)")
        }
    }

    // MARK: - The file

    /// Nobody has lost what he stored in a file that is gone: it is evicted with its last user,
    /// not before.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func aFileLivesAsLongAsItsLastUser(version: KernelVersion, fs: FileSystem) throws {
        for dax in [true, false] {
            var bench = Bench(version, fs, dax: dax)
            try bench.run(.pwrite(first: 3, pages: 1, value: 5))
            try bench.run(.mmap(name: "m", first: 3, pages: 1, shared: true, aligned: false))
            try bench.run(.unlink)
            try bench.run(.close)
            #expect(bench.machine.inode.isCached)
            try bench.run(.load(map: "m", page: 3))
            #expect(bench.machine.tasks[0].outcome.value == 5)
            #expect(Audit.findings(bench.machine) == [])
            try bench.run(.munmap(map: "m"))
            #expect(!bench.machine.inode.isCached && bench.machine.blocks.runs.isEmpty)
            #expect(Audit.findings(bench.machine) == [])
        }
    }

    /// A write that ends early has written what it says, and no more.
    @Test(arguments: [FileSystem.ext4, .tmpfs])
    func aShortWriteClaimsWhatItWrote(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        try bench.run(.fail(call: 22))
        try bench.run(.pwrite(first: 1, pages: 2, value: 5))
        #expect(bench.machine.tasks[0].outcome.code == 4096)
        #expect(Audit.findings(bench.machine) == [])
        #expect(bench.machine.claims.values.keys == [1])
    }

    /// filemap_fdatawait_range waits for its range only.
    @Test(arguments: [FileSystem.ext2, .ext4, .xfs])
    func aSyncWaitsForItsRange(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: false))
        for page in [3, 4, 9] as [UInt64] {
            try bench.run(.pwrite(first: page, pages: 1, value: 5))
        }
        try bench.run(.fsync, task: 1, to: "filemap_fdatawait_range")
        try bench.run(.msync(map: "m", first: 0, pages: 4))
        let tree = bench.machine.mapping.radixTree
        #expect([3, 4, 9].map { tree.hasTag(.writeback, at: $0) } == [false, true, true])
    }
}
