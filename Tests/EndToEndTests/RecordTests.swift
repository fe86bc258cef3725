import Foundation
import Testing

/// `radixscope record`, and `s` and `S`, as people run them.
@Suite(.serialized) struct RecordTests {
    private let seed = projectFolder.appendingPathComponent("scenarios/pmd-orphan.yml").path

    /// Records and returns the bytes.
    private func record(
        _ words: [String], environment: [String] = [], in folder: ScratchFolder
    ) throws -> (status: Int32, output: String, problems: String) {
        let settings = environment.isEmpty ? [] : ["env", "-i"] + environment
        return try spawn(settings + [program(), "record"] + words, scratch: folder.url)
    }

    @Test(arguments: ["text", "ansi", "svg", "html", "cast", "dot", "json", "markdown", "png"])
    func theBytesAreTheSameEverywhere(_ format: String) throws {
        let folder = try ScratchFolder()
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let places = [
            ["LC_ALL=C", "TZ=UTC"],
            ["LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8", "TZ=Pacific/Kiritimati", "TERM=dumb"],
            ["LANG=tr_TR.UTF-8", "LANGUAGE=tr", "TZ=America/St_Johns", "NO_COLOR=1", "COLORS=2"],
            ["LC_ALL=ar_EG.UTF-8", "COLUMNS=40", "LINES=9", "TZ=:/nowhere"],
        ]
        var first: Data?
        for (number, place) in places.enumerated() {
            let file = folder.file("\(number)")
            let result = try record(
                [seed, "--kernel", "v6", "--at", format == "html" ? "every-op" : "op4"]
                    + ["--format", format, "-o", file],
                environment: place + ["PATH=\(path)"], in: folder)
            #expect(result.status == 0, "\(result.problems)")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(!bytes.isEmpty && first ?? bytes == bytes, "\(place)")
            first = bytes
        }
        // And through a pipe.
        guard format != "png" else { return }
        let piped = try record(
            [seed, "--kernel", "v6", "--at", format == "html" ? "every-op" : "op4"]
                + ["--format", format, "-o", "-"], in: folder)
        #expect(Data(piped.output.utf8) == first && piped.problems.isEmpty)
    }

