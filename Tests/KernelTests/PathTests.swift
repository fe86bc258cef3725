import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// Single paths, one rule each.
@Suite struct PathTests {
    static let series: [KernelVersion] = [.v6, .v7, .v8, .v4_5]

    // MARK: - PMD faults

    @Test(arguments: series)
    func pmdFallbacksSayWhy(version: KernelVersion) throws {
        var bench = Bench(version, size: 5 << 20)
        try bench.load(3, map: "small")
        #expect(bench.fallbacks == ["vma start unaligned"])
        try bench.run(.mmap(name: "short", first: 0, pages: 9, shared: true, aligned: true))
        try bench.run(.load(map: "short", page: 1))
        #expect(bench.fallbacks.last == "vma end unaligned")
        try bench.run(.mmap(name: "huge", first: 0, pages: 1536, shared: true, aligned: true))
        try bench.run(.load(map: "huge", page: 0))
        #expect(bench.fallbacks.last == "allocated block too small")
        try bench.run(.load(map: "huge", page: 1030))
        #expect(bench.fallbacks.last == "offset + huge page size > file size")
        try bench.run(.mmap(name: "private", first: 0, pages: 512, shared: false, aligned: true))
        try bench.run(.store(map: "private", page: 0, value: 1))
        #expect(bench.fallbacks.last == "cow write")
    }

