import Synchronization

/// The nodes of a tree: their memory, and their names.
///
/// - A node's name is a number that stays the same while the node is in the tree, also in copies of
///   the store. The number that was given back last is given out first.
/// - `links` leads from a number to the node: 0 if no node has the number now.
/// - Copies share the memory of large leaves until one of them writes there (`makeOwn`). All else
///   is copied at once.
///
/// Sendable is unchecked because the compiler cannot see the rule that makes it true: only the
/// holder of a unique reference writes (`NodeTree.makeUnique`), and of shared leaves not even
/// that one.
@usableFromInline
package final class NodeStore: @unchecked Sendable {
    private let slotsPerNode: SlotsPerNode

    // No two accesses to these overlap: every method is a plain sequence, and calls nothing
    // outside. The checks at run time that `unchecked` leaves out took a sixth of the time of a
    // sparse insert.

    /// Cache lines, each for up to two tiny nodes.
    @exclusivity(unchecked) private var lines: CellPool
    @exclusivity(unchecked) private var small: CellPool
    @exclusivity(unchecked) private var large: CellPool
    @exclusivity(unchecked) private var leaves: LeafPool
    /// The words of nodes, with `leafBit` in those of large leaves: a copy finds them without
    /// reading them.
    @exclusivity(unchecked) @usableFromInline var links = RawStack<UInt64>()
    @exclusivity(unchecked) private var freeNumbers = RawStack<UInt32>()

    /// A large leaf that is in the tree, and its indices without the lowest digit: entries come and
    /// go in order, and the next one is mostly beside the last. A word of 0 is no leaf. Large nodes
    /// never move, so that it is void only when its memory is given back.
    @exclusivity(unchecked) @usableFromInline var recentLeaf = NodeRef(word: 0)
    @exclusivity(unchecked) @usableFromInline var recentPrefix: UInt64 = 0

    /// How many copies were made, of this store and of those that it is a copy of. Copies are made
    /// on any thread while this store is shared; nobody writes then.
    @usableFromInline let generation: Atomic<Int>

    @usableFromInline static let leafBit: UInt64 = 16

    package convenience init(slotsPerNode: SlotsPerNode) {
        let largeBytes = NodeRef.largeHeadBytes + slotsPerNode.rawValue * 8
        self.init(slotsPerNode, leaves: LeafPool(stride: largeBytes), generation: 0)
    }

    private init(_ slotsPerNode: SlotsPerNode, leaves: LeafPool, generation: Int) {
        self.slotsPerNode = slotsPerNode
        self.leaves = leaves
        self.generation = Atomic(generation)
        lines = CellPool(stride: 2 * NodeRef.tinyBytes)
        small = CellPool(stride: NodeRef.smallBytes)
        large = CellPool(stride: leaves.stride)
    }

    deinit {
        lines.deallocate()
        small.deallocate()
        large.deallocate()
        leaves.deallocate()
        links.deallocate()
        freeNumbers.deallocate()
    }

    /// Nodes in the tree.
    package var liveCount: Int { links.count - freeNumbers.count }

    /// Bytes of those nodes, also those that copies share, and of the table of their names.
    package var liveBytes: Int {
        lines.bytesInUse + small.bytesInUse + large.bytesInUse + leaves.bytesInUse
            + links.count * 8
    }

    /// A node by its name. The caller guarantees that it is live.
    @inlinable @inline(__always)
    package func node(_ id: NodeID) -> NodeRef { node(numbered: Int(id.number)) }

    @inlinable @inline(__always)
    func node(numbered number: Int) -> NodeRef {
        NodeRef(word: links[number] & ~Self.leafBit)
    }

    /// The node above one; nil for the top node.
    @inlinable @inline(__always)
    package func parent(of node: NodeRef) -> NodeRef? {
        let word = node.isLargeLeaf ? parentWord(ofLargeLeaf: node) : node.parentWord
        return word == 0 ? nil : NodeRef(word: word)
    }

    /// 0 also where the node above was freed.
    @inlinable @inline(__always)
    func parentWord(ofLargeLeaf leaf: NodeRef) -> UInt64 {
        let number = Int(leaf.parentNumber)
        return number == 0 ? 0 : self.node(numbered: number &- 1).word
    }

    @inlinable @inline(__always)
    package func setParent(of node: NodeRef, to parent: NodeRef?) {
        if node.isLargeLeaf {
            node.parentNumber = parent.map { $0.number &+ 1 } ?? 0
        } else {
            node.parentWord = parent?.word ?? 0
        }
    }

    /// Whether a name belongs to a node that is in the tree now.
    @inlinable
    package func isLive(_ id: NodeID) -> Bool {
        Int(id.number) < links.count && links[Int(id.number)] != 0
    }

    /// Whether the next `allocate` gives a number that was never used.
    package var nextIsFresh: Bool { freeNumbers.count == 0 }

    /// A node without slots in use.
    ///
    /// - Parameter parent: the node above.
    package func allocate(height: Int, offset: Int, parent: NodeRef?) -> NodeRef {
        let node = memory(height: height, offset: offset, parent: parent)
        var number = UInt32(truncatingIfNeeded: links.count)
        if let free = freeNumbers.pop() { number = free } else { links.push(0) }
        node.open(number: number, height: height, offset: offset)
        setParent(of: node, to: parent)
        links[Int(number)] = linkWord(node)
        return node
    }

    @inline(__always)
    private func linkWord(_ node: NodeRef) -> UInt64 {
        node.isLargeLeaf ? node.word | Self.leafBit : node.word
    }

    /// The top node starts large, because everything passes there. A node of height 2 starts
    /// tiny, and its first leaf shares its line. A leaf right of a large one starts large:
    /// entries come in order. Any other starts small.
    @inline(__always)
    private func memory(height: Int, offset: Int, parent: NodeRef?) -> NodeRef {
        guard let above = parent else { return largeMemory(height: height) }
        if height == 2 {
            let node = NodeRef(lines.take(), .tiny)
            node.buddy.close()
            return node
        }
        if height == 1, above.isTiny, !above.buddy.isOpen { return above.buddy }
        if height == 1, offset > 0, above.isLarge,
            NodeRef.isLinkToLarge(above.largeSlot(offset - 1))
        {
            return largeMemory(height: height)
        }
        return NodeRef(small.take(), .small)
    }

    /// Memory of zeroes, but for the slab of a leaf.
    @inline(__always)
    private func largeMemory(height: Int) -> NodeRef {
        if height == 1 {
            let (cell, slab) = leaves.take(
                generation: generation.load(ordering: .relaxed), move: follow)
            let node = NodeRef(cell, .large)
            node.slab = slab
            return node
        }
        let cell = large.take()
        // That also brings its lines into the cache, all at once, before the slots are filled.
        cell.initializeMemory(as: UInt64.self, repeating: 0, count: large.stride / 8)
        return NodeRef(cell, .large)
    }

    /// The leaf that was remembered last, if it has these indices.
    ///
    /// - Parameter prefix: an index without its lowest digit.
    @inlinable @inline(__always)
    package func recentLeaf(_ prefix: UInt64) -> NodeRef? {
        prefix == recentPrefix && recentLeaf.word != 0 ? recentLeaf : nil
    }

    /// - Parameter leaf: a large one.
    @inlinable @inline(__always)
    package func remember(_ leaf: NodeRef, _ prefix: UInt64) {
        recentLeaf = leaf
        recentPrefix = prefix
    }

    package func release(_ node: NodeRef) {
        links[Int(node.number)] = 0
        freeNumbers.push(node.number)
        giveBack(node)
    }

    /// Reverses `allocate`.
    package func takeBack(_ node: NodeRef, wasFresh: Bool) {
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
            if node == recentLeaf { recentLeaf = NodeRef(word: 0) }
            if node.height == 1 {
                leaves.giveBack(node.address, in: node.slab)
            } else {
                large.giveBack(node.address)
            }
        } else {
            small.giveBack(node.address)
        }
    }

    /// Tells a child that its parent has moved. A large leaf knows it by number, and may not be
    /// this store's to write.
    @inlinable @inline(__always)
    package func lead(_ child: NodeRef, to moved: NodeRef) {
        if !child.isLargeLeaf { child.parentWord = moved.word }
    }

    /// Moves a tiny or small node to a larger layout. The links of its children follow; the one
    /// that leads to the node itself is the caller's.
    ///
    /// - Parameter toLarge: the small layout is not enough.
    package func enlarge(_ node: NodeRef, toLarge: Bool) -> NodeRef {
        let moved =
            node.isTiny && !toLarge
            ? NodeRef(small.take(), .small) : largeMemory(height: node.height)
        node.copy(to: moved)
        setParent(of: moved, to: parent(of: node))
        links[Int(moved.number)] = linkWord(moved)
        if moved.height > 1 {
            moved.forEachOccupied {
                let word = moved.slot($0)
                if NodeRef.isLink(word) { lead(NodeRef(word: word), to: moved) }
            }
        }
        giveBack(node)
        return moved
    }
}

