import Canvas
import Kernel
import Testing

@testable import Interface

/// What each key does, and that it does nothing else.
@Suite struct KeyTests {
    /// Presses keys and demands exactly this change of what the person has chosen.
    func expect(
        _ keys: String, from state: InterfaceState, effects: [Effect] = [],
        sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Choices) -> Void
    ) {
        var after = state
        let found = after.press(keys)
        var wanted = state.choices
        change(&wanted)
        #expect(after.choices == wanted, sourceLocation: sourceLocation)
        #expect(found == effects, sourceLocation: sourceLocation)
        #expect(after.moment.position == after.position, sourceLocation: sourceLocation)
    }

    @Test func motions() throws {
        let state = try start()
        let spans = state.timeline.spans
        expect("l", from: state) { $0.position = 1 }
        expect("Right", from: state) { $0.position = 1 }
        expect("5 l", from: state) { $0.position = 5 }
        expect("l l h", from: state) { $0.position = 1 }
        expect("n", from: state) { $0.position = spans[0].end }
        expect("2 n", from: state) { $0.position = spans[1].end }
        expect("3 n p", from: state) { $0.position = spans[1].end }
        expect("G", from: state) { $0.position = state.timeline.end }
        expect("End", from: state) { $0.position = state.timeline.end }
        expect("4 1 G", from: state) { $0.position = 41 }
        expect("G g", from: state) { $0.position = 0 }
        expect("c", from: state) { $0.position = state.timeline.findingBirths[0] }
        expect("2 c", from: state) { $0.position = state.timeline.findingBirths[1] }
        expect("9 c", from: state) { $0.position = state.timeline.bugPosition! }
        expect("G C", from: state) { $0.position = state.timeline.findingBirths.last! }
    }

    @Test func motionsAroundCalls() throws {
        let state = try start()
        let call = state.at(state.timeline.spans[1].start + 1)
        let over = state.timeline.stepOver(from: call.position)
        #expect(over > call.position + 10)
        expect("o", from: call) { $0.position = over }
        expect("o O", from: call) { _ in }
        let inside = call.at(call.position + 3)
        expect("f", from: inside) { $0.position = state.timeline.stepOut(from: inside.position) }
        expect("F", from: inside) {
            $0.position = state.timeline.stepOutBack(from: inside.position)
        }
    }

    @Test func atTheEnds() throws {
        let state = try start()
        expect("h", from: state) { $0.message = "this is the start; Right goes on" }
        let last = state.at(state.timeline.end)
        expect("l", from: last) {
            $0.message = "this is the end of the story; g goes to the start"
        }
        expect("l q", from: last, effects: [.quit]) { _ in }
    }

    @Test func counts() throws {
        let state = try start()
        expect("1 2", from: state) { $0.count = 12 }
        expect("1 2 Esc", from: state) { _ in }
        expect("1 0 l", from: state) { $0.position = 10 }
        expect("0", from: state) { $0.message = "0 does nothing here; ? lists every key" }
        expect("9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 l", from: state) {
            $0.position = state.timeline.end
        }
    }

    @Test func program() throws {
        let state = try start()
        expect("q", from: state, effects: [.quit]) { _ in }
        expect("Q", from: state, effects: [.quitLeavingScreen]) { _ in }
        expect("C-c", from: state, effects: [.quit]) { _ in }
        expect("C-l", from: state, effects: [.redraw]) { _ in }
        expect("C-z", from: state, effects: [.suspend]) { _ in }
        expect("l y", from: state, effects: [.copy("orphan@1")]) {
            $0.position = 1
            $0.message = "copied: orphan@1"
        }
        expect("? C-c", from: state, effects: [.quit]) { $0.mode = .help(LineEdit(), selected: 0) }
        expect("X", from: state) { $0.message = "X does nothing here; ? lists every key" }
    }

    @Test func focusAndSelection() throws {
        var state = try start()
        state.handle(.resize(Size(120, 40)))
        state.move(to: Place.leak.position(in: state))
        expect("Tab", from: state) { $0.focus = .slot }
        expect("S-Tab", from: state) { $0.focus = .narration }
        expect("Tab Esc", from: state) { _ in }
        // The story is about the only entry: above and below it there is none.
        expect("j", from: state) { _ in }
        expect(": s e l e c t Space 7 Enter", from: state) {
            $0.selected = 7
            $0.entered = ["select 7"]
        }
        state.press(": s e l e c t Space 7 Enter")
        expect("j", from: state) { $0.selected = 512 }
        expect("j k", from: state) { $0.selected = 512 }
        expect("Esc", from: state) { $0.selected = nil }
    }

    @Test func kernels() throws {
        let state = try start()
        let store = state.at(state.timeline.spans[3].end)
        var other = store
        other.press("K")
        #expect(other.run.version == .v4_5)
        #expect(other.position == other.timeline.spans[3].end)
        #expect(other.moment.findings.isEmpty)
        other.press("K K K")
        #expect(other.run.version == .v6)
        #expect(other.position == store.position)
        let inside = state.at(state.timeline.spans[3].start + 7)
        other = inside
        other.press(": k e r n e l Space v 7 Enter")
        #expect(other.run.version == .v7)
        #expect(other.position == other.timeline.spans[3].start)
        #expect("\(other.address)" == "orphan@\(other.position):v7")
    }

    @Test func views() throws {
        let state = try start()
        expect("F2", from: state) {
            $0.view = .map
            $0.focus = .body
        }
        expect("v", from: state) {
            $0.view = .map
            $0.focus = .body
        }
        expect("V", from: state) {
            $0.view = .stops
            $0.focus = .body
        }
        expect("F4 Esc", from: state) { _ in }
        expect("F4 F1", from: state) { _ in }
        expect("Enter", from: state) {
            $0.view = .inspector
            $0.focus = .body
        }
        expect("+", from: state) {
            $0.message = "only the file map and the diagram can be moved and enlarged"
        }
        expect("F2 + + -", from: state) {
            $0.view = .map
            $0.focus = .body
            $0.cameras[.map] = Camera(origin: nil, zoom: 1)
        }
        expect("F2 + - Esc", from: state) { _ in }
        // An eighth of 69 columns of 16 pages.
        expect("F2 2 L H", from: state) {
            $0.view = .map
            $0.focus = .body
            $0.cameras[.map] = Camera(origin: 128, zoom: 0)
        }
    }

    @Test func versionsFollowTheOperation() throws {
        var state = try start()
        state.press("F3")
        #expect(state.siblings.map(\.run.version) == [.v6, .v4_5, .v4_4pmd, .v4_4])
        #expect(state.siblings.allSatisfy { $0.directive == nil })
        state.press("4 n")
        #expect(state.siblings.allSatisfy { $0.directive == 3 })
        #expect(state.siblings.map(\.machine.mapping.nrpages) == [1, 0, 1, 0])
        #expect(state.siblings[0].machine.mapping.nrexceptional == 0)
        #expect(state.siblings[1].machine.mapping.nrexceptional == 1)
        state.press("K")
        #expect(state.run.version == .v4_5)
        #expect(state.siblings.map(\.run.version) == [.v6, .v4_5, .v4_4pmd, .v4_4])
        state.press(": c o m p a r e Space v 7 Space v 8 Enter")
        #expect(state.siblings.map(\.run.version) == [.v7, .v8])
        state.press("Esc")
        #expect(state.siblings.isEmpty)
    }

    @Test func marks() throws {
        let state = try start()
        expect("A", from: state) {
            $0.marks = [.a: Spot(version: .v6, position: 0)]
            $0.message = "mark A is at step 0"
        }
        expect("A A", from: state) { $0.message = "mark A removed" }
        expect("A n B g", from: state) {
            $0.marks = [
                .a: Spot(version: .v6, position: 0),
                .b: Spot(version: .v6, position: state.timeline.spans[0].end),
            ]
        }
        var marked = state
        marked.press("n A 3 n B F7 g")
        let (from, to) = ChangesView.range(marked)
        #expect(from == state.timeline.spans[0].end)
        #expect(to == state.timeline.spans[3].end)
        let text = view(marked, size: Size(100, 30)).text()
        #expect(text.contains("index 512       ◆ DAX PMD entry put here"))
        #expect(text.contains("nrpages         0 → 1"))
    }

    @Test func playing() throws {
        var state = try start()
        #expect(state.timeout == nil)
        #expect(state.handle(.timeout) == [])
        #expect(state.position == 0)
        state.press("Space")
        #expect(state.timeout == .milliseconds(250))
        state.handle(.timeout)
        state.handle(.timeout)
        #expect(state.position == 2)
        state.press("Space")
        #expect(state.timeout == nil)
        state.press("Space l")
        #expect(state.timeout == nil, "a motion by hand stops the play")
        state.press(": p l a y Space 2 0 Enter")
        #expect(state.timeout == .milliseconds(50))
        for _ in 0...state.timeline.end { state.handle(.timeout) }
        #expect(state.timeout == nil, "the end stops the play")
        #expect(state.position == state.timeline.end)
    }

    @Test func playingBack() throws {
        var state = try start()
        state.press("9 l R")
        #expect(state.timeout == .milliseconds(250))
        state.handle(.timeout)
        #expect(state.position == 8)
        state.press("Space")
        state.handle(.timeout)
        #expect(state.position == 9, "forward now")
        state.press("R")
        for _ in 0..<20 { state.handle(.timeout) }
        #expect(state.position == 0)
        #expect(state.timeout == nil, "the start stops it")
    }

    @Test func scrubbingByMouse() throws {
        var state = try start()
        state.handle(.resize(Size(120, 40)))
        state.handle(.mouse(Mouse(.press(1), at: Point(118, 1))))
        #expect(state.position == state.timeline.end)
        state.handle(.mouse(Mouse(.release(1), at: Point(60, 1))))
        #expect(abs(state.position - state.timeline.end / 2) < 4)
        let here = state.position
        state.handle(.mouse(Mouse(.wheelDown, at: Point(60, 1))))
        #expect(state.position == here + 1)
        state.handle(.mouse(Mouse(.release(1), at: Point(60, 9))))
        #expect(state.position == here + 1)
        // The wheel moves what is below it, whatever has the focus.
        state.press("F4")
        state.choices.focus = .narration
        state.handle(.mouse(Mouse(.wheelUp, at: Point(60, 9))))
        #expect(state.choices.focus == .narration)
    }

    /// While the button is down the bar follows the column, wherever the row.
    @Test func draggingScrubs() throws {
        var state = try start()
        state.handle(.resize(Size(120, 40)))
        state.handle(.mouse(Mouse(.press(1), at: Point(1, 1))))
        #expect(state.position == 0 && state.choices.isScrubbing)
        var places: [Int] = []
        for (x, y) in [(20, 1), (60, 9), (118, 30), (300, 2), (40, 0)] {
            state.handle(.mouse(Mouse(.drag(1), at: Point(x, y))))
            places.append(state.position)
        }
        let end = state.timeline.end
        #expect(abs(places[0] - 19 * end / 117) <= 1 && abs(places[1] - end / 2) < 4)
        #expect(places[2] == end && places[3] == end)
        #expect(abs(places[4] - 39 * end / 117) <= 1)
        // Another button changes nothing, and neither does what follows the release.
        state.handle(.mouse(Mouse(.drag(3), at: Point(1, 1))))
        #expect(state.position == places[4])
        state.handle(.mouse(Mouse(.release(1), at: Point(40, 5))))
        state.handle(.mouse(Mouse(.drag(1), at: Point(80, 1))))
        #expect(state.position == places[4] && !state.choices.isScrubbing)
        // What begins elsewhere and comes over the bar is no scrubbing.
        state.handle(.mouse(Mouse(.press(1), at: Point(100, 20))))
        state.handle(.mouse(Mouse(.drag(1), at: Point(1, 1))))
        state.handle(.mouse(Mouse(.release(1), at: Point(1, 1))))
        #expect(state.position == places[4])
        #expect(state.choices.focus == .task)
    }

    @Test func mouse() throws {
        var state = try start()
        let size = Size(120, 40)
        state.handle(.resize(size))
        state.move(to: Place.leak.position(in: state))
        let picture = view(state, size: size)
        let found = (0..<40).flatMap { y in (0..<60).map { Point($0, y) } }.first {
            picture[$0.x, $0.y].string == "◆" && picture[$0.x + 1, $0.y].string == "─"
        }
        let slot = try #require(found)
        state.handle(.mouse(Mouse(.press(1), at: Point(slot.x + 3, slot.y))))
        #expect(state.choices.selected == 515)
        state.handle(.mouse(Mouse(.press(1), at: Point(60, 1))))
        #expect(abs(state.position - state.timeline.end / 2) < 4)
        state.handle(.mouse(Mouse(.press(1), at: Point(100, 20))))
        #expect(state.choices.focus == .task)
    }

    @Test func quizHidesTheStory() throws {
        var state = try start()
        state.press(": q u i z Enter 2 n")
        let told = "A read fault over a hole"
        #expect(!view(state, size: Size(120, 40)).text().contains(told))
        state.press("p a 1 Enter n")
        #expect(view(state, size: Size(120, 40)).text().contains(told))
    }

    @Test func presenterHidesTheKeys() throws {
        var state = try start()
        #expect(view(state, size: Size(120, 40)).text().contains("? help"))
        state.press(": p r e s e n t e r Enter")
        #expect(!view(state, size: Size(120, 40)).text().contains("? help"))
    }

    @Test func endOfInputQuits() throws {
        var state = try start()
        state.press(": g o")
        #expect(state.handle(.endOfInput) == [.quit])
    }
}
