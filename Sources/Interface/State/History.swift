import Kernel
import PageCache
import PageTree
import Stepping

/// What happened to each index of the tree and to the counters, over a whole run.
///
/// Found once, by executing the run again and comparing the tree before and after each step.
struct History: Sendable {
    /// A step that changed what stands at an index, or at some in a row.
    struct Change: Hashable, Sendable {
        /// The position after the step.
        var position: Int
        var indices: ClosedRange<PageIndex>
        var before: PageTree.Item?
        var after: PageTree.Item?

        /// The first of them.
        var index: UInt64 { indices.lowerBound.rawValue }

        /// Another entry stands there, or the same for other indices; otherwise only its tags have
        /// changed.
        var isOfEntry: Bool {
            guard let before, let after else { return true }
            return !before.isSameEntry(as: after)
        }
    }

    /// A counter's value from a position on.
    struct Value: Hashable, Sendable {
        var position: Int
        var value: UInt64
    }

    /// A line of the console, with the position from which on it stands there.
    struct Printed: Hashable, Sendable {
        var position: Int
        var line: ConsoleLine
    }

    /// Ascending by position.
    private(set) var changes: [Change] = []
    private(set) var nrpages: [Value] = []
    private(set) var nrexceptional: [Value] = []
    private(set) var swapped: [Value] = []
    /// What the tree held, counted, from a position on.
    private var counts: [(position: Int, counts: Audit.Counts)] = []
    private(set) var console: [Printed] = []
    /// The history ends here; later positions were too many to look at.
    private(set) var end = 0

    /// Runs beyond this many steps are not followed.
    private static let stepLimit = 20_000
    /// Nodes of the trees that are compared, all steps together: those of a hundred changes in a
    /// file of ten million entries.
    private static let nodeLimit = 20_000_000

    init(_ timeline: Timeline) {
        var machine = timeline.machine(at: 0)
        var counts = Audit.counts(machine)
        var compared = 0
        note(machine, counts, at: 0)
        while end < min(timeline.end, Self.stepLimit), compared < Self.nodeLimit {
            let before = machine.mapping.pageTree
            Replay.advance(&machine, timeline, from: end)
            end += 1
            if compare(before, machine.mapping.pageTree) {
                compared += before.nodeCount
                counts = Audit.counts(machine, from: counts, of: before)
            }
            note(machine, counts, at: end)
        }
    }

    /// What the tree holds at a position, counted; nil beyond `end`.
    func counts(at position: Int) -> Audit.Counts? {
        position <= end ? counts.last { $0.position <= position }?.counts : nil
    }

    /// A counter, from each position on at which it has changed.
    func recorded(_ counter: Finding.Counter) -> [Value] {
        switch counter {
        case .nrpages: nrpages
        case .nrexceptional: nrexceptional
        case .swapped: swapped
        }
    }

    /// What a counter counts, from each position on at which any of the counts has changed.
    func counted(_ counter: Finding.Counter) -> [Value] {
        counts.map { Value(position: $0.position, value: $0.counts.count(counter)) }
    }

    private mutating func note(_ machine: Machine, _ counts: Audit.Counts, at position: Int) {
        if self.counts.last?.counts != counts { self.counts.append((position, counts)) }
        if nrpages.last?.value != machine.mapping.nrpages {
            nrpages.append(Value(position: position, value: machine.mapping.nrpages))
        }
        if nrexceptional.last?.value != machine.mapping.nrexceptional {
            nrexceptional.append(Value(position: position, value: machine.mapping.nrexceptional))
        }
        if swapped.last?.value != machine.inode.swapped {
            swapped.append(Value(position: position, value: machine.inode.swapped))
        }
        for line in machine.console.dropFirst(console.count) {
            console.append(Printed(position: position, line: line))
        }
    }

    /// - Returns: whether the tree has changed.
    private mutating func compare(_ old: PageTree, _ new: PageTree) -> Bool {
        guard !new.isCopy(of: old) else { return false }
        new.forEachChange(since: old) { indices, before, after in
            changes.append(
                Change(position: end, indices: indices, before: before, after: after))
        }
        return true
    }

    /// The changes of an index up to a position, oldest first.
    func changes(of index: UInt64, upTo position: Int) -> [Change] {
        changes.filter { $0.indices.contains(PageIndex(index)) && $0.position <= position }
    }

    /// The last change after `start` and not after `position`.
    func lastChange(after start: Int, upTo position: Int) -> Change? {
        changes.last { $0.position > start && $0.position <= position }
    }
}
