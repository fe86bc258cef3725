import Conformance
import Foundation
import Testing

/// The golden traces of the XArray that the repository carries.
private let traces: [String] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/golden/xarray")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted().map {
        folder.appending(path: $0).path()
    }
}()

@Suite struct GoldenXArrayTests {
    @Test func allTracesOfTheRepositoryAreFound() {
        let names = traces.map { ($0 as NSString).lastPathComponent }
        #expect(names.count(where: { $0.hasPrefix("d") }) == 37)
        #expect(names.count(where: { $0.hasPrefix("r") }) == 27)
        #expect(names.count(where: { $0.hasPrefix("w") }) == 37)
    }

    /// Results, errors, allocations, structures and hashes, for each kernel that the trace names; in
    /// `d` traces also the nodes freed and the nodes that the callback saw, in `w` traces every
    /// change of a word.
    @Test(arguments: traces)
    func arrayAgreesWithTheKernels(path: String) throws {
        try check(path, by: .calls)
    }

    /// The same by the kernel's functions, statement by statement: no statement makes two changes
    /// that a reader without the lock could tell apart.
    @Test(arguments: traces)
    func listingsAgreeWithTheKernels(path: String) throws {
        try check(path, by: .statements)
    }

    private func check(_ path: String, by way: XArrayTrace.Way) throws {
        let outcome = try XArrayTrace.replay(contentsOf: path, by: way)
        #expect(outcome.difference == nil)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let name = (path as NSString).lastPathComponent
        let kernels = name.dropFirst().hasPrefix("20") && !name.hasPrefix("r") ? 1 : 2
        #expect(outcome.operations == kernels * (lines.count - 1))
    }
}

/// What the replay says of lines that do not agree, and of lines that are not what they should be.
@Suite struct XArrayTraceErrorTests {
    private static let header =
        #"{"trace":"t","kind":"directed","map_shift":6,"marks":3,"kernels":["6.12.117"]}"#
    private static let store =
        #"{"i":1,"op":"store","idx":"0x1","order":0,"item":"v1","r":0,"old":null,"alloc":1,"#
        + #""h":"43442a6bf8662cf7","s":["0 *","0 0 1 1 0 0 0 0 1:v1"]}"#

    private func replay(_ lines: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "t.jsonl").path()
        try lines.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
        do {
            let outcome = try XArrayTrace.replay(contentsOf: path)
            let text = outcome.difference.map { "\($0)" } ?? "\(outcome.operations) agree"
            return text.replacing(folder.path() + "/", with: "")
        } catch {
            return "\(error)".replacing(folder.path() + "/", with: "")
        }
    }

    @Test func aGoodTraceAgrees() throws {
        #expect(try replay([Self.header, Self.store]) == "1 agree")
    }

    @Test(
        arguments: [
            (#""r":0"#, #""r":-12"#, "r: recorded -12, ours 0"),
            (#""old":null"#, #""old":"p1""#, "old: recorded p1, ours null"),
            (#""old":null"#, #""old":null,"st":"node""#, "st: recorded node, ours absent"),
            (#""alloc":1"#, #""alloc":2"#, "alloc: recorded 2, ours 1"),
            (#""alloc":1"#, #""alloc":1,"calls":2"#, "calls: recorded 2, ours 1"),
            (#""alloc":1"#, #""alloc":1,"free":1"#, "free: recorded 1, ours 0"),
            (#""alloc":1"#, #""alloc":1,"f":["x"]"#, #"f: recorded ["x"], ours []"#),
            (
                #""alloc":1"#, #""alloc":1,"w":["n1 new"]"#,
                #"w: recorded ["n1 new"], ours ["n1 new", "A head n1", "n1 slot1 v1", "#
                    + #""n1 count 1", "n1 values 1"]"#
            ),
            (
                #""0 *""#, #""1 *""#,
                #"s: recorded ["1 *", "0 0 1 1 0 0 0 0 1:v1"], "#
                    + #"ours ["0 *", "0 0 1 1 0 0 0 0 1:v1"]"#
            ),
            (#""h":"4"#, #""h":"0"#, "h: recorded 03442a6bf8662cf7, ours 43442a6bf8662cf7"),
        ])
    func theFirstDifferenceIsNamed(_ from: String, _ to: String, _ text: String) throws {
        let line = Self.store.replacing(from, with: to)
        #expect(
            try replay([Self.header, line]) == "t.jsonl:2:1: operation 1 (store, 6.12): " + text)
    }

    @Test(
        arguments: [
            ("{", "not a JSON object on one line"),
            (#"{"i":1}"#, #"the field "op" is missing or no text"#),
            (store.replacing("store", with: "stare"), #"unknown operation "stare""#),
            (
                store.replacing("0x1", with: "1"),
                #""1" is not a number from 0x0 to 0xffffffffffffffff"#
            ),
            (
                store.replacing(#":"v1""#, with: #":"x1""#),
                #""x1" is not an entry such as "p7", "v7" or "z""#
            ),
            (
                store.replacing(#""order":0"#, with: #""order":65"#),
                "order is 65, and must be 0 to 64"
            ),
            (
                #"{"i":1,"op":"set_mark","idx":"0x0","mark":3,"h":""}"#,
                "mark is 3; marks are 0, 1 and 2"
            ),
            (
                #"{"i":1,"op":"store_range","first":"0x0","last":"0xffffffffffffffff","item":"p1"}"#,
                "xa_store_range to 2^64-1 never ends"
            ),
            (
                #"{"i":1,"op":"split","idx":"0x0","order":9,"new_order":0,"item":"p1"}"#,
                "an entry of order 0 is there: it does not split from 9 to 0 at once"
            ),
            (
                #"{"i":1,"op":"alloc","min":"0x2","max":"0x1","item":"p1"}"#, "min is above max"
            ),
        ])
    func whatIsWrongIsSaid(_ line: String, _ text: String) throws {
        #expect(try replay([Self.header, line]) == "t.jsonl:2:1: " + text)
    }

    @Test(
        arguments: [
            (
                #""map_shift":6"#, #""map_shift":4"#,
                "map_shift is 4 and marks 3; known is map_shift 6 with 3 marks"
            ),
            ("6.12.117", "5.4.1", #"the kernel "5.4.1" is not known; 6.1 and 6.12 are"#),
            (#"{"trace""#, #"{"flags":"X","trace""#, "the flags X are not known"),
        ])
    func headersAreRead(_ from: String, _ to: String, _ text: String) throws {
        let header = Self.header.replacing(from, with: to)
        #expect(try replay([header, Self.store]) == "t.jsonl:1:1: " + text)
    }
}
