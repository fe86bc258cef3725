import Foundation
import Kernel
import PageCache
import RadixTree
import Scenario
import Testing

/// What kernels of the field do where no recording of the first series reached: block states,
/// private mappings, limits, read-ahead, page flags.
@Suite struct FieldTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/field")

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yml") }.sorted()

    @Test func theFilesAreThere() { #expect(Self.files.count >= 8) }

    @Test(arguments: files)
    func doesWhatItsKernelsDo(_ file: String) throws {
        let scenario = try Scenario.read(path: Self.folder.appendingPathComponent(file).path)
        for version in scenario.kernels {
            let run = ScenarioRun(scenario, on: version)
            for failure in run.failures() {
                Issue.record("\(version.name): \(run.describe(failure, file: file))")
            }
        }
    }

    private func parse(_ file: String, _ steps: String) throws -> Scenario {
        try Scenario.parse(
            "scenario: t\ntitle: T\nkernels: [v4.5, v4.4]\nfile: \(file)\nsteps:\n\(steps)",
            file: "t.yml")
    }

    @Test(arguments: [
        "{ size: 64KiB, filesystem: ext2, blocks: { 0..3: unwritten } }",
        "{ size: 1EiB, filesystem: ext4, dax: false }",
        "{ size: 2194719883265, filesystem: ext2, dax: false }",
        "{ size: 64KiB, filesystem: ext4, dax: false, blocks: { 0: delalloc } }",
    ])
    func aFileThatCannotBeIsAnError(_ file: String) {
        #expect(throws: (any Error).self) { try parse(file, "  - pread: 0\n") }
    }

    /// Pages of ext4: after a write, and after two reads of the same place.
    @Test(arguments: [KernelVersion.v4_5, .v4_4])
    func pagesHaveTheKernelsFlagsAndCounts(_ version: KernelVersion) throws {
        let scenario = try parse(
            "{ size: 64KiB, filesystem: ext4, dax: false, advice: random, "
                + "blocks: { 0..15: written } }",
            "  - pwrite: { pages: 3, value: 1 }\n  - fsync\n  - pread: 5\n  - pread: 5\n"
                + "  - pread: 6\n  - pread: 5\n")
        let run = ScenarioRun(scenario, on: version)
        func page(_ index: UInt64, after step: Int) -> Page? {
            let machine = run.timeline.machine(at: run.timeline.spans[step].end)
            return machine.mapping.pageTree.lookup(PageIndex(index))?.page.map { machine[$0] }
        }
        // Still in a pagevec of the CPU, which holds the third reference.
        let written = try #require(page(3, after: 0))
        #expect(written.flags == [.referenced, .uptodate, .dirty, .hasBuffers])
        #expect(written.references == 3)
        #expect(written.buffer == [.uptodate, .dirty, .mapped])
        // The walk of fsync has emptied it.
        let synced = try #require(page(3, after: 1))
        #expect(synced.flags == [.referenced, .uptodate, .lru, .hasBuffers])
        #expect(synced.references == 2 && synced.buffer == [.uptodate, .mapped])
        let twice = try #require(page(5, after: 3))
        #expect(twice.flags == [.referenced, .uptodate, .mappedToDisk])
        // Another page between the two, and it is an access.
        let active = try #require(page(5, after: 5))
        #expect(active.flags.contains(.active) && !active.flags.contains(.referenced))
    }
}