// MARK: - Copies

extension NodeStore {
    /// An equal store. Large leaves stay where they are; all other nodes get memory of their own,
    /// just as much as they need.
    package func clone() -> NodeStore {
        generation.add(1, ordering: .relaxed)
        let copy = NodeStore(
            slotsPerNode, leaves: leaves.share(), generation: leaves.isEmpty ? 0 : 1)
        copy.freeNumbers = freeNumbers.copy()
        copy.links = links.copy()
        copy.lines.reserve(lines.inUse)
        copy.small.reserve(small.inUse)
        copy.large.reserve(large.inUse)
        var adopted = RawStack<UInt64>()
        for number in 0..<links.count {
            let word = links[number]
            if word == 0 || word & Self.leafBit != 0 { continue }
            let node = copy.adopt(NodeRef(word: word))
            copy.links[number] = node.word
            adopted.push(node.word)
        }
        for place in 0..<adopted.count { copy.relocate(NodeRef(word: adopted[place])) }
        adopted.deallocate()
        return copy
    }

    /// Copies a node of another store, with links that still lead there.
    private func adopt(_ node: NodeRef) -> NodeRef {
        if node.isLarge {
            let copy = NodeRef(large.take(), .large)
            copy.address.copyMemory(from: node.address, byteCount: large.stride)
            return copy
        }
        let copy = node.isTiny ? half(for: node) : NodeRef(small.take(), .small)
        copy.address.copyMemory(from: node.address, byteCount: node.bytes)
        return copy
    }

