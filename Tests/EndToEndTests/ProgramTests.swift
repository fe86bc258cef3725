import Foundation
import Testing

/// The story on a terminal.
@Suite(.serialized) struct ProgramTests {
    private func start(
        _ arguments: String = "", columns: Int = 120, rows: Int = 40
    ) throws -> (session: TmuxSession, modes: String) {
        let session = try TmuxSession(columns: columns, rows: rows, environment: [:])
        let modes = try session.modes()
        let folder = projectFolder.appendingPathComponent("scenarios").path
        try session.run("RADIXSCOPE_SCENARIOS=\(folder) \(try program()) \(arguments)")
        return (session, modes)
    }

    private func expectSane(_ session: TmuxSession, _ modes: String) throws {
        try session.waitForShell()
        #expect(try session.modes() == modes)
        #expect(try session.format("alternate_on") == "0")
        #expect(try session.format("cursor_flag") == "1")
    }

    @Test func theStoryFromTheStartToTheBUG() throws {
        let (session, modes) = try start()
        // The last line comes last.
        var screen = try session.waitFor("quit")
        #expect(screen.contains("The zero page that nobody removed"))
        #expect(screen.contains("kernel BUG at fs/inode.c:497!"), "what the story is about")
        // Three operations on, then to the orphan.
        try session.send("n", "n")
        screen = try session.waitFor("op 2/7")
        #expect(screen.contains("zero page p1"))
        try session.send("n")
        screen = try session.waitFor("op 3/7")
        #expect(!screen.contains("⚠ orphan: "))
        try session.send("c")
        screen = try session.waitFor("⚠ orphan: ")
        #expect(screen.contains("xfs_get_blocks_dax_fault"))
        #expect(screen.contains("look the block up"))
        // One statement back it is not born yet.
        try session.send("Left")
        screen = try session.wait("the orphan is gone") { !$0.contains("⚠ orphan: ") }
        #expect(screen.contains("op 4/7"))
        try session.send("Right")
        _ = try session.waitFor("⚠ orphan: ")
        // The leaked page, then the end.
        try session.send("c")
        screen = try session.waitFor("leaked: page p1")
        #expect(screen.contains("dax_radix_entry"))
        try session.send("G")
        screen = try session.waitFor("clear_inode found nrpages 1")
        #expect(screen.contains("18446744073709551615"))
        #expect(screen.contains("died holding tree_lock"))
        try session.send("q")
        try expectSane(session, modes)
        #expect(try session.exitStatus() == 0)
    }

    @Test func resizesSuspendsAndResumes() throws {
        let (session, modes) = try start()
        _ = try session.waitFor("step 0/")
        try session.send("c")
        let screen = try session.waitFor("⚠ orphan: ")
        // The moment's number, which every size shows.
        let moment = try #require(screen.firstMatch(of: /step [0-9]+\//)).output
        try session.resize(columns: 80, rows: 24)
        _ = try session.wait("the narrow screen") { screen in
            screen.contains(moment) && screen.split(separator: "\n").allSatisfy { $0.count <= 80 }
        }
        for (columns, rows) in [(20, 5), (200, 60), (1, 1), (120, 40)] {
            try session.resize(columns: columns, rows: rows)
        }
        _ = try session.waitFor("⚠ orphan: ")
        try session.send("C-z")
        try session.waitForShell()
        #expect(try session.format("alternate_on") == "0")
        try session.run("fg")
        #expect(try session.waitFor("⚠ orphan: ").contains(moment))
        try session.send("C-c")
        try expectSane(session, modes)
    }

    @Test func helpListsKeysAndGoesAway() throws {
        let (session, modes) = try start()
        _ = try session.waitFor("step 0/")
        try session.send("?")
        _ = try session.waitFor(":previous-operation")
        // What is typed filters.
        try session.type("quit")
        let screen = try session.waitFor(":quit")
        #expect(!screen.contains(":previous-operation"))
        // Esc takes the filter away, then the help.
        try session.send("Escape")
        _ = try session.waitFor(":previous-operation")
        try session.send("Escape")
        _ = try session.waitFor("about this scenario")
        try session.send("q")
        try expectSane(session, modes)
    }

