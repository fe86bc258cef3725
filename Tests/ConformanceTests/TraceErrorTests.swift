import Conformance
import Foundation
import Testing

/// What the replay says of files that are not traces, and of traces that do not agree.
@Suite struct TraceErrorTests {
    private static let header =
        #"{"trace":"t","kind":"directed","dist":"","k":1,"map_shift":6,"tags":3,"kernel":"4.5.0"}"#
    private static let insert =
        #"{"i":1,"op":"insert","idx":"0x0","item":"x1","r":0,"h":"fe384c2598d04f08","s":["0 0 x1"]}"#

    /// Replays some lines.
    ///
    /// - Returns: the outcome or the error as text, without the folder.
    private func replay(_ lines: [String], name: String = "t.jsonl") throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "t.jsonl").path()
        try lines.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
        return try outcome(folder.appending(path: name).path())
            .replacing(folder.path() + "/", with: "")
    }

    private func outcome(_ path: String) throws -> String {
        do {
            let outcome = try RadixTreeTrace.replay(contentsOf: path)
            return outcome.difference.map { "\($0)" } ?? "\(outcome.operations) agree"
        } catch {
            return "\(error)"
        }
    }

    @Test func aGoodTraceAgrees() throws {
        #expect(try replay([Self.header, Self.insert]) == "1 agree")
    }

    @Test(
        arguments: [
            (#""r":0"#, #""r":-17"#, "r: recorded -17, ours 0"),
            (#""h":"f"#, #""h":"e"#, "h: recorded ee384c2598d04f08, ours fe384c2598d04f08"),
            (#""0 0 x1""#, #""0 0 x2""#, #"s: recorded ["0 0 x2"], ours ["0 0 x1"]"#),
            (#""r":0"#, #""r":0,"alloc":1"#, "alloc: recorded 1, ours 0"),
            (#""r":0"#, #""r":0,"free":1"#, "free: recorded 1, ours 0"),
            (#""r":0"#, #""r":0,"pool":1"#, "pool: recorded 1, ours unchanged"),
            (#""r":0"#, #""r":0,"first_out":"0x1""#, "first_out: recorded 0x1, ours absent"),
        ])
    func theFirstDifferenceIsNamed(_ from: String, _ to: String, _ text: String) throws {
        let line = Self.insert.replacing(from, with: to)
        #expect(try replay([Self.header, line]) == "t.jsonl:2:1: operation 1 (insert): " + text)
    }

    @Test(
        arguments: [
            ("{", "not a JSON object on one line"),
            (#"{"i":1}"#, #"no field "op""#),
            (
                insert.replacing("\"x1\",", with: "\"x\","),
                #""x" is not an entry such as "p7" or "x7""#
            ),
            (
                insert.replacing("\"x1\",", with: "\"p0\","),
                #""p0" is not an entry such as "p7" or "x7""#
            ),
            (
                insert.replacing("\"0x0\"", with: "\"0x10000000000000000\""),
                #""0x10000000000000000" is not a number from 0x0 to 0xffffffffffffffff"#
            ),
            (insert.replacing("\"insert\"", with: "\"put\""), #"unknown operation "put""#),
            (insert.replacing("\"idx\":\"0x0\",", with: ""), #"insert needs the field "idx""#),
            (insert.replacing("\"i\":1", with: "\"i\":\"1\""), #"field "i" has a wrong type"#),
        ])
    func aMalformedLineIsNamed(_ line: String, _ text: String) throws {
        #expect(try replay([Self.header, line]) == "t.jsonl:2:1: " + text)
    }

    @Test func otherHeadersAreRefused() throws {
        let header = Self.header.replacing("\"map_shift\":6", with: "\"map_shift\":3")
        #expect(
            try replay([header, Self.insert])
                == "t.jsonl:1:1: map_shift is 3 and tags 3; known are map_shift 4 or 6 with 3 tags")
        #expect(try replay([]).hasPrefix("t.jsonl:1:1: "))
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        #expect(try replay([Self.header], name: "absent.jsonl").hasPrefix("absent.jsonl:1:1: "))
        #expect(try outcome("/tmp").hasPrefix("/tmp:1:1: "))
        #expect(try outcome("/proc/self/exe").hasPrefix("/proc/self/exe:1:1: "))
    }

    /// Sixteen slots, as CONFIG_BASE_SMALL has them. The kernel recorded no such trace: this one is
    /// worked out by hand from docs/kernel/radix-tree.md.
    @Test func aTraceWithSixteenSlotsIsReplayed() throws {
        let header = Self.header.replacing("\"map_shift\":6", with: "\"map_shift\":4")
        let lines = [
            #"{"i":1,"op":"insert","idx":"0x10","item":"p1","r":0,"alloc":2,"h":"H","s":["2 0 *","2 0 1 0 0 0 1:*","1 1 1 0 0 0 0:p1"]}"#,
            #"{"i":2,"op":"preload","r":0,"pool":31,"h":"H","s":["2 0 *","2 0 1 0 0 0 1:*","1 1 1 0 0 0 0:p1"]}"#,
            #"{"i":3,"op":"delete","idx":"0x10","r":"p1","free":2,"h":"H","s":["0 0 -"]}"#,
        ]
        let structures = [
            ["2 0 *", "2 0 1 0 0 0 1:*", "1 1 1 0 0 0 0:p1"],
            ["2 0 *", "2 0 1 0 0 0 1:*", "1 1 1 0 0 0 0:p1"], ["0 0 -"],
        ]
        let hashed = zip(lines, structures).map { $0.replacing("\"H\"", with: "\"\(fnv($1))\"") }
        #expect(try replay([header] + hashed) == "3 agree")
    }

    /// FNV-1a once more, from the text of golden/radix-tree/README.md, with its example.
    private func fnv(_ lines: [String]) -> String {
        let hash = lines.map { $0 + "\n" }.joined().utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(format: "%016llx", hash)
    }

    @Test func theHashOfTheEmptyTreeIsTheRecordedOne() {
        #expect(fnv(["0 0 -"]) == "8e6edeec132c75a6")
    }
}
