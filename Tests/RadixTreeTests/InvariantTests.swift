import RadixTree
import Testing

/// The check itself: each kind of damage is found, and where it is.
@Suite struct InvariantTests {
    private func found(_ damage: (inout RadixTree) -> Void) -> [String] {
        var tree = ValueTests.sample()
        damage(&tree)
        return tree.violations().map(\.description)
    }

    @Test func aTreeInOrderHasNoViolations() {
        #expect(found { _ in }.isEmpty)
        #expect(RadixTree().violations().isEmpty)
    }

    @Test func damageIsFoundWhereItIs() {
        #expect(
            found { $0.adjustCount(of: $0.find(64)!.node!, by: 1) }
                == ["/0/1: count 2, but 1 slots in use"])
        #expect(
            found { _ = $0.setTagBit(.towrite, of: $0.find(64)!.node!, at: 0) }
                == ["/0: slot 1: tag towrite differs from the child's"])
        #expect(
            found { _ = $0.clearTagBit(.writeback, of: $0.find(3)!.node!, at: 3) }
                == ["/0: slot 0: tag writeback differs from the child's"])
        #expect(
            found { _ = $0.clearRootTag(.dirty) } == ["/: tag dirty differs from the top node's"])
        #expect(
            found { _ = $0.setTagBit(.dirty, of: $0.find(70_000)!.node!, at: 60) }
                == ["/17/5: an empty slot has the tag dirty"])
        var empty = RadixTree()
        _ = empty.setRootTag(.dirty)
        #expect(empty.violations().map(\.description) == ["/: tags without an entry"])
    }

    @Test func aNodeIsCheckedAlone() {
        var tree = ValueTests.sample()
        let leaf = tree.find(64)!.node!
        #expect(tree.violations(of: leaf).isEmpty)
        tree.adjustCount(of: leaf, by: 1)
        #expect(
            tree.violations(of: leaf).map(\.description) == ["/…/1: count 2, but 1 slots in use"])
    }

    /// A node whose count is wrong is freed with children in it, which then hang nowhere.
    @Test func nodesOutOfReachAreFound() {
        var tree = ValueTests.sample()
        var allocator = NodeAllocator()
        let all = tree.nodeCount
        let leaf = tree.find(64)!.node!
        let above = tree.node(leaf).parent!
        let children = tree.node(above).pagesCount
        tree.adjustCount(of: above, by: -children)
        hold(tree.deleteNode(above, allocator: &allocator))
        #expect(tree.nodeCount == all - 1)
        #expect(
            tree.violations().map(\.reason).contains(
                "\(all - 1 - children) nodes of \(all - 1) can be reached"))
        #expect(
            tree.violations(of: leaf).map(\.reason).contains("the parent is not in the tree"))
    }
}
