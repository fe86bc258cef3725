import NodeMemory

// lib/xarray.c: xas_store, update_node, xas_delete_node, xas_shrink, xas_free_nodes.
//
// - An entry replaces whatever lies in its range; nodes below its slots are freed as the slots are
//   written, one after the other, from the lowest up.
// - An entry of lower order inside a larger one replaces the larger one as a whole.
// - NULL clears the marks first, then the slots, and goes on over siblings behind the range.
// - Counts change at the end. A node that fell to 0 is freed, and so on upwards; when that ends at
//   the top node the array shrinks as long as the top has nothing but slot 0.

extension XArray {
    /// `xas_store`.
    ///
    /// - Parameters:
    ///   - entry: nil erases.
    ///   - state: its order is that of the entry. If it has an error afterwards, nothing was
    ///     stored; for `noMemory` see `fetchNode`.
    /// - Returns: the raw content that was replaced, of several the last that was no sibling.
    @discardableResult
    public mutating func store(
        _ entry: Entry?, at state: inout State, allocator: inout Allocator
    ) -> Slot {
        change(&state) { array, c in
            // What a slot led to may be gone afterwards.
            var last = Slot.empty
            array.store(entry?.word ?? 0, &c, &allocator) { last = Slot(word: $0) }
            return last
        }
    }

    /// `xas_store` on words.
    ///
    /// - Parameter replacing: is given every content that is replaced, before it goes.
    /// - Returns: the last of them; a link is void.
    @discardableResult
    mutating func store(
        _ entry: UInt64, _ c: inout Cursor, _ allocator: inout Allocator,
        replacing: (UInt64) -> Void = { _ in }
    ) -> UInt64 {
        var first =
            entry == 0
            ? load(&c) : create(&c, allowHead: entry != Word.zero, &allocator)
        replacing(first)
        if c.isInvalid { return first }
        guard c.stand == .node else {
            storeInHead(entry, first, &c, &allocator)
            return first
        }
        // A larger entry is there, or something is erased above it.
        if c.shift < c.node.shift { c.siblings = 0 }
        if first == entry, c.siblings == 0 { return first }
        if c.siblings > 0 { squashMarks(&c) }
        if entry == 0 { initMarks(&c) }

        let isValue = Word.isValue(entry)
        let max = c.offset + c.siblings
        var (offset, next, stored) = (c.offset, first, entry)
        var (count, values) = (0, 0)
        while true {
            writeSlot(&c.node, offset, stored)
            if NodeRef.isLink(next) { freeNodes(XArray.link(next), c, &allocator) }
            count += (next == 0 ? 1 : 0) - (stored == 0 ? 1 : 0)
            values += (Word.isValue(first) ? 0 : 1) - (isValue ? 0 : 1)
            if stored != 0 {
                if offset == max { break }
                stored = Word.sibling(c.offset)
            } else if offset == Self.lastSlot {
                break
            }
            offset += 1
            next = c.node.slot(offset)
            if !Word.isSibling(next) {
                if entry == 0, offset > max { break }
                first = next
                replacing(first)
            }
        }
        updateNode(&c, count, values, &allocator)
        return first
    }

    private mutating func storeInHead(
        _ entry: UInt64, _ first: UInt64, _ c: inout Cursor, _ allocator: inout Allocator
    ) {
        if first == entry, c.siblings == 0 { return }
        if entry == 0 { initMarks(&c) }
        writeHead(entry)
        if NodeRef.isLink(first) { freeNodes(XArray.link(first), c, &allocator) }
    }

    /// `update_node`.
    private mutating func updateNode(
        _ c: inout Cursor, _ count: Int, _ values: Int, _ allocator: inout Allocator
    ) {
        if count == 0, values == 0 { return }
        writeCounts(&c.node, c.node.slotCount + count, c.node.valueCount + values)
        update(&c.node, c)
        if count < 0 { deleteNode(&c, &allocator) }
    }