    /// A scenario of some thousand steps: time enough for what is to happen in between.
    private func longScenario(in folder: ScratchFolder) throws -> String {
        var text = """
            scenario: long
            title: Many steps
            kernels: [v4.5]
            file: { size: 16MiB }
            steps:
              - mmap: { name: m, pages: 0..4095 }

            """
        for page in 0..<100 {
            text += "  - load: { map: m, page: \(page) }\n"
        }
        let file = folder.file("long.yml")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test(arguments: ["html", "cast", "json"])
    func whoIsKilledLeavesWhatWasThere(_ format: String) throws {
        let folder = try ScratchFolder()
        let scenario = try longScenario(in: folder)
        let place = try ScratchFolder()
        try "old".write(toFile: place.file("film"), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try program())
        process.arguments = [
            "record", scenario, "--format", format, "--size", "200x60", "-o", place.file("film"),
        ]
        try process.run()
        let deadline = ContinuousClock.now + TmuxSession.patience
        // The unfinished file has no name, or a hidden one.
        while try unfinished(process.processIdentifier, in: place) == 0 {
            #expect(process.isRunning && ContinuousClock.now < deadline, "nothing is written")
            guard process.isRunning, ContinuousClock.now < deadline else { break }
            usleep(500)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal, "it ended before it was killed")
        #expect(try String(contentsOfFile: place.file("film"), encoding: .utf8) == "old")
        #expect(place.names.filter { !$0.hasPrefix(".radixscope-") } == ["film"])
    }

    /// The bytes that a process has written to an open file of a folder.
    private func unfinished(_ process: Int32, in place: ScratchFolder) throws -> Int {
        let list = "/proc/\(process)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: list)) ?? []
        for name in names {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(list)/\(name)")
            guard let target, target.hasPrefix(place.url.path + "/") else { continue }
            var status = stat()
            if stat("\(list)/\(name)", &status) == 0 { return Int(status.st_size) }
        }
        return 0
    }

    @Test func whoFailsLeavesWhatWasThereAndSaysWhy() throws {
        let folder = try ScratchFolder()
        let place = try ScratchFolder()
        try "old".write(toFile: place.file("film"), atomically: true, encoding: .utf8)
        // No file may become larger than 64 KiB, as on a full disk.
        let command = """
            trap '' XFSZ; ulimit -f 64; exec '\(try program())' record '\(seed)' --format html \
            -o '\(place.file("film"))'
            """
        let result = try spawn(["bash", "-c", command], scratch: folder.url)
        #expect(result.status == 2)
        #expect(result.problems.split(separator: "\n").count == 1)
        #expect(result.problems.contains("film': File too large"), "\(result.problems)")
        #expect(try String(contentsOfFile: place.file("film"), encoding: .utf8) == "old")
        #expect(place.names == ["film"])
        // A moment that is not there is found before anything is written.
        let none = try record(
            [seed, "\(seed)@9999", "--format", "text", "-o", place.file("film")], in: folder)
        #expect(none.status == 1 && none.problems.contains("no step 9999"))
        #expect(try String(contentsOfFile: place.file("film"), encoding: .utf8) == "old")
    }

    @Test func misuseIsToldInOneLine() throws {
        let folder = try ScratchFolder()
        let wrong: [([String], String)] = [
            ([seed, "--format", "mp4"], "unknown format 'mp4'; expected text"),
            ([seed, "--at", "op1,op2", "--format", "svg"], "name a folder"),
            ([seed, "--kernel", "v6,v4.5", "--format", "json"], "holds one kernel"),
            ([seed, "--size", "80"], "columns and rows"),
            ([seed, "--view", "wide"], "unknown view 'wide'; expected tree"),
            ([seed, "--theme", "pink"], "unknown theme 'pink'; expected"),
            ([seed, "--cast-version", "4"], "expected 2 or 3"),
            ([seed, "--at", "nowhere()"], "no moment is written 'nowhere()'; expected"),
            ([seed, "-o", "/no/such/folder/a.txt"], "No such file or directory"),
        ]
        for (words, says) in wrong {
            let result = try record(words, in: folder)
            #expect(result.status == 2 && result.output.isEmpty, "\(words)")
            #expect(result.problems.contains(says), "\(words): \(result.problems)")
            #expect(result.problems.split(separator: "\n").count == 1)
        }
    }

    @Test func aLongRecordingShowsHowFarItIsOnATerminal() throws {
        let folder = try ScratchFolder()
        let scenario = try longScenario(in: folder)
        let session = try TmuxSession(columns: 100, rows: 24)
        try session.run("cd \(folder.url.path); clear")
        try session.run("\(try program()) record \(scenario) --at every-step -o many.ans")
        let bar = try Regex("\\[#*-*\\] [0-9]+ % of [0-9]+ pictures")
        _ = try session.wait("a bar of progress") { $0.contains(bar) }
        try session.waitForShell()
        #expect(try !session.capture().contains("pictures"), "the bar goes when it is done")
        #expect(try session.exitStatus() == 0)
    }

    @Test func aLongRecordingGoesOnWhileThePersonDoesAndAfterTheyLeave() throws {
        let folder = try ScratchFolder()
        let scenario = try longScenario(in: folder)
        let session = try TmuxSession(columns: 120, rows: 40)
        try session.run("cd \(folder.url.path); clear")
        try session.run("\(try program()) run --fresh \(scenario)")
        _ = try session.waitFor("step 0/")
        try session.send("S")
        _ = try session.wait("how far it is") {
            $0.contains(/recording long-v4\.5\.html: [0-9]+ %/)
        }
        try session.send("n")
        _ = try session.waitFor("op 1/")
        #expect(!folder.names.contains("long-v4.5.html"), "nothing is there before it is whole")
        try session.send("q")
        _ = try session.waitFor("recorded: long-v4.5.html")
        try session.waitForShell()
        #expect(try session.exitStatus() == 0)
        let page = try String(contentsOfFile: folder.file("long-v4.5.html"), encoding: .utf8)
        #expect(page.hasSuffix("</html>\n"))
    }

    @Test func keysRecordTheMomentAndTheScenario() throws {
        let folder = try ScratchFolder()
        let session = try TmuxSession(columns: 120, rows: 40)
        let library = projectFolder.appendingPathComponent("scenarios").path
        try session.run("cd \(folder.url.path); export RADIXSCOPE_SCENARIOS=\(library)")
        try session.run("\(try program()) run --fresh pmd-orphan --kernel v6")
        _ = try session.waitFor("step 0/")
        try session.send("c")
        let screen = try session.waitFor("⚠ orphan: ")
        let step = try #require(screen.firstMatch(of: /step ([0-9]+)\//)).output.1
        try session.send("s")
        _ = try session.waitFor("recorded: pmd-orphan-v6-\(step).svg")
        try session.send("s")
        _ = try session.waitFor("recorded: pmd-orphan-v6-\(step)-2.svg")
        try session.run(":record moment.txt")
        _ = try session.waitFor("recorded: moment.txt")
        try session.run(":record nowhere/a.txt")
        _ = try session.waitFor("not recorded: 'nowhere/a.txt': No such file")
        try session.run(":record a.exe")
        _ = try session.waitFor("'a.exe' ends in no format's name; expected one of .txt .ans")
        try session.send("S")
        _ = try session.waitFor("recorded: pmd-orphan-v6.html")
        try session.send("q")
        try session.waitForShell()
        #expect(
            folder.names.filter { $0.hasPrefix("pmd") || $0.hasPrefix("moment") } == [
                "moment.txt", "pmd-orphan-v6-\(step)-2.svg", "pmd-orphan-v6-\(step).svg",
                "pmd-orphan-v6.html",
            ])
        // The same as from the command line.
        let same = [
            "moment.txt": "@\(step)", "pmd-orphan-v6-\(step).svg": "@\(step)",
            "pmd-orphan-v6.html": "",
        ]
        for (name, moment) in same {
            let result = try record(
                [seed + moment, "--kernel", "v6", "-o", folder.file("other-" + name)], in: folder)
            #expect(result.status == 0, "\(result.problems)")
            let here = try String(contentsOfFile: folder.file(name), encoding: .utf8)
            let there = try String(contentsOfFile: folder.file("other-" + name), encoding: .utf8)
            #expect(here == there, "\(name)")
        }
    }
}

/// What the documentation shows is what the program shows.
@Suite struct DocumentationTests {
    @Test func everyPictureIsCurrent() throws {
        let folder = try ScratchFolder()
        let script = projectFolder.appendingPathComponent(".ci/make-docs").path
        let made = folder.url.appendingPathComponent("made")
        let result = try spawn([script, made.path, program()], scratch: folder.url)
        #expect(result.status == 0, "\(result.problems)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: made.path).sorted()
            .filter { $0.contains(".") }
        #expect(names.count > 50)
        for name in names {
            let new = try Data(contentsOf: made.appendingPathComponent(name))
            let old = try? Data(contentsOf: projectFolder.appendingPathComponent(name))
            #expect(new == old, "\(name) is not what the program shows now: run `make docs`")
        }
        // Nothing else stands there.
        for part in ["docs/course", "docs/pictures"] {
            let there = try FileManager.default.contentsOfDirectory(
                atPath: projectFolder.appendingPathComponent(part).path)
            for name in there { #expect(names.contains("\(part)/\(name)"), "\(part)/\(name)") }
        }
        let readme = try String(
            contentsOf: projectFolder.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("⚠ orphan: "))
    }
}
