import NodeMemory

// lib/radix-tree.c: __radix_tree_lookup, radix_tree_lookup, radix_tree_lookup_slot.
//
// An index above the highest of the tree's height, an empty root and an empty slot on the way all
// mean "absent". The kernel takes the height from the top node because it may read without a lock;
// a value has no concurrent writer, and the root's height is the same.

extension RadixTree {
    /// Where an entry is: `__radix_tree_lookup`'s item, node and slot.
    public struct Location: Hashable, Sendable {
        public let entry: Entry
        /// The leaf that holds the entry; nil if the root does.
        public let node: NodeID?
        /// The slot of that leaf; 0 for the root.
        public let offset: Int
    }

    /// `radix_tree_lookup`: the entry at an index, or nil.
    @inlinable
    public func lookup(_ index: Index) -> Entry? {
        guard index.rawValue <= span else { return nil }
        let word =
            slotsPerNode == .sixtyFour
            ? descend(to: index.rawValue, bits: 6) : descend(to: index.rawValue, bits: 4)
        return word == 0 ? nil : Entry(word: word)
    }

    /// The content of the slot of an index within `span`.
    ///
    /// - Parameter bits: the tree's `slotsPerNode.shift`, as a constant.
    @inlinable @inline(__always)
    func descend(to index: UInt64, bits: UInt64) -> UInt64 {
        if height == 0 { return rootWord }
        let node = leaf(for: index, bits: bits)
        let offset = Digits.last(of: index, bits: bits)
        if node.isLarge { return node.largeSlot(offset) }
        return node.word == 0 ? 0 : node.lesserSlot(offset)
    }

    /// The leaf for an index within `span` of a tree that has levels; its word is 0 if there is
    /// none.
    @inline(__always)
    func leaf(for index: UInt64) -> NodeRef {
        slotsPerNode == .sixtyFour ? leaf(for: index, bits: 6) : leaf(for: index, bits: 4)
    }

    /// The leaf for an index within `span` of a tree that has levels, to be written to; nil if
    /// there is none, or a lesser one. The tree is unique.
    @inline(__always)
    mutating func largeLeaf(for index: UInt64) -> NodeRef? {
        let prefix = index &>> UInt64(slotsPerNode.shift)
        if var recent = store.recentLeaf(prefix) {
            makeOwn(&recent)
            return recent
        }
        var node = leaf(for: index)
        guard node.isLarge else { return nil }
        makeOwn(&node)
        store.remember(node, prefix)
        return node
    }

    @inlinable @inline(__always)
    func leaf(for index: UInt64, bits: UInt64) -> NodeRef {
        var word = rootWord
        var digits = Digits(of: index, height: height, bits: bits)
        var rest = height &- 1
        while rest != 0 {
            let offset = digits.next(bits: bits)
            let node = NodeRef(word: word)
            if node.isLarge {
                word = node.largeSlot(offset)
            } else if word != 0 {
                word = node.lesserSlot(offset)
            } else {
                return node
            }
            rest &-= 1
        }
        return NodeRef(word: word)
    }

    /// `__radix_tree_lookup`: the entry at an index with the place that holds it.
    public func find(_ index: Index) -> Location? {
        guard let place = place(of: index.rawValue) else { return nil }
        return Location(
            entry: Entry(word: word(in: place)), node: place.node?.id, offset: place.offset)
    }

    /// `radix_tree_locate_item`: the lowest index that holds an entry, or nil. It looks at every
    /// entry, so its time grows with the tree.
    public func locate(_ entry: Entry) -> Index? {
        var walk = Walk(self, from: 0, tag: nil)
        while let (index, word) = walk.next() {
            if word == entry.rawValue { return Index(index) }
        }
        return nil
    }

    /// The slot that holds an index, or nil if there is no entry.
    @inline(__always)
    func place(of index: UInt64) -> Place? {
        guard index <= span, rootWord != 0 else { return nil }
        if height == 0 { return Place(node: nil, offset: 0) }
        return slotsPerNode == .sixtyFour ? place(of: index, bits: 6) : place(of: index, bits: 4)
    }

    @inline(__always)
    private func place(of index: UInt64, bits: UInt64) -> Place? {
        var digits = Digits(of: index, height: height, bits: bits)
        var node = NodeRef(word: rootWord)
        for _ in 1..<height {
            let word = node.slot(digits.next(bits: bits))
            if word == 0 { return nil }
            node = NodeRef(word: word)
        }
        let offset = Digits.last(of: index, bits: bits)
        return node.isOccupied(offset) ? Place(node: node, offset: offset) : nil
    }

    @inline(__always)
    func word(in place: Place) -> UInt64 { place.node?.slot(place.offset) ?? rootWord }
}

/// A slot of a leaf, or the root itself if there is no node.
struct Place {
    let node: NodeRef?
    let offset: Int
}
