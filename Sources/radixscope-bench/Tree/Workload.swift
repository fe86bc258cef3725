/// Where the indices of a run come from.
enum Workload: String, CaseIterable, Codable {
    /// 0, 1, 2 ... in order.
    case dense
    /// Distinct pseudo-random 36-bit numbers: nearly every entry needs two nodes of its own.
    case sparse
}

/// What is measured, in the order in which a round does it.
enum Phase: String, CaseIterable, Codable {
    case insert, hit, miss, tag
    case iterateTagged = "iterate tagged"
    case iterate
    case delete

    /// Whether the time is divided by the number of tagged entries, a tenth of all.
    var isPerTaggedEntry: Bool { self == .tag || self == .iterateTagged }
}

/// The keys that all peers get.
struct Keys {
    /// In the order of insertion and deletion.
    let all: [UInt64]
    /// In the order of the lookups.
    let shuffled: [UInt64]
    /// Absent ones, as many.
    let absent: [UInt64]
    /// A tenth of all, at random.
    let tagged: [UInt64]

    init(_ workload: Workload, count: Int) {
        var random = SplitMix(state: 0x5eed)
        switch workload {
        case .dense:
            all = (0..<UInt64(count)).map { $0 }
            absent = all.map { $0 + UInt64(count) }.shuffled(using: &random)
        case .sparse:
            var seen: Set<UInt64> = []
            var keys: [UInt64] = []
            keys.reserveCapacity(2 * count)
            while keys.count < 2 * count {
                let key = random.next() >> 28
                if seen.insert(key).inserted { keys.append(key) }
            }
            all = Array(keys[..<count])
            absent = Array(keys[count...])
        }
        shuffled = all.shuffled(using: &random)
        tagged = Array(all.shuffled(using: &random)[..<(count / 10)])
    }

    /// The word that belongs to a key: an entry of the tree.
    @inline(__always)
    static func value(_ key: UInt64) -> UInt64 { (key &+ 1) &<< 2 }
}

/// Pseudo-random numbers that are the same in every run (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
