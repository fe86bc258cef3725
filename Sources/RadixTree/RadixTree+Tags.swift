// lib/radix-tree.c: radix_tree_tag_set, radix_tree_tag_clear, radix_tree_tag_get,
// radix_tree_tagged.
//
// - A tag is set from the top down, level by level, then in the root.
// - It is cleared from the leaf up, as long as the bit was set and was the node's last one of that tag;
//   past the top node, in the root.
// - At height 0 the root's tag is the entry's tag.

extension RadixTree {
    /// What `radix_tree_tag_set` does.
    public enum SetTagResult: Hashable, Sendable {
        /// The entry carries the tag.
        case tagged(Entry)
        /// Index 0 of an empty tree of height 0: NULL, and nothing changes.
        case absent
        /// The kernel stops. Either the index is above the highest of the tree's height, and nothing
        /// has changed; or the way down met an empty slot, and the bits above it, and its own, are set.
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
        guard index.rawValue <= slotsPerNode.rawMaxIndex(height: height) else { return false }
        var shift = (height - 1) * slotsPerNode.shift
        var node = NodeRef(word: rootWord)
        while true {
            let offset = offset(of: index.rawValue, shift: shift)
            if (node.tags(tag.rawValue) >> UInt64(offset)) & 1 == 0 { return false }
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
        guard index.rawValue <= slotsPerNode.rawMaxIndex(height: height) else { return .bug }
        if height == 0 {
            guard rootWord != 0 else { return .absent }
            rootTags.insert(TagSet(tag))
            return .tagged(Entry(word: rootWord))
        }
        // A height without a node: the kernel reads through a NULL pointer.
        guard rootWord != 0 else { return .bug }
        makeUnique()
        var shift = height &* slotsPerNode.shift
        var word = rootWord
        while shift > 0 {
            shift &-= slotsPerNode.shift
            let node = NodeRef(word: word)
            let offset = offset(of: index.rawValue, shift: shift)
            _ = setBit(node, offset, tag.rawValue)
            word = node.slot(offset)
            if word == 0 { return .bug }
        }
        rootTags.insert(TagSet(tag))
        return .tagged(Entry(word: word))
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
        guard (node.tags(tag.rawValue) >> UInt64(place.offset)) & 1 == 1 else {
            return Entry(word: word)
        }
        let id = node.id
        makeUnique()
        climb(clearing: tag.rawValue, from: store.node(id), place.offset)
        return Entry(word: word)
    }

    // MARK: One bit at a time

    /// Whether a slot of a node carries a tag.
    public func tagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> Bool {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        return (reference(id).tags(tag.rawValue) >> UInt64(offset)) & 1 == 1
    }

    /// Sets one bit (A10, A11, A12).
    ///
    /// - Returns: whether it was clear.
    public mutating func setTagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> Bool {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        makeUnique()
        return setBit(reference(id), offset, tag.rawValue)
    }

    /// Clears one bit (A6).
    public mutating func clearTagBit(_ tag: Tag, of id: NodeID, at offset: Int) -> ClearTagResult {
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        makeUnique()
        return clearBit(reference(id), offset, tag.rawValue)
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
    mutating func setBit(_ node: NodeRef, _ offset: Int, _ tag: Int) -> Bool {
        let bits = node.tags(tag)
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset)
        if bits & bit != 0 { return false }
        writeTags(node, tag, bits | bit)
        return true
    }

    @inline(__always)
    private mutating func clearBit(_ node: NodeRef, _ offset: Int, _ tag: Int) -> ClearTagResult {
        let bits = node.tags(tag)
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset)
        if bits & bit == 0 { return .wasClear }
        writeTags(node, tag, bits & ~bit)
        return bits == bit ? .lastCleared : .othersRemain
    }

    private mutating func climb(clearing tag: Int, from leaf: NodeRef, _ leafOffset: Int) {
        var node = leaf
        var offset = leafOffset
        while clearBit(node, offset, tag) == .lastCleared {
            guard let parent = node.parent else {
                rootTags.remove(TagSet(rawValue: 1 << UInt8(tag)))
                return
            }
            offset = node.offset
            node = parent
        }
    }

    @inline(never)
    mutating func clearAllTags(from leaf: NodeRef, _ offset: Int) {
        for tag in 0..<3 where (leaf.tags(tag) >> UInt64(offset)) & 1 == 1 {
            climb(clearing: tag, from: leaf, offset)
        }
    }
}
