import Kernel
import PageCache
import Scenario
import Stepping

/// Another kernel after the same operation, or another branch where it was left.
struct Sibling: Sendable {
    var run: ScenarioRun
    /// What heads its column.
    var name: String
    var isShown: Bool
    /// The operation, a number in the scenario's steps; nil: before the first.
    var directive: Int?
    var span: OperationSpan?
    var machine: Machine
    var counts: Audit.Counts
    var findings: [Finding]

    init(_ run: ScenarioRun, after directive: Int?, isShown: Bool) {
        let timeline = run.timeline
        let span = directive.flatMap { number in timeline.spans.first { $0.directive == number } }
        self.init(
            run, at: directive == nil ? 0 : span?.end ?? timeline.end, directive, span,
            name: run.version.name, isShown: isShown)
    }

    private init(
        _ run: ScenarioRun, at position: Int, _ directive: Int?, _ span: OperationSpan?,
        name: String, isShown: Bool
    ) {
        self.run = run
        self.directive = directive
        self.span = span
        self.name = name
        self.isShown = isShown
        let timeline = run.timeline
        machine = timeline.machine(at: position)
        counts = Audit.counts(machine)
        findings = timeline.findings(at: position)
    }

    /// The kernels that are compared: those chosen, or the scenario's first four, the one that is
    /// shown among them.
    static func versions(_ state: InterfaceState) -> [KernelVersion] {
        guard state.choices.compared.isEmpty else {
            // A story that was cut on one kernel would be cut elsewhere on another.
            let right = state.choices.compared.filter(state.run.scenario.isAbout)
            return right.isEmpty ? [state.run.version] : right
        }
        let named = Array(state.run.scenario.kernels.prefix(4))
        return named.contains(state.run.version) ? named : [state.run.version] + named.prefix(3)
    }

    /// Each branch that is compared, where it was left; the one that is shown, where it is.
    private static func branches(_ state: InterfaceState) -> [Sibling] {
        state.choices.comparedBranches.filter(state.branches.indices.contains).map { number in
            let isShown = number == state.choices.branch
            let run = isShown ? state.run : state.branches[number].run ?? state.run
            let position = isShown ? state.position : state.branches[number].position
            let span = run.timeline.span(at: position).map { run.timeline.spans[$0] }
            return Sibling(
                run, at: position, span?.directive, span,
                name: number == 0 ? "the story" : "branch \(number)", isShown: isShown)
        }
    }

    /// Brings the siblings up to date, as far as they are looked at.
    static func settle(_ state: inout InterfaceState) {
        Branch.settle(&state)
        guard state.choices.view == .versions else {
            state.siblings = []
            return
        }
        guard state.choices.comparedBranches.isEmpty else {
            state.siblings = branches(state)
            return
        }
        let wanted = versions(state)
        let directive = state.moment.span.map { state.timeline.spans[$0].directive }
        let isCurrent =
            state.siblings.map(\.run.version) == wanted
            && state.siblings.allSatisfy { $0.directive == directive }
            && state.siblings.allSatisfy { $0.run.scenario == state.run.scenario }
            && state.siblings.allSatisfy { $0.isShown == ($0.run.version == state.run.version) }
        guard !isCurrent else { return }
        let known = state.siblings.filter { $0.run.scenario == state.run.scenario }
        state.siblings = wanted.map { version in
            let run =
                version == state.run.version
                ? state.run
                : known.first { $0.run.version == version }?.run
                    ?? ScenarioRun(state.run.scenario, on: version)
            return Sibling(run, after: directive, isShown: version == state.run.version)
        }
    }
}
