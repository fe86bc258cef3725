import Foundation
import Testing

/// What a person did is kept: whatever ends the program, however many there are, and wherever the
/// scenario came from.
@Suite(.serialized) struct KeepingTests {
    private func session(_ environment: [String: String] = [:]) throws -> TmuxSession {
        try TmuxSession(columns: 120, rows: 40, environment: environment)
    }

    private func command() throws -> String {
        let scenarios = projectFolder.appendingPathComponent("scenarios").path
        return "RADIXSCOPE_SCENARIOS=\(scenarios) \(try program())"
    }

    private func states(_ session: TmuxSession) throws -> [[String: Any]] {
        let folder = session.folder.appendingPathComponent("state/radixscope")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return try names.sorted().map {
            let data = try Data(contentsOf: folder.appendingPathComponent($0))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
    }

    /// The work of an evening survives a dropped connection.
    @Test(arguments: [SIGHUP, SIGTERM, SIGQUIT]) func aSandboxSurvives(_ signal: Int32) throws {
        let session = try session()
        let modes = try session.modes()
        try session.run("\(try command()) sandbox")
        _ = try session.waitFor("Nothing happens by itself")
        for line in [":mmap: { name: m, pages: 0..15 }", ":store: { map: m, page: 3, value: 7 }"] {
            try session.type(line)
            try session.send("Enter")
            _ = try session.waitFor(line.contains("store") ? "store m[3]" : "mmap")
        }
        kill(try session.child(), signal)
        try session.waitForShell()
        #expect(try session.exitStatus() == 128 + Int(signal))
        #expect(try session.modes() == modes)
        #expect(try session.format("alternate_on") == "0")
        let branches = try #require(try states(session).first?["branches"] as? [[String: Any]])
        #expect(branches.contains { ($0["story"] as? String)?.contains("store") == true })
    }

    /// The terminal itself goes away, with nobody left to write to.
    @Test func theTerminalIsGone() throws {
        let session = try session()
        try session.run("\(try command()) sandbox")
        _ = try session.waitFor("Nothing happens by itself")
        try session.type(":fsync")
        try session.send("Enter")
        _ = try session.waitFor("returned 0")
        try session.hangUp()
        for _ in 0..<500 {
            if try !states(session).isEmpty { break }
            usleep(20_000)
        }
        #expect(try states(session).first?["branches"] != nil)
    }

    /// Two signals at once, as a service manager sends them, are one wish.
    @Test func twoSignalsAtOnce() throws {
        let session = try session()
        try session.run("\(try command()) pmd-orphan")
        _ = try session.waitFor("step 0/")
        try session.send("c")
        _ = try session.waitFor("⚠ orphan: ")
        let child = try session.child()
        for signal in [SIGHUP, SIGTERM, SIGHUP, SIGHUP] { kill(child, signal) }
        try session.waitForShell()
        #expect([129, 143].contains(try session.exitStatus()))
        #expect(try states(session).first?["position"] as? Int ?? 0 > 0)
    }

    /// Two programs at one scenario, a bookmark in each, and both leave.
    @Test func twoProgramsAtOneScenario() throws {
        let first = try session()
        let state = first.folder.appendingPathComponent("state").path
        let second = try session(["XDG_STATE_HOME": state])
        for session in [first, second] {
            try session.run("\(try command()) pmd-orphan")
            _ = try session.waitFor("step 0/")
        }
        for (session, steps) in [(first, "n"), (second, "c")] {
            try session.send(steps)
            _ = try session.wait("another moment") { !$0.contains("step 0/") }
            try session.send("m", "Enter")
        }
        for session in [first, second] {
            try session.send("q")
            try session.waitForShell()
        }
        let kept = try #require(try states(first).first?["bookmarks"] as? [[String: Any]])
        #expect(kept.count == 2, "\(kept)")
    }

    /// State of a newer program is said, and stays as it is.
    @Test func stateOfANewerFormat() throws {
        let session = try session()
        try session.run("\(try command()) pmd-orphan")
        _ = try session.waitFor("step 0/")
        try session.send("c", "q")
        try session.waitForShell()
        let folder = session.folder.appendingPathComponent("state/radixscope")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        let newer = Data(#"{"format":99,"rooms":[1,2,3]}"#.utf8)
        try newer.write(to: folder.appendingPathComponent(name))
        try session.run("clear; \(try command()) pmd-orphan")
        _ = try session.waitFor("is of a newer radixscope; it is left as it is")
        try session.send("c", "q")
        _ = try session.waitFor("was not kept: what is kept of this scenario is of a newer")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        #expect(try Data(contentsOf: folder.appendingPathComponent(name)) == newer)
    }

    /// Where nothing can be kept, the program runs, and says so once.
    @Test(arguments: ["/dev/null", "FILE", "relative", ""]) func aHomeThatIsNone(
        _ home: String
    ) throws {
        let session = try session(["XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""])
        let file = session.folder.appendingPathComponent("file").path
        try Data().write(to: URL(fileURLWithPath: file))
        let path = home == "FILE" ? file : home
        try session.run("HOME=\(path) \(try command()) pmd-orphan")
        _ = try session.waitFor("step 0/")
        try session.send("c")
        _ = try session.waitFor("⚠ orphan: ")
        try session.send("q")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        let said = try session.capture().components(separatedBy: "the place was not kept").count - 1
        #expect(said == (path.hasPrefix("/") ? 1 : 0))
    }

    /// A scenario through standard input; keys are those of the terminal.
    @Test(arguments: ["cat $S | R -", "R - < $S", "R /dev/stdin < $S", "R <(cat $S)"])
    func aScenarioFromAPipe(_ line: String) throws {
        let session = try session()
        let scenario = projectFolder.appendingPathComponent("scenarios/one-page.yml").path
        let words = line.replacingOccurrences(of: "$S", with: scenario)
            .replacingOccurrences(of: "R ", with: "\(try command()) ")
        try session.run(words)
        _ = try session.waitFor("step 0/")
        try session.send("n")
        _ = try session.waitFor("op 1/")
        try session.send("q")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
    }

    /// Bytes that are no character do not hang or end the program.
    @Test func bytesThatAreNoCharacter() throws {
        let session = try session()
        try session.run("\(try command()) pmd-orphan")
        _ = try session.waitFor("step 0/")
        try session.send(bytes: [0xFF, 0xFE, 0xC3, 0x28, 0xED, 0xA0, 0x80])
        try session.send(bytes: Array(":".utf8) + [0xFF] + Array("goto 3".utf8))
        try session.send("Enter")
        // The byte is shown, and nothing behind it is lost.
        _ = try session.waitFor("\u{FFFD}goto")
        try session.send("Escape", "q")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
    }

    /// A sandbox runs on every kernel, and on every file that a scenario can have.
    @Test func aSandboxOnEveryKernel() throws {
        let session = try session()
        try session.run(
            "\(try command()) sandbox --filesystem ext4 --blocks '0..7: written, 9: unwritten'")
        var screen = try session.waitFor("Nothing happens by itself")
        #expect(screen.contains("kernel v6"))
        for kernel in ["v4.4", "v4.4-pmd", "v7", "v8", "v4.5", "v6"] {
            try session.send("K")
            _ = try session.waitFor("kernel \(kernel) ")
        }
        try session.type(":mmap: { name: m, pages: 0..15 }")
        try session.send("Enter")
        _ = try session.waitFor("mmap m")
        try session.type(":load: { map: m, page: 9 }")
        try session.send("Enter")
        screen = try session.waitFor("load m[9]")
        try session.send("o")
        try session.type(":fsync")
        try session.send("Enter")
        _ = try session.waitFor("returned 0")
        try session.send("q")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        let branches = try #require(try states(session).first?["branches"] as? [[String: Any]])
        let story = try #require(branches.last?["story"] as? String)
        #expect(story.contains("filesystem: ext4"))
        #expect(story.contains("0..7: written"))
        #expect(story.contains("kernels: [v6, v4.4"))
    }

    @Test(arguments: [
        ("--filesystem ext5", "unknown file system 'ext5'; did you mean"),
        ("--blocks '0..9999: written'", "end beyond the file; it has 1024 blocks"),
        ("--blocks '0: wet'", "unknown block state 'wet'"),
    ])
    func aSandboxThatCannotBe(_ words: String, _ message: String) throws {
        let session = try session()
        try session.run("\(try command()) sandbox \(words)")
        _ = try session.waitFor(message)
        try session.waitForShell()
        #expect(try session.exitStatus() == 2)
    }
}
