import Testing

@testable import Scenario

/// What differs in a list by index is told in runs, as a person writes them.
@Suite struct DifferencesTests {
    private func said(_ steps: String, dax: Bool = false) throws -> String {
        let text = """
            scenario: differences
            title: Differences
            kernels: [v4.5]
            file: { size: 4MiB, filesystem: ext4, dax: \(dax), blocks: { 0..9: written } }
            steps:
            \(steps)
            """
        let run = ScenarioRun(try Scenario.parse(text, file: "d.yml"), on: .v4_5)
        let failures = run.failures()
        #expect(failures.count == 1)
        return failures.first.map { run.describe($0, file: "d.yml") } ?? ""
    }

    private let written = "  - pwrite: { pages: 0..700, value: 7 }\n    expect: "

    @Test(arguments: [
        (
            "{ entries: { 0..699: page dirty } }",
            "entries is { 0..700: page dirty }, expected { 0..699: page dirty }"
        ),
        ("{ entries: {} }", "entries is { 0..700: page dirty }, expected {}"),
        (
            "{ entry: { 0..699: page dirty, 700..900: page dirty } }",
            "entry is 701..900: none, expected 701..900: page dirty"
        ),
        ("{ entry: { 5..20: none } }", "entry is 5..20: page dirty, expected 5..20: none"),
        (
            "{ entry: { 690..18446744073709551615: page dirty } }",
            "entry is 701..18446744073709551615: none, expected "
                + "701..18446744073709551615: page dirty"
        ),
        (
            "{ blocks: { 0..1023: written } }",
            "blocks is 10..700: delalloc, expected 10..700: written"
        ),
        ("{ durable: { 2..8: 9 } }", "durable is 2..8: 0, expected 2..8: 9"),
        (
            "{ durable: { 0..2251799813685247: 1 } }",
            "durable is 0..2251799813685247: 0, expected 0..2251799813685247: 1"
        ),
    ])
    func runs(_ expect: String, _ difference: String) throws {
        let line = try said(written + expect)
        #expect(line.contains(": v4.5: step 1 (pwrite): " + difference), "\(line)")
    }

    @Test func aRunEndsWhereWhatIsFoundDoes() throws {
        let steps = """
              - mmap: { name: m, pages: 0..9, aligned: false }
              - store: { map: m, page: 3, value: 1 }
              - store: { map: m, page: 4, value: 1 }
              - fsync:
                expect: { durable: { 1..9: 5 } }
            """
        #expect(try said(steps, dax: true).hasSuffix("durable is 1..2: 0, expected 1..2: 5"))
    }

    /// A list that has no end is not written whole.
    @Test func aListOfMany() throws {
        var steps = ""
        for page in stride(from: 0, to: 200, by: 2) {
            steps += "  - pwrite: { pages: \(page), value: 1 }\n"
        }
        let line = try said(steps + "  - syncfs:\n    expect: { entries: { 1: page } }")
        #expect(line.utf8.count < 300)
        #expect(line.contains("{ 0: page, 2: page, "))
        #expect(line.contains("22: page, and 88 more }, expected { 1: page }"))
    }

    @Test(arguments: [
        ("  - fsync\n    expect: { result: 0 }", 6, "fsync"),
        ("  - fsync # so\n\n    # and so\n    task: a\n    expect: { result: 0 }", 6, "fsync"),
        ("  - syncfs\n  - drop-caches\n    say: Caches.", 7, "drop-caches"),
        ("  -   fsync\n      say: x", 6, "fsync"),
    ])
    func aStepThatNeedsItsColon(_ steps: String, _ line: Int, _ name: String) {
        let found = problems(
            "scenario: s\ntitle: T\nkernels: [v6]\nfile: { size: 4MiB }\nsteps:\n" + steps + "\n")
        let column = steps.contains("-   ") ? 7 : 5
        #expect(
            found == [
                "f.yml:\(line):\(column): '- \(name):' needs the colon as soon as a key follows"
            ])
    }

    /// What mincore found; ranges beside each other are one.
    @Test(arguments: [
        ("[0..2, 3]", nil), ("[0..3]", nil), ("[]", "resident is [0..3], expected []"),
        ("[0..2, 4]", "resident is [0..3], expected [0..2, 4]"),
        ("[0..2251799813685247]", "resident is [0..3], expected [0..2251799813685247]"),
    ])
    func residentPages(_ expected: String, _ difference: String?) throws {
        let steps = """
              - mmap: { name: m, pages: 0..9, aligned: false }
              - pwrite: { pages: 0..3, value: 1 }
              - mincore: m
                expect: { resident: \(expected) }
            """
        let text =
            "scenario: r\ntitle: R\nkernels: [v4.5]\n"
            + "file: { size: 64KiB, filesystem: ext4, dax: false }\nsteps:\n" + steps
        let run = ScenarioRun(try Scenario.parse(text, file: "r.yml"), on: .v4_5)
        let said = run.failures().map { run.describe($0, file: "r.yml") }
        #expect(said.count == (difference == nil ? 0 : 1))
        if let difference { #expect(said.first?.hasSuffix(difference) == true, "\(said)") }
    }

    @Test func residentGoesWithMincore() {
        #expect(
            problems(story("- fsync:\n  expect: { resident: [] }"))
                .allSatisfy { $0.contains("'resident' goes with a mincore") })
        #expect(!problems(story("- fsync:\n  expect: { resident: [] }")).isEmpty)
    }

    /// A colon inside of a text is still told as one.
    @Test func aColonInAText() {
        let found = problems(story("- fsync:\n  say: this: that"))
        #expect(found.count == 1 && found[0].contains("quotation marks around a text"))
    }
}
