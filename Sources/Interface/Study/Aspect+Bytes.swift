import PageCache

extension PageRuns {
    /// Two values of one byte.
    struct Change: Hashable, Sendable {
        var old: Value
        var new: Value
    }

    /// The bytes that are other than they were, in order.
    func changes(since old: Self) -> [(offsets: Range<Int>, old: Value, new: Value)] {
        old.combined(with: self) { Change(old: $0, new: $1) }.segments
            .filter { $0.value.old != $0.value.new }
            .map { ($0.offsets, $0.value.old, $0.value.new) }
    }
}

extension PageRuns where Value == UInt8? {
    /// The first bytes that have a value which they did not have.
    func firstValue(since old: Self) -> (offsets: Range<Int>, value: UInt8)? {
        old.combined(with: self) { $0 == $1 ? nil : $1 }.segments.lazy
            .compactMap { part in part.value.map { (part.offsets, $0) } }.first
    }
}
