import NodeMemory

// lib/radix-tree.c: radix_tree_tag_set, radix_tree_tag_clear, radix_tree_tag_get,
// radix_tree_tagged.
//
// - A tag is set from the top down, level by level, then in the root.
// - It is cleared from the leaf up, as long as the bit was set and was the node's last one of
//   that tag; past the top node, in the root.
// - At height 0 the root's tag is the entry's tag.

extension RadixTree {
    /// What `radix_tree_tag_set` does.
    public enum SetTagResult: Hashable, Sendable {
        /// The entry carries the tag. The kernel also returns the entry; here `lookup` does, so
        /// that tagging need not wait for the slot.
        case tagged
        /// Index 0 of an empty tree of height 0: NULL, and nothing changes.
        case absent
        /// The kernel stops. Either the index is above the highest of the tree's height, and
        /// nothing has changed; or the way down met an empty slot, and the bits above it, and
        /// its own, are set.
        case bug
    }

    /// What `clearTagBit` found.
    public enum ClearTagResult: Hashable, Sendable {
        /// The bit was clear already: the climb ends, the root stays.
        case wasClear
        /// The node has other slots with this tag: the climb ends.
        case othersRemain
        /// That was the node's last bit: the climb goes on.
        case lastCleared
    }

    /// `radix_tree_tag_get`. False for an absent index; an empty slot has no tags.
    public func hasTag(_ tag: Tag, at index: Index) -> Bool {
        guard rootTags.contains(tag), rootWord != 0 else { return false }
        if height == 0 { return index.rawValue == 0 }
        guard index.rawValue <= span else { return false }
        var shift = (height - 1) * slotsPerNode.shift
        var node = NodeRef(word: rootWord)
        while true {
            let offset = offset(of: index.rawValue, shift: shift)
            if !node.hasTag(tag.rawValue, at: offset) { return false }
            if shift == 0 { return true }
            let word = node.slot(offset)
            if word == 0 { return false }
            node = NodeRef(word: word)
            shift -= slotsPerNode.shift
        }
    }

    /// `radix_tree_tagged`: whether the root carries the tag, which is to say any entry.
    @inline(__always)
    public func isTagged(_ tag: Tag) -> Bool { rootTags.contains(tag) }

    /// `radix_tree_tag_set`. Only present entries should be tagged: see `SetTagResult.bug`.
    public mutating func setTag(_ tag: Tag, at index: Index) -> SetTagResult {
        guard index.rawValue <= span else { return .bug }
        if height == 0 {
            guard rootWord != 0 else { return .absent }
            rootTags.insert(TagSet(tag))
            return .tagged
        }
        // A height without a node: the kernel reads through a NULL pointer.
        guard rootWord != 0 else { return .bug }
        makeUnique()
        if !isRecorded, mark(tag.rawValue, at: index.rawValue) { return .tagged }
        return setTagByLevel(tag, at: index.rawValue)
    }

    /// The kernel's way: level by level, looking at each bit, up to an empty slot.
    private mutating func setTagByLevel(_ tag: Tag, at index: UInt64) -> SetTagResult {
        var word = rootWord
        for level in stride(from: height - 1, through: 0, by: -1) {
            var node = NodeRef(word: word)
            let offset = offset(of: index, shift: level * slotsPerNode.shift)
            _ = setBit(&node, offset, tag.rawValue)
            word = node.slot(offset)
            if word == 0 { return .bug }
        }
        rootTags.insert(TagSet(tag))
        return .tagged
    }

    /// The same for a present index, when nobody records.
    ///
    /// - Returns: false if a slot on the way is empty; bits above it may have been set.
    @inline(__always)
    private mutating func mark(_ tag: Int, at index: UInt64) -> Bool {
        slotsPerNode == .sixtyFour
            ? mark(tag, at: index, bits: 6) : mark(tag, at: index, bits: 4)
    }

    @inline(__always)
    private mutating func mark(_ tag: Int, at index: UInt64, bits: UInt64) -> Bool {
        var digits = Digits(of: index, height: height, bits: bits)
        var node = NodeRef(word: rootWord)
        var rest = height &- 1
        while rest != 0 {
            let offset = digits.next(bits: bits)
            guard node.mark(tag, at: offset) else { return false }
            node = NodeRef(word: node.slot(offset))
            rest &-= 1
        }
        makeOwn(&node)
        guard node.mark(tag, at: Digits.last(of: index, bits: bits)) else { return false }
        rootTags = TagSet(rawValue: rootTags.rawValue | 1 &<< UInt8(truncatingIfNeeded: tag))
        return true
    }

    /// `radix_tree_tag_clear`.
    ///
    /// - Returns: the entry at the index, whether it carried the tag or not; nil if there is none.
    public mutating func clearTag(_ tag: Tag, at index: Index) -> Entry? {
        guard let place = place(of: index.rawValue) else { return nil }
        let word = word(in: place)
        guard let node = place.node else {
            rootTags.remove(TagSet(tag))
            return Entry(word: word)
        }
        guard node.hasTag(tag.rawValue, at: place.offset) else { return Entry(word: word) }
        let id = node.id
        makeUnique()
        climb(clearing: tag.rawValue, from: store.node(id), place.offset)
        return Entry(word: word)
    }

    // MARK: One bit at a time

    /// Whether a slot of a node carries a tag.
    public func tagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> Bool {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        return reference(id).hasTag(tag.rawValue, at: offset)
    }

    /// Sets one bit (A10, A11, A12).
    ///
    /// - Returns: whether it was clear.
    public mutating func setTagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> Bool {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        makeUnique()
        var node = reference(id)
        return setBit(&node, offset, tag.rawValue)
    }

    /// Clears one bit (A6).
    public mutating func clearTagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> ClearTagResult {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        makeUnique()
        var node = reference(id)
        return clearBit(&node, offset, tag.rawValue)
    }

    /// - Returns: whether the root's tag was clear.
    public mutating func setRootTag(_ tag: Tag) -> Bool {
        rootTags.insert(TagSet(tag)).inserted
    }

    /// - Returns: whether the root's tag was set.
    public mutating func clearRootTag(_ tag: Tag) -> Bool {
        rootTags.remove(TagSet(tag)) != nil
    }

    @inline(__always)
    mutating func setBit(_ node: inout NodeRef, _ offset: Int, _ tag: Int) -> Bool {
        if node.hasTag(tag, at: offset) { return false }
        nodes.writeTag(&node, offset, tag, true)
        return true
    }

    @inline(__always)
    private mutating func clearBit(
        _ node: inout NodeRef, _ offset: Int, _ tag: Int
    ) -> ClearTagResult {
        guard node.hasTag(tag, at: offset) else { return .wasClear }
        nodes.writeTag(&node, offset, tag, false)
        return node.hasTags(tag) ? .othersRemain : .lastCleared
    }

    private mutating func climb(clearing tag: Int, from leaf: NodeRef, _ leafOffset: Int) {
        var node = leaf
        var offset = leafOffset
        while clearBit(&node, offset, tag) == .lastCleared {
            guard let parent = store.parent(of: node) else {
                rootTags.remove(TagSet(rawValue: 1 << UInt8(tag)))
                return
            }
            offset = node.offset
            node = parent
        }
    }

    /// Clears the tags that a leaf's slot carries, each as far up as it was the last one. The leaf
    /// is this tree's own.
    @inline(never)
    mutating func clear(_ tags: TagSet, from leaf: NodeRef, _ offset: Int) {
        for tag in tags.tags { climb(clearing: tag.rawValue, from: leaf, offset) }
    }
}
