import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// Who holds what: the locks of a file system, by their names, as its paths take them.
@Suite struct LockTests {
    /// "IOLOCK", "IOLOCK (shared)": what is held at one moment of an operation.
    typealias Held = Set<String>

    private func held(_ machine: Machine) -> Held {
        Set(
            Lock.allCases.filter { machine.locks.isHeld($0) }.map { lock in
                machine.locks.writer(of: lock) == nil ? lock.name + " (shared)" : lock.name
            })
    }

    /// Every set of locks that an operation holds on its way, but for those of the page cache.
    private func moments(_ bench: inout Bench, _ operation: Kernel.Operation) throws -> Set<Held> {
        try bench.kernel.start(operation, on: &bench.machine)
        var moments: Set<Held> = []
        repeat {
            let all = held(bench.machine).filter { !$0.hasPrefix("i_mmap_rwsem") }
            moments.insert(all.subtracting(["tree_lock"]))
        } while bench.kernel.step(&bench.machine) == .ran
        return moments
    }

    private func bench(_ version: KernelVersion, _ fs: FileSystem, dax: Bool = true) throws -> Bench
    {
        let written = FileConfiguration.Extent(blocks: 0...7, state: .written)
        var bench = Bench(version, fs, dax: dax, size: 1 << 22, extents: [written])
        try bench.run(.mmap(name: "m", first: 0, pages: 64, shared: true, aligned: false))
        return bench
    }

