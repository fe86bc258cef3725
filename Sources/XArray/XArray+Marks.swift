import NodeMemory

// lib/xarray.c: xas_get_mark, xas_set_mark, xas_clear_mark, xas_init_marks, xas_squash_marks;
// xa_get_mark, xa_set_mark, xa_clear_mark.
//
// - A mark is set and cleared from the slot upwards, as far as it changes something above.
// - Past the top node, and for an entry in the head, it is the array's.

extension XArray {
    /// `xas_get_mark`.
    func hasMark(_ mark: Int, _ c: Cursor) -> Bool {
        if c.isInvalid { return false }
        if c.stand == .head { return nodes.rootTags >> UInt8(mark) & 1 != 0 }
        return c.node.hasTag(mark, at: c.offset)
    }

    /// `xas_set_mark`. It does not look at the entry.
    mutating func setMark(_ mark: Int, _ c: inout Cursor) {
        if c.isInvalid { return }
        if c.stand == .node {
            if c.node.hasTag(mark, at: c.offset) { return }
            writeMark(&c.node, c.offset, mark, true)
            var below = c.node
            while var node = nodes.store.parent(of: below) {
                if node.hasTag(mark, at: below.offset) { return }
                writeMark(&node, below.offset, mark, true)
                below = node
            }
        }
        writeArrayMark(mark, true)
    }

    /// `xas_clear_mark`.
    mutating func clearMark(_ mark: Int, _ c: inout Cursor) {
        if c.isInvalid { return }
        if c.stand == .node {
            guard c.node.hasTag(mark, at: c.offset) else { return }
            writeMark(&c.node, c.offset, mark, false)
            var below = c.node
            while true {
                if below.hasTags(mark) { return }
                guard var node = nodes.store.parent(of: below) else { break }
                guard node.hasTag(mark, at: below.offset) else { return }
                writeMark(&node, below.offset, mark, false)
                below = node
            }
        }
        writeArrayMark(mark, false)
    }

    /// `xas_init_marks`: no marks; with `trackFree` the free mark.
    mutating func initMarks(_ c: inout Cursor) {
        for mark in 0..<3 {
            if mark == 0, tracksFree { setMark(0, &c) } else { clearMark(mark, &c) }
        }
    }

    /// `xas_squash_marks`: what any slot of the range carries goes to the first.
    mutating func squashMarks(_ c: inout Cursor) {
        let others = ((UInt64(1) << UInt64(c.siblings)) - 1) << UInt64(c.offset + 1)
        for mark in 0..<3 {
            let bits = c.node.tags(mark)
            if bits & others == 0 { continue }
            writeMarks(&c.node, mark, bits | 1 << UInt64(c.offset))
            writeMarks(&c.node, mark, (bits | 1 << UInt64(c.offset)) & ~others)
        }
    }

    // MARK: With a state

    public func hasMark(_ mark: Mark, at state: State) -> Bool {
        hasMark(mark.rawValue, cursor(state))
    }

    /// `xas_set_mark`: of the slot at which the state stands, empty or not.
    public mutating func setMark(_ mark: Mark, at state: inout State) {
        change(&state) { $0.setMark(mark.rawValue, &$1) }
    }

    /// `xas_clear_mark`.
    public mutating func clearMark(_ mark: Mark, at state: inout State) {
        change(&state) { $0.clearMark(mark.rawValue, &$1) }
    }

    /// `xas_init_marks`.
    public mutating func initMarks(at state: inout State) {
        change(&state) { $0.initMarks(&$1) }
    }

    // MARK: By index

    /// `xa_get_mark`: goes down as long as each slot on the way has the mark.
    public func hasMark(_ mark: Mark, at index: Index) -> Bool {
        guard marks.contains(mark) else { return false }
        var c = Cursor(index.rawValue)
        var word = start(&c)
        while hasMark(mark.rawValue, c) {
            guard NodeRef.isLink(word) else { return true }
            word = descend(&c, into: XArray.link(word))
        }
        return false
    }

    /// `xa_set_mark`: nothing happens where no entry is.
    public mutating func setMark(_ mark: Mark, at index: Index) {
        nodes.makeUnique()
        if setMarkOfLeaf(mark.rawValue, index.rawValue) { return }
        var c = Cursor(index.rawValue)
        if load(&c) != 0 { setMark(mark.rawValue, &c) }
    }

    /// `xa_clear_mark`: nothing happens where no entry is.
    public mutating func clearMark(_ mark: Mark, at index: Index) {
        nodes.makeUnique()
        var c = Cursor(index.rawValue)
        if load(&c) != 0 { clearMark(mark.rawValue, &c) }
    }

    /// The most frequent case on its own: an entry of one index in a leaf, and nobody wants to
    /// know. All bits on the way down are set at once, without waiting for the slot of the entry.
    ///
    /// - Returns: false, and nothing has changed, in any other case.
    @inline(__always)
    private mutating func setMarkOfLeaf(_ mark: Int, _ index: UInt64) -> Bool {
        guard isUnobserved, nodes.height > 0, index <= nodes.span else { return false }
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var word = nodes.rootWord
        var level = nodes.height &- 1
        // Bit n: at level n the bit was clear.
        var fresh: UInt64 = 0
        while level != 0 {
            let slot = XArray.link(word).markSlot(mark, at: digits.next(bits: 6))
            fresh |= (slot.wasClear ? 1 : 0) &<< UInt64(truncatingIfNeeded: level)
            word = slot.word
            if !NodeRef.isLink(word) { return unmark(mark, index, fresh) }
            level &-= 1
        }
        var leaf = XArray.link(word)
        let offset = Digits.last(of: index, bits: 6)
        nodes.makeOwn(&leaf)
        if leaf.isLarge {
            if leaf.mayHoldOwnWords, Word.isSibling(leaf.largeSlot(offset)) {
                return unmark(mark, index, fresh)
            }
            guard leaf.mark(mark, at: offset) else { return unmark(mark, index, fresh) }
        } else {
            let slot = leaf.markSlot(mark, at: offset)
            if slot.word == 0 || Word.isSibling(slot.word) {
                if slot.wasClear, slot.word != 0 { leaf.setTag(mark, at: offset, false) }
                return unmark(mark, index, fresh)
            }
        }
        nodes.rootTags |= 1 << UInt8(mark)
        return true
    }

    /// Takes back what was set too early above a slot that is empty, or not the first of its entry.
    ///
    /// - Returns: false.
    @inline(never)
    private mutating func unmark(_ mark: Int, _ index: UInt64, _ fresh: UInt64) -> Bool {
        var digits = Digits(of: index, height: nodes.height, bits: 6)
        var word = nodes.rootWord
        var level = nodes.height &- 1
        while level != 0, NodeRef.isLink(word) {
            let offset = digits.next(bits: 6)
            let node = XArray.link(word)
            word = node.slot(offset)
            if fresh >> UInt64(level) & 1 != 0, word != 0 {
                node.setTag(mark, at: offset, false)
            }
            level &-= 1
        }
        return false
    }
}
