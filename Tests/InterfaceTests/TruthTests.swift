import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// What the screen says is true of that kernel, and of a machine that anybody has.
@Suite struct TruthTests {
    private func text(
        _ scenario: String, on version: KernelVersion, view kind: ViewKind = .tree
    ) throws -> String {
        let run = ScenarioRun(try Scenario.parse(scenario, file: "test.yml"), on: version)
        var state = InterfaceState(run: run)
        state.handle(.resize(Size(120, 40)))
        state.show(kind)
        state.move(to: state.timeline.end)
        return view(state, size: Size(120, 40)).text()
    }

    /// A store that faults for ever has not ended; the model has.
    @Test func aStoreThatFaultsForEver() throws {
        let scenario = """
            scenario: for-ever
            title: For ever
            kernels: [v4.4-pmd, v6]
            file: { size: 4MiB, blocks: { 0..1023: written } }
            steps:
              - mmap: { name: m, pages: 0..1023 }
              - load: { map: m, page: 512 }
              - store: { map: m, page: 512, value: 1 }
            """
        let screen = try text(scenario, on: .v4_4pmd)
        #expect(screen.contains("It does not end: each page fault leads to the same one again"))
        #expect(screen.contains("64 is where the model stops counting."))
        #expect(!screen.contains("ended with livelock"))
        #expect(try text(scenario, on: .v6).contains("It took 1 page fault."))
    }

    /// pr_debug is on the log page, and marked as what a stock kernel does not print.
    @Test func linesThatAStockKernelDoesNotPrint() throws {
        let scenario = """
            scenario: debug
            title: Debug
            kernels: [v4.5]
            file: { size: 4MiB }
            steps:
              - mmap: { name: m, pages: 0..1023, aligned: false }
              - load: { map: m, page: 512 }
            """
        let note = "a stock kernel prints none of them unless dynamic debug is on"
        let screen = try text(scenario, on: .v4_5, view: .log)
        #expect(screen.contains("d dax_pmd: "), "\(screen)")
        #expect(screen.contains(note))
        #expect(!(try text(orphanStory, on: .v4_4, view: .log)).contains(note))
    }
}
