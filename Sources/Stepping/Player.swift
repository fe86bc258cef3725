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
    /// An allocation or an I/O that is to fail and has not yet.
    var failing: FailingCall?
    /// Directives of which the last step has shown what they did not get; nil: nothing.
    var settled: [(directive: Int, unmet: Unmet?)] = []

    init(_ machine: Machine) { self.machine = machine }
}

/// Executes a plan, one step at a time. The same checkpoint always leads to the same one.
struct Player: Sendable {
    let kernel: KernelModel
    var plan: [Directive] = []

    /// Makes one step; nil at the end of the plan.
    func advance(_ at: inout Checkpoint) -> Step? {
        guard at.directive < plan.count else { return nil }
        if !at.settled.isEmpty { at.settled = [] }
        guard let running = at.running else { return begin(&at) }
        let task = running.task
        let top = at.machine.tasks[task].frames.count - 1
        var step = Step(
            kind: .ran, task: UInt8(task), depth: UInt8(clamping: top),
            function: UInt16(at.machine.tasks[task].frames[top].function),
            statement: UInt16(at.machine.tasks[task].frames[top].statement))
        let result = kernel.step(&at.machine, task: task)
        at.position += 1
        at.watchFailing(task, result)
        at.running!.statements = running.statements + 1
        switch result {
        case .ran:
            noteFunction(&at)
            if at.running!.statements >= at.running!.limit { leave(&at) }
        case .finished:
            step.kind = .finished
            leave(&at, .ended)
        case .blocked(let wait):
            step.kind = .blocked
            at.running!.statements = running.statements
            leave(&at, .waits(wait))
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
            if step.kind == .began { doneAtOnce(&at, directive) }
            at.directive += 1
            return step
        }
        step.function = UInt16(frame.function)
        if directive.operation != nil { at.beginWatching(task: task) }
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
        if directive.operation != nil {
            // The operation may begin with the function to stop in.
            noteFunction(&at)
            if at.running!.limit == 0 { leave(&at) }
        }
        return step
    }

    /// After a directive that has no statements: a failing call, or a resume of nothing.
    private func doneAtOnce(_ at: inout Checkpoint, _ directive: Directive) {
        switch directive.operation {
        case .fail(let call)?: fail(.allocation, call, &at)
        case .failIO(let call)?: fail(.transfer, call, &at)
        case nil: at.settled.append((at.directive, .nothingToResume))
        default: break
        }
    }

    private func fail(_ kind: FailingCall.Kind, _ call: Int, _ at: inout Checkpoint) {
        if let failing = at.failing { at.settle(failing, .noOperation) }
        at.failing = FailingCall(kind: kind, directive: at.directive, call: call)
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

    /// The directive is over.
    ///
    /// - Parameter how: what ended it before it came to its stop; nil when it came there.
    private func leave(_ at: inout Checkpoint, _ how: Unmet.How? = nil) {
        if let how, let unmet = unmet(at, how) { at.settled.append((at.directive, unmet)) }
        at.directive += 1
        at.running = nil
    }

    private func unmet(_ at: Checkpoint, _ how: Unmet.How) -> Unmet? {
        guard let running = at.running, running.statements < running.limit else { return nil }
        switch plan[at.directive].stop {
        case .end: return nil
        case .statements(let count):
            return .statements(running.statements, asked: count, function: nil, how)
        case .function(let name, let count):
            guard running.limit < .max else { return .function(name, how) }
            let ran = running.statements - (running.limit - count)
            return .statements(ran, asked: count, function: name, how)
        }
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
