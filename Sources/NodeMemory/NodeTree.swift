/// What is below a root: nodes that a set of rules arranges, `lib/radix-tree.c`'s or
/// `lib/xarray.c`'s.
///
/// The rules say what goes where. The memory of the nodes, their names, what copies share and what
/// a history writes down is decided here, once for all of them.
///
/// A tree is a value. A copy shares its memory until one of the two changes. The first change then
/// copies the nodes above the leaves, and each change copies the leaves around it.
@usableFromInline
package struct NodeTree: Sendable {
    /// Levels of nodes, 0 to `slotsPerNode.maximumHeight`; 0 if the root holds no node. The rules
    /// of 4.5 may give an empty root a height.
    @usableFromInline package private(set) var height = 0

    /// The highest index of the present height: what a lookup compares with first.
    @usableFromInline package private(set) var span: UInt64 = 0

    /// The tags that the root carries, bit t for tag t.
    @usableFromInline package var rootTags: UInt8 = 0

    /// How many slots each node of this tree has.
    @usableFromInline package let slotsPerNode: SlotsPerNode

    /// Zero, or an entry (height 0), or a link to the top node.
    @usableFromInline package var rootWord: UInt64 = 0

    /// The memory of all nodes.
    @usableFromInline package var store: NodeStore

    /// Where overwritten words go while a history records.
    @usableFromInline package var journal: Journal?

    /// An empty tree.
    package init(slotsPerNode: SlotsPerNode) {
        self.slotsPerNode = slotsPerNode
        store = NodeStore(slotsPerNode: slotsPerNode)
    }

    package mutating func setHeight(_ height: Int) {
        self.height = height
        span = slotsPerNode.rawMaxIndex(height: height)
    }

    /// The top node, if there are nodes.
    @inlinable @inline(__always)
    package var top: NodeRef? {
        height > 0 && rootWord != 0 ? NodeRef(word: rootWord) : nil
    }

    /// Whether both are one unchanged value: copies of each other that nobody has written to since.
    /// Costs nothing, and may be false for equal trees.
    package func isCopy(of other: NodeTree) -> Bool {
        store === other.store && rootWord == other.rootWord && height == other.height
            && rootTags == other.rootTags
    }

    /// Makes the node memory this value's own. Every `NodeRef` taken before is void afterwards.
    @inlinable @inline(__always)
    package mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&store) { copyStore() }
    }

    @inline(never) @usableFromInline
    mutating func copyStore() {
        let copy = store.clone()
        if let top { rootWord = copy.node(top.id).word }
        store = copy
    }

    /// Makes the memory of a large leaf this value's own. The leaf may move: `node` follows; every
    /// other `NodeRef` of a large leaf is void afterwards. The tree is unique.
    @inlinable @inline(__always)
    package mutating func makeOwn(_ node: inout NodeRef) {
        if store.isShared(node) { makeLeafOwn(&node) }
    }

    @inline(never) @usableFromInline
    mutating func makeLeafOwn(_ node: inout NodeRef) {
        let top = top?.id
        node = store.makeOwn(node)
        if let top { rootWord = store.node(top).word }
    }
}

// MARK: - Nodes by their names

extension NodeTree {
    /// A live node, checked.
    package func reference(_ id: NodeID) -> NodeRef {
        precondition(store.isLive(id), "the node is not in this tree")
        return store.node(id)
    }

    /// The names of all nodes: a node first, then what hangs below its slots in ascending order.
    package func preorder() -> [NodeID] {
        var names: [NodeID] = []
        var pending = top.map { [$0] } ?? []
        while let node = pending.popLast() {
            names.append(node.id)
            guard node.height > 1 else { continue }
            var rest = node.occupied
            while rest != 0 {
                let offset = 63 - rest.leadingZeroBitCount
                let word = node.slot(offset)
                if NodeRef.isLink(word) { pending.append(NodeRef(word: word)) }
                rest &= ~(1 << UInt64(offset))
            }
        }
        return names
    }

    /// The same root, nodes, counts, tag bitmaps and entries. Names of nodes do not count: they
    /// tell in which order nodes were made.
    package static func == (a: NodeTree, b: NodeTree) -> Bool {
        guard a.slotsPerNode == b.slotsPerNode, a.height == b.height, a.rootTags == b.rootTags
        else { return false }
        guard let first = a.top, let second = b.top else { return a.rootWord == b.rootWord }
        return equal(first, second)
    }

    private static func equal(_ a: NodeRef, _ b: NodeRef) -> Bool {
        // Copies share leaves.
        if a == b { return true }
        guard a.count == b.count, a.offset == b.offset, a.occupied == b.occupied,
            a.tags(0) == b.tags(0), a.tags(1) == b.tags(1), a.tags(2) == b.tags(2)
        else { return false }
        var rest = a.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            let (first, second) = (a.slot(offset), b.slot(offset))
            if a.height == 1 || !NodeRef.isLink(first) || !NodeRef.isLink(second) {
                guard first == second else { return false }
            } else {
                guard equal(NodeRef(word: first), NodeRef(word: second)) else { return false }
            }
            rest &= rest &- 1
        }
        return true
    }
}
