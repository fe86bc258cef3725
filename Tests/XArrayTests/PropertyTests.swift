import Foundation
import Testing
import XArray

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
    case tiny, leaf, dense, large, boundaries, high, sparse

    func index(_ random: inout SeededRandom) -> UInt64 {
        switch self {
        case .tiny: return .random(in: 0..<3, using: &random)
        case .leaf: return .random(in: 0..<64, using: &random)
        case .dense: return .random(in: 0..<300, using: &random)
        case .large: return .random(in: 0..<16_384, using: &random)
        case .boundaries:
            let bits = UInt64.random(in: 0..<65, using: &random)
            return (bits == 64 ? 0 : 1 << bits) &- .random(in: 0..<3, using: &random)
        case .high: return UInt64.max - .random(in: 0..<5000, using: &random)
        case .sparse: return random.next() >> UInt64.random(in: 0..<64, using: &random)
        }
    }

    /// Orders up to what the page cache uses, and one more level.
    func order(_ random: inout SeededRandom) -> Int {
        switch self {
        case .tiny: .random(in: 0..<4, using: &random)
        case .leaf: .random(in: 0..<7, using: &random)
        default: Bool.random(using: &random) ? 0 : .random(in: 0..<13, using: &random)
        }
    }
}

/// Random sequences of operations, and the search for the shortest that fails.
struct Sequences {
    let scope: Scope
    let version: XArray.Version
    /// Whether some allocations fail.
    let failures: Bool

    func make(_ count: Int, seed: UInt64) -> [Operation] {
        var random = SeededRandom(state: seed)
        var used: [UInt64] = []
        return (0..<count).map { _ in
            let isOld = !used.isEmpty && Int.random(in: 0..<3, using: &random) > 0
            let index = isOld ? used.randomElement(using: &random)! : scope.index(&random)
            let operation = operation(index, &random)
            used.append(index)
            if used.count > 40 { used.removeFirst(20) }
            return operation
        }
    }

    private func operation(_ index: UInt64, _ random: inout SeededRandom) -> Operation {
        let mark = XArray.Mark.allCases.randomElement(using: &random)!
        let item = Operation.Item.allCases.randomElement(using: &random)!
        let order = scope.order(&random)
        let call =
            failures && Bool.random(using: &random) ? Int.random(in: 1..<6, using: &random) : nil
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<24: return .store(scope.index(&random), order: order, item, fail: call)
        case 24..<34: return .simpleStore(scope.index(&random), item)
        case 34..<44: return .erase(index)
        case 44..<47: return .eraseRange(index, order: order)
        case 47..<50: return .insert(index, item)
        case 50..<54: return .exchange(index, right: Bool.random(using: &random), item)
        case 54..<56: return .reserve(index)
        case 56..<58: return .release(index)
        case 58..<61:
            let last = index &+ UInt64.random(in: 0..<(scope == .tiny ? 3 : 200), using: &random)
            return last < index || last == .max
                ? .read(index) : .storeRange(index, last, item)
        case 61..<64: return .createRange(index, order: min(order, 9), fail: call)
        case 64..<72: return .split(index, to: order, item, fail: call)
        case 72..<84: return .setMark(mark, index)
        case 84..<88: return .clearMark(mark, index)
        case 88..<90: return .initMarks(index)
        case 90 where Int.random(in: 0..<4, using: &random) == 0: return .destroy
        default: return .read(index)
        }
    }

    /// The first thing that goes wrong, with the number of the operation.
    ///
    /// Now and then a copy branches off, does the next operations in another order and stays until
    /// the next one: neither may notice what the other does.
    func firstFailure(_ operations: [Operation]) -> (at: Int, String)? {
        var pair = Pair(version)
        var branch = pair
        for (number, operation) in operations.enumerated() {
            if number % 16 == 0 {
                if let difference = branch.compare() { return (number, difference) }
                branch = pair
                for other in operations[number...].prefix(4).reversed() {
                    if let difference = branch.apply(other) ?? branch.compare() {
                        return (number, "\(other) in a copy: \(difference)")
                    }
                }
            }
            if let difference = pair.apply(operation) ?? pair.compare() {
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
    static let sequences = isLong ? 1000 : 8

    @Test(arguments: Scope.allCases, XArray.Version.allCases)
    func arrayAgreesWithTheReference(_ scope: Scope, _ version: XArray.Version) {
        for seed in 0..<UInt64(Self.sequences) {
            Sequences(scope: scope, version: version, failures: seed % 2 == 1)
                .expectAgreement(isLong ? 300 : 120, seed: seed)
        }
    }

    /// The search itself: of a long sequence it must keep the two operations that matter.
    @Test func theShortestFailingSequenceIsFound() {
        let sequences = Sequences(scope: .dense, version: .linux612, failures: false)
        var operations = sequences.make(40, seed: 1)
        operations.insert(.simpleStore(1000, .pointer), at: 20)
        operations.append(.wrong(1000))
        let short = sequences.shortest(operations)
        #expect(short.map(\.description) == ["simply store pointer 1000", "wrong 1000"])
    }
}
