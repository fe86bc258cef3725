import NodeMemory

// lib/radix-tree.c: radix_tree_insert, radix_tree_replace_slot; and the count word.
//
// An insert creates the slot, refuses it if anything is in it, stores the entry and counts it.
// Then the kernel makes sure that the slot carries neither DIRTY nor WRITEBACK: it does not look
// at TOWRITE.

extension RadixTree {
    /// What `radix_tree_insert` says.
    public enum InsertResult: Hashable, Sendable {
        /// 0.
        case inserted
        /// -EEXIST: something is at the index; the entry there stays.
        case exists
        /// -ENOMEM: a node could not be had. Levels and nodes made before that stay in the tree.
        case outOfMemory
        /// `BUG_ON(tag_get(node, 0 or 1, offset))`: the entry is in the slot, but the slot already
        /// carried DIRTY or WRITEBACK. The kernel stops here.
        case bug
    }

    /// `radix_tree_insert`.
    public mutating func insert(
        _ entry: Entry, at index: Index, allocator: inout NodeAllocator
    ) -> InsertResult {
        if height > 0, index.rawValue <= span {
            makeUnique()
            if let result = insertIntoLargeLeaf(entry, at: index.rawValue) { return result }
        }
        return insertAnywhere(entry, at: index, &allocator)
    }

    @inline(never)
    private mutating func insertAnywhere(
        _ entry: Entry, at index: Index, _ allocator: inout NodeAllocator
    ) -> InsertResult {
        guard let place = makePlace(for: index.rawValue, &allocator) else { return .outOfMemory }
        guard var node = place.node else {
            guard rootWord == 0 else { return .exists }
            rootWord = entry.rawValue
            return rootTags.isDisjoint(with: [.dirty, .writeback]) ? .inserted : .bug
        }
        if node.isOccupied(place.offset) { return .exists }
        fill(&node, place.offset, entry)
        // Only in a large node can an empty slot have carried a tag.
        return .inserted
    }

    /// The case that the leaf is there and large, the most frequent. On its own it takes half the
    /// instructions of `makePlace` and `fill`.
    ///
    /// - Returns: nil, and nothing has changed, in any other case.
    @inline(__always)
    private mutating func insertIntoLargeLeaf(_ entry: Entry, at index: UInt64) -> InsertResult? {
        guard let node = largeLeaf(for: index) else { return nil }
        let offset = Digits.last(of: index, bits: UInt64(slotsPerNode.shift))
        if node.isOccupied(offset) { return .exists }
        if isRecorded { nodes.recordFill(offset, of: node) }
        node.fillSlot(offset, entry.rawValue)
        node.count &+= 1
        return node.tagSet(at: offset) & 0b011 == 0 ? .inserted : .bug
    }

    /// Puts an entry into an empty slot of a leaf and counts it (A5).
    ///
    /// - Parameters:
    ///   - id: the leaf; nil for the root of a tree of height 0.
    ///   - offset: 0 for the root.
    public mutating func store(_ entry: Entry, in id: NodeID?, offset: Int) {
        guard let id else {
            precondition(height == 0 && rootWord == 0, "the root has no room for an entry")
            rootWord = entry.rawValue
            return
        }
        var node = writableLeaf(id, offset)
        precondition(node.slot(offset) == 0, "the slot is in use")
        fill(&node, offset, entry)
    }

    /// `radix_tree_replace_slot`: changes what the slot holds and nothing else, neither the
    /// count nor the tags.
    ///
    /// - Parameters:
    ///   - entry: nil empties the slot.
    ///   - id: the leaf; nil for the root of a tree of height 0.
    public mutating func replaceSlot(with entry: Entry?, in id: NodeID?, offset: Int) {
        guard let id else {
            precondition(height == 0, "the root holds a node")
            rootWord = entry?.rawValue ?? 0
            return
        }
        var node = writableLeaf(id, offset)
        nodes.writeSlot(&node, offset, entry?.rawValue ?? 0)
    }

    /// Adds to the kernel's count word of a node, which wraps at 2^32 and carries from the slot
    /// count into the shadow count (`include/linux/swap.h:workingset_node_pages_inc` and its
    /// neighbours).
    ///
    /// - Parameter change: 1 for a page; 128 for a shadow, with 16 slots 32.
    public mutating func adjustCount(of id: NodeID, by change: Int) {
        makeUnique()
        var node = reference(id)
        nodes.writeCount(&node, node.count &+ UInt32(truncatingIfNeeded: change))
    }

    @inline(__always)
    mutating func fill(_ node: inout NodeRef, _ offset: Int, _ entry: Entry) {
        nodes.writeSlot(&node, offset, entry.rawValue)
        nodes.writeCount(&node, node.count &+ 1)
    }

    mutating func writableLeaf(_ id: NodeID, _ offset: Int) -> NodeRef {
        makeUnique()
        let node = reference(id)
        precondition(node.height == 1, "entries are in leaves")
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        return node
    }
}
