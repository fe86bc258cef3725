import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// What of a state a command can change.
private struct Seen: Equatable {
    var choices: Choices
    var kernel: KernelVersion
    var story: String
    var steps: Int
    var isASCII: Bool

    init(_ state: InterfaceState) {
        choices = state.choices
        kernel = state.run.version
        story = state.run.scenario.name
        steps = state.run.scenario.steps.count
        isASCII = state.glyphs.isASCII
    }
}

/// One command on one state, and everything that it may change there.
struct CommandCase: CustomTestStringConvertible, Sendable {
    var name: String
    /// What stands after the name on the line; nil: the keys are tried as well.
    var argument: String?
    fileprivate var before: Before
    var effects: [Effect]
    fileprivate var change: @Sendable (inout Seen, InterfaceState) -> Void

    var testDescription: String { name + (argument.map { " " + $0 } ?? "") }

    fileprivate init(
        _ name: String, _ argument: String? = nil,
        after before: Before = .start,
        effects: [Effect] = [], _ change: @escaping @Sendable (inout Seen, InterfaceState) -> Void
    ) {
        self.name = name
        self.argument = argument
        self.before = before
        self.effects = effects
        self.change = change
    }
}

/// What has happened before the command.
private enum Before: Sendable {
    case start, end, leak
    /// A view of more lines than there is room for.
    case lowLog, lowLogDown
    case position(Int)
    /// So many steps into an operation.
    case inside(Int, Int)
    case after(Int)
    case keys(String)
    /// Keys, a line after the colon, keys again.
    case line(String, keys: String = "", then: String = "")

    func apply(_ state: inout InterfaceState) {
        switch self {
        case .start: break
        case .end: state.move(to: state.timeline.end)
        case .leak: state.move(to: Place.leak.position(in: state))
        case .lowLog, .lowLogDown:
            state.handle(.resize(Size(60, 12)))
            state.press("F4")
            if case .lowLogDown = self { state.press("3 j") }
        case .position(let position): state.move(to: position)
        case .inside(let span, let steps):
            state.move(to: state.timeline.spans[span].start + steps)
        case .after(let span): state.move(to: state.timeline.spans[span].end)
        case .keys(let keys): state.press(keys)
        case .line(let line, let keys, let then):
            state.press(keys)
            _ = state.enter(line)
            state.press(then)
        }
    }
}

private func body(_ seen: inout Seen, _ view: ViewKind) {
    seen.choices.view = view
    seen.choices.focus = view == .tree ? .tree : .body
}

extension Scenario {
    fileprivate func first(steps count: Int) -> Scenario {
        var story = self
        story.steps = Array(story.steps.prefix(count))
        return story
    }
}

extension InterfaceState {
    fileprivate mutating func enter(_ line: String) -> [Effect] {
        press(":")
        for scalar in line.unicodeScalars { handle(.key(Key(scalar))) }
        return handle(.key("Enter"))
    }
}

/// Every command of the table, by its name and by each of its keys: exactly what it changes.
@Suite struct CommandTests {
    private static let time: [CommandCase] = [
        CommandCase("next") { seen, _ in seen.choices.position = 1 },
        CommandCase("next", "7") { seen, _ in seen.choices.position = 7 },
        CommandCase("back", after: .position(9)) { seen, _ in seen.choices.position = 8 },
        CommandCase("next-operation") { $0.choices.position = $1.timeline.spans[0].end },
        CommandCase("previous-operation", after: .after(2)) {
            $0.choices.position = $1.timeline.spans[1].end
        },
        CommandCase("over", after: .inside(1, 1)) { seen, old in
            let depth = old.timeline.steps[old.position].depth
            seen.choices.position = (old.position + 1...old.timeline.end).first {
                old.timeline.steps[$0].depth <= depth
            }!
        },
        CommandCase("over-back", after: .inside(1, 2)) {
            $0.choices.position = $1.position - 1
        },
        CommandCase("finish", after: .inside(1, 4)) { seen, old in
            let depth = old.timeline.steps[old.position].depth
            seen.choices.position = (old.position + 1...old.timeline.end).first {
                old.timeline.steps[$0].depth < depth
            }!
        },
        CommandCase("finish-back", after: .inside(1, 4)) {
            seen, old in
            let depth = old.timeline.steps[old.position].depth
            seen.choices.position = (0..<old.position).last {
                old.timeline.steps[$0].depth < depth
            }!
        },
        CommandCase("continue") { $0.choices.position = $1.timeline.findingBirths[0] },
        CommandCase("continue-back", after: .end) {
            $0.choices.position = $1.timeline.findingBirths.last!
        },
        CommandCase("start", after: .leak) { seen, _ in seen.choices.position = 0 },
        CommandCase("end") { $0.choices.position = $1.timeline.end },
        CommandCase("end", "12") { seen, _ in seen.choices.position = 12 },
        CommandCase("goto", "41") { seen, _ in seen.choices.position = 41 },
        CommandCase("op", "2") { $0.choices.position = $1.timeline.spans[1].end },
        CommandCase("play") { seen, _ in seen.choices.isPlaying = true },
        CommandCase("play", "9") { seen, _ in
            seen.choices.isPlaying = true
            seen.choices.speed = 9
        },
        CommandCase("play-back", after: .leak) { seen, _ in
            seen.choices.isPlaying = true
            seen.choices.playsBack = true
        },
        CommandCase("scrub") { $0.choices.position = $1.timeline.end / 20 },
        CommandCase("scrub-back", after: .end) {
            $0.choices.position = $1.timeline.end - $1.timeline.end / 20
        },
    ]

