import Testing

@testable import PageCache

@Suite struct PageBytesTests {
    /// Beside a list of 4,096 values, whatever is done to both.
    @Test(arguments: 0..<20 as Range<UInt64>) func itIsAListOfBytes(seed: UInt64) {
        var random = SplitMix(state: seed)
        var bytes = PageBytes.zero
        var list = [UInt8](repeating: 0, count: 4096)
        var some = SomeBytes.none
        var optional = [UInt8?](repeating: nil, count: 4096)
        for _ in 0..<60 {
            let low = Int.random(in: 0...4095, using: &random)
            let high = Int.random(in: low...4096, using: &random)
            let value = UInt8.random(in: 0...2, using: &random)
            switch Int.random(in: 0...4, using: &random) {
            case 0, 1:
                bytes.fill(low..<high, with: value)
                for i in low..<high { list[i] = value }
            case 2:
                let gone = Bool.random(using: &random)
                some.fill(low..<high, with: gone ? nil : value)
                for i in low..<high { optional[i] = gone ? nil : value }
            case 3:
                bytes = bytes.covered(by: some)
                list = zip(list, optional).map { $1 ?? $0 }
            default:
                some.copy(low..<high, from: bytes.map { $0 })
                for i in low..<high { optional[i] = list[i] }
            }
            #expect((0..<4096).map { bytes[$0] } == list)
            #expect((0..<4096).map { some[$0] } == optional)
            #expect(bytes.isUniform == (Set(list).count == 1))
            #expect(some.isEmpty == optional.allSatisfy { $0 == nil })
            let segments = bytes.segments
            #expect(segments.first?.offsets.lowerBound == 0)
            #expect(segments.last?.offsets.upperBound == 4096)
            for (a, b) in zip(segments, segments.dropFirst()) {
                #expect(a.offsets.upperBound == b.offsets.lowerBound && a.value != b.value)
            }
        }
    }

    /// However it came about, what is equal is equal.
    @Test func equalBytesAreEqual() {
        var one = PageBytes.zero
        one.fill(0..<10, with: 1)
        one.fill(0..<4096, with: 2)
        #expect(one == PageBytes(2))
        var two = PageBytes(2)
        two.fill(5..<6, with: 3)
        two.fill(5..<6, with: 2)
        #expect(two == one && two.isUniform)
    }

    @Test func offsetsInPages() {
        let bytes: Range<UInt64> = 4_000..<9_000
        #expect(bytes.pages == 0..<3)
        #expect(bytes.offsets(inPage: 0) == 4000..<4096)
        #expect(bytes.offsets(inPage: 1) == 0..<4096)
        #expect(bytes.offsets(inPage: 2) == 0..<808)
        #expect(bytes.offsets(inPage: 3).isEmpty)
        #expect((0..<UInt64.max).offsets(inPage: 1 << 51) == 0..<4096)
    }
}