    /// `xas_delete_node`: frees the state's node and its ancestors as far as they hold nothing,
    /// then shrinks the array if that ends at the top node.
    private mutating func deleteNode(_ c: inout Cursor, _ allocator: inout Allocator) {
        while c.node.slotCount == 0 {
            let node = c.node
            guard var parent = nodes.store.parent(of: node) else {
                log?.addSnapshot(of: node, isCleared: false)
                log?.addFree(of: node)
                writeHead(0)
                c.stand = .bounds
                release(node, &allocator)
                return
            }
            let offset = node.offset
            log?.addSnapshot(of: node, isCleared: false)
            log?.addFree(of: node)
            // For the kernel the node is free before its slot is empty; here nothing may lead to
            // memory that is given back.
            writeSlot(&parent, offset, 0)
            release(node, &allocator)
            writeCounts(&parent, parent.slotCount - 1, parent.valueCount)
            update(&parent, c)
            c.node = parent
            c.offset = offset
        }
        if c.node.word == nodes.rootWord { shrink(&c, &allocator) }
    }

    private mutating func release(_ node: NodeRef, _ allocator: inout Allocator) {
        nodes.release(node)
        allocator.freed += 1
    }

    /// `xas_shrink`.
    private mutating func shrink(_ c: inout Cursor, _ allocator: inout Allocator) {
        while var top = nodes.top, top.slotCount == 1 {
            var word = top.slot(0)
            if word == 0 || !NodeRef.isLink(word) && top.shift > 0 { return }
            if word == Word.zero, options.contains(.zeroBusy) { word = 0 }
            c.stand = .bounds
            let isLink = NodeRef.isLink(word)
            let isFree = top.hasTag(0, at: 0)
            if isLink {
                // Recorded first: afterwards the parent has no name.
                var child = XArray.link(word)
                nodes.writeParent(&child, nil)
                word = child.word
            }
            writeHead(word)
            if tracksFree, !isFree { writeArrayMark(0, false) }
            writeCounts(&top, 0, 0)
            if !isLink, log != nil { log?.add(.slot(top.id, 0, .retry)) }
            update(&top, c)
            log?.addSnapshot(of: top, isCleared: true)
            log?.addFree(of: top)
            release(top, &allocator)
            guard isLink else { return }
            if log != nil { log?.add(.parent(XArray.link(word).id, nil)) }
        }
    }

    /// `xas_free_nodes`: gives a node back with all below it. Nothing leads to it any more.
    mutating func freeNodes(
        _ top: NodeRef, _ c: Cursor, _ allocator: inout Allocator
    ) {
        var node = top
        nodes.makeOwn(&node)
        if log != nil { log?.addSnapshot(of: node, isCleared: true) }
        let place = (log?.freed.count ?? 0) - 1
        var rest = node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            rest &= rest &- 1
            let word = node.slot(offset)
            if NodeRef.isLink(word) {
                // Going back must find the child before the slot that leads to it.
                if nodes.journal != nil { nodes.writeSlot(&node, offset, 0) }
                freeNodes(XArray.link(word), c, &allocator)
            } else if log != nil {
                log?.add(.slot(node.id, offset, .retry))
            }
        }
        writeCounts(&node, 0, 0)
        update(&node, c)
        log?.moveSnapshotToEnd(place)
        log?.addFree(of: node)
        release(node, &allocator)
    }

    /// `xa_delete_node`: gives up a node and all below it, as the reclaim of shadows does.
    public mutating func deleteNode(
        _ id: NodeID, updates: Bool, allocator: inout Allocator
    ) {
        nodes.makeUnique()
        let node = nodes.reference(id)
        var c = Cursor(UInt64(node.offset) << UInt64(node.shift + Self.bitsPerLevel))
        if node.shift + Self.bitsPerLevel > 63 { c.index = 0 }
        c.shift = node.shift + Self.bitsPerLevel
        c.offset = node.offset
        c.updates = updates
        c.stand = .head
        if let parent = nodes.store.parent(of: node) {
            c.stand = .node
            c.node = parent
        }
        store(0, &c, &allocator)
    }

    /// `xa_destroy`: nothing is left.
    public mutating func destroy(allocator: inout Allocator) {
        nodes.makeUnique()
        let word = nodes.rootWord
        var c = Cursor(0)
        c.stand = .head
        writeHead(0)
        initMarks(&c)
        if options.contains(.zeroBusy) { writeArrayMark(0, false) }
        if NodeRef.isLink(word) { freeNodes(XArray.link(word), c, &allocator) }
    }
}
