import Canvas
import Kernel
import Testing

@testable import Interface

/// What is typed: the line after `:`, searching, the help's filter.
@Suite struct TextTests {
    /// Types a line after `:` and enters it.
    func enter(_ line: String, in state: inout InterfaceState) -> [Effect] {
        state.press(":")
        for scalar in line.unicodeScalars { state.handle(.key(Key(scalar))) }
        return state.handle(.key("Enter"))
    }

    @Test func commandsByName() throws {
        var state = try start()
        let spans = state.timeline.spans
        #expect(enter("goto 41", in: &state) == [])
        #expect(state.position == 41)
        #expect(enter("7", in: &state) == [])
        #expect(state.position == 7)
        #expect(enter("op 4", in: &state) == [])
        #expect(state.position == spans[3].end)
        #expect(enter("next 3", in: &state) == [])
        #expect(state.position == spans[3].end + 3)
        #expect(enter("  quit  ", in: &state) == [.quit])
        #expect(enter("theme mono", in: &state) == [.theme(.mono)])
        #expect(enter("mouse on", in: &state) == [.mouse(true)])
        #expect(
            enter("record a b.svg", in: &state)
                == [.record(.moment, path: "a b.svg", overwrites: false)])
        #expect(
            enter("record! a.svg", in: &state)
                == [.record(.moment, path: "a.svg", overwrites: true)])
        #expect(
            enter("record-s! a.html", in: &state)
                == [.record(.scenario, path: "a.html", overwrites: true)])
        let saved = enter("save! mine.yml", in: &state)
        #expect(
            saved
                == [.save(text: state.run.scenario.yaml(), path: "mine.yml", overwrites: true)])
        #expect(enter("next! 3", in: &state) == [])
        #expect(state.choices.message == "next takes no !")
        #expect(enter("ascii on", in: &state) == [])
        #expect(state.glyphs == .ascii)
        #expect(state.choices.entered.count == 13)
    }

    @Test(arguments: [
        ("nonsense", "no command is named nonsense; ? lists them"),
        ("goto", "goto needs STEP"),
        ("goto x", "goto does not understand x"),
        ("goto 100000", "the steps go from 0 to "),
        ("op 0", "the operations go from 1 to 9"),
        ("kernel v9", "kernel does not understand v9: v4.4, v4.4-pmd, v6, v7, v8, v4.5"),
        ("kernel", "kernel needs NAME: v4.4, v4.4-pmd, v6, v7, v8, v4.5"),
        ("redraw now", "redraw takes nothing after its name"),
        ("theme pink", "no theme is named pink; there are default, "),
        ("back", "this is the start; Right goes on"),
        (
            "next-",
            "no command is named next-; did you mean next-operation, next-bookmark, "
        ),
    ])
    func complaints(_ line: String, _ message: String) throws {
        var state = try start()
        #expect(enter(line, in: &state) == [])
        #expect(state.choices.message?.hasPrefix(message) == true, "\(state.choices.message ?? "")")
        #expect(state.choices.mode == .normal)
    }

    @Test func completion() throws {
        let state = try start()
        #expect(CommandLine.completed("ker", state) == "kernel ")
        #expect(CommandLine.completed("kernel v4.4-", state) == "kernel v4.4-pmd")
        #expect(CommandLine.completed("kernel v4", state) == "kernel v4.")
        #expect(CommandLine.completed("red", state) == "redraw")
        #expect(CommandLine.completed("next-", state) == "next-")
        #expect(CommandLine.completed("zzz", state) == "zzz")
        var typed = state
        typed.press(": k e r Tab v 7 Tab Enter")
        #expect(typed.run.version == .v7)
    }

    @Test func editing() throws {
        var state = try start()
        state.press(": a b c Left Left X End Backspace Home Delete")
        #expect(state.choices.mode == .command(edited("Xb", cursor: 0)))
        state.press("End")
        state.press("Space w o C-w C-u")
        #expect(state.choices.mode == .command(LineEdit()))
        state.press("Backspace")
        #expect(state.choices.mode == .normal)
    }

    private func edited(_ text: String, cursor: Int) -> LineEdit {
        var line = LineEdit(text)
        line.apply(.home)
        for _ in 0..<cursor { line.apply(.right) }
        return line
    }

    @Test func recalling() throws {
        var state = try start()
        _ = enter("goto 3", in: &state)
        _ = enter("goto 5", in: &state)
        state.press(": Up Up Enter")
        #expect(state.position == 3)
        #expect(state.choices.entered == ["goto 5", "goto 3"])
    }

    @Test func searching() throws {
        var state = try start()
        state.press("/ c l e a r _ i n o d e Enter")
        #expect(state.timeline.nextStatement(at: state.position)?.listing.name == "clear_inode")
        let here = state.position
        state.press("N")
        #expect(state.choices.message?.contains("around the end") == true)
        state.press("/ o r p h a n Enter")
        #expect(state.position == state.timeline.findingBirths[0])
        state.press("/ 5 1 2 Enter N N P")
        #expect(state.position < here)
        #expect(state.history.changes.contains { $0.position == state.position && $0.index == 512 })
        state.press("/ z z z z Enter")
        #expect(state.choices.message == "nothing matches zzzz")
    }

    @Test func helpIsAPalette() throws {
        var state = try start()
        state.press("? n e x t - o p Enter")
        #expect(state.choices.mode == .normal)
        #expect(state.position == state.timeline.spans[0].end)
        state.press("? g o t o Enter")
        #expect(state.choices.mode == .command(LineEdit("goto ")))
        state.press("Esc ? z Esc")
        #expect(state.choices.mode == .help(LineEdit(), selected: 0))
        state.press("Esc")
        #expect(state.choices.mode == .normal)
    }

    /// The table is complete and free of contradictions: names, keys, what the help finds.
    @Test func table() throws {
        var names = Set<String>()
        for command in Command.all {
            for name in [command.name] + command.aliases {
                #expect(names.insert(name).inserted, "\(name) twice")
            }
            for key in command.keys {
                #expect(KeyMap.standard.binding(of: key)?.name == command.name)
            }
            #expect(command.summary.count <= 60, "\(command.name)")
            #expect(command.matches(command.name, .standard))
            if case .required = command.argument {
                #expect(command.action(nil) == nil, "\(command.name)")
            } else {
                #expect(command.action(nil) != nil, "\(command.name)")
            }
        }
        #expect(Command.all.count > 30)
    }
}
