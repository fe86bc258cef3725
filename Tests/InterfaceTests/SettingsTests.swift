import Canvas
import Foundation
import Kernel
import Scenario
import Testing

@testable import Interface

/// The configuration file, what is kept of a scenario, and the manual page.
@Suite struct SettingsTests {
    @Test func theDefaultFileSaysWhatHoldsWithoutIt() throws {
        #expect(try Settings.parse(Settings.defaultFile, file: "c") == Settings())
        // Each of its settings, put into force, says the same.
        let lines = Settings.defaultFile.split(separator: "\n").map { line in
            line.contains(" = ") && line.hasPrefix("#") && !line.hasPrefix("# ")
                ? line.dropFirst() : line
        }
        let keys = Command.all.flatMap(\.keys).count { KeyMap.fixed[$0] == nil }
        #expect(lines.count { !$0.hasPrefix("#") } == Settings.entries.count + keys)
        #expect(
            try Settings.parse(lines.joined(separator: "\n"), file: "c") == Settings())
    }

    @Test func everySetting() throws {
        let text = """
            # mine
            theme = light   # for the sun
              signs=ascii
            mouse = on

            speed = 60
            remember = off
            """
        let settings = try Settings.parse(text + "\r\n", file: "c")
        #expect(settings.theme == .light)
        #expect(settings.signs == .ascii)
        #expect(settings.mouse)
        #expect(settings.speed == 60)
        #expect(!settings.remembers)
    }

    @Test(arguments: [
        ("theme", 1, "expected NAME = VALUE, found 'theme'"),
        ("\n\nthem = x", 3, "no setting is named 'them'; there are theme, signs, "),
        (
            "theme = pink", 1,
            "theme cannot be 'pink'; expected default, dark, light, high-contrast, "
        ),
        ("speed = 0", 1, "speed cannot be '0'; expected 1 to 60"),
        ("mouse = on\nmouse = off", 2, "mouse stands in line 1 already"),
        ("= 1", 1, "no setting is named ''"),
        ("\u{1B}[2J = 1", 1, "no setting is named '"),
    ])
    func mistakes(_ text: String, _ line: Int, _ message: String) {
        Self.expectMistake(in: text, line: line, message)
    }

    /// - Parameter message: how the complaint begins.
    static func expectMistake(in text: String, line: Int, _ message: String) {
        do {
            _ = try Settings.parse(text, file: "dir/config")
            Issue.record("understood")
        } catch {
            #expect(error.line == line)
            #expect(error.message.hasPrefix(message), "\(error.message)")
            #expect(error.description.hasPrefix("dir/config:\(line):1: "))
            #expect(!error.description.unicodeScalars.contains { $0.value < 32 })
        }
    }

    // MARK: What is kept

    private func lived() throws -> InterfaceState {
        var state = try start()
        state.press("n a 1 Enter n A m 5 l B b : b r e a k Space o r p h a n Enter / z Enter F4")
        state.press("' : b o o k m a r k Space x Enter")
        return state
    }

    @Test func comesBack() throws {
        let before = try lived()
        #expect(before.position > 0)
        var after = try start()
        after.recall(Remembered(before), goesThere: true)
        let step = before.position
        #expect(
            after.choices.message == "back where you left, at step \(step); g goes to the start")
        var wanted = before.choices
        wanted.message = after.choices.message
        wanted.size = after.choices.size
        #expect(after.choices == wanted)
        #expect(after.moment.position == step)
        #expect(after.stops.count == 2)
        #expect(Remembered(after) == Remembered(before))
    }

    @Test func withAMomentOnlyMarksComeBack() throws {
        var after = try start()
        after.recall(Remembered(try lived()), goesThere: false)
        #expect(after.position == 0)
        #expect(after.choices.view == .tree)
        #expect(after.choices.marks.count == 2)
    }

    @Test func aBranchLeavesTheStoryWhereItWas() throws {
        var state = try start()
        state.press("2 n : f s y n c Enter")
        #expect(state.choices.branch == 1)
        #expect(Remembered(state).position == state.timeline.spans[1].end)
    }

    /// Branches come back with where each was left; they run when somebody looks at them.
    @Test func branchesComeBack() throws {
        var state = try start()
        state.press("2 n : f s y n c Enter 3 h : b r a n c h Space 0 Enter n")
        let left = state.position
        state.press(": u m o u n t Enter K 2 h")
        #expect(state.branches.count == 3 && state.choices.branch == 2)
        let memory = Remembered(state)
        #expect(memory.position == left && memory.kernel == "v6")
        #expect(memory.branches?.map(\.kernel) == ["v6", "v4.5"] && memory.branch == 2)
        // As a file brings it.
        let bytes = try JSONEncoder().encode(memory)
        let read = try JSONDecoder().decode(Remembered.self, from: bytes)
        #expect(read == memory)

        var after = try start()
        after.recall(read, goesThere: true)
        #expect(after.choices.branch == 2 && after.run.version == .v4_5)
        #expect(after.run.scenario == state.run.scenario)
        #expect(after.position == state.position && after.moment.position == state.position)
        #expect(after.branches[0].position == left)
        #expect(after.branches[1].run == nil, "nobody looked at it")
        let step = after.position
        #expect(
            after.choices.message
                == "back where you left, in branch 2 at step \(step); :branch 0 is the story")
        #expect(Remembered(after) == read)
        after.press(": b r a n c h Space 1 Enter")
        #expect(after.run.scenario.steps.count == 3)
        #expect(after.position == after.timeline.end - 3)
        after.press("F8")
        #expect(after.branches.allSatisfy { $0.run != nil })
        #expect(view(after, size: Size(120, 40)).text().contains("branch 2"))
        after.press(": b r a n c h Space 0 Enter")
        #expect(after.position == left && after.run.version == .v6)

        // Whoever names a moment finds them too, and stands there.
        var named = InterfaceState(run: ScenarioRun(try story(), on: .v6), position: 5)
        named.recall(read, goesThere: false)
        #expect(named.position == 5 && named.choices.branch == 0 && named.branches.count == 3)
        #expect(named.choices.message == "2 branches of before; F8 lists, :branch 1 goes there")
    }

    /// A branch that cannot be read is left out; the others keep what they are.
    @Test func damagedBranches() throws {
        var state = try start()
        state.press("2 n : f s y n c Enter : f s y n c Enter")
        var memory = Remembered(state)
        memory.branches?[0].story = "scenario: ["
        memory.branches?[1].position = .max
        var after = try start()
        after.recall(memory, goesThere: true)
        #expect(after.branches.count == 2 && after.choices.branch == 1)
        #expect(after.position == after.timeline.end)
        memory.branches?[1].kernel = "v9"
        memory.branch = -5
        after = try start()
        after.recall(memory, goesThere: true)
        #expect(after.branches.isEmpty && after.choices.branch == 0)
        // A file of before has none of it.
        let old = try JSONEncoder().encode(Remembered(try start()))
        #expect(!String(decoding: old, as: UTF8.self).contains("branch"))
        #expect(try JSONDecoder().decode(Remembered.self, from: old).branches == nil)
        // The newest stay.
        var many = try start()
        many.press("n")
        for _ in 0..<55 { many.press(": d o Space f s y n c Enter : b r a n c h Space 0 Enter") }
        #expect(Remembered(many).branches?.count == 50)
    }

    /// Nothing in a damaged or foreign file makes a state that cannot be.
    @Test func damage() throws {
        let wild = Remembered.Place(kernel: "v9", position: 3)
        let below = Remembered.Place(kernel: "v6", position: -7)
        let beyond = Remembered.Place(kernel: "v6", position: .max, note: "x")
        var memory = Remembered(try start())
        memory.position = .max
        memory.view = "kitchen"
        memory.marks = ["A": wild, "B": beyond, "C": beyond]
        memory.bookmarks = [wild, below, beyond]
        memory.breakpoints = ["nonsense", "tree", "((((", "index -1"]
        memory.answers = [
            .init(kernel: "v6", step: 999, text: "", isRight: true),
            .init(kernel: "v6", step: -1, text: "", isRight: true),
        ]
        memory.entered = [String(repeating: "x", count: 100_000)]
        var state = try start()
        state.recall(memory, goesThere: true)
        #expect(state.position == state.timeline.end)
        #expect(state.choices.view == .tree)
        #expect(state.choices.marks.keys.map(\.rawValue) == ["B"])
        #expect(state.choices.bookmarks.count == 1)
        #expect(state.choices.breakpoints.map(\.text) == ["tree"])
        #expect(state.choices.answers.isEmpty)
        #expect(state.choices.entered[0].count == LineEdit.limit)
        for keys in ["'", "F7", "F8", "F4", "C", "F1"] {
            state.press(keys)
            #expect(view(state, size: Size(120, 40)).size == Size(120, 40))
        }
        memory.format = 2
        var other = try start()
        other.recall(memory, goesThere: true)
        #expect(other.choices == (try start()).choices)
    }

    // MARK: The manual page

    @Test func theManualPageHasEverything() {
        let page = ManualPage.roff(version: "1")
        #expect(page.hasPrefix(".TH RADIXSCOPE 1 "))
        let plain = page.split(separator: "\n").map { $0.replacing("\\-", with: "-") }
        for command in Command.all {
            let found = plain.contains { line in
                line.contains(":\(command.name)")
                    && command.keys.map(\.description).allSatisfy { key in
                        !key.allSatisfy(\.isLetter) || line.contains(key)
                    }
            }
            #expect(found, "\(command.name)")
        }
        for entry in Settings.entries { #expect(page.contains("\\fB\(entry.name)\\fR = ")) }
        for line in plain {
            #expect(line.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 32 }, "\(line)")
            guard line.hasPrefix(".") else { continue }
            let request = line.dropFirst().prefix { $0 != " " }
            #expect(["TH", "SH", "SS", "TP", "B", "I", "br"].contains(String(request)), "\(line)")
        }
    }
}
