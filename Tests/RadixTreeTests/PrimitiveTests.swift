import RadixTree
import Testing

/// `#expect` for what changes something: the macro takes its operands apart, as constants.
func hold(_ isSo: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isSo, sourceLocation: sourceLocation)
}

/// The micro-steps that listings of lib/radix-tree.c step through, one at a time.
@Suite struct PrimitiveTests {
    private var allocator = NodeAllocator()

    /// radix_tree_insert, written out in its micro-steps.
    private mutating func insertByHand(
        _ entry: RadixTree.Entry, at index: RadixTree.Index, in tree: inout RadixTree
    ) {
        let needed = tree.heightNeeded(for: index)
        if tree.isEmpty { tree.raiseHeightOfEmptyTree(to: needed) }
        while tree.height < needed { hold(tree.addLevel(allocator: &allocator)) }
        guard tree.height > 0 else { return tree.store(entry, in: nil, offset: 0) }
        if tree.isEmpty {
            hold(tree.addChild(under: nil, offset: 0, allocator: &allocator) != nil)
        }
        guard case .node(var node) = tree.root else { return }
        while tree.node(node).height > 1 {
            let offset = tree.offset(of: index, height: tree.node(node).height)
            if tree.child(of: node, at: offset) == nil {
                hold(tree.addChild(under: node, offset: offset, allocator: &allocator) != nil)
            }
            node = tree.child(of: node, at: offset)!
        }
        tree.store(entry, in: node, offset: tree.offset(of: index, height: 1))
    }

    /// radix_tree_delete, written out in its micro-steps.
    private mutating func deleteByHand(_ index: RadixTree.Index, in tree: inout RadixTree) {
        let place = tree.find(index)!
        for tag in RadixTree.Tag.allCases {
            var node = place.node
            var offset = place.offset
            while let id = node, tree.clearTagBit(tag, of: id, at: offset) == .lastCleared {
                offset = tree.node(id).offset
                node = tree.node(id).parent
                if node == nil { hold(tree.clearRootTag(tag)) }
            }
            if place.node == nil { _ = tree.clearRootTag(tag) }
        }
        tree.emptySlot(in: place.node, offset: place.offset)
        var node = place.node
        while let id = node, tree.node(id).count == 0 {
            node = tree.freeEmptyNode(id, allocator: &allocator)
        }
        if let node, tree.root == .node(node) {
            while tree.shrinkOneLevel(allocator: &allocator) {}
        }
    }

    @Test(arguments: Scope.allCases)
    mutating func microStepsMakeTheWholeOperations(_ scope: Scope) {
        var random = SeededRandom(state: 3)
        var whole = RadixTree()
        var byHand = RadixTree()
        var other = NodeAllocator()
        for number: UInt64 in 1...150 {
            let index = RadixTree.Index(scope.index(&random))
            if whole.lookup(index) == nil {
                _ = whole.insert(.page(number), at: index, allocator: &other)
                insertByHand(.page(number), at: index, in: &byHand)
                if number % 3 == 0 {
                    _ = whole.setTag(.dirty, at: index)
                    _ = byHand.setTag(.dirty, at: index)
                }
            } else {
                _ = whole.delete(at: index, allocator: &other)
                deleteByHand(index, in: &byHand)
            }
            #expect(byHand == whole)
            #expect(byHand.preorder() == whole.preorder())
        }
        #expect(allocator.allocated == other.allocated && allocator.freed == other.freed)
    }

    @Test mutating func createMakesThePathAndStoresNothing() {
        var tree = RadixTree()
        let position = tree.create(at: 4095, allocator: &allocator)!
        #expect(position.entry == nil && position.offset == 63)
        #expect(tree.structure() == ["2 0 *", "2 0 1 0 0 0 63:*", "1 63 0 0 0 0"])
        tree.store(.page(1), in: position.node, offset: position.offset)
        hold(tree.create(at: 4095, allocator: &allocator)?.entry == .page(1))
        allocator.beginOperation(failingCall: 1)
        hold(tree.create(at: 0, allocator: &allocator) == nil)
    }

