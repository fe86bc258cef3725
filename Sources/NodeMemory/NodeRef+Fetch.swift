extension NodeRef {
    /// The slots of a node that a walk stops at: those in use, or those of them with a tag.
    @inlinable @inline(__always)
    package func candidates(_ tag: Int?) -> UInt64 {
        guard let tag else { return occupied }
        return isLarge ? tags(tag) & occupied : tags(tag)
    }

    /// Reads the heads of the nodes in some slots, so that they come into the cache all at once
    /// instead of one after the other as the walk gets there.
    ///
    /// - Parameter onlyLinks: nothing else is above the leaves: one test less for each.
    /// - Returns: something to be kept, so that the reading is not left out.
    @inlinable @inline(__always)
    func fetchChildren(_ slots: UInt64, onlyLinks: Bool) -> UInt32 {
        var fetched: UInt32 = 0
        var rest = slots
        while rest != 0 {
            let word = slot(rest.trailingZeroBitCount)
            rest &= rest &- 1
            if onlyLinks || Self.isLink(word) { fetched |= NodeRef(word: word).count }
        }
        return fetched
    }

    /// The same for the nodes in some slots and those below them.
    ///
    /// - Parameter slots: of a node three levels or more above the entries.
    @inlinable @inline(__always)
    package func fetchTwoLevels(below slots: UInt64, tag: Int?, onlyLinks: Bool) -> UInt32 {
        var fetched = fetchChildren(slots, onlyLinks: onlyLinks)
        var rest = slots
        while rest != 0 {
            let word = slot(rest.trailingZeroBitCount)
            rest &= rest &- 1
            guard onlyLinks || Self.isLink(word) else { continue }
            let child = NodeRef(word: word)
            fetched |= child.fetchChildren(child.candidates(tag), onlyLinks: onlyLinks)
        }
        return fetched
    }
}
