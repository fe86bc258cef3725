import Testing
import XArray

@Suite struct ChangeTests {
    /// Where two lists of ranges differ, found index by index at the ends of ranges.
    private static func differing(_ old: Reference, _ new: Reference) -> [String] {
        var starts: Set<UInt64> = []
        for range in old.ranges + new.ranges {
            starts.insert(range.first)
            if range.last != .max { starts.insert(range.last + 1) }
        }
        let sorted = starts.sorted()
        return sorted.indices.compactMap { place in
            let first = sorted[place]
            let (before, after) = (old.range(at: first), new.range(at: first))
            if before == after { return nil }
            let last = place + 1 < sorted.count ? sorted[place + 1] - 1 : .max
            return "\(first)...\(last) \(text(before)) \(text(after))"
        }
    }

    private static func text(_ range: Reference.Range?) -> String {
        guard let range else { return "-" }
        let marks = XArray.Mark.allCases.filter(range.marks.contains)
        return "\(range.first)...\(range.last) \(range.entry) \(marks)"
    }

    private static func text(_ item: XArray.Item?) -> String {
        guard let item else { return "-" }
        return "\(item.indices) \(item.entry) \(item.marks.marks)"
    }

    @Test(arguments: Scope.allCases)
    func changesAreWhatDiffers(_ scope: Scope) {
        let sequences = Sequences(scope: scope, version: .linux612, failures: true)
        for seed in 0..<UInt64(isLong ? 100 : 4) {
            var pair = Pair()
            var old = pair
            for (number, operation) in sequences.make(120, seed: 50 + seed).enumerated() {
                if number % 5 == 0 { old = pair }
                guard pair.apply(operation) == nil else { return }
                var found: [String] = []
                pair.plain.forEachChange(since: old.plain) { range, before, after in
                    found.append(
                        "\(range) \(Self.text(before)) \(Self.text(after))")
                }
                let expected = Self.differing(old.reference, pair.reference)
                #expect(found == expected, "\(scope), seed \(seed), \(number): \(operation)")
                if found != expected { return }
            }
        }
    }

    @Test func itemsHaveAllTheirIndices() throws {
        var array = XArray()
        var allocator = XArray.Allocator()
        #expect(array.item(at: 0) == nil)
        try array.store(.value(1), at: 0, allocator: &allocator)
        array.setMark(.writeback, at: 0)
        let lone = XArray.Item(entry: .value(1), indices: 0...0, marks: .writeback)
        #expect(array.item(at: 0) == lone)
        var state = XArray.State(512, order: 9)
        repeat {
            array.store(.pointer(2), at: &state, allocator: &allocator)
        } while array.fetchNode(&state, allocator: &allocator)
        let large = XArray.Item(entry: .pointer(2), indices: 512...1023, marks: [])
        #expect(array.item(at: 777) == large)
        #expect(array.item(at: 0) == lone)
        #expect(array.item(at: 1024) == nil)
    }
}
