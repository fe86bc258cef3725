import Foundation
import Kernel
import PageCache
import Testing

@testable import Scenario

@Suite struct FormatDocuments {
    /// The schema in docs is the one that the tables give. UPDATE_GOLDENS=1 writes it.
    @Test func schemaIsUpToDate() throws {
        let path = Fixtures.root.appending(path: "docs/scenario.schema.json").path
        let update = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
        guard !update, let stored = try? Fixtures.text(path) else {
            try Scenario.jsonSchema().write(toFile: path, atomically: true, encoding: .utf8)
            Issue.record("recorded \(path)")
            return
        }
        #expect(stored == Scenario.jsonSchema())
    }

    @Test func schemaNamesWhatTheReaderKnows() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(Scenario.jsonSchema().utf8))
                as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        func names(_ object: Any?) -> Set<String> {
            let properties = (object as? [String: Any])?["properties"] as? [String: Any]
            return Set(properties?.keys.map { $0 } ?? [])
        }
        #expect(names(schema) == Set(Format.scenario.map(\.name)))
        #expect(names(definitions["conditions"]) == Set(Condition.Key.allCases.map(\.rawValue)))
        let step = try #require(definitions["step"] as? [String: Any])
        let variants = try #require(step["anyOf"] as? [Any])
        let keys = Format.tables.joined().map(\.name) + Format.step.map(\.name)
        #expect(names(variants.last) == Set(keys))
    }

    /// Every condition has a key in the table, and no key is without its condition.
    @Test func conditionsAndTheirTableAgree() {
        #expect(Format.conditions.map(\.name) == Condition.Key.allCases.map(\.rawValue))
    }

    @Test func everyKeyIsInTheReference() throws {
        let path = Fixtures.root.appending(path: "docs/scenario-format.md").path
        let text = try Fixtures.text(path)
        let keys =
            Format.scenario + Format.file + Format.step + Format.sayAt + Format.ask
            + Format.conditions
            + Format.faults + Format.pte + Format.tables.joined().flatMap(\.keys)
        for name in keys.map(\.name) + Format.tables.joined().map(\.name) {
            #expect(text.contains("`\(name)`"), "\(name) is not in docs/scenario-format.md")
        }
        let words =
            ExpectedEntry.Kind.allCases.map(\.rawValue)
            + Finding.Kind.allCases.map(\.rawValue) + Observable.allCases.map(\.rawValue)
            + ExpectedMapping.Target.allCases.map(\.rawValue) + KernelVersion.known.map(\.name)
            + ExpectedErrno.allCases.map(\.rawValue) + ExpectedSignal.allCases.map(\.rawValue)
        for word in words {
            #expect(text.contains("`\(word)`"), "\(word) is not in docs/scenario-format.md")
        }
    }

    /// The examples of the reference are valid scenarios, and those that should not be are not.
    @Test func examplesInTheReferenceAreValid() throws {
        let path = Fixtures.root.appending(path: "docs/scenario-format.md").path
        let blocks = try Fixtures.text(path).components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        let whole = blocks.filter { $0.hasPrefix("scenario:") }
        #expect(!whole.isEmpty)
        for block in whole { #expect(problems(block) == []) }
    }

    @Test func allFixturesUseEveryOperationAndCondition() throws {
        var operations: Set<String> = []
        var conditions: Set<String> = []
        for path in Fixtures.files("good") {
            for step in try Scenario.read(path: path).steps {
                operations.insert(step.operation?.name ?? Format.resume)
                for expectation in step.expect {
                    conditions.formUnion(expectation.conditions.map(\.value.key.rawValue))
                }
            }
        }
        #expect(operations == Set(Format.operations.map(\.name)))
        #expect(conditions == Set(Format.conditions.map(\.name)))
    }
}
