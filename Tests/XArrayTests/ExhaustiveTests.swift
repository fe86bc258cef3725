import Testing
import XArray

/// Everything that can happen to a small array.
@Suite struct ExhaustiveTests {
    /// Indices and orders at which the shape of the array changes.
    private static let alphabet: [Operation] = {
        var all: [Operation] = []
        for index: UInt64 in [0, 63, 64, 4096, .max] {
            all += [
                .store(index, order: 0, .pointer, fail: nil),
                .store(index, order: 0, .pointer, fail: 1),
                .store(index, order: 0, .value, fail: 2), .erase(index),
                .setMark(.dirty, index), .clearMark(.dirty, index),
            ]
        }
        for (index, order) in [(0, 1), (0, 6), (64, 6), (0, 7), (0, 12)] as [(UInt64, Int)] {
            all += [
                .store(index, order: order, .value, fail: nil),
                .store(index, order: order, .pointer, fail: nil),
                .split(index, to: order > 6 ? 6 : 0, .value, fail: nil),
            ]
        }
        all += [
            .reserve(0), .release(0), .createRange(0, order: 7, fail: nil), .read(0), .read(65),
        ]
        return all
    }()

    /// All sequences of up to four operations (five with `LONG_TESTS`): whatever is done to two
    /// arrays that are equal does the same to both, so that one way to reach an array stands for
    /// all.
    ///
    /// Every operation is undone and done again on the way.
    @Test func allSequencesOfFourOperations() throws {
        var seen: Set<[String]> = [Self.shape(Pair())]
        var states = [(pair: Pair(), path: [Operation]())]
        for _ in 1...(isLong ? 5 : 4) {
            var next: [(pair: Pair, path: [Operation])] = []
            for state in states {
                for operation in Self.alphabet {
                    var pair = state.pair
                    let path = state.path + [operation]
                    let difference = pair.apply(operation)
                    try #require(difference == nil, "\(path)")
                    try expectExactUndo(&pair, back: state.pair.array, path)
                    guard seen.insert(Self.shape(pair)).inserted else { continue }
                    let problem = pair.compare()
                    try #require(problem == nil, "\(path)")
                    next.append((pair, path))
                }
            }
            states = next
        }
        // Fewer would mean that the alphabet no longer gets anywhere.
        #expect(seen.count > 2000)
    }

    /// The structure with what entries are, but not which.
    private static func shape(_ pair: Pair) -> [String] {
        pair.array.structure().map { line in
            line.split(separator: " ").map { word in
                guard let kind = word.firstIndex(where: { $0 == "p" || $0 == "v" }) else {
                    return String(word)
                }
                return String(word[...kind])
            }.joined(separator: " ")
        }
    }

    private func expectExactUndo(_ pair: inout Pair, back: XArray, _ path: [Operation]) throws {
        let after = pair.array
        guard pair.history.position > 0, after != back else { return }
        pair.undo()
        try #require(pair.array == back, "\(path), undone")
        try #require(pair.array.preorder() == back.preorder(), "\(path), undone: names")
        pair.redo()
        try #require(pair.array == after, "\(path), done again")
        try #require(pair.array.preorder() == after.preorder(), "\(path), done again: names")
    }
}
