import Kernel
import Testing

@testable import Interface

/// Two programs at one scenario lose nothing of each other.
@Suite struct MergeTests {
    private func memory(_ change: (inout Remembered) -> Void = { _ in }) throws -> Remembered {
        var memory = Remembered(try start())
        change(&memory)
        return memory
    }

    private func place(_ position: Int, _ note: String? = nil) -> Remembered.Place {
        Remembered.Place(kernel: "v6", position: position, note: note)
    }

    private func told(_ story: String, at position: Int = 0) -> Remembered.Told {
        Remembered.Told(kernel: "v6", position: position, story: story)
    }

    private func answer(_ step: Int, _ text: String) -> Remembered.Said {
        Remembered.Said(kernel: "v6", step: step, text: text, isRight: true)
    }

    @Test func whatBothAddedIsThere() throws {
        let base = try memory { $0.bookmarks = [place(3)] }
        let theirs = try memory {
            $0.bookmarks = [place(3), place(9, "theirs")]
            $0.marks = ["A": place(4)]
            $0.breakpoints = ["evict"]
            $0.answers = [answer(1, "1")]
            $0.branches = [told("theirs")]
            $0.entered = ["goto 9"]
        }
        let mine = try memory {
            $0.bookmarks = [place(3), place(5, "mine")]
            $0.marks = ["B": place(7)]
            $0.breakpoints = ["dax_fault"]
            $0.answers = [answer(2, "2")]
            $0.branches = [told("mine")]
            $0.branch = 1
            $0.entered = ["goto 5"]
            $0.position = 42
        }
        let merged = mine.merged(with: theirs, since: base)
        #expect(merged.bookmarks == [place(3), place(5, "mine"), place(9, "theirs")])
        #expect(merged.marks == ["A": place(4), "B": place(7)])
        #expect(merged.breakpoints == ["evict", "dax_fault"])
        #expect(merged.answers == [answer(1, "1"), answer(2, "2")])
        #expect(merged.branches == [told("theirs"), told("mine")])
        #expect(merged.branch == 2, "the one that was shown here")
        #expect(merged.entered == ["goto 9", "goto 5"])
        #expect(merged.position == 42)
    }

    @Test func whatOneRemovedStaysRemoved() throws {
        let base = try memory {
            $0.bookmarks = [place(1), place(2), place(3)]
            $0.breakpoints = ["a", "b", "c"]
            $0.branches = [told("a"), told("b")]
        }
        let theirs = try memory {
            $0.bookmarks = [place(1), place(3)]
            $0.breakpoints = ["a", "c"]
            $0.branches = [told("b")]
        }
        let mine = try memory {
            $0.bookmarks = [place(2), place(3)]
            $0.breakpoints = ["b", "c"]
            $0.branches = [told("a"), told("b", at: 7)]
        }
        let merged = mine.merged(with: theirs, since: base)
        #expect(merged.bookmarks == [place(3)])
        #expect(merged.breakpoints == ["c"])
        #expect(merged.branches == [told("b", at: 7)])
    }

    /// What one changed is changed, though the other had it unchanged; of two changes the later
    /// program's.
    @Test func changes() throws {
        let base = try memory { $0.bookmarks = [place(1, "x"), place(2, "x"), place(3, "x")] }
        let theirs = try memory {
            $0.bookmarks = [place(1, "y"), place(2, "x"), place(3, "y")]
            $0.pattern = "dax"
        }
        let mine = try memory { $0.bookmarks = [place(1, "x"), place(2, "z"), place(3, "z")] }
        let merged = mine.merged(with: theirs, since: base)
        #expect(merged.bookmarks == [place(1, "y"), place(2, "z"), place(3, "z")])
        #expect(merged.pattern == "dax")
    }

    /// A line that was typed again is the newest, in one program as in the other.
    @Test func linesThatWereTyped() throws {
        let base = try memory { $0.entered = ["a", "b", "c"] }
        let theirs = try memory { $0.entered = ["a", "b", "c", "d"] }
        let mine = try memory { $0.entered = ["a", "c", "b", "e"] }
        #expect(
            mine.merged(with: theirs, since: base).entered == ["a", "c", "d", "b", "e"])
    }

    /// What this program could not use, such as a breakpoint that its kernel has not, it leaves.
    @Test func whatCouldNotBeUsedStays() throws {
        var kept = Remembered(try start())
        kept.breakpoints = ["no_such_function_anywhere"]
        var state = try start()
        state.recall(kept, goesThere: false)
        let before = Remembered(state)
        #expect(before.breakpoints == [])
        #expect(before.merged(with: kept, since: before).breakpoints == kept.breakpoints)
    }
}
