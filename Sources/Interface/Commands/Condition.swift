import Canvas
import Kernel

extension Command {
    /// When a command can do anything.
    enum Condition: Sendable {
        case always
        /// Something is still to run.
        case beforeEnd
        /// Something has run.
        case afterStart
        /// Something was searched for.
        case searched
        /// The scenario names several kernels.
        case manyKernels
    }

    /// The values that an argument can have.
    enum Values: Sendable {
        case any
        case onOff
        case kernels
        case themes
    }

    func applies(_ state: InterfaceState) -> Bool {
        switch condition {
        case .always: true
        case .beforeEnd: state.position < state.timeline.end
        case .afterStart: state.position > 0
        case .searched: state.choices.pattern != nil
        case .manyKernels: state.run.scenario.kernels.count > 1
        }
    }

    /// Why it can do nothing now.
    var refusal: String {
        switch condition {
        case .always: "\(name) has nothing to do here"
        case .beforeEnd: "this is the end of the story; g goes to the start"
        case .afterStart: "this is the start; the right arrow goes on"
        case .searched: "nothing was searched for yet; / searches"
        case .manyKernels: "the scenario names one kernel; :kernel takes any"
        }
    }

    /// What the argument can be completed to.
    func values(_ state: InterfaceState) -> [String] {
        switch values {
        case .any: []
        case .onOff: ["on", "off"]
        case .kernels: KernelVersion.allCases.map(\.name)
        case .themes: Theme.all.map(\.name)
        }
    }
}
