import Canvas
import PageCache
import PageTree

/// The rows of the tree pane. A tree of many nodes shows the way to the file page that the screen
/// is about and folds the others: what is drawn depends on the height, not on the size.
struct Outline {
    enum Row {
        case text(StyledText)
        case head(PageTree.Node, trunk: String)
        case slots(PageTree.Node, half: Int)
        case tag(PageTree.Node, PageTree.Tag, half: Int)
        case lost(PageTree.Node, [Finding])
    }

    let scene: Scene
    let strip: Strip
    private let words: Vocabulary
    private(set) var rows: [Row] = []
    /// The rows of the node that the screen is about.
    private var important: ClosedRange<Int>?
    private let orphans: [UInt64: PageID]
    private let leaks: [Finding]

    /// Trees of more nodes are folded.
    private static let wholeLimit = 24

    init(_ scene: Scene, _ strip: Strip) {
        self.scene = scene
        self.strip = strip
        words = scene.machine.vocabulary
        let findings = scene.moment.findings
        var orphans: [UInt64: PageID] = [:]
        for finding in findings where finding.kind == .orphan {
            orphans[finding.index!] = finding.page!
        }
        self.orphans = orphans
        leaks = findings.filter { $0.kind == .leakedPage }
        let tree = scene.machine.mapping.pageTree
        switch tree.root {
        case .empty, .sibling: addEmptyRoot(tree)
        case .entry(let entry): addSingleEntry(entry)
        case .node(let top): add(top, tree, trunk: "", isLast: true, depth: 0)
        }
    }

    /// The first row to draw so that the important one is to be seen.
    func top(rows visible: Int) -> Int {
        guard let important, important.upperBound >= visible else { return 0 }
        return min(important.upperBound - visible + 1, important.lowerBound)
    }

    // MARK: Rows

    private mutating func addEmptyRoot(_ tree: PageTree) {
        let look = scene.look
        rows.append(
            .text(
                StyledText("\(words.root) ", .node) + StyledText(look[.empty], .empty)
                    + StyledText("  empty: no \(words.page) and no entry", .dim)))
        if scene.base.mapping.pageTree.root != .empty {
            rows.append(.text(StyledText("     just emptied", .changed)))
        }
        addLeaks(of: leaks)
    }

    private mutating func addSingleEntry(_ entry: PageTree.Entry) {
        let (glyph, style) = sign(of: entry, at: 0)
        let isNew = scene.base.mapping.pageTree.lookup(0) != entry
        var text = StyledText("\(words.root) ", .node)
        text.append(scene.look[glyph], isNew ? style.with(.changed) : style)
        let kind = Audit.kind(of: entry, in: scene.machine)
        text.append(
            "  \(kind.label(words)) at index 0, in \(words.inRoot) itself: no node", .dim)
        rows.append(.text(text))
        for tag in scene.machine.mapping.pageTree.rootTags.tags {
            rows.append(
                .text(
                    StyledText("   \(tag.letter) ", tag.style)
                        + StyledText(scene.look[.tagBar], tag.style)))
        }
        addLeaks(of: leaks)
    }

    private mutating func addLeaks(of findings: [Finding]) {
        for finding in findings {
            var text = StyledText("     ")
            text.append(scene.look[.leak], .leak)
            text.append(" \(finding.page!) of index \(finding.index!) is in no tree", .text)
            rows.append(.text(text))
        }
    }

