import Foundation
import Testing

/// Where a person reads a count, one is one: "1 page".
@Suite struct CountTests {
    private static let nouns = [
        "allocations", "branches", "bytes", "blocks", "calls", "differences", "entries",
        "expectations", "faults", "files", "kernels", "levels", "lines", "nodes", "operations",
        "others", "pages", "pictures", "scenarios", "shadows", "slots", "states", "statements",
        "steps", "tasks", "texts", "times", "traces", "warnings",
    ].joined(separator: "|")

    /// The rooms whose texts people see. What they count goes through `counted`, or is a limit,
    /// or stands where one is told apart.
    private static let rooms = [
        "PageCache", "Kernel", "Stepping", "Scenario", "Interface", "Recording", "radixscope",
    ]
    private static let known: Set<String> = [
        "(hits) times", "(kept.count) branches", "(paths.count) files",
        "(window.pagesPerColumn) pages", "(items.count) steps", "(items.count) texts",
        "(length) bytes", "(length >> 12) pages", "(largest) bytes",
    ]

    static func counts(in text: String) throws -> [String] {
        let count = try Regex("\\\\(\\([^()\"]*(?:\\([^()\"]*\\)[^()\"]*)*\\) (?:\(nouns)))\\b")
        return text.matches(of: count).map { String($0.output[1].substring!) }
    }

    @Test func everyCountIsSpelledByItsNumber() throws {
        for room in Self.rooms {
            for file in Tree.files(in: "Sources/\(room)", suffix: ".swift") {
                let text = try String(contentsOf: file, encoding: .utf8)
                for count in try Self.counts(in: text)
                where !Self.known.contains(count) && !count.contains("Limits.") {
                    Issue.record("\(file.lastPathComponent): \(count); use counted(_:_:)")
                }
            }
        }
    }

    @Test func whatIsLookedForIsFound() throws {
        #expect(try Self.counts(in: "\"\\(a.count) pages\" \"\\(f(x)) operations\"").count == 2)
        #expect(try Self.counts(in: "\"\\(name) holds\" \"\\(a) pages\"") == ["(a) pages"])
    }

    /// Nor do the pictures and the course say so.
    @Test func noPictureSaysOneThings() throws {
        let files =
            Tree.files(in: "docs/course", suffix: ".md")
            + ["Interface", "Recording"].flatMap {
                Tree.files(in: "Tests/\($0)Tests/Goldens", suffix: "")
            }
        let plural = try Regex("(?:^|[ (])1 (?:\(Self.nouns))\\b")
        for file in files {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for match in text.matches(of: plural) {
                Issue.record("\(file.lastPathComponent): \(text[match.range])")
            }
        }
    }
}
