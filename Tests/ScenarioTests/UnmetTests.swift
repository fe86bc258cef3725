import Kernel
import Stepping
import Testing

@testable import Scenario

/// What a step asks for and does not get is said.
@Suite struct UnmetTests {
    static func text(_ steps: String, kernels: String = "v4.5, v4.4", dax: Bool = true) -> String {
        """
        scenario: unmet
        title: Unmet
        kernels: [\(kernels)]
        file: { size: 4MiB, filesystem: ext4, dax: \(dax) }
        steps:
        \(steps)
        """
    }

    /// What the check says of each kernel, in order.
    static func failures(_ steps: String, kernels: String = "v4.5", dax: Bool = true) throws
        -> [String]
    {
        let scenario = try Scenario.parse(
            text(steps, kernels: kernels, dax: dax), file: "unmet.yml")
        return scenario.kernels.flatMap { version in
            let run = ScenarioRun(scenario, on: version)
            return run.failures().map { run.describe($0, file: "unmet.yml") }
        }
    }

    private static let mapped = "  - mmap: { name: m, pages: 0..15 }\n"
    private static let meant = "; if that is meant, expect { met: false } there"

    @Test func aMisspeltFunctionIsAnErrorAtItsName() {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 1 }
                until: dax_insert_maping
              - resume:
            """
        #expect {
            try Scenario.parse(Self.text(steps), file: "unmet.yml")
        } throws: { error in
            "\(error)"
                == "unmet.yml:8:12: no kernel function is called 'dax_insert_maping'; "
                + "did you mean 'dax_insert_mapping'?"
        }
    }

    /// An I/O that the operation does not come to does not fail in the next one either.
    @Test func anIOThatNobodyReaches() throws {
        let steps = """
              - pwrite: { pages: 0..1, value: 1 }
              - fail: { io: 3 }
              - fsync:
                expect: { result: 0 }
              - pwrite: { pages: 2..2, value: 1 }
              - fsync:
                expect: { result: 0 }
            """
        #expect(
            try Self.failures(steps, kernels: "v4.5, v4.4", dax: false)
                == ["v4.5", "v4.4"].map {
                    "unmet.yml:7:5: \($0): step 2 (fail): let nothing fail: the operation read "
                        + "and wrote 2 pages, not 3" + Self.meant
                })
        let met = """
              - pwrite: { pages: 0..1, value: 1 }
              - fail: { io: 2 }
              - fsync:
                expect: { result: EIO }
            """
        #expect(try Self.failures(met, kernels: "v4.5, v4.4", dax: false) == [])
    }

    /// A function of another kernel is known, and not met.
    @Test func aFunctionThatIsNotOnThePath() throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 1 }
                until: dax_load_hole
            """
        #expect(
            try Self.failures(steps, kernels: "v4.5, v4.4") == [
                "unmet.yml:8:12: v4.5: step 2 (store): never came to dax_load_hole" + Self.meant,
                "unmet.yml:8:12: v4.4: step 2 (store): never came to dax_load_hole" + Self.meant,
            ])
    }

    /// Exactly as many statements as the operation has are met, one more is not.
    @Test func moreStatementsThanThereAre() throws {
        let scenario = try Scenario.parse(Self.text("  - fsync"), file: "unmet.yml")
        let count = ScenarioRun(scenario, on: .v4_5).timeline.end - 1
        #expect(try Self.failures("  - fsync:\n    statements: \(count)") == [])
        #expect(
            try Self.failures("  - fsync:\n    statements: \(count + 1)") == [
                "unmet.yml:7:17: v4.5: step 1 (fsync): ended after \(count) of \(count + 1) "
                    + "statements" + Self.meant
            ])
        let inside = "  - fsync:\n    until: vfs_fsync_range\n    statements: 900"
        let found = try Self.failures(inside)
        #expect(found.count == 1)
        #expect(found.first?.contains("of 900 statements from vfs_fsync_range on") == true)
    }

    /// The statement that waits has not run.
    @Test func aTaskThatWaitsInsteadOfComing() throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 7 }
              - fsync:
                task: syncer
                until: dax_writeback_one
                statements: 9
              - punch: { pages: 3 }
                task: puncher
                statements: 1000
              - resume:
                task: puncher
                until: evict
            """
        let found = try Self.failures(steps)
        #expect(
            found == [
                "unmet.yml:14:17: v4.5: step 4 (punch): waits for tree_lock after 18 of 1000 "
                    + "statements" + Self.meant,
                "unmet.yml:17:12: v4.5: step 5 (resume): waits for tree_lock and has not come to "
                    + "evict" + Self.meant,
            ])
    }

    @Test func nothingToResume() throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - load: { map: m, page: 3 }
                task: reader
                statements: 2
              - resume:
                task: reader
              - load: { map: m, page: 3 }
                task: reader
                until: evict
                expect: { met: false }
              - resume:
                task: reader
            """
        #expect(
            try Self.failures(steps) == [
                "unmet.yml:16:5: v4.5: step 5 (resume): had nothing to resume: the task's operation "
                    + "had ended" + Self.meant
            ])
    }

    @Test(arguments: [(1, 0), (2, 0), (30, 1)])
    func anAllocationThatNothingReached(_ call: Int, _ failures: Int) throws {
        let steps = "  - pwrite: { pages: 70, value: 1 }\n  - fail: \(call)\n"
        let found = try Self.failures(
            steps + "  - pwrite: { pages: 5, value: 1 }\n", dax: false)
        // The pool of a CPU is filled with 21 nodes at once.
        #expect(found.count == failures, "\(found)")
        #expect(found.allSatisfy { $0.contains("let nothing fail: the operation made ") })
        #expect(found.allSatisfy { $0.hasPrefix("unmet.yml:7:5: v4.5: step 2 (fail): ") })
    }

    /// The allocation of the operation that begins next: one that ends before does not use it up.
    @Test func anOperationInTheMiddleDoesNotTakeTheFailure() throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 1 }
              - fsync:
                task: syncer
                statements: 3
              - fail: 1
              - resume:
                task: syncer
              - store: { map: m, page: 9, value: 1 }
            """
        let scenario = try Scenario.parse(Self.text(steps), file: "unmet.yml")
        let timeline = ScenarioRun(scenario, on: .v4_5).timeline
        let machine = timeline.machine(at: timeline.end)
        #expect(machine.allocator.failingCall == 1)
    }

    /// An operation that has only begun is the one that is to fail.
    @Test(arguments: [0, 1, 5]) func anOperationThatIsStoppedEarlyTakesTheFailure(
        _ statements: Int
    ) throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - fail: 1
              - store: { map: m, page: 3, value: 1 }
                statements: \(statements)
              - resume:
                expect: { result: OOM }
            """
        #expect(try Self.failures(steps) == [])
    }

    @Test func aFailureWithoutAnOperation() throws {
        #expect(
            try Self.failures("  - fsync\n  - fail: 1") == [
                "unmet.yml:7:5: v4.5: step 2 (fail): let nothing fail: no operation followed"
                    + Self.meant
            ])
    }

    /// What follows later in a branch settles it.
    @Test func aFailureWhoseOperationComesLater() {
        var timeline = Timeline(
            kernel: .of(.v4_5), machine: .init(file: .init(size: 4 << 20, fileSystem: .ext4)),
            plan: [Directive(.fail(call: 1))])
        #expect(timeline.spans[0].unmet == .noOperation)
        timeline.extend(with: [Directive(.fsync)])
        #expect(timeline.spans[0].unmet == .allocations(0, asked: 1))
    }

    /// What was meant is told whole, as it has to be written.
    @Test func aMisspeltStatement() throws {
        let steps = """
              - fsync:
                say-at:
                  - at: "dax_writeback_one: relese tree_lock"
                    say: Now.
            """
        let scenario = Self.text(steps, kernels: "v4.5")
        let error = #expect(throws: ScenarioError.self) { try Scenario.parse(scenario, file: "a") }
        #expect(error?.description.contains("'relese tree_lock' on v4.5; did you mean '") == true)
        #expect(error?.description.contains("tree_loc'") == false)
    }

    /// Expecting it is an expectation as any: it fails where the stop is met.
    @Test func whatIsExpectedNotToBeMet() throws {
        let steps = """
              - mmap: { name: m, pages: 0..15 }
              - load: { map: m, page: 3 }
                until: dax_load_hole
                expect:
                  all: { met: false }
            """
        #expect(
            try Self.failures(steps) == [
                "unmet.yml:10:14: v4.5: step 2 (load): got what it asked for, expected "
                    + "'met: false'"
            ])
        #expect(try Self.failures(steps.replacing("dax_load_hole", with: "evict")) == [])
        #expect(throws: ScenarioError.self) {
            try Self.failures("  - fsync:\n    expect: { met: false }")
        }
    }

    /// An operation whose first function is the one to stop in stands there at once.
    @Test func theFirstFunctionOfAnOperationIsMet() throws {
        let text = """
            scenario: first
            title: First
            kernels: [v4.5]
            file: { size: 64KiB, filesystem: tmpfs }
            steps:
              - pwrite: { pages: 3, value: 1 }
              - reclaim: 3
                until: pageout
            """
        let run = ScenarioRun(try Scenario.parse(text, file: "first.yml"), on: .v4_5)
        #expect(run.failures() == [])
        let span = run.timeline.spans[1]
        #expect(span.start == span.end)
        #expect(run.timeline.machine(at: span.end).tasks[0].frames.count == 1)
    }

    /// A BUG is told as the BUG.
    @Test func aStopBehindABug() throws {
        let scenario = try Scenario.parse(
            """
            scenario: bug
            title: BUG
            kernels: [v6]
            file: { size: 4MiB, filesystem: xfs }
            steps:
              - mmap: { name: small, pages: 512, aligned: false }
              - load: { map: small, page: 512 }
              - mmap: { name: huge, pages: 0..1023 }
              - store: { map: huge, page: 512, value: 0xa5 }
              - umount:
                statements: 100000
            """, file: "bug.yml")
        let run = ScenarioRun(scenario, on: .v6)
        #expect(run.timeline.bugPosition != nil)
        #expect(run.failures() == [])
    }
}
