import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// fallocate(2) in its modes, what a remount leaves, and mappings at an address.
@Suite struct FallocateTests {
    private static let kernels: [KernelVersion] = [.v4_4, .v4_5]
    private static let systems: [FileSystem] = [.ext4, .xfs]

    private func code(_ bench: inout Bench, _ operation: Kernel.Operation) throws -> Int {
        try bench.run(operation)
        return bench.machine.tasks[0].outcome.code
    }

    /// Eight pages with the values 1 to 8.
    private func numbered(
        _ version: KernelVersion, _ fileSystem: FileSystem, dax: Bool = false
    ) throws -> Bench {
        var bench = Bench(version, fileSystem, dax: dax, size: 0)
        for page in 0..<8 as Range<UInt64> {
            try bench.run(.pwrite(first: page, pages: 1, value: UInt8(page + 1)))
        }
        return bench
    }

    private func values(_ bench: inout Bench, _ pages: UInt64) throws -> [UInt8] {
        try (0..<pages).map { page in
            try bench.run(.pread(first: page, pages: 1))
            return bench.machine.tasks[0].outcome.value ?? 255
        }
    }

    @Test(arguments: kernels, systems)
    func keepSizeAllocatesBehindTheEnd(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = Bench(version, fileSystem, dax: false, size: 4096)
        #expect(
            try code(&bench, .fallocate(offset: 0, length: 16384, keepSize: true)) == 0)
        #expect(bench.machine.inode.size == 4096)
        #expect(bench.machine.blocks.runs.map(\.count) == [4])
        // XFS leaves it there at the last close, because fallocate made it.
        try bench.run(.remount)
        #expect(bench.machine.blocks.runs.map(\.count) == [4])
        #expect(try code(&bench, .fallocate(offset: 0, length: 16384)) == 0)
        #expect(bench.machine.inode.size == 16384)
    }

    @Test(arguments: kernels, systems)
    func zeroedBlocksAreUnwritten(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = try numbered(version, fileSystem)
        try bench.run(.fsync)
        #expect(try code(&bench, .zeroRange(offset: 4096 + 77, length: 3 * 4096)) == 0)
        let states = (0..<8).map { bench.machine.blocks.state($0) }
        #expect(states[1] == .written && states[2] == .unwritten && states[3] == .unwritten)
        #expect(states[4] == .written)
        #expect(try values(&bench, 8) == [1, 2, 0, 0, 0, 6, 7, 8])
        try bench.run(.pread(offset: 4096 + 76, length: 2))
        #expect(bench.machine.tasks[0].outcome.data.runs.map(\.value) == [2, 0])
        #expect(bench.machine.inode.size == 8 * 4096)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// 4.4's ext4 writes the range out before it throws the pages away; 4.5 has a lock and need not.
    @Test(arguments: [(KernelVersion.v4_4, UInt8(2)), (.v4_5, 0)])
    func whatIsZeroedIsWrittenFirstOnlyWithoutALock(version: KernelVersion, value: UInt8) throws {
        var bench = try numbered(version, .ext4)
        try bench.run(.zeroRange(offset: 4096, length: 4096))
        let block = bench.machine.blocks.lookup(1)
        #expect(block.state == .unwritten)
        #expect(bench.machine.memory.visible(block.physical, offset: 0) == value)
    }

    @Test(
        arguments: kernels,
        [(FileSystem.ext4, false), (.xfs, false), (.ext4, true), (.xfs, true)])
    func collapseMovesWhatIsBehind(
        version: KernelVersion, file: (system: FileSystem, dax: Bool)
    ) throws {
        let (fileSystem, dax) = file
        var bench = try numbered(version, fileSystem, dax: dax)
        try bench.run(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: true))
        try bench.run(.load(map: "m", page: 5))
        #expect(try code(&bench, .collapse(offset: 4096, length: 8192)) == 0)
        #expect(bench.machine.inode.size == 6 * 4096)
        // The page that was mapped shows what is there now; but XFS leaves a block mapped.
        let isStale = dax && fileSystem == .xfs
        try bench.run(.load(map: "m", page: 5))
        #expect(bench.machine.tasks[0].outcome.value == (isStale ? 6 : 8))
        #expect(try values(&bench, 6) == [1, 4, 5, 6, 7, 8])
        // What the writers know has moved with it.
        #expect(bench.machine.claims.values[1]?[0] == 4)
        #expect(bench.machine.claims.values[6] == nil)
        #expect(Audit.findings(bench.machine)?.count == (isStale ? 1 : 0))
    }

    @Test(arguments: kernels, systems)
    func insertMovesBack(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = try numbered(version, fileSystem)
        #expect(try code(&bench, .insert(offset: 8192, length: 4096)) == 0)
        #expect(bench.machine.inode.size == 9 * 4096)
        #expect(bench.machine.blocks.state(2) == .hole)
        #expect(try values(&bench, 9) == [1, 2, 0, 3, 4, 5, 6, 7, 8])
        #expect(bench.machine.claims.values[3]?[0] == 3)
        // A new block does not go where a moved one stands.
        try bench.run(.pwrite(first: 2, pages: 1, value: 99))
        try bench.run(.fsync)
        try bench.run(.dropCaches)
        #expect(try values(&bench, 9) == [1, 2, 99, 3, 4, 5, 6, 7, 8])
        #expect(Audit.findings(bench.machine) == [])
    }

    @Test(arguments: kernels, systems)
    func whatCannotMoveIsRefused(version: KernelVersion, fileSystem: FileSystem) throws {
        var bench = try numbered(version, fileSystem)
        let (einval, efbig) = (-22, -27)
        #expect(try code(&bench, .collapse(offset: 0, length: 100)) == einval)
        #expect(try code(&bench, .collapse(offset: 4096, length: 7 * 4096)) == einval)
        #expect(try code(&bench, .insert(offset: 8 * 4096, length: 4096)) == einval)
        #expect(try code(&bench, .insert(offset: 1, length: 4096)) == einval)
        #expect(try code(&bench, .zeroRange(offset: 0, length: 0)) == einval)
        let large = fileSystem.largestSize / 4096 * 4096 - 4096
        #expect(try code(&bench, .insert(offset: 0, length: large)) == efbig)
        #expect(try code(&bench, .collapse(offset: large, length: 1 << 20)) == efbig)
        #expect(try values(&bench, 8) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Lock.allCases.allSatisfy { !bench.machine.locks.isHeld($0) })
    }

    @Test func ext2KnowsNoneOfThem() throws {
        var bench = try numbered(.v4_5, .ext2)
        for operation in [
            Kernel.Operation.fallocate(offset: 0, length: 4096, keepSize: true),
            .zeroRange(offset: 0, length: 4096), .collapse(offset: 0, length: 4096),
            .insert(offset: 0, length: 4096), .punch(offset: 0, length: 4096),
        ] {
            #expect(try code(&bench, operation) == -95)
        }
    }

    /// Without a lock against faults, 4.4's ext4 loses a store between its writing and its
    /// truncation.
    @Test func aStoreIntoACollapseIsLostOnExt4Of44() throws {
        var bench = try numbered(.v4_4, .ext4)
        try bench.run(.fsync)
        try bench.run(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: true))
        try bench.run(.collapse(offset: 4096, length: 4096), task: 1, to: "truncate_pagecache")
        try bench.run(.store(map: "m", page: 6, value: 77))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        try bench.run(.pread(first: 5, pages: 1))
        #expect(bench.machine.tasks[0].outcome.value == 7)
        #expect(bench.machine.claims.values[5] == nil)
    }

    @Test(arguments: kernels, FileSystem.allCases.filter { $0 != .tmpfs })
    func aRemountKeepsTheFileAndNothingElse(
        version: KernelVersion, fileSystem: FileSystem
    ) throws {
        var bench = try numbered(version, fileSystem)
        try bench.run(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: true))
        try bench.run(.store(map: "m", page: 3, offset: 5, value: 44))
        try bench.run(.reclaim(page: 1))
        #expect(try code(&bench, .remount) == 0)
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.mapping.radixTree.height == 0)
        #expect(bench.machine.vmas.allSatisfy { !$0.isMapped })
        #expect(bench.machine.isMounted && bench.machine.inode.isOpen)
        #expect(bench.machine.inode.state.isEmpty)
        #expect(try values(&bench, 8) == [1, 2, 3, 4, 5, 6, 7, 8])
        try bench.run(.pread(offset: 3 * 4096 + 5, length: 1))
        #expect(bench.machine.tasks[0].outcome.value == 44)
        try bench.run(.unlink)
        #expect(try code(&bench, .remount) == -2)
        #expect(bench.machine.blocks.runs.isEmpty)
    }

    @Test func mapFixed() throws {
        var bench = Bench(.v4_5, size: 1 << 20)
        func map(_ name: String, _ address: UInt64, _ pages: UInt64 = 1) throws -> Int {
            try code(
                &bench,
                .mmap(
                    name: name, first: 0, pages: pages, shared: true, aligned: true,
                    address: address))
        }
        #expect(try map("a", 0x7fff_ffff_e000) == 0)
        #expect(try map("b", 0x7fff_ffff_f000) == -12)
        #expect(try map("b", 0x7fff_ffff_d000, 3) == -12)
        #expect(try map("b", .max) == -12)
        #expect(try map("b", 0x10_0001) == -22)
        #expect(try map("b", 0xf000) == -1)
        #expect(throws: StartError.addressTaken(by: "a")) { try map("b", 0x7fff_ffff_d000, 2) }
        #expect(bench.machine.vma(named: "b") == nil)
        // Aligned as the address says: PMD faults are possible at the second.
        #expect(try map("c", 0x1000_1000, 256) == 0)
        #expect(try map("d", 0x2000_0000, 256) == 0)
        #expect(bench.machine.vmas.map(\.skew) == [510, 1, 0])
        try bench.run(.store(map: "c", page: 7, value: 5))
        try bench.run(.load(map: "d", page: 7))
        #expect(bench.machine.tasks[0].outcome.value == 5)
        try bench.run(.mmap(name: "e", first: 0, pages: 4, shared: true, aligned: true))
        #expect(bench.machine.mapping(named: "e", isApartFrom: ["a", "c", "d"]))
    }
}

extension Machine {
    fileprivate func mapping(named name: String, isApartFrom others: [String]) -> Bool {
        let one = vmas[vma(named: name)!]
        return others.allSatisfy { other in
            let two = vmas[vma(named: other)!]
            return one.address >= two.address + two.count * Geometry.pageSize
                || two.address >= one.address + one.count * Geometry.pageSize
        }
    }
}
