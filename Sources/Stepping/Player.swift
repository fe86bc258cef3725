import Kernel
import PageCache

/// A moment that execution can go on from.
struct Checkpoint: Sendable {
    /// The directive that runs.
    struct Running: Sendable {
        /// A position in `Machine.tasks`.
        var task: Int
        /// Statements of it that have run.
        var statements = 0
        /// Statements at which it stops, as far as that is known.
        var limit: Int
    }

    var position = 0
    var machine: Machine
    /// The directive that runs, or is to begin.
    var directive = 0
    /// Nil before the directive has begun.
    var running: Running?

    init(_ machine: Machine) { self.machine = machine }
}

/// Executes a plan, one step at a time. The same checkpoint always leads to the same one.
struct Player: Sendable {
    let kernel: KernelModel
    var plan: [Directive] = []

    /// Makes one step; nil at the end of the plan.
    func advance(_ at: inout Checkpoint) -> Step? {
        guard at.directive < plan.count else { return nil }
        guard let running = at.running else { return begin(&at) }
        let task = running.task
        let top = at.machine.tasks[task].frames.count - 1
        var step = Step(
            kind: .ran, task: UInt8(task), depth: UInt8(clamping: top),
            function: UInt16(at.machine.tasks[task].frames[top].function),
            statement: UInt16(at.machine.tasks[task].frames[top].statement))
        let result = kernel.step(&at.machine, task: task)
        at.position += 1
        at.running!.statements = running.statements + 1
        switch result {
        case .ran:
            noteFunction(&at)
            if at.running!.statements >= at.running!.limit { leave(&at) }
        case .finished:
            step.kind = .finished
            leave(&at)
        case .blocked:
            step.kind = .blocked
            leave(&at)
        case .bug:
            step.kind = .bug
            leave(&at)
        case .idle:
            leave(&at)
        }
        return step
    }

    private func begin(_ at: inout Checkpoint) -> Step {
        let directive = plan[at.directive]
        let task = at.machine.index(ofTask: directive.task)
        var step = Step(kind: .began, task: UInt8(task), depth: 0, function: 0, statement: 0)
        at.position += 1
        if let operation = directive.operation {
            do {
                try kernel.start(operation, on: &at.machine, task: task)
            } catch {
                step.kind = .refused
            }
        } else if at.machine.tasks[task].state == .dead {
            step.kind = .refused
        }
        guard let frame = at.machine.tasks[task].frames.last, step.kind == .began else {
            // Refused, or done at once.
            at.directive += 1
            return step
        }
        step.function = UInt16(frame.function)
        let limit =
            switch directive.stop {
            case .end, .function: Int.max
            case .statements(let count): count
            }
        guard limit > 0 else {
            // It only begins.
            at.directive += 1
            return step
        }
        at.running = Checkpoint.Running(task: task, limit: limit)
        return step
    }

    /// Why the directive before the present one could not begin.
    func refusal(of at: Checkpoint) -> String {
        let directive = plan[at.directive - 1]
        var machine = at.machine
        let task = machine.index(ofTask: directive.task)
        guard let operation = directive.operation else {
            return "task \(directive.task) was killed by a BUG"
        }
        do {
            try kernel.start(operation, on: &machine, task: task)
            return ""
        } catch {
            return error.description
        }
    }

    /// At the first statement of the function to stop in, the place to stop is known.
    private func noteFunction(_ at: inout Checkpoint) {
        guard at.running!.limit == .max,
            case .function(let name, let count) = plan[at.directive].stop,
            let frame = at.machine.tasks[at.running!.task].frames.last,
            frame.statement == 0, kernel.listings[frame.function].name == name
        else { return }
        at.running!.limit = at.running!.statements + count
    }

    private func leave(_ at: inout Checkpoint) {
        at.directive += 1
        at.running = nil
    }
}

extension Machine {
    /// The task called `name`, made when it is not there yet.
    fileprivate mutating func index(ofTask name: String) -> Int {
        if let found = tasks.firstIndex(where: { $0.name == name }) { return found }
        tasks.append(PageCache.Task(name: name))
        return tasks.count - 1
    }
}
