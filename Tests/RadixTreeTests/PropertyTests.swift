import Foundation
import RadixTree
import Testing

/// Whether the scopes that take minutes are wanted: `make test-long`.
let isLong = ProcessInfo.processInfo.environment["LONG_TESTS"] != nil

/// Pseudo-random numbers that are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Where the indices of a random sequence come from.
enum Scope: String, CaseIterable {
    case tiny, leaf, dense, clusters, boundaries, high, sparse

    func index(_ random: inout SeededRandom) -> UInt64 {
        switch self {
        case .tiny: return .random(in: 0..<3, using: &random)
        case .leaf: return .random(in: 0..<64, using: &random)
        case .dense: return .random(in: 0..<300, using: &random)
        case .clusters: return (.random(in: 0..<4, using: &random) << 18) | random.next() & 15
        case .boundaries:
            let bits = UInt64.random(in: 0..<65, using: &random)
            return (bits == 64 ? 0 : 1 << bits) &- .random(in: 0..<3, using: &random)
        case .high: return UInt64.max - .random(in: 0..<130, using: &random)
        case .sparse: return random.next() >> UInt64.random(in: 0..<64, using: &random)
        }
    }
}

/// Random sequences of operations, and the search for the shortest that fails.
struct Sequences {
    let scope: Scope
    let slotsPerNode: SlotsPerNode
    /// Whether some allocations fail.
    let failures: Bool

    func make(_ count: Int, seed: UInt64) -> [Operation] {
        var random = SeededRandom(state: seed)
        var used: [UInt64] = []
        return (0..<count).map { _ in
            let isOld = !used.isEmpty && Int.random(in: 0..<3, using: &random) > 0
            let index = isOld ? used.randomElement(using: &random)! : scope.index(&random)
            let operation = operation(index, scope.index(&random), &random)
            if case .insert = operation { used.append(index) }
            if used.count > 60 { used.removeFirst(30) }
            return operation
        }
    }

    private func operation(
        _ index: UInt64, _ other: UInt64, _ random: inout SeededRandom
    ) -> Operation {
        let tag = RadixTree.Tag.allCases.randomElement(using: &random)!
        let call = failures ? Int.random(in: 1..<9, using: &random) : nil
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<26: return .insert(scope.index(&random), failing: nil)
        case 26..<36: return .insert(scope.index(&random), failing: call)
        case 36..<40: return .insertExceptional(index)
        case 40..<62: return .delete(index)
        case 62..<66: return .deleteExpecting(index, right: Bool.random(using: &random))
        case 66..<80: return .setTag(tag, index)
        case 80..<86: return .clearTag(tag, index)
        case 86..<92:
            let to = RadixTree.Tag.allCases.randomElement(using: &random)!
            let limit = UInt64.random(in: 0..<5, using: &random) * 3
            let last = Bool.random(using: &random) ? max(index, other) : .max
            return .tagRange(min(index, other), last, limit: limit, tag, to)
        case 92..<94 where failures: return .preload(failing: call)
        default: return .read(index)
        }
    }

    /// The first thing that goes wrong, with the number of the operation.
    ///
    /// Now and then a copy branches off, does the next operations in another order and stays until
    /// the next one: neither may notice what the other does.
    func firstFailure(_ operations: [Operation]) -> (at: Int, String)? {
        var pair = Pair(slotsPerNode)
        var branch = pair
        for (number, operation) in operations.enumerated() {
            if number % 16 == 0 {
                if let difference = branch.compareStructure() { return (number, difference) }
                branch = pair
                for other in operations[number...].prefix(4).reversed() {
                    if let difference = branch.apply(other) ?? branch.compareStructure() {
                        return (number, "\(other) in a copy: \(difference)")
                    }
                }
            }
            if let difference = pair.apply(operation) ?? pair.compareStructure() {
                return (number, "\(operation): \(difference)")
            }
        }
        return nil
    }

    /// Leaves operations out, by halves, then one by one, as long as something still goes wrong.
    func shortest(_ operations: [Operation]) -> [Operation] {
        var failing = operations
        var chunk = max(failing.count / 2, 1)
        while true {
            var start = 0
            var hasShrunk = false
            while start < failing.count {
                var attempt = failing
                attempt.removeSubrange(start..<min(start + chunk, failing.count))
                if let failure = firstFailure(attempt) {
                    failing = Array(attempt[...failure.at])
                    hasShrunk = true
                } else {
                    start += chunk
                }
            }
            if chunk == 1, !hasShrunk { return failing }
            chunk = max(chunk / 2, 1)
        }
    }

    /// Says what fails and how to get there.
    func expectAgreement(_ count: Int, seed: UInt64) {
        let operations = make(count, seed: seed)
        guard let failure = firstFailure(operations) else { return }
        let short = shortest(Array(operations[...failure.at]))
        let steps = short.map { "  \($0)" }.joined(separator: "\n")
        let reason = firstFailure(short)?.1 ?? failure.1
        Issue.record("\(self), seed \(seed): \(reason)\nafter\n\(steps)")
    }
}

@Suite struct PropertyTests {
    /// 4 million operations with `LONG_TESTS`, else 42,000.
    static let sequences = isLong ? 1000 : 20

    @Test(arguments: Scope.allCases, SlotsPerNode.allCases)
    func treeAgreesWithTheReference(_ scope: Scope, _ slotsPerNode: SlotsPerNode) {
        for seed in 0..<UInt64(Self.sequences) {
            Sequences(scope: scope, slotsPerNode: slotsPerNode, failures: seed % 2 == 1)
                .expectAgreement(isLong ? 300 : 150, seed: seed)
        }
    }

    /// The search itself: of a long sequence it must keep the two operations that matter.
    @Test func theShortestFailingSequenceIsFound() {
        let sequences = Sequences(scope: .dense, slotsPerNode: .sixtyFour, failures: false)
        var operations = sequences.make(40, seed: 1)
        operations.insert(.insert(1000, failing: nil), at: 20)
        operations.append(.wrong(1000))
        let short = sequences.shortest(operations)
        #expect(short.map(\.description) == ["insert 1000", "wrong 1000"])
    }
}
