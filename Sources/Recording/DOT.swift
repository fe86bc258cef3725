import PageCache
import RadixTree

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
        let step = "step \(caption.position): \(caption.label)"
        let title = ([caption.title, step] + caption.findings).map(escape).joined(separator: "\\l")
        var text = """
            digraph page_tree {
            graph [fontname="DejaVu Sans Mono" label="\(title)\\l" labeljust=l]
            node [fontname="DejaVu Sans Mono" fontsize=10 shape=record]
            edge [arrowsize=0.6]
            root [label="{page_tree|height \(tree.height)|tags \(letters(tree.rootTags))\
            |nrpages \(mapping.nrpages)|nrexceptional \(mapping.nrexceptional)}"]

            """
        switch tree.root {
        case .empty: break
        case .entry(let entry):
            text += leaf(entry, at: 0, tags: tree.rootTags, from: ("root", nil), machine)
        case .node(let id):
            text += "root -> \(name(tree.node(id)))\n"
            for id in tree.preorder() { text += node(tree.node(id), tree, machine) }
        }
        return text + "}\n"
    }

    /// `n_SHIFT_INDEX`: the same node has the same name at every moment.
    private static func name(_ node: RadixTree.Node) -> String {
        "n_\(6 * (node.height - 1))_\(node.firstIndex)"
    }

    private static func node(
        _ node: RadixTree.Node, _ tree: RadixTree, _ machine: Machine
    ) -> String {
        let name = name(node)
        let range = "\(node.firstIndex)..\(node.lastIndex(ofSlot: 63))"
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
                let index = node.firstIndex(ofSlot: offset).rawValue
                edges += leaf(entry, at: index, tags: tags, from: (name, offset), machine)
            }
            ports.append("<s\(offset)> \(offset)\(mark)")
        }
        let count =
            "count \(node.pagesCount)"
            + (node.shadowsCount > 0 ? " + \(counted(node.shadowsCount, "shadow"))" : "")
        let head = "\(range)|height \(node.height)|\(count)"
        return "\(name) [label=\"{{\(head)}|{\(ports.joined(separator: "|"))}}\"]\n\(edges)"
    }

    private static func leaf(
        _ entry: RadixTree.Entry, at index: UInt64, tags: RadixTree.TagSet,
        from node: (name: String, slot: Int?), _ machine: Machine
    ) -> String {
        let kind = Audit.kind(of: entry, in: machine)
        let detail =
            switch kind {
            case .page, .zeroPage: entry.page.map { " \($0)" } ?? ""
            case .daxPTE, .daxPMD: " sector \(entry.daxSector)"
            case .shadow:
                " age \(entry.shadowAge) node \(entry.shadowNode) zone \(entry.shadowZone)"
            case .swap: " slot \(entry.swapSlot)"
            }
        let mark = tags.isEmpty ? "" : " \(letters(tags))"
        return """
            e_\(index) [label="\(index): \(kind.rawValue)\(detail)\(mark)" shape=box style=rounded]

            """ + edge(node.name, node.slot, "e_\(index)")
    }

    /// The slot is an attribute: in `n:s8 -> m` some readers take `n:s8` for a node.
    private static func edge(_ from: String, _ slot: Int?, _ to: String) -> String {
        "\(from) -> \(to)" + (slot.map { " [tailport=s\($0)]" } ?? "") + "\n"
    }

    private static func letters(_ tags: RadixTree.TagSet) -> String {
        let names = zip(RadixTree.Tag.allCases, ["D", "W", "T"])
        let text = names.filter { tags.contains($0.0) }.map(\.1).joined()
        return text.isEmpty ? "none" : text
    }

    /// A text inside of quotes.
    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
