// The few ways in which the words of a node change. Everything that alters a node passes here, so
// that a history sees every overwritten word. The caller has made the tree unique.

extension RadixTree {
    @inline(__always)
    mutating func writeSlot(_ node: NodeRef, _ offset: Int, _ word: UInt64) {
        if journal != nil { journal!.append(slot: offset, of: node) }
        node.setSlot(offset, word)
    }

    @inline(__always)
    mutating func writeCount(_ node: NodeRef, _ count: UInt32) {
        if journal != nil { journal!.append(countOf: node) }
        node.count = count
    }

    @inline(__always)
    mutating func writeTags(_ node: NodeRef, _ tag: Int, _ bits: UInt64) {
        if journal != nil { journal!.append(tags: tag, of: node) }
        node.setTags(tag, bits)
    }

    @inline(__always)
    mutating func writeParent(_ node: NodeRef, _ parent: UInt64) {
        if journal != nil { journal!.append(parentOf: node) }
        node.parentWord = parent
    }

    /// A new node without slots in use, linked upwards but not yet downwards.
    mutating func allocate(height: Int, offset: Int, parent: NodeRef?) -> NodeRef {
        let isFresh = store.nextIsFresh
        let node = store.allocate(height: height, offset: offset, parent: parent?.word ?? 0)
        if journal != nil { journal!.append(allocationOf: node, isFresh: isFresh) }
        return node
    }

    /// Gives a node back. What it still holds is overwritten first, so that going back finds it.
    mutating func release(_ node: NodeRef) {
        if journal != nil {
            var rest = node.occupied
            while rest != 0 {
                writeSlot(node, rest.trailingZeroBitCount, 0)
                rest &= rest &- 1
            }
            for tag in 0..<3 where node.tags(tag) != 0 { writeTags(node, tag, 0) }
            if node.count != 0 { writeCount(node, 0) }
            journal!.append(releaseOf: node)
        }
        store.release(node)
    }
}
