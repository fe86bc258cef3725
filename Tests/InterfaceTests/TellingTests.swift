import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// The story does not say what is not so yet.
@Suite struct TellingTests {
    private static let story = orphanStory.replacing(
        "    say:\n      v6: >-\n",
        with: """
                say-at:
                  - at: dax_radix_entry
                    say: { v6: "The orphan still stands there.", v4.5: "The page is gone." }
                  - { at: "dax_radix_entry: release", say: "The entry is in the tree." }
                say:
                  v6: >-

            """)

    private func start(quiz: Bool = false) throws -> InterfaceState {
        var text = Self.story
        if quiz {
            text = text.replacing(
                "value: 0xa5 }\n",
                with: "value: 0xa5 }\n    ask: { question: Q?, answer: nrpages }\n")
        }
        var state = InterfaceState(run: ScenarioRun(try Scenario.parse(text, file: "s"), on: .v6))
        state.choices.isQuiz = quiz
        return state
    }

    private func screen(_ state: InterfaceState, _ size: Size) -> String {
        view(state, size: size).text()
            .replacing("│", with: " ").split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    /// The styles of the cells that show a text.
    private func isDim(_ text: String, _ state: InterfaceState, _ size: Size) -> Bool? {
        let canvas = view(state, size: size)
        for y in 0..<size.height {
            let row = (0..<size.width).map { canvas[$0, y] }
            let letters = row.map { $0.string.first ?? " " }
            for x in 0...max(0, size.width - text.count)
            where String(letters[x..<x + text.count]) == text {
                return row[x].style == .dim
            }
        }
        return nil
    }

    @Test(arguments: [Size(120, 40), Size(80, 24)], [false, true])
    func whatWillHappenIsHeadedSo(_ size: Size, _ isPresenting: Bool) throws {
        var state = try start()
        state.choices.isPresenting = isPresenting
        state.handle(.resize(size))
        let span = state.timeline.spans[3]
        let told = state.run.told(in: 3)
        #expect(told.count == 2)
        for position in [span.start, told[0].position - 1] {
            state.move(to: position)
            #expect(screen(state, size).contains("what will happen · store huge[512] = 0xa5"))
            #expect(isDim("The write allocates", state, size) == true)
        }
        state.move(to: told[0].position)
        #expect(screen(state, size).contains("what happens · store huge[512] = 0xa5"))
        #expect(screen(state, size).contains("The orphan still stands there."))
        #expect(isDim("The orphan still", state, size) == false)
        #expect(isDim("What will happen: The write", state, size) == true)
        state.move(to: told[1].position)
        #expect(isDim("The entry is in the tree.", state, size) == false)
        // What was so before stands back.
        if size.height > 24 {
            #expect(isDim("The orphan still", state, size) == true)
            #expect(screen(state, size).contains("\(told[0].position) The orphan still"))
        }
        state.move(to: span.end)
        #expect(screen(state, size).contains("what happened · store huge[512] = 0xa5"))
        #expect(isDim("The write allocates", state, size) == false)
        #expect(!screen(state, size).contains("What will happen:"))
    }

    /// Nothing of an operation is told before its question was answered.
    @Test func aQuizTellsNothing() throws {
        var state = try start(quiz: true)
        let size = Size(120, 40)
        state.handle(.resize(size))
        let last = try #require(state.run.told(in: 3).last)
        state.move(to: last.position)
        for text in ["The orphan still", "The entry is in", "The write allocates"] {
            #expect(isDim(text, state, size) == nil, "\(text)")
        }
        #expect(screen(state, size).contains("Quiz:"))
        state.move(to: state.timeline.spans[2].end)
        state.press("a 1 Enter")
        state.move(to: last.position)
        #expect(isDim("The entry is in", state, size) == false)
        #expect(isDim("What will happen:", state, size) == true)
    }

    /// However much was told, the newest text is in sight.
    @Test func theNewestIsInSight() throws {
        let long = String(repeating: "Something was said before. ", count: 12)
        let text = Self.story.replacing("The orphan still stands there.", with: long)
        var state = InterfaceState(run: ScenarioRun(try Scenario.parse(text, file: "s"), on: .v6))
        for size in [Size(80, 24), Size(100, 30), Size(120, 40)] {
            state.handle(.resize(size))
            state.move(to: state.run.told(in: 3)[1].position)
            #expect(isDim("The entry is in the tree.", state, size) == false, "\(size)")
        }
    }

    /// What is no call returns nothing.
    @Test(arguments: [
        ("power-loss", "Nothing returned: the power is gone."), ("reclaim", "It freed 1 page."),
        ("fsync", "It returned 0."),
    ])
    func whatReturnsIsSaidToReturn(_ operation: String, _ told: String) throws {
        let text =
            "scenario: r\ntitle: R\nkernels: [v4.5]\n"
            + "file: { size: 64KiB, dax: false, filesystem: ext4, blocks: { 0: written }, "
            + "advice: random }\nsteps:\n  - pread: 0\n  - \(operation)\n"
        let run = ScenarioRun(try Scenario.parse(text, file: "r.yml"), on: .v4_5)
        let state = InterfaceState(run: run, position: run.timeline.end)
        let shown = screen(state, Size(120, 40))
        #expect(shown.contains(told), "\(shown)")
        #expect(shown.contains("returned 0") == (operation == "fsync"))
    }
}