    private static let study: [CommandCase] = [
        CommandCase("why", after: .leak) { seen, old in
            let why = Why(old.moment.findings[0], old)
            let cause = why.causes.firstIndex { $0.text.contains("its mapping is still set") }!
            seen.choices.mode = .why(.finding(0), cause: cause, origin: old.position)
            seen.choices.position = why.causes[cause].position
        },
        CommandCase("why", "nrpages", after: .leak) { seen, old in
            seen.choices.mode = .why(.counter(.nrpages), cause: 1, origin: old.position)
            seen.choices.position =
                old.history.changes.last { $0.before?.entry.page != nil }!.position
        },
        CommandCase("answer", after: .after(0)) { seen, _ in
            seen.choices.mode = .answer(LineEdit())
        },
        CommandCase("answer", "1", after: .after(0)) { seen, _ in
            seen.choices.answers[QuestionSpot(version: .v6, step: 1)] = Answer(
                text: "1", isRight: true)
            seen.choices.message = "right: 1"
        },
        CommandCase("do", "fsync", after: .after(1)) { seen, old in
            seen.story = "orphan-branch"
            seen.steps = 3
            seen.choices.branch = 1
            let run = try! Branching.scenario(
                old.run.scenario.first(steps: 2), adding: "fsync")
            seen.choices.position = InterfaceState(run: .init(run, on: .v6)).timeline.end
            seen.choices.message =
                "branch 1: 3 operations; :branch 0 goes back to the story, :save FILE writes this"
        },
        CommandCase(
            "branch", "0",
            after: .line("do fsync", keys: "2 0 l")
        ) { seen, _ in
            seen.story = "orphan"
            seen.steps = 9
            seen.choices.branch = 0
            seen.choices.position = 20
            seen.choices.message = "the story"
        },
        CommandCase("unbranch", "1", after: .line("do fsync", keys: "2 0 l")) { seen, _ in
            seen.story = "orphan"
            seen.steps = 9
            seen.choices.branch = 0
            seen.choices.position = 20
            seen.choices.message = "branch 1 removed"
        },
        CommandCase("unbranch", "7", after: .line("do fsync")) { seen, _ in
            seen.choices.message = "branches go from 0, the story, to 1"
        },
        CommandCase("copy", after: .line("do fsync")) { seen, _ in
            seen.choices.message =
                "a branch has an address when :save FILE has written it: FILE"
        },
        CommandCase("compare-branches", "0 1", after: .line("do fsync")) { seen, _ in
            seen.choices.comparedBranches = [0, 1]
            body(&seen, .versions)
        },
        CommandCase(
            "save", "mine.yml",
            effects: [.save(text: try! story().yaml(), path: "mine.yml", overwrites: false)]
        ) { _, _ in },
        CommandCase("quiz") { seen, _ in seen.choices.isQuiz = true },
        CommandCase("quiz", "off", after: .line("quiz")) { seen, _ in
            seen.choices.isQuiz = false
        },
    ]

