import RadixTree
import Testing

/// Everything that can happen to a small tree.
@Suite struct ExhaustiveTests {
    /// Five indices at which the shape of the tree changes.
    static let indices: [SlotsPerNode: [UInt64]] = [
        .sixtyFour: [0, 63, 64, 4096, .max],
        .sixteen: [0, 15, 16, 256, .max],
    ]

    private static func alphabet(_ slotsPerNode: SlotsPerNode) -> [Operation] {
        let indices = indices[slotsPerNode]!
        var all: [Operation] = []
        for index in indices {
            all += [
                .insert(index, failing: nil), .insert(index, failing: 1),
                .insert(index, failing: 2), .delete(index), .setTag(.dirty, index),
                .clearTag(.dirty, index),
            ]
        }
        all.append(.tagRange(1, .max, limit: 1, .dirty, .towrite))
        all.append(.read(0))
        return all
    }

    /// All sequences of up to six operations: whatever is done to two trees that are equal does
    /// the same to both, so that one way to reach a tree stands for all ways.
    ///
    /// Every operation is undone and done again on the way.
    @Test(arguments: SlotsPerNode.allCases)
    func allSequencesOfSixOperations(_ slotsPerNode: SlotsPerNode) throws {
        let alphabet = Self.alphabet(slotsPerNode)
        var seen: Set<Shape> = [Shape(Pair(slotsPerNode).tree).withoutNumbers]
        var states = [(pair: Pair(slotsPerNode), path: [Operation]())]
        for _ in 1...6 {
            var next: [(pair: Pair, path: [Operation])] = []
            for state in states {
                for operation in alphabet {
                    var pair = state.pair
                    let path = state.path + [operation]
                    let difference = pair.apply(operation)
                    try #require(difference == nil, "\(path)")
                    let shape = Shape(pair.tree)
                    try #require(shape == pair.reference.shape, "\(path)")
                    try expectExactUndo(&pair, back: state.pair.tree, path)
                    guard seen.insert(shape.withoutNumbers).inserted else { continue }
                    try #require(pair.tree.violations().isEmpty, "\(path)")
                    next.append((pair, path))
                }
            }
            states = next
        }
        // Fewer would mean that the alphabet no longer gets anywhere.
        #expect(seen.count > 1000)
    }

    private func expectExactUndo(_ pair: inout Pair, back: RadixTree, _ path: [Operation]) throws {
        let after = pair.tree
        guard pair.history.position > 0, after != back else { return }
        pair.history.undo()
        try #require(pair.tree == back, "\(path), undone")
        try #require(pair.tree.preorder() == back.preorder(), "\(path), undone: names")
        pair.history.redo()
        try #require(pair.tree == after, "\(path), done again")
        try #require(pair.tree.preorder() == after.preorder(), "\(path), done again: names")
    }

    /// All sequences of two operations without any assumption about equal trees; of four with
    /// `LONG_TESTS`.
    @Test func allShortSequencesOneByOne() throws {
        let alphabet = Self.alphabet(.sixtyFour)
        try extend(Pair(), [], alphabet, isLong ? 4 : 2)
    }

    private func extend(
        _ pair: Pair, _ path: [Operation], _ alphabet: [Operation], _ depth: Int
    ) throws {
        if depth == 0 { return }
        for operation in alphabet {
            var next = pair
            let path = path + [operation]
            let difference = next.apply(operation) ?? next.compareStructure()
            try #require(difference == nil, "\(path)")
            try extend(next, path, alphabet, depth - 1)
        }
    }
}
