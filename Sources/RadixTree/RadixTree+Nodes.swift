import NodeMemory

// Nodes as readers see them: names, links, and a view of one node's words.

extension RadixTree {
    /// The content of the root or of a slot.
    public enum Slot: Hashable, Sendable {
        case empty
        case entry(Entry)
        case node(NodeID)
    }

    /// A node at the moment when `RadixTree.node(_:)` was called: later changes of the tree do not
    /// show. Keep it for a short time only, because it holds the tree's memory, which makes the
    /// tree's next change copy.
    public struct Node: Sendable {
        private let store: NodeStore
        private let ref: RawNode
        private let slotsPerNode: SlotsPerNode

        init(_ node: NodeRef, of tree: RadixTree) {
            store = tree.store
            ref = RawNode(node: node)
            slotsPerNode = tree.slotsPerNode
        }

        public var id: NodeID { ref.node.id }

        /// Levels from here to the entries: 1 for a leaf.
        public var height: Int { ref.node.height }

        /// The slot of the parent that holds this node; 0 for the top node.
        public var offset: Int { ref.node.offset }

        /// The node above; nil for the top node.
        public var parent: NodeID? { store.parent(of: ref.node)?.id }

        /// The kernel's count word: slots in use in the low bits, shadows above
        /// (`include/linux/swap.h:workingset_node_pages` and its neighbours).
        public var count: UInt32 { ref.node.count }

        /// Slots in use as the count word has it, 0 to 64.
        public var pagesCount: Int { Int(count & (1 << UInt32(slotsPerNode.countShift) - 1)) }

        /// Shadow entries as the count word has it; only the page cache counts them.
        public var shadowsCount: Int { Int(count >> UInt32(slotsPerNode.countShift)) }

        /// Bit n is set if slot n is not empty. It is found from the slots, whatever `count` says.
        public var occupied: UInt64 { ref.node.occupied }

        /// What a slot holds, 0 to 63 (0 to 15 with 16 slots).
        public func slot(_ offset: Int) -> Slot {
            precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
            let word = ref.node.slot(offset)
            if word == 0 { return .empty }
            return height == 1 ? .entry(Entry(word: word)) : .node(NodeRef(word: word).id)
        }

        /// The slots that carry a tag, bit n for slot n.
        public func tags(_ tag: Tag) -> UInt64 { ref.node.tags(tag.rawValue) }

        /// The tags of one slot.
        public func tags(at offset: Int) -> TagSet {
            var set = TagSet()
            for tag in Tag.allCases where tags(tag) >> UInt64(offset) & 1 == 1 {
                set.insert(TagSet(tag))
            }
            return set
        }

        /// The lowest index that lies below this node.
        public var firstIndex: Index { firstIndex(ofSlot: 0) }

        /// The lowest index that lies in or below a slot.
        public func firstIndex(ofSlot offset: Int) -> Index {
            var node = ref.node
            var index = UInt64(offset) << UInt64((height - 1) * slotsPerNode.shift)
            while let parent = store.parent(of: node) {
                index |= UInt64(node.offset) << UInt64((parent.height - 1) * slotsPerNode.shift)
                node = parent
            }
            return Index(index)
        }

        /// The highest index that lies in or below a slot.
        public func lastIndex(ofSlot offset: Int) -> Index {
            Index(
                firstIndex(ofSlot: offset).rawValue
                    | slotsPerNode.rawMaxIndex(height: height - 1))
        }
    }

    /// Lets a view cross to another thread: nobody writes to a store that is shared, and a view
    /// shares it.
    private struct RawNode: @unchecked Sendable {
        let node: NodeRef
    }

    /// A view of one node.
    ///
    /// - Parameter id: a node that is in this tree; anything else stops the program.
    public func node(_ id: NodeID) -> Node { Node(reference(id), of: self) }

    /// Whether a name belongs to a node of this tree.
    public func contains(_ id: NodeID) -> Bool { store.isLive(id) }

    /// The names of all nodes: a node first, then what hangs below its slots in ascending order.
    public func preorder() -> [NodeID] { nodes.preorder() }

    /// The node in a slot above the leaves, or nil if the slot is empty: one step of a descent.
    public func child(of id: NodeID, at offset: Int) -> NodeID? {
        let node = reference(id)
        precondition(0..<slotsPerNode.rawValue ~= offset, "no such slot")
        let word = node.slot(offset)
        return node.height == 1 || word == 0 ? nil : NodeRef(word: word).id
    }

    /// The node above one, and the slot there that holds it; nil for the top node: one step of a
    /// climb.
    public func link(above id: NodeID) -> (parent: NodeID, offset: Int)? {
        let node = reference(id)
        return store.parent(of: node).map { ($0.id, node.offset) }
    }

    /// A live node, checked.
    func reference(_ id: NodeID) -> NodeRef { nodes.reference(id) }

    /// The slot of a node of a given height that leads to `index`.
    public func offset(of index: Index, height: Int) -> Int {
        offset(of: index.rawValue, shift: (height - 1) * slotsPerNode.shift)
    }

    @inline(__always)
    func offset(of index: UInt64, shift: Int) -> Int {
        Int(truncatingIfNeeded: (index &>> UInt64(truncatingIfNeeded: shift)) & slotsPerNode.mask)
    }
}