    private mutating func add(
        _ id: PageTree.NodeID, _ tree: PageTree, trunk: String, isLast: Bool, depth: Int
    ) {
        let node = tree.node(id)
        let look = scene.look
        let branch =
            depth == 0
            ? "" : trunk + look[isLast ? .lastBranch : .branch] + look[.horizontal] + " "
        let first = rows.count
        rows.append(.head(node, trunk: branch))
        let halves = (0..<strip.rows).filter { node.occupied & mask($0) != 0 }
        for half in halves.isEmpty ? [0] : halves {
            rows.append(.slots(node, half: half))
            for tag in PageTree.Tag.allCases where node.tags(tag) & mask(half) != 0 {
                rows.append(.tag(node, tag, half: half))
            }
        }
        if node.height == 1 {
            let start = node.firstIndex.rawValue
            let lost = leaks.filter { $0.index! >= start && $0.index! - start < 64 }
            if !lost.isEmpty { rows.append(.lost(node, lost)) }
        }
        if covers(node, scene.state.subject) { important = first...rows.count - 1 }
        guard node.height > 1 else { return }
        let deeper = depth == 0 ? "" : isLast ? "  " : look[.trunk] + " "
        addChildren(node, tree, trunk: trunk + deeper, depth: depth + 1)
    }

    private mutating func addChildren(
        _ node: PageTree.Node, _ tree: PageTree, trunk: String, depth: Int
    ) {
        let links = node.links
        let offsets = (0..<64).filter { links >> UInt64($0) & 1 == 1 }
        let isWhole = tree.nodeCount <= Self.wholeLimit
        let shown =
            isWhole
            ? offsets
            : offsets.filter {
                scene.state.subject.map(contains(node, slot: $0)) ?? false
            }
        let kept = shown.isEmpty ? Array(offsets.prefix(1)) : shown
        var folded = 0
        for offset in offsets {
            guard kept.contains(offset), let child = tree.child(of: node.id, at: offset) else {
                folded += 1
                continue
            }
            addFold(folded, trunk)
            folded = 0
            add(child, tree, trunk: trunk, isLast: offset == offsets.last, depth: depth)
        }
        addFold(folded, trunk)
    }

    private mutating func addFold(_ count: Int, _ trunk: String) {
        guard count > 0 else { return }
        let noun = count == 1 ? "node" : "nodes"
        let text = trunk + scene.look[.branch] + scene.look[.ellipsis] + " \(count) more \(noun)"
        rows.append(.text(StyledText(text, .dim)))
    }

    private func contains(_ node: PageTree.Node, slot: Int) -> (UInt64) -> Bool {
        let first = node.firstIndex(ofSlot: slot).rawValue
        let last = node.lastIndex(ofSlot: slot).rawValue
        return { $0 >= first && $0 <= last }
    }

    private func covers(_ node: PageTree.Node, _ index: UInt64?) -> Bool {
        guard let index else { return false }
        return index >= node.firstIndex.rawValue && index <= node.lastIndex.rawValue
    }

    // MARK: Drawing

    func draw(_ canvas: inout Canvas, _ row: Row, y: Int) {
        switch row {
        case .text(let text): canvas.write(text, at: Point(0, y))
        case .head(let node, let trunk): canvas.write(head(node, trunk), at: Point(0, y))
        case .slots(let node, let half): drawSlots(&canvas, node, half, y)
        case .tag(let node, let tag, let half):
            canvas.write(tag.letter, at: Point(max(0, strip.label - 2), y), tag.style)
            for slot in slots(half) where node.tags(tag) >> UInt64(slot) & 1 == 1 {
                let isNew = tagsBefore(node, slot).map { !$0.contains(tag) } ?? true
                let style = isNew ? tag.style.with(.changed) : tag.style
                canvas.put(.tagBar, at: Point(strip.column(of: slot), y), style)
            }
        case .lost(let node, let findings):
            let first = node.firstIndex.rawValue
            for finding in findings {
                let column = strip.column(of: Int(finding.index! - first))
                canvas.put(.leak, at: Point(column, y), .leak)
                canvas.write(
                    " \(finding.page!) stood here: leaked", at: Point(column + 1, y), .text)
            }
        }
    }

    /// The slots of one row, as bits.
    private func mask(_ half: Int) -> UInt64 {
        strip.rows == 1 ? .max : 0xffff_ffff << UInt64(32 * half)
    }

    private func slots(_ half: Int) -> Range<Int> {
        half * strip.slotsPerRow..<(half + 1) * strip.slotsPerRow
    }

