import NodeMemory

// lib/xarray.c: xas_split_alloc, xas_split: a large entry becomes many, in two steps. The first
// gets the nodes, without the lock; the second cannot fail.

extension XArray {
    /// `xas_split_alloc`: gets the nodes for a split.
    ///
    /// - Parameters:
    ///   - order: of the entry that is there. The split is one of a node's slots, or one level
    ///     down: from 12 to below 6 the kernel does not say no, but makes entries of order 6.
    ///   - state: its order is the one to split to. It has the nodes afterwards, or the error.
    public mutating func allocateForSplit(
        order: Int, _ state: inout State, allocator: inout Allocator
    ) {
        change(&state) { array, c in
            if c.shift + 2 * Self.bitsPerLevel < order {
                c.fail(.noMemory)
                return
            }
            if c.shift + Self.bitsPerLevel > order { return }
            for _ in 0..<(1 << (order % Self.bitsPerLevel)) {
                guard let number = array.takeNode(&allocator) else {
                    array.dropSpares(&c, &allocator)
                    c.fail(.noMemory)
                    return
                }
                let first = c.spares.isEmpty ? number : c.spares.lowerBound
                c.spares = first..<(first + c.spares.count + 1)
            }
        }
    }

    /// `xas_split`: replaces an entry by many of the state's order.
    ///
    /// - Parameters:
    ///   - entry: what each of them is.
    ///   - order: of the entry that covers the state's index. From 6 to the shift above, the state
    ///     must have the nodes of `allocateForSplit`.
    public mutating func split(into entry: Entry, order: Int, _ state: inout State) {
        change(&state) { $0.split(into: entry.word, order: order, &$1) }
    }

    private mutating func split(into entry: UInt64, order: Int, _ c: inout Cursor) {
        let old = load(&c)
        if c.isTop || c.isError { return }
        let marks = c.node.tagSet(at: c.offset)
        let first = c.offset
        var offset = first + (1 << (order % Self.bitsPerLevel)) - 1
        var values = 0
        while offset >= first {
            if c.shift < c.node.shift {
                hookChild(entry, marks, offset, &c)
                if Word.isValue(old) { values -= 1 }
                offset -= 1
                continue
            }
            let canonical = offset - c.siblings
            for mark in 0..<3 where marks >> UInt8(mark) & 1 != 0 {
                if !c.node.hasTag(mark, at: canonical) {
                    writeMark(&c.node, canonical, mark, true)
                }
            }
            writeSlot(&c.node, canonical, entry)
            while offset > canonical {
                writeSlot(&c.node, offset, Word.sibling(canonical))
                offset -= 1
            }
            values +=
                ((Word.isValue(entry) ? 1 : 0) - (Word.isValue(old) ? 1 : 0)) * (c.siblings + 1)
            offset -= 1
        }
        writeCounts(&c.node, c.node.slotCount, c.node.valueCount + values)
        update(&c.node, c)
    }

    /// One slot of the entry becomes a node full of new ones.
    private mutating func hookChild(
        _ entry: UInt64, _ marks: UInt8, _ offset: Int, _ c: inout Cursor
    ) {
        guard let number = c.takeSpare() else {
            preconditionFailure("a split into new nodes needs those of allocateForSplit")
        }
        var child = nodes.allocate(height: c.node.height - 1, offset: offset, parent: c.node)
        log?.add(.joined(number, child.id))
        if child.shift != 0 { log?.add(.shift(child.id, child.shift)) }
        if offset != 0 { log?.add(.offset(child.id, offset)) }
        // Filled since it was made, for the kernel.
        for slot in 0..<Self.slotsPerNode {
            let canonical = slot - slot % (c.siblings + 1)
            let word = slot == canonical ? entry : Word.sibling(canonical)
            noteEntry(word, in: child)
            nodes.writeSlot(&child, slot, word)
        }
        writeCounts(&child, Self.slotsPerNode, Word.isValue(entry) ? Self.slotsPerNode : 0)
        log?.add(.parent(child.id, c.node.id))
        for mark in 0..<3 where marks >> UInt8(mark) & 1 != 0 {
            if !c.node.hasTag(mark, at: offset) { writeMark(&c.node, offset, mark, true) }
            if version == .linux61 || c.siblings == 0 {
                writeMarks(&child, mark, .max)
                continue
            }
            for slot in stride(from: 0, to: Self.slotsPerNode, by: c.siblings + 1) {
                writeMark(&child, slot, mark, true)
            }
        }
        writeSlot(&c.node, offset, child.word)
        update(&child, c)
    }
}
