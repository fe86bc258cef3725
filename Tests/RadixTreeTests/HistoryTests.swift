import RadixTree
import Testing

@Suite struct HistoryTests {
    /// Goes back and forth at random over everything that a random sequence did.
    @Test(arguments: Scope.allCases, SlotsPerNode.allCases)
    func everyMomentComesBackExactly(_ scope: Scope, _ slotsPerNode: SlotsPerNode) {
        let sequences = Sequences(scope: scope, slotsPerNode: slotsPerNode, failures: true)
        var pair = Pair(slotsPerNode)
        var moments = [pair.tree]
        for operation in sequences.make(isLong ? 3000 : 150, seed: 7) {
            _ = pair.apply(operation)
            while moments.count <= pair.history.count { moments.append(pair.tree) }
        }
        var history = pair.history
        var random = SeededRandom(state: 1)
        for _ in 0..<(isLong ? 300 : 30) {
            let moment = Int.random(in: 0...history.count, using: &random)
            history.go(to: moment)
            #expect(history.tree == moments[moment])
            #expect(history.tree.preorder() == moments[moment].preorder())
        }
        history.go(to: 0)
        #expect(history.tree == RadixTree(slotsPerNode: slotsPerNode))
        #expect(history.tree.violations().isEmpty)
        history.go(to: history.count)
        #expect(history.tree.violations().isEmpty)
    }

    /// A million operations with `LONG_TESTS`, else 20,000: all the way back and forth, with
    /// copies kept on the way to compare with.
    @Test func aLongHistoryIsExact() {
        let count = isLong ? 1_000_000 : 20_000
        var random = SeededRandom(state: 3)
        var allocator = NodeAllocator()
        var history = History()
        var moments: [Int: RadixTree] = [:]
        for operation in 0..<count {
            if operation % (count / 20) == 0 { moments[operation] = history.tree }
            let index = RadixTree.Index(.random(in: 0..<UInt64(count / 4), using: &random))
            // One insert in nine finds no memory for its second node.
            allocator.beginOperation(failingCall: operation % 9 == 0 ? 2 : nil)
            history.record { tree in
                switch operation % 4 {
                case 0, 1: _ = tree.insert(.page(7), at: index, allocator: &allocator)
                case 2 where tree.lookup(index) != nil: _ = tree.setTag(.dirty, at: index)
                default: _ = tree.delete(at: index, allocator: &allocator)
                }
            }
        }
        moments[count] = history.tree
        for moment in moments.keys.sorted(by: >) {
            history.go(to: moment)
            #expect(history.tree == moments[moment])
        }
        for moment in moments.keys.sorted() {
            history.go(to: moment)
            #expect(history.tree == moments[moment])
            #expect(history.tree.preorder() == moments[moment]?.preorder())
        }
        #expect(history.tree.violations().isEmpty)
    }

    @Test func aFailedInsertIsUndoneWithTheHeightItLeft() {
        var allocator = NodeAllocator()
        var history = History()
        allocator.beginOperation(failingCall: 2)
        let result = history.record { $0.insert(.page(1), at: 4095, allocator: &allocator) }
        #expect(result == .outOfMemory)
        #expect(history.tree.structure() == ["2 0 *", "2 0 0 0 0 0"])
        history.undo()
        #expect(history.tree.structure() == ["0 0 -"])
        history.redo()
        #expect(history.tree.structure() == ["2 0 *", "2 0 0 0 0 0"])
    }

    @Test func severalChangesAreOneOperation() {
        var allocator = NodeAllocator()
        var history = History()
        history.record { tree in
            // A delete and an insert in one: memory is freed and taken again within the operation.
            for index: UInt64 in [0, 64, 4096] {
                _ = tree.insert(.page(1), at: .init(index), allocator: &allocator)
            }
            _ = tree.delete(at: 4096, allocator: &allocator)
            _ = tree.delete(at: 64, allocator: &allocator)
            _ = tree.insert(.page(2), at: 262_144, allocator: &allocator)
        }
        let after = history.tree
        #expect(history.count == 1)
        history.undo()
        #expect(history.tree == RadixTree())
        history.redo()
        #expect(history.tree == after)
        #expect(history.tree.violations().isEmpty)
    }

    @Test func recordingAfterUndoForgetsWhatWasUndone() {
        var allocator = NodeAllocator()
        var history = History()
        for index: UInt64 in 0..<5 {
            history.record { _ = $0.insert(.page(1), at: .init(index), allocator: &allocator) }
        }
        history.go(to: 2)
        history.record { _ = $0.insert(.page(9), at: 9, allocator: &allocator) }
        #expect(history.count == 3)
        let canRedo = history.redo()
        #expect(!canRedo)
        #expect(history.tree.entries().map(\.index) == [0, 1, 9])
        history.go(to: 0)
        let canUndo = history.undo()
        #expect(!canUndo)
    }

    @Test func treesTakenFromAHistoryStandStill() {
        var allocator = NodeAllocator()
        var history = History()
        history.record { _ = $0.insert(.page(1), at: 70, allocator: &allocator) }
        let taken = history.tree
        var other = history
        history.undo()
        other.record { _ = $0.insert(.page(2), at: 71, allocator: &allocator) }
        #expect(taken.entries().map(\.index) == [70])
        #expect(history.tree.isEmpty)
        #expect(other.tree.entries().map(\.index) == [70, 71])
    }

    /// A change may look at the past while it is recorded.
    @Test func aChangeMayCopyTheTree() {
        var allocator = NodeAllocator()
        var history = History()
        let before = history.record { tree in
            let before = tree
            _ = tree.insert(.page(1), at: 70, allocator: &allocator)
            return before
        }
        #expect(before.isEmpty)
        history.undo()
        #expect(history.tree == before)
        history.redo()
        #expect(history.tree.lookup(70) == .page(1))
    }

    @Test func aRecordedOperationTakesAtMost100Bytes() {
        var allocator = NodeAllocator()
        var history = History()
        for index: UInt64 in 0..<4096 {
            history.record { _ = $0.insert(.page(1), at: .init(index), allocator: &allocator) }
        }
        for index: UInt64 in 0..<4096 {
            history.record { _ = $0.setTag(.dirty, at: .init(index)) }
        }
        for index: UInt64 in 0..<4096 {
            history.record { _ = $0.delete(at: .init(index), allocator: &allocator) }
        }
        #expect(history.bytes <= 100 * history.count)
    }

    @Test func aChangeMustNotReplaceTheTree() async {
        await #expect(processExitsWith: .failure) {
            var history = History()
            history.record { $0 = RadixTree() }
        }
    }
}
