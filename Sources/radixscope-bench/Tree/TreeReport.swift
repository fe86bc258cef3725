import Foundation

/// The outcome of `radixscope-bench tree`, as JSON or as tables.
struct TreeReport: Codable {
    /// Something that the project promises, with what was measured.
    struct Goal: Codable {
        let what: String
        let limit: Double
        let measured: Double
        var isMet: Bool { measured <= limit }
    }

    let entries: Int
    let rounds: Int
    /// What could not be measured, and how to install it.
    let missing: [String]
    let peers: [PeerFigures]
    let versions: VersionCosts
    let largeEntries: LargeEntryCosts
    let goals: [Goal]

    /// Time over JudyL's.
    private static let limits: [(String, Workload, Phase, Double)] = [
        (RadixTreePeer.title, .dense, .insert, 0.25), (RadixTreePeer.title, .dense, .hit, 0.25),
        (RadixTreePeer.title, .dense, .delete, 0.25), (RadixTreePeer.title, .dense, .tag, 0.35),
        (RadixTreePeer.title, .sparse, .insert, 1.0), (RadixTreePeer.title, .sparse, .hit, 0.9),
        (RadixTreePeer.title, .sparse, .tag, 3),
        (RadixTreePeer.title, .sparse, .iterateTagged, 1.3),
        (RadixTreePeer.title, .sparse, .delete, 1.7),
        (XArrayPeer.title, .dense, .insert, 0.35), (XArrayPeer.title, .dense, .hit, 0.35),
        (XArrayPeer.title, .dense, .tag, 0.6), (XArrayPeer.title, .dense, .delete, 0.35),
        (XArrayPeer.title, .sparse, .insert, 1.7), (XArrayPeer.title, .sparse, .hit, 0.9),
        (XArrayPeer.title, .sparse, .tag, 3.5), (XArrayPeer.title, .sparse, .delete, 1.5),
    ]

    init(
        entries: Int, rounds: Int, missing: [String], peers: [PeerFigures], versions: VersionCosts,
        largeEntries: LargeEntryCosts
    ) {
        self.entries = entries
        self.rounds = rounds
        self.missing = missing
        self.peers = peers
        self.versions = versions
        self.largeEntries = largeEntries
        var goals: [Goal] = []
        for (peer, workload, phase, limit) in Self.limits {
            let own = peers.first { $0.peer == peer && $0.workload == workload }
            guard let ratio = own?.overJudy[phase.rawValue] else { continue }
            goals.append(
                Goal(
                    what: "\(peer), \(workload) \(phase.rawValue), time over JudyL's", limit: limit,
                    measured: ratio))
        }
        for row in versions.recorded {
            let what = "dense \(row.operation), recorded: "
            goals += [
                Goal(what: what + "ns", limit: 100, measured: row.time),
                Goal(what: what + "bytes", limit: 100, measured: row.bytes),
                Goal(what: what + "ns to undo", limit: 100, measured: row.undo),
                Goal(what: what + "ns to redo", limit: 100, measured: row.redo),
                Goal(
                    what: what + "time over TreeDictionary's copy", limit: 0.1,
                    measured: row.time / row.treeDictionaryTime),
                Goal(
                    what: what + "bytes over TreeDictionary's copy", limit: 0.1,
                    measured: row.bytes / row.treeDictionaryBytes),
            ]
        }
        goals.append(
            Goal(
                what: "copy of \(versions.smallTreeNodes) nodes and first change, ns", limit: 1000,
                measured: versions.smallTreeCopy))
        self.goals = goals
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func table() -> String {
        var lines: [String] = []
        for workload in Workload.allCases {
            lines += table(workload)
        }
        lines += largeEntryTable()
        lines += ["goals", ""]
        for goal in goals {
            lines.append(
                (goal.isMet ? "  met     " : "  missed  ") + pad(goal.what, 52)
                    + pad(number(goal.measured), -10) + "   limit " + number(goal.limit))
        }
        return (lines + missing.map { "\n" + $0 }).joined(separator: "\n")
    }

    private func table(_ workload: Workload) -> [String] {
        let rows = peers.filter { $0.workload == workload }
        let phases = Phase.allCases.map(\.rawValue)
        var lines = [
            "\(workload): \(entries) entries, ns an entry (tag, iterate tagged: a tagged entry), "
                + "medians of \(rounds); in brackets the time over JudyL's", "",
        ]
        lines.append(pad("", 16) + phases.map { pad($0, -17) }.joined() + pad("bytes", -9))
        for row in rows {
            let cells = phases.map { phase in
                let ratio = row.overJudy[phase].map { " [\(number($0))]" } ?? ""
                return pad(number(row.nanoseconds[phase] ?? 0) + ratio, -17)
            }
            lines.append(pad(row.peer, 16) + cells.joined() + pad(number(row.bytesPerEntry), -9))
        }
        return lines + [""]
    }

    private func largeEntryTable() -> [String] {
        var lines = [
            "XArray, \(largeEntries.entries) entries of order \(LargeEntryCosts.order): ns for 512 "
                + "indices; JudyL: each index", "",
        ]
        for row in largeEntries.rows {
            let ratio = row.overJudy.map { " [\(number($0))]" } ?? ""
            let judy = row.judy.map { "   JudyL " + number($0) } ?? ""
            lines.append(pad(row.operation, 20) + pad(number(row.time) + ratio, -17) + judy)
        }
        return lines + [""]
    }

    private func number(_ value: Double) -> String {
        String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }

    /// Pads on the right to a width, on the left if it is negative.
    private func pad(_ text: String, _ width: Int) -> String {
        let space = String(repeating: " ", count: max(abs(width) - text.count, 0))
        return width < 0 ? space + text : text + space
    }
}
