import NodeMemory
import RadixTree
import XArray

/// The tree of a file's page cache as those see it who only read it: the radix tree of Linux 4 or
/// the XArray of Linux 6, with the same words for both.
///
/// A page tree is a view: it shares the memory of the tree that it was made from, and shows it as
/// it was then. Keep it for a short time only, because it makes the tree's next change copy.
public enum PageTree: Sendable {
    case radixTree(RadixTree)
    case xarray(XArray)

    public typealias NodeID = NodeMemory.NodeID
    public typealias Index = TreeIndex
    public typealias Tag = TreeTag
    public typealias TagSet = TreeTagSet

    /// Whose rules a tree, and the words in its slots, follow.
    public enum Family: String, CaseIterable, Sendable {
        /// Linux 4: `lib/radix-tree.c`.
        case radixTree = "radix-tree"
        /// Linux 6: `lib/xarray.c`.
        case xarray

        /// Whether an entry may cover more than one index, and be split.
        public var hasOrders: Bool { self == .xarray }

        /// What people call such a tree.
        public var title: String { self == .xarray ? "XArray" : "radix tree" }
    }

    @inlinable
    public var family: Family {
        switch self {
        case .radixTree: .radixTree
        case .xarray: .xarray
        }
    }

    /// A tree of the same kind in which nothing is.
    @inlinable
    public var emptied: PageTree {
        switch self {
        case .radixTree(let tree): .radixTree(RadixTree(slotsPerNode: tree.slotsPerNode))
        case .xarray(let array):
            .xarray(XArray(version: array.version, options: array.options))
        }
    }

    /// What the root points to: `rnode`, or `xa_head`.
    @inlinable
    public var root: Slot {
        switch self {
        case .radixTree(let tree): Slot(tree.root)
        case .xarray(let array): Slot(array.head)
        }
    }

    /// The tags that the root carries.
    @inlinable
    public var rootTags: TagSet {
        switch self {
        case .radixTree(let tree): tree.rootTags
        case .xarray(let array): array.marks
        }
    }

    /// Whether the root carries a tag, which is to say any entry.
    @inlinable
    public func isTagged(_ tag: Tag) -> Bool { rootTags.contains(tag) }

    /// Levels of nodes. A radix tree without nodes may have some (`RadixTree.height`).
    @inlinable
    public var height: Int {
        switch self {
        case .radixTree(let tree): return tree.height
        case .xarray(let array):
            guard case .node(let top) = array.head else { return 0 }
            return array.node(top).shift / slotsPerNode.shift + 1
        }
    }

    /// The highest index that the present levels reach.
    @inlinable
    public var lastIndex: Index { slotsPerNode.maxIndex(height: height) }

    /// How many slots each node has.
    @inlinable
    public var slotsPerNode: SlotsPerNode {
        switch self {
        case .radixTree(let tree): tree.slotsPerNode
        case .xarray: .sixtyFour
        }
    }

    /// Nodes in the tree, also those without a slot in use.
    public var nodeCount: Int {
        switch self {
        case .radixTree(let tree): tree.nodeCount
        case .xarray(let array): array.nodeCount
        }
    }

    /// Whether the root points to nothing.
    public var isEmpty: Bool {
        switch self {
        case .radixTree(let tree): tree.isEmpty
        case .xarray(let array): array.isEmpty
        }
    }

    /// Whether both are one unchanged value. Costs nothing, and may be false for equal trees.
    public func isCopy(of other: PageTree) -> Bool {
        switch (self, other) {
        case (.radixTree(let a), .radixTree(let b)): a.isCopy(of: b)
        case (.xarray(let a), .xarray(let b)): a.isCopy(of: b)
        default: false
        }
    }

    /// What is not as it must be, each with its place: nothing of a tree that only whole operations
    /// have changed.
    public func violations() -> [String] {
        switch self {
        case .radixTree(let tree): tree.violations().map(\.description)
        case .xarray(let array): array.violations().map(\.description)
        }
    }
}

extension PageTree: Equatable {
    /// The same kind, root, tags, nodes and entries, whatever the names of the nodes.
    public static func == (a: PageTree, b: PageTree) -> Bool {
        switch (a, b) {
        case (.radixTree(let a), .radixTree(let b)): a == b
        case (.xarray(let a), .xarray(let b)): a == b
        default: false
        }
    }
}