    @Test func aCrashLeavesASaneTerminal() throws {
        let (session, modes) = try start()
        _ = try session.waitFor("step 0/")
        let child = try session.child()
        #expect(kill(child, SIGSEGV) == 0)
        try expectSane(session, modes)
    }
}

/// What cannot work ends in one line on standard error, exit code 2, and nothing written.
@Suite struct MisuseTests {
    private func run(
        _ arguments: [String], scratch: URL
    ) throws -> (status: Int32, output: String, problems: String) {
        try spawn([try program()] + arguments, scratch: scratch)
    }

    /// A folder for one test.
    private func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("radixscope-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func expectOneLine(_ arguments: [String], says: String) throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try run(arguments, scratch: folder)
        let shown = arguments.joined(separator: " ")
        #expect(result.status == 2, "\(shown): \(result.problems)")
        #expect(result.output.isEmpty, "\(shown): \(result.output)")
        let lines = result.problems.split(separator: "\n")
        #expect(lines.count == 1, "\(shown): \(result.problems)")
        #expect(result.problems.contains(says), "\(shown): \(result.problems)")
        #expect(!result.problems.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test func unknownNames() throws {
        let seed = projectFolder.appendingPathComponent("scenarios/pmd-orphan.yml").path
        try expectOneLine(["check", "--kernel", "v9", seed], says: "unknown kernel 'v9'")
        try expectOneLine(["run", "--kernel", "\u{1B}[31mv6", seed], says: "unknown kernel")
        try expectOneLine(["check", "/no/such/file.yml"], says: "No such file")
        try expectOneLine(
            ["record", "/no/such/file.yml", "--at", "end", "-o", "-"], says: "No such")
        try expectOneLine(["conform", "radix-tree", "/no/such"], says: "no such file")
        try expectOneLine(["conform", "xarray", "/no/such"], says: "no such file")
        try expectOneLine(["run", "--theme", "pink", seed], says: "unknown theme")
        try expectOneLine(["run", seed + "@99999"], says: "has no step 99999; the last is")
        try expectOneLine(["run", seed + "@x"], says: "no moment and no kernel function is called")
    }

    @Test func filesThatAreNoScenarios() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try expectOneLine(["check", folder.path], says: "directory")
        let binary = folder.appendingPathComponent("binary.yml")
        try Data((0...255).map { UInt8($0) }).write(to: binary)
        try expectOneLine(["check", binary.path], says: "binary.yml:1:")
        let large = folder.appendingPathComponent("large.yml")
        _ = FileManager.default.createFile(atPath: large.path, contents: nil)
        let handle = try FileHandle(forWritingTo: large)
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        try expectOneLine(["check", large.path], says: "large.yml")
        let index = folder.appendingPathComponent("index.yml")
        let text = """
            scenario: beyond
            title: An index beyond 2^64
            kernels: [v6]
            file: { size: 4MiB }
            steps:
              - fsync:
                expect: { entries: { 18446744073709551616: page } }
            """
        try Data(text.utf8).write(to: index)
        try expectOneLine(["check", index.path], says: "index.yml:7:")
    }

    @Test func noTerminalAtAll() throws {
        try expectOneLine(["run"], says: "must be a terminal")
    }

    @Test func aTerminalThatDoesNotExist() throws {
        let session = try TmuxSession(columns: 80, rows: 24, environment: [:])
        let modes = try session.modes()
        try session.run("TERM=no-such-terminal \(try program())")
        let screen = try session.waitFor("radixscope: no terminal is known")
        #expect(screen.contains("no-such-terminal"))
        try session.waitForShell()
        #expect(try session.exitStatus() == 2)
        #expect(try session.modes() == modes)
    }
}
