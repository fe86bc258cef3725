import Conformance
import Foundation
import Testing

/// The names of the golden traces of the radix tree, and where they lie.
private let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden/radix-tree")
private let traces: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? [])
    .filter { $0.hasSuffix(".jsonl") }.sorted()

@Suite struct GoldenTraceTests {
    @Test func allTracesOfTheRepositoryAreFound() {
        #expect(traces.count { $0.hasPrefix("d") } == 16)
        #expect(traces.count { $0.hasPrefix("r") } == 40)
    }

    @Test(arguments: traces)
    func treeAgreesWithTheKernel(name: String) throws {
        let path = folder.appending(path: name).path()
        let outcome = try RadixTreeTrace.replay(contentsOf: path)
        #expect(outcome.difference == nil)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
        #expect(outcome.operations == lines - 1)
    }
}
