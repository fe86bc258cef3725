import Canvas
import Kernel
import PageCache
import Testing

@testable import Interface

/// Breakpoints, conditions, bookmarks.
@Suite struct StopTests {
    @Test(arguments: [
        ("1", 1), ("0x10 + 2", 18), ("1 - 2", UInt64.max), ("1 == 1", 1), ("1 != 1", 0),
        ("2 > 1 && 1 > 2", 0), ("2 > 1 || 1 > 2", 1), ("!(1 == 2)", 1), ("!0", 1),
        ("a == 7", 1), ("a + 1 >= 8 && name == \"x y\"", 1), ("name == 7", 0), ("name != 7", 1),
        ("1 + 2 == 3 && 3 == 1 + 2", 1), ("0 && 1 || 1", 1), ("1 - 1 - 1", UInt64.max),
    ])
    func values(_ text: String, _ value: UInt64) throws {
        let expression = try Expression.parse(text)
        let found = expression.value { name in
            name == "a" ? .number(7) : name == "name" ? .text("x y") : nil
        }
        #expect(found == .number(value))
    }

    @Test(arguments: [
        ("", "something is missing at the end"), ("1 +", "something is missing at the end"),
        ("(1", "a ) is missing"), ("1)", ") is not expected"), ("\"x", "a \" is missing"),
        ("1 2", "2 is not expected"), ("== 1", "== is not expected"),
        ("0xzz", "0xzz is no number"),
        ("99999999999999999999", "99999999999999999999 is no number"),
        ("a $ b", "$ is not expected"),
    ])
    func syntaxErrors(_ text: String, _ message: String) {
        #expect(throws: Expression.SyntaxError(message: message)) { try Expression.parse(text) }
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: Expression.SyntaxError(message: "too deep")) { try Expression.parse(deep) }
        let nots = String(repeating: "!", count: 100_000) + "1"
        #expect(throws: Expression.SyntaxError(message: "too deep")) { try Expression.parse(nots) }
    }

    private func hits(_ text: String, _ state: InterfaceState) throws -> [Int] {
        try Breakpoint.parse(text, state.timeline.kernel).hits(state.timeline, state.history)
    }

    @Test func everyKind() throws {
        let state = try start()
        let timeline = state.timeline
        let calls = try hits("dax_radix_entry", state)
        #expect(calls.count == 1)
        #expect(timeline.nextStatement(at: calls[0])?.listing.name == "dax_radix_entry")
        #expect(timeline.nextStatement(at: calls[0])?.number == 0)
        let check = try hits("fs/inode.c:497", state)
        #expect(check == [timeline.bugPosition! - 1])
        #expect(try hits("orphan", state) == [timeline.findingBirths[0]])
        #expect(try hits("finding", state) == timeline.findingBirths)
        let pages = try hits("nrpages", state)
        #expect(pages.count == 1)
        #expect(timeline.machine(at: pages[0]).mapping.nrpages == 1)
        #expect(timeline.machine(at: pages[0] - 1).mapping.nrpages == 0)
        let counter = try hits("nrexceptional", state)
        #expect(
            counter.map { timeline.machine(at: $0).mapping.nrexceptional } == [.max, 0, .max])
        let entry = try hits("index 512", state)
        #expect(entry == state.history.changes.filter { $0.index == 512 }.map(\.position))
        #expect(Set(try hits("tree", state) + hits("tag", state)) == Set(entry))
        #expect(try hits("console", state).contains(timeline.bugPosition!))
    }

    @Test func conditions() throws {
        let state = try start()
        let parted = try hits("nrpages != pages && op == \"store\"", state)
        #expect(parted.count == 1)
        #expect(state.timeline.machine(at: parted[0]).mapping.nrpages == 1)
        #expect(Audit.counts(state.timeline.machine(at: parted[0])).pages == 0)
        #expect(try hits("nrexceptional > 1000", state).count == 2)
        #expect(try hits("step == 7", state) == [7])
        #expect(try hits("function == \"clear_inode\"", state).count == 1)
        #expect(try hits("1", state) == [0])
    }

    @Test(arguments: [
        ("nonsense", "nonsense is no function and no name; names are "),
        ("index x", "x is no page number"), ("nrpages >", "something is missing at the end"),
    ])
    func refusals(_ text: String, _ message: String) throws {
        let kernel = try start().timeline.kernel
        do {
            _ = try Breakpoint.parse(text, kernel)
            Issue.record("\(text) was understood")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test func runningToThem() throws {
        var state = try start()
        state.press(": b r e a k Space d a x _ r a d i x _ e n t r y Enter")
        #expect(state.choices.message == "breakpoint 1: dax_radix_entry, met once in this run")
        let call = state.stops[0].hits[0]
        state.press("c c")
        #expect(state.position == call)
        // On the way back stand the births of the miscounts and of the leak.
        state.press("G C C C")
        #expect(state.position == call)
        state.press("b")
        #expect(state.choices.breakpoints.isEmpty)
        state.press("b")
        #expect(state.choices.breakpoints.count == 1)
        #expect(view(state, size: Size(120, 40)).text().contains("▶◉"))
        state.press("K")
        #expect(state.run.version == .v4_5)
        // There the second load faults again, and finds the PMD entry.
        #expect(state.stops[0].hits.count == 2)
        state.press(": u n b r e a k Space 1 Enter g b")
        #expect(state.choices.breakpoints.isEmpty)
        #expect(
            state.choices.message == "no statement runs here; step into an operation first")
    }

    @Test func bookmarks() throws {
        var state = try start()
        state.press("'")
        #expect(state.choices.message == "there is no bookmark; m sets one")
        state.press("n m 2 n : b o o k m a r k Space h e r e Enter")
        let places = state.bookmarkPositions
        #expect(places == [state.timeline.spans[0].end, state.timeline.spans[2].end])
        state.press("g '")
        #expect(state.position == places[0])
        state.press("'")
        #expect(state.position == places[1])
        #expect(state.choices.message == "here")
        state.press("'")
        #expect(state.position == places[0])
        state.press("\"")
        #expect(state.position == places[1])
        state.press("m")
        #expect(state.bookmarkPositions == [places[0]])
        state.press("F4")
        #expect(view(state, size: Size(100, 30)).text().contains("◈ bookmark"))
    }
}