    @Test(arguments: series)
    func pmdFaultsDependOnTheDevice(version: KernelVersion) throws {
        func fallback(_ change: (inout Machine) -> Void) throws -> String? {
            var bench = Bench(version)
            change(&bench.machine)
            try bench.storeHuge(0, map: "h")
            return bench.fallbacks.last
        }
        #expect(try fallback { _ in } == nil)
        #expect(try fallback { $0.memory.size = 1100 } == "dax-length too small")
        #expect(
            try fallback {
                $0.placement.given = [Placement.Span(first: 0, count: 512, physical: 1025)]
            } == "pfn unaligned")
        #expect(try fallback { $0.memory.hasStructPages = false } == "pfn not in memmap")
        #expect(try fallback { $0.memory.hasStructPages = true } == nil)
    }

    /// As recorded: the posting v6 ends in its log message there.
    @Test(arguments: series)
    func aPMDEntryNeedsNodes(version: KernelVersion) throws {
        var bench = Bench(version, isRecorded: true)
        try bench.run(.mmap(name: "h", first: 512, pages: 512, shared: true, aligned: true))
        try bench.run(.fail(call: 1))
        try bench.run(.store(map: "h", page: 512, value: 1))
        #expect(bench.fallbacks.last == "PMD radix insertion failed")
        #expect(bench.state == "0 1 {512:PTE+D}")
    }

    @Test func v44WithoutPMDFaultsMapsPages() throws {
        var bench = Bench(.v4_4)
        try bench.storeHuge(0, map: "h")
        #expect(bench.machine.vmas[0].pmd(of: 0) == PMD.table)
    }

    // MARK: - fsync

    @Test(arguments: series)
    func fsyncFlushesEveryDirtyEntryAgain(version: KernelVersion) throws {
        var bench = Bench(version)
        try bench.load(3, map: "p")
        try bench.run(.store(map: "p", page: 3, value: 5))
        for _ in 0..<2 {
            bench.machine.flushes = []
            try bench.run(.fsync)
            #expect(bench.machine.flushes.map(\.index) == [3])
        }
        #expect(bench.state == "0 1 {3:PTE+D}")
        #expect(bench.machine.memory.line(bench.machine.blocks.lookup(3).physical).durable[0] == 5)
    }

    /// docs/kernel/dax.md, section 8, step 3: a byte position taken for an index.
    @Test(arguments: [(KernelVersion.v6, 0), (.v7, 0), (.v8, 0), (.v4_5, 1)])
    func msyncInsideAPMDBeyondTheFirst(version: KernelVersion, flushed: Int) throws {
        var bench = Bench(version)
        try bench.storeHuge(512, map: "h")
        try bench.run(.msync(map: "h", first: 520, pages: 1))
        #expect(bench.machine.flushes.count == flushed)
    }

    // MARK: - read(2) and write(2)

    /// docs/kernel/dax.md, section 10: one page anywhere makes write(2) drop entries.
    @Test(arguments: [
        (KernelVersion.v6, FileSystem.xfs, 0, "0 0 {}"), (.v4_5, .xfs, 2, "0 0 {}"),
        (.v6, .ext4, 1, "1 1 {9:PTE+D 20:page}"), (.v4_5, .ext4, 1, "1 1 {9:PTE+D 20:page}"),
    ])
    func writeDropsEntries(
        version: KernelVersion, fs: FileSystem, flushed: Int, after: String
    ) throws {
        var bench = Bench(version, fs)
        for page in [5, 9] as [UInt64] {
            try bench.load(page, map: "p\(page)")
            try bench.run(.store(map: "p\(page)", page: page, value: 1))
        }
        try bench.load(20, map: "p20")
        try bench.run(.pwrite(first: 5, pages: 1, value: 8))
        #expect(bench.machine.flushes.count == flushed)
        #expect(bench.state == after)
        #expect(bench.machine.tasks[0].outcome.code == 4096)
    }

    @Test func xfsReadInvalidatesTheWholeFile() throws {
        var bench = Bench(.v4_5, .xfs)
        try bench.load(9, map: "p")
        try bench.run(.pread(first: 0, pages: 1))
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.vmas[0].ptes.isEmpty)
    }

    @Test(arguments: KernelVersion.allCases)
    func writtenDataIsDurable(version: KernelVersion) throws {
        var bench = Bench(version, .ext4)
        try bench.run(.pwrite(first: 7, pages: 1, value: 42))
        try bench.run(.pread(first: 7, pages: 1))
        #expect(bench.machine.tasks[0].outcome.value == 42)
        #expect(bench.machine.memory.line(bench.machine.blocks.lookup(7).physical).durable[0] == 42)
        #expect(bench.state == "0 0 {}")
    }

    // MARK: - The ordinary page cache

    @Test(arguments: [FileSystem.ext4, .xfs])
    func tagsOfAPageUnderWriteback(fs: FileSystem) throws {
        var bench = Bench(.v4_5, fs, dax: false)
        try bench.run(.pwrite(first: 1, pages: 1, value: 4))
        #expect(bench.state == "1 0 {1:page+D}")
        var seen: [String] = []
        try bench.kernel.start(.fsync, on: &bench.machine)
        while bench.kernel.step(&bench.machine) == .ran {
            let tree = bench.machine.mapping.radixTree
            guard bench.machine.locks.writer(of: .tree) == nil else { continue }
            let tags = [RadixTree.Tag.dirty, .towrite, .writeback].map {
                tree.hasTag($0, at: PageIndex(1)) ? "1" : "0"
            }.joined()
            if seen.last != tags { seen.append(tags) }
        }
        // DIRTY; TOWRITE beside it; WRITEBACK in the place of both; nothing.
        #expect(seen == ["100", "110", "001", "000"])
    }

    @Test func reclaimLeavesAShadowAndRefaultTakesIt() throws {
        var bench = Bench(.v4_5, .ext4, dax: false)
        try bench.run(.pread(first: 3, pages: 1))
        try bench.run(.reclaim(pages: 3..<4, force: true))
        #expect(bench.counters == "0 1")
        #expect(bench.machine.mapping.shadowNodes.count == 1)
        try bench.run(.pread(first: 3, pages: 1))
        #expect(bench.counters == "1 0")
        #expect(bench.machine.statistics.workingsetRefault == 1)
        #expect(bench.machine.mapping.shadowNodes.isEmpty)
    }

    @Test func theShrinkerEmptiesNodesOfShadows() throws {
        var bench = Bench(.v4_5, .ext4, dax: false)
        for page in [3, 4, 70] as [UInt64] { try bench.run(.pread(first: page, pages: 1)) }
        try bench.run(.reclaim(pages: nil, force: true))
        #expect(bench.counters == "0 3")
        bench.machine.statistics.presentPages = 16
        try bench.run(.reclaim(pages: nil, force: true))
        #expect(bench.machine.mapping.shadowNodes.count == 1)
        #expect(bench.counters == "0 1")
        bench.machine.statistics.presentPages = 0
        try bench.run(.reclaim(pages: nil, force: true))
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.mapping.radixTree.isEmpty)
    }

    @Test func aZeroPageOfV44LeavesAShadowToo() throws {
        for version in KernelVersion.allCases {
            var bench = Bench(version)
            try bench.load(3, map: "p")
            try bench.run(.reclaim(pages: 3..<4, force: true))
            #expect(bench.counters == (version <= .v4_4pmd ? "0 1" : "0 0"))
        }
    }

    @Test func faultAroundMapsWhatIsCached() throws {
        var bench = Bench(.v4_5, .xfs, dax: false)
        for page in [16, 20, 32] as [UInt64] { try bench.run(.pread(first: page, pages: 1)) }
        try bench.run(.mmap(name: "m", first: 0, pages: 64, shared: true, aligned: true))
        try bench.run(.load(map: "m", page: 18))
        #expect(bench.machine.vmas[0].ptes.keys.sorted() == [16, 18, 20])
    }

    // MARK: - Private mappings

    @Test(arguments: KernelVersion.allCases)
    func aPrivateStoreStaysPrivate(version: KernelVersion) throws {
        var bench = Bench(version, .xfs)
        try bench.run(.pwrite(first: 0, pages: 1, value: 6))
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: false, aligned: false))
        try bench.run(.store(map: "m", page: 0, value: 9))
        try bench.run(.load(map: "m", page: 0))
        #expect(bench.machine.tasks[0].outcome.value == 9)
        try bench.run(.pread(first: 0, pages: 1))
        #expect(bench.machine.tasks[0].outcome.value == 6)
        #expect(bench.state == "0 0 {}")
    }
}

