import Kernel
import PageCache
import Stepping

/// A scenario on one kernel: its timeline, and which step stands where on it.
public struct ScenarioRun: Sendable {
    public let scenario: Scenario
    public let version: KernelVersion
    public private(set) var timeline: Timeline
    /// What `say-at` tells, by step.
    let tellings: [Int: [Telling]]

    /// Runs the scenario to its end.
    ///
    /// - Parameter version: any kernel; the scenario need not name it.
    /// - Parameter machine: what it begins with; nil: a machine with the scenario's file.
    public init(_ scenario: Scenario, on version: KernelVersion, from machine: Machine? = nil) {
        self.scenario = scenario
        self.version = version
        timeline = Timeline(
            kernel: .of(version, config: scenario.config),
            machine: machine ?? .beginning(scenario.file, tree: scenario.tree, version),
            plan: scenario.steps.map(\.directive))
        tellings = Self.tellings(scenario, version, timeline)
    }

    /// The number (from 0) of the step that has begun at or before `position`; nil before the
    /// first.
    public func step(at position: Int) -> Int? {
        timeline.span(at: position).map { timeline.spans[$0].directive }
    }
}

extension ScenarioStep {
    /// What the timeline is to do for this step.
    public var directive: Directive {
        let stop: Directive.Stop =
            switch self.stop {
            case nil: .end
            case let stop? where stop.function == nil: .statements(stop.statements)
            case let stop?: .function(stop.function!, statements: stop.statements)
            }
        return Directive(task: task, operation, stop: stop)
    }
}
