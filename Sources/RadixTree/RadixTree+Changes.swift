import NodeMemory

// What differs between two trees, index by index. Copies share leaves that nobody has written to
// since, so that what did not change is not looked at: between two moments of a file of ten million
// entries, 160,000 links are compared and a leaf or two.

extension RadixTree {
    /// An entry with the tags of its slot. The levels above have them too, but for the moment in
    /// which a tag is being set or cleared.
    public struct Item: Hashable, Sendable {
        public var entry: Entry
        public var tags: TagSet

        public init(entry: Entry, tags: TagSet) {
            self.entry = entry
            self.tags = tags
        }
    }

    /// What stands at an index; nil if nothing does.
    public func item(at index: Index) -> Item? {
        guard let place = place(of: index.rawValue) else { return nil }
        let tags = place.node.map { TagSet(rawValue: $0.tagSet(at: place.offset)) } ?? rootTags
        return Item(entry: Entry(word: word(in: place)), tags: tags)
    }

    /// Calls a function for every index at which another entry stands than in `old`, or the same
    /// with other tags, in ascending order.
    ///
    /// - Parameters:
    ///   - old: a tree with the same number of slots per node.
    ///   - body: is given the index, what stands there in `old` and what stands there here.
    public func forEachChange(
        since old: RadixTree, _ body: (_ index: Index, _ before: Item?, _ after: Item?) -> Void
    ) {
        precondition(slotsPerNode == old.slotsPerNode, "the nodes are of different sizes")
        if isCopy(of: old) { return }
        Subtree(self).compare(
            with: Subtree(old), height: max(height, old.height), first: 0,
            slotsPerNode, body)
    }
}

/// What lies below a slot, or below the root.
private struct Subtree {
    /// A link, or an entry where `height` is 0; 0 for nothing.
    var word: UInt64
    /// Of the node; it may be lower than the level it is compared at, if one tree is higher.
    var height: Int
    /// Of the entry, where `height` is 0.
    var tags: UInt8

    init(_ tree: RadixTree) {
        word = tree.rootWord
        height = tree.height
        tags = tree.rootTags.rawValue
    }

    private init(word: UInt64, height: Int, tags: UInt8) {
        self.word = word
        self.height = height
        self.tags = tags
    }

    private var node: NodeRef? { height > 0 && word != 0 ? NodeRef(word: word) : nil }

    /// The slots in use of a node of this height that has this in it.
    func occupied(_ height: Int) -> UInt64 {
        if word == 0 { return 0 }
        return self.height == height ? NodeRef(word: word).occupied : 1
    }

    /// What lies in one of those slots.
    func child(_ offset: Int, below height: Int) -> Subtree {
        if self.height < height {
            return offset == 0 ? self : Subtree(word: 0, height: height - 1, tags: 0)
        }
        guard let node else { return Subtree(word: 0, height: height - 1, tags: 0) }
        return Subtree(
            word: node.slot(offset), height: height - 1,
            tags: height == 1 ? node.tagSet(at: offset) : 0)
    }

    private var item: RadixTree.Item? {
        if word == 0 { return nil }
        return RadixTree.Item(
            entry: RadixTree.Entry(word: word), tags: RadixTree.TagSet(rawValue: tags))
    }

    /// Slots in use of either; above leaves not those in which both have the same leaf.
    private func slotsToCompare(
        with old: Subtree, height: Int, _ slotsPerNode: SlotsPerNode
    ) -> UInt64 {
        if height == 2, let new = node, let old = old.node, new.isLarge, old.isLarge,
            new.height == 2, old.height == 2
        {
            return new.differingSlots(old, slotsPerNode)
        }
        return old.occupied(height) | occupied(height)
    }

    /// - Parameters:
    ///   - height: the level that both are at.
    ///   - first: the lowest index there.
    func compare(
        with old: Subtree, height: Int, first: UInt64, _ slotsPerNode: SlotsPerNode,
        _ body: (RadixTree.Index, RadixTree.Item?, RadixTree.Item?) -> Void
    ) {
        if height == 0 {
            let (before, after) = (old.item, item)
            if before != after { body(RadixTree.Index(first), before, after) }
            return
        }
        // The same memory: a leaf that both share.
        if old.word == word, old.height == self.height { return }
        var rest = slotsToCompare(with: old, height: height, slotsPerNode)
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            rest &= rest &- 1
            child(offset, below: height).compare(
                with: old.child(offset, below: height), height: height - 1,
                first: first | UInt64(offset) << UInt64((height - 1) * slotsPerNode.shift),
                slotsPerNode, body)
        }
    }
}