    private func head(_ node: PageTree.Node, _ trunk: String) -> StyledText {
        let look = scene.look
        var text = StyledText(trunk, .border)
        let isNew = nodeBefore(node) == nil
        let range = look.range(node.firstIndex.rawValue, node.lastIndex.rawValue)
        text.append("node \(range)", isNew ? Style.node.with(.changed) : .node)
        var facts = [node.level]
        if node.parent != nil { facts.append("in slot \(node.offset)") }
        facts += node.counts
        if node.isListed { facts.append("listed") }
        text.append("  " + facts.joined(separator: look.dot), .dim)
        if isNew { text.append("  new", .changed) }
        return text
    }

    private func drawSlots(_ canvas: inout Canvas, _ node: PageTree.Node, _ half: Int, _ y: Int) {
        for slot in slots(half) {
            let (glyph, style) = look(of: slot, in: node)
            canvas.put(glyph, at: Point(strip.column(of: slot), y), style)
        }
        let hasChanged = slots(half).contains { isChanged(node, $0) }
        if strip.rows > 1, strip.label >= 5 {
            canvas.write("\(slots(half).lowerBound)", at: Point(1, y), Style(.lineNumber))
        }
        if hasChanged, strip.label >= 2 { canvas.put(.changed, at: Point(0, y), .changed) }
    }

    /// The sign of a slot, with its change and its selection marked.
    func look(of slot: Int, in node: PageTree.Node) -> (Glyph, Style) {
        var (glyph, style) = sign(node, slot)
        if isChanged(node, slot) { style = style.with(.changed) }
        if let selected = scene.state.choices.selected, glyph != .child,
            node.height == 1 || glyph != .empty, contains(node, slot: slot)(selected)
        {
            style = style.with(.selection)
        }
        return (glyph, style)
    }

    private func sign(_ node: PageTree.Node, _ slot: Int) -> (Glyph, Style) {
        switch node.slot(slot) {
        case .node:
            let holds = contains(node, slot: slot)
            let hasOrphan = orphans.keys.contains { holds($0) && isOrphaned($0) }
            return (.child, hasOrphan ? .orphan : .node)
        case .entry(let entry): return sign(of: entry, at: node.firstIndex(ofSlot: slot).rawValue)
        case .sibling: return (.covered, Style(.covered))
        case .empty:
            let isCovered =
                node.height == 1
                && scene.machine.isCovered(node.firstIndex(ofSlot: slot).rawValue)
            return isCovered ? (.covered, Style(.covered)) : (.empty, .empty)
        }
    }

    private func sign(of entry: PageTree.Entry, at index: UInt64) -> (Glyph, Style) {
        if let page = orphans[index], entry.page == page { return (.orphan, .orphan) }
        let kind = Audit.kind(of: entry, in: scene.machine)
        return (kind.glyph, kind.style)
    }

    /// While a task holds tree_lock the findings are those of before: the page may be gone.
    private func isOrphaned(_ index: UInt64) -> Bool {
        scene.machine.mapping.pageTree.lookup(PageIndex(index))?.page == orphans[index]
    }

    // MARK: What changed

    /// The node of the same place in the tree before.
    private func nodeBefore(_ node: PageTree.Node) -> PageTree.Node? {
        scene.base.mapping.pageTree.node(at: node.firstIndex, height: node.height)
    }

    private func tagsBefore(_ node: PageTree.Node, _ slot: Int) -> PageTree.TagSet? {
        nodeBefore(node)?.tags(at: slot)
    }

    private func isChanged(_ node: PageTree.Node, _ slot: Int) -> Bool {
        let (old, new) = (scene.base.mapping.pageTree, scene.machine.mapping.pageTree)
        let index = node.firstIndex(ofSlot: slot)
        // An entry may have stood elsewhere in a tree of another height.
        guard node.height > 1 else { return !new.holdsTheSame(as: old, at: index) }
        switch (nodeBefore(node)?.slot(slot) ?? .empty, node.slot(slot)) {
        case (.empty, .empty), (.node, .node): return false
        case (.empty, .node), (.node, .empty): return true
        default: return !new.holdsTheSame(as: old, at: index)
        }
    }
}
