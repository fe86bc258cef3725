import PageCache

/// A finding, and the time for which it is true.
public struct Episode: Hashable, Sendable {
    public var finding: Finding
    /// The position after the statement that made it true. From here on it stands on the screen
    /// and in records, also while nobody could have seen it yet.
    public var born: Int
    /// The first position at which the audit could judge it, `born` or later: nobody holds
    /// tree_lock, nor has the page in hand.
    public var seen: Int
    /// The position after the statement from which on it is not true any more; nil: it stands at
    /// the end of the run.
    public var ended: Int?

    public func contains(_ position: Int) -> Bool {
        position >= born && position < ended ?? .max
    }
}

/// Asks after every statement of a stretch whether some findings are true there.
struct Inquiry {
    let findings: [Finding]
    /// The last position at which each was other than `value`.
    private(set) var lastOther: [Int?]
    /// What is looked for.
    let value: Bool
    /// Recounted step by step; nil where no finding asks for it.
    private var counts: Audit.Counts?
    private var previous: Machine?

    init(_ findings: [Finding], are value: Bool) {
        self.findings = findings
        self.value = value
        lastOther = Array(repeating: nil, count: findings.count)
    }

    /// Whether the way back has led to a moment before each.
    var isDone: Bool { !lastOther.contains(nil) }

    /// Begins another stretch, before the one that was looked at.
    mutating func begin() {
        previous = nil
        counts = nil
    }

    /// Looks at a moment; the moments of a stretch come one after the other.
    ///
    /// - Parameter known: what was found in later stretches, which stays.
    mutating func look(at machine: Machine, _ position: Int, known: [Int?]) {
        let wanted = findings.indices.filter { known[$0] == nil }
        if wanted.contains(where: { findings[$0].kind == .miscount }) { recount(machine) }
        for number in wanted
        where Audit.holds(findings[number], in: machine, counts: counts) != value {
            lastOther[number] = position
        }
    }

    private mutating func recount(_ machine: Machine) {
        if let previous, let known = counts {
            counts = Audit.counts(machine, from: known, of: previous.mapping.pageTree)
        } else {
            counts = Audit.counts(machine)
        }
        previous = machine
    }
}
