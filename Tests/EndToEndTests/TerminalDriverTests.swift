import Foundation
import Testing

/// The ncurses driver in a real terminal, by a probe that shows what arrives.
@Suite(.serialized) struct TerminalDriverTests {
    /// A session in which the probe has drawn its first screen.
    private func start(
        _ environment: [String: String] = [:], columns: Int = 60, rows: Int = 16,
        terminal: String = "tmux-256color"
    ) throws -> (session: TmuxSession, modes: String) {
        let session = try TmuxSession(
            columns: columns, rows: rows, environment: environment, terminal: terminal)
        let modes = try session.modes()
        try session.run(try builtProgram("TerminalProbe"))
        try session.waitFor("colours")
        return (session, modes)
    }

    /// The terminal is as it was before the program started.
    private func expectSane(_ session: TmuxSession, _ modes: String) throws {
        #expect(try session.modes() == modes)
        #expect(try session.format("alternate_on") == "0")
        #expect(try session.format("cursor_flag") == "1")
        #expect(try session.format("mouse_any_flag") == "0")
        #expect(try session.format("keypad_flag") == "0")
    }

    @Test func drawsTextWideGraphemesAndStyles() throws {
        let (session, _) = try start()
        let lines = try session.capture().split(separator: "\n")
        #expect(lines[0].hasPrefix("╭─ probe 60x16 ─"))
        #expect(lines[1].hasPrefix("│colours 256 utf8 true "))
        #expect(lines[2].hasPrefix("│wide 漢字 e\u{301} esc ␛[31m  "))
        #expect(lines[3].hasPrefix("│⚠● selected"))
        #expect(lines.allSatisfy { $0.hasSuffix("│") || $0.hasSuffix("╮") || $0.hasSuffix("╯") })
        let styled = try session.capture(withStyles: true)
        #expect(styled.contains("\u{1B}[97m\u{1B}[41m⚠"))
        #expect(styled.contains("\u{1B}[7m\u{1B}[32mselected"))
        try session.waitFor(format: "cursor_flag", "0")
    }

    @Test(arguments: [
        ("l", "l"), ("G", "G"), ("Left", "Left"), ("C-Right", "C-Right"), ("S-Up", "S-Up"),
        ("M-Down", "M-Down"), ("BTab", "S-Tab"), ("Tab", "Tab"), ("Enter", "Enter"),
        ("Space", "Space"), ("BSpace", "Backspace"), ("F1", "F1"), ("F12", "F12"), ("C-l", "C-l"),
        ("C-s", "C-s"), ("PageDown", "PageDown"), ("Home", "Home"), ("End", "End"),
        ("DC", "Delete"), ("Escape", "Esc"), ("é", "é"), ("漢", "漢"), ("C-S-Left", "C-S-Left"),
    ])
    func keysArrive(sent: String, name: String) throws {
        let (session, _) = try start()
        try session.send(sent)
        try session.waitFor("1 key \(name) ")
    }

    @Test func anUnknownSequenceTypesNothing() throws {
        let (session, _) = try start()
        try session.send(bytes: Array("\u{1B}[99;5u".utf8))
        try session.send("l")
        let screen = try session.waitFor("key l")
        #expect(screen.contains("1 key l"))
    }

    @Test(arguments: ["tmux-256color", "xterm-256color"])
    func mouse(terminal: String) throws {
        let (session, modes) = try start(terminal: terminal)
        try session.send("m")
        try session.waitFor("key m")
        try session.waitFor(format: "mouse_any_flag", "1")
        let sgr = try session.format("mouse_sgr_flag") == "1"
        try session.send(bytes: sgr ? Array("\u{1B}[<0;5;4M".utf8) : [27, 91, 77, 32, 37, 36])
        try session.waitFor("mouse press(1) 4,3")
        try session.send(bytes: sgr ? Array("\u{1B}[<65;5;4M".utf8) : [27, 91, 77, 97, 37, 36])
        try session.waitFor("mouse wheelDown 4,3")
        try session.send("q")
        try expectSane(session, modes)
    }

