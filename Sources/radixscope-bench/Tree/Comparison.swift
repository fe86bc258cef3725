import Foundation

/// The figures of one peer in one workload.
struct PeerFigures: Codable {
    let peer: String
    let tags: String
    let workload: Workload
    /// Nanoseconds per entry (per tagged entry for the tag phases), medians of the rounds.
    var nanoseconds: [String: Double] = [:]
    /// Time over JudyL's: the median of the rounds' ratios. Empty without JudyL.
    var overJudy: [String: Double] = [:]
    var bytesPerEntry: Double = 0
}

/// Measures the peers of a workload, round by round in turns: a peer does all phases of a round one
/// after the other, as a program would, and meets in each the caches that its own last phase left.
struct Comparison {
    let workload: Workload
    let entries: Int
    let rounds: Int

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A running peer.
    private final class Child {
        let title: String
        let tags: String
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        var times: [Phase: [Double]] = [:]
        var bytes = 0

        init(_ title: String, _ tags: String, _ workload: Workload, _ entries: Int) throws {
            self.title = title
            self.tags = tags
            process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["tree-peer", title, workload.rawValue, "\(entries)"]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
        }

        func run(_ phase: Phase) throws -> (nanoseconds: Double, sum: UInt64, bytes: Int) {
            try input.fileHandleForWriting.write(contentsOf: Data((phase.rawValue + "\n").utf8))
            var answer = ""
            while !answer.hasSuffix("\n") {
                let data = output.fileHandleForReading.availableData
                if data.isEmpty { break }
                answer += String(decoding: data, as: UTF8.self)
            }
            let words = answer.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, let time = Double(words[0]), let sum = UInt64(words[1]),
                let bytes = Int(words[2])
            else { throw Failure(description: "\(title) ended in the phase \(phase.rawValue)") }
            return (time, sum, bytes)
        }

        func stop() throws {
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
    }

    /// - Parameter peers: titles with what keeps their tags; JudyL, if there, gives the ratios.
    func measure(_ peers: [(title: String, tags: String)]) throws -> [PeerFigures] {
        let children = try peers.map { try Child($0.title, $0.tags, workload, entries) }
        // The first round is not counted: it pays for memory that the kernel has yet to give.
        for round in 0...rounds {
            var sums: [[UInt64]] = []
            for child in children { sums.append(try run(child, counted: round > 0)) }
            guard sums.allSatisfy({ $0 == sums[0] }) else {
                throw Failure(description: "the peers disagree: \(sums)")
            }
        }
        for child in children { try child.stop() }
        let judy = children.first { $0.title == JudyPeer.title }
        return children.map { figures($0, judy) }
    }

    /// One round of one peer.
    ///
    /// - Returns: the sums of its phases.
    private func run(_ child: Child, counted: Bool) throws -> [UInt64] {
        try Phase.allCases.map { phase in
            let found = try child.run(phase)
            if counted { child.times[phase, default: []].append(found.nanoseconds) }
            if phase == .insert { child.bytes = found.bytes }
            return found.sum
        }
    }

    private func figures(_ child: Child, _ judy: Child?) -> PeerFigures {
        var figures = PeerFigures(peer: child.title, tags: child.tags, workload: workload)
        figures.bytesPerEntry = Double(child.bytes) / Double(entries)
        for phase in Phase.allCases {
            let count = phase.isPerTaggedEntry ? entries / 10 : entries
            let times = child.times[phase] ?? []
            figures.nanoseconds[phase.rawValue] = median(times) / Double(count)
            if let others = judy?.times[phase] {
                figures.overJudy[phase.rawValue] = median(zip(times, others).map { $0 / $1 })
            }
        }
        return figures
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    if sorted.isEmpty { return 0 }
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
