import Kernel
import PageTree
import Stepping
import Testing

@testable import Scenario

/// Scenarios about a bare tree: `tree: xarray`, `tree: radix-tree`.
@Suite struct TreeScenarioTests {
    private func text(_ steps: String, tree: String = "xarray", kernels: String = "v6.12") -> String
    {
        """
        scenario: bare
        title: A tree
        kernels: [\(kernels)]
        tree: \(tree)
        steps:
        \(steps)
        """
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try Scenario.parse(text, file: "bare.yml")
            return []
        } catch {
            return error.diagnostics.map { "\($0.line): \($0.message)" }
        }
    }

    @Test func eachOperationIsReadAndWritten() throws {
        let steps = """
            - store: 3
            - store: { index: 512, order: 9, entry: v7 }
            - store: { index: 0, entry: p9 }
            - load: 700
            - mark: { index: 512, mark: towrite }
            - unmark: { index: 512, mark: towrite }
            - find: { from: 1, to: 600, mark: dirty }
            - find
            - split: { index: 512, order: 6 }
            - fail: 1
            - erase: 18446744073709551615
            """
        let scenario = try Scenario.parse(text(steps), file: "bare.yml")
        #expect(
            scenario.steps.map(\.operation) == [
                .tree(.store(.pointer(1), index: 3)),
                .tree(.store(.value(7), index: 512, order: 9)),
                .tree(.store(.pointer(9), index: 0)), .tree(.load(700)),
                .tree(.mark(.towrite, index: 512)), .tree(.unmark(.towrite, index: 512)),
                .tree(.find(1...600, marked: .dirty)), .tree(.find(0...UInt64.max)),
                .tree(.split(index: 512, order: 6)), .fail(call: 1), .tree(.erase(.max)),
            ])
        let again = try Scenario.parse(scenario.yaml(), file: "again.yml")
        #expect(again.steps.map(\.operation) == scenario.steps.map(\.operation))
        #expect(again.tree == .xarray)
        let names = Set(scenario.steps.compactMap { $0.operation?.name } + ["resume"])
        #expect(names == Set(scenario.operationNames), "each is in this test")
    }

    @Test func whatIsNotPossibleIsRefused() {
        #expect(problems(text("  - fsync")).contains { $0.contains("unknown operation") })
        #expect(
            problems(text("  - store: { index: 1, order: 2 }", tree: "radix-tree", kernels: "v4.5"))
                .contains { $0.contains("order") })
        #expect(
            problems(text("  - store: { index: 1, order: 31 }"))
                == ["6: '31' is out of range"])
        for wrong in ["q1", "p0", "p", "v1000000"] {
            #expect(
                problems(text("  - store: { index: 1, entry: \(wrong) }"))
                    == [
                        "6: expected an entry such as p1 (a pointer) or v7 (a value), found '\(wrong)'"
                    ],
                "\(wrong)")
        }
        #expect(problems(text("  - find: { from: 3, to: 2 }")).count == 1)
        #expect(
            problems(text("  - load: 1", kernels: "v4.5")).contains {
                $0.contains("the kernel 'v4.5' has not what this scenario is about")
            })
        #expect(
            problems(text("  - load: 1", tree: "btree")).contains { $0.contains("'btree'") })
        #expect(
            problems(text("  - load: 1") + "\nfile: { size: 4KiB }").contains {
                $0.contains("no file around it")
            })
        let neither = text("  - load: 1").replacing("tree: xarray\n", with: "")
        #expect(problems(neither).contains { $0.contains("a 'file', or a 'tree'") })
    }

    @Test func valuesStandOneBehindTheOther() throws {
        let scenario = try Scenario.parse(text("  - load: 1"), file: "bare.yml")
        let lines: [(String, TreeOperation)] = [
            ("store 512 order 9", .store(.pointer(1), index: 512, order: 9)),
            ("store 512 9 v3", .store(.value(3), index: 512, order: 9)),
            ("store 7 entry v3", .store(.value(3), index: 7)),
            ("mark 512 dirty", .mark(.dirty, index: 512)), ("erase 512", .erase(512)),
            ("split 512 order 0", .split(index: 512, order: 0)),
            ("find from 5 mark dirty", .find(5...UInt64.max, marked: .dirty)),
        ]
        for (line, operation) in lines {
            let spelled = try #require(scenario.respelled(line), "\(line)")
            let longer = try scenario.adding(line: spelled, file: ":do")
            #expect(longer.steps.last?.operation == .tree(operation), "\(line)")
        }
        #expect(scenario.respelled("store 1 2 v3 4") == nil)
    }

    /// Both trees, statement by statement, come to what the operations say.
    @Test func bothTreesRun() throws {
        let xarray = try Scenario.parse(
            text("  - store: { index: 512, order: 9 }\n  - mark: { index: 700, mark: dirty }"),
            file: "x")
        let run = ScenarioRun(xarray, on: .v6_12)
        let tree = run.timeline.machine(at: run.timeline.end).mapping.pageTree
        #expect(tree.family == .xarray && tree.nodeCount == 1 && tree.isTagged(.dirty))
        #expect(run.timeline.spans.allSatisfy { $0.end - $0.start > 5 })

        let radix = try Scenario.parse(
            text("  - store: 512\n  - store: 512", tree: "radix-tree", kernels: "v4.5"), file: "r")
        let other = ScenarioRun(radix, on: .v4_5)
        let machine = other.timeline.machine(at: other.timeline.end)
        #expect(machine.mapping.pageTree.family == .radixTree)
        #expect(machine.mapping.pageTree.nodeCount == 2)
        #expect(machine.tasks[0].outcome.code == -17, "EEXIST")
        #expect(machine.counters.isEmpty, "nobody counts a bare tree's entries")
    }
}
