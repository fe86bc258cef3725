import RadixTree
import Testing

/// A tree is a value: copies, equality, names of nodes, threads.
@Suite struct ValueTests {
    /// A tree with a node of each layout, entries with tags, and a level above slot 0.
    static func sample(_ slotsPerNode: SlotsPerNode = .sixtyFour) -> RadixTree {
        var tree = RadixTree(slotsPerNode: slotsPerNode)
        var allocator = NodeAllocator(slotsPerNode: slotsPerNode)
        for index: UInt64 in Array(0..<12) + [64, 300, 4096, 70_000, 70_001] {
            _ = tree.insert(.page(index + 1), at: .init(index), allocator: &allocator)
        }
        _ = tree.setTag(.dirty, at: 70_000)
        _ = tree.setTag(.writeback, at: 3)
        return tree
    }

    @Test(arguments: SlotsPerNode.allCases)
    func eachOfTwoCopiesChangesAlone(_ slotsPerNode: SlotsPerNode) {
        let original = Self.sample(slotsPerNode)
        let text = original.structure()
        var allocator = NodeAllocator(slotsPerNode: slotsPerNode)
        let changes: [(inout RadixTree) -> Void] = [
            { _ = $0.insert(.page(99), at: 5000, allocator: &allocator) },
            { _ = $0.insert(.page(99), at: .max, allocator: &allocator) },
            { _ = $0.delete(at: 70_001, allocator: &allocator) },
            { _ = $0.setTag(.towrite, at: 64) },
            { _ = $0.clearTag(.dirty, at: 70_000) },
            { tree in
                var first: RadixTree.Index = 0
                _ = tree.tagRange(first: &first, last: .max, limit: 9, from: .dirty, to: .towrite)
            },
            { tree in
                let place = tree.find(64)!
                tree.replaceSlot(with: .exceptional(1), in: place.node, offset: place.offset)
            },
            { tree in tree.adjustCount(of: tree.find(64)!.node!, by: 128) },
            { tree in _ = tree.setTagBit(.towrite, of: tree.find(64)!.node!, at: 9) },
        ]
        for (number, change) in changes.enumerated() {
            var copy = original
            change(&copy)
            #expect(copy != original, "change \(number)")
            #expect(original.structure() == text, "change \(number)")
            #expect(original.violations().isEmpty)
            // What changes a copy changes the original in the same way, names included.
            var own = Self.sample(slotsPerNode)
            change(&own)
            #expect(own == copy, "change \(number)")
            #expect(own.preorder() == copy.preorder(), "change \(number)")
        }
    }

    @Test func aCopyOfACopyIsWhole() {
        var allocator = NodeAllocator()
        var tree = Self.sample()
        for _ in 0..<5 {
            var copy = tree
            _ = copy.insert(.page(1), at: 1_099_511_627_776, allocator: &allocator)
            _ = copy.delete(at: 1_099_511_627_776, allocator: &allocator)
            #expect(copy == tree)
            #expect(copy.violations().isEmpty)
            tree = copy
        }
    }

    @Test func treesOfDifferentNodesAreNotEqual() {
        #expect(RadixTree(slotsPerNode: .sixteen) != RadixTree())
        #expect(Self.sample() != Self.sample(.sixteen))
        var other = Self.sample()
        other.adjustCount(of: other.find(64)!.node!, by: 1)
        #expect(other != Self.sample())
    }

    @Test func aNodeViewShowsTheMomentItWasTaken() {
        var allocator = NodeAllocator()
        var tree = Self.sample()
        let leaf = tree.find(70_000)!.node!
        let view = tree.node(leaf)
        _ = tree.delete(at: 70_000, allocator: &allocator)
        _ = tree.delete(at: 70_001, allocator: &allocator)
        #expect(!tree.contains(leaf))
        #expect(view.slot(48) == .entry(.page(70_001)))
        #expect(view.tags(at: 48) == .dirty)
        #expect(view.count == 2 && view.height == 1 && view.offset == 5)
        #expect(view.firstIndex == 69_952)
        #expect(view.lastIndex(ofSlot: 2) == 69_954)
    }

    @Test func countIsSplitIntoPagesAndShadows() {
        var tree = Self.sample()
        let leaf = tree.find(64)!.node!
        tree.adjustCount(of: leaf, by: 2 * 128 + 1)
        #expect(tree.node(leaf).count == 2 + 256)
        #expect(tree.node(leaf).pagesCount == 2)
        #expect(tree.node(leaf).shadowsCount == 2)
        #expect(tree.violations(of: leaf).map(\.reason) == ["count 258, but 1 slots in use"])
    }

