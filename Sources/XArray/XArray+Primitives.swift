import NodeMemory

// One word at a time: what the operations are made of, for those who show each step. Nothing is
// done beside what is said, so that between two steps an array is as the kernel's is between two
// stores.
//
// A node may be released only when no slot and not the head leads to it: the kernel keeps the
// memory of a freed node until all readers have gone, and so must whoever steps.

extension XArray {
    /// A new node without slots in use, which nothing leads to yet: `kmem_cache_alloc_lru`, and the
    /// words that `xas_alloc` gives it.
    ///
    /// - Parameters:
    ///   - shift: a multiple of 6, to 60; with a parent, the parent's less 6.
    ///   - parent: nil for a node that becomes the top.
    public mutating func addNode(shift: Int, offset: Int, parent: NodeID?) -> NodeID {
        precondition(shift % Self.bitsPerLevel == 0 && 0...60 ~= shift, "no such shift")
        precondition(0..<Self.slotsPerNode ~= offset, "no such slot")
        nodes.makeUnique()
        var above = parent.map(nodes.reference)
        precondition(above == nil || above?.shift == shift + Self.bitsPerLevel, "another level")
        if var node = above {
            // The parent must not move once the child knows it.
            nodes.makeRoom(&node, offset)
            above = node
        }
        return nodes.allocate(
            height: shift / Self.bitsPerLevel + 1, offset: offset, parent: above
        ).id
    }

    /// Gives the memory of a node back. Nothing leads to it any more.
    public mutating func removeNode(_ id: NodeID) {
        nodes.makeUnique()
        let node = nodes.reference(id)
        precondition(nodes.rootWord != node.word, "the head leads to the node")
        if let parent = nodes.store.parent(of: node) {
            precondition(parent.slot(node.offset) != node.word, "a slot leads to the node")
        }
        nodes.release(node)
    }

    /// `xa_head`.
    public mutating func setHead(_ content: Slot) {
        nodes.makeUnique()
        writeHead(word(content))
    }

    /// The array's flag of a mark.
    public mutating func setArrayMark(_ mark: Mark, _ isSet: Bool) {
        writeArrayMark(mark.rawValue, isSet)
    }

    /// A slot of a node, without anything else: neither counts nor marks.
    public mutating func setSlot(_ content: Slot, of id: NodeID, at offset: Int) {
        precondition(0..<Self.slotsPerNode ~= offset, "no such slot")
        nodes.makeUnique()
        let word = word(content)
        var node = nodes.reference(id)
        writeSlot(&node, offset, word)
    }

    /// `count`.
    public mutating func setCount(_ count: Int, of id: NodeID) {
        nodes.makeUnique()
        var node = nodes.reference(id)
        writeCounts(&node, count, node.valueCount)
    }

    /// `nr_values`, a byte.
    public mutating func setValueCount(_ count: Int, of id: NodeID) {
        nodes.makeUnique()
        var node = nodes.reference(id)
        writeCounts(&node, node.slotCount, count)
    }

    /// The whole bitmap of one mark.
    public mutating func setMarks(_ mark: Mark, of id: NodeID, _ bits: UInt64) {
        nodes.makeUnique()
        var node = nodes.reference(id)
        writeMarks(&node, mark.rawValue, bits)
    }

    /// Whether a node is on the list of nodes that hold nothing but values.
    public mutating func setListed(_ isListed: Bool, of id: NodeID) {
        nodes.makeUnique()
        var node = nodes.reference(id)
        if node.isListed != isListed { writeListed(&node, isListed) }
    }

    /// `parent`, nil for NULL; of a node that has, or gets, its parent's slot `offset`.
    public mutating func setParent(_ parent: NodeID?, of id: NodeID) {
        nodes.makeUnique()
        var node = nodes.reference(id)
        let place = node.word
        nodes.makeOwn(&node)
        let above = parent.map(nodes.reference)
        // The slot already leads to the node, which did not know whom to tell that it moves.
        if let above, node.word != place, above.slot(node.offset) == place {
            above.fillSlot(node.offset, node.word)
        }
        log?.add(.parent(id, parent))
        nodes.writeParent(&node, above)
    }

    private func word(_ content: Slot) -> UInt64 {
        switch content {
        case .empty: 0
        case .entry(let entry): entry.word
        case .sibling(let slot): Word.sibling(slot)
        case .node(let id): nodes.reference(id).word
        case .retry: Word.retry
        }
    }
}
