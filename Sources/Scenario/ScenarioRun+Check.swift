import Kernel
import PageCache
import Stepping

extension ScenarioRun {
    /// An expectation that does not hold.
    public struct Failure: Equatable, Sendable {
        /// Number of the step, from 0.
        public var step: Int
        /// The moment at which it was checked.
        public var position: Int
        /// Nil: it is no condition that failed but the step's story, which `found` and `expected`
        /// tell.
        public var condition: Condition.Key?
        public var expected: String
        public var found: String
        public var origin: Origin
    }

    /// Checks every expectation for this kernel. A step that could not begin fails too, unless a
    /// BUG stopped its task before; and one that did not get what it asked for, unless that is
    /// expected.
    public func failures() -> [Failure] {
        var failures: [Failure] = []
        for span in timeline.spans {
            let step = scenario.steps[span.directive]
            let conditions = step.conditions(for: version)
            if let refusal = span.refusal {
                if timeline.bugPosition == nil || !conditions.isEmpty {
                    failures.append(
                        Failure(
                            step: span.directive, position: span.start, condition: .result,
                            expected: "the step to begin", found: refusal, origin: step.origin))
                }
                continue
            }
            failures += untold(step, span)
            if let failure = unmet(span, step, conditions), !isRemark(span, conditions) {
                failures.append(failure)
            }
            guard !conditions.isEmpty else { continue }
            let moment = CheckedMoment(
                before: timeline.machine(at: span.start), after: timeline.machine(at: span.end),
                findings: timeline.findings(at: span.end), task: step.task)
            for condition in conditions {
                guard let found = moment.mismatch(condition.value) else { continue }
                failures.append(
                    Failure(
                        step: span.directive, position: span.end, condition: condition.value.key,
                        expected: found.expected, found: found.found, origin: condition.origin))
            }
        }
        return failures
    }

    /// The texts of a step for places that its task never comes to.
    private func untold(_ step: ScenarioStep, _ span: OperationSpan) -> [Failure] {
        let texts = step.sayAt.filter { $0.say.text(for: version) != nil }
        let met = Self.meetings(of: texts.map(\.place), in: span, timeline)
        return zip(texts, met).filter { $1 == nil }.map { text, _ in
            Failure(
                step: span.directive, position: span.end, condition: nil,
                expected: "because 'say-at' has a text for it",
                found: "it never comes to '\(text.place)'", origin: text.origin)
        }
    }

    /// What is to be told and is no failure: a task that another step let run as far as it could,
    /// and that had nothing to go on with, where it has on another kernel of the scenario.
    public func remarks() -> [Failure] {
        timeline.spans.compactMap { span in
            let step = scenario.steps[span.directive]
            let conditions = step.conditions(for: version)
            return isRemark(span, conditions) ? unmet(span, step, conditions) : nil
        }
    }

    private func isRemark(_ span: OperationSpan, _ conditions: [Located<Condition>]) -> Bool {
        guard span.unmet == .nothingToResume, !conditions.contains(where: { $0.value.key == .met })
        else { return false }
        return scenario.kernels.contains { other in
            guard other != version else { return false }
            let there = ScenarioRun(scenario, on: other).timeline.spans
            return there.contains {
                $0.directive == span.directive && $0.unmet == nil && $0.refusal == nil
            }
        }
    }

    /// What is wrong with how far the step came.
    private func unmet(
        _ span: OperationSpan, _ step: ScenarioStep, _ conditions: [Located<Condition>]
    ) -> Failure? {
        let expectation = conditions.first { $0.value.key == .met }
        let isMet = expectation?.value != .met(false)
        guard isMet == (span.unmet != nil) else { return nil }
        let stop = step.stop?.origin.position == nil ? nil : step.stop?.origin
        return Failure(
            step: span.directive, position: span.end, condition: .met, expected: "\(isMet)",
            found: span.unmet?.description ?? "got what it asked for, expected 'met: false'",
            origin: expectation?.origin ?? stop ?? step.origin)
    }

    /// `FILE:LINE:COLUMN: v6: step 5 (store): nrpages is 2, expected 1`.
    public func describe(_ failure: Failure, file: String) -> String {
        let step = scenario.steps[failure.step]
        let what = step.operation?.name ?? "resume"
        let position = failure.origin.position ?? SourcePosition(line: 1, column: 1)
        let condition = failure.condition.map { "\($0.rawValue) is " } ?? ""
        let difference =
            failure.condition == .met
            ? failure.found : "\(condition)\(failure.found), expected \(failure.expected)"
        let isUnmet = failure.condition == .met && failure.expected == "true"
        let met = "if that is meant, expect { met: false } there"
        return Diagnostic(
            file: file, line: position.line, column: position.column,
            message: "\(version.name): step \(failure.step + 1) (\(what)): \(difference)",
            hint: isUnmet ? met : nil
        ).description
    }

    /// The value that answers a question, as the machine shows it after step `step`.
    public func answer(to observable: Observable, after step: Int) -> String? {
        guard let span = timeline.spans.first(where: { $0.directive == step }) else { return nil }
        let machine = timeline.machine(at: span.end)
        let task = machine.tasks.first { $0.name == scenario.steps[step].task }
        let tree = machine.mapping.pageTree
        switch observable {
        case .nrpages: return "\(machine.mapping.nrpages)"
        case .nrexceptional: return "\(machine.mapping.nrexceptional)"
        case .height: return "\(tree.height)"
        case .nodes: return "\(tree.nodeCount)"
        case .rootTags: return CheckedMoment.letters(tree.rootTags)
        case .findings:
            let kinds = Set(timeline.findings(at: span.end).map(\.kind.rawValue))
            return kinds.isEmpty ? "none" : kinds.sorted().joined(separator: ", ")
        case .value: return task?.outcome.value.map { "\($0)" }
        case .result: return task.map { CheckedMoment.result($0.outcome) }
        case .bug: return machine.bug?.location ?? "none"
        case .size: return "\(machine.inode.size)"
        }
    }
}