    @Test func copiesChangeOnManyThreadsAtOnce() async {
        let original = Self.sample()
        await withTaskGroup(of: Int.self) { group in
            for task: UInt64 in 0..<8 {
                group.addTask {
                    var tree = original
                    var allocator = NodeAllocator()
                    for index in task * 100..<task * 100 + 50 {
                        let at = RadixTree.Index(index + 100_000)
                        _ = tree.insert(.page(1), at: at, allocator: &allocator)
                    }
                    return tree.entries().reduce(0) { count, _ in count + 1 }
                }
            }
            for await count in group { #expect(count == 17 + 50) }
        }
        #expect(original == Self.sample())
    }

    /// Large leaves are shared by copies until one of them writes there: in every way of writing,
    /// and while other threads read and copy.
    @Test(arguments: SlotsPerNode.allCases)
    func copiesOfALargeTreeShareNothingThatChanges(_ slotsPerNode: SlotsPerNode) async {
        let size: UInt64 = isLong ? 200_000 : 20_000
        var allocator = NodeAllocator(slotsPerNode: slotsPerNode)
        var tree = RadixTree(slotsPerNode: slotsPerNode)
        for index in 0..<size {
            _ = tree.insert(.page(index + 1), at: .init(index), allocator: &allocator)
        }
        let original = tree
        let shape = Shape(original)
        let shapes = await withTaskGroup(of: [Shape].self) { group in
            for seed: UInt64 in [1, 1, 2, 2] {
                group.addTask { Self.changes(of: original, size, seed: seed) }
            }
            return await group.reduce(into: [[Shape]]()) { $0.append($1) }
        }
        #expect(Set(shapes).count == 2)
        #expect(Shape(original) == shape)
        #expect(original.violations().isEmpty)
    }

    /// Changes a tree at random, keeps copies on the way and says what they were like and are like
    /// at the end.
    private static func changes(of original: RadixTree, _ size: UInt64, seed: UInt64) -> [Shape] {
        var random = SeededRandom(state: seed)
        var allocator = NodeAllocator(slotsPerNode: original.slotsPerNode)
        var history = History(original)
        var copies: [RadixTree] = []
        var shapes: [Shape] = []
        for number in 0..<300 {
            let index = RadixTree.Index(.random(in: 0..<(size + 500), using: &random))
            history.record { tree in
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where tree.lookup(index) != nil: _ = tree.setTag(.dirty, at: index)
                case 1: _ = tree.clearTag(.dirty, at: index)
                case 2: _ = tree.insert(.page(7), at: index, allocator: &allocator)
                case 3:
                    var first = index
                    _ = tree.tagRange(
                        first: &first, last: .max, limit: 3, from: .dirty, to: .towrite)
                default: _ = tree.delete(at: index, allocator: &allocator)
                }
            }
            guard number % 60 == 0 else { continue }
            copies.append(history.tree)
            shapes.append(Shape(history.tree))
        }
        history.go(to: 0)
        #expect(history.tree == original)
        #expect(copies.map { Shape($0) } == shapes)
        #expect(copies.allSatisfy { $0.violations().isEmpty })
        return shapes
    }

    /// Two copies have the same free memory. Each makes a leaf of it, and writes nothing yet.
    @Test func leavesMadeInTwoCopiesAreTwo() {
        var allocator = NodeAllocator()
        var tree = RadixTree()
        for index: UInt64 in 0..<640 {
            _ = tree.insert(.page(1), at: .init(index), allocator: &allocator)
        }
        for index in Array(256..<320) + Array(448..<512) {
            _ = tree.delete(at: .init(UInt64(index)), allocator: &allocator)
        }
        var copy = tree
        hold(tree.create(at: 448, allocator: &allocator) != nil)
        hold(copy.create(at: 256, allocator: &allocator) != nil)
        #expect(tree.violations().isEmpty)
        #expect(copy.violations().isEmpty)
        #expect(tree.structure().contains("1 7 0 0 0 0"))
        #expect(copy.structure().contains("1 4 0 0 0 0"))
    }

    /// Against a comparison of everything, for copies and for trees that share nothing.
    @Test(arguments: Scope.allCases, SlotsPerNode.allCases)
    func changesAreWhatDiffers(_ scope: Scope, _ slotsPerNode: SlotsPerNode) {
        let sequences = Sequences(scope: scope, slotsPerNode: slotsPerNode, failures: true)
        var pair = Pair(slotsPerNode)
        var moments: [RadixTree] = [pair.tree]
        for (number, operation) in sequences.make(200, seed: 11).enumerated() {
            _ = pair.apply(operation)
            if number % 9 == 0 { moments.append(pair.tree) }
        }
        var other = Pair(slotsPerNode)
        for operation in sequences.make(100, seed: 12) { _ = other.apply(operation) }
        moments.append(other.tree)
        let pairs = zip(moments, moments.dropFirst())
        for (old, new) in Array(pairs) + zip(moments.reversed(), moments) {
            var found: [String] = []
            new.forEachChange(since: old) { index, before, after in
                found.append("\(index) \(before as Any) \(after as Any)")
            }
            var indices = Set<RadixTree.Index>()
            for tree in [old, new] { for (index, _) in tree.entries() { indices.insert(index) } }
            var expected: [String] = []
            for index in indices.sorted() where old.item(at: index) != new.item(at: index) {
                expected.append(
                    "\(index) \(old.item(at: index) as Any) \(new.item(at: index) as Any)")
            }
            #expect(found == expected)
        }
    }

    @Test func changesBetweenHeights() {
        var allocator = NodeAllocator()
        var low = RadixTree()
        _ = low.insert(.page(1), at: 5, allocator: &allocator)
        var high = low
        _ = high.insert(.page(2), at: 1_000_000, allocator: &allocator)
        _ = high.delete(at: 5, allocator: &allocator)
        hold(high.height > low.height)
        for (old, new) in [(low, high), (high, low), (RadixTree(), high), (high, RadixTree())] {
            var found: [UInt64] = []
            new.forEachChange(since: old) { index, before, after in
                #expect(before == old.item(at: index) && after == new.item(at: index))
                found.append(index.rawValue)
            }
            let isOneEmpty = old.isEmpty || new.isEmpty
            #expect(found == (isOneEmpty ? [1_000_000] : [5, 1_000_000]))
        }
    }

    @Test func anItemIsAnEntryWithItsTags() {
        let tree = Self.sample()
        #expect(tree.item(at: 70_000) == .init(entry: .page(70_001), tags: .dirty))
        #expect(tree.item(at: 64) == .init(entry: .page(65), tags: []))
        #expect(tree.item(at: 65) == nil)
        var small = RadixTree()
        var allocator = NodeAllocator()
        _ = small.insert(.page(1), at: 0, allocator: &allocator)
        _ = small.setTag(.writeback, at: 0)
        #expect(small.item(at: 0) == .init(entry: .page(1), tags: .writeback))
    }
}
