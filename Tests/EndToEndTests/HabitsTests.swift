import Foundation
import Testing

/// The release program as a person lives with it: configuration, places that are kept, locales,
/// the mouse, and every way in which it ends. After each the terminal is as it was.
@Suite(.serialized) struct HabitsTests {
    /// A session with the program running in it.
    private struct Sitting {
        let session: TmuxSession
        let modes: String
        let command: String

        /// Starts the program once more.
        func again(_ arguments: String = "") throws {
            try session.run("clear; \(command) \(arguments)")
        }

        func expectSane(status: Int = 0) throws {
            try session.waitForShell()
            #expect(try session.exitStatus() == status)
            #expect(try session.modes() == modes)
            #expect(try session.format("alternate_on") == "0")
            #expect(try session.format("cursor_flag") == "1")
            #expect(try session.format("mouse_any_flag") == "0")
        }

        /// Leaves by `q` and expects a sane terminal and exit code 0.
        func quit() throws {
            try session.send("q")
            try expectSane()
        }
    }

    private func sit(
        _ arguments: String = "", columns: Int = 120, rows: Int = 40,
        environment: [String: String] = [:], before: String = "", files: [String: String] = [:]
    ) throws -> Sitting {
        let session = try TmuxSession(columns: columns, rows: rows, environment: environment)
        for (name, text) in files {
            let file = session.folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let modes = try session.modes()
        let program = projectFolder.appendingPathComponent(".build/release/radixscope").path
        let scenarios = projectFolder.appendingPathComponent("scenarios").path
        let command = "RADIXSCOPE_SCENARIOS=\(scenarios) \(program)"
        try session.run("\(before)\(command) \(arguments)")
        return Sitting(session: session, modes: modes, command: command)
    }

    private func stateFiles(_ session: TmuxSession) -> [String] {
        let folder = session.folder.appendingPathComponent("state/radixscope").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    // MARK: Views and addresses

    @Test func everyView() throws {
        let sitting = try sit("pmd-orphan@op4")
        let session = sitting.session
        _ = try session.waitFor("op 4/7")
        for (key, text) in [
            ("F2", "file map"), ("F3", "kernels side by side"), ("F4", "── log"),
            ("F5", "2 nodes"), ("F6", "page 512 of the file"), ("F7", "what changed"),
            ("F8", "breakpoints and bookmarks"), ("F1", "page_tree"),
        ] {
            try session.send(key)
            _ = try session.waitFor(text == "── log" ? "─ log ─" : text)
        }
        try sitting.quit()
    }

    @Test func whatIsCopiedOpensAgain() throws {
        let sitting = try sit("pmd-orphan@bug")
        let session = sitting.session
        _ = try session.waitForTheEnd()
        try session.send("K", "p", "y")
        let screen = try session.waitFor("copied: ")
        let address = try #require(screen.firstMatch(of: /copied: (\S+)/)).output.1
        #expect(address.hasPrefix("pmd-orphan@"))
        #expect(address.hasSuffix(":v4.5"))
        _ = try session.wait("the clipboard") { _ in
            (try? session.tmux("show-buffer"))?.contains(address) == true
        }
        let place = try #require(screen.firstMatch(of: /step [0-9]+\/[0-9]+/)).output
        try sitting.quit()
        try sitting.again("\(address) --fresh")
        #expect(try session.waitFor(String(place)).contains("kernel v4.5"))
        try sitting.quit()
    }

    @Test func theSandbox() throws {
        let sitting = try sit("sandbox --size 8MiB")
        let session = sitting.session
        _ = try session.waitFor("An empty file")
        try session.type(":mmap: { name: m, pages: 0..511 }\r")
        _ = try session.waitFor("branch 1: 1 operation")
        try session.type(":store: { map: m, page: 3, value: 7 }\r")
        _ = try session.waitFor("branch 2: 2 operations")
        let file = session.folder.appendingPathComponent("mine.yml")
        try session.type(":save \(file.path)\r")
        _ = try session.waitFor("written to")
        let first = try Data(contentsOf: file)
        try session.type(":fsync\r")
        _ = try session.waitFor("branch 3: 3 operations")
        // What is there is written over only by those who say so.
        try session.type(":save \(file.path)\r")
        _ = try session.waitFor("not written, the file is there already; :save! ")
        #expect(try Data(contentsOf: file) == first)
        try session.type(":record \(file.path).svg\r")
        _ = try session.waitFor("recorded: ")
        try session.type(":record \(file.path).svg\r")
        _ = try session.waitFor("already; :record! writes over it")
        try session.type(":save! \(file.path)\r")
        _ = try session.waitFor("written to")
        #expect(try Data(contentsOf: file) != first)
        try sitting.quit()
        #expect(try session.ask("\(sitting.command) check \(file.path); echo $?").hasSuffix("0"))
    }

    // MARK: What is preferred and what is kept

    @Test func configurationIsObeyed() throws {
        let sitting = try sit(
            files: ["config/radixscope/config": "signs = ascii\ntheme = high-contrast # mine\n"])
        let screen = try sitting.session.waitFor("step 0/")
        #expect(!screen.unicodeScalars.contains { !$0.isASCII })
        // White on black, by the theme.
        #expect(try sitting.session.capture(withStyles: true).contains(/\u{1B}\[[0-9;]*97/))
        try sitting.quit()
        try sitting.again("--no-config --theme mono")
        #expect(try sitting.session.waitFor("step 0/").contains("╭"))
        try sitting.quit()
    }

    @Test func aMistakeInTheConfigurationNamesItsLine() throws {
        let sitting = try sit(files: ["config/radixscope/config": "\ntheme = pink\n"])
        _ = try sitting.session.waitFor("radixscope/config:2:1: theme cannot be 'pink'")
        try sitting.expectSane(status: 2)
        #expect(stateFiles(sitting.session) == [])
    }

    @Test func theDefaultConfigurationIsOne() throws {
        let sitting = try sit(
            "config | head -12", before: "mkdir -p $XDG_CONFIG_HOME/radixscope; ", files: [:])
        _ = try sitting.session.waitFor("#theme = default")
        try sitting.again("config > $XDG_CONFIG_HOME/radixscope/config")
        let path = try sitting.session.ask("\(sitting.command) config --path")
        #expect(path.hasSuffix("/config/radixscope/config"))
        #expect(FileManager.default.fileExists(atPath: path))
        // A folder that nobody may write to is no hindrance.
        _ = try sitting.session.ask("chmod -R a-w $XDG_CONFIG_HOME")
        try sitting.again()
        _ = try sitting.session.waitFor("step 0/")
        try sitting.quit()
        _ = try sitting.session.ask("chmod -R u+w $XDG_CONFIG_HOME")
    }

    @Test func comesBackToThePlace() throws {
        let sitting = try sit()
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.send("c", "m", "F4")
        let screen = try session.waitFor("─ log ─")
        let place = try #require(screen.firstMatch(of: /step [0-9]+\/[0-9]+/)).output
        try sitting.quit()
        #expect(stateFiles(session).count == 1)
        try sitting.again()
        #expect(try session.waitFor("back where you left").contains(place))
        #expect(try session.capture().contains("─ log ─"))
        try session.send("g", "'")
        _ = try session.waitFor(String(place))
        try sitting.quit()
        try sitting.again("--fresh")
        _ = try session.waitFor("step 0/")
        try sitting.quit()
    }

    @Test func branchesAreKept() throws {
        let sitting = try sit("pmd-orphan")
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.send("n", "n")
        try session.type(":fsync\r")
        _ = try session.waitFor("branch 1: 3 operations")
        try sitting.quit()
        try sitting.again("pmd-orphan")
        _ = try session.waitFor("back where you left, in branch 1 at step")
        try session.type(":branch 0\r")
        _ = try session.waitFor("op 2/7")
        try session.send("F8")
        _ = try session.waitFor("branch 1")
        try session.type(":unbranch 1\r")
        _ = try session.waitFor("branch 1 removed")
        try sitting.quit()
        #expect(!(try session.ask("cat $XDG_STATE_HOME/radixscope/*")).contains("\"branches\""))
        // A sandbox is empty each time, and what was made of it is at hand.
        try sitting.again("sandbox")
        _ = try session.waitFor("Nothing happens by itself here.")
        try session.type(":fsync\r")
        _ = try session.waitFor("branch 1: 1 operation;")
        try sitting.quit()
        try sitting.again("sandbox")
        _ = try session.waitFor("a branch of before; F8 lists")
        try sitting.quit()
    }

    @Test func aTreeAloneIsSteppedThrough() throws {
        let sitting = try sit("sandbox --tree xarray")
        let session = sitting.session
        _ = try session.waitFor("Nothing happens by itself here.")
        try session.type(":store 512 order 9\r")
        _ = try session.waitFor("pointer 1, order 9")
        try session.send("Left", "Left", "Left", "Left", "Left", "Left")
        _ = try session.waitFor("lib/xarray.c")
        try sitting.quit()
        try sitting.again("sandbox --tree b-tree")
        try sitting.expectSane(status: 2)
    }

    @Test func keysOfOnesOwn() throws {
        let sitting = try sit(files: [
            "config/radixscope/config": "key.x = next-operation # as elsewhere\nkey.n = none\n"
        ])
        let session = sitting.session
        _ = try session.waitFor("x operation")
        try session.send("x")
        _ = try session.waitFor("op 1/7")
        try session.send("n")
        _ = try session.waitFor("n does nothing here; ? lists every key")
        try sitting.quit()
        let page = try session.ask("\(sitting.command) manual | grep ':next.-operation'")
        #expect(page.contains("fBx"))
        let usual = try session.ask("\(sitting.command) manual --no-config | grep ':next.-op'")
        #expect(usual.contains("fBn"))
        try session.run("echo key.F9 = nxt > $XDG_CONFIG_HOME/radixscope/config; clear")
        try sitting.again()
        _ = try session.waitFor("config:1:1: no command is named 'nxt'; did you mean 'next'?")
        try sitting.expectSane(status: 2)
    }

    @Test func aDamagedStateIsNoHindrance() throws {
        let sitting = try sit()
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.send("c")
        try sitting.quit()
        let name = try #require(stateFiles(session).first)
        let file = session.folder.appendingPathComponent("state/radixscope/\(name)")
        let good = try Data(contentsOf: file)
        for bad in [good.prefix(good.count / 2), Data("{}".utf8), Data([0xFF, 0, 7])] {
            try bad.write(to: file)
            try sitting.again()
            _ = try session.waitFor("is damaged and was not used")
            try sitting.quit()
        }
        // Leaving has written a good one.
        try sitting.again()
        _ = try session.waitFor("step 0/")
        try sitting.quit()
    }

    @Test func aFullDiskCostsOnlyThePlace() throws {
        // No file can have a byte; the kernel says so with SIGXFSZ, or EFBIG where it is ignored.
        let sitting = try sit(before: "trap '' XFSZ; ulimit -f 0; ")
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.send("c")
        _ = try session.waitFor("⚠ orphan: ")
        try session.send("q")
        _ = try session.waitFor("radixscope: the place was not kept: ")
        try session.waitForShell()
        #expect(try session.format("alternate_on") == "0")
        #expect(stateFiles(session) == [])
    }

    @Test func anUnwritableStateCostsOnlyThePlace() throws {
        let sitting = try sit(files: ["state": "a file where a folder should be"])
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.send("c", "q")
        _ = try session.waitFor("radixscope: the place was not kept: ")
        try sitting.expectSane()
    }

    // MARK: Terminals

    @Test func withoutColourThereIsNone() throws {
        let sitting = try sit("pmd-orphan@bug", environment: ["NO_COLOR": "1"])
        _ = try sitting.session.waitForTheEnd()
        let styled = try sitting.session.capture(withStyles: true)
        #expect(!styled.contains(/\u{1B}\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])m/))
        #expect(styled.contains("\u{1B}[1"))
        try sitting.quit()
    }

    @Test func aLocaleWithoutUTF8GetsASCII() throws {
        let sitting = try sit("pmd-orphan@bug", environment: ["LC_ALL": "C", "LANG": "C"])
        let screen = try sitting.session.waitForTheEnd()
        #expect(!screen.unicodeScalars.contains { !$0.isASCII })
        try sitting.quit()
    }

    @Test func theMouseWhenAskedFor() throws {
        let sitting = try sit("--mouse", environment: ["TERM": "xterm-256color"])
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.waitFor(format: "mouse_any_flag", "1")
        // A click at the end of the timeline, pulled back to its middle.
        try session.send(bytes: Array("\u{1B}[<0;119;2M".utf8))
        _ = try session.waitFor("op 7/7")
        try session.send(bytes: Array("\u{1B}[<0;60;2m".utf8))
        _ = try session.waitFor("op 4/7")
        try session.send(":")
        try session.type("mouse off\r")
        _ = try session.wait("the mouse is let go") { _ in
            try session.format("mouse_any_flag") == "0"
        }
        try sitting.quit()
    }

    /// Motion is reported while a button is down, the bar follows it, and a stop takes the mode
    /// back as long as it lasts.
    @Test(arguments: ["xterm-256color", "tmux-256color"])
    func draggingAlongTheTimeline(terminal: String) throws {
        let sitting = try sit("--mouse", environment: ["TERM": terminal])
        let session = sitting.session
        _ = try session.waitFor("step 0/")
        try session.waitFor(format: "mouse_button_flag", "1")
        let isSGR = try session.format("mouse_sgr_flag") == "1"
        func mouse(_ code: Int, _ x: Int, _ y: Int, isUp: Bool = false) throws {
            let text = "\u{1B}[<\(code);\(x);\(y)\(isUp ? "m" : "M")"
            let old = [27, 91, 77, UInt8(32 + (isUp ? 3 : code)), UInt8(32 + x), UInt8(32 + y)]
            try session.send(bytes: isSGR ? Array(text.utf8) : old)
        }
        try mouse(0, 2, 2)
        try mouse(32, 119, 2)
        _ = try session.waitFor("op 7/7")
        try mouse(32, 60, 20)
        _ = try session.waitFor("op 4/7")
        try mouse(32, 2, 2)
        _ = try session.waitFor("step 0/")
        try mouse(32, 119, 7)
        try mouse(0, 119, 7, isUp: true)
        _ = try session.waitFor("op 7/7")
        try session.send("C-z")
        try session.waitForShell()
        #expect(try session.format("mouse_any_flag") == "0")
        #expect(try session.modes() == sitting.modes)
        try session.run("fg")
        _ = try session.waitFor("op 7/7")
        try session.waitFor(format: "mouse_button_flag", "1")
        try sitting.quit()
    }

    @Test func aStormOfResizes() throws {
        let sitting = try sit("pmd-orphan@op4")
        let session = sitting.session
        _ = try session.waitFor("op 4/7")
        for number in 0..<60 {
            try session.resize(columns: 10 + number * 37 % 290, rows: 3 + number * 13 % 90)
            if number % 7 == 0 { try session.send("l") }
        }
        try session.resize(columns: 120, rows: 40)
        _ = try session.wait("the whole screen") {
            $0.contains("╭─ page_tree") && $0.contains("quit")
        }
        try sitting.quit()
    }

    @Test func theLastScreenStaysBehind() throws {
        let sitting = try sit("pmd-orphan@op4")
        _ = try sitting.session.waitFor("op 4/7")
        try sitting.session.send("Q")
        try sitting.expectSane()
        #expect(try sitting.session.capture().contains("╭─ page_tree"))
    }

    // MARK: Ways out

    @Test(arguments: [SIGTERM, SIGHUP, SIGSEGV, SIGINT, SIGQUIT, SIGABRT]) func signals(
        _ signal: Int32
    ) throws {
        let sitting = try sit("--mouse")
        _ = try sitting.session.waitFor("step 0/")
        let child = try sitting.session.child()
        #expect(kill(child, signal) == 0)
        // An interrupt is a wish to leave.
        try sitting.expectSane(status: signal == SIGINT ? 0 : 128 + Int(signal))
    }

    @Test func theEndOfInput() throws {
        let sitting = try sit()
        _ = try sitting.session.waitFor("step 0/")
        let child = try sitting.session.child()
        try sitting.session.hangUp()
        try waitUntil("the program has ended") {
            let stat = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            // Gone, or dead and not yet collected by whoever inherited it.
            return stat?.contains(") Z ") ?? true
        }
    }

    @Test func inputFromAFileIsRefused() throws {
        let sitting = try sit("run < /dev/null")
        _ = try sitting.session.waitFor("must be a terminal")
        try sitting.expectSane(status: 2)
        #expect(stateFiles(sitting.session) == [])
    }

    private func waitUntil(_ what: String, _ holds: () -> Bool) throws {
        for _ in 0..<1000 {
            if holds() { return }
            usleep(20_000)
        }
        throw TmuxSession.Failure(description: "never: \(what)")
    }

    // MARK: The manual page

    @Test func theManualPageFormats() throws {
        let sitting = try sit("manual > /dev/null")
        let session = sitting.session
        let page = session.folder.appendingPathComponent("radixscope.1").path
        _ = try session.ask("\(sitting.command) manual > \(page)")
        // groff comes with man; -ww complains about everything that it does not know.
        let complaints = try session.ask(
            "command -v groff > /dev/null || { echo missing; exit; }; "
                + "groff -man -Tutf8 -ww -z \(page)")
        #expect(complaints == "" || complaints == "missing")
        let text = try session.ask("MANWIDTH=100 man -l \(page) 2>/dev/null | col -b | head -400")
        guard !text.isEmpty else { return }
        #expect(text.contains("Right, l, :next [COUNT]"))
        #expect(text.contains("CONFIGURATION"))
    }
}
