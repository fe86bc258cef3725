/// What a family calls things. Whoever shows a tree takes the words from here and need not ask
/// which one it is.
public struct Vocabulary: Hashable, Sendable {
    /// The tree, as the address_space has it.
    public let tree: String
    /// What the address_space's tree begins with.
    public let root: String
    /// Where an entry stands that needs no node.
    public let inRoot: String
    /// The spinlock that guards the tree.
    public let lock: String
    /// What the cache keeps, one of them.
    public let page: String
    /// The structure that a page is.
    public let pageStructure: String
    /// A bit that an entry may carry, and several.
    public let tag: String
    public let tags: String
    /// Those that the root carries.
    public let rootTags: String
    /// Said of what the root carries.
    public let atRoot: String
    /// Said before the tags of an entry.
    public let tagged: String
    /// Slots that belong to the entry in a lower one; nil where there are none.
    public let siblings: String?
    /// What a node counts beside its slots in use.
    public let values: String

    public static let linux4 = Vocabulary(
        tree: "page_tree", root: "root", inRoot: "the root", lock: "tree_lock", page: "page",
        pageStructure: "struct page", tag: "tag", tags: "tags", rootTags: "root tags",
        atRoot: "at root", tagged: "tagged", siblings: nil, values: "shadows")

    public static let linux6 = Vocabulary(
        tree: "i_pages", root: "xa_head", inRoot: "xa_head", lock: "xa_lock", page: "folio",
        pageStructure: "struct folio", tag: "mark", tags: "marks", rootTags: "marks",
        atRoot: "in flags", tagged: "marked", siblings: "sibling", values: "nr_values")
}

extension PageTree.Family {
    public var vocabulary: Vocabulary {
        switch self {
        case .radixTree: .linux4
        case .xarray: .linux6
        }
    }
}

extension PageTree {
    public var vocabulary: Vocabulary { family.vocabulary }

    /// How far the tree reaches, in its own terms: `height 2`, or `shift 6`.
    public var reach: String {
        reachNumber.map { "\(measure) \($0)" } ?? "no node"
    }

    /// The number alone; nil of an XArray without a node.
    public var reachNumber: Int? {
        switch self {
        case .radixTree(let tree): return tree.height
        case .xarray(let array):
            guard case .node(let top) = array.head else { return nil }
            return array.node(top).shift
        }
    }

    /// What `reach` is told by.
    public var measure: String {
        switch self {
        case .radixTree: "height"
        case .xarray: "shift"
        }
    }
}

extension PageTree.Node {
    /// Which level the node is on, in its own terms: `height 1`, or `shift 0`.
    public var level: String {
        switch kind {
        case .radixTree(let node): "height \(node.height)"
        case .xarray(let node): "shift \(node.shift)"
        }
    }

    /// What the node counts: `count 5` and, where there are shadows, `+ 2 shadows`; or `count 7`
    /// and `nr_values 2`.
    public var counts: [String] {
        switch kind {
        case .radixTree:
            switch valueCount {
            case 0: ["count \(count)"]
            case 1: ["count \(count)", "+ 1 shadow"]
            default: ["count \(count)", "+ \(valueCount) shadows"]
            }
        case .xarray: ["count \(count)", "nr_values \(valueCount)"]
        }
    }

    /// Its shadows; nil where a node does not count them.
    public var shadows: Int? {
        if case .radixTree(let node) = kind { return node.shadowsCount }
        return nil
    }

    /// `nr_values`; nil where there is no such thing.
    public var values: Int? {
        if case .xarray(let node) = kind { return node.valueCount }
        return nil
    }

    /// The words of the node beside its slots, by their names: where they are shown one by one.
    /// Nothing of a node of the radix tree, whose words `level` and `counts` tell.
    public var words: [Word] {
        guard case .xarray(let node) = kind else { return [] }
        let marks = PageTree.Tag.allCases.map {
            Word(
                name: "marks[\($0.rawValue)]", value: node.marks($0), bits: 64,
                meaning: "  \("\($0)".uppercased())")
        }
        return [
            Word("shift", node.shift, "  index bits below a slot"),
            Word("offset", node.offset, "  its slot in the node above"),
            Word("count", node.count, "  slots in use"),
            Word("nr_values", node.valueCount, "  of them values, with siblings"),
        ] + marks
    }

    /// A word of a node.
    public struct Word: Hashable, Sendable {
        public var name: String
        public var value: UInt64
        /// How many the kernel gives it.
        public var bits: Int
        /// It begins with blanks.
        public var meaning: String

        fileprivate init(name: String, value: UInt64, bits: Int, meaning: String) {
            (self.name, self.value, self.bits, self.meaning) = (name, value, bits, meaning)
        }

        fileprivate init(_ name: String, _ value: Int, _ meaning: String) {
            self.init(name: name, value: UInt64(value), bits: 8, meaning: meaning)
        }
    }

    /// Whether the node is on the list of nodes that hold nothing but values.
    public var isListed: Bool {
        if case .xarray(let node) = kind { return node.isListed }
        return false
    }
}
