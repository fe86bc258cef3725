import NodeMemory

// lib/xarray.c: xas_alloc, xas_max, xas_expand, xas_create, xas_create_range: growing the array
// until the state's index has a slot.
//
// - Each node may fail. What was made before stays: levels, nodes without slots in use.
// - A parent counts its new child before the slot leads to it.

extension XArray {
    /// `xas_alloc`: a node below the state's, or a new top node.
    ///
    /// - Returns: nil for -ENOMEM, which the state then has; nothing changed.
    mutating func makeNode(
        _ c: inout Cursor, shift: Int, _ allocator: inout Allocator
    ) -> NodeRef? {
        if c.isInvalid { return nil }
        let number: Int
        if let spare = c.spares.last {
            number = spare
            c.spares = 0..<0
        } else if let made = takeNode(&allocator) {
            number = made
        } else {
            c.fail(.noMemory)
            return nil
        }
        let height = shift / Self.bitsPerLevel + 1
        guard c.stand == .node else {
            let node = nodes.allocate(height: height, offset: 0, parent: nil)
            log?.add(.joined(number, node.id))
            if log != nil, shift != 0 { log?.add(.shift(node.id, shift)) }
            return node
        }
        // The parent must not move once the child knows it.
        nodes.makeRoom(&c.node, c.offset)
        let node = nodes.allocate(height: height, offset: c.offset, parent: c.node)
        log?.add(.joined(number, node.id))
        if log != nil, c.offset != 0 { log?.add(.offset(node.id, c.offset)) }
        writeCounts(&c.node, c.node.slotCount + 1, c.node.valueCount)
        update(&c.node, c)
        if log != nil, shift != 0 { log?.add(.shift(node.id, shift)) }
        log?.add(.parent(node.id, c.node.id))
        return node
    }

    /// `xas_max`: the index that the array must reach.
    func highestIndex(_ c: Cursor) -> UInt64 {
        if c.shift == 0, c.siblings == 0 { return c.index }
        let mask = c.size &- 1
        let last = c.index | mask
        // An entry at index 0 never lands in the head.
        return last == mask ? last &+ 1 : last
    }

    /// `xas_expand`: adds levels until the state's index lies inside.
    ///
    /// - Parameter head: what the head holds, or counts as holding.
    /// - Returns: the shift above the top; nil for an error, which the state has.
    mutating func expand(
        _ c: inout Cursor, head: UInt64, _ allocator: inout Allocator
    ) -> Int? {
        let max = highestIndex(c)
        if head == 0 {
            if max == 0 { return 0 }
            var shift = 0
            while max >> UInt64(shift) > UInt64(Self.lastSlot) { shift += Self.bitsPerLevel }
            return shift + Self.bitsPerLevel
        }
        var head = head
        var shift = 0
        if NodeRef.isLink(head) {
            c.node = XArray.link(head)
            shift = c.node.shift + Self.bitsPerLevel
        }
        let hadNode = NodeRef.isLink(head)
        var top = c.node
        c.stand = .head
        var hasTop = hadNode
        var reach = nodes.height == 0 ? 0 : nodes.span
        while max > reach {
            guard let node = makeNode(&c, shift: shift, &allocator) else { return nil }
            head = pushDown(head, below: node, c)
            top = XArray.link(head)
            hasTop = true
            reach = nodes.span
            shift += Self.bitsPerLevel
        }
        if hasTop {
            c.stand = .node
            c.node = top
        }
        return shift
    }

    /// Makes a new node the top one, with what was the head in slot 0.
    ///
    /// - Returns: the new head.
    private mutating func pushDown(_ head: UInt64, below new: NodeRef, _ c: Cursor) -> UInt64 {
        var node = new
        var head = head
        if NodeRef.isLink(head) {
            var old = XArray.link(head)
            nodes.makeOwn(&old)
            head = old.word
        }
        writeCounts(&node, 1, Word.isValue(head) ? 1 : 0)
        writeSlot(&node, 0, head)
        for mark in 0..<3 {
            let isMarked = nodes.rootTags >> UInt8(mark) & 1 != 0
            if tracksFree, mark == 0 {
                writeMarks(&node, 0, .max)
                if !isMarked {
                    writeMarks(&node, 0, .max - 1)
                    writeArrayMark(0, true)
                }
            } else if isMarked {
                writeMarks(&node, mark, 1)
            }
        }
        if NodeRef.isLink(head) {
            var old = XArray.link(head)
            log?.add(.parent(old.id, node.id))
            nodes.writeParent(&old, node)
        }
        writeHead(node.word)
        update(&node, c)
        return nodes.rootWord
    }

    /// `xas_create`: makes the path to the state's index, as far down as its order.
    ///
    /// - Parameter allowHead: the entry may go into the head.
    /// - Returns: the raw content of the slot for the entry; meaningless if the state is invalid.
    mutating func create(
        _ c: inout Cursor, allowHead: Bool, _ allocator: inout Allocator
    ) -> UInt64 {
        var shift = 0
        var word = nodes.rootWord
        if c.isTop {
            if word == 0, options.contains(.zeroBusy) { word = Word.zero }
            c.stand = .head
            guard let above = expand(&c, head: word, &allocator) else { return 0 }
            shift = above == 0 && !allowHead ? Self.bitsPerLevel : above
            word = nodes.rootWord
        } else if c.isError {
            return 0
        } else {
            shift = c.node.shift
            word = c.node.slot(c.offset)
        }
        while shift > c.shift {
            shift -= Self.bitsPerLevel
            if word == 0 {
                guard var node = makeNode(&c, shift: shift, &allocator) else { break }
                if tracksFree { writeMarks(&node, 0, .max) }
                if c.stand == .node {
                    writeSlot(&c.node, c.offset, node.word)
                } else {
                    writeHead(node.word)
                }
                word = node.word
            } else if !NodeRef.isLink(word) {
                break
            }
            word = descend(&c, into: XArray.link(word))
        }
        return word
    }

    /// `xas_create_range`: makes every leaf for the range of the state, so that stores there need
    /// no memory. Afterwards the state is for one index, the first of the range.
    ///
    /// From order 6 on, a large entry in the range keeps the leaves below it from being made, as in
    /// the kernel. From order 12 on the kernel leaves its nodes when it meets one: not allowed
    /// here.
    public mutating func createRange(_ state: inout State, allocator: inout Allocator) {
        precondition(state.shift < 12, "the kernel asks for orders up to 9, and 11 work")
        change(&state) { $0.createRange(&$1, &allocator) }
    }

    private mutating func createRange(_ c: inout Cursor, _ allocator: inout Allocator) {
        let (index, shift, siblings) = (c.index, c.shift, c.siblings)
        c.index |= c.size &- 1
        if c.stand == .node, c.node.shift == shift { c.offset |= siblings }
        c.shift = 0
        c.siblings = 0
        while true {
            _ = create(&c, allowHead: true, &allocator)
            if c.isError {
                (c.index, c.shift, c.siblings) = (index, shift, siblings)
                return
            }
            if c.index <= index | UInt64(Self.lastSlot) { break }
            c.index -= UInt64(Self.slotsPerNode)
            while c.node.shift < shift, let parent = nodes.store.parent(of: c.node) {
                let offset = c.node.offset
                c.node = parent
                c.offset = offset - 1
                if offset != 0 { break }
            }
        }
        c.index = index
        if c.stand == .node { c.offset = c.node.slotNumber(index) }
    }
}
