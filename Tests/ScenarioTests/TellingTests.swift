import Kernel
import Testing

@testable import Scenario

/// Texts that are told at a place in the kernel.
@Suite struct TellingTests {
    static let text = """
        scenario: told
        title: T
        kernels: [v6, v4.5]
        file: { size: 4MiB }
        steps:
          - mmap: { name: m, pages: 0..1023 }
          - store: { map: m, page: 512, value: 7 }
            until: dax_radix_entry
            say-at: [{ at: dax_radix_entry, say: The task stops here. }]
          - resume:
            say: The entry is in the tree, and the store is done.
            say-at:
              - at: "dax_radix_entry: release tree_lock"
                say: The entry is in the tree.
              - at: dax_radix_entry
                say: { v6: Nothing is in the tree. }
              - at: "dax_radix_entry: nrexceptional + 1"
                say: The entry is in the tree and not counted.
          - fsync:
            say-at: [{ at: dax_writeback_one, say: Nothing is flushed. }]
        """

    @Test(arguments: [KernelVersion.v6, .v4_5])
    func eachIsTrueWhereItIsTold(_ version: KernelVersion) throws {
        let scenario = try Scenario.parse(Self.text, file: "told.yml")
        let run = ScenarioRun(scenario, on: version)
        #expect(run.failures().isEmpty)
        // At the end of a step that stops there.
        #expect(run.told(in: 1).map(\.position) == [run.timeline.spans[1].end])
        let told = run.told(in: 2)
        let first = version == .v6 ? ["Nothing is in the tree."] : []
        #expect(
            told.map(\.text) == first + [
                "The entry is in the tree and not counted.", "The entry is in the tree.",
            ])
        for telling in told {
            let mapping = run.timeline.machine(at: telling.position).mapping
            let isCounted = telling.text == "The entry is in the tree."
            #expect(mapping.nrexceptional == (isCounted ? 1 : 0))
            #expect(mapping.pageTree.isEmpty == telling.text.hasPrefix("Nothing"))
            #expect(run.told(in: 2, upTo: telling.position).last == telling)
            #expect(run.told(in: 2, upTo: telling.position - 1).last != telling)
        }
    }

    /// The function is there, but the operation never comes to it.
    @Test func aPlaceThatIsNeverMetFailsTheCheck() throws {
        let text = Self.text.replacing("at: dax_writeback_one", with: "at: dax_load_hole")
        let run = ScenarioRun(try Scenario.parse(text, file: "told.yml"), on: .v4_5)
        #expect(
            run.failures().map { run.describe($0, file: "told.yml") } == [
                "told.yml:20:20: v4.5: step 4 (fsync): it never comes to 'dax_load_hole', expected "
                    + "because 'say-at' has a text for it"
            ])
    }

    /// A text for another kernel is not missed.
    @Test func onlyKernelsWithATextHaveToComeThere() throws {
        let text = Self.text.replacing(
            "at: dax_writeback_one, say: Nothing is flushed.",
            with: "at: dax_load_hole, say: { v6: No. }")
        let scenario = try Scenario.parse(text, file: "told.yml")
        #expect(ScenarioRun(scenario, on: .v4_5).failures().isEmpty)
        #expect(ScenarioRun(scenario, on: .v6).failures().count == 1)
    }

    /// What a cut operation has told stays, what it would have told goes.
    @Test func aCutKeepsWhatWasTold() throws {
        let run = ScenarioRun(try Scenario.parse(Self.text, file: "told.yml"), on: .v6)
        let second = run.told(in: 2)[1]
        let cut = run.scenario(upTo: second.position)
        #expect(cut.kernels == [.v6])
        #expect(cut.steps[2].sayAt.map(\.place.statement) == [nil, "nrexceptional + 1"])
        #expect(cut.steps[2].say.isEmpty)
        #expect(try Scenario.parse(cut.yaml(), file: "cut.yml") == cut)
        #expect(ScenarioRun(cut, on: .v6).failures().isEmpty)
    }
}
