import Conformance
import Foundation
import Testing

/// What a replay says of operations that the model lacks, of tasks, and of single fields.
@Suite struct ReplayFieldTests {
    private static let header =
        #"{"sequence":"t","seed":null,"map_shift":6,"dax":false,"readahead":false,"#
        + #""kernels":["v4.5"],"filesystems":["ext4"],"watch":[0]}"#

    /// A step with an empty tree, and `more` of it.
    private static func step(_ step: Int, _ operation: String, _ more: String) -> String {
        #"{"step":\#(step),"kernel":"v4.5","fs":"ext4","do":\#(operation),"got":{"ret":0},"#
            + #""i_size":8192,"i_blocks":0,"nrpages":0,"nrexceptional":0,"height":0\#(more)}"#
    }

    private static let create = step(
        1, #"{"op":"create","size":8192}"#, #","entries":[],"nodes":[],"blocks":[]"#)

    private func replay(_ lines: [String]) throws -> KernelReplay.Outcome {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "fields-\(UUID().uuidString).jsonl")
        try ([Self.header] + lines).map { $0 + "\n" }.joined()
            .write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try KernelReplay.replay(contentsOf: file.path())
    }

    @Test func nothingIsComparedBehindAnOperationThatTheModelLacks() throws {
        let outcome = try replay([
            Self.create, Self.step(2, #"{"op":"fsync"}"#, #","same":true"#),
            Self.step(3, #"{"op":"mremap","map":"m"}"#, #","same":true"#),
            Self.step(4, #"{"op":"fsync"}"#, #","same":true"#),
        ])
        // When the model learns this one, one that it still lacks must stand here.
        #expect(outcome.notModelled == ["t": ["mremap"]])
        #expect(outcome.byField["operation"] == .some(.init(agreed: 0, compared: 2)))
        #expect(outcome.byField["nrpages"] == .some(.init(agreed: 2, compared: 2)))
        #expect(outcome.states.compared == 4)
        #expect(outcome.differingFields(of: "t").contains("operation"))
    }

    @Test(
        arguments: [
            (#""i_size":8192"#, #""i_size":8191"#, "i_size"),
            (#""same":true"#, #""blocks":[{"index":0,"pages":2,"state":"unwritten"}]"#, "blocks"),
            (#""same":true"#, #""workingset":{"refault":1}"#, "workingset"),
            (
                #""same":true"#,
                #""maps":[{"map":"m","index":0,"is":"page","write":0,"dirty":0,"young":1,"#
                    + #""bytes":[0,0,0,0]}]"#, "maps"
            ),
            (
                #""same":true"#,
                #""entries":[{"index":0,"kind":"page","flags":"uptodate lru","refs":1}]"#,
                "flag lru"
            ),
            (#""got":{"ret":0}"#, #""got":{"ret":-1,"error":"File too large"}"#, "ret"),
        ])
    func aFieldThatWasChangedDiffers(old: String, new: String, field: String) throws {
        let line = Self.step(2, #"{"op":"fsync"}"#, #","same":true"#)
        let good = try replay([Self.create, line])
        #expect(good.byField[field]?.agreed == good.byField[field]?.compared)
        let changed = try replay([Self.create, line.replacing(old, with: new)])
        #expect(changed.differingFields(of: "t").contains(field))
    }

    /// Each is a recording of two tasks, with something of the second that no other order gives.
    @Test(arguments: ["T1", "T2", "T3", "T4", "T5", "T7", "T8"])
    func tasksStopWaitAndGoOnAsRecorded(name: String) throws {
        let golden = Golden(name: "kernel-2/scenarios/\(name).jsonl")
        let outcome = try KernelReplay.replay(contentsOf: golden.path)
        #expect(outcome.byField["task"].map { $0.compared } ?? 0 > 0)
        for field in ["task", "finished", "signal", "pt_after", "faults", "value", "killed"] {
            #expect(outcome.byField[field]?.agreed == outcome.byField[field]?.compared)
        }
    }
}
