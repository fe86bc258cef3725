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
        let word: UInt64
        if nodes.height == 0 {
            word = nodes.rootWord
        } else if mayHoldLargeEntries {
            word = descendPastEntries(to: index.rawValue)
        } else {
            word = descend(to: index.rawValue)
        }
        if Word.isInternal(word) { return loadLarge(index) }
        return word == 0 ? nil : Entry(word: word)
    }

    /// The content of the slot of an index in its leaf; 0 if there is none. Only links are above
    /// the leaves.
    @inlinable @inline(__always)
    func descend(to index: UInt64) -> UInt64 {
        var word = nodes.rootWord
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var rest = nodes.height &- 1
        while rest != 0 {
            let offset = digits.next(bits: 6)
            let node = NodeRef(word: word)
            if node.isLarge {
                word = node.largeSlot(offset)
            } else if word != 0 {
                word = node.lesserSlot(offset)
            } else {
                return 0
            }
            rest &-= 1
        }
        let leaf = NodeRef(word: word)
        let offset = Digits.last(of: index, bits: 6)
        if leaf.isLarge { return leaf.largeSlot(offset) }
        return word == 0 ? 0 : leaf.lesserSlot(offset)
    }

    /// The content of the slot of an index, in the leaf, or above it where that is no link.
    @inlinable @inline(__always)
    func descendPastEntries(to index: UInt64) -> UInt64 {
        var word = nodes.rootWord
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var rest = nodes.height
        while rest != 0 {
            let offset = rest == 1 ? Digits.last(of: index, bits: 6) : digits.next(bits: 6)
            if NodeRef.isLinkToLarge(word) {
                word = NodeRef(word: word).largeSlot(offset)
            } else if NodeRef.isLink(word) {
                word = NodeRef(word: word).lesserSlot(offset)
            } else {
                return word
            }
            rest &-= 1
        }
        return word
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
        leaf.noteOwnWord(entry.word)
        leaf.count &+= entry.isValue ? 0x101 : 1
        return true
    }

    /// What came of a store the short way.
    enum ShortStore {
        case stored
        /// Nothing has changed.
        case unfit
        /// A node could not be had; those made before stay.
        case noMemory
    }

    /// Stores where nothing is, in whatever leaf, and makes the nodes on the way, within the
    /// present height.
    @inline(__always)
    mutating func storeWhereNothingIs(
        _ entry: Entry, _ index: UInt64, _ allocator: inout Allocator
    ) -> ShortStore {
        guard nodes.height > 0, index <= nodes.span, isUnobserved, options.isEmpty else {
            return .unfit
        }
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var node = NodeRef(word: nodes.rootWord)
        var level = nodes.height &- 1
        while level != 0 {
            let offset = digits.next(bits: 6)
            let word = node.slot(offset)
            if NodeRef.isLink(word) {
                node = NodeRef(word: word)
            } else if word != 0 {
                return .unfit
            } else {
                guard allocator.takeNode() else { return .noMemory }
                nodes.makeRoom(&node, offset)
                let child = nodes.allocate(height: level, offset: offset, parent: node)
                node.fillSlot(offset, child.word)
                node.count &+= 1
                node = child
            }
            level &-= 1
        }
        let offset = Digits.last(of: index, bits: 6)
        if node.isOccupied(offset) || node.valueCount == 255 { return .unfit }
        nodes.makeOwn(&node)
        nodes.makeRoom(&node, offset)
        node.fillSlot(offset, entry.word)
        if node.isLarge { node.noteOwnWord(entry.word) }
        node.count &+= entry.isValue ? 0x101 : 1
        return .stored
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
