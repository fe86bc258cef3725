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
    public func lookup(_ index: Index) -> Entry? {
        let word = word(at: index.rawValue)
        return word == 0 ? nil : Entry(word: word)
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
        if height == 0 {
            return index == 0 && rootWord != 0 ? Place(node: nil, offset: 0) : nil
        }
        guard rootWord != 0, index <= slotsPerNode.rawMaxIndex(height: height) else { return nil }
        var shift = (height &- 1) &* slotsPerNode.shift
        var node = NodeRef(word: rootWord)
        while true {
            let offset = offset(of: index, shift: shift)
            let word = node.slot(offset)
            if word == 0 { return nil }
            if shift == 0 { return Place(node: node, offset: offset) }
            node = NodeRef(word: word)
            shift &-= slotsPerNode.shift
        }
    }

    @inline(__always)
    private func word(at index: UInt64) -> UInt64 {
        if height == 0 { return index == 0 ? rootWord : 0 }
        guard index <= slotsPerNode.rawMaxIndex(height: height) else { return 0 }
        var word = rootWord
        var shift = height &* slotsPerNode.shift
        while word != 0, shift > 0 {
            shift &-= slotsPerNode.shift
            word = NodeRef(word: word).slot(offset(of: index, shift: shift))
        }
        return word
    }

    @inline(__always)
    func word(in place: Place) -> UInt64 { place.node?.slot(place.offset) ?? rootWord }
}

/// A slot of a leaf, or the root itself if there is no node.
struct Place {
    let node: NodeRef?
    let offset: Int
}
