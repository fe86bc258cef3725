import NodeMemory

/// A walk over entries in ascending order of their indices: the radix tree's iterator
/// (`lib/radix-tree.c:radix_tree_next_chunk`).
///
/// The kernel starts at the root again for every leaf, since nodes may go while it looks. A value
/// stands still, so the walk climbs by the parent links and skips empty slots by the bitmaps. The
/// entries that it gives are the same ones.
///
/// It holds the tree's memory, so that it goes on over the tree as it was.
struct Walk {
    /// The leaf in which the next entry is; nil in the root or at the end.
    private var leaf: NodeRef?
    /// Its slots that are still to come.
    private var rest: UInt64 = 0
    /// The index of its slot 0.
    private var base: UInt64 = 0
    /// The entry that the root itself holds, if it is to come.
    private var rootWord: UInt64 = 0
    /// Keeps the fetching from being left out.
    private var fetched: UInt32 = 0
    private let store: NodeStore
    private let shift: Int
    private let tag: Int?

    /// A walk that begins at an index. With a tag it gives only the entries that carry it.
    init(_ tree: RadixTree, from index: UInt64, tag: RadixTree.Tag?) {
        store = tree.store
        shift = tree.slotsPerNode.shift
        self.tag = tag?.rawValue
        guard tree.rootWord != 0 else { return }
        if let tag, !tree.rootTags.contains(tag) { return }
        guard tree.height > 0 else {
            if index == 0 { rootWord = tree.rootWord }
            return
        }
        guard index <= tree.slotsPerNode.rawMaxIndex(height: tree.height) else { return }
        let mask = tree.slotsPerNode.mask
        var node = NodeRef(word: tree.rootWord)
        for level in stride(from: tree.height - 1, through: 0, by: -1) {
            let offset = (index >> UInt64(level * shift)) & mask
            let candidates = candidates(of: node) & (~0 << offset)
            if level == 0 || candidates & (1 << offset) == 0 {
                base = Self.prefix(index, (level + 1) * shift)
                descend(node, candidates, level * shift)
                return
            }
            node = NodeRef(word: node.slot(Int(offset)))
        }
    }

    /// The next entry, or nil at the end.
    @inline(__always)
    mutating func next() -> (index: UInt64, word: UInt64)? {
        while true {
            if let leaf {
                let offset = rest.trailingZeroBitCount
                rest &= rest &- 1
                let found = (base | UInt64(offset), leaf.slot(offset))
                if rest == 0 { advance() }
                return found
            }
            guard rootWord != 0 else { return nil }
            defer { rootWord = 0 }
            return (0, rootWord)
        }
    }

    @inline(__always)
    private func candidates(of node: NodeRef) -> UInt64 { node.candidates(tag) }

    /// An index without its low bits; 0 if all 64 are low.
    private static func prefix(_ index: UInt64, _ bits: Int) -> UInt64 {
        (index >> UInt64(bits)) << UInt64(bits)
    }

    /// Leaves a leaf that has nothing to come.
    @inline(never)
    private mutating func advance() {
        if let leaf { descend(leaf, 0, 0) }
    }

    /// Finds the next leaf with something to come, from slots of a node that are still to come.
    ///
    /// - Parameters:
    ///   - level: the shift of that node: 0 for a leaf.
    ///   - base: the index of that node's slot 0 is in `self.base`.
    private mutating func descend(_ first: NodeRef, _ some: UInt64, _ level: Int) {
        var node = first
        var candidates = some
        var level = level
        while true {
            while candidates == 0 {
                guard let parent = store.parent(of: node) else {
                    leaf = nil
                    return
                }
                candidates = self.candidates(of: parent) & (~1 << UInt64(node.offset))
                level += shift
                base = Self.prefix(base, level + shift)
                node = parent
            }
            if level == 0 {
                leaf = node
                rest = candidates
                return
            }
            let offset = candidates.trailingZeroBitCount
            base |= UInt64(offset) << UInt64(level)
            node = NodeRef(word: node.slot(offset))
            level -= shift
            candidates = self.candidates(of: node)
            if level == 3 &* shift {
                fetched |= node.fetchTwoLevels(below: candidates, tag: tag, onlyLinks: true)
            }
        }
    }
}
