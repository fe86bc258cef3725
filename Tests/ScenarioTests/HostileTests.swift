import Foundation
import Testing

@testable import Scenario

/// More tasks than the locks of a machine can tell apart.
@Suite struct TaskLimits {
    private func story(tasks: Int) -> String {
        "scenario: many\ntitle: T\nkernels: [v6]\nfile: { size: 4MiB }\nsteps:\n"
            + (1..<tasks).map { "  - { pread: 0, task: t\($0), statements: 1 }\n" }.joined()
    }

    @Test func atMostSixtyFour() throws {
        let scenario = try Scenario.parse(story(tasks: 64), file: "many.yml")
        let run = ScenarioRun(scenario, on: .v6)
        #expect(run.timeline.machine(at: run.timeline.end).tasks.count == 64)
        #expect {
            try Scenario.parse(story(tasks: 300), file: "many.yml")
        } throws: { error in
            "\(error)"
                == "many.yml:69:23: 't64' is one task too many; at most 64 are allowed, app among them"
        }
    }
}

/// Files that want to hurt: each must end in a few one-line errors.
@Suite struct HostileFiles {
    private func expectRefusal(_ text: String, _ part: String) {
        let found = problems(text)
        #expect(found.contains { $0.contains(part) }, "\(found.first ?? "valid")")
        #expect(found.count <= Limits.diagnostics + 1)
        #expect(found.allSatisfy { !$0.contains("\n") && $0.count < 1_000 })
    }

    @Test(arguments: ["[", "{", "- ", "? ", "{a: ", "[[{"])
    func deepNesting(piece: String) {
        expectRefusal(String(repeating: piece, count: 20_000), "f.yml:1:")
        let closed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        expectRefusal("scenario: " + closed, "nested more than 24 levels deep")
    }

    @Test func deepIndentation() {
        let text = (0..<600).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        expectRefusal(text, "nested more than 24 levels deep")
    }

    @Test func anchorsThatExplode() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let names = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(names)]\n"
        }
        expectRefusal(text, "anchors (&) and aliases (*)")
        expectRefusal(text + "? *a30\n: 1\n", "anchors (&) and aliases (*)")
        expectRefusal("a: &a b\n<<: *a\n", "anchors (&) and aliases (*)")
    }

    @Test func ampersandsAndAsterisksAreFineInTexts() throws {
        let text = story("- fsync:\n  say: read & *write*\n  note: '&quoted *too'")
        let step = try Scenario.parse(text, file: "f").steps[0]
        #expect(step.say.all == "read & *write*")
        #expect(step.note.all == "&quoted *too")
    }

    @Test func sizeLimit() {
        let comment = "#" + String(repeating: "x", count: Limits.fileBytes)
        expectRefusal(comment, "the file is larger than 1 MiB")
        expectRefusal(
            "[" + String(repeating: "1,", count: Limits.fileBytes / 2 - 1),
            "more than 150000 values")
    }

    /// A long text, in letters or in the accents of one letter, never reaches a screen.
    @Test func longTexts() throws {
        let long = String(repeating: "word ", count: 190_000)
        expectRefusal(story("- fsync:\n  say: \(long)"), "characters; at most 2000 are allowed")
        let accents = "e" + String(repeating: "\u{301}", count: 200_000)
        expectRefusal(story("- fsync:\n  say: \(accents)"), "has 200001 characters")
        expectRefusal(story("- fsync:\n  note: { all: \(accents) }"), "has 200001 characters")
        let most = String(repeating: "a", count: Limits.text)
        #expect(problems(story("- fsync:\n  say: \(most)")) == [])
    }

    @Test func manySteps() {
        let steps = String(repeating: "- fsync\n", count: Limits.steps + 1)
        expectRefusal(story(steps), "10001 steps; at most 10000 are allowed")
        #expect(problems(story(String(repeating: "- fsync\n", count: Limits.steps))) == [])
    }

    @Test func manyErrorsAreCounted() {
        let found = problems(story(String(repeating: "- fsnyc\n", count: 1_000)))
        #expect(found.count == Limits.diagnostics + 1)
        #expect(found.last?.contains("at least 900 more errors follow") == true)
    }

    @Test func gigabyteRangesAreNotUnfolded() throws {
        let text = story(
            """
            - mmap: { name: m, pages: 0..2251799813685247 }
            - fallocate: { pages: 0..2251799813685247 }
            - fsync:
              expect: { entries: { 0..18446744073709551615: page } }
            """, file: "{ size: 9223372036854775807, blocks: { 0..2251799813685247: written } }")
        let scenario = try Scenario.parse(text, file: "f")
        #expect(try Scenario.parse(scenario.yaml(), file: "f") == scenario)
    }

    @Test func controlCharactersCannotReachATerminal() {
        for text in ["scenario: \"\\e[31m\"", "\"\\u009b\": 1", "\"a\\nb\\u202e\": 1"] {
            let found = problems(text).joined()
            #expect(found.unicodeScalars.allSatisfy { !$0.isUnprintable })
            #expect(found.contains("\\u{"))
        }
        #expect(Diagnostic(file: "a\nb", message: "m").description == "a\\u{a}b:1:1: m")
    }

    @Test func whatIsNotAFile() throws {
        func message(_ path: String) -> String {
            do throws(ScenarioError) {
                _ = try Scenario.read(path: path)
                return "valid"
            } catch {
                return error.description
            }
        }
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "radixscope-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let missing = folder.appending(path: "missing.yml").path
        #expect(message(missing).hasPrefix("\(missing):1:1: cannot open the file: No such file"))
        #expect(message(folder.path).contains(":1:1: this is a directory; name"))
        #expect(message("/dev/zero").hasPrefix("/dev/zero:1:1: the file is larger than 1 MiB"))
        #expect(message("/dev/null").hasPrefix("/dev/null:1:1: the file is empty"))
        #expect(message("a\0b").hasSuffix("a file name cannot hold a zero byte"))
        #expect(message("").hasPrefix(":1:1: cannot open the file"))
        let pipe = folder.appending(path: "pipe").path
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: pipe)
            try? handle?.write(contentsOf: Data(story("- fsync").utf8))
            try? handle?.close()
        }
        writer.start()
        #expect(message(pipe) == "valid")
        let huge = folder.appending(path: "huge").path
        #expect(FileManager.default.createFile(atPath: huge, contents: nil))
        #expect(truncate(huge, 100 << 20) == 0)
        #expect(message(huge).contains("the file is larger than 1 MiB"))
    }
}
