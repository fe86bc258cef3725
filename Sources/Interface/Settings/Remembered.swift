import Kernel

/// What is kept of a scenario from one evening to the next. Everything in it may be damaged, or
/// of another version of the scenario: what cannot be used is left out.
public struct Remembered: Codable, Equatable, Sendable {
    /// A moment with a note.
    struct Place: Codable, Equatable, Sendable {
        var kernel: String
        var position: Int
        var note: String?
    }

    struct Said: Codable, Equatable, Sendable {
        var kernel: String
        var step: Int
        var text: String
        var isRight: Bool
    }

    /// Of this format. A file of another one is not read.
    var format = Remembered.format
    var kernel: String
    var position: Int
    var view: String
    var marks: [String: Place] = [:]
    var bookmarks: [Place] = []
    var breakpoints: [String] = []
    var entered: [String] = []
    var pattern: String?
    var answers: [Said] = []

    private static let format = 1
    /// Nobody sets more than this many of anything.
    private static let limit = 1000

    /// What is worth keeping of a state. Of branches only where they left the story.
    public init(_ state: InterfaceState) {
        let story = state.choices.branch == 0 ? nil : state.branches.first
        kernel = (story?.run.version ?? state.run.version).name
        position = story?.position ?? state.position
        let choices = state.choices
        view = choices.view.rawValue
        for (mark, spot) in choices.marks {
            marks[mark.rawValue] = Place(kernel: spot.version.name, position: spot.position)
        }
        bookmarks = choices.bookmarks.map { spot, note in
            Place(kernel: spot.version.name, position: spot.position, note: note)
        }.sorted { ($0.kernel, $0.position) < ($1.kernel, $1.position) }
        breakpoints = choices.breakpoints.map(\.text)
        entered = Array(choices.entered.suffix(100))
        pattern = choices.pattern
        answers = choices.answers.map { spot, answer in
            Said(
                kernel: spot.version.name, step: spot.step, text: answer.text,
                isRight: answer.isRight)
        }.sorted { ($0.kernel, $0.step) < ($1.kernel, $1.step) }
    }

    /// The kernel that was shown; nil when this program does not have it.
    public var version: KernelVersion? { KernelVersion(rawValue: kernel) }

    /// Whether it can be read at all.
    public var isKnown: Bool { format == Self.format }

    fileprivate func spot(_ place: Place) -> Spot? {
        guard let version = KernelVersion(rawValue: place.kernel), place.position >= 0 else {
            return nil
        }
        // No run has more steps than this.
        return Spot(version: version, position: min(place.position, 4_000_000))
    }

    fileprivate func first<Element>(_ elements: [Element]) -> some Sequence<Element> {
        elements.prefix(Self.limit)
    }
}

extension InterfaceState {
    /// Takes up what was kept.
    ///
    /// - Parameter goesThere: also to the place where the person was, if this is its kernel.
    public mutating func recall(_ memory: Remembered, goesThere: Bool) {
        guard memory.isKnown else { return }
        for (name, place) in memory.marks {
            if let mark = Mark(rawValue: name) { choices.marks[mark] = memory.spot(place) }
        }
        for place in memory.first(memory.bookmarks) {
            guard let spot = memory.spot(place) else { continue }
            choices.bookmarks[spot] = String((place.note ?? "").prefix(LineEdit.limit))
        }
        for text in memory.first(memory.breakpoints) {
            if let breakpoint = try? Breakpoint.parse(text, timeline.kernel) {
                choices.breakpoints.append(breakpoint)
            }
        }
        findStops()
        choices.entered = memory.first(memory.entered).map { String($0.prefix(LineEdit.limit)) }
        choices.pattern = memory.pattern.map { String($0.prefix(LineEdit.limit)) }
        for said in memory.first(memory.answers) {
            guard let version = KernelVersion(rawValue: said.kernel),
                run.scenario.steps.indices.contains(said.step)
            else { continue }
            choices.answers[QuestionSpot(version: version, step: said.step)] = Answer(
                text: String(said.text.prefix(LineEdit.limit)), isRight: said.isRight)
        }
        guard goesThere, memory.version == run.version else { return }
        if let view = ViewKind(rawValue: memory.view) { reduce(&self, .view(view)) }
        move(to: memory.position)
        Sibling.settle(&self)
        guard position > 0 else { return }
        choices.message = keys.spell(
            "back where you left, at step \(position); {start} goes to the start")
    }
}
