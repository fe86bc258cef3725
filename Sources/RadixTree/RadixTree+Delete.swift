import NodeMemory

// lib/radix-tree.c: radix_tree_delete_item, __radix_tree_delete_node, radix_tree_shrink.
//
// - The tags of the slot go first, level by level. Then the slot is emptied and the count falls.
// - A node whose whole count word is 0, shadows included, is freed, and its parent's count
//   falls, and so on upwards. Freeing the top node leaves an empty tree of height 0 without
//   tags.
// - When this ends at the top node, the tree shrinks as long as the top has one child, in slot 0.
//   A shadow counts 128 (32), so that it keeps the top node.
// - A level that goes takes its tag bits along; the root's stay.

extension RadixTree {
    /// `radix_tree_delete_item`; without `expected`, `radix_tree_delete`.
    ///
    /// - Returns: the entry that was at the index; nil if there was none, or another than
    ///   `expected`, and nothing has changed.
    public mutating func delete(
        at index: Index, expecting expected: Entry? = nil, allocator: inout NodeAllocator
    ) -> Entry? {
        if height > 0 { makeUnique() }
        if let entry = deleteFromLargeLeaf(index.rawValue, expected) { return entry }
        return deleteAnywhere(index, expected, &allocator)
    }

    @inline(never)
    private mutating func deleteAnywhere(
        _ index: Index, _ expected: Entry?, _ allocator: inout NodeAllocator
    ) -> Entry? {
        guard let place = place(of: index.rawValue) else { return nil }
        let entry = Entry(word: word(in: place))
        if let expected, expected != entry { return nil }
        guard var node = place.node else {
            rootTags = []
            rootWord = 0
            return entry
        }
        makeOwn(&node)
        let tags = node.tagSet(at: place.offset)
        if tags != 0 { clear(TagSet(rawValue: tags), from: node, place.offset) }
        empty(&node, place.offset)
        _ = deleteNode(node, &allocator)
        return entry
    }

    /// The most frequent case on its own: the leaf is large and stays, the slot has no tags, and
    /// nobody records.
    ///
    /// - Returns: nil, and nothing has changed, in any other case.
    @inline(__always)
    private mutating func deleteFromLargeLeaf(_ index: UInt64, _ expected: Entry?) -> Entry? {
        guard height > 0, index <= span, !isRecorded else { return nil }
        guard let node = largeLeaf(for: index) else { return nil }
        let offset = Digits.last(of: index, bits: UInt64(slotsPerNode.shift))
        guard node.isOccupied(offset), node.count > 2, node.tagSet(at: offset) == 0
        else { return nil }
        let entry = Entry(word: node.largeSlot(offset))
        if let expected, expected != entry { return nil }
        node.clearSlot(offset)
        node.count &-= 1
        return entry
    }

    /// Empties a slot and takes one off the count (A7). Tags stay; clear them first.
    ///
    /// - Parameter id: the leaf; nil for the root of a tree of height 0.
    public mutating func emptySlot(in id: NodeID?, offset: Int) {
        guard let id else {
            precondition(height == 0, "the root holds a node")
            rootWord = 0
            return
        }
        var node = writableLeaf(id, offset)
        empty(&node, offset)
    }

    /// `__radix_tree_delete_node`: frees a node and its ancestors as far as their counts are 0,
    /// then shrinks the tree if that ends at the top node.
    ///
    /// - Returns: whether the node was freed.
    public mutating func deleteNode(_ id: NodeID, allocator: inout NodeAllocator) -> Bool {
        makeUnique()
        return deleteNode(reference(id), &allocator)
    }

    /// Frees a node whose count word is 0 (A8). Its slot in the parent is emptied and the
    /// parent's count falls; the top node leaves an empty tree of height 0 without tags.
    ///
    /// - Returns: the parent; nil if the node was the top node.
    public mutating func freeEmptyNode(
        _ id: NodeID, allocator: inout NodeAllocator
    ) -> NodeID? {
        makeUnique()
        let node = reference(id)
        precondition(node.count == 0, "the count word is not 0")
        precondition(
            node.height == 1 || node.occupied == 0, "the node has children that nothing would free")
        return freeEmptyNode(node, &allocator)?.id
    }

    /// Takes the top level away if the top node's count word is 1 and slot 0 is in use (A9).
    ///
    /// - Returns: whether the height has changed.
    public mutating func shrinkOneLevel(allocator: inout NodeAllocator) -> Bool {
        guard let top, top.count == 1, top.slot(0) != 0 else { return false }
        precondition(
            height == 1 || top.occupied == 1, "the node has children that nothing would free")
        makeUnique()
        return shrink(&allocator)
    }

    @inline(__always)
    private mutating func empty(_ node: inout NodeRef, _ offset: Int) {
        nodes.writeSlot(&node, offset, 0)
        nodes.writeCount(&node, node.count &- 1)
    }

    @inline(__always)
    private mutating func deleteNode(_ first: NodeRef, _ allocator: inout NodeAllocator) -> Bool {
        var node = first
        var freed = false
        while node.count == 0 {
            guard let parent = freeEmptyNode(node, &allocator) else { return true }
            freed = true
            node = parent
        }
        if node.word == rootWord, node.count == 1 {
            while shrink(&allocator) {}
            if height == 0 { freed = true }
        }
        return freed
    }

    private mutating func freeEmptyNode(
        _ node: NodeRef, _ allocator: inout NodeAllocator
    ) -> NodeRef? {
        var parent = store.parent(of: node)
        if var above = parent {
            nodes.writeSlot(&above, node.offset, 0)
            nodes.writeCount(&above, above.count &- 1)
            parent = above
        } else {
            rootTags = []
            nodes.setHeight(0)
            rootWord = 0
        }
        nodes.release(node)
        allocator.returnNode()
        return parent
    }

    /// One round of `radix_tree_shrink`.
    private mutating func shrink(_ allocator: inout NodeAllocator) -> Bool {
        guard let top, top.count == 1, top.slot(0) != 0 else { return false }
        rootWord = top.slot(0)
        if height > 1 {
            var child = NodeRef(word: rootWord)
            nodes.writeParent(&child, nil)
            rootWord = child.word
        }
        nodes.setHeight(height - 1)
        nodes.release(top)
        allocator.returnNode()
        return true
    }
}
