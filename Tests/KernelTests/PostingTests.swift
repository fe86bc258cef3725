import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// Where a posting says other than the recorded kernel, which was built on the 4.5 tree, the
/// posting is what a scenario runs.
@Suite struct PostingTests {
    static let series: [KernelVersion] = [.v6, .v7, .v8, .v4_5]

    /// A load of a hole through an aligned mapping: a PMD fault that falls back.
    private func loadHole(_ bench: inout Bench) throws -> KernelModel.StepResult {
        try bench.run(.mmap(name: "h", first: 0, pages: 1024, shared: true, aligned: true))
        return try bench.run(.load(map: "h", page: 5))
    }

    private func devices(_ bench: Bench) -> [Substring] {
        bench.machine.console.compactMap { line in
            let words = line.text.split(separator: " ")
            return words.firstIndex(of: "dev").map { words[$0 + 1] }
        }
    }

    @Test(arguments: series, [FileSystem.ext2, .ext4, .xfs])
    func theDeviceOverAHole(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = Bench(version, fileSystem)
        let result = try loadHole(&bench)
        // XFS sets b_bdev whatever it finds.
        let isSet = fileSystem == .xfs || version >= .v8
        guard isSet || version != .v6 else {
            #expect(result == .bug)
            #expect(bench.machine.bug?.location == "fs/dax.c:743")
            #expect(bench.machine.bug?.kind == .nullPointer)
            #expect(bench.machine.tasks[0].isDead)
            // It dies under the locks of a fault.
            #expect(bench.machine.locks.holders(of: .iMmap) == [0])
            #expect(devices(bench) == [])
            return
        }
        #expect(result == .finished)
        #expect(devices(bench) == [isSet ? "pmem0" : "unknown"])
        #expect(bench.machine.tasks[0].outcome.value == 0)
    }

    @Test(arguments: series, [FileSystem.ext2, .ext4, .xfs])
    func theRecordedKernelsHave4_5sDevice(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = Bench(version, fileSystem, isRecorded: true)
        #expect(try loadHole(&bench) == .finished)
        #expect(devices(bench) == ["pmem0"])
    }

    /// A mapped block brings its device, however short it is.
    @Test(arguments: series, [FileSystem.ext2, .ext4, .xfs])
    func theDeviceOfABlock(version: KernelVersion, fileSystem: FileSystem) throws {
        let written = FileConfiguration.Extent(blocks: 0...7, state: .written)
        var bench = Bench(version, fileSystem, extents: [written])
        #expect(try loadHole(&bench) == .finished)
        #expect(devices(bench) == ["pmem0"])
    }

    /// v6 hands its debug call the block device for a buffer head.
    @Test(arguments: series, [false, true])
    func noMemoryForThePMDEntry(version: KernelVersion, isRecorded: Bool) throws {
        let written = FileConfiguration.Extent(blocks: 512...1023, state: .written)
        var bench = Bench(version, extents: [written], isRecorded: isRecorded)
        try bench.run(.mmap(name: "h", first: 0, pages: 1024, shared: true, aligned: true))
        try bench.kernel.start(.fail(call: 1), on: &bench.machine)
        let result = try bench.run(.store(map: "h", page: 600, value: 1))
        if version == .v6, !isRecorded {
            #expect(result == .bug)
            #expect(bench.machine.bug?.location == "fs/dax.c:743")
        } else {
            #expect(result == .finished)
            #expect(bench.fallbacks == ["PMD radix insertion failed"])
        }
    }

    /// The two kernels of a version differ in nothing but that.
    @Test(arguments: KernelVersion.allCases)
    func nothingElseIsOtherInARecordedKernel(version: KernelVersion) {
        let posted = KernelModel.of(version).listings
        let recorded = KernelModel.recorded(version).listings
        #expect(posted.map(\.name) == recorded.map(\.name))
        for (a, b) in zip(posted, recorded) {
            #expect(a.statements.map(\.text) == b.statements.map(\.text), "\(a.name)")
            #expect(a.statements.map(\.line) == b.statements.map(\.line), "\(a.name)")
        }
    }
}
