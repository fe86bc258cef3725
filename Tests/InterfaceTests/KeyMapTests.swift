import Canvas
import Testing

@testable import Interface

/// Keys that the configuration gives other commands: what they do, and where they are shown.
@Suite struct KeyMapTests {
    private func start(_ configuration: String) throws -> InterfaceState {
        var state = try InterfaceTests.start()
        state.handle(.resize(Size(120, 40)))
        let settings = try Settings.parse(configuration, file: "c")
        state.prefer(settings, quiz: false, presenter: false)
        return state
    }

    private func text(_ state: InterfaceState) -> String { view(state, size: Size(120, 40)).text() }

    @Test func aKeyHasAnotherCommand() throws {
        var state = try start("key.n = next\nkey.x=next-operation\nkey.Space = none\n")
        state.press("n")
        #expect(state.position == 1)
        state.press("g x")
        #expect(state.position == state.timeline.spans[0].end)
        // What it had before is its own no more; other keys are what they were.
        state.press("l")
        #expect(state.position == state.timeline.spans[0].end + 1)
        state.press("Space")
        #expect(!state.choices.isPlaying)
        #expect(state.choices.message == "Space does nothing here; ? lists every key")
        // A count and a text line are as ever.
        state.press("g 3 n")
        #expect(state.position == 3)
        state.press(": x n")
        #expect(state.choices.mode == .command(LineEdit("xn")))
    }

    @Test func aKeyWithWhatTheCommandTakes() throws {
        var state = try start(
            "key.F9 = kernel v4.5\nkey.T = theme\nkey.= = goto 7\nkey.C-t=theme light")
        state.press("F9")
        #expect(state.run.version == .v4_5)
        state.press("T")
        #expect(state.choices.mode == .command(LineEdit("theme ")))
        state.press("Esc =")
        #expect(state.position == 7)
        #expect(state.press("C-t") == [.theme(.light)])
        // A key with an argument is not the command's key.
        #expect(state.keys.name(of: "theme") == "T")
        #expect(state.keys.name(of: "kernel") == ":kernel")
    }

    @Test func whatIsShownIsInForce() throws {
        var state = try start(
            "key.x = next-operation\nkey.n = none\nkey.j = next\nkey.? = none\nkey.F1 = help\n"
                + "key.e = why\nkey.w = none\nkey.' = quit\nkey.q = none")
        #expect(text(state).contains(" x runs a whole operation"))
        #expect(text(state).contains("F1 lists every key, ' leaves."))
        #expect(text(state).contains("x operation   "))
        // One's own key comes first.
        #expect(text(state).contains(" j step   "))
        state.press("4")
        #expect(text(state).contains("Press j to begin"))
        state.press("Esc y")
        state.press("n")
        #expect(state.choices.message == "n does nothing here; F1 lists every key")
        state.press("F1")
        let help = text(state)
        #expect(help.contains(/x +:next-operation/))
        #expect(help.contains("j Right l    :next "))
        state.press("x")
        #expect(HelpScreen.commands("x", state.keys).contains { $0.name == "next-operation" })
        state.press("Esc Esc")
        state.move(to: Place.leak.position(in: state))
        #expect(
            text(state).contains("e why") && text(state).contains("(x runs it, j steps into it)"))
        state.press("e")
        #expect(text(state).contains("e next finding"))
        state.press("e Esc g ,")
        #expect(state.press("'") == [.quit])
        state.press("K")
        state.move(to: state.timeline.end)
        #expect(text(state).contains("g goes back to the start, K shows the end"))
        state.press("j")
        #expect(state.choices.message == "this is the end of the story; g goes to the start")
        let page = ManualPage.roff(version: "1", keys: state.keys)
        #expect(page.contains("\\fBx\\fR, :next\\-operation [COUNT]"))
        #expect(page.contains("\\fBj\\fR, \\fBRight\\fR, \\fBl\\fR, :next [COUNT]"))
    }

    @Test(arguments: [
        ("key.x = nxt", 1, "no command is named 'nxt'; did you mean 'next'?"),
        (
            "\nkey.x = frobnicate", 2,
            "no command is named 'frobnicate'; radixscope manual lists them"
        ),
        ("key.Ctrl-x = next", 1, "no key is named 'Ctrl-x'; did you mean 'C-x'?"),
        ("key.<C-PgUp> = next", 1, "no key is named '<C-PgUp>'; "),
        ("key.PgDn = next", 1, "no key is named 'PgDn'; did you mean 'PageDown'?"),
        ("key.Entre = next", 1, "no key is named 'Entre'; did you mean 'Enter'?"),
        ("key.xyzzy = next", 1, "no key is named 'xyzzy'; keys are written x, X, Space, Left"),
        (
            "key.x = next\nkey.x = back", 2,
            "x is next in line 1 already and cannot be 'back' too: a key has one command"
        ),
        ("key.enter = next\nkey.Enter = inspect", 2, "Enter is next in line 1 already"),
        ("key.C-c = next", 1, "C-c is quit everywhere and cannot be anything else"),
        ("key.7 = next", 1, "7 begins a count and cannot be a command"),
        ("key.x = copy me", 1, "copy takes nothing after its name"),
        ("key.x = kernel v9", 1, "kernel does not understand 'v9'"),
        ("key.x =", 1, "no command is named ''"),
        ("key.x", 1, "expected NAME = VALUE, found 'key.x'"),
        ("key. = next", 1, "no key is named ''; keys are written "),
        ("key.", 1, "expected NAME = VALUE, found 'key.'"),
        ("keys.x = next", 1, "no setting is named 'keys.x'; there are theme, signs, mouse, "),
    ])
    func mistakes(_ text: String, _ line: Int, _ message: String) {
        SettingsTests.expectMistake(in: text, line: line, message)
    }

    /// Every key of the table can be given to another command, and none keeps its old one.
    @Test func everyKeyCanBeChanged() throws {
        for key in Command.all.flatMap(\.keys) where KeyMap.fixed[key] == nil {
            let state = try start("key.\(key) = goto 3")
            #expect(state.keys.binding(of: key)?.text == "goto 3")
            for command in Command.all { #expect(!state.keys.keys(of: command).contains(key)) }
        }
    }
}
