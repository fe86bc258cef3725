import Canvas
import Kernel
import PageCache
import Scenario
import Stepping
import Testing

@testable import Interface

/// One event has one number, in whatever view; and what is told of the past is as it was then.
@Suite struct OneEventTests {
    private func library(_ name: String, _ version: KernelVersion) throws -> InterfaceState {
        let scenario = try #require(try Library.scenarios.first { $0.name == name })
        return InterfaceState(run: ScenarioRun(scenario, on: version))
    }

    /// The rows of a view that speak of something.
    private func lines(
        _ state: InterfaceState, _ kind: ViewKind, _ size: Size = Size(200, 60), with part: String
    ) -> [String] {
        var state = state
        state.choices.view = kind
        return view(state, size: size).text().split(separator: "\n").map(String.init)
            .filter { $0.contains(part) }
    }

    @Test func everyViewSaysTheSameNumber() throws {
        var state = try library("pmd-orphan", .v6)
        let leak = try #require(
            state.timeline.episodes.first { $0.finding.kind == .leakedPage })
        let born = leak.born
        state.move(to: state.timeline.spans[3].end)
        // Why, where it goes to, and the mark at the statement that has just run.
        let why = try #require(Why(.finding(0), state))
        #expect(why.finding == leak.finding)
        #expect(why.causes.first { $0.isGuilty }?.position == born)
        state.press("w")
        #expect(state.position == born)
        let listing = view(state, size: Size(120, 40)).text()
        #expect(listing.contains("✓ 1409 empty the slot"))
        state.press("Esc")
        // The findings, the log, the inspector's history of the index.
        #expect(lines(state, .tree, with: "leaked: page p1")[0].contains("step \(born)"))
        let log = lines(state, .log, with: "leaked: page p1")
        #expect(log.contains { $0.contains(" \(born)  ") && $0.contains("seen at \(leak.seen)") })
        state.choices.selected = 512
        let story = lines(state, .inspector, with: "radix_tree_delete_item")
        #expect(story.contains { $0.contains(" \(born)  ") && $0.contains("deleted") })
        // Breakpoints, the way from stop to stop, the search, the timeline.
        for text in ["index 512", "leaked-page", "finding"] {
            let stop = try Breakpoint.parse(text, state.timeline.kernel)
            #expect(stop.hits(state.timeline, state.history).contains(born), "\(text)")
        }
        #expect(state.at(born - 1).nextStop(after: born - 1) == born)
        #expect(InterfaceState.places(of: "leaked page", in: state).contains(born))
        #expect(state.timeline.findingBirths.contains(born))
    }

    /// As above for every finding of the library: where it stands and where it is told agree.
    @Test func soDoesEveryFinding() throws {
        for scenario in try Library.scenarios {
            for version in scenario.kernels {
                let state = InterfaceState(run: ScenarioRun(scenario, on: version))
                for episode in state.timeline.episodes {
                    let there = state.at(episode.born)
                    let number = there.moment.findings.firstIndex(of: episode.finding)
                    let why = Why(.finding(try #require(number)), there)
                    #expect(why?.causes.first { $0.isGuilty }?.position == episode.born)
                    #expect(!state.at(episode.born - 1).moment.findings.contains(episode.finding))
                }
            }
        }
    }

    /// ● and ○ are what the story is about: a zero page that is free again, or not yet allocated,
    /// is told as one.
    @Test(arguments: [KernelVersion.v4_5, .v7, .v6]) func aFreedZeroPageWasAZeroPage(
        _ version: KernelVersion
    ) throws {
        var state = try library("pmd-orphan", version)
        state.choices.selected = 512
        for position in [2, state.timeline.spans[1].end, state.timeline.spans[3].end] {
            state.move(to: position)
            for kind in [ViewKind.tree, .inspector, .changes, .log, .diagram, .map] {
                let text = lines(state, kind, with: "page p1").joined(separator: "\n")
                #expect(!text.contains("● page p1"), "\(version), \(kind) at \(position)")
            }
            let story = lines(state, .inspector, with: "put here")
            #expect(story.contains { $0.contains("○ zero page p1") }, "\(position)")
        }
        if version == .v4_5 { #expect(state.machine.pages[PageID(1)] == nil, "it is free") }
    }

    /// A task that goes on is in the middle of the operation that it began.
    @Test func aResumedOperationIsTheOneThatWasResumed() throws {
        var state = try library("race-v7-window", .v7)
        let number = try #require(
            state.timeline.spans.firstIndex { $0.isResumed && $0.operation?.name == "load" })
        let span = state.timeline.spans[number]
        state.move(to: span.end)
        #expect(state.moment.subject == 512)
        let text = span.text
        #expect(text.hasPrefix("load ") && text.hasSuffix(", goes on"))
        #expect(lines(state, .tree, with: text).count > 0)
        #expect(!lines(state, .log, with: "reader: \(text)").isEmpty)
        state.press("F3")
        let outcome = view(state, size: Size(200, 60)).text()
            .split(separator: "\n").first { $0.contains("outcome") }
        #expect(outcome?.contains("read 0x") == true)
        #expect(outcome?.contains("stored") == false)
    }

    @Test func theInspectorKnowsWhichPageAResumedStoreTouches() throws {
        let story = try Scenario.parse(
            """
            scenario: resumed
            title: Which page does a resumed store touch
            kernels: [v4.4]
            file: { size: 64KiB, filesystem: ext4, blocks: { 0..7: written } }
            steps:
              - mmap: { name: m, pages: 0..15 }
              - store: { map: m, page: 3, value: 0x33 }
                task: writer
                until: dax_insert_mapping
              - punch: { pages: 3 }
                task: puncher
              - resume:
                task: writer
            """, file: "resumed.yml")
        var state = InterfaceState(run: ScenarioRun(story, on: .v4_4))
        state.move(to: state.timeline.end)
        #expect(state.subject == 3)
        #expect(lines(state, .inspector, with: "page 3 of the file").count > 0)
    }
}