    /// read(2) on xfs shares the IOLOCK; only who finds pages on DAX has it alone for a while.
    @Test(arguments: KernelVersion.allCases) func readOnXFS(version: KernelVersion) throws {
        for dax in [true, false] {
            var bench = try bench(version, .xfs, dax: dax)
            #expect(
                try moments(&bench, .pread(first: 3, pages: 1)) == [[], ["IOLOCK (shared)"]])
        }
        var bench = try bench(version, .xfs)
        try bench.run(.load(map: "m", page: 20))
        #expect(bench.machine.mapping.nrpages == 1)
        #expect(
            try moments(&bench, .pread(first: 3, pages: 1)) == [
                [], ["IOLOCK (shared)"], ["i_mutex"], ["i_mutex", "IOLOCK"],
                ["i_mutex", "IOLOCK (shared)"],
            ])
        #expect(bench.machine.mapping.nrpages == 0)
    }

    @Test(arguments: KernelVersion.allCases) func writeOnXFS(version: KernelVersion) throws {
        let write = Kernel.Operation.pwrite(first: 3, pages: 1, value: 1)
        var cached = try bench(version, .xfs, dax: false)
        #expect(
            try moments(&cached, write) == [[], ["i_mutex"], ["i_mutex", "IOLOCK"]])
        var bench = try bench(version, .xfs)
        #expect(try moments(&bench, write) == [[], ["IOLOCK (shared)"]])
        let alone: Set<Held> = [
            [], ["i_mutex"], ["i_mutex", "IOLOCK"], ["i_mutex", "IOLOCK (shared)"],
            ["IOLOCK (shared)"],
        ]
        // Parts of blocks: alone to the end.
        let part = Kernel.Operation.pwrite(offset: 3 << 12, length: 10, value: 1)
        #expect(try moments(&bench, part) == [[], ["i_mutex"], ["i_mutex", "IOLOCK"]])
        try bench.run(.load(map: "m", page: 20))
        #expect(try moments(&bench, write) == alone)
        // Behind the end: shared at first.
        let behind = Kernel.Operation.pwrite(first: 2000, pages: 1, value: 1)
        #expect(try moments(&bench, behind) == alone)
    }

    /// O_DIRECT: ext2 and ext4 read under i_mutex, XFS under the shared IOLOCK.
    @Test(arguments: KernelVersion.allCases) func directReads(version: KernelVersion) throws {
        let read = Kernel.Operation.dread(first: 3, pages: 1)
        for (fs, lock) in [(FileSystem.ext2, "i_mutex"), (.ext4, "i_mutex")] {
            var bench = try bench(version, fs, dax: false)
            #expect(try moments(&bench, read) == [[], [lock]])
        }
        var bench = try bench(version, .xfs, dax: false)
        #expect(try moments(&bench, read) == [[], ["IOLOCK (shared)"]])
    }

    /// A reader adds a page while a writer waits: it looks again, and takes the lock alone.
    @Test func aWriterLooksForPagesAgain() throws {
        var bench = try bench(.v4_5, .xfs)
        try bench.run(.load(map: "m", page: 20))
        try bench.run(.pread(first: 3, pages: 1), task: 1, to: "invalidate_inode_pages2_range")
        // Under the exclusive lock the reader takes the last page away; then a load brings one.
        bench.machine.tasks.append(PageCache.Task(name: "writer"))
        try bench.kernel.start(
            .pwrite(first: 3, pages: 1, value: 1), on: &bench.machine, task: 2)
        #expect(bench.kernel.run(&bench.machine, task: 2) == .blocked(.lock(.inode)))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.kernel.run(&bench.machine, task: 2) == .finished)
        #expect(bench.machine.mapping.nrpages == 0)
        for lock in Lock.allCases { #expect(!bench.machine.locks.isHeld(lock)) }
    }

    /// The same where nobody had to wait: the page comes between the first look and the lock.
    @Test func aPageThatComesBeforeTheLockIsFound() throws {
        var bench = try bench(.v4_5, .xfs)
        try bench.run(
            .pwrite(first: 3, pages: 1, value: 1), task: 1, to: "xfs_file_dio_aio_write")
        let shared = bench.kernel.listings.first { $0.name == "xfs_file_dio_aio_write" }!
            .statements.firstIndex { $0.text == "else take the IOLOCK shared" }!
        while bench.machine.tasks[1].frames.last?.statement != shared {
            #expect(bench.kernel.step(&bench.machine, task: 1) == .ran)
        }
        try bench.run(.load(map: "m", page: 20))
        #expect(bench.machine.mapping.nrpages == 1)
        try bench.resume(1, to: "invalidate_inode_pages2_range")
        #expect(held(bench.machine) == ["i_mutex", "IOLOCK"])
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
    }

    /// Whoever takes blocks away or moves them lets a fault that has its block finish first; 4.4's
    /// ext4 has no lock for it.
    @Test(
        arguments: [
            (KernelVersion.v4_5, FileSystem.ext4, Lock.iMmapSem),
            (.v4_5, .xfs, .mmapLock), (.v4_4, .xfs, .mmapLock), (.v4_4, .ext4, nil),
        ] as [(KernelVersion, FileSystem, Lock?)],
        [
            .punch(offset: 0, length: 8192), .zeroRange(offset: 0, length: 8192),
            .collapse(offset: 0, length: 8192), .insert(offset: 0, length: 8192),
            .truncate(size: 4096),
        ] as [Kernel.Operation])
    func faultsAreWaitedFor(
        file: (version: KernelVersion, system: FileSystem, lock: Lock?),
        operation: Kernel.Operation
    ) throws {
        var bench = try bench(file.version, file.system)
        try bench.run(.load(map: "m", page: 1), task: 1, to: "dax_insert_mapping")
        try bench.kernel.start(operation, on: &bench.machine)
        let result = bench.kernel.run(&bench.machine)
        #expect(result == file.lock.map { .blocked(.lock($0)) } ?? .finished)
    }

    @Test(arguments: KernelVersion.allCases) func sizesAndHoles(version: KernelVersion) throws {
        let hasSem = version >= .v6
        for (fs, fault) in [
            (FileSystem.ext2, "dax_sem"), (.ext4, "i_mmap_sem"), (.xfs, "MMAPLOCK"),
        ] {
            var bench = try bench(version, fs)
            let faults = try moments(&bench, .load(map: "m", page: 3))
            let hasLock = fs != .ext4 || hasSem
            #expect(faults == (hasLock ? [[], ["\(fault) (shared)"]] : [[]]), "\(fs)")
            let size = try moments(&bench, .truncate(size: 1 << 20))
            let outer: Held = fs == .xfs ? ["i_mutex", "IOLOCK"] : ["i_mutex"]
            #expect(size.contains(hasLock ? outer.union([fault]) : outer), "\(fs) \(size)")
            #expect(size.joined().allSatisfy { !$0.hasSuffix("(shared)") })
            for operation in [.fallocate(first: 9, pages: 2), .punch(offset: 0, length: 8192)]
                as [Kernel.Operation]
            {
                let found = try moments(&bench, operation)
                switch fs {
                case .xfs: #expect(found == [[], ["IOLOCK"], ["IOLOCK", "MMAPLOCK"]])
                case .ext4:
                    let locks: Set<String> = ["i_mutex", "i_mmap_sem"]
                    #expect(Set(found.joined()).isSubset(of: locks), "\(found)")
                    #expect(found.contains(["i_mutex"]), "\(found)")
                case .ext2, .tmpfs: #expect(found == [[]])
                }
            }
        }
    }

    /// Two that wait for each other say so in the words of their file system.
    @Test func waitsAreCalledByTheirNames() {
        let names = Lock.allCases.map(\.name)
        #expect(Set(names).count == names.count)
        for lock in Lock.allCases {
            #expect(Wait.lock(lock).name == lock.name)
            #expect(Wait.lockShared(lock).name == lock.name)
        }
        #expect(names.contains("MMAPLOCK") && !names.contains("fault lock"))
    }

    /// A mutex has no readers, on no path of any kernel.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext2, .ext4, .xfs])
    func nobodySharesIMutex(version: KernelVersion, fs: FileSystem) throws {
        for dax in [true, false] {
            var bench = try bench(version, fs, dax: dax)
            for operation in [
                .load(map: "m", page: 20), .pread(first: 3, pages: 1),
                .store(map: "m", page: 9, value: 1), .pread(first: 3, pages: 1),
                .pwrite(first: 3, pages: 1, value: 1), .pwrite(first: 2000, pages: 1, value: 1),
                .truncate(size: 9000), .fallocate(first: 3, pages: 2),
                .punch(offset: 1, length: 9000), .fsync,
            ] as [Kernel.Operation] {
                let found = try moments(&bench, operation)
                #expect(!found.joined().contains("i_mutex (shared)"), "\(operation)")
            }
        }
    }
}
