import Canvas
import Interface
import PageCache
import Scenario

/// What the terminal program shows: the recorded screen is drawn by the very function that draws
/// the live one.
struct DebuggerScreen: Screen {
    private var state: InterfaceState
    private let size: Size

    init(_ run: ScenarioRun, size: Size, view: ViewKind, glyphs: Glyphs) {
        state = InterfaceState(run: run, glyphs: glyphs)
        state.show(view)
        self.size = size
    }

    /// What a person sees who has chosen `state`.
    init(_ state: InterfaceState, size: Size) {
        self.state = state
        self.size = size
    }

    mutating func show(_ position: Int) -> (canvas: Canvas, machine: Machine) {
        state.show(position: position)
        return (view(state, size: size), state.machine)
    }
}

extension Film {
    /// A film of what the terminal program shows.
    ///
    /// - Parameters:
    ///   - runs: the same scenario on each kernel, the first on the left.
    ///   - size: of one kernel's screen.
    public init(
        of runs: [ScenarioRun], at chosen: Moments, size: Size, view: ViewKind = .tree,
        glyphs: Glyphs = .utf8
    ) throws(RecordingError) {
        try self.init(of: runs, at: chosen, size: size) {
            DebuggerScreen($0, size: size, view: view, glyphs: glyphs)
        }
    }

    /// A film of what a person sees: their screen as it is, or the scenario in their view.
    public init(
        of state: InterfaceState, _ scope: RecordingScope, as format: Format, size: Size
    ) throws(RecordingError) {
        let moments =
            switch scope {
            case .moment: Moments(step: state.position)
            case .scenario: format.momentsOfAScenario
            }
        try self.init(of: [state.run], at: moments, size: size) { _ in
            DebuggerScreen(state, size: size)
        }
    }
}
