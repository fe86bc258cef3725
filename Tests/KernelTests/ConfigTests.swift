import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// CONFIG_DEBUG_VM: which statements a kernel has with it, and which of them stop it.
@Suite struct ConfigTests {
    private func bench(_ version: KernelVersion, _ config: KernelConfig) -> Bench {
        var bench = Bench(version, .ext4)
        bench.kernel = KernelModel(version, of: .linux4, config: config)
        return bench
    }

    /// The checks stand in the listing with the option alone, and all else is the same.
    @Test(arguments: KernelVersion.allCases)
    func statementsComeAndGo(version: KernelVersion) {
        let plain = KernelModel(version, of: .linux4).listings
        let checking = KernelModel(version, of: .linux4, config: .debugVM).listings
        var count = 0
        for (without, with) in zip(plain, checking) {
            #expect(without.name == with.name)
            #expect(without.statements.allSatisfy { $0.needs.isEmpty })
            let rest = with.statements.filter(\.needs.isEmpty)
            #expect(rest.map(\.text) == without.statements.map(\.text))
            let checks = with.statements.filter { !$0.needs.isEmpty }
            #expect(checks.allSatisfy { $0.text.hasPrefix("DEBUG_VM: ") && $0.text.count <= 60 })
            count += checks.count
        }
        #expect(count == (version >= .v6 ? 11 : 9))
    }

    /// A hole, or a new end of the file, in the middle of a huge mapping.
    @Test(arguments: [
        (KernelVersion.v4_4pmd, "mm/memory.c:1204"), (.v8, "mm/memory.c:1195"),
        (.v4_5, "mm/memory.c:1188"),
    ])
    func aPartOfAHugePMD(version: KernelVersion, place: String) throws {
        for operation in [
            Kernel.Operation.punch(offset: 5 << 12, length: 1 << 12), .truncate(size: 8 << 12),
        ] {
            var plain = bench(version, [])
            try plain.storeHuge(0, map: "m")
            #expect(plain.machine.vmas[0].pmd(of: 0).isHuge)
            #expect(try plain.run(operation) == .finished)
            var checking = bench(version, .debugVM)
            try checking.storeHuge(0, map: "m")
            #expect(try checking.run(operation) == .bug)
            #expect(checking.machine.bug?.location == place)
            #expect(
                checking.machine.console.map(\.text).suffix(2) == [
                    "zap_pmd_range: mmap_sem is unlocked!", "kernel BUG at \(place)!",
                ])
            // The task died with its locks.
            #expect(checking.machine.locks.isHeld(.iMmap))
        }
    }

    /// All of it, or one that is not mapped huge, is no part.
    @Test(arguments: [KernelVersion.v4_4pmd, .v8, .v4_5])
    func allOfAHugePMD(version: KernelVersion) throws {
        var bench = bench(version, .debugVM)
        try bench.storeHuge(0, map: "m")
        #expect(try bench.run(.punch(offset: 0, length: 2 << 20)) == .finished)
        try bench.load(600, map: "n")
        #expect(try bench.run(.punch(offset: 600 << 12, length: 1 << 12)) == .finished)
        #expect(bench.machine.bug == nil)
    }

    /// While another task faults, mmap_sem is locked, and the check sees nothing.
    @Test func aFaultElsewhereHidesIt() throws {
        var bench = bench(.v4_5, .debugVM)
        try bench.storeHuge(0, map: "m")
        try bench.run(.mmap(name: "n", first: 600, pages: 1, shared: true, aligned: false))
        try bench.run(.load(map: "n", page: 600), task: 1, to: "do_read_fault")
        #expect(try bench.run(.truncate(size: 8 << 12)) == .finished)
        #expect(bench.machine.bug == nil)
    }

    /// Everything else that the kernel takes for granted holds.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func ordinaryOperationsPass(version: KernelVersion, fileSystem: FileSystem) throws {
        for dax in [true, false] {
            var bench = Bench(version, fileSystem, dax: dax)
            bench.kernel = KernelModel(version, of: .linux4, config: .debugVM)
            try bench.run(.mmap(name: "m", first: 0, pages: 64, shared: true, aligned: false))
            try bench.run(.pwrite(first: 0, pages: 3, value: 1))
            for page in 0..<8 as Range<UInt64> {
                try bench.run(.load(map: "m", page: page))
                try bench.run(.store(map: "m", page: page + 2, value: 2))
            }
            try bench.run(.fsync)
            try bench.run(.reclaim(pages: 0..<8, force: true))
            try bench.run(.dwrite(first: 4, pages: 2, value: 3))
            try bench.run(.truncate(size: 5000))
            try bench.run(.dropCaches)
            #expect(try bench.evict() == .finished)
            #expect(bench.machine.bug == nil)
        }
    }

    @Test(arguments: KernelVersion.allCases) func tmpfsPasses(version: KernelVersion) throws {
        var bench = Bench(version, .tmpfs, dax: false)
        bench.kernel = KernelModel(version, of: .linux4, config: .debugVM)
        try bench.run(.pwrite(first: 0, pages: 3, value: 1))
        try bench.run(.reclaim(page: 1))
        try bench.run(.pread(first: 0, pages: 3))
        #expect(try bench.evict() == .finished)
        #expect(bench.machine.bug == nil)
    }
}
