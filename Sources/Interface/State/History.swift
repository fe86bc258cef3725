import Kernel
import PageCache
import RadixTree
import Stepping

/// What happened to each index of the tree and to the counters, over a whole run.
///
/// Found once, by executing the run again and comparing the tree before and after each step.
struct History: Sendable {
    /// What stands at an index.
    struct Content: Hashable, Sendable {
        var entry: RadixTree.Entry
        var tags: RadixTree.TagSet
    }

    /// A step that changed what stands at an index.
    struct Change: Hashable, Sendable {
        /// The position after the step.
        var position: Int
        var index: UInt64
        var before: Content?
        var after: Content?
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
    /// What the tree held, counted, from a position on.
    private(set) var pages: [Value] = []
    private(set) var exceptional: [Value] = []
    private(set) var console: [Printed] = []
    /// The history ends here; later positions were too many to look at.
    private(set) var end = 0

    /// Runs beyond this many steps, and trees beyond this many nodes, are not followed: every
    /// change of a tree costs a comparison of all of it.
    private static let stepLimit = 20_000
    static let nodeLimit = 512

    init(_ timeline: Timeline) {
        var machine = timeline.machine(at: 0)
        note(machine, at: 0)
        count(machine.mapping.pageTree, at: 0)
        while end < min(timeline.end, Self.stepLimit) {
            let before = machine.mapping.pageTree
            guard before.nodeCount <= Self.nodeLimit else { return }
            Replay.advance(&machine, timeline, from: end)
            end += 1
            note(machine, at: end)
            compare(before, machine.mapping.pageTree)
        }
    }

    private mutating func note(_ machine: Machine, at position: Int) {
        if nrpages.last?.value != machine.mapping.nrpages {
            nrpages.append(Value(position: position, value: machine.mapping.nrpages))
        }
        if nrexceptional.last?.value != machine.mapping.nrexceptional {
            nrexceptional.append(Value(position: position, value: machine.mapping.nrexceptional))
        }
        for line in machine.console.dropFirst(console.count) {
            console.append(Printed(position: position, line: line))
        }
    }

    private mutating func count(_ tree: RadixTree, at position: Int) {
        var found = (pages: UInt64(0), exceptional: UInt64(0))
        for (_, entry) in tree.entries() {
            if entry.isExceptional { found.exceptional += 1 } else { found.pages += 1 }
        }
        if pages.last?.value != found.pages {
            pages.append(Value(position: position, value: found.pages))
        }
        if exceptional.last?.value != found.exceptional {
            exceptional.append(Value(position: position, value: found.exceptional))
        }
    }

    private mutating func compare(_ before: RadixTree, _ after: RadixTree) {
        guard before != after else { return }
        count(after, at: end)
        var indices = Set<UInt64>()
        for (index, _) in before.entries() { indices.insert(index.rawValue) }
        for (index, _) in after.entries() { indices.insert(index.rawValue) }
        for index in indices.sorted() {
            let was = Self.content(before, index)
            let now = Self.content(after, index)
            guard was != now else { continue }
            changes.append(Change(position: end, index: index, before: was, after: now))
        }
    }

    static func content(_ tree: RadixTree, _ index: UInt64) -> Content? {
        guard let entry = tree.lookup(PageIndex(index)) else { return nil }
        var tags: RadixTree.TagSet = []
        for tag in RadixTree.Tag.allCases where tree.hasTag(tag, at: PageIndex(index)) {
            tags.insert(RadixTree.TagSet(tag))
        }
        return Content(entry: entry, tags: tags)
    }

    /// The changes of an index up to a position, oldest first.
    func changes(of index: UInt64, upTo position: Int) -> [Change] {
        changes.filter { $0.index == index && $0.position <= position }
    }

    /// The last change after `start` and not after `position`.
    func lastChange(after start: Int, upTo position: Int) -> Change? {
        changes.last { $0.position > start && $0.position <= position }
    }
}
