import NodeMemory

// lib/xarray.c: xas_find, xas_find_conflict, xas_pause; include/linux/xarray.h: xas_next_entry,
// xas_retry.

extension XArray {
    // MARK: The place of a cursor

    /// `xas_move_index`: to the first index of a slot of the cursor's node. Wraps at 2^64.
    @inline(__always)
    static func moveIndex(_ c: inout Cursor, to offset: Int) {
        let shift = UInt64(c.node.shift)
        c.index = c.index & (~63 << shift) &+ UInt64(offset) << shift
    }

    /// `xas_next_offset`.
    @inline(__always)
    private static func nextOffset(_ c: inout Cursor) {
        c.offset += 1
        moveIndex(&c, to: c.offset)
    }

    /// One level up, to the slot after the node's; past the top the state is out of bounds.
    @inline(__always)
    private func climb(_ c: inout Cursor) {
        let offset = c.node.offset
        guard let parent = nodes.store.parent(of: c.node) else {
            c.stand = .bounds
            return
        }
        c.node = parent
        c.offset = offset + 1
    }

    /// Where a search fetches the nodes two levels down, which it will come to one by one.
    static let fetchShift = 3 * bitsPerLevel

    // MARK: Any entry

    /// `xas_find`: the next entry, beginning at the state's index the first time.
    ///
    /// - Returns: its word; 0 if there is none up to `max`.
    func find(_ c: inout Cursor, max: UInt64) -> UInt64 {
        if c.isError || c.stand == .bounds { return 0 }
        if c.index > max || c.stand == .head {
            if c.index <= max { c.index = 1 }
            c.stand = .bounds
            return 0
        }
        if c.stand == .restart {
            let word = load(&c)
            if word != 0 || c.isNotNode { return word }
        } else if c.node.shift == 0, c.offset != Int(c.index & 63) {
            c.offset = Int((c.index &- 1) & 63) + 1
        }
        Self.nextOffset(&c)
        while c.stand == .node, c.index <= max {
            if c.offset == Self.slotsPerNode {
                climb(&c)
                continue
            }
            let word = c.node.slot(c.offset)
            if NodeRef.isLink(word) {
                c.node = XArray.link(word)
                c.offset = 0
                if c.node.shift == Self.fetchShift {
                    c.fetched |= c.node.fetchTwoLevels(
                        below: c.node.occupied, tag: nil, onlyLinks: false)
                }
                continue
            }
            if word != 0, !Word.isSibling(word) { return word }
            skipEmpty(&c, max)
        }
        return 0
    }

    /// To the next slot that is not empty, or the first above `max`, or the end of the node.
    @inline(__always)
    private func skipEmpty(_ c: inout Cursor, _ max: UInt64) {
        let rest = c.node.occupied & (~1 << UInt64(c.offset))
        let left = (max &- c.index) >> UInt64(c.node.shift)
        let end = left < 63 ? Swift.min(c.offset + Int(left) + 1, 64) : 64
        c.offset = Swift.min(rest.trailingZeroBitCount, end)
        Self.moveIndex(&c, to: c.offset)
    }

    /// `xas_next_entry`: the same, the short way within a leaf.
    func nextEntry(_ c: inout Cursor, max: UInt64) -> UInt64 {
        guard c.stand == .node, c.node.shift == 0, c.offset == Int(c.index & 63) else {
            return find(&c, max: max)
        }
        while true {
            if c.index >= max || c.offset == Self.lastSlot { return find(&c, max: max) }
            let word = c.node.slot(c.offset + 1)
            if Word.isInternal(word) { return find(&c, max: max) }
            c.offset += 1
            c.index += 1
            if word != 0 { return word }
        }
    }

    // MARK: Conflicts

    /// `xas_find_conflict`: the next entry that lies in the state's range, or reaches into it.
    private func findConflict(_ c: inout Cursor) -> UInt64 {
        if c.isError || c.stand == .head { return 0 }
        if c.isTop {
            var word = start(&c)
            while NodeRef.isLink(word) { word = descend(&c, into: XArray.link(word)) }
            if word != 0 || c.stand != .node { return word }
        }
        if c.node.shift > c.shift { return 0 }
        while true {
            if c.node.shift == c.shift {
                if c.offset & c.siblings == c.siblings { break }
            } else if c.offset == Self.lastSlot {
                let offset = c.node.offset
                guard let parent = nodes.store.parent(of: c.node) else {
                    c.stand = .head
                    break
                }
                c.node = parent
                c.offset = offset
                continue
            }
            c.offset += 1
            var word = c.node.slot(c.offset)
            if Word.isSibling(word) { continue }
            while NodeRef.isLink(word) {
                c.node = XArray.link(word)
                c.offset = 0
                word = c.node.slot(0)
            }
            if word != 0 { return word }
        }
        c.offset -= c.siblings
        return 0
    }

    // MARK: With a state

    /// `xas_find`: the next entry at or above the state's index, then the one after it; zero
    /// entries too.
    public func find(_ state: inout State, max: Index) -> Entry? {
        Self.entry(read(&state) { find(&$0, max: max.rawValue) })
    }

    /// `xas_next_entry`.
    public func nextEntry(_ state: inout State, max: Index) -> Entry? {
        Self.entry(read(&state) { nextEntry(&$0, max: max.rawValue) })
    }

    /// `xas_find_conflict`: each entry that lies in the state's range or reaches into it, once; nil
    /// at the end, when the state stands where it can store.
    public func findConflict(_ state: inout State) -> Entry? {
        Self.entry(read(&state) { findConflict(&$0) })
    }

    /// `xas_pause`: the walk can go on after the lock was dropped, behind the present entry. From
    /// inside an entry of many indices it goes on as much too far.
    public func pause(_ state: inout State) {
        read(&state) { c in
            if c.isInvalid { return }
            guard c.stand == .node else {
                c.index &+= 1
                c.stand = .restart
                return
            }
            var offset = c.offset + 1
            while offset < Self.slotsPerNode, Word.isSibling(c.node.slot(offset)) { offset += 1 }
            c.index &+= UInt64(offset - c.offset) << UInt64(c.node.shift)
            c.stand = c.index == 0 ? .bounds : .restart
        }
    }

    /// Nil for an empty slot. A link or a sibling is not an entry.
    static func entry(_ word: UInt64) -> Entry? { word == 0 ? nil : Entry(word: word) }
}
