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

/// Looks for the statement from which on some findings have been true up to the present, or have
/// not been true.
///
/// Stretches of the way are looked at from their beginning to their end, the latest stretch first.
struct Inquiry {
    let findings: [Finding]
    /// What is looked for.
    private let value: Bool
    /// By how much counts are off at the present.
    private let amounts: [Int64?]
    /// The first position after which each has been so; nil: none that was looked at.
    private(set) var starts: [Int?]
    /// Whether each was once not so, at a position that was looked at.
    private var isBounded: [Bool]
    /// Which of them the stretch that is looked at is about.
    private var wanted: [Int] = []
    /// The tree recounted step by step, where a finding asks for it.
    private var recount: (tree: Machine, counts: Audit.Counts)?

    init(_ findings: [Finding], are value: Bool, in present: Machine) {
        self.findings = findings
        self.value = value
        amounts = findings.map { value ? Audit.discrepancy($0, in: present) : nil }
        starts = Array(repeating: nil, count: findings.count)
        isBounded = Array(repeating: false, count: findings.count)
    }

    /// Whether the way back has led to a moment before each.
    var isDone: Bool { isBounded.allSatisfy { $0 } }

    /// Begins the stretch before the one that was looked at.
    mutating func begin() {
        wanted = findings.indices.filter { !isBounded[$0] }
        for number in wanted { starts[number] = nil }
        recount = nil
    }

    /// Looks at a moment; the moments of a stretch come one after the other.
    mutating func look(at machine: Machine, _ position: Int) {
        if wanted.contains(where: { findings[$0].kind == .miscount }) { count(machine) }
        let isJudgeable = Audit.canJudgeTree(machine)
        for number in wanted {
            let finding = findings[number]
            let isSo = Audit.holds(finding, in: machine, counts: recount?.counts) == value
            if let amount = amounts[number] {
                // Under tree_lock the two that are compared go up and down one after the other.
                if !isSo, isJudgeable {
                    bound(number)
                } else if starts[number] == nil,
                    Audit.discrepancy(finding, in: machine, counts: recount?.counts) == amount
                {
                    starts[number] = position
                }
            } else if !isSo {
                bound(number)
            } else if starts[number] == nil {
                starts[number] = position
            }
        }
    }

    private mutating func bound(_ number: Int) {
        starts[number] = nil
        isBounded[number] = true
    }

    private mutating func count(_ machine: Machine) {
        let counts = recount.map {
            Audit.counts(machine, from: $0.counts, of: $0.tree.mapping.pageTree)
        }
        recount = (machine, counts ?? Audit.counts(machine))
    }
}
