import Conformance
import Foundation
import Testing

/// Where blocks lie is an input of the replay. It is read from whatever a recording says of it:
/// recordings that say less, or the same in other numbers, agree as well.
@Suite struct RecordedPlacesTests {
    /// Recordings in which PMD faults fell back over misaligned blocks, or read a range that no
    /// entry shows.
    static let names = [
        "scenarios/S8b", "scenarios/S12", "random/k003", "random/k004", "random/k005",
        "random/k008", "random/k011", "random/k021", "random/k029", "random/k045",
    ]

    /// A change of a recording's text that leaves what the kernels did as it was.
    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var make: @Sendable ([Substring]) -> [String]
    }

    /// The device block of a fallback is left out, as the second series does.
    private static func masked(_ line: some StringProtocol) -> String {
        String(line).replacing(/(state [1-9a-f]\S*) start \d+/) { "\($0.output.1) start X" }
    }

    /// Sectors relative to another block.
    private static func shifted(_ line: some StringProtocol, by blocks: Int) -> String {
        String(line).replacing(/(sector(?:":| ))(-?\d+)/) { match in
            "\(match.output.1)\((Int(match.output.2) ?? 0) + blocks * 8)"
        }
    }

    /// Nothing but kernels that tell no sectors.
    private static func oldKernels(_ lines: [Substring]) -> [String] {
        let header = String(lines[0]).replacing(
            /"kernels": ?\[[^\]]*\]/, with: #""kernels":["v4.4","v4.4-pmd"]"#)
        let rest = lines.dropFirst().filter { $0.contains(/"kernel": ?"v4\.4/) }
        return [header] + rest.map(String.init)
    }

    /// The first steps alone: no later one tells anything.
    private static func cut(_ lines: [Substring], after count: Int) -> [String] {
        lines.filter { line in
            guard let match = line.prefixMatch(of: /\{"step": ?(\d+),/) else { return true }
            return (Int(match.output.1) ?? 0) <= count
        }.map(String.init)
    }

    static let changes = [
        Change(testDescription: "no device blocks") { $0.map(masked) },
        Change(testDescription: "sectors from another block on") {
            $0.map { shifted($0, by: 77) }
        },
        Change(testDescription: "both") { $0.map { masked(shifted($0, by: -300)) } },
        Change(testDescription: "v4.4 alone", make: oldKernels),
        Change(testDescription: "4 steps") { cut($0, after: 4) },
        Change(testDescription: "10 steps, no device blocks") { lines in
            cut(lines, after: 10).map { masked(shifted($0, by: 41)) }
        },
        Change(testDescription: "20 steps") { cut($0, after: 20) },
        Change(testDescription: "20 steps of v4.4") { lines in
            cut(oldKernels(lines).map { $0[...] }, after: 20)
        },
    ]

    /// Replays a recording of the first series in which `change` was made.
    private func replay(_ name: String, _ change: Change) throws -> (String, KernelReplay.Outcome) {
        let recording = Golden(name: "kernel/\(name).jsonl")
        let text = try String(contentsOf: URL(filePath: recording.path), encoding: .utf8)
        let lines = change.make(text.split(separator: "\n"))
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "places-\(UUID().uuidString).jsonl")
        try lines.map { $0 + "\n" }.joined().write(to: copy, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: copy) }
        return (lines.joined(), try KernelReplay.replay(contentsOf: copy.path()))
    }

    @Test(arguments: names, changes)
    func placesAreFoundInWhatIsLeft(name: String, change: Change) throws {
        let (text, outcome) = try replay(name, change)
        #expect(outcome.differences.isEmpty)
        #expect(outcome.states.agreed == outcome.states.compared && outcome.states.compared > 0)
        if change.testDescription.hasSuffix("no device blocks") {
            #expect(!text.contains(/state [1-9a-f]\S* start \d/))
        }
    }

    /// The one kind: a 2 MiB mapping that a load made shows where page 0 lies, and no entry does.
    @Test func aMappingThatOnlyTheLogShowsIsPlaced() throws {
        let (text, outcome) = try replay("scenarios/S8b", Self.changes[4])
        #expect(text.contains("__dax_pmd_fault") && !text.contains("\"sector\""))
        #expect(outcome.byField["pmd"]?.agreed == outcome.byField["pmd"]?.compared)
    }

    /// Misalignment excuses nothing else: a range that was mapped by a PMD with the same blocks is
    /// aligned.
    @Test func aRangeThatWasMappedIsNotMisaligned() throws {
        let huge = "pmd write=1 dirty=1 zero=0"
        let (_, outcome) = try replay(
            "random/k001",
            Change(testDescription: "an access of a mapped range is said to have fallen back") {
                lines in
                var count = 0
                return Self.oldKernels(lines).map { line in
                    let after = "\"pt_after\":\"\(huge)\""
                    guard line.contains("v4.4-pmd"), line.contains("ext4"), line.contains(after)
                    else { return line }
                    count += 1
                    guard count == 3 else { return line }
                    return line.replacing(
                        after, with: "\"pt_after\":\"pte present=1 write=1 dirty=1 special=1\"")
                }
            })
        #expect(outcome.differences.map(\.field) == ["pt_after"])
    }
}
