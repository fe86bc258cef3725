import Canvas
import PageCache
import Scenario
import Stepping

/// Draws a state. The same state and size give the same picture, always.
public func view(_ state: InterfaceState, size: Size) -> Canvas {
    var canvas = Canvas(size: size, glyphs: state.glyphs)
    let layout = Layout(
        size: size, view: state.choices.view, isPresenting: state.choices.isPresenting,
        hasFile: state.run.scenario.tree == nil)
    guard layout.form != .tiny else {
        TinyScreen.draw(&canvas, Scene(state, form: .tiny))
        return canvas
    }
    let scene = Scene(state, form: layout.form)
    canvas.inside(layout.title) { TitleLine.draw(&$0, scene) }
    canvas.inside(layout.timeline) { TimelineBar.draw(&$0, scene) }
    canvas.inside(layout.names) { TimelineBar.drawNames(&$0, scene) }
    if case .help(let filter, let selected) = state.choices.mode {
        canvas.inside(layout.main) { HelpScreen.draw(&$0, scene, filter, selected) }
    } else {
        MainScreen.draw(&canvas, layout, scene)
    }
    canvas.inside(layout.keys) { KeyLine.draw(&$0, scene) }
    if case .command(let line) = state.choices.mode {
        KeyLine.drawCandidates(&canvas, layout, scene, line)
    }
    return canvas
}

/// What panes draw from.
struct Scene: Sendable {
    let state: InterfaceState
    let form: Layout.Form
    let look: Look

    init(_ state: InterfaceState, form: Layout.Form) {
        self.state = state
        self.form = form
        look = Look(glyphs: state.glyphs, keys: state.keys)
    }

    var moment: Moment { state.moment }
    var machine: Machine { state.moment.machine }
    var base: Machine { state.moment.base }
    var timeline: Timeline { state.timeline }
    var scenario: Scenario { state.run.scenario }

    /// The scenario's step that has begun.
    var step: ScenarioStep? {
        moment.span.map { scenario.steps[timeline.spans[$0].directive] }
    }

    /// Contents of a pane that is made of lines.
    func text(of pane: Pane, _ size: Size) -> PaneText {
        switch pane {
        case .tree: PaneText([])
        case .slot: SlotPane.text(self, size)
        case .mappings: MappingsPane.text(self, size)
        case .counters: CountersPane.text(self, size)
        case .findings: FindingsPane.text(self, size)
        case .task: TaskPane.text(self, size)
        case .narration: NarrationPane.text(self, size)
        case .body: Body.text(self, size) ?? PaneText([])
        }
    }

    func title(of pane: Pane) -> (title: StyledText, note: StyledText?) {
        switch pane {
        case .tree: TreePane.title(self)
        case .slot: SlotPane.title(self)
        case .mappings: MappingsPane.title(self)
        case .counters: CountersPane.title(self)
        case .findings: FindingsPane.title(self)
        case .task: TaskPane.title(self)
        case .narration: NarrationPane.title(self)
        case .body: Body.title(self)
        }
    }
}

/// The lines of a pane: some that stay, below them some that scroll.
struct PaneText: Sendable {
    var fixed: [StyledText] = []
    var lines: [StyledText]
    /// The line that is shown first while nobody scrolls.
    var top = 0

    init(_ lines: [StyledText]) {
        self.lines = lines
    }

    init(fixed: [StyledText], _ lines: [StyledText], top: Int = 0) {
        self.fixed = fixed
        self.lines = lines
        self.top = top
    }
}
