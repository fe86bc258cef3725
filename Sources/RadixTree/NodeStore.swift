/// The nodes of a tree: their memory, and their names.
///
/// - A node's name is a number that stays the same while the node is in the tree, also in copies of
///   the store. The number that was given back last is given out first.
/// - `links` leads from a number to the node: 0 if no node has the number now.
///
/// Sendable is unchecked because the compiler cannot see the rule that makes it true: only the
/// holder of a unique reference writes (`RadixTree.makeUnique`).
@usableFromInline
final class NodeStore: @unchecked Sendable {
    private let slotsPerNode: SlotsPerNode

    // No two accesses to these overlap: every method is a plain sequence, and calls nothing
    // outside. The checks at run time that `unchecked` leaves out took a sixth of the time of a
    // sparse insert.

    /// Cache lines, each for up to two tiny nodes.
    @exclusivity(unchecked) private var lines: CellPool
    @exclusivity(unchecked) private var small: CellPool
    @exclusivity(unchecked) private var large: CellPool
    @exclusivity(unchecked) private var links = RawStack<UInt64>()
    @exclusivity(unchecked) private var freeNumbers = RawStack<UInt32>()

    init(slotsPerNode: SlotsPerNode) {
        self.slotsPerNode = slotsPerNode
        lines = CellPool(stride: 2 * NodeRef.tinyBytes, zeroed: false)
        small = CellPool(stride: NodeRef.smallBytes, zeroed: false)
        large = CellPool(
            stride: NodeRef.largeHeadBytes + slotsPerNode.rawValue * 8, zeroed: true)
    }

    deinit {
        lines.deallocate()
        small.deallocate()
        large.deallocate()
        links.deallocate()
        freeNumbers.deallocate()
    }

    /// Nodes in the tree.
    var liveCount: Int { links.count - freeNumbers.count }

    /// Bytes of those nodes and of the table of their names.
    var liveBytes: Int {
        lines.bytesInUse + small.bytesInUse + large.bytesInUse + links.count * 8
    }

    /// A node by its name. The caller guarantees that it is live.
    func node(_ id: RadixTree.NodeID) -> NodeRef { NodeRef(word: links[Int(id.number)]) }

    /// Whether a name belongs to a node that is in the tree now.
    func isLive(_ id: RadixTree.NodeID) -> Bool {
        Int(id.number) < links.count && links[Int(id.number)] != 0
    }

    /// Whether the next `allocate` gives a number that was never used.
    var nextIsFresh: Bool { freeNumbers.count == 0 }

    /// A node without slots in use.
    ///
    /// - Parameter parent: the link to the node above, 0 for none.
    func allocate(height: Int, offset: Int, parent: UInt64) -> NodeRef {
        let node = memory(height: height, offset: offset, parent: parent)
        var number = UInt32(truncatingIfNeeded: links.count)
        if let free = freeNumbers.pop() {
            number = free
            links[Int(number)] = node.word
        } else {
            links.push(node.word)
        }
        node.open(number: number, height: height, offset: offset, parent: parent)
        return node
    }

    /// The top node starts large, because everything passes there. A node of height 2 starts
    /// tiny, and its first leaf shares its line. A leaf right of a large one starts large:
    /// entries come in order. Any other starts small.
    @inline(__always)
    private func memory(height: Int, offset: Int, parent: UInt64) -> NodeRef {
        if parent == 0 { return NodeRef(large.take(), .large) }
        if height == 2 {
            let node = NodeRef(lines.take(), .tiny)
            node.buddy.close()
            return node
        }
        let above = NodeRef(word: parent)
        if height == 1, above.isTiny, !above.buddy.isOpen { return above.buddy }
        if height == 1, offset > 0, above.isLarge, above.largeSlot(offset - 1) & 1 != 0 {
            return NodeRef(large.take(), .large)
        }
        return NodeRef(small.take(), .small)
    }

    func release(_ node: NodeRef) {
        links[Int(node.number)] = 0
        freeNumbers.push(node.number)
        giveBack(node)
    }

    /// Reverses `allocate`.
    func takeBack(_ node: NodeRef, wasFresh: Bool) {
        guard wasFresh else { return release(node) }
        precondition(Int(node.number) == links.count - 1, "numbers go back in reverse order")
        _ = links.pop()
        giveBack(node)
    }

    @inline(__always)
    private func giveBack(_ node: NodeRef) {
        if node.isTiny {
            node.close()
            if !node.buddy.isOpen { lines.giveBack(node.line) }
        } else if node.isLarge {
            large.giveBack(node.address)
        } else {
            small.giveBack(node.address)
        }
    }

    /// Moves a tiny or small node to a larger layout. The links of its children follow; the one
    /// that leads to the node itself is the caller's.
    ///
    /// - Parameter toLarge: the small layout is not enough.
    func enlarge(_ node: NodeRef, toLarge: Bool) -> NodeRef {
        let moved =
            node.isTiny && !toLarge
            ? NodeRef(small.take(), .small) : NodeRef(large.take(), .large)
        node.copy(to: moved)
        links[Int(moved.number)] = moved.word
        if moved.height > 1 {
            moved.forEachOccupied { NodeRef(word: moved.slot($0)).parentWord = moved.word }
        }
        giveBack(node)
        return moved
    }
}

// MARK: - Copies

extension NodeStore {
    /// An equal store in memory of its own, just as large as needed.
    func clone() -> NodeStore {
        let copy = NodeStore(slotsPerNode: slotsPerNode)
        copy.freeNumbers = freeNumbers.copy()
        if links.count > 0 { copy.links.reserve(links.count) }
        copy.lines.reserve(lines.inUse)
        copy.small.reserve(small.inUse)
        copy.large.reserve(large.inUse)
        for number in 0..<links.count {
            let word = links[number]
            copy.links.push(word == 0 ? 0 : copy.adopt(NodeRef(word: word)).word)
        }
        for number in 0..<links.count where links[number] != 0 {
            copy.relocate(NodeRef(word: copy.links[number]))
        }
        return copy
    }

    /// Copies a node of another store, with links that still lead there.
    private func adopt(_ node: NodeRef) -> NodeRef {
        if node.isLarge {
            let copy = NodeRef(large.takeAsIs(), .large)
            copy.address.copyMemory(from: node.address, byteCount: large.stride)
            return copy
        }
        let copy = node.isTiny ? half(for: node) : NodeRef(small.take(), .small)
        copy.address.copyMemory(from: node.address, byteCount: node.bytes)
        return copy
    }

    /// Half a line for a copy of a tiny node: beside the copy of the node that it shares its
    /// line with.
    private func half(for node: NodeRef) -> NodeRef {
        let buddy = node.buddy
        if buddy.isOpen, isLive(buddy.id) { return self.node(buddy.id).buddy }
        let copy = NodeRef(lines.take(), .tiny)
        copy.buddy.close()
        return copy
    }

    /// Turns the links of a node that was copied from another store into links of this one.
    private func relocate(_ node: NodeRef) {
        if let parent = node.parent { node.parentWord = self.node(parent.id).word }
        guard node.height > 1 else { return }
        node.forEachOccupied { offset in
            node.fillSlot(offset, self.node(NodeRef(word: node.slot(offset)).id).word)
        }
    }
}
