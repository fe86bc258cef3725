import Kernel
import PageCache
import Stepping

extension ScenarioRun {
    /// The scenario up to a position of this run. In the middle of an operation its step is cut
    /// there, to the statement, and what was to be said, asked and expected at its end is left out.
    ///
    /// The same operation has other statements on another kernel: a scenario that was cut names
    /// only the kernel of this run.
    public func scenario(upTo position: Int) -> Scenario {
        var cut = scenario
        let span = timeline.span(at: position).map { timeline.spans[$0] }
        cut.steps = Array(scenario.steps.prefix(span.map { $0.directive + 1 } ?? 0))
        guard let span, position < span.end, !cut.steps.isEmpty else { return cut }
        cut = cut.narrowed(to: version)
        // How far each step came is known of this run, but for a call that may still fail.
        let begun = timeline.spans.prefix(span.directive).last { !$0.isResumed }?.directive
        for past in timeline.spans.prefix(span.directive) where past.unmet != nil {
            switch past.operation {
            case .fail?, .failIO?:
                if past.directive == begun {
                    cut.steps[past.directive].forgetUnmet()
                    continue
                }
            default: break
            }
            cut.steps[past.directive].expectUnmet()
        }
        let step = cut.steps[span.directive]
        let met = Self.meetings(of: step.sayAt.map(\.place), in: span, timeline)
        cut.steps[span.directive] = ScenarioStep(
            step.action, task: step.task,
            stop: ScenarioStep.Stop(statements: position - span.start),
            sayAt: zip(step.sayAt, met).filter { $1 ?? .max <= position }.map(\.0),
            origin: step.origin)
        return cut
    }

    /// The task whose step has begun at or before a position; nil before the first.
    public func task(at position: Int) -> String? {
        step(at: position).map { scenario.steps[$0].task }
    }

    /// The tasks that are in the middle of an operation at a position.
    public func parked(at position: Int) -> [String] {
        timeline.machine(at: position).tasks.filter { !$0.frames.isEmpty && !$0.isDead }
            .map(\.name)
    }
}

extension Scenario {
    /// Whether a step counts statements from where its task stands, which is another place on
    /// another kernel.
    public var countsStatements: Bool {
        steps.contains { $0.stop != nil && $0.stop?.function == nil }
    }

    /// Whether it means on this kernel what it means on those that it names.
    public func isAbout(_ version: KernelVersion) -> Bool {
        canRun(on: version) && (kernels.contains(version) || !countsStatements)
    }

    /// What is left of it for one kernel alone.
    fileprivate func narrowed(to version: KernelVersion) -> Scenario {
        var narrow = self
        narrow.kernels = [version]
        // Of a kernel that it does not name it promises nothing.
        let isNamed = kernels.contains(version)
        narrow.steps = steps.map { $0.narrowed(to: version, promises: isNamed) }
        return narrow
    }
}

extension ScenarioStep {
    fileprivate func narrowed(to version: KernelVersion, promises: Bool) -> ScenarioStep {
        var step = self
        step.say = say.narrowed(to: version)
        step.sayAt = sayAt.compactMap { item in
            guard promises else { return nil }
            return item.say.text(for: version).map {
                PlacedText(at: item.place, Narration($0), origin: item.origin)
            }
        }
        step.note = note.narrowed(to: version)
        if case .text(let answer)? = ask?.answer {
            let narrow = answer.narrowed(to: version)
            if narrow.isEmpty { step.ask = nil } else { step.ask?.answer = .text(narrow) }
        }
        let conditions = promises ? conditions(for: version) : []
        step.expect = conditions.isEmpty ? [] : [Expectation(conditions)]
        return step
    }
}

extension ScenarioStep {
    fileprivate mutating func expectUnmet() {
        guard !expect.contains(where: { $0.conditions.contains { $0.value.key == .met } }) else {
            return
        }
        let unmet = Located(Condition.met(false))
        expect = [Expectation(expect.flatMap(\.conditions) + [unmet])]
    }
}

extension ScenarioStep {
    /// What an earlier cut has said of it is open again.
    fileprivate mutating func forgetUnmet() {
        expect = expect.compactMap { item in
            let rest = item.conditions.filter { $0.value.key != .met }
            return rest.isEmpty ? nil : Expectation(kernels: item.kernels, rest)
        }
    }
}

extension Narration {
    fileprivate func narrowed(to version: KernelVersion) -> Narration {
        Narration(text(for: version))
    }
}
