import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// O_DIRECT beside the page cache: what each file system writes out, drops, refuses, or does
/// through the cache after all.
@Suite struct DirectIOTests {
    private static let disks: [FileSystem] = [.ext2, .ext4, .xfs]

    private func bench(
        _ version: KernelVersion, _ fileSystem: FileSystem,
        extents: [FileConfiguration.Extent] = []
    ) -> Bench {
        Bench(version, fileSystem, dax: false, size: 1 << 16, extents: extents)
    }

    private func pages(_ bench: Bench) -> [UInt64] {
        bench.machine.mapping.radixTree.entries().map(\.index.rawValue)
    }

    private func outcome(_ bench: Bench) -> Outcome { bench.machine.tasks[0].outcome }

    /// What was read: lengths and values.
    private func read(_ bench: Bench) -> [[UInt64]] {
        outcome(bench).data.runs.map { [$0.length, UInt64($0.value)] }
    }

    /// What the device holds of a page, and that the audit finds nothing.
    private func device(_ bench: Bench, _ page: UInt64) -> PageBytes {
        #expect(Audit.findings(bench.machine) ?? [] == [])
        return bench.machine.blockBytes(page)
    }

    @Test(arguments: KernelVersion.allCases, disks)
    func aReadSeesWhatOnlyTheCacheHad(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = bench(version, fileSystem)
        try bench.run(.pwrite(first: 0, pages: 8, value: 1))
        try bench.run(.dread(first: 0, pages: 1))
        #expect(outcome(bench).code == 4096)
        #expect(read(bench) == [[4096, 1]])
        // XFS writes the whole file and drops all its pages, the others write the range.
        #expect(pages(bench) == (fileSystem == .xfs ? [] : Array(0..<8)))
        #expect(bench.machine.mapping.radixTree.isTagged(.dirty) == (fileSystem != .xfs))
        #expect(device(bench, 0) == PageBytes(1))
    }

