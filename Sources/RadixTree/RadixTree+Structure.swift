import NodeMemory

// Two trees are equal if a reader of the kernel's structures could not tell them apart. And the
// text that shows those structures.

extension RadixTree: Equatable {
    /// The same height, root tags, nodes, counts, tag bitmaps and entries. Names of nodes do not
    /// count: they tell in which order nodes were made.
    public static func == (a: RadixTree, b: RadixTree) -> Bool {
        a.nodes == b.nodes
    }

    /// Whether both are one unchanged value: copies of each other that nobody has written to since.
    /// Costs nothing, and may be false for equal trees.
    public func isCopy(of other: RadixTree) -> Bool {
        nodes.isCopy(of: other.nodes)
    }
}

extension RadixTree: CustomStringConvertible {
    /// The whole structure as text, a line for the root and one for each node in `preorder()`:
    ///
    ///     2 1 *                        height, root tags as a number, content of the root
    ///     2 0 2 4 0 0 0:* 2:*          height, offset, count, three tag bitmaps (hexadecimal),
    ///     1 0 1 0 0 0 5:p1             then the slots in use: * is a node, p a page,
    ///     1 2 1 4 0 0 2:x9             x an exceptional entry
    public var description: String { structure().joined(separator: "\n") }

    /// The lines of `description`.
    public func structure() -> [String] {
        var content = "*"
        if rootWord == 0 {
            content = "-"
        } else if height == 0 {
            content = "\(Entry(word: rootWord))"
        }
        let nodes = preorder().map { line(store.node($0)) }
        return ["\(height) \(rootTags.rawValue) \(content)"] + nodes
    }

    private func line(_ node: NodeRef) -> String {
        var line = "\(node.height) \(node.offset) \(node.count)"
        for tag in 0..<3 { line += " " + String(node.tags(tag), radix: 16) }
        var rest = node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            line += " \(offset):"
            line += node.height > 1 ? "*" : "\(Entry(word: node.slot(offset)))"
            rest &= rest &- 1
        }
        return line
    }
}
