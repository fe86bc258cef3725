import Foundation
import Testing

@testable import Scenario

@Suite struct RoundTrips {
    /// What is written is read as the same value, and written again as the same text.
    @Test(arguments: 0..<300)
    func randomScenarios(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let scenario = generator.scenario()
        let yaml = scenario.yaml()
        do throws(ScenarioError) {
            let again = try Scenario.parse(yaml, file: "seed-\(seed)")
            #expect(again == scenario, "\(yaml)")
            #expect(again.yaml() == yaml)
        } catch {
            Issue.record("\(error)\n\(yaml)")
        }
    }

    @Test func theGeneratorReachesTheWholeFormat() {
        var operations: Set<String> = []
        var conditions: Set<Condition.Key> = []
        for seed in 0..<300 {
            var generator = Generator(seed: UInt64(seed))
            for step in generator.scenario().steps {
                operations.insert(step.operation?.name ?? Format.resume)
                conditions.formUnion(step.expect.flatMap(\.conditions).map(\.value.key))
            }
        }
        #expect(operations == Set(Format.operations.map(\.name)))
        #expect(conditions == Set(Condition.Key.allCases))
    }

    @Test func checkFindsWhatTheParserWouldFind() {
        let scenario = Scenario(
            name: "s", title: "T", kernels: [.v6], file: .init(size: 4096),
            steps: [
                ScenarioStep(.start(.load(map: "m", page: 0))), ScenarioStep(.start(.umount)),
                ScenarioStep(.start(.fsync), expect: [Expectation(kernels: [.v8], [])]),
                ScenarioStep(.resume),
            ])
        let found = scenario.check().map(\.message)
        #expect(
            found == [
                "there is no mapping 'm'", "the file system is unmounted since step 2",
                "this scenario does not run on v8",
                "the task 'app' is not in the middle of anything",
            ])
    }
}

/// Mutated scenario files: the parser may say whatever it likes about them, as long as it comes
/// back, in one-line errors, and what it accepts can be written and read again.
@Suite struct Mutations {
    @Test(arguments: 0..<8)
    func neverCrash(round: Int) throws {
        var random = SeededGenerator(seed: UInt64(round) &* 0x5851_F42D)
        let files = Fixtures.files("good") + Fixtures.files("bad")
        let seeds = try files.map { path in
            [UInt8](try #require(FileManager.default.contents(atPath: path)))
        }
        var accepted = 0
        for _ in 0..<500 {
            let first = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            let second = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            let bytes = mutate(first, with: second, using: &random)
            do throws(ScenarioError) {
                let scenario = try Scenario.parse(bytes: bytes, file: "f")
                accepted += 1
                #expect(try Scenario.parse(scenario.yaml(), file: "f") == scenario)
            } catch {
                #expect(!error.diagnostics.isEmpty)
                #expect(error.diagnostics.allSatisfy { !$0.description.contains("\n") })
            }
        }
        // Mutations that always break the file would test the first lines of the parser only.
        #expect(accepted > 0)
    }

    private func mutate(
        _ original: [UInt8], with other: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = original
        let tokens = [
            "[", "]", "{", "}", ": ", "- ", "&a ", "*a ", "!!x ", "|\n", ">", "\"", "'", "\t", "\n",
            "? ", "#", ",", "..", "-1", "99999999999999999999", "~", "\\x", "%", "---\n",
            "\u{FEFF}",
            "\u{0}", "\u{1B}", "\u{202E}", "v6", "all", "expect: ", "resume:", "page",
        ]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let length = min(bytes.count - at, Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(at..<at + length)
            case 1:
                let token = tokens[Int.random(in: 0..<tokens.count, using: &random)]
                bytes.insert(contentsOf: Array(token.utf8), at: at)
            case 2: if at < bytes.count { bytes[at] = .random(in: 0...255, using: &random) }
            case 3: bytes.insert(contentsOf: bytes[at..<at + length], at: at)
            case 4:
                let from = Int.random(in: 0...other.count, using: &random)
                bytes.insert(contentsOf: other[from...].prefix(40), at: at)
            default: if at < bytes.count, bytes[at] >= 0x30 { bytes[at] ^= 1 }
            }
        }
        return bytes
    }
}
