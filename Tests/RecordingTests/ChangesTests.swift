import Canvas
import Foundation
import Kernel
import PageCache
import Scenario
import Testing

@testable import Recording

/// A recording as data tells changes; whoever takes them together has the whole machine at every
/// step.
@Suite struct ChangesTests {
    /// A reader of recordings, written from `docs/recording.schema.json`.
    private struct Reader {
        /// What tells the items of each list apart.
        private static let keys: [String: [String]] = [
            "nodes": ["height", "index"], "entries": ["index"], "tasks": ["name"],
            "mappings": ["number"], "ptes": ["page"], "pmds": ["page"], "blocks": ["first"],
            "memory": ["block"], "pages": ["page"], "findings": [],
        ]

        var state: [String: Any] = [:]

        mutating func take(_ step: [String: Any]) throws {
            try Self.apply(try #require(step["state"] as? [String: Any]), to: &state)
            let findings = ["findings": step["findings"] ?? [String: Any]()]
            try Self.apply(findings, to: &state)
        }

        private static func key(_ name: String, _ item: Any) -> String {
            guard let item = item as? [String: Any] else { return "\(item)" }
            // A finding is its own key, without its time.
            let parts = item.keys.filter { $0 != "born" && $0 != "seen" }.sorted()
            let names = keys[name]!.isEmpty ? parts : keys[name]!
            return names.map { "\(item[$0]!)" }.joined(separator: " ")
        }

        private static func apply(_ changes: [String: Any], to state: inout [String: Any]) throws {
            for (name, value) in changes {
                // The `pages` of a mapping are a number.
                if keys[name] != nil, let value = value as? [String: Any] {
                    var items = state[name] as? [String: Any] ?? [:]
                    for gone in value["gone"] as? [Any] ?? [] {
                        let old = items.removeValue(forKey: key(name, gone))
                        #expect(old != nil, "\(gone) was not there")
                    }
                    for item in value["set"] as? [[String: Any]] ?? [] {
                        var whole = name == "mappings" ? items[key(name, item)] : nil
                        var kept = whole as? [String: Any] ?? [:]
                        try apply(item, to: &kept)
                        whole = kept
                        items[key(name, item)] = whole
                    }
                    // An empty page table is as one that was never told of.
                    state[name] = items.isEmpty && name.hasPrefix("p") ? nil : items
                } else if name == "console" {
                    let lines = try #require(value as? [[String: String]])
                    state[name] = (state[name] as? [[String: String]] ?? []) + lines
                } else if name == "tree" {
                    var tree = state[name] as? [String: Any] ?? [:]
                    try apply(try #require(value as? [String: Any]), to: &tree)
                    state[name] = tree
                } else {
                    state[name] = value
                }
            }
        }

        /// The whole as text, lists in the order of their keys.
        var lines: [Substring] {
            let data = try? JSONSerialization.data(
                withJSONObject: state, options: [.sortedKeys, .prettyPrinted])
            return String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n")
        }
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// The steps of a recording, one a line.
    private func steps(of recording: String) throws -> [[String: Any]] {
        try recording.split(separator: "\n").filter { $0.contains("\"state\":") }.map {
            try object(String($0.last == "," ? $0.dropLast() : $0))
        }
    }

    private func check(_ run: ScenarioRun, _ moments: Moments = .everyStep) throws {
        let film = try Film(of: [run], at: moments, size: Size(20, 5))
        var writer = JSONWriter(run)
        let steps = try steps(of: writer.record(film, film.info))
        #expect(steps.count == film.info.count)
        var reader = Reader()
        for (step, picture) in zip(steps, film) {
            try reader.take(step)
            // The first step of a recording that begins here has everything.
            var whole = Reader()
            var fresh = JSONWriter(run)
            try whole.take(
                try object(String(fresh.add(picture).drop { $0 == "\n" || $0 == "," })))
            let (found, right) = (reader.lines, whole.lines)
            let difference = zip(found, right).first { $0 != $1 }
            #expect(difference == nil && found.count == right.count, "step \(step["step"]!)")
            guard difference == nil else { return }
        }
    }

    @Test(arguments: [
        ("pmd-orphan", KernelVersion.v6), ("pmd-orphan", .v4_5), ("swap-entries", .v4_4),
        ("truncate-pmd", .v4_5), ("power-loss", .v4_5), ("private-copy", .v4_5),
        ("race-two-fsyncs", .v8), ("tree-grows", .v4_5), ("page-cache", .v4_4), ("refault", .v4_5),
    ])
    func everyStateComesBack(_ scenario: String, _ version: KernelVersion) throws {
        try check(Library.run(scenario, version))
    }

    /// Also of a recording that leaves steps out.
    @Test func soDoesEveryOperation() throws {
        for version in [KernelVersion.v6, .v4_5] {
            try check(Library.run("pmd-orphan", version), .story)
        }
    }

    /// A name that is mapped again, over what is gone.
    @Test func aNameThatIsUsedAgain() throws {
        let text = """
            scenario: again
            title: Again
            kernels: [v4.5]
            file: { size: 4MiB }
            steps:
              - mmap: { name: m, pages: 0..1023 }
              - store: { map: m, page: 3, value: 1 }
              - munmap: m
              - mmap: { name: m, pages: 0..1023, aligned: false }
              - load: { map: m, page: 600 }
              - truncate: 0
            """
        try check(ScenarioRun(try Scenario.parse(text, file: "again.yml"), on: .v4_5))
    }

    /// Twice as many stores are twice as much, and not four times.
    @Test func itGrowsWithWhatHappens() throws {
        func size(_ stores: Int) throws -> Int {
            var text = "scenario: many\ntitle: Many\nkernels: [v4.5]\n"
            text += "file: { size: 8MiB, filesystem: ext4 }\nsteps:\n"
            text += "  - mmap: { name: m, pages: 0..2047, aligned: false }\n"
            for page in 0..<stores {
                text += "  - store: { map: m, page: \(page), value: \(page % 200 + 1) }\n"
            }
            let run = ScenarioRun(try Scenario.parse(text, file: "many.yml"), on: .v4_5)
            var writer = JSONWriter(run)
            // Without the screens, which are not in it.
            var bytes = writer.begin(.plain(Size(20, 5))).utf8.count
            for position in 0...run.timeline.end {
                let picture = Picture(
                    canvas: Canvas(size: Size(1, 1)), caption: Caption(run, at: position, bug: nil),
                    machine: run.timeline.machine(at: position), name: "")
                bytes += writer.add(picture).utf8.count
            }
            return bytes
        }
        let one = try size(30)
        let two = try size(60)
        let four = try size(120)
        #expect(four - two < 9 * (two - one) / 4, "\(one), \(two), \(four)")
    }
}
