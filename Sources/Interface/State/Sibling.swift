import Kernel
import PageCache
import Scenario
import Stepping

/// Another kernel after the same operation.
struct Sibling: Sendable {
    var run: ScenarioRun
    /// The operation, a number in the scenario's steps; nil: before the first.
    var directive: Int?
    var span: OperationSpan?
    var machine: Machine
    var counts: Audit.Counts
    var findings: [Finding]

    init(_ run: ScenarioRun, after directive: Int?) {
        self.run = run
        self.directive = directive
        let timeline = run.timeline
        span = directive.flatMap { number in timeline.spans.first { $0.directive == number } }
        let position = directive == nil ? 0 : span?.end ?? timeline.end
        machine = timeline.machine(at: position)
        counts = Audit.counts(machine)
        findings = timeline.findings(at: position)
    }

    /// The kernels that are compared: those chosen, or the scenario's first four, the one that is
    /// shown among them.
    static func versions(_ state: InterfaceState) -> [KernelVersion] {
        guard state.choices.compared.isEmpty else { return state.choices.compared }
        let named = Array(state.run.scenario.kernels.prefix(4))
        return named.contains(state.run.version) ? named : [state.run.version] + named.prefix(3)
    }

    /// Brings the siblings up to date, as far as they are looked at.
    static func settle(_ state: inout InterfaceState) {
        guard state.choices.view == .versions else {
            state.siblings = []
            return
        }
        let wanted = versions(state)
        let directive = state.moment.span.map { state.timeline.spans[$0].directive }
        let isCurrent =
            state.siblings.map(\.run.version) == wanted
            && state.siblings.allSatisfy { $0.directive == directive }
            && state.siblings.allSatisfy { $0.run.scenario == state.run.scenario }
        guard !isCurrent else { return }
        let known = state.siblings.filter { $0.run.scenario == state.run.scenario }
        state.siblings = wanted.map { version in
            let run =
                version == state.run.version
                ? state.run
                : known.first { $0.run.version == version }?.run
                    ?? ScenarioRun(state.run.scenario, on: version)
            return Sibling(run, after: directive)
        }
    }
}
