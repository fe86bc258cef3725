import Foundation
import Testing

@testable import Conformance

/// Nothing that a recording says is passed over: what the decoders read, written again, is the
/// line.
@Suite struct RecordingFieldTests {
    /// The paths of the fields of `line` that are not, or not equally, in its decoded form.
    static func lost<T: Codable>(_ type: T.Type, _ line: some StringProtocol) throws -> [String] {
        let data = Data(line.utf8)
        let written = try JSONEncoder().encode(JSONDecoder().decode(type, from: data))
        return try lost(
            JSONSerialization.jsonObject(with: data),
            JSONSerialization.jsonObject(with: written), at: "")
    }

    private static func lost(_ given: Any, _ read: Any?, at path: String) -> [String] {
        switch given {
        case let fields as [String: Any]:
            let read = read as? [String: Any] ?? [:]
            return fields.sorted { $0.key < $1.key }.flatMap { name, value in
                value is NSNull ? [] : lost(value, read[name], at: "\(path).\(name)")
            }
        case let values as [Any]:
            guard let read = read as? [Any], read.count == values.count else { return [path] }
            return zip(values, read).flatMap { lost($0, $1, at: path + "[]") }
        default:
            return (given as? NSObject) == (read as? NSObject) ? [] : [path]
        }
    }

    @Test(arguments: Golden.all)
    func everyFieldIsRead(recording: Golden) throws {
        let lines = try TextFile.lines(of: recording.path)
        var lost = Set(try Self.lost(KernelRecording.Header.self, lines[0]))
        for line in lines.dropFirst() {
            lost.formUnion(try Self.lost(KernelRecording.Step.self, line))
        }
        #expect(lost.sorted() == [])
    }

    @Test(
        arguments: [
            (#""got":{"#, #""got":{"new":1,"#, ".got.new"),
            (#""step":"#, #""added":[{"a":2}],"step":"#, ".added"),
            (
                #""step":"#,
                #""nodes":[{"extra":1,"path":"/","height":1,"base":0,"count":1}],"step":"#,
                ".nodes[].extra"
            ),
        ])
    func aFieldThatNoDecoderKnowsIsFound(old: String, new: String, path: String) throws {
        let line = #"{"step":1,"kernel":"v4.4","fs":"xfs","do":{"op":"fsync"},"got":{"ret":0}}"#
        #expect(try Self.lost(KernelRecording.Step.self, line) == [])
        let changed = line.replacing(old, with: new)
        let lost = try Self.lost(KernelRecording.Step.self, changed)
        #expect(lost.allSatisfy { $0.hasPrefix(path) } && !lost.isEmpty)
    }
}

/// A recording that the repository carries.
struct Golden: Sendable, CustomTestStringConvertible {
    /// Below `golden`, such as "kernel-2/random/n001.jsonl".
    var name: String

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/golden")

    var path: String { Self.folder.appending(path: name).path() }
    var testDescription: String { name }

    /// Those of one folder.
    static func under(_ folder: String) -> [Golden] {
        let path = Self.folder.appending(path: folder).path()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.sorted().map {
            Golden(name: "\(folder)/\($0)")
        }
    }

    static let second = under("kernel-2/scenarios") + under("kernel-2/random")
    static let all = under("kernel/scenarios") + under("kernel/random") + second
}
