import NodeMemory

// lib/xarray.c: __xas_next, __xas_prev; mm/filemap.c: page_cache_next_miss, page_cache_prev_miss.
//
// - They move by one index and return what is there: nothing, siblings and zero entries too.
// - From inside a large entry of a leaf they begin at its first slot, while the index stays: slot
//   and index then differ until the leaf is left.

extension XArray {
    /// `xas_next`: to the next index; the first time, to the state's.
    func next(_ c: inout Cursor) -> UInt64 {
        if c.stand == .node, c.node.shift == 0, c.offset != Self.lastSlot {
            c.index &+= 1
            c.offset += 1
            return c.node.slot(c.offset)
        }
        if c.stand != .restart, !c.isError { c.index &+= 1 }
        if c.stand == .head {
            c.stand = .bounds
            return 0
        }
        if c.isNotNode { return load(&c) }
        if c.offset != c.node.slotNumber(c.index) { c.offset += 1 }
        while c.offset == Self.slotsPerNode {
            let offset = c.node.offset
            guard climb(&c, to: offset + 1) else { return 0 }
        }
        return enter(&c)
    }

    /// `xas_prev`: to the index before; the first time, to the state's.
    func previous(_ c: inout Cursor) -> UInt64 {
        if c.stand == .node, c.node.shift == 0, c.offset != 0 {
            c.index &-= 1
            c.offset -= 1
            return c.node.slot(c.offset)
        }
        if c.stand != .restart, !c.isError { c.index &-= 1 }
        if c.stand == .head {
            c.stand = .bounds
            return 0
        }
        if c.isNotNode { return load(&c) }
        if c.offset != c.node.slotNumber(c.index) { c.offset -= 1 }
        while c.offset < 0 {
            let offset = c.node.offset
            guard climb(&c, to: offset - 1) else { return 0 }
        }
        return enter(&c)
    }

    /// - Returns: false past the top: out of bounds.
    private func climb(_ c: inout Cursor, to offset: Int) -> Bool {
        guard let parent = nodes.store.parent(of: c.node) else {
            c.stand = .bounds
            return false
        }
        c.node = parent
        c.offset = offset
        return true
    }

    private func enter(_ c: inout Cursor) -> UInt64 {
        var word = c.node.slot(c.offset)
        while NodeRef.isLink(word) {
            c.node = XArray.link(word)
            c.offset = c.node.slotNumber(c.index)
            word = c.node.slot(c.offset)
        }
        return word
    }

    /// `xas_next`: to the next index; the first time, to the state's.
    public func next(_ state: inout State) -> Slot { Slot(word: read(&state) { next(&$0) }) }

    /// `xas_prev`: to the index before; the first time, to the state's.
    public func previous(_ state: inout State) -> Slot {
        Slot(word: read(&state) { previous(&$0) })
    }

    /// `page_cache_next_miss`: the first index at or above `index` without a folio, where a value
    /// counts as none. Of a large value only the first slot does.
    ///
    /// - Parameter limit: the most indices to look at (`max_scan`). If all of them have folios, the
    ///   result is the last of them in 6.1, the one after it in 6.12.
    public func nextMiss(from index: Index, limit: Int) -> Index {
        var c = Cursor(index.rawValue)
        for _ in 0..<Swift.max(limit, 0) {
            let word = next(&c)
            if word == 0 || Word.isValue(word) || c.index == 0 { return Index(c.index) }
        }
        return version == .linux61 ? Index(c.index) : index + limit
    }

    /// `page_cache_prev_miss`: the first index at or below `index` without a folio, where a value
    /// counts as none.
    ///
    /// - Parameter limit: the most indices to look at (`max_scan`). If all of them have folios, the
    ///   result is the last of them.
    public func previousMiss(from index: Index, limit: Int) -> Index {
        var c = Cursor(index.rawValue)
        for _ in 0..<Swift.max(limit, 0) {
            let word = previous(&c)
            if word == 0 || Word.isValue(word) || c.index == .max { break }
        }
        return Index(c.index)
    }
}
