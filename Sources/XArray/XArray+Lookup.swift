import NodeMemory

// lib/xarray.c: xa_load. And the most frequent stores and erasures, of one index in a leaf that is
// there, on their own: half the instructions of the general way.

extension XArray {
    /// `xa_load`: the entry at an index; nil also where the index is only reserved.
    ///
    /// The kernel reads each node's shift, and so waits twice at each level. Here the levels are
    /// counted down from the top.
    @inlinable
    public func load(_ index: Index) -> Entry? {
        guard index.rawValue <= nodes.span else { return nil }
        var word = nodes.rootWord
        if nodes.height != 0 {
            var digits = Digits(of: index.rawValue, height: nodes.height, bits: 6)
            var rest = nodes.height &- 1
            while rest != 0 {
                let offset = digits.next(bits: 6)
                if NodeRef.isLinkToLarge(word) {
                    word = NodeRef(word: word).largeSlot(offset)
                } else if NodeRef.isLink(word) {
                    word = NodeRef(word: word).lesserSlot(offset)
                } else {
                    // Nothing, or an entry of many indices.
                    return word == 0 ? nil : loadLarge(index)
                }
                rest &-= 1
            }
            guard NodeRef.isLink(word) else { return word == 0 ? nil : loadLarge(index) }
            word = NodeRef(word: word).slot(Digits.last(of: index.rawValue, bits: 6))
        }
        if Word.isInternal(word) { return loadLarge(index) }
        return word == 0 ? nil : Entry(word: word)
    }

    @inline(never) @usableFromInline
    func loadLarge(_ index: Index) -> Entry? {
        var c = Cursor(index.rawValue)
        let word = load(&c)
        return word == 0 || word == Word.zero ? nil : Entry(word: word)
    }

    /// The leaf for an index, to be written to; nil if there is none, or a lesser one. The array is
    /// unique, and the index lies inside.
    @inline(__always)
    private mutating func largeLeaf(for index: UInt64) -> NodeRef? {
        let prefix = index &>> 6
        if var recent = nodes.store.recentLeaf(prefix) {
            nodes.makeOwn(&recent)
            return recent
        }
        var word = nodes.rootWord
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var rest = nodes.height &- 1
        while rest != 0 {
            guard NodeRef.isLink(word) else { return nil }
            word = NodeRef(word: word).slot(digits.next(bits: 6))
            rest &-= 1
        }
        guard NodeRef.isLinkToLarge(word) else { return nil }
        var leaf = NodeRef(word: word)
        nodes.makeOwn(&leaf)
        nodes.store.remember(leaf, prefix)
        return leaf
    }

    /// - Returns: false, and nothing has changed, unless the slot was empty and the entry is there
    ///   now.
    @inline(__always)
    mutating func storeInLargeLeaf(_ entry: Entry, _ index: UInt64) -> Bool {
        guard nodes.height > 0, index <= nodes.span, isUnobserved, options.isEmpty else {
            return false
        }
        guard let leaf = largeLeaf(for: index) else { return false }
        let offset = Digits.last(of: index, bits: 6)
        if leaf.isOccupied(offset) || leaf.valueCount == 255 { return false }
        leaf.fillSlot(offset, entry.word)
        leaf.count &+= entry.isValue ? 0x101 : 1
        return true
    }

    /// - Returns: nil, and nothing has changed, unless the slot held an entry of one index without
    ///   marks, and its node stays.
    @inline(__always)
    mutating func eraseFromLargeLeaf(_ index: UInt64) -> Entry? {
        guard nodes.height > 0, index <= nodes.span, isUnobserved, options.isEmpty else {
            return nil
        }
        guard let leaf = largeLeaf(for: index) else { return nil }
        let offset = Digits.last(of: index, bits: 6)
        let word = leaf.largeSlot(offset)
        guard word != 0, !Word.isInternal(word), leaf.slotCount > 2, leaf.tagSet(at: offset) == 0
        else { return nil }
        if offset != Self.lastSlot, Word.isSibling(leaf.largeSlot(offset &+ 1)) { return nil }
        // Only after values were replaced by pointers is this not so, and the byte wraps.
        if Word.isValue(word), leaf.valueCount == 0 { return nil }
        leaf.clearSlot(offset)
        leaf.count &-= Word.isValue(word) ? 0x101 : 1
        return Entry(word: word)
    }
}
