import RadixTree

/// The whole structure of a tree in numbers: what `RadixTree.structure()` says, in a form that
/// millions of comparisons can afford.
struct Shape: Hashable {
    /// Height, root tags and content of the root (`node` for a node); then the nodes in preorder.
    private(set) var words: [UInt64]

    /// Stands for a node in the root: no entry has bit 0 set.
    static let node: UInt64 = 1

    init(height: Int, rootTags: RadixTree.TagSet, root: UInt64) {
        words = [UInt64(height), UInt64(rootTags.rawValue), root]
    }

    init(_ tree: RadixTree) {
        let root: UInt64 =
            switch tree.root {
            case .empty: 0
            case .entry(let entry): entry.rawValue
            case .node: Self.node
            }
        self.init(height: tree.height, rootTags: tree.rootTags, root: root)
        for id in tree.preorder() { append(tree.node(id)) }
    }

    private mutating func append(_ node: RadixTree.Node) {
        append(height: node.height, offset: node.offset)
        set(words.count - Self.nodeWords + 1, UInt64(node.count))
        set(words.count - Self.nodeWords + 2, node.occupied)
        for tag in RadixTree.Tag.allCases {
            set(words.count - Self.nodeWords + 3 + tag.rawValue, node.tags(tag))
        }
        guard node.height == 1 else { return }
        var rest = node.occupied
        while rest != 0 {
            if case .entry(let entry) = node.slot(rest.trailingZeroBitCount) { append(entry) }
            rest &= rest - 1
        }
    }

    // MARK: A node's words: height and offset, count, slots in use, three tag bitmaps

    private static let nodeWords = 6

    /// Appends a node without slots in use.
    ///
    /// - Returns: where its words are.
    @discardableResult
    mutating func append(height: Int, offset: Int) -> Int {
        words.append(UInt64(height << 8 | offset))
        for _ in 1..<Self.nodeWords { words.append(0) }
        return words.count - Self.nodeWords
    }

    /// Appends an entry of the leaf that was appended last.
    mutating func append(_ entry: RadixTree.Entry) { words.append(entry.rawValue) }

    /// Counts one more slot in use.
    mutating func use(_ offset: UInt64, at node: Int) {
        words[node + 1] += 1
        words[node + 2] |= 1 << offset
    }

    mutating func tag(_ tags: RadixTree.TagSet, _ offset: UInt64, at node: Int) {
        for tag in 0..<3 where tags.rawValue >> UInt8(tag) & 1 == 1 {
            words[node + 3 + tag] |= 1 << offset
        }
    }

    private mutating func set(_ position: Int, _ word: UInt64) { words[position] = word }

    /// The same with one number for every page: which one it is makes no difference.
    var withoutNumbers: Shape {
        var copy = self
        if words[2] > Self.node { copy.words[2] = .max }
        var at = 3
        while at < words.count {
            let entries = words[at] >> 8 == 1 ? words[at + 2].nonzeroBitCount : 0
            at += Self.nodeWords
            for position in at..<(at + entries) { copy.words[position] = .max }
            at += entries
        }
        return copy
    }
}
