import Testing

@testable import PageCache

/// Deadlock and sleep under tree_lock, on machines put together by hand: no modelled kernel does
/// either.
@Suite struct LockFindingTests {
    private func machine(tasks: [String]) -> Machine {
        var machine = Machine(file: FileConfiguration(size: 1 << 22))
        machine.tasks = tasks.map { PageCache.Task(name: $0) }
        return machine
    }

    private func hold(_ lock: Lock, by task: Int, _ machine: inout Machine) {
        let isTaken = machine.locks.acquire(lock, by: task)
        #expect(isTaken)
    }

    private func share(_ lock: Lock, by task: Int, _ machine: inout Machine) {
        let isTaken = machine.locks.acquireShared(lock, by: task)
        #expect(isTaken)
    }

    @Test func twoThatWaitForEachOtherAreOneDeadlock() {
        var machine = machine(tasks: ["a", "b", "c"])
        hold(.inode, by: 0, &machine)
        hold(.iMmap, by: 1, &machine)
        machine.tasks[0].state = .waiting(.lock(.iMmap))
        #expect(Audit.lockFindings(machine) == [])
        machine.tasks[1].state = .waiting(.lock(.inode))
        // c waits too, but nobody waits for it.
        machine.tasks[2].state = .waiting(.lock(.inode))
        let circle = [
            TaskWait(task: "a", wait: .lock(.iMmap), holder: "b"),
            TaskWait(task: "b", wait: .lock(.inode), holder: "a"),
        ]
        #expect(Audit.findings(machine) == [Finding(.deadlock, waits: circle)])
        #expect(
            Audit.lockFindings(machine)[0].description
                == "deadlock: a waits for i_mmap_rwsem, held by b; b waits for i_mutex, held by a")
    }

    @Test func pageLocksAreInTheCircle() {
        var machine = machine(tasks: ["a", "b"])
        let page = machine.allocatePage()
        machine[page].flags.insert(.locked)
        machine[page].lockedBy = 0
        hold(.mmapLock, by: 1, &machine)
        machine.tasks[0].state = .waiting(.lock(.mmapLock))
        machine.tasks[1].state = .waiting(.pageLock(page))
        #expect(Audit.lockFindings(machine).map(\.kind) == [.deadlock])
        machine[page].flags.remove(.locked)
        machine[page].lockedBy = -1
        #expect(Audit.lockFindings(machine) == [], "the lock is free: b can go on")
    }

    @Test func aTaskThatTakesALockTwiceIsADeadlock() {
        var machine = machine(tasks: ["a"])
        share(.mmapLock, by: 0, &machine)
        machine.tasks[0].state = .waiting(.lock(.mmapLock))
        #expect(Audit.lockFindings(machine).map(\.tasks) == [["a"]])
    }

    @Test func readersDoNotHoldUpReaders() {
        var machine = machine(tasks: ["a", "b"])
        share(.mmapLock, by: 0, &machine)
        hold(.inode, by: 1, &machine)
        machine.tasks[0].state = .waiting(.lock(.inode))
        machine.tasks[1].state = .waiting(.lockShared(.mmapLock))
        #expect(Audit.lockFindings(machine) == [])
        machine.tasks[1].state = .waiting(.lock(.mmapLock))
        #expect(Audit.lockFindings(machine).map(\.kind) == [.deadlock])
    }

    @Test func sleepingUnderTreeLockIsSeenAlthoughTheTreeIsNotJudged() {
        var machine = machine(tasks: ["a", "b"])
        machine.mapping.nrpages = 7
        var auditor = Auditor()
        hold(.tree, by: 0, &machine)
        _ = auditor.look(at: machine)
        #expect(auditor.findings == [])
        hold(.iMmap, by: 1, &machine)
        machine.tasks[0].state = .waiting(.lock(.iMmap))
        machine.judgements += 1
        let after = auditor.look(at: machine)
        #expect(after)
        let sleep = TaskWait(task: "a", wait: .lock(.iMmap), holder: "b")
        #expect(auditor.findings == [Finding(.atomicSleep, waits: [sleep])])
        // To spin for tree_lock is no sleep.
        machine.tasks[0].state = .waiting(.lock(.tree))
        #expect(!Audit.lockFindings(machine).contains { $0.kind == .atomicSleep })
    }
}