    @Test mutating func insertReportsATagThatWasLeftInTheSlot() {
        var tree = ValueTests.sample()
        let leaf = tree.find(64)!.node!
        _ = tree.setTagBit(.writeback, of: leaf, at: 5)
        hold(tree.insert(.page(1), at: 69, allocator: &allocator) == .bug)
        #expect(tree.lookup(69) == .page(1))
        _ = tree.setTagBit(.towrite, of: leaf, at: 6)
        // The kernel does not look at TOWRITE.
        hold(tree.insert(.page(1), at: 70, allocator: &allocator) == .inserted)
        var root = RadixTree()
        _ = root.setRootTag(.dirty)
        hold(root.insert(.page(1), at: 0, allocator: &allocator) == .bug)
    }

    /// A tag outlives the entry if nobody clears it: small layouts must keep it as well.
    @Test mutating func aSlotThatIsEmptiedKeepsItsTag() {
        var tree = ValueTests.sample()
        _ = tree.setTag(.dirty, at: 64)
        let place = tree.find(64)!
        tree.replaceSlot(with: nil, in: place.node, offset: place.offset)
        #expect(tree.lookup(64) == nil)
        #expect(tree.tagBit(.dirty, of: place.node!, at: place.offset))
        #expect(tree.node(place.node!).count == 1)
        #expect(
            tree.violations(of: place.node!).map(\.reason)
                == ["an empty slot has the tag dirty", "count 1, but 0 slots in use"])
    }

    /// `lib/radix-tree.c:radix_tree_insert` (4.5): BUG_ON for tags 0 and 1, none for tag 2. In a
    /// node of few slots, in one of many, and while a history records.
    @Test(arguments: RadixTree.Tag.allCases, [2, 30])
    mutating func anInsertStopsAtATaggedSlotUnlessItIsTOWRITE(
        _ tag: RadixTree.Tag, _ used: UInt64
    ) {
        var tree = RadixTree()
        for index in 0..<used {
            _ = tree.insert(.page(1), at: .init(index), allocator: &allocator)
        }
        let place = tree.find(1)!
        _ = tree.setTagBit(tag, of: place.node!, at: 40)
        var history = History(tree)
        let expected: RadixTree.InsertResult = tag == .towrite ? .inserted : .bug
        let result = tree.insert(.page(2), at: 40, allocator: &allocator)
        #expect(result == expected)
        let recorded = history.record { $0.insert(.page(2), at: 40, allocator: &allocator) }
        #expect(recorded == expected)
        #expect(history.tree.lookup(40) == .page(2))
    }

    @Test mutating func aShadowKeepsItsNode() {
        var tree = RadixTree()
        _ = tree.insert(.page(1), at: 1, allocator: &allocator)
        let place = tree.find(1)!
        // mm/filemap.c:page_cache_tree_delete puts a shadow in the page's place.
        tree.replaceSlot(with: .exceptional(7), in: place.node, offset: place.offset)
        tree.adjustCount(of: place.node!, by: 128 - 1)
        hold(!tree.deleteNode(place.node!, allocator: &allocator))
        #expect(tree.structure() == ["1 0 *", "1 0 128 0 0 0 1:x7"])
        #expect(tree.violations().isEmpty)
        tree.replaceSlot(with: nil, in: place.node, offset: place.offset)
        tree.adjustCount(of: place.node!, by: -128)
        hold(tree.deleteNode(place.node!, allocator: &allocator))
        #expect(tree.structure() == ["0 0 -"])
    }

    @Test func entriesAndNamesAreChecked() async {
        await #expect(processExitsWith: .failure) { _ = RadixTree.Entry(5) }
        await #expect(processExitsWith: .failure) { _ = RadixTree.Entry(0) }
        await #expect(processExitsWith: .failure) {
            var allocator = NodeAllocator()
            var tree = RadixTree()
            _ = tree.insert(.page(1), at: 1, allocator: &allocator)
            guard case .node(let id) = tree.root else { return }
            _ = tree.delete(at: 1, allocator: &allocator)
            _ = tree.node(id)
        }
    }
}
