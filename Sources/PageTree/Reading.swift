import NodeMemory
import RadixTree
import XArray

// Entries by index, in order, and what differs between two trees.

extension PageTree {
    /// The entry at an index, or nil. Of reserved indices the zero entry.
    @inlinable
    public func lookup(_ index: Index) -> Entry? {
        switch self {
        case .radixTree(let tree): tree.lookup(index).map(Entry.init)
        case .xarray(let array): array.item(at: index).map { Entry($0.entry) }
        }
    }

    /// Whether the same entry stands at an index, for the same indices, or nothing in both.
    public func holdsTheSame(as other: PageTree, at index: Index) -> Bool {
        switch (self, other) {
        case (.radixTree(let a), .radixTree(let b)): return a.lookup(index) == b.lookup(index)
        default:
            let (a, b) = (item(at: index), other.item(at: index))
            guard let a, let b else { return a == b }
            return a.isSameEntry(as: b)
        }
    }

    /// What stands at an index, with its indices and tags; nil if nothing does.
    public func item(at index: Index) -> Item? {
        switch self {
        case .radixTree(let tree): tree.item(at: index).map { Item($0, at: index) }
        case .xarray(let array): array.item(at: index).map(Item.init)
        }
    }

    /// Where an entry is.
    public struct Place: Hashable, Sendable {
        public let entry: Entry
        /// The node that holds the entry; nil if the root does.
        public let node: NodeID?
        /// The slot of that node, the first of several; 0 for the root.
        public let offset: Int
    }

    /// The entry at an index with the place that holds it.
    public func find(_ index: Index) -> Place? {
        switch self {
        case .radixTree(let tree):
            return tree.find(index).map {
                Place(entry: Entry($0.entry), node: $0.node, offset: $0.offset)
            }
        case .xarray(let array):
            var state = XArray.State(index)
            guard case .entry(let entry) = array.load(&state) else { return nil }
            if case .node(let id) = state.position {
                return Place(entry: Entry(entry), node: id, offset: state.offset)
            }
            return Place(entry: Entry(entry), node: nil, offset: 0)
        }
    }

    /// Whether an entry carries a tag; false for an absent index.
    @inlinable
    public func hasTag(_ tag: Tag, at index: Index) -> Bool {
        switch self {
        case .radixTree(let tree): tree.hasTag(tag, at: index)
        case .xarray(let array): array.hasMark(tag, at: index)
        }
    }

    /// Entries in ascending order, each once. The sequence holds the tree as it was when it was
    /// made.
    public struct Entries: Sequence, IteratorProtocol {
        @usableFromInline var tree: RadixTree.Entries?
        @usableFromInline var array: ArrayWalk?
        @usableFromInline let last: Index

        @usableFromInline
        init(_ tree: PageTree, _ first: Index, _ last: Index, _ tag: Tag?) {
            self.last = last
            switch tree {
            case .radixTree(let tree):
                self.tree =
                    tag.map { tree.entries(from: first, tagged: $0) } ?? tree.entries(from: first)
            case .xarray(let array): self.array = ArrayWalk(array, first, last, tag)
            }
        }

        @inlinable
        public mutating func next() -> Found? {
            guard let (index, entry) = tree?.next() else { return array?.next() }
            return index <= last ? Found(entry: Entry(entry), indices: index...index) : nil
        }
    }

    /// Calls a function for every entry, in ascending order: `entries()` for those in a hurry.
    @inlinable
    public func forEachEntry(_ body: (Found) -> Void) {
        switch self {
        case .radixTree(let tree):
            for (index, entry) in tree.entries() {
                body(Found(entry: Entry(entry), indices: index...index))
            }
        case .xarray: for found in entries() { body(found) }
        }
    }

    /// The entries of a range of indices; of the XArray also those that reach into it, and those
    /// that only reserve.
    public func entries(from first: Index = 0, through last: Index = .max) -> Entries {
        Entries(self, first, last, nil)
    }

    /// The entries of a range of indices that carry a tag.
    public func entries(
        from first: Index = 0, through last: Index = .max, tagged tag: Tag
    ) -> Entries {
        Entries(self, first, last, tag)
    }

    /// The first entry that has an index at or above one, which may begin below it.
    public func next(atOrAfter index: Index) -> Found? {
        guard case .radixTree(let tree) = self else {
            var entries = entries(from: index)
            return entries.next()
        }
        return tree.next(atOrAfter: index).map {
            Found(entry: Entry($0.entry), indices: $0.index...$0.index)
        }
    }

    /// The first of these that carries a tag.
    public func next(atOrAfter index: Index, tagged tag: Tag) -> Found? {
        guard case .radixTree(let tree) = self else {
            var entries = entries(from: index, tagged: tag)
            return entries.next()
        }
        return tree.next(atOrAfter: index, tagged: tag).map {
            Found(entry: Entry($0.entry), indices: $0.index...$0.index)
        }
    }

    /// Calls a function for every range of indices at which another item stands than in `old`, in
    /// ascending order.
    ///
    /// - Parameters:
    ///   - old: a tree of any family. Of another family everything is different: what was there is
    ///     gone first, then what is there has come.
    ///   - body: is given the range, what stands there in `old` and what stands there here; either
    ///     may reach beyond the range.
    public func forEachChange(
        since old: PageTree,
        _ body: (_ indices: ClosedRange<Index>, _ before: Item?, _ after: Item?) -> Void
    ) {
        switch (self, old) {
        case (.radixTree(let new), .radixTree(let old)):
            new.forEachChange(since: old) { index, before, after in
                body(
                    index...index, before.map { Item($0, at: index) },
                    after.map { Item($0, at: index) })
            }
        case (.xarray(let new), .xarray(let old)):
            new.forEachChange(since: old) { body($0, $1.map(Item.init), $2.map(Item.init)) }
        default:
            old.emptied.forEachChange(since: old, body)
            forEachChange(since: emptied, body)
        }
    }
}

/// The entries of an XArray, also those that only reserve.
@usableFromInline
struct ArrayWalk {
    private let array: XArray
    private var state: XArray.State
    private let last: TreeIndex
    private let tag: TreeTag?

    init(_ array: XArray, _ first: TreeIndex, _ last: TreeIndex, _ tag: TreeTag?) {
        self.array = array
        state = XArray.State(first)
        self.last = last
        self.tag = tag
    }

    @usableFromInline
    mutating func next() -> PageTree.Found? {
        guard let found = step(), let item = array.item(at: state.index) else { return nil }
        return PageTree.Found(entry: PageTree.Entry(found), indices: item.indices)
    }

    private mutating func step() -> XArray.Entry? {
        guard let tag else { return array.find(&state, max: last) }
        while true {
            switch array.findMarked(&state, max: last, tag) {
            case .entry(let entry): return entry
            // What 6.1's splitting leaves.
            case .sibling: continue
            case .empty, .node, .retry: return nil
            }
        }
    }
}
