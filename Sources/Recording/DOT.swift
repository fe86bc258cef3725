import PageCache
import PageTree

/// The tree of a moment as a graph: a record a node, a port a used slot, and the entries.
public struct DOTWriter: FilmWriter {
    public init() {}

    public mutating func add(_ picture: Picture) -> String {
        DOT.graph(of: picture.machine, picture.caption)
    }
}

/// Graphviz's language.
enum DOT {
    static func graph(of machine: Machine, _ caption: Caption) -> String {
        let mapping = machine.mapping
        let tree = mapping.pageTree
        let words = tree.vocabulary
        let counters = machine.counters.filter { $0 != .swapped }
        let facts =
            [words.tree, tree.reach, "\(words.tags) \(letters(tree.rootTags))"]
            + counters.map { "\($0.rawValue) \(machine.recorded($0))" }
        let step = "step \(caption.position): \(caption.label)"
        let title = ([caption.title, step] + caption.findings).map(escape).joined(separator: "\\l")
        var text = """
            digraph \(words.tree) {
            graph [fontname="DejaVu Sans Mono" label="\(title)\\l" labeljust=l]
            node [fontname="DejaVu Sans Mono" fontsize=10 shape=record]
            edge [arrowsize=0.6]
            root [label="{\(facts.joined(separator: "|"))}"]

            """
        switch tree.root {
        case .empty, .sibling: break
        case .entry:
            if let item = tree.item(at: 0) { text += leaf(item, from: ("root", nil), machine) }
        case .node(let id):
            text += "root -> \(name(tree.node(id)))\n"
            for id in tree.preorder() { text += node(tree.node(id), tree, machine) }
        }
        return text + "}\n"
    }

    /// `n_SHIFT_INDEX`: the same node has the same name at every moment.
    private static func name(_ node: PageTree.Node) -> String {
        "n_\(node.shift)_\(node.firstIndex)"
    }

    private static func node(
        _ node: PageTree.Node, _ tree: PageTree, _ machine: Machine
    ) -> String {
        let name = name(node)
        let range = "\(node.firstIndex)..\(node.lastIndex)"
        var ports: [String] = []
        var edges = ""
        for offset in 0..<64 {
            let tags = node.tags(at: offset)
            let mark = tags.isEmpty ? "" : " \(letters(tags))"
            switch node.slot(offset) {
            case .empty: continue
            case .node(let child):
                edges += edge(name, offset, self.name(tree.node(child)))
            case .entry(let entry):
                let indices = node.indices(ofSlot: offset)
                let item = PageTree.Item(entry: entry, indices: indices, tags: tags)
                edges += leaf(item, from: (name, offset), machine)
            case .sibling(let first):
                ports.append("<s\(offset)> \(offset) of \(first)\(mark)")
                continue
            }
            ports.append("<s\(offset)> \(offset)\(mark)")
        }
        let head = "\(range)|\(node.level)|\(node.counts.joined(separator: " "))"
        return "\(name) [label=\"{{\(head)}|{\(ports.joined(separator: "|"))}}\"]\n\(edges)"
    }

    private static func leaf(
        _ item: PageTree.Item, from node: (name: String, slot: Int?), _ machine: Machine
    ) -> String {
        let entry = item.entry
        let index = item.indices.lowerBound
        let kind = Audit.kind(of: entry, in: machine)
        let detail =
            switch kind {
            case .page, .zeroPage: entry.page.map { " \($0)" } ?? ""
            case .daxPTE, .daxPMD: " sector \(entry.daxSector)"
            case .shadow:
                " age \(entry.shadowAge) node \(entry.shadowNode) zone \(entry.shadowZone)"
            case .swap: " slot \(entry.swapSlot)"
            case .value: " \(entry.value)"
            case .pointer: " \(entry.rawValue >> 2)"
            case .zeroEntry, .retryEntry: ""
            }
        let name = kind == .page ? machine.vocabulary.page : kind.rawValue
        let order = item.order > 0 ? " order \(item.order)" : ""
        let mark = item.tags.isEmpty ? "" : " \(letters(item.tags))"
        return """
            e_\(index) [label="\(index): \(name)\(detail)\(order)\(mark)" shape=box style=rounded]

            """ + edge(node.name, node.slot, "e_\(index)")
    }

    /// The slot is an attribute: in `n:s8 -> m` some readers take `n:s8` for a node.
    private static func edge(_ from: String, _ slot: Int?, _ to: String) -> String {
        "\(from) -> \(to)" + (slot.map { " [tailport=s\($0)]" } ?? "") + "\n"
    }

    private static func letters(_ tags: PageTree.TagSet) -> String {
        let names = zip(PageTree.Tag.allCases, ["D", "W", "T"])
        let text = names.filter { tags.contains($0.0) }.map(\.1).joined()
        return text.isEmpty ? "none" : text
    }

    /// A text inside of quotes.
    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
