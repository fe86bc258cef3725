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
    private var player: Player
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
    private var auditor = Auditor()
    /// The machine at the end of what has run.
    private var last: Checkpoint

    /// Runs `plan` on `machine`.
    ///
    /// - Parameter limit: a plan that takes more steps than this is cut off there.
    public init(
        kernel: KernelModel, machine: Machine, plan: [Directive], interval: Int = 2048,
        limit: Int = 4_000_000
    ) {
        player = Player(kernel: kernel)
        self.interval = interval
        last = Checkpoint(machine)
        checkpoints = [last]
        extend(with: plan, limit: limit)
    }

    public var kernel: KernelModel { player.kernel }
    public var plan: [Directive] { player.plan }

    /// The last position.
    public var end: Int { steps.count }

    /// Appends directives to the plan and runs them.
    public mutating func extend(with directives: [Directive], limit: Int = 4_000_000) {
        player.plan += directives
        let player = player
        defer {
            // As long as nothing follows; more of the plan may.
            if let failing = last.failing {
                spans[failing.directive].unmet =
                    failing.task == nil
                    ? .noOperation
                    : .allocations(last.machine.allocator.calls, asked: failing.call)
            }
        }
        while let step = player.advance(&last) {
            record(step)
            if auditor.look(at: last.machine) {
                findingChanges.append((last.position, auditor.findings))
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
            let directive = last.running == nil ? last.directive - 1 : last.directive
            spans.append(
                OperationSpan(directive: directive, start: last.position, end: last.position))
        case .refused:
            spans.append(
                OperationSpan(
                    directive: last.directive - 1, start: last.position, end: last.position,
                    refusal: player.refusal(of: last)))
        case .bug: bugPosition = last.position
        case .ran, .finished, .blocked: break
        }
        if !spans.isEmpty { spans[spans.count - 1].end = last.position }
        // There is a span for each directive that was reached.
        for (directive, unmet) in last.settled { spans[directive].unmet = unmet }
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
        while at.position < position, player.advance(&at) != nil {}
        return at.machine
    }
}
