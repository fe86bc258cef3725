import XArray

/// An array and its reference, which do everything together. The array is there three times: with a
/// history, with a log, and with neither, so that it goes the short ways.
struct Pair {
    private(set) var history: XArray.History
    private(set) var plain: XArray
    private(set) var logged: XArray
    private(set) var reference = Reference()
    private var made: UInt64 = 0
    /// What the last operation changed, and what was before it.
    private(set) var log = XArray.Log()
    private(set) var before: XArray

    var array: XArray { history.array }

    init(_ version: XArray.Version = .linux612) {
        let array = XArray(version: version)
        history = XArray.History(array)
        (plain, logged, before) = (array, array, array)
    }

    /// Goes back by one operation and forth again.
    mutating func undo() { history.undo() }
    mutating func redo() { history.redo() }

    /// Does one operation to all.
    ///
    /// - Returns: what differs, or nil.
    mutating func apply(_ operation: Operation) -> String? {
        perform(operation)
            ?? difference("recorded", array == plain, true)
            ?? difference("logged", logged == plain, true)
    }

    /// Compares all that is there and looks for violations.
    func compare() -> String? {
        let entries = plain.entriesWithZero()
        let ranges = reference.ranges
        if entries.map(\.0.rawValue) != ranges.map(\.first) {
            return "indices \(entries.map(\.0)) instead of \(ranges.map(\.first))"
        }
        for ((index, entry), range) in zip(entries, ranges) {
            if entry != range.entry { return "\(index): \(entry) instead of \(range.entry)" }
            if let order = range.order, plain.order(at: index) != order {
                return "\(index): order \(plain.order(at: index)) instead of \(order)"
            }
            for mark in XArray.Mark.allCases
            where plain.hasMark(mark, at: index) != range.marks.contains(mark) {
                return "\(index): \(mark) differs"
            }
        }
        return plain.violations().first.map { "\($0)" }
    }

    private func difference<Answer: Equatable>(
        _ what: StaticString, _ ours: Answer, _ expected: Answer
    ) -> String? {
        ours == expected ? nil : "\(what): \(ours) instead of \(expected)"
    }

    /// Does something to the three, which must say the same.
    private mutating func all<Answer: Equatable>(
        fail: Int? = nil, _ body: (inout XArray, inout XArray.Allocator) -> Answer
    ) -> (Answer, String?) {
        before = plain
        var answers: [Answer] = []
        var counts: [[Int]] = []
        func run(_ array: inout XArray) {
            var allocator = XArray.Allocator()
            allocator.beginOperation(failingFrom: fail)
            let nodes = array.nodeCount
            answers.append(body(&array, &allocator))
            let balance = nodes + allocator.allocated - allocator.freed - array.nodeCount
            counts.append([allocator.calls, allocator.allocated, allocator.freed, balance])
        }
        run(&plain)
        logged.beginLog()
        run(&logged)
        log = logged.takeLog()
        history.record { run(&$0) }
        let difference =
            difference("answers", answers, [answers[0], answers[0], answers[0]])
            ?? difference("calls", counts, [counts[0], counts[0], counts[0]])
            ?? difference("nodes lost", counts[0][3], 0)
        return (answers[0], difference)
    }

    private mutating func entry(_ item: Operation.Item) -> XArray.Entry {
        made += 1
        return item == .value ? .value(made) : .pointer(made)
    }

    private static func range(_ index: UInt64, _ order: Int) -> (UInt64, UInt64) {
        let mask: UInt64 = (1 << UInt64(order)) - 1
        return (index & ~mask, index | mask)
    }

    /// Whether an entry would take the place of a larger one of the other kind: then `nr_values`
    /// drifts, as in the kernel.
    private func drifts(_ entry: XArray.Entry, _ first: UInt64, _ last: UInt64) -> Bool {
        reference.larger(first, last).map { $0.entry.isValue != entry.isValue } ?? false
    }

