import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// The screen of a tree with nothing around it, and the lines that a person types there.
@Suite struct BareTreeTests {
    private func start(_ tree: String, _ kernel: KernelVersion) throws -> InterfaceState {
        let text = """
            scenario: bare
            title: A tree
            kernels: [\(kernel.name)]
            tree: \(tree)
            steps: [load: 0]
            """
        return InterfaceState(
            run: ScenarioRun(try Scenario.parse(text, file: "bare"), on: kernel), glyphs: .utf8)
    }

    private func type(_ line: String, _ state: inout InterfaceState) {
        guard case .success(let action) = CommandLine.parse(line, state) else {
            Issue.record("\(line) is not understood")
            return
        }
        _ = reduce(&state, action)
    }

    @Test func linesOfAnArrayRunStatementByStatement() throws {
        var state = try start("xarray", .v6_12)
        for line in [
            "store 512 order 9", "mark 700 dirty", "load 900", "split 512 order 6", "erase 512",
        ] {
            let before = state.timeline.end
            type(line, &state)
            #expect(state.timeline.end > before + 5, "\(line): \(state.choices.message ?? "")")
        }
        let tree = state.machine.mapping.pageTree
        #expect(tree.lookup(512) == nil && tree.lookup(576) != nil && tree.nodeCount == 1)
        let found = state.timeline.spans[2].end
        state.move(to: found)
        let screen = view(state, size: Size(120, 40)).text()
        #expect(screen.contains("It returned 0 and found pointer 1."))
    }

    /// The same entry for fewer indices is another one, as what was put there and when tells.
    @Test func whatASplitLeavesIsNew() throws {
        var state = try start("xarray", .v6_12)
        type("store 512 order 9", &state)
        type("split 512 order 6", &state)
        state.choices.selected = 960
        let screen = view(state, size: Size(120, 40)).text()
        #expect(screen.contains("in xas_split"), "who put it there")
        #expect(screen.contains("◎ pointer 1, order 9, replaced"))
        let change = state.history.changes(of: 960, upTo: state.position).last!
        let text = InspectorView.describe(change, Scene(state, form: .full)).plain
        #expect(text == "◎ pointer 1, order 9 replaced by ◎ pointer 1, order 6")
    }

    /// What only a file has is not shown.
    @Test func nothingOfAFileIsShown() throws {
        for (tree, kernel, lock) in [
            ("xarray", KernelVersion.v6_12, "xa_lock"), ("radix-tree", .v4_5, "tree_lock"),
        ] {
            var state = try start(tree, kernel)
            type("store 7", &state)
            let end = view(state, size: Size(200, 60)).text()
            for word in ["page tables", "file block", "nrpages", "nrexceptional"] {
                #expect(!end.contains(word), "\(tree): \(word)")
            }
            let held = (state.timeline.spans.last!.start...state.timeline.end).contains {
                state.move(to: $0)
                return view(state, size: Size(120, 40)).text().contains("holds § \(lock)")
            }
            #expect(held, "\(tree)")
        }
    }

    @Test func anotherFamilysKernelIsRefused() throws {
        var state = try start("xarray", .v6_12)
        type("kernel v4.5", &state)
        #expect(
            state.choices.message
                == "v4.5 has not what this is about; it runs on v6.12, v6.1")
        type("kernel v6.1", &state)
        #expect(state.run.version == .v6_1)
    }

    /// Everything that the tree can do is offered while it is typed, and nothing else.
    @Test func whatTheTreeCanDoIsOffered() throws {
        for (tree, kernel) in [("xarray", KernelVersion.v6_12), ("radix-tree", .v4_5)] {
            let state = try start(tree, kernel)
            let offered = Set(
                Command.operationValues(state).map { String($0.prefix { !" :".contains($0) }) })
            let known = Set(state.run.scenario.operationNames).subtracting(["resume"])
            #expect(offered == known, "\(tree)")
        }
    }
}