    /// As a slow line delivers a drag: everything in one read. Nothing is lost and the order is
    /// kept.
    @Test(arguments: ["tmux-256color", "xterm-256color"])
    func aBurstOfTheMouse(terminal: String) throws {
        let (session, modes) = try start(terminal: terminal)
        try session.send("m")
        try session.waitFor("key m")
        try session.waitFor(format: "mouse_button_flag", "1")
        let isSGR = try session.format("mouse_sgr_flag") == "1"
        func report(_ code: Int, _ x: Int, isUp: Bool = false) -> [UInt8] {
            isSGR
                ? Array("\u{1B}[<\(code);\(x);4\(isUp ? "m" : "M")".utf8)
                : [27, 91, 77, UInt8(32 + (isUp ? 3 : code)), UInt8(32 + x), 36]
        }
        let drag = report(0, 2) + report(32, 3) + report(32, 4) + report(0, 4, isUp: true)
        let click = report(0, 9) + report(0, 9, isUp: true)
        try session.send(bytes: drag + click + Array("l".utf8))
        let screen = try session.waitFor("key l")
        let told = screen.split(separator: "\n").filter { $0.contains("mouse") }.map {
            $0.drop { !$0.isNumber }.drop { $0 != "m" }.prefix { $0 != "│" }
                .trimmingCharacters(in: .whitespaces)
        }
        #expect(
            told == [
                "mouse press(1) 1,3", "mouse drag(1) 2,3", "mouse drag(1) 3,3",
                "mouse release(1) 3,3", "mouse press(1) 8,3", "mouse release(1) 8,3",
            ])
        try session.send("q")
        try expectSane(session, modes)
    }

    @Test func aStormOfResizesEndsInTheLastSize() throws {
        let (session, modes) = try start()
        for step in 0..<25 { try session.resize(columns: 20 + step * 3, rows: 4 + step) }
        try session.resize(columns: 5, rows: 2)
        try session.resize(columns: 1, rows: 1)
        try session.resize(columns: 71, rows: 19)
        let screen = try session.wait("the last size") {
            $0.contains("probe 71x19") && $0.contains("╯")
        }
        let lines = screen.split(separator: "\n")
        #expect(lines.count == 19)
        #expect(lines.first?.hasSuffix("╮") == true && lines.last?.hasSuffix("╯") == true)
        try session.send("q")
        try expectSane(session, modes)
    }

    @Test(arguments: ["C-z", "Z"])
    func suspendsAndResumes(key: String) throws {
        let (session, modes) = try start()
        try session.send(key)
        try session.waitForShell()
        #expect(try session.format("alternate_on") == "0")
        #expect(try session.modes() == modes)
        try session.resize(columns: 50, rows: 14)
        try session.run("fg")
        try session.waitFor("probe 50x14")
        try session.send("l")
        try session.waitFor("key l")
        try session.send("q")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        try expectSane(session, modes)
    }

    /// What each way out leaves as status: keys of the probe, then signals from outside.
    @Test(
        arguments: [
            ("q", 0), ("C-c", 0), ("E", 5), ("X", 128 + SIGILL), ("A", 128 + SIGABRT),
            ("O", 128 + SIGSEGV), ("C-\\", 128 + SIGQUIT),
        ] as [(String, Int32)])
    func everyWayOutLeavesTheTerminalAsItWas(key: String, status: Int32) throws {
        let (session, modes) = try start()
        try session.send("m")
        try session.waitFor("key m")
        try session.send(key)
        try session.waitForShell()
        #expect(try session.exitStatus() == Int(status))
        try expectSane(session, modes)
    }

    @Test(arguments: [
        SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGFPE, SIGABRT,
    ])
    func signalsFromOutside(signal: Int32) throws {
        let (session, modes) = try start()
        kill(try session.child(), signal)
        try session.waitForShell()
        #expect(try session.exitStatus() == 128 + Int(signal))
        try expectSane(session, modes)
    }

    @Test func anInterruptFromOutsideEndsInOrder() throws {
        let (session, modes) = try start()
        kill(try session.child(), SIGINT)
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        try expectSane(session, modes)
    }

    /// A program that survives the hang-up must see the end of its input, not spin.
    @Test func aClosedWindowIsTheEndOfInput() throws {
        let session = try TmuxSession()
        let probe = try builtProgram("TerminalProbe")
        let result = session.folder.appendingPathComponent("status").path
        try session.run("(trap '' HUP; \(probe); echo $? > \(result))")
        try session.waitFor("colours")
        _ = try? session.hangUp()
        let deadline = ContinuousClock().now + TmuxSession.patience
        var status = ""
        while status.isEmpty && ContinuousClock().now < deadline {
            usleep(20_000)
            status = (try? String(contentsOfFile: result, encoding: .utf8)) ?? ""
        }
        #expect(status == "3\n")
    }

    @Test func withoutATerminalThereIsOneLine() throws {
        let session = try TmuxSession()
        let probe = try builtProgram("TerminalProbe")
        let tests = [
            ("\(probe) < /dev/null", "must be a terminal"),
            ("\(probe) | cat", "must be a terminal"),
            ("TERM=no-such-terminal \(probe)", "TERM=no-such-terminal"),
            ("env -u TERM \(probe)", "TERM is not set"),
            ("TERM=dumb \(probe)", "cannot move its cursor"),
        ]
        for (number, (command, reason)) in tests.enumerated() {
            // Not by `ask`, which would take the probe's output away from the terminal.
            let problem = session.folder.appendingPathComponent("problem").path
            try session.run("clear; { \(command); } 2> \(problem); echo run-\(number)=$?.")
            try session.waitFor("run-\(number)=\(command.hasSuffix("cat") ? 0 : 2).")
            let text = try String(contentsOfFile: problem, encoding: .utf8)
            #expect(text.contains(reason) && text.split(separator: "\n").count == 1, "\(text)")
            #expect(try session.format("alternate_on") == "0")
        }
    }

    @Test func noColourAndNoUnicodeWhereNotWanted() throws {
        let (plain, _) = try start(["NO_COLOR": "1"])
        #expect(try plain.capture().contains("colours 0 utf8 true"))
        let styled = try plain.capture(withStyles: true)
        #expect(styled.firstMatch(of: /\u{1B}\[(3|4|9|10)[0-8]/) == nil)
        #expect(styled.contains("\u{1B}[1m\u{1B}[7m⚠") || styled.contains("\u{1B}[7m⚠"))
        let (ascii, _) = try start(["LC_ALL": "C"])
        let screen = try ascii.capture()
        #expect(screen.contains("+- probe 60x16 -") && screen.contains("utf8 false"))
        #expect(screen.contains("wide ? ?  ? esc ?[31m"))
        #expect(screen.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func theClipboardGetsTheText() throws {
        let (session, _) = try start()
        try session.send("y")
        try session.waitFor("key y")
        _ = try session.wait("the copied text") { _ in
            try session.tmux("list-buffers", "-F", "#{buffer_sample}").contains("copied")
        }
    }
}
