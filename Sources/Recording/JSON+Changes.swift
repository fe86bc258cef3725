import PageCache
import PageTree

/// What is different in a list whose items have a key: items that are new or changed, and keys of
/// items that are gone. Told step by step it grows with what happens, not with what there is.
struct Changed<Item: Encodable, Key: Encodable>: Encodable {
    var set: [Item]?
    var gone: [Key]?

    /// Nil: nothing is different.
    init?(set: [Item], gone: [Key]) {
        if set.isEmpty, gone.isEmpty { return nil }
        self.set = set.isEmpty ? nil : set
        self.gone = gone.isEmpty ? nil : gone
    }

    /// An empty list.
    fileprivate init() {}

    /// What the first step says, where even an empty list is a part.
    static func first(_ changed: Self?) -> Self { changed ?? Self() }
}

extension Changed {
    /// The differences of two sorted maps.
    init?<Value: Equatable>(
        _ old: SortedMap<Key, Value>?, _ new: SortedMap<Key, Value>,
        item: ((key: Key, value: Value)) -> Item
    ) where Key: Comparable {
        let old = old ?? SortedMap()
        guard !old.isCopy(of: new) else { return nil }
        self.init(
            old.positions.lazy.map { old.element(at: $0) },
            new.positions.lazy.map { new.element(at: $0) }, item: item)
    }

    /// The differences of two lists, each ascending by key.
    init?<Value: Equatable>(
        _ old: some RandomAccessCollection<(key: Key, value: Value)>,
        _ new: some RandomAccessCollection<(key: Key, value: Value)>,
        item: ((key: Key, value: Value)) -> Item
    ) where Key: Comparable {
        var set: [Item] = []
        var gone: [Key] = []
        var left = old.makeIterator()
        var right = new.makeIterator()
        var before = left.next()
        var after = right.next()
        while before != nil || after != nil {
            if let one = before, after == nil || one.key < after!.key {
                gone.append(one.key)
                before = left.next()
            } else if let two = after, before == nil || two.key < before!.key {
                set.append(item(two))
                after = right.next()
            } else if let one = before, let two = after {
                if one.value != two.value { set.append(item(two)) }
                before = left.next()
                after = right.next()
            }
        }
        self.init(set: set, gone: gone)
    }
}

extension RecordedState.Tree {
    /// The differences of two trees; nil: there are none.
    init?(_ machine: Machine, since old: Machine?) {
        let tree = machine.mapping.pageTree
        let before = old?.mapping.pageTree ?? tree.emptied
        let revalued = Self.revaluedEntries(machine, since: old)
        guard old == nil || !revalued.isEmpty || before != tree else { return nil }
        height = tree.height
        tags = tree.rootTags.tags.map { "\($0)" }
        entries = Self.entries(machine, since: before, and: revalued)
        let known = old == nil ? [] : Self.nodes(before)
        nodes = Changed(known, Self.nodes(tree)) { Node($0.key, $0.value) }
        guard old == nil else { return }
        entries = .first(entries)
        nodes = .first(nodes)
    }

    private static func entries(
        _ machine: Machine, since before: PageTree, and revalued: Swift.Set<UInt64>
    ) -> Changed<Entry, UInt64>? {
        var set: [Entry] = []
        var gone: [UInt64] = []
        var revalued = revalued
        let tree = machine.mapping.pageTree
        tree.forEachChange(since: before) { indices, before, after in
            revalued.remove(indices.lowerBound.rawValue)
            // Either may reach beyond the range: it is told where it begins.
            let come = after.map(\.indices.lowerBound)
            if let after, indices.contains(after.indices.lowerBound) {
                set.append(Entry(after, machine))
            }
            if let left = before?.indices.lowerBound, left != come, indices.contains(left) {
                gone.append(left.rawValue)
            }
        }
        for index in revalued {
            if let item = tree.item(at: PageIndex(index)) { set.append(Entry(item, machine)) }
        }
        if !revalued.isEmpty { set.sort { $0.index < $1.index } }
        return Changed(set: set, gone: gone)
    }

    /// The indices of entries that are the same and mean something else: what an entry is depends
    /// on its page.
    private static func revaluedEntries(
        _ machine: Machine, since old: Machine?
    ) -> Swift.Set<UInt64> {
        guard let old, !old.pages.isCopy(of: machine.pages) else { return [] }
        var indices: Swift.Set<UInt64> = []
        for (id, page) in machine.pages where old[id].isZeroPage != page.isZeroPage {
            let entry = machine.mapping.pageTree.lookup(PageIndex(page.index))
            if entry?.page == id { indices.insert(page.index) }
        }
        return indices
    }

    /// By height and first index, which no two nodes share.
    private static func nodes(_ tree: PageTree) -> [(key: NodeKey, value: NodeValue)] {
        tree.preorder().map { id in
            let node = tree.node(id)
            return (
                NodeKey(height: node.height, index: node.firstIndex.rawValue),
                NodeValue(
                    count: node.count, shadows: node.shadows, values: node.values,
                    tags: PageTree.Tag.allCases.map { node.tags($0) })
            )
        }.sorted { $0.key < $1.key }
    }
}

extension RecordedState.Tree {
    struct NodeKey: Encodable, Comparable {
        var height: Int
        var index: UInt64

        /// Parents before children, by index.
        static func < (a: Self, b: Self) -> Bool { (-a.height, a.index) < (-b.height, b.index) }
    }

    struct NodeValue: Equatable {
        var count: Int
        var shadows: Int?
        var values: Int?
        var tags: [UInt64]
    }
}
