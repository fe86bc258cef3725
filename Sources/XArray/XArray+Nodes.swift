import NodeMemory

// Nodes as readers see them: names, links, and a view of one node's words.

extension XArray {
    /// A node at the moment when `XArray.node(_:)` was called: later changes of the array do not
    /// show. Keep it for a short time only, because it holds the array's memory, which makes the
    /// array's next change copy.
    public struct Node: Sendable {
        private let store: NodeStore
        private let raw: RawNode

        init(_ node: NodeRef, of array: XArray) {
            store = array.nodes.store
            raw = RawNode(node: node)
        }

        public var id: NodeID { raw.node.id }

        /// Index bits below a slot: 0 for a leaf.
        public var shift: Int { raw.node.shift }

        /// The slot of the parent that holds this node; 0 for the top node.
        public var offset: Int { raw.node.offset }

        /// The node above; nil for the top node.
        public var parent: NodeID? { store.parent(of: raw.node)?.id }

        /// The kernel's `count`: slots that are not NULL, siblings too.
        public var count: Int { raw.node.slotCount }

        /// The kernel's `nr_values`: slots that hold values or siblings of values.
        public var valueCount: Int { raw.node.valueCount }

        /// Whether the node is on the list of nodes that hold nothing but values
        /// (`mm/workingset.c`).
        public var isListed: Bool { raw.node.isListed }

        /// Bit n is set if slot n is not empty. It is found from the slots, whatever `count` says.
        public var occupied: UInt64 { raw.node.occupied }

        /// What a slot holds, 0 to 63.
        public func slot(_ offset: Int) -> Slot {
            precondition(0..<XArray.slotsPerNode ~= offset, "no such slot")
            return Slot(word: raw.node.slot(offset))
        }

        /// The slots that carry a mark, bit n for slot n.
        public func marks(_ mark: Mark) -> UInt64 { raw.node.tags(mark.rawValue) }

        /// The marks of one slot.
        public func marks(at offset: Int) -> MarkSet {
            var set = MarkSet()
            for mark in Mark.allCases where marks(mark) >> UInt64(offset) & 1 == 1 {
                set.insert(MarkSet(mark))
            }
            return set
        }

        /// The lowest index that lies in or below a slot.
        public func firstIndex(ofSlot offset: Int = 0) -> Index {
            var node = raw.node
            var index = UInt64(offset) << UInt64(shift)
            while let parent = store.parent(of: node) {
                index |= UInt64(node.offset) << UInt64(parent.shift)
                node = parent
            }
            return Index(index)
        }

        /// The highest index that lies in or below a slot.
        public func lastIndex(ofSlot offset: Int) -> Index {
            Index(firstIndex(ofSlot: offset).rawValue | (1 << UInt64(shift) - 1))
        }

        /// The node as it is, to be kept.
        public var snapshot: Snapshot {
            var snapshot = Snapshot(raw.node, slots: true)
            snapshot.firstIndex = firstIndex()
            return snapshot
        }
    }

    /// Lets a view cross to another thread: nobody writes to a store that is shared, and a view
    /// shares it.
    private struct RawNode: @unchecked Sendable {
        let node: NodeRef
    }

    /// A view of one node.
    ///
    /// - Parameter id: a node that is in this array; anything else stops the program.
    public func node(_ id: NodeID) -> Node { Node(nodes.reference(id), of: self) }

    /// Whether a name belongs to a node of this array.
    public func contains(_ id: NodeID) -> Bool { nodes.store.isLive(id) }

    /// The names of all nodes: a node first, then what hangs below its slots in ascending order.
    public func preorder() -> [NodeID] { nodes.preorder() }
}
