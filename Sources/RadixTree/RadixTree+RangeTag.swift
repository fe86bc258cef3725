import NodeMemory

// lib/radix-tree.c: radix_tree_range_tag_if_tagged.
//
// A walk in ascending order over the slots that carry one tag. At each leaf entry it sets
// another tag, and that tag then rises until an ancestor has it already; the root gets it at the
// end. The walk can be limited, and the caller goes on where it stopped.
//
// What is left in `first`, which surprises:
// - After a complete walk it is one above the last index that the walk considered, which is the
//   lesser of `last` and the highest index of the tree's height. It is 0 if that was 2^64-1:
//   callers must take 0 as the end.
// - It is written although nothing was done when the root lacks the tested tag, but not when the
//   range is empty or the limit 0.
// - An entry that already has the new tag counts as tagged again.

extension RadixTree {
    /// `radix_tree_range_tag_if_tagged`: gives `settag` to every entry in a range that has `iftag`.
    ///
    /// - Parameters:
    ///   - first: the first index of the range; afterwards where to go on.
    ///   - last: the last index, inclusive.
    ///   - limit: the most entries to tag.
    /// - Returns: the number of entries tagged.
    public mutating func tagRange(
        first: inout Index, last: Index, limit: UInt64, from iftag: Tag, to settag: Tag
    ) -> UInt64 {
        let end = min(last.rawValue, span)
        if first.rawValue > end || limit == 0 { return 0 }
        guard rootTags.contains(iftag) else {
            first = Index(end &+ 1)
            return 0
        }
        if height == 0 {
            first = Index(end &+ 1)
            rootTags.insert(TagSet(settag))
            return 1
        }
        // Tags without a node: only a caller that set the root's tag by hand gets here.
        guard rootWord != 0 else { return 0 }
        makeUnique()
        let tagged = tagLeaves(&first, end, limit, iftag.rawValue, settag.rawValue)
        if tagged > 0 { rootTags.insert(TagSet(settag)) }
        return tagged
    }

    private mutating func tagLeaves(
        _ first: inout Index, _ end: UInt64, _ limit: UInt64, _ iftag: Int, _ settag: Int
    ) -> UInt64 {
        var index = first.rawValue
        var shift = (height - 1) * slotsPerNode.shift
        var node = NodeRef(word: rootWord)
        var tagged: UInt64 = 0
        while true {
            let offset = offset(of: index, shift: shift)
            if node.slot(offset) != 0, node.hasTag(iftag, at: offset) {
                if shift > 0 {
                    node = NodeRef(word: node.slot(offset))
                    shift -= slotsPerNode.shift
                    continue
                }
                tagged += 1
                raise(settag, from: &node, offset)
            }
            index = ((index >> UInt64(shift)) &+ 1) << UInt64(shift)
            if index > end || index == 0 || tagged >= limit { break }
            while self.offset(of: index, shift: shift) == 0, let parent = store.parent(of: node) {
                node = parent
                shift += slotsPerNode.shift
            }
        }
        first = Index(index)
        return tagged
    }

    /// Sets a tag at a leaf's slot, and above it as far as it is not set (A11, A12). The leaf may
    /// move: `leaf` follows.
    private mutating func raise(_ tag: Int, from leaf: inout NodeRef, _ leafOffset: Int) {
        _ = setBit(&leaf, leafOffset, tag)
        var node = leaf
        while var parent = store.parent(of: node), setBit(&parent, node.offset, tag) {
            node = parent
        }
    }
}
