import Conformance
import Foundation
import Testing

/// The golden traces that the repository carries, and those beside it if they are there.
private let traces: [String] = {
    let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let folders = [
        repository.appending(path: "Tests/Fixtures/golden/radix-tree"),
        repository.appending(path: "../shared/golden/radix-tree").standardizedFileURL,
    ]
    return folders.flatMap { folder in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.sorted()
            .map { folder.appending(path: $0).path() }
    }
}()

@Suite struct GoldenTraceTests {
    @Test func allTracesOfTheRepositoryAreFound() {
        let own = traces.filter { $0.contains("/Tests/Fixtures/") }
        #expect(own.count(where: { $0.contains("/d") && $0.contains("radix-tree/d") }) == 16)
        #expect(own.count(where: { $0.contains("radix-tree/r") }) == 40)
    }

    @Test(arguments: traces)
    func treeAgreesWithTheKernel(path: String) throws {
        let outcome = try RadixTreeTrace.replay(contentsOf: path)
        #expect(outcome.difference == nil)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
        #expect(outcome.operations == lines - 1)
    }
}