/// Power loss: each store that an fsync had promised and that is gone is named.
@Suite struct PromiseTests {
    @Test func eachLostStoreIsNamed() throws {
        var bench = Bench(.v4_4, .ext4)
        try bench.run(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: false))
        for page in [1, 5, 6] as [UInt64] {
            try bench.run(.store(map: "m", page: page, value: 9))
        }
        try bench.run(.fsync)
        try bench.run(.pwrite(first: 5, pages: 1, value: 8))
        try bench.run(.powerLoss)
        // 4.4 flushes no mapped store; write(2) goes around the cache and took page 5 along.
        let lost = Audit.findings(bench.machine)?.filter { $0.kind == .undurable }.map(\.index)
        #expect(lost == [1, 6])
    }

    /// generic_perform_write: what was written before an error counts.
    @Test(arguments: [FileSystem.ext4, .tmpfs])
    func aWriteThatFailsHalfWay(fileSystem: FileSystem) throws {
        var bench = Bench(.v4_5, fileSystem, dax: false)
        // The first page fills the pool of nodes with 21 and takes one; the second wants it back.
        try bench.run(.fail(call: 22))
        try bench.run(.pwrite(first: 1, pages: 2, value: 5))
        #expect(bench.machine.tasks[0].outcome.code == 4096)
        #expect(bench.counters == "1 0")
        try bench.run(.fail(call: 1))
        try bench.run(.pwrite(first: 2, pages: 2, value: 5))
        #expect(bench.machine.tasks[0].outcome.code == -12)
        #expect(bench.counters == "1 0")
    }

    /// s_maxbytes: with EFBIG the file stays as it is.
    @Test(arguments: [
        (FileSystem.ext2, 2_194_719_883_264 as UInt64), (.ext4, 17_592_186_040_320),
    ])
    func aFileCannotGrowBeyondItsFileSystem(fileSystem: FileSystem, largest: UInt64) throws {
        for dax in [false, true] {
            var bench = Bench(.v4_5, fileSystem, dax: dax, size: 4096)
            try bench.run(.truncate(size: largest + 1))
            #expect(bench.machine.tasks[0].outcome.code == -27)
            #expect(bench.machine.inode.size == 4096)
            try bench.run(.truncate(size: largest))
            #expect(bench.machine.tasks[0].outcome.code == 0)
            #expect(bench.machine.inode.size == largest)
        }
    }

    /// xfs_zero_eof goes by runs of blocks: a hole of an exabyte is one of them.
    @Test(arguments: [FileSystem.xfs, .tmpfs])
    func aFileCanGrowByAnExabyte(fileSystem: FileSystem) throws {
        let dax = fileSystem != .tmpfs
        var bench = Bench(.v4_5, fileSystem, dax: dax, size: 4096)
        try bench.run(.pwrite(first: 0, pages: 1, value: 5))
        let size: UInt64 = 1 << 60
        #expect(try bench.run(.truncate(size: size)) == .finished)
        #expect(bench.machine.inode.size == size)
        #expect(try bench.run(.truncate(size: 0)) == .finished)
        #expect(Audit.findings(bench.machine) == [])
    }
}