    private mutating func perform(_ operation: Operation) -> String? {
        switch operation {
        case .store(let index, let order, let item, let call):
            return store(entry(item), index, order, call)
        case .simpleStore(let index, let item):
            let entry = entry(item)
            if drifts(entry, index, index) { return nil }
            let (old, problem) = all { try? $0.store(entry, at: .init(index), allocator: &$1) }
            let expected = reference.load(index)
            reference.store(entry, index, index)
            return problem ?? difference("old", old, expected)
        case .erase(let index):
            let (old, problem) = all { $0.erase(at: .init(index), allocator: &$1) }
            let expected = reference.load(index)
            reference.store(nil, index, index)
            return problem ?? difference("old", old, expected)
        case .eraseRange(let index, let order):
            let (first, last) = Self.range(index, order)
            if reference.isCut(first, last) { return nil }
            let (_, problem) = all { array, allocator in
                var state = XArray.State(.init(index), order: order)
                array.store(nil, at: &state, allocator: &allocator)
                return state.error
            }
            reference.store(nil, first, last)
            return problem
        case .insert(let index, let item): return insert(entry(item), index)
        case .exchange(let index, let right, let item): return exchange(index, right, item)
        case .reserve(let index):
            let (_, problem) = all { array, allocator in
                (try? array.reserve(.init(index), allocator: &allocator)) != nil
            }
            if reference.range(at: index) == nil { reference.store(.zero, index, index) }
            return problem
        case .release(let index):
            let (_, problem) = all { array, allocator in
                array.release(.init(index), allocator: &allocator)
                return 0
            }
            if reference.range(at: index)?.entry.isZero == true {
                reference.store(nil, index, index)
            }
            return problem
        case .storeRange(let first, let last, let item):
            return storeRange(entry(item), first, last)
        case .createRange(let index, let order, let call):
            return all(fail: call) { array, allocator in
                var state = XArray.State(.init(index), order: order)
                repeat {
                    array.createRange(&state, allocator: &allocator)
                } while array.fetchNode(&state, allocator: &allocator)
                return state.error
            }.1
        case .split(let index, let order, let item, let call):
            return split(index, order, entry(item), call)
        case .setMark(let mark, let index):
            reference.setMark(mark, index, true)
            return all { array, _ in
                array.setMark(mark, at: .init(index))
                return 0
            }.1
        case .clearMark(let mark, let index):
            reference.setMark(mark, index, false)
            return all { array, _ in
                array.clearMark(mark, at: .init(index))
                return 0
            }.1
        case .initMarks(let index):
            reference.initMarks(index)
            return all { array, _ in
                var state = XArray.State(.init(index))
                if array.load(&state) != .empty { array.initMarks(at: &state) }
                return 0
            }.1
        case .destroy:
            for range in reference.ranges { reference.store(nil, range.first, range.last) }
            return all { array, allocator in
                array.destroy(allocator: &allocator)
                return 0
            }.1
        case .read(let index): return read(index)
        case .wrong(let index): return difference("entry", plain.load(.init(index)), nil)
        }
    }

    private mutating func store(
        _ entry: XArray.Entry, _ index: UInt64, _ order: Int, _ call: Int?
    ) -> String? {
        let (first, last) = Self.range(index, order)
        if reference.isCut(first, last) || drifts(entry, first, last) { return nil }
        let (error, problem) = all(fail: call) { array, allocator in
            var state = XArray.State(.init(index), order: order)
            repeat {
                array.store(entry, at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
            return state.error
        }
        if error == nil { reference.store(entry, first, last) }
        return problem ?? difference("error", error == nil || call != nil, true)
    }

    private mutating func insert(_ entry: XArray.Entry, _ index: UInt64) -> String? {
        let (error, problem) = all { array, allocator -> XArrayError? in
            do throws(XArrayError) {
                try array.insert(entry, at: .init(index), allocator: &allocator)
                return nil
            } catch {
                return error
            }
        }
        let isTaken = reference.range(at: index) != nil
        if !isTaken { reference.store(entry, index, index) }
        return problem ?? difference("error", error, isTaken ? .busy : nil)
    }

    private mutating func exchange(
        _ index: UInt64, _ right: Bool, _ item: Operation.Item
    ) -> String? {
        let present = reference.range(at: index)?.entry
        let old = right ? present : .pointer(1 << 40)
        let entry = entry(item)
        if drifts(entry, index, index) { return nil }
        let (found, problem) = all { array, allocator in
            try? array.compareExchange(old, with: entry, at: .init(index), allocator: &allocator)
        }
        let expected = reference.load(index)
        if right { reference.store(entry, index, index) }
        return problem ?? difference("found", found, expected)
    }

    private mutating func storeRange(
        _ entry: XArray.Entry, _ first: UInt64, _ last: UInt64
    ) -> String? {
        if reference.isCut(first, last) || reference.larger(first, last) != nil { return nil }
        let pieces = Reference.pieces(first, last)
        if pieces.contains(where: { reference.isCut($0.0, $0.1) }) { return nil }
        let (_, problem) = all { array, allocator in
            (try? array.storeRange(
                entry, first: .init(first), last: .init(last), allocator: &allocator)) != nil
        }
        for (first, last) in pieces { reference.store(entry, first, last) }
        return problem
    }

    private mutating func split(
        _ index: UInt64, _ order: Int, _ entry: XArray.Entry, _ call: Int?
    ) -> String? {
        // Pieces of odd sizes do not split; and only one level does. 6.1 gives marks to siblings.
        guard let range = reference.range(at: index), range.isAligned, let old = range.order,
            order < old, old / 6 - order / 6 <= 1, !range.entry.isZero,
            plain.version == .linux612 || range.marks.isEmpty || order % 6 == 0
                || order / 6 == old / 6
        else { return nil }
        let (error, problem) = all(fail: call) { array, allocator in
            var state = XArray.State(.init(index), order: order)
            array.allocateForSplit(order: old, &state, allocator: &allocator)
            if state.error == nil { array.split(into: entry, order: old, &state) }
            return state.error
        }
        if error == nil { reference.split(index, order: order, into: entry) }
        return problem
    }
}
