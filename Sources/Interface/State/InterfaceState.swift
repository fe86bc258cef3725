// Room Interface: what a person sees of a scenario and what their keys do to that.
//
// One direction: an event becomes an `Action` (Commands/), the reducer changes the state (State/),
// `view` draws the state (Views/, Panes/). Nothing here reads a clock, a file or the terminal: what
// has to happen outside is returned as an `Effect`.

import Canvas
import Kernel
import PageCache
import Scenario
import Stepping

/// Everything that the screen depends on: a run of a scenario, the moment it stands at, and what
/// the person has chosen.
public struct InterfaceState: Sendable {
    /// The scenario on the kernel that is shown.
    public internal(set) var run: ScenarioRun
    /// What the person has chosen, the position included.
    public internal(set) var choices: Choices
    /// The signs to draw with.
    public internal(set) var glyphs: Glyphs
    /// Which key means which command.
    public internal(set) var keys = KeyMap.standard
    /// What happened to the tree and the counters in the whole run.
    var history: History
    /// The position's machine and what is derived from it.
    var moment: Moment

    /// Where the breakpoints stop this run.
    var stops: [Stop] = []
    /// The causes that are on the screen, found once.
    var explained: (subject: Why.Subject, origin: Int, why: Why)?
    /// The story and what branched off from it; empty while nothing did.
    var branches: [Branch] = []
    /// The same operation on other kernels, while they are looked at.
    var siblings: [Sibling] = []

    /// A state at a position of a run.
    ///
    /// - Parameter position: clamped to the run.
    public init(run: ScenarioRun, position: Int = 0, glyphs: Glyphs = .utf8) {
        self.run = run
        self.glyphs = glyphs
        let position = min(max(0, position), run.timeline.end)
        choices = Choices(position: position)
        history = History(run.timeline)
        moment = Moment(run, history, at: position, from: nil)
    }

    /// Steps from the start of the run.
    public var position: Int { choices.position }
    /// The machine at the position.
    public var machine: Machine { moment.machine }
    public var timeline: Timeline { run.timeline }

    /// How long the event loop should wait for the next event; nil: until there is one. Not nil
    /// only while the story plays by itself, one step an elapsed wait.
    public var timeout: Duration? {
        choices.isPlaying ? .milliseconds(1000 / max(1, choices.speed)) : nil
    }

    /// The file page that the inspector is about: the one selected, or the one that the last step
    /// or the operation is about.
    var subject: UInt64? { choices.selected ?? moment.subject }

    /// Where everything stands on the screen that the person has.
    var layout: Layout {
        Layout(
            size: choices.size, view: choices.view, isPresenting: choices.isPresenting,
            hasFile: run.scenario.tree == nil)
    }

    /// Takes what a terminal has to tell.
    ///
    /// - Returns: what the caller has to do, in this order.
    @discardableResult
    public mutating func handle(_ event: Event) -> [Effect] {
        guard let action = action(for: event) else { return [] }
        let effects = reduce(&self, action)
        Sibling.settle(&self)
        return effects
    }

    /// Takes over what the person prefers.
    public mutating func prefer(_ settings: Settings, quiz: Bool, presenter: Bool) {
        keys = settings.keys
        choices.speed = settings.speed
        choices.isQuiz = quiz
        choices.isPresenting = presenter
    }

    /// Says what became of an effect, until the next key.
    public mutating func report(_ text: String) { choices.message = text }

    /// Goes to a position, as far as there is one.
    mutating func move(to position: Int) {
        let position = min(max(0, position), run.timeline.end)
        choices.position = position
        guard position != moment.position else { return }
        moment = Moment(run, history, at: position, from: moment)
    }

    /// Shows another run at a position of it.
    mutating func show(_ run: ScenarioRun, at position: Int) {
        self.run = run
        explained = nil
        history = History(run.timeline)
        findStops()
        choices.position = min(max(0, position), run.timeline.end)
        moment = Moment(run, history, at: choices.position, from: nil)
    }
}
