import NodeMemory

// lib/radix-tree.c: radix_tree_extend, __radix_tree_create: growing the tree until an index has a
// slot.
//
// - The tree first grows upwards, until its height can hold the index. Every new top node has the
//   old one in slot 0, and there it inherits exactly the root's tags.
// - An empty tree only gets the new height; no node is made for it.
// - Then the missing nodes on the way down are made, and hooked in one by one.
// - Each node may fail. What was made before stays: raised heights, levels, nodes without slots
//   in use.

extension RadixTree {
    /// Where an entry can be stored: what `__radix_tree_create` returns through its pointers.
    public struct Position: Hashable, Sendable {
        /// The leaf; nil if the root holds the entry.
        public let node: NodeID?
        public let offset: Int
        /// What the slot holds now.
        public let entry: Entry?
    }

    /// `__radix_tree_create`: makes the path to an index.
    ///
    /// - Returns: the slot, or nil for -ENOMEM.
    public mutating func create(
        at index: Index, allocator: inout NodeAllocator
    ) -> Position? {
        guard let place = makePlace(for: index.rawValue, &allocator) else { return nil }
        let word = word(in: place)
        return Position(
            node: place.node?.id, offset: place.offset,
            entry: word == 0 ? nil : Entry(word: word))
    }

    /// The least height, not below the present one, that can hold an index (A1).
    public func heightNeeded(for index: Index) -> Int {
        var needed = height
        while index.rawValue > slotsPerNode.rawMaxIndex(height: needed) { needed += 1 }
        return needed
    }

    /// Gives an empty tree a height without a node (A1).
    ///
    /// - Parameter height: not below the present one.
    public mutating func raiseHeightOfEmptyTree(to height: Int) {
        precondition(rootWord == 0, "the tree is not empty")
        precondition(self.height...slotsPerNode.maximumHeight ~= height, "no such height")
        nodes.setHeight(height)
    }

    /// Puts one new top node above what the root points to (A2). Of a root without a node it takes
    /// the entry.
    ///
    /// - Returns: false for -ENOMEM; nothing changed.
    public mutating func addLevel(allocator: inout NodeAllocator) -> Bool {
        precondition(rootWord != 0, "an empty tree grows by raiseHeightOfEmptyTree")
        precondition(height < slotsPerNode.maximumHeight, "the tree has its full height")
        guard allocator.takeNode() else { return false }
        makeUnique()
        var node = nodes.allocate(height: height + 1, offset: 0, parent: nil)
        if var top {
            nodes.writeParent(&top, node)
            rootWord = top.word
        }
        nodes.writeSlot(&node, 0, rootWord)
        nodes.writeCount(&node, 1)
        for tag in rootTags.tags { nodes.writeTag(&node, 0, tag.rawValue, true) }
        rootWord = node.word
        nodes.setHeight(height + 1)
        return true
    }

    /// Makes a node in an empty slot (A3).
    ///
    /// - Parameters:
    ///   - parent: a node above the leaves; nil makes the top node of an empty tree of height 1 or
    ///     more.
    ///   - offset: the parent's slot, which is empty; 0 without a parent.
    /// - Returns: nil for -ENOMEM; nothing changed.
    public mutating func addChild(
        under parent: NodeID?, offset: Int, allocator: inout NodeAllocator
    ) -> NodeID? {
        guard let parent else {
            precondition(rootWord == 0 && height > 0, "the root has no room for a top node")
            return addChild(under: NodeRef?.none, offset: 0, height: height, &allocator)?.id
        }
        makeUnique()
        let node = reference(parent)
        precondition(node.height > 1, "a leaf has no children")
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        precondition(node.slot(offset) == 0, "the slot is in use")
        return addChild(under: node, offset: offset, height: node.height - 1, &allocator)?.id
    }

    mutating func addChild(
        under parent: NodeRef?, offset: Int, height: Int, _ allocator: inout NodeAllocator
    ) -> NodeRef? {
        guard allocator.takeNode() else { return nil }
        guard let parent else {
            makeUnique()
            let node = nodes.allocate(height: height, offset: 0, parent: nil)
            rootWord = node.word
            return node
        }
        var above = parent
        nodes.makeRoom(&above, offset)
        let node = nodes.allocate(height: height, offset: offset, parent: above)
        nodes.writeSlot(&above, offset, node.word)
        nodes.writeCount(&above, above.count &+ 1)
        return node
    }

    /// `radix_tree_extend`.
    private mutating func extend(to index: UInt64, _ allocator: inout NodeAllocator) -> Bool {
        let needed = heightNeeded(for: Index(index))
        if rootWord == 0 {
            raiseHeightOfEmptyTree(to: needed)
            return true
        }
        while height < needed {
            guard addLevel(allocator: &allocator) else { return false }
        }
        return true
    }

    /// `__radix_tree_create` on references. Afterwards the node memory is this value's own.
    @inline(__always)
    mutating func makePlace(for index: UInt64, _ allocator: inout NodeAllocator) -> Place? {
        if index > span {
            guard extend(to: index, &allocator) else { return nil }
        }
        if height == 0 { return Place(node: nil, offset: 0) }
        makeUnique()
        return slotsPerNode == .sixtyFour
            ? makePlace(for: index, bits: 6, &allocator)
            : makePlace(for: index, bits: 4, &allocator)
    }

    @inline(__always)
    private mutating func makePlace(
        for index: UInt64, bits: UInt64, _ allocator: inout NodeAllocator
    ) -> Place? {
        if rootWord == 0 {
            guard addChild(under: NodeRef?.none, offset: 0, height: height, &allocator) != nil
            else { return nil }
        }
        var digits = Digits(of: index, height: height, bits: bits)
        var node = NodeRef(word: rootWord)
        var level = height &- 1
        while level != 0 {
            let offset = digits.next(bits: bits)
            let word = node.slot(offset)
            if word != 0 {
                node = NodeRef(word: word)
            } else {
                guard let child = addChild(under: node, offset: offset, height: level, &allocator)
                else { return nil }
                node = child
            }
            level &-= 1
        }
        return Place(node: node, offset: Digits.last(of: index, bits: bits))
    }
}
