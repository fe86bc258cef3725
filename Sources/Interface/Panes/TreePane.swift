import Canvas
import PageCache
import PageTree

/// `page_tree` as an outline: the root, every node with its slots in groups of eight, one row for
/// each tag that is set.
enum TreePane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let tree = scene.machine.mapping.pageTree
        let words = tree.vocabulary
        var title = StyledText(words.tree, .title)
        title.append("\(scene.look.dot)\(tree.reach)")
        if !tree.rootTags.isEmpty {
            title.append(scene.look.dot + words.rootTags + " ")
            for tag in tree.rootTags.tags { title.append(tag.letter, tag.style) }
        }
        let wasHigher = tree.height != scene.base.mapping.pageTree.height
        let note = wasHigher ? StyledText("\(tree.measure) changed", .changed) : nil
        return (title, note)
    }

    /// What stands in which row of the pane.
    private struct Plan {
        let strip: Strip
        let outline: Outline
        let hasLegend: Bool
        let hasRuler: Bool
        /// Rows of the outline that are shown, and the first of them.
        let rows: Int
        let top: Int

        init(_ scene: Scene, _ size: Size) {
            strip = Strip(width: size.width)
            outline = Outline(scene, strip)
            hasLegend = size.height >= 12
            hasRuler = size.height >= 5 && !outline.rows.isEmpty && strip.rows == 1
            rows = max(0, size.height - (hasLegend ? 2 : 0) - (hasRuler ? 1 : 0))
            top = outline.top(rows: rows)
        }
    }

    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let plan = Plan(scene, canvas.bounds.size)
        var y = 0
        if plan.hasRuler {
            plan.strip.drawRuler(&canvas, y: 0)
            y = 1
        }
        for row in plan.outline.rows.dropFirst(plan.top).prefix(plan.rows) {
            plan.outline.draw(&canvas, row, y: y)
            y += 1
        }
        if plan.outline.rows.count > plan.top + plan.rows {
            let last = plan.rows + (plan.hasRuler ? 0 : -1)
            canvas.put(.arrowDown, at: Point(canvas.width - 1, last), .key)
        }
        if plan.hasLegend {
            canvas.write(legend(scene), at: Point(0, canvas.height - 1), overflow: .clip)
        }
    }

    /// The file page whose slot is drawn at a place of the pane.
    static func index(at point: Point, _ scene: Scene, _ size: Size) -> UInt64? {
        let plan = Plan(scene, size)
        let header = plan.hasRuler ? 1 : 0
        let row = point.y - header + plan.top
        guard point.y >= header, plan.outline.rows.indices.contains(row),
            case .slots(let node, let half) = plan.outline.rows[row]
        else { return nil }
        let first = half * plan.strip.slotsPerRow
        let slots = first..<first + plan.strip.slotsPerRow
        let slot = slots.first { plan.strip.column(of: $0) == point.x }
        return slot.map { node.firstIndex(ofSlot: $0).rawValue }
    }

    /// What the signs in the slots mean.
    static func legend(_ scene: Scene) -> StyledText {
        let look = scene.look
        let machine = scene.machine
        var signs = machine.usualKinds.map {
            ($0.glyph, $0.style, $0.shortLabel(machine.vocabulary))
        }
        if let siblings = machine.vocabulary.siblings {
            signs.append((.covered, Style(.covered), siblings))
        }
        signs.append((.child, .node, "node"))
        if machine.inode.fileSystem != .tmpfs {
            signs += [(.orphan, .orphan, "orphan"), (.leak, .leak, "leaked")]
        }
        var text = StyledText()
        for (glyph, style, name) in signs {
            text.append(look[glyph], style)
            text.append(" \(name)  ", .dim)
        }
        return text
    }
}

extension PageTree.Tag {
    /// As root-tags and the rows of a node show it.
    var letter: String {
        switch self {
        case .dirty: "D"
        case .writeback: "W"
        case .towrite: "T"
        }
    }

    var style: Style {
        switch self {
        case .dirty: Style(.tagDirty)
        case .writeback: Style(.tagWriteback)
        case .towrite: Style(.tagTowrite)
        }
    }

    var name: String {
        switch self {
        case .dirty: "DIRTY"
        case .writeback: "WRITEBACK"
        case .towrite: "TOWRITE"
        }
    }
}

/// Where the 64 slots of a node stand in a row.
struct Strip {
    /// Columns before the first slot.
    let label: Int
    /// 1, or 2 where one row has no room for 64 slots.
    let rows: Int

    init(width: Int) {
        rows = width >= 74 ? 1 : 2
        label = max(1, min(5, width - (rows == 1 ? 71 : 35)))
    }

    var slotsPerRow: Int { 64 / rows }

    func column(of slot: Int) -> Int {
        let inRow = slot % slotsPerRow
        return label + inRow + inRow / 8
    }

    func drawRuler(_ canvas: inout Canvas, y: Int) {
        for slot in stride(from: 0, to: 64, by: 8) {
            canvas.write("\(slot)", at: Point(column(of: slot), y), Style(.lineNumber))
        }
    }
}
