import XArray

/// The simplest thing that behaves as an XArray: ranges of indices with what they hold. It knows
/// nothing of nodes.
struct Reference {
    struct Range: Equatable {
        let first: UInt64
        let last: UInt64
        var entry: XArray.Entry
        var marks: Set<XArray.Mark> = []

        func contains(_ index: UInt64) -> Bool { first <= index && index <= last }

        /// The order that `xa_get_order` gives; nil if the number of indices is no power of two,
        /// and the kernel looks at what is behind the entry.
        var order: Int? {
            let size = last - first + 1
            return size.nonzeroBitCount == 1 ? size.trailingZeroBitCount : nil
        }

        /// Whether it lies as an entry of an order does.
        var isAligned: Bool { order != nil && first & (last - first) == 0 }
    }

    /// By their first index, ascending.
    private(set) var ranges: [Range] = []

    func range(at index: UInt64) -> Range? { ranges.first { $0.contains(index) } }

    /// The entry that `xa_load` gives.
    func load(_ index: UInt64) -> XArray.Entry? {
        guard let entry = range(at: index)?.entry, !entry.isZero else { return nil }
        return entry
    }

    /// Whether an entry lies partly in a range and partly outside, and neither contains the other.
    func isCut(_ first: UInt64, _ last: UInt64) -> Bool {
        ranges.contains {
            $0.first <= last && first <= $0.last
                && !($0.first <= first && last <= $0.last)
                && !(first <= $0.first && $0.last <= last)
        }
    }

    /// The entry that is larger than a range and contains it.
    func larger(_ first: UInt64, _ last: UInt64) -> Range? {
        ranges.first {
            $0.first <= first && last <= $0.last && ($0.first, $0.last) != (first, last)
        }
    }

    mutating func store(_ entry: XArray.Entry?, _ first: UInt64, _ last: UInt64) {
        if let large = ranges.firstIndex(where: { $0.first <= first && last <= $0.last }) {
            guard let entry else {
                ranges.remove(at: large)
                return
            }
            ranges[large].entry = entry
            return
        }
        let inside = ranges.filter { first <= $0.first && $0.last <= last }
        ranges.removeAll { first <= $0.first && $0.last <= last }
        guard let entry else { return }
        let marks = inside.reduce(into: Set<XArray.Mark>()) { $0.formUnion($1.marks) }
        insert(Range(first: first, last: last, entry: entry, marks: marks))
    }

    private mutating func insert(_ range: Range) {
        let place = ranges.firstIndex { $0.first > range.first } ?? ranges.count
        ranges.insert(range, at: place)
    }

    mutating func setMark(_ mark: XArray.Mark, _ index: UInt64, _ isSet: Bool) {
        guard let place = ranges.firstIndex(where: { $0.contains(index) }) else { return }
        if isSet { ranges[place].marks.insert(mark) } else { ranges[place].marks.remove(mark) }
    }

    mutating func initMarks(_ index: UInt64) {
        guard let place = ranges.firstIndex(where: { $0.contains(index) }) else { return }
        ranges[place].marks = []
    }

    /// Splits the entry at an index into pieces of 2^order indices.
    mutating func split(_ index: UInt64, order: Int, into entry: XArray.Entry) {
        guard let place = ranges.firstIndex(where: { $0.contains(index) }) else { return }
        let old = ranges.remove(at: place)
        let size: UInt64 = 1 << UInt64(order)
        var first = old.first
        while true {
            insert(Range(first: first, last: first + (size - 1), entry: entry, marks: old.marks))
            if first + (size - 1) == old.last { return }
            first += size
        }
    }

    /// What `xa_store_range` makes of a range: slots as large as possible, as many as a node has.
    static func pieces(_ first: UInt64, _ last: UInt64) -> [(UInt64, UInt64)] {
        var pieces: [(UInt64, UInt64)] = []
        var next = first
        while true {
            var size: UInt64 = 1
            while size < 1 << 60, next % (size * 64) == 0, last - next >= size * 64 - 1 {
                size *= 64
            }
            var end = next + (size - 1)
            while end != last, (end / size) % 64 != 63, last - end >= size { end += size }
            pieces.append((next, end))
            if end == last { return pieces }
            next = end + 1
        }
    }
}
