import NodeMemory

/// The radix tree of the Linux 4.4 and 4.5 page cache: a map from 64-bit indices to entries, in
/// which every entry may carry three tags.
///
/// The tree has exactly the shape that `lib/radix-tree.c` (Linux 4.5.0) gives it: the same
/// heights, nodes, counts and tag bitmaps after the same operations, also when allocations fail.
///
/// Level by level, an index is read from the top in groups of six bits, one group for each node
/// on the way. In a tree of height 2, index 130 is binary `000010 000010`, so it lies in slot 2
/// of the node that hangs in slot 2 of the top node:
///
///     root   height 2, tags D--
///       │
///     ┌─┴──────────────────────────────────────────────┐
///     │ height 2   offset 0   count 2   parent -       │   one node: 64 slots,
///     │ slots      0    1    2    3   …   63           │   how many are occupied,
///     │            ●    ·    ●    ·       ·            │   and for each of three tags
///     │ DIRTY      0    0    1    0       0            │   a bit for every slot
///     │ WRITEBACK  0    0    0    0       0            │
///     │ TOWRITE    0    0    0    0       0            │
///     └────────────┼─────────┼─────────────────────────┘
///        indices 0…63    indices 128…191
///                  │         │
///                 ...  ┌─────┴──────────────────────────────────────────┐
///                      │ height 1   offset 2   count 1   parent ↑       │
///                      │ slots      0    1    2    3   …   63           │
///                      │            ·    ·   entry ·       ·            │
///                      │ DIRTY      0    0    1    0       0            │
///                      └────────────────────────────────────────────────┘
///
/// - A node of height 1 (a leaf) holds entries, a node above holds nodes one level lower.
/// - A tag bit above the leaves says that some entry below that slot carries the tag; the root's
///   tag bit says it for the whole tree.
/// - An entry at index 0 alone needs no node: the root holds it, and the height is 0.
///
/// A tree is a value. A copy shares its memory until one of the two changes. The first change then
/// copies the nodes above the leaves, and each change copies the leaves around it: a dozen nodes
/// take under a microsecond, ten million entries in a row a millisecond.
public struct RadixTree: Sendable {
    /// The root and everything below it.
    @usableFromInline var nodes: NodeTree

    /// An empty tree.
    public init(slotsPerNode: SlotsPerNode = .sixtyFour) {
        nodes = NodeTree(slotsPerNode: slotsPerNode)
    }

    /// Levels of nodes, 0 to `slotsPerNode.maximumHeight`. After a failed first insert it may be
    /// above 0 although the root is empty (`lib/radix-tree.c:radix_tree_extend`).
    @inlinable @inline(__always)
    public var height: Int { nodes.height }

    /// The highest index of the present height: what a lookup compares with first.
    @inlinable @inline(__always)
    var span: UInt64 { nodes.span }

    /// The tags that the root carries: the upper bits of `gfp_mask` in the kernel's root.
    @inlinable @inline(__always)
    public internal(set) var rootTags: TagSet {
        get { TagSet(rawValue: nodes.rootTags) }
        set { nodes.rootTags = newValue.rawValue }
    }

    /// How many slots each node of this tree has.
    @inlinable @inline(__always)
    public var slotsPerNode: SlotsPerNode { nodes.slotsPerNode }

    /// The kernel's `rnode`: zero, or an entry (height 0), or a link to the top node.
    @inlinable @inline(__always)
    var rootWord: UInt64 {
        get { nodes.rootWord }
        set { nodes.rootWord = newValue }
    }

    @inlinable @inline(__always)
    var store: NodeStore { nodes.store }

    @inlinable @inline(__always)
    var isRecorded: Bool { nodes.journal != nil }

    /// What the root points to.
    public var root: Slot {
        if rootWord == 0 { return .empty }
        return height == 0 ? .entry(Entry(word: rootWord)) : .node(NodeRef(word: rootWord).id)
    }

    /// Nodes in the tree, also those that a failed insert left without a slot in use.
    public var nodeCount: Int { store.liveCount }

    /// Bytes of memory that the nodes take, with the table of their names.
    public var nodeBytes: Int { store.liveBytes }

    /// True if no entry can be found: `rnode` is NULL. An empty tree may have a height.
    ///
    /// A tree that consists only of nodes that failed inserts left behind is not empty in this
    /// sense, as in the kernel.
    public var isEmpty: Bool { rootWord == 0 }

    /// The highest index that a tree of this many levels can hold
    /// (`lib/radix-tree.c:radix_tree_maxindex`).
    ///
    /// - Parameter height: 0 to `slotsPerNode.maximumHeight`.
    public func maxIndex(height: Int) -> Index {
        slotsPerNode.maxIndex(height: height)
    }

    /// The top node, if there are nodes.
    @inline(__always)
    var top: NodeRef? { nodes.top }

    /// Makes the node memory this value's own. Every `NodeRef` taken before is void afterwards.
    @inline(__always)
    mutating func makeUnique() { nodes.makeUnique() }

    /// Makes the memory of a large leaf this value's own: see `NodeTree.makeOwn`.
    @inline(__always)
    mutating func makeOwn(_ node: inout NodeRef) { nodes.makeOwn(&node) }
}

public typealias SlotsPerNode = NodeMemory.SlotsPerNode

extension RadixTree {
    public typealias NodeID = NodeMemory.NodeID
    public typealias Index = TreeIndex
}
