import Foundation
import Kernel
import Scenario
import Testing

/// The scenarios that the project ships.
enum Library {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("scenarios")

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yml") }.sorted()
}

@Suite struct LibraryTests {
    @Test func theStoryIsThere() {
        let wanted = ["pmd-orphan.yml", "pmd-orphan-beside.yml", "pte-upgrade.yml"]
        #expect(Set(wanted).isSubset(of: Library.files))
    }

    @Test(arguments: Library.files)
    func holdsOnEveryKernelThatItNames(_ file: String) throws {
        let path = Library.folder.appendingPathComponent(file).path
        let scenario = try Scenario.read(path: path)
        #expect(file == scenario.name + ".yml", "the file is named after the scenario")
        #expect(!scenario.teaches.isEmpty)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            for failure in run.failures() {
                Issue.record("\(run.describe(failure, file: file))")
            }
            let steps = scenario.steps
            #expect(
                steps.contains { !$0.conditions(for: version).isEmpty },
                "\(version.name) is run and nothing is expected of it")
            #expect(steps.allSatisfy { $0.say.text(for: version) != nil }, "\(version.name)")
        }
    }

    /// A question about what the machine shows must have an answer on every kernel.
    @Test(arguments: Library.files)
    func everyQuestionHasAnAnswer(_ file: String) throws {
        let scenario = try Scenario.read(
            path: Library.folder.appendingPathComponent(file).path)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            for (i, step) in scenario.steps.enumerated() {
                switch step.ask?.answer {
                case .observable(let observable)?:
                    #expect(run.answer(to: observable, after: i) != nil, "\(file): step \(i + 1)")
                case .text(let text)?:
                    #expect(text.text(for: version) != nil, "\(file): step \(i + 1)")
                case nil: break
                }
            }
        }
    }
}

/// The library as a course: what holds for all of it, and for each lesson.
@Suite struct CourseTests {
    private static func read(_ file: String) throws -> Scenario {
        try Scenario.read(path: Library.folder.appendingPathComponent(file).path)
    }

    @Test func isNumberedWithoutGaps() throws {
        let numbers = try Library.files.map { try Self.read($0).course ?? 0 }.sorted()
        #expect(numbers == Array(1...max(1, numbers.count)))
        #expect(numbers.count >= 24)
    }

    @Test func usesEveryKernel() throws {
        let used = try Set(Library.files.flatMap { try Self.read($0).kernels })
        #expect(used == Set(KernelVersion.known))
    }

    @Test(arguments: Library.files)
    func eachLessonIsShort(_ file: String) throws {
        let scenario = try Self.read(file)
        #expect((3...15).contains(scenario.steps.count))
        #expect(!scenario.about.isEmpty)
        #expect(scenario.teaches.count <= 120)
        #expect(scenario.steps.contains { $0.ask != nil }, "nothing is asked")
    }

    /// The pane that shows a text has about four lines.
    @Test(arguments: Library.files)
    func textsFitTheirPane(_ file: String) throws {
        let scenario = try Self.read(file)
        for (i, step) in scenario.steps.enumerated() {
            for version in scenario.kernels {
                let texts = [step.say, step.note].map { $0.text(for: version)?.count ?? 0 }
                #expect(texts.allSatisfy { $0 <= 500 }, "step \(i + 1) on \(version.name)")
                let told = step.sayAt.map { $0.say.text(for: version)?.count ?? 0 }
                #expect(told.allSatisfy { $0 <= 160 }, "step \(i + 1) on \(version.name)")
            }
        }
    }

    /// Long faults and races are told on the way, on each of their kernels.
    @Test(arguments: Library.files.filter { $0.hasPrefix("race-") } + told)
    func tellsWhatIsSoOnTheWay(_ file: String) throws {
        let scenario = try Self.read(file)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            let told = scenario.steps.indices.map { run.told(in: $0).count }
            #expect(told.reduce(0, +) > 0, "\(version.name)")
        }
    }

    private static let told = [
        "pmd-orphan", "pmd-orphan-beside", "two-orphans", "power-loss", "fsync-again",
        "pte-upgrade",
        "punch-head", "punch-pmd", "punch-tail", "unwritten-ext4", "unwritten-xfs", "drop-caches",
        "fsync-gate", "guard-head", "guard-beside", "no-node", "no-node-pmd",
    ].map { $0 + ".yml" }

    /// A step in the middle of an operation stands where the story says: the function of `until` is
    /// met on every kernel.
    @Test(arguments: Library.files)
    func functionsToStopInAreMet(_ file: String) throws {
        let scenario = try Self.read(file)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            for span in run.timeline.spans {
                let step = scenario.steps[span.directive]
                guard let function = step.stop?.function else { continue }
                let machine = run.timeline.machine(at: span.end)
                let task = machine.tasks.first { $0.name == step.task }
                #expect(
                    task?.frames.isEmpty == false,
                    "\(version.name): step \(span.directive + 1) never came to \(function)")
            }
        }
    }
}

@Suite struct CheckTests {
    /// An expectation that is wrong in any way is found: each condition of the seed scenario, made
    /// false, fails.
    @Test func aWrongExpectationFails() throws {
        let path = Library.folder.appendingPathComponent("pmd-orphan.yml")
        let text = try String(contentsOf: path, encoding: .utf8)
        let changes = [
            (
                "nrpages: 1\n        nrexceptional: 0\n        root-tags: D",
                "nrpages: 2\n        nrexceptional: 0\n        root-tags: D"
            ),
            (
                "entries: { 512: dax-pmd dirty }\n        findings: [leaked-page",
                "entries: { 512: dax-pte dirty }\n        findings: [leaked-page"
            ),
            ("findings: [leaked-page, miscount, stale-mapping]\n", "findings: [miscount]\n"),
            ("root-tags: DT", "root-tags: D"),
            ("bug: \"fs/inode.c:497\"", "bug: \"fs/inode.c:498\""),
            ("all: { value: 0xa5 }\n      v6, v4.4-pmd: { value: 0 }", "all: { value: 0xa5 }"),
            ("log: [\"kernel BUG at fs/inode.c:497!\"]", "log: [\"kernel BUG at mm/\"]"),
            ("undurable], durable: { 512: 0 } }", "undurable], durable: { 512: 1 } }"),
            ("page: 512, is: huge writable", "page: 512, is: huge read-only"),
        ]
        for (old, new) in changes {
            #expect(text.contains(old), "the scenario has changed: \(old)")
            let changed = text.replacingOccurrences(of: old, with: new)
            let scenario = try Scenario.parse(changed, file: "changed.yml")
            let run = ScenarioRun(scenario, on: .v6)
            #expect(!run.failures().isEmpty, "nothing noticed: \(new)")
            for failure in run.failures() {
                let line = run.describe(failure, file: "changed.yml")
                #expect(line.hasPrefix("changed.yml:"))
                #expect(!line.contains("\n"))
            }
        }
    }
}
