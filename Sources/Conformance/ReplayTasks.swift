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

    /// Lets a stopped task go on.
    mutating func resume(_ step: KernelRecording.Step) {
        let name = step.do.task ?? ""
        let pending = tasks.pending.removeValue(forKey: name)
        tasks.current = position(of: name)
        tasks.operation = pending?.operation
        tasks.ptBefore = pending?.ptBefore
        tasks.finished = [:]
        tasks.halt = pending == nil ? .ended : run(task: tasks.current, until: nil)
        settle(name)
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
        var progresses = true
        while progresses {
            progresses = false
            for (other, pending) in tasks.pending.sorted(by: { $0.key < $1.key })
            where !pending.isStopped && run(task: position(of: other), until: nil) == .ended {
                tasks.pending[other] = nil
                tasks.finished[other] = machine.tasks[position(of: other)].outcome.code
                progresses = true
            }
            if progresses, tasks.halt == .waiting {
                tasks.halt = run(task: tasks.current, until: nil)
            }
        }
        guard tasks.halt != .ended, let operation = tasks.operation else { return }
        tasks.pending[name] = ReplayTasks.Pending(
            operation: operation, ptBefore: tasks.ptBefore, isStopped: tasks.halt == .stopped)
    }

    /// Runs the operation that a task has begun to its end, or until it enters `function`.
    private mutating func run(task: Int, until function: String?) -> ReplayTasks.Halt {
        while machine.tasks[task].isBusy {
            notePath(task)
            switch kernel.step(&machine, task: task) {
            case .ran: break
            case .blocked: return .waiting
            case .finished, .bug, .idle: return .ended
            }
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
