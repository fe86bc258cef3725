import Conformance
import Foundation
import Testing

/// The second series: what agrees with the kernels today is written down in `agreeing.txt`, one
/// line a sequence, and neither falls behind that nor goes beyond it unnoticed.
@Suite struct Golden2Tests {
    private static let file = Golden.folder.appending(path: "kernel-2/agreeing.txt")
    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"

    /// By sequence.
    private static let agreeing: [String: String] = {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    private static let head = """
        # What the model agrees with in each sequence of the second series, in all of its states on
        # all kernels and file systems: "all", or these fields. Where the model lacks an operation,
        # nothing is counted as agreeing. Written by
        #     UPDATE_GOLDENS=1 swift test --filter Golden2Tests

        """

    private static func name(of recording: Golden) -> String {
        URL(filePath: recording.path).deletingPathExtension().lastPathComponent
    }

    /// "all"; the fields that agree everywhere; or the operations that are not modelled.
    private static func agreeing(_ recording: Golden) throws -> String {
        let outcome = try KernelReplay.replay(contentsOf: recording.path)
        let name = name(of: recording)
        if let missing = outcome.notModelled[name] {
            return "not modelled: \(missing.sorted().joined(separator: ", "))"
        }
        let fields = outcome.bySequence[name, default: [:]]
        let good = fields.filter { $0.value.agreed == $0.value.compared }.keys.sorted()
        let isAll = good.count == fields.count && outcome.states.agreed == outcome.states.compared
        return isAll ? "all" : good.joined(separator: ", ")
    }

    @Test func allRecordingsAreFound() {
        #expect(Golden.under("kernel-2/scenarios").count == 155)
        #expect(Golden.under("kernel-2/random").count == 20)
        #expect(Golden2Tests.isUpdating || Self.agreeing.count == 175)
    }

    @Test(.enabled(if: !isUpdating), arguments: Golden.second)
    func agreesAsWrittenDown(recording: Golden) throws {
        let known = Self.agreeing[Self.name(of: recording)] ?? ""
        let now = try Self.agreeing(recording)
        guard known != now else { return }
        let before = Set(known.components(separatedBy: ", "))
        let after = Set(now.components(separatedBy: ", "))
        Issue.record(
            """
            \(Self.name(of: recording)): no longer: \(list(before.subtracting(after))); \
            new: \(list(after.subtracting(before))). If that is as it should be, write \
            agreeing.txt anew: UPDATE_GOLDENS=1 swift test --filter Golden2Tests
            """)
    }

    private func list(_ fields: Set<String>) -> String {
        fields.isEmpty ? "nothing" : fields.sorted().joined(separator: ", ")
    }

    @Test(.enabled(if: isUpdating)) func agreeingFieldsAreWrittenDown() async throws {
        let lines = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for recording in Golden.second {
                group.addTask { (Self.name(of: recording), try Self.agreeing(recording)) }
            }
            return try await group.reduce(into: []) { $0.append("\($1.0): \($1.1)") }
        }
        let text = Self.head + lines.sorted().map { $0 + "\n" }.joined()
        try text.write(to: Self.file, atomically: true, encoding: .utf8)
    }
}
