import NodeMemory

// include/linux/radix-tree.h: radix_tree_for_each_slot, radix_tree_for_each_tagged;
// lib/radix-tree.c: radix_tree_gang_lookup, radix_tree_gang_lookup_tag.
//
// Entries come in ascending order of their indices. Nothing wraps: a walk ends at 2^64-1.

extension RadixTree {
    /// Entries with their indices. The sequence holds the tree as it was when it was made.
    public struct Entries: Sequence, IteratorProtocol {
        private let tree: RadixTree
        private var walk: Walk

        init(_ tree: RadixTree, from index: Index, tag: Tag?) {
            self.tree = tree
            walk = Walk(tree, from: index.rawValue, tag: tag)
        }

        public mutating func next() -> (index: Index, entry: Entry)? {
            guard let found = walk.next() else { return nil }
            return (Index(found.index), Entry(word: found.word))
        }
    }

    /// All entries from an index on.
    public func entries(from index: Index = 0) -> Entries { Entries(self, from: index, tag: nil) }

    /// The entries from an index on that carry a tag.
    public func entries(from index: Index = 0, tagged tag: Tag) -> Entries {
        Entries(self, from: index, tag: tag)
    }

    /// The first entry at an index or above.
    public func next(atOrAfter index: Index) -> (index: Index, entry: Entry)? {
        first(from: index, tag: nil)
    }

    /// The first entry at an index or above that carries a tag.
    public func next(atOrAfter index: Index, tagged tag: Tag) -> (index: Index, entry: Entry)? {
        first(from: index, tag: tag)
    }

    /// `radix_tree_gang_lookup`: the entries from an index on.
    ///
    /// - Parameter max: the most entries to return, 0 or more.
    public func gangLookup(from index: Index, max: Int) -> [(index: Index, entry: Entry)] {
        gang(from: index, max: max, tag: nil)
    }

    /// `radix_tree_gang_lookup_tag`: the entries from an index on that carry a tag.
    ///
    /// - Parameter max: the most entries to return, 0 or more.
    public func gangLookup(
        from index: Index, max: Int, tagged tag: Tag
    ) -> [(index: Index, entry: Entry)] {
        gang(from: index, max: max, tag: tag)
    }

    private func first(from index: Index, tag: Tag?) -> (index: Index, entry: Entry)? {
        var walk = Walk(self, from: index.rawValue, tag: tag)
        guard let found = walk.next() else { return nil }
        return (Index(found.index), Entry(word: found.word))
    }

    private func gang(from index: Index, max: Int, tag: Tag?) -> [(index: Index, entry: Entry)] {
        var found: [(index: Index, entry: Entry)] = []
        guard max > 0 else { return found }
        var walk = Walk(self, from: index.rawValue, tag: tag)
        while found.count < max, let next = walk.next() {
            found.append((Index(next.index), Entry(word: next.word)))
        }
        return found
    }
}
