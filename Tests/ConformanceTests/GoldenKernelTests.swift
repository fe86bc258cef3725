import Conformance
import Foundation
import Testing

/// The recordings of booted kernels that the repository carries.
private let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/golden/kernel")

private func recordings(_ name: String) -> [String] {
    let path = folder.appending(path: name).path()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { "\(name)/\($0)" }
}

@Suite struct GoldenKernelTests {
    @Test func allRecordingsAreFound() {
        #expect(recordings("scenarios").count == 35)
        #expect(recordings("random").count == 60)
    }

    @Test(arguments: recordings("scenarios") + recordings("random"))
    func modelAgreesWithTheKernels(recording: String) throws {
        let outcome = try KernelReplay.replay(
            contentsOf: folder.appending(path: recording).path())
        #expect(outcome.differences.isEmpty)
        #expect(outcome.states.agreed == outcome.states.compared)
        #expect(outcome.byKernel.count == 6)
    }
}

/// A recording in which one thing was changed: the first place where `old` stands, and the field
/// that must be named.
struct Alteration: Sendable, CustomStringConvertible {
    var file: String
    var old: String
    var new: String
    var field: String

    var description: String { "\(file) \(field)" }
}

@Suite struct AlteredRecordingTests {
    static let alterations = [
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"nrpages\":1", new: "\"nrpages\":2",
            field: "nrpages"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"nrexceptional\":1", new: "\"nrexceptional\":0",
            field: "nrexceptional"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"height\":2", new: "\"height\":1",
            field: "height"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"minflt\":1", new: "\"minflt\":3",
            field: "faults"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"pt_before\":\"ptenone\"",
            new: "\"pt_before\":\"none\"", field: "pt_before"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "dax-pmd\",\"sector\":0",
            new: "dax-pte\",\"sector\":0", field: "entries"),
        Alteration(
            file: "scenarios/S9.jsonl", old: "\"page_flags\":\"U\"",
            new: "\"page_flags\":\"UP\"", field: "entries"),
        Alteration(
            file: "scenarios/S4.jsonl", old: "\"count\":1", new: "\"count\":2",
            field: "nodes"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "vma end unaligned", new: "cow write",
            field: "pmd"),
        Alteration(
            file: "scenarios/S12.jsonl", old: "fs/dax.c:374 dax_radix_entry()",
            new: "fs/dax.c:375 dax_radix_entry()", field: "warnings"),
        Alteration(
            file: "scenarios/S11.jsonl", old: "dax_flush: index 5 type PTE",
            new: "dax_flush: index 6 type PTE", field: "flushes"),
        Alteration(
            file: "scenarios/S1.jsonl", old: "\"bug\":\"fs/inode.c:503\"",
            new: "\"bug\":\"fs/inode.c:504\"", field: "bug"),
    ]

    @Test(arguments: alterations)
    func isReportedWithLineAndField(_ change: Alteration) throws {
        let text = try String(
            contentsOf: folder.appending(path: change.file), encoding: .utf8)
        let range = text.range(of: change.old)
        let place = try #require(range)
        let line = text[..<place.lowerBound].count { $0 == "\n" } + 1
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "altered-\(UUID().uuidString).jsonl")
        try text.replacingCharacters(in: place, with: change.new)
            .write(to: copy, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: copy) }

        let outcome = try KernelReplay.replay(contentsOf: copy.path())
        let found = try #require(outcome.differences.first)
        #expect(found.line == line)
        #expect(found.field == change.field)
        #expect("\(found)".hasPrefix("\(copy.path()):\(line):1: "))
        #expect(outcome.states.agreed < outcome.states.compared)
    }

    @Test func aLineThatIsNoStepIsMalformed() throws {
        let text = try String(
            contentsOf: folder.appending(path: "scenarios/S1.jsonl"), encoding: .utf8)
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "malformed-\(UUID().uuidString).jsonl")
        try (text + "{\"step\": 1}\n").write(to: copy, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: copy) }
        let last = text.split(separator: "\n").count + 1
        #expect {
            try KernelReplay.replay(contentsOf: copy.path())
        } throws: { ($0 as? Malformed)?.line == last }
    }
}
