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
    /// What was wrong, each with its time; in the order in which it was born.
    public private(set) var episodes: [Episode] = []
    /// The findings from a position on, ascending; the first is at position 0.
    public private(set) var findingChanges: [(position: Int, findings: [Finding])] = [(0, [])]
    /// The position right after a BUG, if there is one.
    public private(set) var bugPosition: Int?

    /// Machines kept by position.
    private var checkpoints: [Checkpoint]
    /// Steps between two kept machines: what a jump may have to execute again.
    private let interval: Int
    private var auditor = Auditor()
    /// The numbers of the episodes that have not ended.
    private var open: [Finding: Int] = [:]
    /// Findings that stand and that nobody can judge at present.
    private var inHand: [Finding] = []
    /// A machine of not long ago, for the short way back.
    private var recent: Checkpoint
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
        recent = last
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
            // As long as nothing follows; more of the plan may. An operation that has not ended
            // may still come to it.
            if let failing = last.failing, failing.task == nil {
                spans[failing.directive].unmet = .noOperation
            }
        }
        while let step = player.advance(&last) {
            record(step)
            if auditor.look(at: last.machine) || hasLetGo { noteFindings() }
            if last.position % Self.recency == 0 { recent = last }
            if last.position % interval == 0 { checkpoints.append(last) }
            guard last.position < limit else { break }
        }
        if !Audit.canJudgeTree(last.machine) { closeWhatIsOver() }
        listFindings()
    }

    /// Steps between two machines for the short way back.
    private static let recency = 128

    private mutating func record(_ step: Step) {
        steps.append(step)
        switch step.kind {
        case .began:
            // Of a directive that is done at once, the next is up already.
            let directive = last.running == nil ? last.directive - 1 : last.directive
            spans.append(span(of: directive))
        case .refused:
            var span = span(of: last.directive - 1)
            span.refusal = player.refusal(of: last)
            spans.append(span)
        case .bug: bugPosition = last.position
        case .ran, .finished, .blocked: break
        }
        if !spans.isEmpty { spans[spans.count - 1].end = last.position }
        // There is a span for each directive that was reached.
        for (directive, unmet) in last.settled { spans[directive].unmet = unmet }
    }

    private func span(of number: Int) -> OperationSpan {
        let directive = plan[number]
        var span = OperationSpan(
            directive: number, task: directive.task, operation: directive.operation,
            isResumed: directive.operation == nil, start: last.position, end: last.position)
        if span.isResumed, last.running != nil {
            span.operation =
                spans.last { $0.task == directive.task && $0.refusal == nil }?.operation
        }
        return span
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

// MARK: - Findings

extension Timeline {
    /// What the audit had stopped to judge has ended: it does not see that.
    private var hasLetGo: Bool {
        !inHand.isEmpty && Audit.canJudgeTree(last.machine)
            && inHand.contains { Audit.isOver($0, in: last.machine) }
    }

    /// What the audit sees for the first time was true before, and what it sees no more has ended
    /// before: the way back is executed again, and the finding asked for after every statement.
    private mutating func noteFindings() {
        let now = Set(auditor.findings)
        let new = auditor.findings.filter { open[$0] == nil }
        // What somebody has in hand is not judged, and stands until it is true no more.
        let unseen = open.keys.filter { !now.contains($0) }.sorted(by: Finding.isTold)
        let gone = unseen.filter { Audit.isOver($0, in: last.machine) }
        inHand = unseen.filter { !gone.contains($0) }
        for (finding, born) in zip(new, starts(of: new, being: true)) {
            open[finding] = episodes.count
            episodes.append(Episode(finding: finding, born: born, seen: last.position))
        }
        close(gone)
    }

    private mutating func close(_ gone: [Finding]) {
        for (finding, end) in zip(gone, starts(of: gone, being: false)) {
            episodes[open.removeValue(forKey: finding)!].ended = end
        }
    }

    /// A run that ends under tree_lock is judged no more. What is not true any more is over all the
    /// same, but for counts, which go up and down there.
    private mutating func closeWhatIsOver() {
        close(
            open.keys.filter {
                Audit.isOver($0, in: last.machine)
                    && Audit.discrepancy($0, in: last.machine) == nil
            }.sorted(by: Finding.isTold))
    }

    /// The first position of the stretch, up to the present, for which each finding has been true,
    /// or not true.
    private func starts(of findings: [Finding], being value: Bool) -> [Int] {
        guard !findings.isEmpty else { return [] }
        var inquiry = Inquiry(findings, are: value, in: last.machine)
        var starts = findings.map { _ in last.position }
        var upper = last.position
        for base in [recent] + checkpoints.reversed() where base.position < upper {
            inquiry.begin()
            var at = base
            repeat {
                inquiry.look(at: at.machine, at.position)
            } while at.position < upper - 1 && player.advance(&at) != nil
            for number in findings.indices {
                starts[number] = inquiry.starts[number] ?? starts[number]
            }
            if inquiry.isDone { break }
            upper = base.position
        }
        return starts
    }

    /// Brings the episodes into order, and writes down what stands from where on.
    private mutating func listFindings() {
        episodes.sort { a, b in
            a.born != b.born ? a.born < b.born : Finding.isTold(a.finding, before: b.finding)
        }
        open = [:]
        for (number, episode) in episodes.enumerated() where episode.ended == nil {
            open[episode.finding] = number
        }
        let births = Dictionary(grouping: episodes, by: \.born)
        let ends = Dictionary(grouping: episodes.filter { $0.ended != nil }, by: { $0.ended! })
        var standing: Set<Finding> = []
        findingChanges = Set([0] + births.keys + ends.keys).sorted().map { position in
            for episode in ends[position] ?? [] { standing.remove(episode.finding) }
            for episode in births[position] ?? [] { standing.insert(episode.finding) }
            return (position, standing.sorted(by: Finding.isTold))
        }
    }
}

// MARK: - Looking back

extension Timeline {
    /// A step that changed a value.
    public struct Change<Value> {
        /// The position after the step.
        public var position: Int
        public var before: Value
        public var after: Value
    }

    /// The last steps, at most `count`, that changed a value, in the order in which they ran. The
    /// way back is executed again, as far as it has to be.
    ///
    /// - Parameter position: where the way back begins; a step that led there counts.
    public func lastChanges<Value: Equatable>(
        _ count: Int = 1, upTo position: Int, of value: (Machine) -> Value
    ) -> [Change<Value>] {
        var found: [Change<Value>] = []
        var upper = position
        for base in checkpoints.reversed() where base.position < upper {
            var here: [Change<Value>] = []
            var at = base
            var before = value(at.machine)
            while at.position < upper, player.advance(&at) != nil {
                let after = value(at.machine)
                if after != before {
                    here.append(Change(position: at.position, before: before, after: after))
                }
                before = after
            }
            found = here.suffix(count - found.count) + found
            if found.count == count { break }
            upper = base.position
        }
        return found
    }
}
