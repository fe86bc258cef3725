import Conformance
import Foundation
import Testing

/// What XFS allocates anew for a range that it zeroes is an input of the replay, as far as the bytes
/// under it were the file's before; what no block has ever held is a difference.
@Suite struct ZeroedBlocksTests {
    /// Replays G6-dax, with `old` in the lines of step 6 on XFS replaced: a block is allocated anew
    /// there, and holds what another block of the file had.
    private func replay(_ old: String, _ new: String) throws -> KernelReplay.Outcome {
        let golden = Golden(name: "kernel-2/scenarios/G6-dax.jsonl")
        let text = try String(contentsOf: URL(filePath: golden.path), encoding: .utf8)
        var count = 0
        let lines: [String] = text.split(separator: "\n").map { line in
            guard line.hasPrefix(#"{"step":6,"#), line.contains(#""fs":"xfs""#), line.contains(old)
            else { return String(line) }
            count += 1
            return String(line).replacing(old, with: new)
        }
        #expect(count == 3)
        let file = FileManager.default.temporaryDirectory
            .appending(path: "zeroed-\(UUID().uuidString).jsonl")
        try lines.map { $0 + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try KernelReplay.replay(contentsOf: file.path())
    }

    private static let told = #""index":4,"from":"zero","bytes":[0,0,0,0],"disk":[5,5,5,5]"#

    @Test func aBlockThatTheFileHadIsFound() throws {
        #expect(try replay(Self.told, Self.told).differences.isEmpty)
    }

    @Test func aBlockThatNobodyWroteToIsAnotherOne() throws {
        let zero = #""index":4,"from":"zero","bytes":[0,0,0,0]"#
        let outcome = try replay(Self.told, zero)
        // This step agrees; the next lines repeat that there are other bytes.
        #expect(outcome.differences.map(\.step) == [9, 9, 9])
        #expect(Set(outcome.differences.map(\.field)) == ["disk"])
    }

    @Test func bytesThatNoBlockHasHeldAreADifference() throws {
        let other = Self.told.replacing("[5,5,5,5]", with: "[9,9,9,9]")
        let outcome = try replay(Self.told, other)
        #expect(outcome.differences.map(\.step) == [6, 6, 6])
        #expect(Set(outcome.differences.map(\.field)) == ["disk"])
    }
}
