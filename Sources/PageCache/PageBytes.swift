/// One value for each byte of a page, kept as runs of equal ones: a page that is the same all over
/// costs nothing beside its first value.
///
/// `PageRuns<UInt8>` are contents; `PageRuns<UInt8?>` is something that only some bytes have.
public struct PageRuns<Value: Hashable & Sendable>: Hashable, Sendable {
    /// Bytes of the page that have the same value, up to `end`.
    struct Run: Hashable, Sendable {
        /// One past the last, 1 ... 4096.
        var end: UInt16
        var value: Value
    }

    /// The value of the first byte, and of all when there are no runs.
    public private(set) var first: Value
    /// Ascending, the last one ends with the page, and neighbours differ; nil: all bytes are equal.
    private var runs: [Run]?

    @inlinable public static var size: Int { Int(Geometry.pageSize) }

    public init(_ value: Value) { first = value }

    /// All bytes have the same value.
    public var isUniform: Bool { runs == nil }

    /// - Precondition: `offset` is in 0 ..< 4096.
    public subscript(offset: Int) -> Value {
        precondition(offset >= 0 && offset < Self.size)
        guard let runs else { return first }
        return runs.first { Int($0.end) > offset }!.value
    }

    /// The runs in order, with the offsets that they cover.
    public var segments: [(offsets: Range<Int>, value: Value)] {
        guard let runs else { return [(0..<Self.size, first)] }
        var start = 0
        return runs.map { run in
            defer { start = Int(run.end) }
            return (start..<Int(run.end), run.value)
        }
    }

    /// Gives the bytes at `offsets` one value.
    public mutating func fill(_ offsets: Range<Int>, with value: Value) {
        precondition(offsets.lowerBound >= 0 && offsets.upperBound <= Self.size)
        if offsets.count == Self.size {
            self = Self(value)
        } else if !offsets.isEmpty {
            let old = segments
            let head = old.prefix { $0.offsets.lowerBound < offsets.lowerBound }.map { part in
                let end = min(part.offsets.upperBound, offsets.lowerBound)
                return (part.offsets.lowerBound..<end, part.value)
            }
            let tail = old.filter { $0.offsets.upperBound > offsets.upperBound }.map { part in
                let start = max(part.offsets.lowerBound, offsets.upperBound)
                return (start..<part.offsets.upperBound, part.value)
            }
            self = Self(joining: head + [(offsets, value)] + tail)
        }
    }

    /// Takes over the bytes at `offsets` from another page.
    public mutating func copy(_ offsets: Range<Int>, from other: Self) {
        if offsets.count == Self.size {
            self = other
        } else {
            for part in other.segments where part.offsets.overlaps(offsets) {
                fill(part.offsets.clamped(to: offsets), with: part.value)
            }
        }
    }

    /// What a function makes of each byte.
    public func map<Other>(_ transform: (Value) -> Other) -> PageRuns<Other> {
        guard runs != nil else { return PageRuns<Other>(transform(first)) }
        return PageRuns<Other>(joining: segments.map { ($0.offsets, transform($0.value)) })
    }

    /// What a function makes of each byte together with the one at the same place of another page.
    public func combined<Second, Other>(
        with other: PageRuns<Second>, _ transform: (Value, Second) -> Other
    ) -> PageRuns<Other> {
        if runs == nil { return other.map { transform(first, $0) } }
        if other.isUniform { return map { transform($0, other.first) } }
        var parts: [(Range<Int>, Other)] = []
        for mine in segments {
            for theirs in other.segments where theirs.offsets.overlaps(mine.offsets) {
                parts.append(
                    (
                        theirs.offsets.clamped(to: mine.offsets),
                        transform(mine.value, theirs.value)
                    ))
            }
        }
        return PageRuns<Other>(joining: parts)
    }

    /// Whether any byte, or any of those at `offsets`, is as asked.
    public func contains(
        in offsets: Range<Int> = 0..<Self.size, where isMeant: (Value) -> Bool
    ) -> Bool {
        guard runs != nil else { return !offsets.isEmpty && isMeant(first) }
        return segments.contains { $0.offsets.overlaps(offsets) && isMeant($0.value) }
    }

    /// Consecutive parts that cover the page; equal neighbours become one.
    private init(joining parts: [(offsets: Range<Int>, value: Value)]) {
        var runs: [Run] = []
        for part in parts where !part.offsets.isEmpty {
            if runs.last?.value == part.value { runs.removeLast() }
            runs.append(Run(end: UInt16(part.offsets.upperBound), value: part.value))
        }
        first = runs[0].value
        self.runs = runs.count == 1 ? nil : runs
    }
}

/// What a page or a block holds.
public typealias PageBytes = PageRuns<UInt8>

/// What only some bytes of a page or a block have, such as those that are in the CPU cache.
public typealias SomeBytes = PageRuns<UInt8?>

extension PageRuns where Value == UInt8 {
    /// A page of zeroes: what nobody has written.
    @inlinable public static var zero: Self { Self(0) }

    /// With the bytes that another has.
    public func covered(by other: SomeBytes) -> Self {
        other.isEmpty ? self : combined(with: other) { $1 ?? $0 }
    }
}

extension PageRuns where Value == UInt8? {
    @inlinable public static var none: Self { Self(nil) }

    /// No byte is there.
    public var isEmpty: Bool { isUniform && first == nil }
}

extension Range where Bound == UInt64 {
    /// Of bytes of the file: those that lie in page `index`, as offsets in it.
    public func offsets(inPage index: UInt64) -> Range<Int> {
        let start = index &* Geometry.pageSize
        let low = Swift.max(lowerBound, start) - start
        guard low < Geometry.pageSize, upperBound > start else { return 0..<0 }
        let high = Swift.min(upperBound - start, Geometry.pageSize)
        return low < high ? Int(low)..<Int(high) : 0..<0
    }

    /// Of bytes of the file: the pages that they reach into.
    public var pages: Range<UInt64> {
        isEmpty ? 0..<0 : lowerBound / Geometry.pageSize..<Geometry.pages(upperBound)
    }
}
