import NodeMemory

// Nodes that were given to RCU, for those who show each step. A reader that was inside keeps its
// pointer, and reads there what the kernel left: links, retry in place of entries, the parent. So
// what a freed node says is kept under its name until the last such reader has gone.

extension XArray {
    /// A freed node as late readers find it.
    struct Retired: Hashable, Sendable {
        var shift: Int
        var offset: Int
        var parent: NodeID?
        var slots: [Slot]
        var marks: [UInt64]
        var isEmptied = false
    }

    /// Nodes that were freed, and that late readers may still be in.
    public var retiredCount: Int { retired.count }

    /// `xa_node_free`: the node goes to RCU. Something may still lead to it for a moment.
    public mutating func retire(_ id: NodeID) {
        let node = nodes.reference(id)
        if log != nil {
            log?.addRetired(node)
            log?.addFree(of: node)
        }
        retired[id] = Retired(
            shift: node.shift, offset: node.offset, parent: nodes.store.parent(of: node)?.id,
            slots: (0..<Self.slotsPerNode).map { Slot(word: node.slot($0)) },
            marks: (0..<3).map { node.tags($0) })
    }

    /// Nothing leads to the nodes that were freed so far any more: their memory holds nothing
    /// from now on, whatever late readers find under their names.
    public mutating func emptyRetired() {
        nodes.makeUnique()
        for id in retired.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard retired[id]?.isEmptied == false else { continue }
            retired[id]?.isEmptied = true
            var node = nodes.reference(id)
            for mark in 0..<3 where node.hasTags(mark) { nodes.writeTags(&node, mark, 0) }
            var rest = node.occupied
            while rest != 0 {
                nodes.writeSlot(&node, rest.trailingZeroBitCount, 0)
                rest &= rest &- 1
            }
            nodes.writeParent(&node, nil)
        }
    }

    /// The last reader that may be in a freed node has gone: its name may be given again.
    public mutating func release(retired id: NodeID) {
        guard retired.removeValue(forKey: id) != nil else { return }
        nodes.makeUnique()
        nodes.release(nodes.reference(id))
    }
}

// MARK: - What a reader finds in a node, freed or not

extension XArray {
    /// `shift`.
    public func shift(of id: NodeID) -> Int {
        if let node = retired[id] { return node.shift }
        return nodes.reference(id).shift
    }

    /// `offset`: the node's slot in its parent.
    public func offset(of id: NodeID) -> Int {
        if let node = retired[id] { return node.offset }
        return nodes.reference(id).offset
    }

    /// `parent`; nil for NULL.
    public func parent(of id: NodeID) -> NodeID? {
        if let node = retired[id] { return node.parent }
        return nodes.store.parent(of: nodes.reference(id))?.id
    }

    /// A slot, 0 to 63.
    public func slot(_ offset: Int, of id: NodeID) -> Slot {
        precondition(0..<Self.slotsPerNode ~= offset, "no such slot")
        if let node = retired[id] { return node.slots[offset] }
        return Slot(word: nodes.reference(id).slot(offset))
    }

    /// The slots that carry a mark, bit n for slot n.
    public func marks(_ mark: Mark, of id: NodeID) -> UInt64 {
        if let node = retired[id] { return node.marks[mark.rawValue] }
        return nodes.reference(id).tags(mark.rawValue)
    }

    /// `count`.
    public func count(of id: NodeID) -> Int {
        retired[id] == nil ? nodes.reference(id).slotCount : 0
    }

    /// `nr_values`.
    public func valueCount(of id: NodeID) -> Int {
        retired[id] == nil ? nodes.reference(id).valueCount : 0
    }
}
