import NodeMemory

// lib/xarray.c: xas_start, xas_descend, xas_load; include/linux/xarray.h: xas_reload.

extension XArray {
    /// `xas_start`: the word to begin with; 0 where there is nothing.
    func start(_ c: inout Cursor) -> UInt64 {
        if !c.isInvalid { return reload(c) }
        if c.isError { return 0 }
        if nodes.height == 0 ? c.index != 0 : c.index > nodes.span {
            c.stand = .bounds
            return 0
        }
        c.stand = .head
        return nodes.rootWord
    }

    /// `xas_reload`.
    func reload(_ c: Cursor) -> UInt64 {
        if c.stand == .head { return nodes.rootWord }
        let word = c.node.slot(c.node.slotNumber(c.index))
        return Word.isSibling(word) ? c.node.slot(Word.slot(word)) : word
    }

    /// `xas_descend`: one level down. From a sibling it goes to the slot with the entry.
    @inline(__always)
    func descend(_ c: inout Cursor, into node: NodeRef) -> UInt64 {
        var offset = node.slotNumber(c.index)
        var word = node.slot(offset)
        while Word.isSibling(word) {
            offset = Word.slot(word)
            word = node.slot(offset)
            // Only a reader without the lock gets here.
            if NodeRef.isLink(word) { word = Word.retry }
        }
        c.stand = .node
        c.node = node
        c.offset = offset
        return word
    }

    /// `xas_load`: goes down to the state's index, or as far as the state's order.
    ///
    /// - Returns: the raw content: also a link where the order ends above it.
    func load(_ c: inout Cursor) -> UInt64 {
        var word = start(&c)
        while NodeRef.isLink(word) {
            let node = XArray.link(word)
            if c.shift > node.shift { break }
            word = descend(&c, into: node)
        }
        return word
    }

    /// `xas_load`.
    public func load(_ state: inout State) -> Slot { Slot(word: read(&state) { load(&$0) }) }

    /// `xas_get_order` at the place of a state.
    func order(_ c: Cursor) -> Int {
        if c.stand == .head { return 0 }
        var order = 0
        while true {
            let slot = c.offset + (1 << order)
            if slot > Self.lastSlot || !Word.isSibling(c.node.slot(slot)) { break }
            order += 1
        }
        return order + c.node.shift
    }

    /// `xas_get_order`: of the entry at which a state stands; 0 in the head.
    public func order(at state: State) -> Int {
        state.isInvalid ? 0 : order(cursor(state))
    }

    /// `xa_get_order`: of the entry at an index; 0 if there is none.
    ///
    /// An entry whose number of slots is no power of two has the next higher order.
    public func order(at index: Index) -> Int {
        var c = Cursor(index.rawValue)
        return load(&c) == 0 ? 0 : order(c)
    }
}