    private static let marks: [CommandCase] = [
        CommandCase("mark-a", after: .position(3)) { seen, _ in
            seen.choices.marks[.a] = Spot(version: .v6, position: 3)
            seen.choices.message = "mark A is at step 3"
        },
        CommandCase("mark-b", after: .position(4)) { seen, _ in
            seen.choices.marks[.b] = Spot(version: .v6, position: 4)
            seen.choices.message = "mark B is at step 4"
        },
        CommandCase("bookmark", after: .position(5)) { seen, _ in
            seen.choices.bookmarks[Spot(version: .v6, position: 5)] = ""
            seen.choices.message = "bookmark at step 5"
        },
        CommandCase("bookmark", "look here") { seen, _ in
            seen.choices.bookmarks[Spot(version: .v6, position: 0)] = "look here"
            seen.choices.message = "bookmark at step 0: look here"
        },
        CommandCase("next-bookmark", after: .keys("7 l m g")) { seen, _ in
            seen.choices.position = 7
            seen.choices.message = "bookmark at step 7"
        },
        CommandCase("previous-bookmark", after: .keys("7 l m 2 l")) { seen, _ in
            seen.choices.position = 7
            seen.choices.message = "bookmark at step 7"
        },
        CommandCase("breakpoint", after: .position(1)) { seen, old in
            let next = old.timeline.nextStatement(at: 1)!
            let text = "\(next.listing.name):\(next.number + 1)"
            seen.choices.breakpoints = [
                Breakpoint(kind: .statement(next.listing.name, next.number), text: text)
            ]
            seen.choices.message = "breakpoint 1: \(text), met 2 times in this run"
        },
        CommandCase("break", "index 512") { seen, _ in
            seen.choices.breakpoints = [Breakpoint(kind: .index(512), text: "index 512")]
            seen.choices.message = "breakpoint 1: index 512, met 8 times in this run"
        },
        CommandCase("unbreak", "1", after: .line("break tree")) { seen, _ in
            seen.choices.breakpoints = []
            seen.choices.message = "breakpoint removed: tree"
        },
    ]

    private static let views: [CommandCase] =
        ViewKind.allCases.map { kind in
            CommandCase(kind.rawValue, after: .keys("F4")) { seen, _ in body(&seen, kind) }
        } + [
            CommandCase("view", "diagram") { seen, _ in body(&seen, .diagram) },
            CommandCase("next-view") { seen, _ in body(&seen, .map) },
            CommandCase("previous-view") { seen, _ in body(&seen, .stops) },
            CommandCase("inspect") { seen, _ in body(&seen, .inspector) },
            CommandCase(
                "next-entry",
                after: .line("select 7", keys: "4 n")
            ) { seen, _ in seen.choices.selected = 512 },
            CommandCase(
                "previous-entry",
                after: .line("select 700", keys: "4 n")
            ) { seen, _ in seen.choices.selected = 512 },
            CommandCase("zoom-in", after: .keys("F2")) { seen, _ in
                seen.choices.cameras[.map] = Camera(zoom: 1)
            },
            CommandCase("zoom-out", after: .keys("F5")) { seen, _ in
                seen.choices.cameras[.diagram] = Camera(zoom: -1)
            },
            CommandCase("pan-right", after: .keys("F2")) { seen, _ in
                seen.choices.cameras[.map] = Camera(origin: 128)
            },
            CommandCase("pan-left", after: .keys("F2 3 L")) { seen, _ in
                seen.choices.cameras[.map] = Camera(origin: 256)
            },
        ]

    private static let look: [CommandCase] = [
        CommandCase("down", after: .keys("F8")) { seen, _ in _ = seen },
        CommandCase("down", "3", after: .lowLog) { seen, _ in
            seen.choices.scroll[.body] = 3
        },
        CommandCase("up", after: .lowLogDown) { seen, _ in
            seen.choices.scroll[.body] = 2
        },
        CommandCase("page-down", after: .lowLog) { seen, old in
            seen.choices.scroll[.body] = old.layout.height(of: .body) - 1
        },
        CommandCase("page-up", after: .lowLogDown) { seen, _ in
            seen.choices.scroll[.body] = nil
        },
        CommandCase("focus") { seen, _ in seen.choices.focus = .slot },
        CommandCase("focus-back") { seen, _ in seen.choices.focus = .narration },
        CommandCase("select", "77") { seen, _ in seen.choices.selected = 77 },
        CommandCase("select", after: .line("select 7")) { seen, _ in
            seen.choices.selected = nil
        },
        CommandCase("theme", "light", effects: [.theme(.light)]) { _, _ in },
        CommandCase("ascii") { seen, _ in seen.isASCII = true },
        CommandCase("ascii", "off", after: .line("ascii")) { seen, _ in
            seen.isASCII = false
        },
        CommandCase("mouse", effects: [.mouse(true)]) { _, _ in },
        CommandCase("mouse", "off", effects: [.mouse(false)]) { _, _ in },
        CommandCase("presenter") { seen, _ in seen.choices.isPresenting = true },
    ]

