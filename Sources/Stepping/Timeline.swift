import Kernel
import PageCache

/// Everything that happens when a plan runs on one kernel, and every moment of it.
///
/// A position is a number of steps from the start; position 0 is the machine before anything ran.
/// The whole plan is executed once, when the timeline is made; what is kept is eight bytes a step
/// and a copy of the machine now and then. A moment is found again by executing forward from the
/// copy before it, which gives the same machine each time: nothing below this depends on anything
/// but the plan.
public struct Timeline: Sendable {
    public let kernel: KernelModel
    public private(set) var plan: [Directive]
    /// What each position but 0 did: `steps[i]` leads from position i to i + 1.
    public private(set) var steps: [Step] = []
    /// One span a directive that was reached.
    public private(set) var spans: [OperationSpan] = []
    /// The findings from a position on, ascending; the first is at position 0.
    public private(set) var findingChanges: [(position: Int, findings: [Finding])] = [(0, [])]
    /// The position right after a BUG, if there is one.
    public private(set) var bugPosition: Int?

    /// Machines kept by position.
    private var checkpoints: [Checkpoint]
    /// Steps between two kept machines: what a jump may have to execute again.
    private let interval: Int
    /// The machine at the end of what has run.
    private var last: Checkpoint

    /// A moment that execution can go on from.
    private struct Checkpoint: Sendable {
        var position: Int
        var machine: Machine
        /// The directive that runs, or is to begin.
        var directive: Int
        /// Statements of it that have run; nil before it has begun.
        var statements: Int?
        /// Statements at which it stops, once the function to stop in was reached.
        var stopAt: Int?
    }

    /// Runs `plan` on `machine`.
    ///
    /// - Parameter limit: a plan that takes more steps than this is cut off there.
    public init(
        kernel: KernelModel, machine: Machine, plan: [Directive], interval: Int = 2048,
        limit: Int = 4_000_000
    ) {
        self.kernel = kernel
        self.plan = []
        self.interval = interval
        last = Checkpoint(position: 0, machine: machine, directive: 0, statements: nil)
        checkpoints = [last]
        extend(with: plan, limit: limit)
    }

    /// The last position.
    public var end: Int { steps.count }

    /// Appends directives to the plan and runs them.
    public mutating func extend(with directives: [Directive], limit: Int = 4_000_000) {
        plan += directives
        var stamp = last.machine.auditStamp
        var auditor = last.machine.locks.writer(of: .tree) == nil
        while let step = advance(&last) {
            record(step)
            let isJudgeable = last.machine.locks.writer(of: .tree) == nil
            if last.machine.auditStamp != stamp || isJudgeable != auditor || step.kind == .bug {
                stamp = last.machine.auditStamp
                auditor = isJudgeable
                noteFindings()
            }
            if last.position % interval == 0 { checkpoints.append(last) }
            guard last.position < limit else { return }
        }
    }

    private mutating func record(_ step: Step) {
        steps.append(step)
        switch step.kind {
        case .began:
            // Of a directive that is done at once, the next is up already.
            let directive = last.statements == nil ? last.directive - 1 : last.directive
            spans.append(
                OperationSpan(directive: directive, start: last.position, end: last.position))
        case .refused:
            spans.append(
                OperationSpan(
                    directive: last.directive - 1, start: last.position, end: last.position,
                    refusal: refusal))
        case .bug: bugPosition = last.position
        case .ran, .finished, .blocked: break
        }
        if !spans.isEmpty { spans[spans.count - 1].end = last.position }
    }

    private mutating func noteFindings() {
        guard let findings = Audit.findings(last.machine) else { return }
        if findings != findingChanges[findingChanges.count - 1].findings {
            findingChanges.append((last.position, findings))
        }
    }

    /// Why the directive before the present one could not begin.
    private var refusal: String {
        let directive = plan[last.directive - 1]
        var machine = last.machine
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
}

// MARK: - Execution

extension Timeline {
    /// Makes one step; nil at the end of the plan.
    private func advance(_ at: inout Checkpoint) -> Step? {
        guard at.directive < plan.count else { return nil }
        let directive = plan[at.directive]
        let task = at.machine.index(ofTask: directive.task)
        guard let statements = at.statements else { return begin(directive, task, &at) }
        let top = at.machine.tasks[task].frames.count - 1
        var step = Step(
            kind: .ran, task: UInt8(task), depth: UInt8(clamping: top),
            function: UInt16(at.machine.tasks[task].frames[top].function),
            statement: UInt16(at.machine.tasks[task].frames[top].statement))
        let result = kernel.step(&at.machine, task: task)
        at.position += 1
        at.statements = statements + 1
        switch result {
        case .ran:
            if isStopped(directive, &at, task) { leave(&at) }
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

    private func begin(_ directive: Directive, _ task: Int, _ at: inout Checkpoint) -> Step {
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
        if let frame = at.machine.tasks[task].frames.last, step.kind == .began {
            step.function = UInt16(frame.function)
            at.statements = 0
        } else {
            // Refused, or done at once.
            at.directive += 1
        }
        return step
    }

    private func isStopped(_ directive: Directive, _ at: inout Checkpoint, _ task: Int) -> Bool {
        switch directive.stop {
        case .end: return false
        case .statements(let count): return at.statements! >= count
        case .function(let name, let count):
            if at.stopAt == nil, let frame = at.machine.tasks[task].frames.last,
                frame.statement == 0, kernel.listings[frame.function].name == name
            {
                at.stopAt = at.statements! + count
            }
            guard let stop = at.stopAt else { return false }
            return at.statements! >= stop
        }
    }

    private func leave(_ at: inout Checkpoint) {
        at.directive += 1
        at.statements = nil
        at.stopAt = nil
    }

    /// The machine at a position.
    ///
    /// - Parameter position: 0 to `end`.
    public func machine(at position: Int) -> Machine {
        precondition((0...end).contains(position), "no such position")
        if position == last.position { return last.machine }
        var low = 0
        var high = checkpoints.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if checkpoints[middle].position <= position { low = middle } else { high = middle - 1 }
        }
        var at = checkpoints[low]
        while at.position < position, advance(&at) != nil {}
        return at.machine
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
