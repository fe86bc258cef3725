import Canvas
import Kernel
import Scenario
import Testing

@testable import Interface

/// A step that did not get what it asked for says so on the screen.
@Suite struct UnmetTests {
    private func screen(_ expect: String) throws -> Canvas {
        let text = """
            scenario: unmet
            title: Unmet
            kernels: [v4.5]
            file: { size: 64KiB }
            steps:
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 1 }
                until: dax_load_hole
            \(expect)
            """
        let run = ScenarioRun(try story(text), on: .v4_5)
        var state = InterfaceState(run: run)
        state.handle(.resize(Size(120, 40)))
        state.move(to: state.timeline.end)
        return view(state, size: Size(120, 40))
    }

    @Test func itIsTold() throws {
        #expect(try screen("").text().contains("The step never came to dax_load_hole."))
    }

    /// What the scenario expects is no warning.
    @Test func itIsNoWarningWhenItIsMeant() throws {
        let meant = try screen("    expect: { met: false }")
        #expect(meant.text().contains("The step never came to dax_load_hole."))
        #expect(meant != (try screen("")))
    }
}