    /// Half a line for a copy of a tiny node: beside the copy of the node that it shares its
    /// line with, if that one has its copy: lower numbers come first.
    private func half(for node: NodeRef) -> NodeRef {
        let buddy = node.buddy
        if buddy.isOpen, buddy.number < node.number { return self.node(buddy.id).buddy }
        let copy = NodeRef(lines.take(), .tiny)
        copy.buddy.close()
        return copy
    }

    /// Turns the links of a node that was copied from another store into links of this one.
    private func relocate(_ node: NodeRef) {
        if let parent = parent(of: node) { node.parentWord = self.node(parent.id).word }
        guard node.height > 1 else { return }
        // Large leaves have not moved. They must not be read either: that would be a cache miss
        // for each.
        var rest = node.height == 2 ? node.lesserLinks(slotsPerNode) : node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            rest &= rest &- 1
            let word = node.slot(offset)
            guard NodeRef.isLink(word) else { continue }
            node.fillSlot(offset, self.node(NodeRef(word: word).id).word)
        }
    }

    /// Whether leaves may be shared, which is to say whether a copy was ever made.
    @inlinable @inline(__always)
    package var mayShareLeaves: Bool { generation.load(ordering: .relaxed) != 0 }

    /// Whether other stores may have this node's memory: `makeOwn` comes before writing.
    @inlinable @inline(__always)
    package func isShared(_ node: NodeRef) -> Bool {
        mayShareLeaves && node.isLargeLeaf && mayBeShared(slab: node.slab)
    }

    @usableFromInline
    func mayBeShared(slab: Int) -> Bool {
        !leaves.isOwn(slab, generation: generation.load(ordering: .relaxed))
    }

    /// Makes the memory of a large leaf this store's own. The leaf may move, and others with it:
    /// links to them follow, but for the root's.
    package func makeOwn(_ leaf: NodeRef) -> NodeRef {
        let number = Int(leaf.number)
        leaves.makeOwn(
            leaf.slab, generation: generation.load(ordering: .relaxed), move: follow)
        return node(numbered: number)
    }

    /// Lets the links to a leaf follow when its memory was copied.
    private func follow(_ cell: UnsafeMutableRawPointer, _ copy: UnsafeMutableRawPointer) {
        let old = NodeRef(cell, .large)
        let number = Int(old.number)
        // Only a node has a link that leads back to it; all else in a slab is left over.
        guard number < links.count, links[number] == old.word | Self.leafBit else { return }
        let leaf = NodeRef(copy, .large)
        links[number] = linkWord(leaf)
        if recentLeaf == old { recentLeaf = leaf }
        // While a history goes back, a parent may not have its link to this node yet.
        if let parent = parent(of: leaf), parent.height == 2, parent.slot(leaf.offset) == old.word {
            parent.fillSlot(leaf.offset, leaf.word)
        }
    }
}
