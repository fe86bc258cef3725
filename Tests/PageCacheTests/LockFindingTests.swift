import PageCache
import Testing

/// Deadlock and sleep under tree_lock, on machines put together by hand: no modelled kernel does
/// either.
@Suite struct LockFindingTests {
    private func machine(tasks: [String]) -> Machine {
        var machine = Machine(file: FileConfiguration(size: 1 << 22))
        machine.tasks = tasks.map { Task(name: $0) }
        return machine
    }

    @Test func twoThatWaitForEachOtherAreOneDeadlock() {
        var machine = machine(tasks: ["a", "b", "c"])
        #expect(machine.locks.acquire(.inode, by: 0) == true)
        #expect(machine.locks.acquire(.iMmap, by: 1) == true)
        machine.tasks[0].state = .waiting(.lock(.iMmap))
        #expect(Audit.lockFindings(machine) == [])
        machine.tasks[1].state = .waiting(.lockShared(.inode))
        // c waits too, but nobody waits for it.
        machine.tasks[2].state = .waiting(.lock(.inode))
        let circle = [
            TaskWait(task: "a", wait: .lock(.iMmap), holder: "b"),
            TaskWait(task: "b", wait: .lockShared(.inode), holder: "a"),
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
        #expect(machine.locks.acquire(.fault, by: 1) == true)
        machine.tasks[0].state = .waiting(.lock(.fault))
        machine.tasks[1].state = .waiting(.pageLock(page))
        #expect(Audit.lockFindings(machine).map(\.kind) == [.deadlock])
        machine[page].flags.remove(.locked)
        machine[page].lockedBy = -1
        #expect(Audit.lockFindings(machine) == [], "the lock is free: b can go on")
    }

    @Test func aTaskThatTakesALockTwiceIsADeadlock() {
        var machine = machine(tasks: ["a"])
        #expect(machine.locks.acquireShared(.fault, by: 0) == true)
        machine.tasks[0].state = .waiting(.lock(.fault))
        #expect(Audit.lockFindings(machine).map(\.tasks) == [["a"]])
    }

    @Test func readersDoNotHoldUpReaders() {
        var machine = machine(tasks: ["a", "b"])
        #expect(machine.locks.acquireShared(.fault, by: 0) == true)
        #expect(machine.locks.acquire(.inode, by: 1) == true)
        machine.tasks[0].state = .waiting(.lock(.inode))
        machine.tasks[1].state = .waiting(.lockShared(.fault))
        #expect(Audit.lockFindings(machine) == [])
        machine.tasks[1].state = .waiting(.lock(.fault))
        #expect(Audit.lockFindings(machine).map(\.kind) == [.deadlock])
    }

    @Test func sleepingUnderTreeLockIsSeenAlthoughTheTreeIsNotJudged() {
        var machine = machine(tasks: ["a", "b"])
        machine.mapping.nrpages = 7
        var auditor = Auditor()
        #expect(machine.locks.acquire(.tree, by: 0) == true)
        #expect(!auditor.look(at: machine))
        #expect(machine.locks.acquire(.iMmap, by: 1) == true)
        machine.tasks[0].state = .waiting(.lock(.iMmap))
        machine.judgements += 1
        #expect(auditor.look(at: machine))
        let sleep = TaskWait(task: "a", wait: .lock(.iMmap), holder: "b")
        #expect(auditor.findings == [Finding(.atomicSleep, waits: [sleep])])
        // To spin for tree_lock is no sleep.
        machine.tasks[0].state = .waiting(.lock(.tree))
        #expect(!Audit.lockFindings(machine).contains { $0.kind == .atomicSleep })
    }
}
