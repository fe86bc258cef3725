import NodeMemory

// What the kernel's functions do between two stores, for those who run them statement by
// statement: nodes come and go, with the numbers that the log gives them.

extension XArray {
    /// The log as it stands, while there is one.
    public var runningLog: Log? { log }

    /// The allocator gave a node, which waits in a state.
    public mutating func addSpare(to state: inout State) {
        let number = log?.addNode() ?? 0
        let first = state.spares.isEmpty ? number : state.spares.lowerBound
        state.spares = first..<(first + state.spares.count + 1)
    }

    /// `xas_destroy`: nodes that wait go back at once.
    ///
    /// - Returns: how many.
    public mutating func dropSpares(of state: inout State) -> Int {
        for number in state.spares { log?.add(.unused(number)) }
        defer { state.spares = 0..<0 }
        return state.spares.count
    }

    /// `xas_alloc`: a node for a slot that leads nowhere, or for the head. Nothing leads to it yet,
    /// and its parent does not count it.
    ///
    /// - Parameters:
    ///   - state: stands at the parent; its spare node, if it has one, is used up.
    public mutating func takeNode(_ state: inout State, shift: Int) -> NodeID {
        let number = state.spares.last ?? log?.addNode() ?? 0
        state.spares = 0..<0
        let parent = state.node
        let id = addNode(shift: shift, offset: parent == nil ? 0 : state.offset, parent: parent)
        log?.add(.joined(number, id))
        return id
    }

    /// The parent of a new node, if it has one, counts it from now on; the node knows its slot.
    public mutating func countChild(_ id: NodeID) {
        guard let parent = parent(of: id) else { return }
        noteOffset(of: id)
        setCount(count(of: parent) + 1, of: parent)
    }

    private mutating func noteShift(of id: NodeID) {
        let shift = nodes.reference(id).shift
        if shift != 0 { log?.add(.shift(id, shift)) }
    }

    private mutating func noteOffset(of id: NodeID) {
        let offset = nodes.reference(id).offset
        if offset != 0 { log?.add(.offset(id, offset)) }
    }

    /// The other words of a new node: `shift`, `parent`.
    public mutating func initialize(_ id: NodeID) {
        noteShift(of: id)
        if let parent = parent(of: id) { log?.add(.parent(id, parent)) }
    }

    /// `xas_split`: the next node of those that `xas_split_alloc` has filled, made ready to take
    /// the place of one slot. Nothing leads to it yet.
    ///
    /// - Parameters:
    ///   - state: stands at the entry; it has the nodes, and the order of the new entries.
    ///   - offset: the slot.
    public mutating func takeFilledNode(
        _ state: inout State, entry: Entry, offset: Int
    ) -> NodeID {
        guard let number = state.spares.last, let parent = state.node else {
            preconditionFailure("a split into new nodes needs those of xas_split_alloc")
        }
        state.spares = state.spares.lowerBound..<number
        let shift = nodes.reference(parent).shift - Self.bitsPerLevel
        let id = addNode(shift: shift, offset: offset, parent: parent)
        log?.add(.joined(number, id))
        noteShift(of: id)
        noteOffset(of: id)
        var child = nodes.reference(id)
        for slot in 0..<Self.slotsPerNode {
            let canonical = slot - slot % (state.siblings + 1)
            let word = slot == canonical ? entry.word : Word.sibling(canonical)
            noteEntry(word, in: child)
            nodes.writeSlot(&child, slot, word)
        }
        writeCounts(&child, Self.slotsPerNode, entry.isValue ? Self.slotsPerNode : 0)
        log?.add(.parent(id, parent))
        return id
    }

    /// `xas_update`: `workingset_update_node`, if the state has it.
    public mutating func update(_ id: NodeID, _ state: State) {
        guard state.updates else { return }
        nodes.makeUnique()
        var node = nodes.reference(id)
        update(&node, cursor(state))
    }

    /// The slot of a node that leads to an index.
    public static func slotNumber(_ index: Index, shift: Int) -> Int {
        Int(truncatingIfNeeded: (index.rawValue >> UInt64(shift)) & 63)
    }

    /// `xas_set_order`.
    public static func set(_ state: inout State, _ index: Index, order: Int) {
        let bits = order % bitsPerLevel
        state.shift = order - bits
        state.siblings = (1 << bits) - 1
        state.index = Index(index.rawValue & ~(state.size &- 1))
        state.position = .restart
    }
}
