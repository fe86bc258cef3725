/// One value for each byte of a page, kept as runs of equal ones: a page that is the same all over
/// costs nothing beside its first value.
///
/// `PageRuns<UInt8>` are contents; `PageRuns<UInt8?>` is something that only some bytes have.
public struct PageRuns<Value: Hashable & Sendable>: Hashable, Sendable {
    /// Bytes of the page that have the same value, up to `end`.
    @usableFromInline struct Run: Hashable, Sendable {
        /// One past the last, 1 ... 4096.
        @usableFromInline var end: UInt16
        @usableFromInline var value: Value

        @inlinable init(end: Int, value: Value) {
            self.end = UInt16(end)
            self.value = value
        }
    }

    /// The value of the first byte, and of all when there are no runs.
    public let first: Value
    /// Ascending, the last one ends with the page, and neighbours differ; nil: all bytes are equal.
    @usableFromInline let runs: [Run]?

    @inlinable public static var size: Int { Int(Geometry.pageSize) }

    @inlinable public init(_ value: Value) {
        first = value
        runs = nil
    }

    /// All bytes have the same value.
    @inlinable public var isUniform: Bool { runs == nil }

    /// - Precondition: `offset` is in 0 ..< 4096.
    @inlinable public subscript(offset: Int) -> Value {
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
    @inlinable public mutating func fill(_ offsets: Range<Int>, with value: Value) {
        precondition(offsets.lowerBound >= 0 && offsets.upperBound <= Self.size)
        if offsets.count == Self.size {
            self = Self(value)
            return
        }
        if offsets.isEmpty || runs == nil && first == value { return }
        var new = RunBuilder(capacity: runCount + 2)
        for i in 0..<runCount {
            new.append(run(i).value, upTo: min(Int(run(i).end), offsets.lowerBound))
        }
        new.append(value, upTo: offsets.upperBound)
        for i in 0..<runCount { new.append(run(i).value, upTo: Int(run(i).end)) }
        self = Self(new)
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
    @inlinable public func map<Other>(_ transform: (Value) -> Other) -> PageRuns<Other> {
        guard let runs else { return PageRuns<Other>(transform(first)) }
        var new = PageRuns<Other>.RunBuilder(capacity: runs.count)
        for run in runs { new.append(transform(run.value), upTo: Int(run.end)) }
        return PageRuns<Other>(new)
    }

    /// What a function makes of each byte together with the one at the same place of another page.
    @inlinable public func combined<Second, Other>(
        with other: PageRuns<Second>, _ transform: (Value, Second) -> Other
    ) -> PageRuns<Other> {
        if isUniform && other.isUniform {
            return PageRuns<Other>(transform(first, other.first))
        }
        var new = PageRuns<Other>.RunBuilder(capacity: runCount + other.runCount)
        forEachPart(with: other) { new.append(transform($0, $1), upTo: $2) }
        return PageRuns<Other>(new)
    }

    /// Whether any byte together with the one at the same place of another page is as asked.
    @inlinable public func contains<Second>(
        with other: PageRuns<Second>, where isMeant: (Value, Second) -> Bool
    ) -> Bool {
        var isThere = false
        forEachPart(with: other) { mine, theirs, _ in isThere = isThere || isMeant(mine, theirs) }
        return isThere
    }

    /// Visits the parts in which the bytes of both pages are equal among themselves, in order, each
    /// with its end.
    @inlinable func forEachPart<Second>(
        with other: PageRuns<Second>, _ body: (Value, Second, Int) -> Void
    ) {
        var (i, j) = (0, 0)
        while i < runCount, j < other.runCount {
            let (mine, theirs) = (run(i), other.run(j))
            let end = min(mine.end, theirs.end)
            body(mine.value, theirs.value, Int(end))
            if mine.end == end { i += 1 }
            if theirs.end == end { j += 1 }
        }
    }

    /// Whether any byte, or any of those at `offsets`, is as asked.
    public func contains(
        in offsets: Range<Int> = 0..<Self.size, where isMeant: (Value) -> Bool
    ) -> Bool {
        guard runs != nil else { return !offsets.isEmpty && isMeant(first) }
        return segments.contains { $0.offsets.overlaps(offsets) && isMeant($0.value) }
    }

    /// One where all bytes are equal.
    @inlinable var runCount: Int { runs?.count ?? 1 }

    @inlinable func run(_ i: Int) -> Run {
        guard let runs else { return Run(end: Self.size, value: first) }
        return runs[i]
    }

    /// Puts runs together from the first byte on; equal neighbours become one.
    @usableFromInline struct RunBuilder {
        @usableFromInline var runs: [Run] = []
        @usableFromInline var end = 0

        @inlinable init(capacity: Int) { runs.reserveCapacity(capacity) }

        /// The bytes from the last end to this one; none when that lies behind it.
        @inlinable mutating func append(_ value: Value, upTo end: Int) {
            guard end > self.end else { return }
            self.end = end
            if let last = runs.indices.last, runs[last].value == value {
                runs[last].end = UInt16(end)
            } else {
                runs.append(Run(end: end, value: value))
            }
        }
    }

    /// - Precondition: The runs go to the end of the page.
    @inlinable init(_ built: RunBuilder) {
        first = built.runs[0].value
        runs = built.runs.count == 1 ? nil : built.runs
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
    @inlinable public func covered(by other: SomeBytes) -> Self {
        other.isEmpty ? self : combined(with: other) { $1 ?? $0 }
    }
}

extension PageRuns where Value == UInt8? {
    @inlinable public static var none: Self { Self(nil) }

    /// No byte is there.
    @inlinable public var isEmpty: Bool { isUniform && first == nil }
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