    @Test(arguments: KernelVersion.allCases, disks)
    func aWriteTakesThePagesAway(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = bench(version, fileSystem)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: true))
        try bench.run(.pwrite(first: 0, pages: 4, value: 1))
        try bench.run(.store(map: "m", page: 1, value: 2))
        try bench.run(.dwrite(first: 1, pages: 1, value: 3))
        #expect(outcome(bench).code == 4096)
        #expect(pages(bench) == (fileSystem == .xfs ? [] : [0, 2, 3]))
        #expect(bench.machine.vmas[0].ptes[1] == nil)
        #expect(device(bench, 1) == PageBytes(3))
        try bench.run(.load(map: "m", page: 1, offset: 77))
        #expect(outcome(bench).value == 3)
    }

    /// The bytes that the store changed beside those of the write stay.
    @Test(arguments: disks)
    func aSectorIsWritten(fileSystem: FileSystem) throws {
        var bench = bench(.v4_5, fileSystem)
        try bench.run(.pwrite(first: 0, pages: 1, value: 1))
        try bench.run(.dwrite(offset: 512, length: 1024, value: 3))
        #expect(outcome(bench).code == 1024)
        let bytes = device(bench, 0)
        #expect(bytes.segments.map(\.offsets) == [0..<512, 512..<1536, 1536..<4096])
        #expect(bytes.segments.map(\.value) == [1, 3, 1])
        try bench.run(.dread(offset: 1024, length: 1024))
        #expect(read(bench) == [[512, 3], [512, 1]])
    }

    /// Of a new block the rest becomes zero, whatever stood there.
    @Test(arguments: [FileSystem.ext4, .xfs], [BlockState.hole, .unwritten])
    func theRestOfANewBlockIsZero(fileSystem: FileSystem, state: BlockState) throws {
        var bench = bench(
            .v4_5, fileSystem, extents: [.init(blocks: 0...7, state: state)])
        let place = bench.machine.placement.block(for: 2)
        bench.machine.memory.storePending(9, block: place, offsets: 0..<4096)
        bench.machine.memory.drain()
        try bench.run(.dwrite(offset: 8192 + 512, length: 512, value: 3))
        let bytes = device(bench, 2)
        #expect(bytes.segments.map(\.value) == [0, 3, 0])
        #expect(bench.machine.blocks.state(2) == .written)
        #expect(bench.machine.blocks.state(3) == state)
    }

    /// ext2 fills no hole in front of the end of the file directly: that goes through the cache,
    /// and is on the device and out of the cache when the call returns.
    @Test(arguments: KernelVersion.allCases)
    func ext2FillsHolesThroughTheCache(version: KernelVersion) throws {
        var bench = bench(version, .ext2, extents: [.init(blocks: 0...1, state: .written)])
        try bench.run(.dwrite(first: 1, pages: 3, value: 3), task: 0, to: "generic_perform_write")
        #expect(device(bench, 1) == PageBytes(3))
        #expect(bench.machine.blocks.state(2) == .hole)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(outcome(bench).code == 3 * 4096)
        #expect(pages(bench) == [])
        for page in 1...3 { #expect(device(bench, UInt64(page)) == PageBytes(3)) }
        // Behind the end it allocates.
        try bench.run(.dwrite(first: 16, pages: 1, value: 4))
        #expect(bench.machine.inode.size == 17 << 12)
        #expect(device(bench, 16) == PageBytes(4))
    }

    @Test(arguments: KernelVersion.allCases, disks)
    func whatIsNotInSectorsIsRefused(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = bench(version, fileSystem)
        try bench.run(.pwrite(first: 0, pages: 2, value: 1))
        try bench.run(.dwrite(offset: 100, length: 512, value: 9))
        #expect(outcome(bench).code == -22)
        // ext2 and ext4 have dropped the page by then; XFS looks first.
        #expect(pages(bench) == (fileSystem == .xfs ? [0, 1] : [1]))
        try bench.run(.dread(offset: 0, length: 100))
        #expect(outcome(bench).code == -22)
        try bench.run(.pread(offset: 0, length: 4096))
        #expect(read(bench) == [[4096, 1]])
    }

    @Test(arguments: disks)
    func atTheEndOfTheFile(fileSystem: FileSystem) throws {
        var bench = bench(.v4_4, fileSystem)
        try bench.run(.truncate(size: 5120))
        try bench.run(.dread(offset: 4096, length: 4096))
        #expect(outcome(bench).code == 1024)
        #expect(read(bench) == [[1024, 0]])
        try bench.run(.dread(offset: 8192, length: 4096))
        #expect(outcome(bench).code == 0)
        try bench.run(.dwrite(offset: 8192, length: 4096, value: 7))
        #expect(outcome(bench).code == 4096)
        #expect(bench.machine.inode.size == 12288)
        if fileSystem == .xfs { #expect(bench.machine.inode.diskSize == 12288) }
    }

    /// A page that a store makes dirty after the first invalidation holds the old bytes, and is
    /// written over the new ones later: nobody looks at what the second invalidation says.
    @Test(arguments: disks)
    func aStoreInBetweenUndoesTheWrite(fileSystem: FileSystem) throws {
        var bench = bench(.v4_5, fileSystem, extents: [.init(blocks: 0...7, state: .written)])
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: true))
        try bench.run(.dwrite(first: 1, pages: 1, value: 3), task: 1, to: "do_blockdev_direct_IO")
        try bench.run(.store(map: "m", page: 1, offset: 9, value: 5))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.code == 4096)
        #expect(pages(bench) == [1])
        try bench.run(.fsync)
        #expect(bench.machine.blockBytes(1)[8] == 0)
        #expect(bench.machine.blockBytes(1)[9] == 5)
    }

    /// The device fails: the call says so, and the file is what it was.
    @Test(arguments: disks)
    func anErrorOfTheDevice(fileSystem: FileSystem) throws {
        var bench = bench(.v4_5, fileSystem, extents: [.init(blocks: 0...7, state: .written)])
        try bench.run(.failIO(call: 2))
        try bench.run(.dread(first: 0, pages: 2))
        #expect(outcome(bench).code == -5)
        try bench.run(.failIO(call: 1))
        try bench.run(.dwrite(first: 0, pages: 1, value: 7))
        #expect(outcome(bench).code == -5)
        #expect(bench.machine.blockBytes(0) == .zero)
    }

    /// XFS's completion is not told of an error: the blocks count as written all the same.
    @Test(arguments: [(FileSystem.ext4, BlockState.unwritten), (.xfs, .written)])
    func anErrorOverAHole(fileSystem: FileSystem, state: BlockState) throws {
        var bench = bench(.v4_5, fileSystem)
        try bench.run(.failIO(call: 1))
        try bench.run(.dwrite(first: 0, pages: 1, value: 7))
        #expect(outcome(bench).code == -5)
        #expect(bench.machine.blocks.state(0) == state)
    }

    /// ext4 fills a hole in front of the end directly, unless the write goes on behind it.
    @Test(arguments: KernelVersion.allCases)
    func ext4FillsAHoleAtTheEndThroughTheCache(version: KernelVersion) throws {
        var inside = bench(version, .ext4)
        try inside.run(.dwrite(first: 14, pages: 2, value: 3), task: 1, to: "do_blockdev_direct_IO")
        #expect(inside.kernel.run(&inside.machine, task: 1) == .finished)
        #expect(device(inside, 14) == PageBytes(3))
        var across = bench(version, .ext4)
        try across.run(.dwrite(first: 14, pages: 4, value: 3), task: 1, to: "generic_perform_write")
        #expect(across.machine.blocks.state(14) == .hole)
        #expect(across.kernel.run(&across.machine, task: 1) == .finished)
        #expect(across.machine.tasks[1].outcome.code == 4 * 4096)
        #expect(pages(across) == [])
        #expect(device(across, 17) == PageBytes(3))
    }

    /// What a failed write has allocated behind the end of the file does not stay there, but on
    /// XFS, whose completion is not told.
    @Test(arguments: disks)
    func anErrorBehindTheEnd(fileSystem: FileSystem) throws {
        var bench = bench(.v4_5, fileSystem)
        try bench.run(.failIO(call: 1))
        try bench.run(.dwrite(first: 16, pages: 2, value: 3))
        #expect(outcome(bench).code == -5)
        let isXFS = fileSystem == .xfs
        #expect(bench.machine.blocks.state(16) == (isXFS ? .written : .hole))
        #expect(bench.machine.inode.size == (isXFS ? 18 : 16) << 12)
    }

    /// XFS says so when a page stays that a direct access was to take away.
    @Test(arguments: [KernelVersion.v4_4, .v4_5])
    func aStoreDuringTheFlushIsWarnedOf(version: KernelVersion) throws {
        var bench = bench(version, .xfs)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: true))
        try bench.run(.store(map: "m", page: 1, value: 5))
        try bench.run(.dread(first: 1, pages: 1), task: 1, to: "invalidate_inode_pages2_range")
        try bench.run(.store(map: "m", page: 1, value: 6))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(
            bench.machine.console.map(\.text) == [
                "WARNING: at fs/xfs/xfs_file.c:369 xfs_file_read_iter()"
            ])
        // generic_file_read_iter writes the range once more.
        #expect(bench.machine.tasks[1].outcome.value == 6)
        #expect(pages(bench) == [1])
    }

    /// On DAX there is no difference.
    @Test(arguments: KernelVersion.allCases, disks)
    func onDAX(version: KernelVersion, fileSystem: FileSystem) throws {
        var plain = Bench(version, fileSystem)
        var direct = Bench(version, fileSystem)
        try plain.run(.pwrite(offset: 4000, length: 200, value: 7))
        try direct.run(.dwrite(offset: 4000, length: 200, value: 7))
        try plain.run(.pread(offset: 0, length: 8192))
        try direct.run(.dread(offset: 0, length: 8192))
        #expect(outcome(plain) == outcome(direct))
        #expect(plain.state == direct.state)
        #expect(plain.machine.blocks.runs == direct.machine.blocks.runs)
    }
}
