import NodeMemory

// lib/xarray.c: xas_find_marked; include/linux/xarray.h: xas_next_marked, xas_find_chunk.

extension XArray {
    /// `xas_find_chunk`: the next slot with a mark, 64 if there is none.
    @inline(__always)
    private func nextSlot(_ c: Cursor, _ mark: Int, advance: Bool) -> Int {
        let first = c.offset + (advance ? 1 : 0)
        if first > Self.lastSlot { return Self.slotsPerNode }
        let bits = c.node.tags(mark) & (~0 << UInt64(first))
        return bits.trailingZeroBitCount
    }

    /// `xas_find_marked`: the next entry with a mark, beginning at the state's index the first
    /// time.
    ///
    /// - Returns: its word; 0 if there is none up to `max`, or the slot is free and `mark` is the
    ///   mark of free slots: then the state is valid.
    func findMarked(_ c: inout Cursor, max: UInt64, _ mark: Int) -> UInt64 {
        if c.isError { return 0 }
        if c.index > max {
            c.stand = .restart
            return 0
        }
        if let word = searchMarked(&c, max: max, mark) { return word }
        if c.stand != .restart, c.stand != .endless {
            c.stand = c.index > max ? .restart : .bounds
        }
        return 0
    }

    /// - Returns: nil at the end: RESTART if that is the limit.
    private func searchMarked(_ c: inout Cursor, max: UInt64, _ mark: Int) -> UInt64? {
        var advance = true
        if c.stand == .head {
            c.index = 1
            return nil
        }
        if c.isTop {
            advance = false
            c.stand = .head
            if nodes.height == 0 {
                if c.index == 0, nodes.rootTags >> UInt8(mark) & 1 != 0 { return nodes.rootWord }
                if c.index == 0 { c.index = 1 }
                return nil
            }
            if c.index > nodes.span { return nil }
            c.stand = .node
            c.node = XArray.link(nodes.rootWord)
            c.offset = c.node.slotNumber(c.index)
        }
        while c.index <= max {
            if c.offset == Self.slotsPerNode {
                let offset = c.node.offset
                guard let parent = nodes.store.parent(of: c.node) else { return nil }
                c.node = parent
                c.offset = offset + 1
                advance = false
                continue
            }
            if !advance {
                let word = c.node.slot(c.offset)
                if Word.isSibling(word) {
                    c.offset = Word.slot(word)
                    Self.moveIndex(&c, to: c.offset)
                }
            }
            let offset = nextSlot(c, mark, advance: advance)
            if offset > c.offset {
                advance = false
                Self.moveIndex(&c, to: offset)
                if c.index &- 1 >= max {
                    c.stand = .restart
                    return nil
                }
                c.offset = offset
                if offset == Self.slotsPerNode { continue }
            }
            let word = c.node.slot(c.offset)
            if word == 0, !(tracksFree && mark == 0) {
                c.stand = .endless
                return nil
            }
            if !NodeRef.isLink(word) { return word }
            c.node = XArray.link(word)
            c.offset = c.node.slotNumber(c.index)
            if c.node.shift == Self.fetchShift {
                let slots = c.node.candidates(mark)
                c.fetched |= c.node.fetchTwoLevels(
                    below: slots, tag: mark, onlyLinks: false)
            }
        }
        return nil
    }

    /// `xas_next_marked`: the same, the short way within a leaf.
    func nextMarked(_ c: inout Cursor, max: UInt64, _ mark: Int) -> UInt64 {
        guard c.stand == .node, c.node.shift == 0 else {
            return findMarked(&c, max: max, mark)
        }
        let offset = nextSlot(c, mark, advance: true)
        c.offset = offset
        c.index = (c.index & ~63) &+ UInt64(offset)
        if c.index > max { return 0 }
        if offset == Self.slotsPerNode { return findMarked(&c, max: max, mark) }
        let word = c.node.slot(offset)
        return word == 0 ? findMarked(&c, max: max, mark) : word
    }

    /// `xas_find_marked`: the next entry with a mark, at or above the state's index, then the one
    /// after it. After 6.1 has split a marked entry into larger ones, siblings carry marks too:
    /// then the raw slot may be one.
    public func findMarked(_ state: inout State, max: Index, _ mark: Mark) -> Slot {
        Slot(word: read(&state) { findMarked(&$0, max: max.rawValue, mark.rawValue) })
    }

    /// `xas_next_marked`.
    public func nextMarked(_ state: inout State, max: Index, _ mark: Mark) -> Slot {
        Slot(word: read(&state) { nextMarked(&$0, max: max.rawValue, mark.rawValue) })
    }
}
