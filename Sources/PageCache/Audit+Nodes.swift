import PageTree

// The nodes of the tree, and the pages, beside what they say of themselves.
extension Audit {
    static func addBrokenNodes(
        _ tree: PageTree, _ machine: Machine, _ findings: inout [Finding]
    ) {
        guard case .node(let top) = tree.root else { return }
        add(top, 0)

        func add(_ id: PageTree.NodeID, _ first: UInt64) {
            let node = tree.node(id)
            let real = contents(of: node, tree, machine)
            for part in nodeParts
            where isBroken(part, node, real, machine) {
                findings.append(
                    Finding(.brokenTree, index: first, height: node.height, part: part))
            }
            guard node.height > 1 else { return }
            var rest = node.links
            while rest != 0 {
                let offset = rest.trailingZeroBitCount
                rest &= rest - 1
                guard case .node(let child) = node.slot(offset) else { continue }
                add(child, first + UInt64(offset) << UInt64(node.shift))
            }
        }
    }

    private static let nodeParts: [Finding.Part] = [.pages, .shadows, .tags, .links]

    static func isBroken(_ finding: Finding, _ machine: Machine) -> Bool {
        guard let node = node(at: finding.index!, height: finding.height!, machine) else {
            return false
        }
        return isBroken(finding.part!, node, contents(of: node, machine), machine)
    }

    /// nil where the node is not there.
    static func discrepancy(ofNode finding: Finding, _ machine: Machine) -> Int64? {
        guard let node = node(at: finding.index!, height: finding.height!, machine) else {
            return nil
        }
        let real = contents(of: node, machine)
        return finding.part == .shadows
            ? Int64(node.valueCount - real.shadows) : Int64(node.count - real.pages)
    }

    /// The node of a height on the way to an index.
    public static func node(
        at index: UInt64, height: Int, _ machine: Machine
    ) -> PageTree.Node? {
        machine.mapping.pageTree.node(at: PageIndex(index), height: height)
    }

    /// What the slots of a node hold.
    public struct NodeContents: Hashable, Sendable {
        /// Pages, DAX and swap entries, nodes: what `PageTree.Node.count` counts.
        public var pages = 0
        /// What `PageTree.Node.valueCount` counts.
        public var shadows = 0
        /// By tag: the slots below which something has it; nothing in a leaf.
        fileprivate var tagsBelow = SIMD4<UInt64>()
        fileprivate var isLinked = true

        fileprivate mutating func add(_ entry: PageTree.Entry, _ machine: Machine) {
            switch entry.family {
            case .radixTree:
                if entry.isValue, Audit.kind(of: entry, in: machine) == .shadow {
                    shadows += 1
                } else {
                    pages += 1
                }
            case .xarray:
                pages += 1
                shadows += entry.isValue ? 1 : 0
            }
        }
    }

    public static func contents(of node: PageTree.Node, _ machine: Machine) -> NodeContents {
        contents(of: node, machine.mapping.pageTree, machine)
    }

    private static func contents(
        of node: PageTree.Node, _ tree: PageTree, _ machine: Machine
    ) -> NodeContents {
        var contents = NodeContents()
        var rest = node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            let bit: UInt64 = 1 << UInt64(offset)
            rest &= ~bit
            switch node.slot(offset) {
            case .empty: continue
            case .entry(let entry): contents.add(entry, machine)
            case .sibling(let first):
                if case .entry(let entry) = node.slot(first) { contents.add(entry, machine) }
            case .node(let child):
                contents.pages += 1
                let below = tree.node(child)
                if below.parent != node.id || below.offset != offset { contents.isLinked = false }
                for tag in PageTree.Tag.allCases where below.tags(tag) != 0 {
                    contents.tagsBelow[tag.rawValue] |= bit
                }
            }
        }
        return contents
    }

    private static func isBroken(
        _ part: Finding.Part, _ node: PageTree.Node, _ real: NodeContents, _ machine: Machine
    ) -> Bool {
        switch part {
        case .pages: return node.count != real.pages
        case .shadows: return node.valueCount != real.shadows
        case .links: return !real.isLinked
        case .tags:
            let isTop = node.parent == nil
            let (occupied, links) = (node.occupied, node.links)
            for tag in PageTree.Tag.allCases {
                let tags = node.tags(tag)
                if tags & ~occupied != 0 { return true }
                if tags & links != real.tagsBelow[tag.rawValue] { return true }
                // The root has a tag if any slot of the top node has it.
                if isTop, machine.mapping.rootTags.contains(tag) != (tags != 0) { return true }
            }
            return false
        case .mappings, .references, .dirtyTag: return false
        }
    }

    // MARK: Pages

    /// References are counted by who holds them, so that a page can be judged only while no task
    /// may have one in a local. A page that has leaked has one that nobody holds.
    static func addBrokenPages(_ machine: Machine, _ findings: inout [Finding]) {
        guard !machine.tasks.contains(where: { $0.isBusy }) else { return }
        for (id, page) in machine.pages {
            for part in pageParts where isBroken(id, part, machine) {
                findings.append(Finding(.brokenPage, index: page.index, page: id, part: part))
            }
        }
    }

    private static let pageParts: [Finding.Part] = [.mappings, .references, .dirtyTag]

    static func isBroken(_ id: PageID, _ part: Finding.Part, _ machine: Machine) -> Bool {
        let page = machine[id]
        guard page.references > 0 else { return false }
        switch part {
        case .mappings: return page.mapCount != mappings(of: id, machine)
        case .references:
            // The page cache has it, or the swap cache.
            let isCached =
                page.hasMapping || machine.swap.slots.values.contains { $0.page == id }
            let lists = machine.pageLists
            let isListed = [lists.add, lists.activate, lists.deactivate, lists.rotate].reduce(0) {
                $0 + $1.count { $0 == id }
            }
            return page.references != page.mapCount + (isCached ? 1 : 0) + isListed
                + (page.flags.contains(.hasBuffers) ? 1 : 0)
        case .dirtyTag:
            // tmpfs writes nothing back, and tags nothing.
            let index = PageIndex(page.index)
            return page.flags.contains(.dirty) && machine.inode.fileSystem != .tmpfs
                && machine.mapping.lookup(index)?.page == id
                && !machine.mapping.pageTree.hasTag(.dirty, at: index)
        case .pages, .shadows, .tags, .links: return false
        }
    }

    /// Page table entries that map a page.
    private static func mappings(of id: PageID, _ machine: Machine) -> Int {
        machine.vmas.reduce(0) { sum, vma in
            // Rmap looks where the page's index says; so does everything that unmaps.
            let target = vma.ptes[machine[id].index]?.target
            return sum + (target == .page(id) || target == .copy(id) ? 1 : 0)
        }
    }
}
