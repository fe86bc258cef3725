extension NodeRef {
    /// The slots of a node that a walk stops at: those in use, or those of them with a tag.
    @inlinable @inline(__always)
    package func candidates(_ tag: Int?) -> UInt64 {
        guard let tag else { return occupied }
        return isLarge ? tags(tag) & occupied : tags(tag)
    }

    /// Reads the heads of the nodes below some slots, so that they come into the cache all at once
    /// instead of one after the other as the walk gets there.
    ///
    /// - Parameters:
    ///   - slots: of a node above the leaves.
    ///   - levels: how far down, 1 or 2.
    /// - Returns: something to be kept, so that the reading is not left out.
    package func fetch(below slots: UInt64, tag: Int?, levels: Int) -> UInt32 {
        var fetched: UInt32 = 0
        var rest = slots
        while rest != 0 {
            let word = slot(rest.trailingZeroBitCount)
            rest &= rest &- 1
            if Self.isLink(word) { fetched |= NodeRef(word: word).count }
        }
        guard levels == 2 else { return fetched }
        rest = slots
        while rest != 0 {
            let word = slot(rest.trailingZeroBitCount)
            rest &= rest &- 1
            guard Self.isLink(word) else { continue }
            let child = NodeRef(word: word)
            if child.height > 1 {
                fetched |= child.fetch(below: child.candidates(tag), tag: tag, levels: 1)
            }
        }
        return fetched
    }
}
