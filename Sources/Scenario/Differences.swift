import PageCache

// How the check tells what differs in a list by index: in runs, as a person writes them.

/// What stands at an index and behind it, as far as it is the same.
struct Segment {
    /// The last index of it.
    var last: UInt64
    var text: String
    /// Whether it is as expected.
    var holds: Bool
}

enum Runs {
    /// The first run of indices that are not as expected and all alike; nil: all are.
    ///
    /// - Parameter segment: what begins at an index. Never walks over a run: it may be 2^64 long.
    static func mismatch(
        _ indices: ClosedRange<UInt64>, _ expected: String, segment: (UInt64) -> Segment
    ) -> CheckedMoment.Mismatch? {
        var next = indices.lowerBound
        var first: (index: UInt64, text: String)?
        while true {
            let here = segment(next)
            if let first, here.holds || here.text != first.text {
                return told(first.index...(next - 1), expected, first.text)
            }
            if first == nil, !here.holds { first = (next, here.text) }
            guard here.last < indices.upperBound else { break }
            next = here.last + 1
        }
        return first.map { told($0.index...indices.upperBound, expected, $0.text) }
    }

    private static func told(
        _ indices: ClosedRange<UInt64>, _ expected: String, _ found: String
    ) -> CheckedMoment.Mismatch {
        let place = spelledRange(indices)
        return ("\(place): \(expected)", "\(place): \(found)")
    }

    /// Neighbouring ranges become one.
    static func joined(_ ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        ranges.reduce(into: []) { joined, range in
            if let last = joined.last, last.upperBound < range.lowerBound,
                last.upperBound + 1 == range.lowerBound
            {
                joined[joined.count - 1] = last.lowerBound...range.upperBound
            } else {
                joined.append(range)
            }
        }
    }

    /// `[0..3, 7]`; of a long list the beginning.
    static func spelled(_ ranges: [ClosedRange<UInt64>]) -> String {
        let joined = joined(ranges)
        var parts = joined.prefix(limit).map(spelledRange)
        if joined.count > limit { parts.append("and \(joined.count - limit) more") }
        return "[\(parts.joined(separator: ", "))]"
    }

    /// The runs of a list of which nobody reads more.
    static let limit = 12

    /// `{ 0..700: page dirty, 702: page }`; of a list without end the beginning.
    static func spelled(_ runs: [(indices: ClosedRange<UInt64>, text: String)]) -> String {
        var joined: [(indices: ClosedRange<UInt64>, text: String)] = []
        for run in runs {
            if let last = joined.last, last.text == run.text,
                last.indices.upperBound < run.indices.lowerBound,
                last.indices.upperBound + 1 == run.indices.lowerBound
            {
                joined[joined.count - 1].indices =
                    last.indices.lowerBound...run.indices.upperBound
            } else {
                joined.append(run)
            }
        }
        var parts = joined.prefix(limit).map { "\(spelledRange($0.indices)): \($0.text)" }
        if joined.count > limit { parts.append("and \(joined.count - limit) more") }
        return parts.isEmpty ? "{}" : "{ \(parts.joined(separator: ", ")) }"
    }
}
