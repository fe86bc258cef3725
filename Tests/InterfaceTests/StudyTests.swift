import Canvas
import GoldenSupport
import Kernel
import Scenario
import Testing

@testable import Interface

/// Why, questions, operations of one's own.
@Suite struct StudyTests {
    @Test func whyLeadsToTheStatement() throws {
        var state = try start()
        let leak = Place.leak.position(in: state)
        state.move(to: leak)
        state.press("w")
        let last = try #require(state.timeline.lastStatement(at: state.position))
        #expect(last.listing.name.hasPrefix("radix_tree_delete"))
        #expect(state.timeline.machine(at: state.position - 1).mapping.pageTree.lookup(512) != nil)
        #expect(state.timeline.machine(at: state.position).mapping.pageTree.lookup(512) == nil)
        state.press("k")
        #expect(
            state.timeline.lastStatement(at: state.position)?.listing.name
                == "page_cache_tree_insert")
        state.press("Esc")
        #expect(state.position == leak)
        #expect(state.choices.mode == .normal)
        state.press("w Enter")
        #expect(state.position < leak)
        #expect(state.choices.mode == .normal)
    }

    @Test func whyOfEachCounter() throws {
        var state = try start()
        state.move(to: Place.bug.position(in: state))
        state.press("w w")
        let pages = try #require(state.why)
        #expect(pages.why.finding?.counter == .nrpages)
        #expect(pages.why.causes.map(\.isGuilty) == [false, true])
        #expect(pages.why.causes[0].text.hasSuffix("they agree"))
        #expect(
            pages.why.causes[1].text.hasSuffix("the tree goes from 1 to 0, nrpages stays 1")
        )
        state.press("w")
        let exceptional = try #require(state.why)
        #expect(exceptional.why.finding?.counter == .nrexceptional)
        #expect(exceptional.why.causes.first?.isGuilty == true)
        #expect(
            exceptional.why.causes.first?.text
                == "dax_radix_entry: nrexceptional goes from 0 to 2^64−1, the tree holds 0")
        // After the findings come the counters themselves, then it begins again.
        state.press("w w")
        #expect(state.why?.why.counter == .nrexceptional)
        state.press("w")
        #expect(state.why?.why.finding?.kind == .leakedPage)
    }

    @Test func whyAnOrphan() throws {
        var state = try start(.v4_4pmd)
        state.move(to: state.timeline.spans[3].end)
        state.press("w")
        let why = try #require(state.why)
        #expect(why.why.finding?.kind == .orphan)
        #expect(why.why.causes.count == 2)
        #expect(why.why.causes[1].text.contains("gives page 512 a block: a hole before"))
        #expect(state.position == state.timeline.findingBirths[0])
    }

    @Test func nothingIsWrong() throws {
        var state = try start(.v4_5)
        state.press("n n w")
        #expect(state.choices.message == "nothing is wrong here; c goes to the next finding")
        #expect(state.choices.mode == .normal)
    }

    @Test(arguments: [Size(80, 24), Size(120, 40), Size(200, 60)]) func picture(_ size: Size) throws
    {
        var state = try start()
        state.move(to: Place.leak.position(in: state))
        state.press("w w")
        #expect(golden(view(state, size: size).dump(), "why-\(size)") == nil)
    }

    // MARK: Questions

    @Test(arguments: [
        ("1", "1", true), (" 0x1 ", "1", true), ("-1", "18446744073709551615", true),
        ("2^64-1", "18446744073709551615", true), ("2^64 − 1", "18446744073709551615", true),
        ("2", "1", false), ("", "1", false), ("yes", "yes", true), ("Yes!", "yes", true),
        ("no", "yes", false), ("no", "no, nrpages is 0", true),
        ("no, nrpages is 0", "no, nrpages is 0", true), ("pmd entry", "The PMD entry", true),
        ("the page", "The PMD entry", false), ("DT", "DT", true), ("d", "DT", false),
        ("miscount, leaked-page", "leaked-page, miscount", true), ("yes and no", "no", false),
        ("no because it waits", "no", true),
    ])
    func grading(_ given: String, _ right: String, _ agrees: Bool) {
        #expect(Grading.agrees(given, right) == agrees)
    }

    @Test func answering() throws {
        var state = try start()
        #expect(state.openQuestion == nil)
        state.press("a")
        #expect(state.choices.message == "nothing is asked here")
        state.press("n")
        #expect(state.openQuestion == 1)
        state.press("a 2 Enter")
        #expect(state.choices.message == "not what happens; run the operation and look (n)")
        #expect(state.score == (answered: 1, right: 0))
        state.press("n")
        #expect(view(state, size: Size(120, 40)).text().contains("≠ You said 2; it is 1."))
        state.press("p a 1 Enter")
        #expect(state.score == (answered: 1, right: 1))
        state.press("n n n")
        #expect(state.openQuestion == 4)
        state.press(": a n s w e r Space n o Enter")
        #expect(state.choices.message == "right: no, zeroes")
        state.press("n")
        #expect(view(state, size: Size(120, 40)).text().contains("✓ You said no, and so it is."))
        state.press("K K 4 h")
        #expect(state.score == (answered: 2, right: 2))
    }

    /// `At which index is the new entry?` by pointing at it.
    @Test(arguments: [
        ("index 512", "512", true), ("index 512", "one PTE entry, at 512", true),
        ("index 3, 512", "512 and 3", true), ("index 3", "512 and 3", false),
        ("index 3", "no", false), ("index", "512", false),
    ])
    func slotsAsAnswers(_ given: String, _ right: String, _ agrees: Bool) {
        #expect(Grading.agrees(given, right) == agrees)
    }

    @Test func answeringByPointing() throws {
        let text = orphanStory.replacing(
            "answer: { v6: \"no, zeroes\", v4.4-pmd: \"no\", all: \"yes\" }",
            with: "answer: { all: \"the one at 512\" }")
        var state = InterfaceState(run: ScenarioRun(try story(text), on: .v6))
        let size = Size(120, 40)
        state.handle(.resize(size))
        state.press("4 n a Down")
        #expect(state.choices.mode == .answer(LineEdit("index 512")))
        state.press("Enter")
        #expect(state.choices.message == "right: the one at 512")
        // By the mouse: a slot is taken, another with it, and both are let go.
        state.press("a")
        let rect = state.layout.rect(of: .tree)!
        let picture = view(state, size: size)
        let at = (rect.y..<rect.endY).first { y in
            picture[rect.x + Strip(width: rect.width).column(of: 0), y].string == "◆"
        }
        let row = try #require(at)
        func click(_ slot: Int) {
            let x = rect.x + Strip(width: rect.width).column(of: slot)
            state.handle(.mouse(Mouse(.press(1), at: Point(x, row))))
        }
        click(3)
        click(0)
        #expect(state.choices.mode == .answer(LineEdit("index 512, 515")))
        click(3)
        #expect(state.choices.mode == .answer(LineEdit("index 512")))
        click(0)
        #expect(state.choices.mode == .answer(LineEdit("")))
    }

    // MARK: Branches

    private func type(_ line: String, _ state: inout InterfaceState) -> [Effect] {
        state.press(":")
        for scalar in line.unicodeScalars { state.handle(.key(Key(scalar))) }
        return state.handle(.key("Enter"))
    }

    @Test func operationsOfOnesOwn() throws {
        var state = try start()
        state.press("2 n")
        let here = state.position
        #expect(type("do store: { map: small, page: 512, value: 7 }", &state) == [])
        #expect(state.run.scenario.steps.count == 3)
        #expect(state.run.scenario.name == "orphan-branch")
        #expect(state.position == state.timeline.end)
        #expect(state.choices.branch == 1)
        // A write through the PTE path replaces the page, correctly.
        #expect(state.moment.findings.isEmpty)
        #expect(state.machine.mapping.nrexceptional == 1)
        #expect(type("do fsync", &state) == [])
        #expect(state.choices.branch == 2)
        #expect(state.run.scenario.steps.count == 4)
        let saved = type("save mine.yml", &state)
        guard case .save(let text, "mine.yml", overwrites: false)? = saved.first else {
            Issue.record("\(saved)")
            return
        }
        #expect(try Scenario.parse(text, file: "mine.yml") == state.run.scenario)
        #expect(type("branch 0", &state) == [])
        #expect(state.run.scenario.name == "orphan")
        #expect(state.position == here)
        #expect(type("branch 2", &state) == [])
        #expect(state.run.scenario.steps.count == 4)
    }

    @Test(arguments: [
        ("do nonsense", "unknown operation or key 'nonsense' in a step"),
        ("do load: { map: huge, page: 1 }", "there is no mapping 'huge'"),
        ("do munmap: [", "expected"), ("branch 3", "there is no branch; :do runs"),
    ])
    func complaints(_ line: String, _ message: String) throws {
        var state = try start()
        state.press("2 n")
        let before = state.choices.position
        _ = type(line, &state)
        #expect(state.position == before)
        #expect(state.run.scenario.name == "orphan")
        let said = state.choices.message ?? ""
        #expect(said.hasPrefix(message) || message == "expected" && !said.isEmpty, "\(said)")
    }

    @Test func afterTheBugNothingRuns() throws {
        var state = try start()
        state.press("G")
        _ = type("do fsync", &state)
        #expect(state.choices.message == "nothing runs any more at this point; go back first")
    }

    /// An empty file to play with: a scenario without a step.
    @Test func sandbox() throws {
        var empty = try story()
        empty.steps = []
        var state = InterfaceState(run: ScenarioRun(empty, on: .v6))
        let first = view(state, size: Size(80, 24)).text()
        #expect(first.contains("op 0/0"))
        #expect(first.contains("about this scenario"))
        #expect(first.contains("Nothing happens by itself here."))
        _ = type("do mmap: { name: m, pages: 0..511 }", &state)
        _ = type("do store: { map: m, page: 3, value: 1 }", &state)
        #expect(state.run.scenario.steps.count == 2)
        #expect(state.machine.mapping.nrexceptional == 1)
    }
}
