import NodeMemory

// The changes of single words, in the order in which the kernel makes them. Each goes to the
// memory, whose journal keeps the old word, and to the log, if there is one. The array is unique.

extension XArray {
    /// Puts something into a slot, or empties it with zero. The node may move: `node` follows.
    mutating func writeSlot(_ node: inout NodeRef, _ offset: Int, _ word: UInt64) {
        if log != nil, node.slot(offset) != word {
            log?.add(.slot(node.id, offset, Slot(word: word)))
        }
        noteEntry(word, in: node)
        nodes.writeSlot(&node, offset, word)
    }

    /// Before something is put into a slot.
    @inline(__always)
    mutating func noteEntry(_ word: UInt64, in node: NodeRef) {
        if node.height > 1, word != 0, !NodeRef.isLink(word) { mayHoldLargeEntries = true }
    }

    /// `count`, then `nr_values`. The node may move: `node` follows.
    mutating func writeCounts(_ node: inout NodeRef, _ slots: Int, _ values: Int) {
        if log != nil {
            if node.slotCount != slots & 255 { log?.add(.count(node.id, slots & 255)) }
            if node.valueCount != values & 255 { log?.add(.values(node.id, values & 255)) }
        }
        let word = NodeRef.counts(slots, values, isListed: node.isListed)
        if word != node.count { nodes.writeCount(&node, word) }
    }

    /// The whole bitmap of one mark. The node may move: `node` follows.
    mutating func writeMarks(_ node: inout NodeRef, _ mark: Int, _ bits: UInt64) {
        if node.tags(mark) == bits { return }
        log?.add(.bitmap(node.id, Mark.allCases[mark], bits))
        nodes.writeTags(&node, mark, bits)
    }

    /// One bit of a mark, which is not so yet. The node may move: `node` follows.
    @inline(__always)
    mutating func writeMark(_ node: inout NodeRef, _ offset: Int, _ mark: Int, _ isSet: Bool) {
        nodes.writeTag(&node, offset, mark, isSet)
        if log != nil { log?.add(.bitmap(node.id, Mark.allCases[mark], node.tags(mark))) }
    }

    @inline(__always)
    mutating func writeArrayMark(_ mark: Int, _ isSet: Bool) {
        let bit: UInt8 = 1 << UInt8(mark)
        let marks = isSet ? nodes.rootTags | bit : nodes.rootTags & ~bit
        if marks == nodes.rootTags { return }
        nodes.rootTags = marks
        if log != nil { log?.add(.marks(MarkSet(rawValue: marks))) }
    }

    /// The head: nothing, an entry, or a link.
    mutating func writeHead(_ word: UInt64) {
        if log != nil, nodes.rootWord != word { log?.add(.head(Slot(word: word))) }
        nodes.setHeight(NodeRef.isLink(word) ? XArray.link(word).height : 0)
        nodes.rootWord = word
    }

    /// `xas_update`: `workingset_update_node`, if the state has it.
    mutating func update(_ node: inout NodeRef, _ c: Cursor) {
        guard c.updates else { return }
        let isListed = node.slotCount != 0 && node.slotCount == node.valueCount
        if isListed != node.isListed { writeListed(&node, isListed) }
        log?.addUpdate(of: node, in: nodes.store)
    }

    mutating func writeListed(_ node: inout NodeRef, _ isListed: Bool) {
        log?.add(.listed(node.id, isListed))
        nodes.writeCount(
            &node, NodeRef.counts(node.slotCount, node.valueCount, isListed: isListed))
    }

    // MARK: Nodes

    /// A node of the allocator's, in the log under a number.
    ///
    /// - Returns: nil for NULL.
    mutating func takeNode(_ allocator: inout Allocator) -> Int? {
        guard allocator.takeNode() else { return nil }
        return log?.addNode() ?? 0
    }

    /// `xas_destroy`: gives the nodes that wait back at once.
    mutating func dropSpares(_ c: inout Cursor, _ allocator: inout Allocator) {
        for number in c.spares { log?.add(.unused(number)) }
        allocator.freed += c.spares.count
        c.spares = 0..<0
    }

    /// `xas_destroy`.
    public mutating func dropSpares(_ state: inout State, allocator: inout Allocator) {
        change(&state) { $0.dropSpares(&$1, &allocator) }
    }

    /// `xas_nomem`, `__xas_nomem`: fetches a node for a store that failed for want of one.
    ///
    /// - Returns: whether to store again. False also if there was nothing to fetch; then the
    ///   state's nodes are given back.
    mutating func fetchNode(_ c: inout Cursor, _ allocator: inout Allocator) -> Bool {
        guard c.stand == .error, c.error == .noMemory else {
            dropSpares(&c, &allocator)
            return false
        }
        guard let number = takeNode(&allocator) else { return false }
        c.spares = number..<(number + 1)
        c.stand = .restart
        return true
    }

    /// `xas_nomem`: see there. To be called after every store, with the lock dropped.
    public mutating func fetchNode(_ state: inout State, allocator: inout Allocator) -> Bool {
        change(&state) { $0.fetchNode(&$1, &allocator) }
    }
}
