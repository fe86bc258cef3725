import Foundation
import Kernel
import PageCache
import Scenario
import Testing

@testable import Stepping

/// Findings from the field: each begins at the statement that made it true.
@Suite struct EpisodeTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/findings")

    private func run(_ name: String, _ version: KernelVersion) throws -> ScenarioRun {
        let path = Self.folder.appendingPathComponent(name + ".yml").path
        return ScenarioRun(try Scenario.read(path: path), on: version)
    }

    /// The function and the beginning of the statement after which a position stands.
    private func statement(_ timeline: Timeline, _ position: Int) -> String {
        guard let last = timeline.lastStatement(at: position) else { return "nothing" }
        return "\(last.listing.name): \(last.listing.statements[last.number].text)"
    }

    static let names = try! FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".yml") }.map { String($0.dropLast(4)) }.sorted()

    @Test(arguments: names) func showsWhatItsFileSays(_ name: String) throws {
        let path = Self.folder.appendingPathComponent(name + ".yml").path
        let scenario = try Scenario.read(path: path)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            #expect(run.failures().isEmpty, "\(name) on \(version): \(run.failures())")
        }
    }

    struct Birth: Sendable, CustomTestStringConvertible {
        var name: String
        var version: KernelVersion
        var finding: Finding
        /// The operation during which it is born, from 1.
        var operation: Int
        var statement: String
        /// Where it was seen, where that is another statement.
        var seen: String?

        var testDescription: String { "\(name) on \(version.name): \(finding.kind.rawValue)" }
    }

    static let births: [Birth] = [
        Birth(
            name: "stale-mapping", version: .v4_4,
            finding: Finding(.staleMapping, index: 3, vma: 0, map: "m"), operation: 5,
            statement: "dax_insert_mapping: map the block, read-only"),
        Birth(
            name: "stale-page", version: .v6,
            finding: Finding(.staleMapping, index: 512, vma: 0, map: "small"), operation: 4,
            statement: "radix_tree_delete_item: empty the slot; the node counts one less",
            seen: "dax_radix_entry: release tree_lock"),
        Birth(
            name: "lost-store", version: .v4_4, finding: Finding(.lostStore, index: 3),
            operation: 5,
            statement: "dax_insert_mapping: new or unwritten: fill it with zeroes, durably"),
        Birth(
            name: "lost-to-freed-block", version: .v4_4, finding: Finding(.lostStore, index: 3),
            operation: 4,
            statement: "user space: the CPU walks the page tables and makes the access"),
        Birth(
            name: "why-broken-tree", version: .v4_5,
            finding: Finding(.brokenTree, index: 0, height: 1, part: .pages), operation: 3,
            statement: "radix_tree_extend: add a level on top",
            seen: "__add_to_page_cache_locked: count the page: NR_FILE_PAGES + 1; release tree_lock"
        ),
        Birth(
            name: "why-broken-tree", version: .v4_5,
            finding: Finding(.brokenTree, index: 0, height: 1, part: .shadows), operation: 3,
            statement: "radix_tree_extend: add a level on top",
            seen: "__add_to_page_cache_locked: count the page: NR_FILE_PAGES + 1; release tree_lock"
        ),
        Birth(
            name: "why-orphan", version: .v4_5,
            finding: Finding(.orphan, index: 3, page: PageID(1)), operation: 4,
            statement: "page_cache_tree_insert: ", seen: "do_read_fault: unlock the page"),
        Birth(
            name: "writable-dropped", version: .v4_5,
            finding: Finding(.writableClean, index: 3, vma: 0, map: "m"), operation: 4,
            statement: "radix_tree_tag_clear: ", seen: "clear_exceptional_entry: "),
    ]

    @Test(arguments: births) func isBornAtItsStatement(_ birth: Birth) throws {
        let timeline = try run(birth.name, birth.version).timeline
        let episode = try #require(timeline.episodes.first { $0.finding == birth.finding })
        #expect(timeline.span(at: episode.born) == birth.operation - 1)
        #expect(statement(timeline, episode.born).hasPrefix(birth.statement))
        #expect(statement(timeline, episode.seen).hasPrefix(birth.seen ?? birth.statement))
        #expect((episode.seen == episode.born) == (birth.seen == nil))
        #expect(timeline.findings(at: episode.born).contains(birth.finding))
        #expect(!timeline.findings(at: episode.born - 1).contains(birth.finding))
    }

    /// The puncher waits on v4.5 and has to be resumed; on v4.4 it has ended.
    @Test func aResumeThatIsForAnotherKernelIsTold() throws {
        #expect(try run("stale-mapping", .v4_4).remarks().map(\.step) == [5])
        #expect(try run("stale-mapping", .v4_5).remarks().isEmpty)
    }

    /// What ends is over with the statement that ended it, not where a lock is released.
    @Test func endsAtItsStatement() throws {
        let timeline = try run("stale-page", .v6).timeline
        let orphan = try #require(timeline.episodes.first { $0.finding.kind == .orphan })
        let leak = try #require(timeline.episodes.first { $0.finding.kind == .leakedPage })
        #expect(orphan.ended == leak.born)
        let stale = try #require(timeline.episodes.first { $0.finding.kind == .staleMapping })
        #expect(statement(timeline, try #require(stale.ended)).hasPrefix("munmap: "))
    }

    /// The way back is the same however far apart machines are kept.
    @Test(arguments: [1, 7, 2048]) func theWayBackDoesNotDependOnWhatIsKept(_ interval: Int) {
        let here = Plans.timeline(.v6, interval: interval)
        #expect(here.episodes == Plans.timeline(.v6).episodes)
    }

    /// What a person has in hand stays wrong until it is removed: an orphan that is locked by who
    /// takes it out is one until it is out.
    @Test func whatIsInHandStands() throws {
        let timeline = try run("why-orphan", .v4_5).timeline
        let orphan = try #require(timeline.episodes.first { $0.finding.kind == .orphan })
        let end = try #require(orphan.ended)
        #expect(timeline.episodes.count { $0.finding == orphan.finding } == 1)
        let before = timeline.machine(at: end - 1)
        #expect(before[PageID(1)].flags.contains(.locked))
        #expect(timeline.findings(at: end - 1).contains(orphan.finding))
    }

    /// What is removed while it is in hand is over then, also when nothing else is found after.
    @Test func whatIsRemovedInHandIsOver() throws {
        for name in Self.names {
            let path = Self.folder.appendingPathComponent(name + ".yml").path
            let scenario = try Scenario.read(path: path)
            for version in scenario.kernels {
                let timeline = ScenarioRun(scenario, on: version).timeline
                let end = timeline.machine(at: timeline.end)
                for episode in timeline.episodes where episode.ended == nil {
                    #expect(Audit.holds(episode.finding, in: end), "\(name): \(episode.finding)")
                }
            }
        }
    }

    /// While somebody has it in hand others may finish, and the audit looks again: it is over when
    /// it is true no more, not when the audit next sees something.
    @Test(arguments: [KernelVersion.v4_5, .v6, .v4_4])
    func whatIsInHandEnds(_ version: KernelVersion) throws {
        let path = Self.folder.appendingPathComponent("why-orphan.yml").path
        let scenario = try Scenario.read(path: path)
        for statements in 1..<60 {
            var stopped = scenario
            let last = stopped.steps.indices.last!
            stopped.steps[last].expect = []
            stopped.steps[last].stop = ScenarioStep.Stop(function: nil, statements: statements)
            stopped.steps.append(ScenarioStep(.start(.syncfs), task: "app"))
            stopped.steps.append(ScenarioStep(.resume, task: "writer"))
            let timeline = ScenarioRun(stopped, on: version).timeline
            let orphan = try #require(timeline.episodes.first { $0.finding.kind == .orphan })
            let end = try #require(orphan.ended, "after \(statements) statements")
            #expect(Audit.holds(orphan.finding, in: timeline.machine(at: end - 1)))
            #expect(!Audit.holds(orphan.finding, in: timeline.machine(at: end)))
        }
    }

    /// A finding that stands through many locks is one finding: what a counter and the tree say
    /// while somebody holds tree_lock does not end it.
    @Test func aLockDoesNotEndIt() throws {
        var plan = Plans.seed.dropLast()
        for page in [UInt64(700), 900] {
            plan.append(Directive(.punch(offset: page * 4096, length: 4096)))
            plan.append(Directive(.load(map: "huge", page: page)))
        }
        let timeline = Plans.timeline(.v6, Array(plan))
        let miscounts = timeline.episodes.filter { $0.finding.kind == .miscount }
        #expect(miscounts.count == 2)
        #expect(miscounts.allSatisfy { $0.ended == nil })
    }
}
