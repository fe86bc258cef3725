import NodeMemory
import RadixTree
import XArray

extension PageTree {
    /// A node at the moment when `PageTree.node(_:)` was called.
    public struct Node: Sendable {
        @usableFromInline enum Kind: Sendable {
            case radixTree(RadixTree.Node)
            case xarray(XArray.Node)
        }

        @usableFromInline let kind: Kind
        @usableFromInline let bits: Int

        @inlinable
        init(_ node: RadixTree.Node, _ size: SlotsPerNode) {
            kind = .radixTree(node)
            bits = size.shift
        }

        @inlinable
        init(_ node: XArray.Node, _ size: SlotsPerNode) {
            kind = .xarray(node)
            bits = size.shift
        }

        @inlinable
        public var id: NodeID {
            switch kind {
            case .radixTree(let node): node.id
            case .xarray(let node): node.id
            }
        }

        /// Levels from here down: 1 for a leaf.
        @inlinable
        public var height: Int {
            switch kind {
            case .radixTree(let node): node.height
            case .xarray(let node): node.shift / bits + 1
            }
        }

        /// Index bits below a slot: 0 for a leaf.
        @inlinable
        public var shift: Int { (height - 1) * bits }

        /// The slot of the parent that holds this node; 0 for the top node.
        @inlinable
        public var offset: Int {
            switch kind {
            case .radixTree(let node): node.offset
            case .xarray(let node): node.offset
            }
        }

        /// The node above; nil for the top node.
        @inlinable
        public var parent: NodeID? {
            switch kind {
            case .radixTree(let node): node.parent
            case .xarray(let node): node.parent
            }
        }

        /// Slots in use as the node itself counts them: on Linux 4 without the shadows, on Linux 6
        /// all of them.
        @inlinable
        public var count: Int {
            switch kind {
            case .radixTree(let node): node.pagesCount
            case .xarray(let node): node.count
            }
        }

        /// What the node counts beside: on Linux 4 its shadows, on Linux 6 its values
        /// (`nr_values`), with their siblings.
        @inlinable
        public var valueCount: Int {
            switch kind {
            case .radixTree(let node): node.shadowsCount
            case .xarray(let node): node.valueCount
            }
        }

        /// Bit n is set if slot n is not empty. It is found from the slots, whatever `count` says.
        @inlinable
        public var occupied: UInt64 {
            switch kind {
            case .radixTree(let node): node.occupied
            case .xarray(let node): node.occupied
            }
        }

        /// Bit n is set if slot n leads to a node.
        @inlinable
        public var links: UInt64 {
            guard height > 1 else { return 0 }
            var links = occupied
            guard case .xarray = kind else { return links }
            for offset in 0..<64 where links >> UInt64(offset) & 1 != 0 {
                if case .node = slot(offset) { continue }
                links &= ~(1 << UInt64(offset))
            }
            return links
        }

        /// What a slot holds.
        @inlinable
        public func slot(_ offset: Int) -> Slot {
            switch kind {
            case .radixTree(let node): Slot(node.slot(offset))
            case .xarray(let node): Slot(node.slot(offset))
            }
        }

        /// The slot that has the entry of which a slot is part: the slot itself, but of siblings.
        @inlinable
        public func head(ofSlot offset: Int) -> Int {
            if case .sibling(let first) = slot(offset) { return first }
            return offset
        }

        /// The slots that carry a tag, bit n for slot n.
        @inlinable
        public func tags(_ tag: Tag) -> UInt64 {
            switch kind {
            case .radixTree(let node): node.tags(tag)
            case .xarray(let node): node.marks(tag)
            }
        }

        /// The tags of one slot.
        @inlinable
        public func tags(at offset: Int) -> TagSet {
            switch kind {
            case .radixTree(let node): node.tags(at: offset)
            case .xarray(let node): node.marks(at: offset)
            }
        }

        /// The lowest index that lies below this node.
        @inlinable
        public var firstIndex: Index { firstIndex(ofSlot: 0) }

        /// The highest index that lies below this node.
        @inlinable
        public var lastIndex: Index { lastIndex(ofSlot: (1 << bits) - 1) }

        /// The lowest index that lies in or below a slot.
        @inlinable
        public func firstIndex(ofSlot offset: Int) -> Index {
            switch kind {
            case .radixTree(let node): node.firstIndex(ofSlot: offset)
            case .xarray(let node): node.firstIndex(ofSlot: offset)
            }
        }

        /// The highest index that lies in or below a slot.
        @inlinable
        public func lastIndex(ofSlot offset: Int) -> Index {
            switch kind {
            case .radixTree(let node): node.lastIndex(ofSlot: offset)
            case .xarray(let node): node.lastIndex(ofSlot: offset)
            }
        }

        /// All indices of the entry in a slot, with those of its siblings.
        @inlinable
        public func indices(ofSlot offset: Int) -> ClosedRange<Index> {
            var last = offset
            while last < (1 << bits) - 1, slot(last + 1) == .sibling(of: offset) { last += 1 }
            return firstIndex(ofSlot: offset)...lastIndex(ofSlot: last)
        }

        /// The slot that leads to an index.
        @inlinable
        public func offset(of index: Index) -> Int {
            Int(truncatingIfNeeded: index.rawValue >> UInt64(shift)) & ((1 << bits) - 1)
        }
    }

    /// A view of one node.
    ///
    /// - Parameter id: a node that is in this tree; anything else stops the program.
    @inlinable
    public func node(_ id: NodeID) -> Node {
        switch self {
        case .radixTree(let tree): Node(tree.node(id), tree.slotsPerNode)
        case .xarray(let array): Node(array.node(id), .sixtyFour)
        }
    }

    /// The names of all nodes: a node first, then what hangs below its slots in ascending order.
    @inlinable
    public func preorder() -> [NodeID] {
        switch self {
        case .radixTree(let tree): tree.preorder()
        case .xarray(let array): array.preorder()
        }
    }

    /// The node in a slot; nil if there is something else, or nothing.
    @inlinable
    public func child(of id: NodeID, at offset: Int) -> NodeID? {
        if case .node(let child) = node(id).slot(offset) { return child }
        return nil
    }

    /// The node of a height on the way to an index; nil if there is none.
    @inlinable
    public func node(at index: Index, height: Int) -> Node? {
        guard case .node(var id) = root, height <= self.height, index <= lastIndex else {
            return nil
        }
        while true {
            let node = node(id)
            if node.height == height { return node }
            guard case .node(let child) = node.slot(node.offset(of: index)) else { return nil }
            id = child
        }
    }

    /// The slots on the way down to an index, from the top: down to a leaf, or to an entry above
    /// the leaves. Nothing if the index lies beyond the present levels.
    @inlinable
    public func way(to index: Index) -> [Int] {
        guard height > 0, index <= lastIndex else { return [] }
        var slots: [Int] = []
        var slot = root
        for level in stride(from: height - 1, through: 0, by: -1) {
            var offset =
                Int(truncatingIfNeeded: index.rawValue >> UInt64(level * slotsPerNode.shift))
                & (slotsPerNode.rawValue - 1)
            guard case .node(let id) = slot else {
                slots.append(offset)
                continue
            }
            let node = node(id)
            offset = node.head(ofSlot: offset)
            slots.append(offset)
            slot = node.slot(offset)
            if case .entry = slot { break }
        }
        return slots
    }
}
