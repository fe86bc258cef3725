import Kernel
import PageCache

/// The tasks of a replay. A recorded operation is run by the first task, or by one with a name;
/// a named one can be stopped on its way, and others can then wait for what it holds.
struct ReplayTasks {
    /// How the run of a task ended.
    enum Halt { case ended, stopped, waiting }

    /// An operation that has begun and not ended.
    struct Pending {
        var operation: KernelRecording.Operation
        /// The page table state of its address when it began.
        var ptBefore: String?
        var isStopped: Bool
    }

    /// Positions in `Machine.tasks`, by name.
    var positions = ["": 0]
    var pending: [String: Pending] = [:]
    /// The task that ran the step's operation, a position in `Machine.tasks`.
    var current = 0
    /// Its operation: of `resume` the one that went on, nil if it had ended before.
    var operation: KernelRecording.Operation?
    var ptBefore: String?
    /// The same when it ended, before anyone else ran.
    var ptAfter: String?
    var halt = Halt.ended
    /// Operations of earlier steps that ended now, by name: what they returned.
    var finished: [String: Int] = [:]
}

extension KernelRun {
    /// Runs what a step asks for, and then whoever no longer has to wait.
    mutating func run(
        _ operations: [Kernel.Operation], for step: KernelRecording.Step
    ) throws(StartError) {
        let name = step.do.task ?? ""
        tasks.current = position(of: name)
        tasks.operation = step.do
        tasks.ptBefore = access(step.do)
        tasks.halt = .ended
        tasks.finished = [:]
        for operation in operations where tasks.halt == .ended {
            try kernel.start(operation, on: &machine, task: tasks.current)
            tasks.halt = run(task: tasks.current, until: step.do.until)
        }
        settle(name)
    }

    /// Lets a stopped task go on. When one that waited for it runs, once a lock is free, is the
    /// scheduler's choice, and an input: the order that gives the caller what was recorded.
    mutating func resume(_ step: KernelRecording.Step) {
        let before = self
        resume(step, othersAfter: nil)
        guard step.got.finished != nil, !hasRecordedAccess(step) else { return }
        let first = self
        for faults in 0...3 {
            self = before
            resume(step, othersAfter: faults)
            if hasRecordedAccess(step) { return }
        }
        self = first
    }

    /// - Parameter othersAfter: the faults of the access after which those that wait may run in
    ///   between; nil: when it has ended.
    private mutating func resume(_ step: KernelRecording.Step, othersAfter faults: Int?) {
        let name = step.do.task ?? ""
        let pending = tasks.pending.removeValue(forKey: name)
        tasks.current = position(of: name)
        tasks.operation = pending?.operation
        tasks.ptBefore = pending?.ptBefore
        tasks.finished = [:]
        tasks.halt = .ended
        if pending != nil {
            tasks.halt = run(task: tasks.current, until: nil, othersAfter: faults)
        }
        settle(name)
    }

    private func hasRecordedAccess(_ step: KernelRecording.Step) -> Bool {
        let ours = machine.tasks[tasks.current].outcome
        let got = step.got
        guard tasks.halt == .ended, got.signal == ours.signal else { return false }
        return got.signal != nil
            || (got.value == ours.value.map(Int.init) && got.minflt == ours.minorFaults
                && got.majflt == ours.majorFaults)
    }

    /// The task of that name; a new one when the old one was killed.
    private mutating func position(of name: String) -> Int {
        // What follows a BUG is another process's doing.
        if let position = tasks.positions[name], machine.tasks[position].state != .dead {
            return position
        }
        machine.tasks.append(PageCache.Task(name: name.isEmpty ? "app" : name))
        tasks.positions[name] = machine.tasks.count - 1
        return machine.tasks.count - 1
    }

    /// Runs the tasks that wait until none of them gets any further.
    private mutating func settle(_ name: String) {
        noteEnd()
        while runOthers() {
            guard tasks.halt == .waiting else { continue }
            tasks.halt = run(task: tasks.current, until: nil)
            noteEnd()
        }
        guard tasks.halt != .ended, let operation = tasks.operation else { return }
        tasks.pending[name] = ReplayTasks.Pending(
            operation: operation, ptBefore: tasks.ptBefore, isStopped: tasks.halt == .stopped)
    }

    private mutating func noteEnd() {
        guard tasks.halt == .ended else { return }
        tasks.ptAfter = tasks.operation.flatMap(access)
    }

    /// - Returns: whether an operation of an earlier step ended.
    private mutating func runOthers() -> Bool {
        var hasEnded = false
        for (name, pending) in tasks.pending.sorted(by: { $0.key < $1.key })
        where !pending.isStopped {
            let task = position(of: name)
            guard run(task: task, until: nil) == .ended else { continue }
            tasks.pending[name] = nil
            tasks.finished[name] = machine.tasks[task].outcome.code
            hasEnded = true
        }
        return hasEnded
    }

    /// Runs the operation that a task has begun to its end, or until it enters `function`.
    private mutating func run(
        task: Int, until function: String?, othersAfter faults: Int? = nil
    ) -> ReplayTasks.Halt {
        while machine.tasks[task].isBusy {
            notePath(task)
            switch kernel.step(&machine, task: task) {
            case .ran: break
            case .blocked: return .waiting
            case .finished, .bug, .idle: return .ended
            }
            let outcome = machine.tasks[task].outcome
            if let faults, outcome.minorFaults + outcome.majorFaults >= faults { _ = runOthers() }
            if let function, isEntering(function, task) { return .stopped }
        }
        return .ended
    }

    /// The path of the statement that is next.
    private mutating func notePath(_ task: Int) {
        // Number by number: a copy of the frame would copy its locals.
        let depth = machine.tasks[task].frames.count - 1
        let function = machine.tasks[task].frames[depth].function
        let statement = machine.tasks[task].frames[depth].statement
        if let path = rows[function][statement] { paths.insert(path) }
    }

    private func isEntering(_ function: String, _ task: Int) -> Bool {
        guard let frame = machine.tasks[task].frames.last, frame.statement == 0 else {
            return false
        }
        return kernel.listing(of: frame).name == function
    }
}
