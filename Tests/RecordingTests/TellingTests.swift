import Canvas
import Kernel
import Scenario
import Testing

@testable import Recording

/// What the scenario says at a place, in recordings.
@Suite struct TellingRecordingTests {
    private static let text = """
        scenario: told
        title: T
        kernels: [v6]
        file: { size: 4MiB }
        steps:
          - mmap: { name: m, pages: 0..1023 }
            say: It maps.
          - store: { map: m, page: 512, value: 7 }
            say: The store is done.
            say-at:
              - { at: dax_radix_entry, say: Nothing is in the tree. }
              - { at: "dax_radix_entry: release", say: The entry is in. }
        """

    private func run() throws -> ScenarioRun {
        ScenarioRun(try Scenario.parse(Self.text, file: "told.yml"), on: .v6)
    }

    private func recordings(_ moments: String) throws -> [Format: String] {
        let run = try run()
        let size = Size(80, 24)
        let film = try Film(of: [run], at: Moments(parsing: moments), size: size)
        return RecordingTests.recordings(film)
    }

    @Test func textsStandInTheirOrder() throws {
        let early = try #require(recordings("op2+1")[.markdown])
        #expect(early.contains("What will happen: The store is done."))
        #expect(!early.contains("Nothing is in the tree."))
        let middle = try #require(recordings("dax_radix_entry")[.markdown])
        #expect(
            middle.contains("Nothing is in the tree.\n\nWhat will happen: The store is done.\n"))
        #expect(!middle.contains("The entry is in."))
        let end = try recordings("op2")
        let told = try run().told(in: 1).map { "Step \($0.position): \($0.text)" }
        let markdown = try #require(end[.markdown])
        #expect(
            markdown.contains(told.joined(separator: "\n\n") + "\n\nThe store is done.\n"))
        #expect(!markdown.contains("What will happen"))
        let html = try #require(end[.html])
        let paragraphs = (told + ["The store is done."]).map { "<p>\($0)</p>" }
        #expect(html.contains(paragraphs.joined(separator: "\n")))
    }

    @Test func dataHasTheirPositions() throws {
        let json = try #require(recordings("every-step")[.json])
        let run = try run()
        for telling in run.told(in: 1) {
            #expect(json.contains("{\"step\":\(telling.position),\"text\":\"\(telling.text)\"}"))
        }
        #expect(json.contains("\"narration\":\"The store is done.\""))
        #expect(run.told(in: 1).count == 2)
    }
}
