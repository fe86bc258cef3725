import Kernel
import Scenario

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

    /// A story that the person made, as a scenario file says it.
    struct Told: Codable, Equatable, Sendable {
        var kernel: String
        var position: Int
        var story: String
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
    /// Without the story itself; files of before do not have it.
    var branches: [Told]?
    /// The one that was shown, from 1.
    var branch: Int?

    /// The format that this program writes; what is above was written by a newer one.
    public static let format = 1
    /// The newest branches; nobody finds more their way around in.
    static let branchLimit = 50
    /// The newest lines that were typed.
    static let enteredLimit = 100
    /// Nobody sets more than this many of anything.
    private static let limit = 1000

    /// What is worth keeping of a state.
    public init(_ state: InterfaceState) {
        let story = state.choices.branch == 0 ? nil : state.branches.first
        kernel = (story?.version ?? state.run.version).name
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
        entered = Array(choices.entered.suffix(Self.enteredLimit))
        pattern = choices.pattern
        answers = choices.answers.map { spot, answer in
            Said(
                kernel: spot.version.name, step: spot.step, text: answer.text,
                isRight: answer.isRight)
        }.sorted { ($0.kernel, $0.step) < ($1.kernel, $1.step) }
        keepBranches(of: state)
    }

    private mutating func keepBranches(of state: InterfaceState) {
        guard state.branches.count > 1 else { return }
        let shown = state.choices.branch
        let first = max(1, state.branches.count - Self.branchLimit)
        branches = (first..<state.branches.count).map { number in
            let kept = state.branches[number]
            // The story of the one that is shown may have gone on, on another kernel too.
            let isShown = number == shown
            return Told(
                kernel: (isShown ? state.run.version : kept.version).name,
                position: isShown ? state.position : kept.position, story: kept.scenario.yaml())
        }
        if shown >= first { branch = shown - first + 1 }
    }

    /// The branches that can be read, with their numbers.
    fileprivate func readBranches() -> [(number: Int, branch: Branch)] {
        (branches ?? []).suffix(Self.branchLimit).enumerated().compactMap { number, told in
            guard let version = KernelVersion(rawValue: told.kernel), told.position >= 0,
                let scenario = try? Scenario.parse(told.story, file: "branch")
            else { return nil }
            return (number + 1, Branch(scenario, on: version, at: told.position))
        }
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
        let kept = memory.readBranches()
        if !kept.isEmpty { branches = [Branch(run, at: position)] + kept.map(\.branch) }
        guard goesThere, memory.version == run.version else {
            if !kept.isEmpty {
                let count = kept.count == 1 ? "a branch" : "\(kept.count) branches"
                choices.message = keys.spell(
                    "\(count) of before; {stops} lists, :branch 1 goes there")
            }
            return
        }
        if let view = ViewKind(rawValue: memory.view) { reduce(&self, .view(view)) }
        move(to: memory.position)
        defer { Sibling.settle(&self) }
        if let shown = kept.firstIndex(where: { $0.number == memory.branch }) {
            reduce(&self, .branch(shown + 1))
            choices.message =
                "back where you left, in branch \(shown + 1) at step \(position); "
                + ":branch 0 is the story"
            return
        }
        guard position > 0 else { return }
        choices.message = keys.spell(
            "back where you left, at step \(position); {start} goes to the start")
    }
}
