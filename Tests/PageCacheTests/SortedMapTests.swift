import Testing

@testable import PageCache

@Suite struct SortedMapTests {
    /// Beside a dictionary, whatever is done to both.
    @Test(arguments: 0..<20 as Range<UInt64>) func itIsADictionaryInOrder(seed: UInt64) {
        var random = SplitMix(state: seed)
        var map = SortedMap<UInt64, Int>()
        var known: [UInt64: Int] = [:]
        for step in 0..<400 {
            // Keys come and go in order, mostly.
            let key = UInt64(step / 10) + UInt64.random(in: 0..<20, using: &random)
            let changes = map.changes
            let before = known
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1:
                map[key] = step
                known[key] = step
            case 2:
                map[key, default: 5] += 1
                known[key, default: 5] += 1
            case 3:
                map[key] = nil
                known[key] = nil
            case 4:
                map.remove(key)
                known[key] = nil
            case 5:
                if let least = known.keys.min() {
                    map.remove(least)
                    known[least] = nil
                }
            case 6:
                map.removeAll(in: map.positions(of: key..<key + 3)) { $0.value % 2 == 0 }
                for other in key..<key + 3 where known[other].map({ $0 % 2 == 0 }) == true {
                    known[other] = nil
                }
            default:
                map.forEachValue(in: map.positions(of: key..<key + 5)) { $0 += 1 }
                for other in key..<key + 5 where known[other] != nil { known[other]! += 1 }
            }
            #expect(map.keys == known.keys.sorted())
            #expect(map.values == known.keys.sorted().map { known[$0]! })
            #expect(map.count == known.count && map.isEmpty == known.isEmpty)
            #expect(map[key] == known[key])
            #expect(known == before || map.changes != changes, "a change that nobody notices")
            let at = map.positions(of: key..<key + 4).map { map.element(at: $0).key }
            #expect(at == (key..<key + 4).filter { known[$0] != nil })
        }
        map.removeAll()
        #expect(map.isEmpty && map == SortedMap())
    }
}
