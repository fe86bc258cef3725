// The few ways in which the words of a node change. Everything that alters a node passes here, so
// that a history sees every overwritten word. The caller has made the tree unique.

extension NodeTree {
    /// Puts something into a slot, or empties it with zero. The node may move: `node` follows.
    @inlinable @inline(__always)
    package mutating func writeSlot(_ node: inout NodeRef, _ offset: Int, _ word: UInt64) {
        makeOwn(&node)
        if journal != nil { recordSlot(offset, of: node) }
        if word != 0 {
            makeRoom(&node, offset)
            node.fillSlot(offset, word)
            if node.isLarge { node.noteOwnWord(word) }
        } else {
            if !node.isLarge, node.tagSet(at: offset) != 0 { enlarge(&node, toLarge: true) }
            node.clearSlot(offset)
        }
    }

    /// The node may move: `node` follows.
    @inlinable @inline(__always)
    package mutating func writeCount(_ node: inout NodeRef, _ count: UInt32) {
        makeOwn(&node)
        if journal != nil { recordCount(of: node) }
        node.count = count
    }

    /// Sets or clears a tag bit. The node may move: `node` follows.
    @inlinable @inline(__always)
    package mutating func writeTag(
        _ node: inout NodeRef, _ offset: Int, _ tag: Int, _ isSet: Bool
    ) {
        makeOwn(&node)
        if journal != nil { recordTags(tag, of: node) }
        if !node.isLarge, !node.isOccupied(offset) { enlarge(&node, toLarge: true) }
        node.setTag(tag, at: offset, isSet)
    }

    /// Sets the whole bitmap of a tag. The node may move: `node` follows.
    package mutating func writeTags(_ node: inout NodeRef, _ tag: Int, _ bits: UInt64) {
        makeOwn(&node)
        if journal != nil { recordTags(tag, of: node) }
        if !node.isLarge, bits & ~node.occupied != 0 { enlarge(&node, toLarge: true) }
        node.setTags(tag, bits)
    }

    // The journal is kept out of line, so that those who do not record have short code.

    @inline(never) @usableFromInline
    mutating func recordSlot(_ offset: Int, of node: NodeRef) {
        journal?.append(slot: offset, of: node)
    }

    /// A slot that is about to be filled, and counted.
    @inline(never) @usableFromInline
    package mutating func recordFill(_ offset: Int, of node: NodeRef) {
        journal?.append(slot: offset, of: node)
        journal?.append(countOf: node)
    }

    @inline(never) @usableFromInline
    mutating func recordCount(of node: NodeRef) { journal?.append(countOf: node) }

    @inline(never) @usableFromInline
    mutating func recordTags(_ tag: Int, of node: NodeRef) {
        journal?.append(tags: tag, of: node)
    }

    /// Hangs a node below another one, or makes it the top node. The node may move: `node`
    /// follows.
    package mutating func writeParent(_ node: inout NodeRef, _ parent: NodeRef?) {
        makeOwn(&node)
        if journal != nil { journal?.append(parentOf: node, in: store) }
        store.setParent(of: node, to: parent)
    }

    /// A new node without slots in use, linked upwards but not yet downwards.
    package mutating func allocate(height: Int, offset: Int, parent: NodeRef?) -> NodeRef {
        let isFresh = store.nextIsFresh
        let node = store.allocate(height: height, offset: offset, parent: parent)
        if journal != nil { journal?.append(allocationOf: node, in: store, isFresh: isFresh) }
        return node
    }

    /// Gives a node back. What it still holds is overwritten first, so that going back finds it.
    package mutating func release(_ node: NodeRef) {
        if journal != nil { releaseRecorded(node) } else { store.release(node) }
    }

    private mutating func releaseRecorded(_ node: NodeRef) {
        var node = node
        makeOwn(&node)
        for tag in 0..<3 where node.hasTags(tag) {
            journal?.append(tags: tag, of: node)
            node.setTags(tag, 0)
        }
        var rest = node.occupied
        while rest != 0 {
            writeSlot(&node, rest.trailingZeroBitCount, 0)
            rest &= rest &- 1
        }
        if node.count != 0 { writeCount(&node, 0) }
        journal?.append(releaseOf: node, in: store)
        store.release(node)
    }

    /// Makes sure that a slot can be filled. The node may move: `node` follows.
    @inlinable @inline(__always)
    package mutating func makeRoom(_ node: inout NodeRef, _ offset: Int) {
        if !node.hasRoom(for: offset) { enlarge(&node, toLarge: false) }
    }

    @inline(never) @usableFromInline
    package mutating func enlarge(_ node: inout NodeRef, toLarge: Bool) {
        let moved = store.enlarge(node, toLarge: toLarge)
        if rootWord == node.word { rootWord = moved.word }
        // While a history goes back, a parent may not have its link to this node yet.
        if let parent = store.parent(of: moved), parent.slot(moved.offset) == node.word {
            parent.fillSlot(moved.offset, moved.word)
        }
        node = moved
    }
}
