import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// The model tells the auditor when to look: nothing that it could see is seen late.
@Suite struct AuditorTests {
    /// After every statement, and after every few, one that looks again tells all that one tells
    /// that looks for the first time; what it tells beside that is true, and in somebody's hand.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext4, .xfs])
    func nothingIsSeenLate(version: KernelVersion, fileSystem: FileSystem) throws {
        for stride in [1, 2, 3, 5, 11] { try look(every: stride, version, fileSystem) }
    }

    /// One that never comes while tree_lock is held looks again when it was, all the same.
    @Test(arguments: KernelVersion.allCases, [FileSystem.ext4, .xfs])
    func whatHappensUnderTheLockIsSeenBehindIt(
        version: KernelVersion, fileSystem: FileSystem
    ) throws {
        try look(every: 1, version, fileSystem, underTheLock: false)
    }

    private func look(
        every stride: Int, _ version: KernelVersion, _ fileSystem: FileSystem,
        underTheLock: Bool = true
    ) throws {
        var bench = Bench(version, fileSystem)
        var auditor = Auditor()
        var count = 0
        let operations: [Kernel.Operation] = [
            .mmap(name: "small", first: 512, pages: 2, shared: true, aligned: false),
            .load(map: "small", page: 512), .load(map: "small", page: 513),
            .mmap(name: "huge", first: 0, pages: 1024, shared: true, aligned: true),
            .store(map: "huge", page: 512, value: 0xa5), .fsync,
            .store(map: "small", page: 513, value: 6), .punch(offset: 512 << 12, length: 4096),
            .load(map: "small", page: 512), .truncate(size: 5000), .dropCaches,
        ]
        for operation in operations {
            try bench.kernel.start(operation, on: &bench.machine)
            var result = KernelModel.StepResult.ran
            while result == .ran {
                result = bench.kernel.step(&bench.machine)
                count += 1
                guard count % stride == 0, underTheLock || Audit.canJudgeTree(bench.machine)
                else { continue }
                _ = auditor.look(at: bench.machine)
                guard let findings = Audit.findings(bench.machine) else { continue }
                let missed = Set(findings).subtracting(auditor.findings)
                #expect(missed == [], "\(operation)")
                for finding in Set(auditor.findings).subtracting(findings) {
                    #expect(Audit.holds(finding, in: bench.machine), "\(operation)")
                }
            }
            guard result == .finished else { return }
        }
    }

    /// What is counted from one moment to the next is what there is.
    @Test(arguments: [true, false]) func countsGoOn(dax: Bool) throws {
        var bench = Bench(.v4_5, .ext4, dax: dax)
        var counts = Audit.counts(bench.machine)
        for operation in [
            .mmap(name: "m", first: 0, pages: 80, shared: true, aligned: false),
            .store(map: "m", page: 3, value: 1), .store(map: "m", page: 70, value: 1),
            .load(map: "m", page: 9), .fsync, .store(map: "m", page: 3, value: 2), .fsync,
            .punch(offset: 0, length: 5 << 12), .truncate(size: 0),
        ] as [Kernel.Operation] {
            try bench.kernel.start(operation, on: &bench.machine)
            var result = KernelModel.StepResult.ran
            while result == .ran {
                let tree = bench.machine.mapping.pageTree
                result = bench.kernel.step(&bench.machine)
                counts = Audit.counts(bench.machine, from: counts, of: tree)
                #expect(counts == Audit.counts(bench.machine), "\(operation)")
            }
        }
        #expect(counts == Audit.Counts())
    }

    /// A task that begins to wait may close a circle.
    @Test func aDeadlockIsSeenWhenItBegins() throws {
        var bench = Bench(.v4_5, .ext4)
        var auditor = Auditor()
        try bench.run(.mmap(name: "m", first: 0, pages: 4, shared: true, aligned: false))
        bench.machine.tasks.append(PageCache.Task(name: "other"))
        let isTaken = bench.machine.locks.acquire(.iMmapSem, by: 1)
        #expect(isTaken)
        bench.machine.tasks[1].state = .waiting(.lock(.inode))
        try bench.kernel.start(.punch(offset: 0, length: 8192), on: &bench.machine)
        var result = KernelModel.StepResult.ran
        while result == .ran {
            result = bench.kernel.step(&bench.machine)
            _ = auditor.look(at: bench.machine)
            #expect(auditor.findings.map(\.kind) == (result == .ran ? [] : [.deadlock]))
        }
        #expect(result == .blocked(.lock(.iMmapSem)))
    }
}