    private static let find: [CommandCase] = [
        CommandCase("search") { seen, _ in seen.choices.mode = .search(LineEdit()) },
        CommandCase("search", "clear_inode") { seen, old in
            seen.choices.pattern = "clear_inode"
            seen.choices.position = old.timeline.steps.lastIndex {
                old.timeline.kernel.listings[Int($0.function)].name == "clear_inode"
                    && $0.statement == 0
            }!
            seen.choices.message = "clear_inode: 1 of 1"
        },
        CommandCase("next-match", after: .line("search orphan", then: "g")) {
            $0.choices.position = $1.timeline.findingBirths[0]
            $0.choices.message = "orphan: 1 of 1"
        },
        CommandCase("previous-match", after: .line("search orphan", then: "g")) {
            $0.choices.position = $1.timeline.findingBirths[0]
            $0.choices.message = "orphan: 1 of 1, around the end"
        },
        CommandCase("kernel", "v4.4") { seen, _ in
            seen.kernel = .v4_4
            seen.choices.message = "kernel v4.4"
        },
        CommandCase("next-kernel") { seen, _ in
            seen.kernel = .v4_5
            seen.choices.message = "kernel v4.5"
        },
        CommandCase("compare", "v6 v7") { seen, _ in
            seen.choices.compared = [.v6, .v7]
            body(&seen, .versions)
        },
    ]

    private static let program: [CommandCase] = [
        CommandCase("help") { seen, _ in seen.choices.mode = .help(LineEdit(), selected: 0) },
        CommandCase("command") { seen, _ in seen.choices.mode = .command(LineEdit()) },
        CommandCase("escape", after: .keys("F4")) { seen, _ in body(&seen, .tree) },
        CommandCase("copy", after: .position(3), effects: [.copy("orphan@3")]) { seen, _ in
            seen.choices.message = "copied: orphan@3"
        },
        CommandCase(
            "record", "a b.svg", effects: [.record(.moment, path: "a b.svg", overwrites: false)]
        ) { _, _ in },
        CommandCase(
            "record-scenario", effects: [.record(.scenario, path: nil, overwrites: false)]
        ) { _, _ in },
        CommandCase("redraw", effects: [.redraw]) { _, _ in },
        CommandCase("suspend", effects: [.suspend]) { _, _ in },
        CommandCase("quit", effects: [.quit]) { _, _ in },
        CommandCase("quit-keep", effects: [.quitLeavingScreen]) { _, _ in },
    ]

    static let cases = time + study + marks + views + look + find + program

    @Test func everyCommandHasACase() {
        let tested = Set(Self.cases.map(\.name))
        let missing = Command.all.map(\.name).filter { !tested.contains($0) }
        #expect(missing.isEmpty, "no case for \(missing.joined(separator: ", "))")
        #expect(tested.subtracting(Command.all.map(\.name)).isEmpty)
    }

    @Test(arguments: cases.indices) func changesExactlyThis(_ number: Int) throws {
        let test = Self.cases[number]
        var before = try start()
        before.handle(.resize(Size(80, 24)))
        test.before.apply(&before)
        let command = try #require(Command.exactly(test.name))
        // By its name.
        let line = test.testDescription
        var state = before
        let effects = state.enter(line)
        var wanted = Seen(before)
        wanted.choices.message = nil
        wanted.choices.entered.removeAll { $0 == line }
        wanted.choices.entered.append(line)
        test.change(&wanted, before)
        #expect(effects == test.effects, "\(line)")
        expectEqual(Seen(state), wanted, line)
        guard test.argument == nil else { return }
        // By each of its keys.
        for key in command.keys {
            state = before
            let effects = state.handle(.key(key))
            var wanted = Seen(before)
            wanted.choices.message = nil
            test.change(&wanted, before)
            #expect(effects == test.effects, "\(key)")
            expectEqual(Seen(state), wanted, "\(key)")
        }
    }

    private func expectEqual(_ found: Seen, _ wanted: Seen, _ what: String) {
        // Another kernel or branch has other positions; those have tests of their own.
        var wanted = wanted
        if found.kernel == wanted.kernel, found.kernel != .v6 {
            wanted.choices.position = found.choices.position
        }
        #expect(found == wanted, "\(what): \(differences(found, wanted))")
    }

    private func differences(_ a: Seen, _ b: Seen) -> String {
        let left = Mirror(reflecting: a.choices).children
        let right = Mirror(reflecting: b.choices).children
        return zip(left, right).filter { "\($0.value)" != "\($1.value)" }
            .map { "\($0.label ?? ""): \($0.value), not \($1.value)" }.joined(separator: "; ")
    }
}
