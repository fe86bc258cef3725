import XArray

extension XArray {
    /// All entries with their indices, reserved ones too.
    func entriesWithZero() -> [(XArray.Index, XArray.Entry)] {
        var found: [(XArray.Index, XArray.Entry)] = []
        var state = XArray.State(0)
        var entry = find(&state, max: .max)
        while let next = entry {
            found.append((state.index, next))
            entry = nextEntry(&state, max: .max)
        }
        return found
    }
}

extension Pair {
    /// Compares what reading from an index on gives.
    func read(_ index: UInt64) -> String? {
        func difference<Answer: Equatable>(
            _ what: String, _ ours: Answer, _ expected: Answer
        ) -> String? {
            ours == expected ? nil : "\(what): \(ours) instead of \(expected)"
        }
        let array = plain
        let from = XArray.Index(index)
        let here = reference.range(at: index)
        // What `xa_find` gives: the entry that contains the index first.
        let rest = reference.ranges.filter { $0.last >= index && !$0.entry.isZero }
        let behind = reference.ranges.first { $0.first > index && !$0.entry.isZero }
        let after = array.find(after: from, max: .max)
        var problem =
            difference("load", array.load(from), reference.load(index))
            ?? difference("find", array.find(in: from ... .max)?.entry, rest.first?.entry)
            ?? difference("find after", after?.entry, behind?.entry)
            ?? difference("index after", after?.index.rawValue, behind?.first)
            ?? difference(
                "entries", array.entries(from: from).map(\.entry), rest.map(\.entry))
        if let problem { return problem }
        let order = here == nil ? 0 : here?.order
        if let order, array.order(at: from) != order { return "order: not \(order)" }
        for mark in XArray.Mark.allCases {
            let marked = rest.filter { $0.marks.contains(mark) }
            problem =
                difference(
                    "mark", array.hasMark(mark, at: from), here?.marks.contains(mark) ?? false)
                ?? difference(
                    "marked", array.entries(from: from, marked: mark).map(\.entry),
                    marked.map(\.entry))
                ?? difference(
                    "array mark", array.isMarked(mark),
                    reference.ranges.contains { $0.marks.contains(mark) })
            if let problem { return problem }
        }
        for order in [0, 3, 6, 9] {
            let (ours, expected) = (conflicts(index, order), expectedConflicts(index, order))
            if let expected, ours != expected { return "conflicts: \(ours), not \(expected)" }
        }
        return readNeighbours(index)
    }

    private func conflicts(_ index: UInt64, _ order: Int) -> [XArray.Entry] {
        var state = XArray.State(.init(index), order: order)
        var found: [XArray.Entry] = []
        while let entry = plain.findConflict(&state) { found.append(entry) }
        return found
    }

    /// Nil where an entry reaches into the range: the kernel then does not look at all of it.
    private func expectedConflicts(_ index: UInt64, _ order: Int) -> [XArray.Entry]? {
        let mask: UInt64 = (1 << UInt64(order)) - 1
        let (first, last) = (index & ~mask, index | mask)
        if reference.isCut(first, last) { return nil }
        return reference.ranges.filter { $0.first <= last && first <= $0.last }.map(\.entry)
    }

    /// From inside a large entry slot and index run apart, so only from its first index.
    private func readNeighbours(_ index: UInt64) -> String? {
        let limit = 5
        guard index > 8, index < .max - 8 else { return nil }
        let near = reference.ranges.filter { $0.last >= index - 8 && $0.first <= index + 8 }
        guard near.allSatisfy(\.isAligned) else { return nil }
        if let range = reference.range(at: index), range.first != index { return nil }
        let next = (0..<limit).first { isMiss(index + UInt64($0)) }
        let before = (0..<limit).first { isMiss(index - UInt64($0)) }
        let missed = index + UInt64(next ?? (plain.version == .linux612 ? limit : limit - 1))
        let ours = plain.nextMiss(from: .init(index), limit: limit).rawValue
        if ours != missed { return "next miss: \(ours) instead of \(missed)" }
        let back = plain.previousMiss(from: .init(index), limit: limit).rawValue
        let missedBefore = index - UInt64(before ?? limit - 1)
        return back == missedBefore ? nil : "previous miss: \(back) instead of \(missedBefore)"
    }

    /// Nothing, or a value: of a large one only the first slot is seen as a value.
    private func isMiss(_ index: UInt64) -> Bool {
        guard let range = reference.range(at: index), let order = range.order else { return true }
        let slot: UInt64 = 1 << UInt64(order / 6 * 6)
        return range.entry.isValue && index - range.first < slot
    }
}
