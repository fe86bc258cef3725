import Canvas
import PageCache
import PageTree

/// The tree as a drawing: every node a box of eight rows of eight slots, the levels from the top
/// down, lines to the children.
enum DiagramView {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let tree = scene.machine.mapping.pageTree
        let title =
            StyledText(tree.vocabulary.tree, .title)
            + StyledText(
                scene.look.dot + "\(tree.reach)\(scene.look.dot)"
                    + counted(tree.nodeCount, "node"))
        let note = scene.state.keys.spell(
            "{zoom-in} {zoom-out} zoom, {pan-left} {pan-right} {down} {up} move")
        return (title, StyledText(note, .dim))
    }

    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let tree = scene.machine.mapping.pageTree
        guard case .node(let top) = tree.root else {
            drawRoot(&canvas, scene, tree)
            return
        }
        let plan = DiagramPlan(scene, top, area: canvas.size)
        let scroll = scene.state.choices.scroll[.body] ?? 0
        let offset = plan.offset(
            area: canvas.size, origin: scene.state.choices.cameras[.diagram]?.origin,
            scroll: scroll)
        let shifted = Rect(
            x: -offset.x, y: -offset.y, width: plan.size.width, height: plan.size.height)
        let clipped = canvas.bounds
        canvas.inside(clipped) { canvas in
            canvas.inside(shifted) { plan.draw(&$0, scene) }
        }
        drawEdges(&canvas, plan, offset)
        drawMinimap(&canvas, plan, offset)
    }

    /// The whole drawing in a corner, the part on the screen marked, where not all of it is.
    private static func drawMinimap(
        _ canvas: inout Canvas, _ plan: DiagramPlan, _ offset: Point
    ) {
        let isWhole = plan.size.width <= canvas.width && plan.size.height <= canvas.height
        guard !isWhole, canvas.width >= 60, canvas.height >= 12 else { return }
        let map = Size(min(16, canvas.width / 5), min(5, canvas.height / 3))
        let frame = Rect(
            x: canvas.width - map.width - 4, y: 0, width: map.width + 2, height: map.height + 2)
        canvas.fill(frame)
        let inner = canvas.box(frame, title: StyledText("whole", .dim))
        /// The part of the map that a part of the drawing takes: a cell at least.
        func place(_ rect: Rect) -> Rect {
            func cells(_ from: Int, _ to: Int, _ whole: Int, _ cells: Int) -> (Int, Int) {
                let first = min(max(0, from) * cells / max(1, whole), cells - 1)
                let last = (min(max(1, to), whole) * cells - 1) / max(1, whole)
                return (first, max(first, last) - first + 1)
            }
            let (x, width) = cells(rect.x, rect.endX, plan.size.width, map.width)
            let (y, height) = cells(rect.y, rect.endY, plan.size.height, map.height)
            return Rect(x: inner.x + x, y: inner.y + y, width: width, height: height)
        }
        plan.forEachBox { box, isSubject in
            let place = place(box.rect)
            for y in place.y..<place.endY {
                for x in place.x..<place.endX {
                    canvas.put(.bullet, at: Point(x, y), isSubject ? .title : .dim)
                }
            }
        }
        let seen = Rect(
            x: offset.x, y: offset.y, width: canvas.width, height: canvas.height)
        canvas.mark(place(seen), .selection)
    }

    /// Arrows where more lies beyond the edge.
    private static func drawEdges(_ canvas: inout Canvas, _ plan: DiagramPlan, _ offset: Point) {
        let middle = Point(canvas.width / 2, canvas.height / 2)
        let right = canvas.width - 1
        let bottom = canvas.height - 1
        if offset.x > 0 { canvas.put(.arrowLeft, at: Point(0, middle.y), .key) }
        if plan.size.width - offset.x > canvas.width {
            canvas.put(.arrowRight, at: Point(right, middle.y), .key)
        }
        if offset.y > 0 { canvas.put(.arrowUp, at: Point(right, 0), .key) }
        if plan.size.height - offset.y > canvas.height {
            canvas.put(.arrowDown, at: Point(right, bottom), .key)
        }
    }

    /// A tree without nodes.
    private static func drawRoot(_ canvas: inout Canvas, _ scene: Scene, _ tree: PageTree) {
        let place = canvas.bounds.centred(Size(40, 3))
        let words = tree.vocabulary
        let inner = canvas.box(place, title: StyledText(words.root, .title))
        var text = StyledText("empty: no \(words.page) and no entry", .dim)
        if let item = tree.item(at: 0) {
            text = SlotPane.name(item, scene) + StyledText(" at index 0, no node", .dim)
        }
        canvas.write(text, at: Point(inner.x + 1, inner.y), width: inner.width - 1)
    }

    /// The first column after moving.
    static func panned(by steps: Int, _ state: InterfaceState) -> UInt64? {
        guard let area = state.layout.rect(of: .body),
            case .node(let top) = state.machine.mapping.pageTree.root
        else { return nil }
        let scene = Scene(state, form: state.layout.form)
        let plan = DiagramPlan(scene, top, area: area.size)
        let origin = state.choices.cameras[.diagram]?.origin
        let now = plan.offset(area: area.size, origin: origin, scroll: 0).x
        let step = min(abs(steps), 10_000) * 8 * steps.signum()
        return UInt64(min(max(0, now + step), max(0, plan.size.width - area.width)))
    }

    /// How far the drawing can be moved up and down from where it stands by itself.
    static func scrollRange(_ scene: Scene, _ size: Size) -> ClosedRange<Int> {
        guard case .node(let top) = scene.machine.mapping.pageTree.root else { return 0...0 }
        let plan = DiagramPlan(scene, top, area: size)
        let y = plan.offset(area: size, origin: nil, scroll: 0).y
        return (-y)...(max(0, plan.size.height - size.height, y) - y)
    }
}

/// Where the boxes of a drawing stand. Of a tree of many nodes only those on the way to the page
/// that the screen is about and their nearest neighbours are drawn.
struct DiagramPlan {
    struct Box {
        var node: PageTree.Node
        var rect: Rect
        var children: [Box]
        /// Nodes that hang here and are not drawn.
        var hidden: Int
        /// Where a line from above arrives.
        var centre: Int { rect.x + rect.width / 2 }
    }

    private(set) var root: Box
    private(set) var size: Size
    private let isLarge: Bool
    private let subject: UInt64?

    private static let wholeLimit = 64
    private static let neighbours = 3
    private static let gap = 2
    private static let lineRows = 2

    init(_ scene: Scene, _ top: PageTree.NodeID, area: Size) {
        let tree = scene.machine.mapping.pageTree
        let zoom = scene.state.choices.cameras[.diagram]?.zoom ?? 0
        subject = scene.state.subject
        let rows = tree.height * 10 + (tree.height - 1) * Self.lineRows
        isLarge = zoom > 0 || zoom == 0 && (rows <= area.height || tree.height <= 2)
        let box = isLarge ? Size(19, 10) : Size(21, 3)
        var planner = Planner(tree: tree, box: box, subject: subject, isLarge: isLarge)
        root = planner.place(top, x: 0, y: 0)
        size = Size(planner.width, planner.height)
    }

    /// Computes positions, children first.
    private struct Planner {
        let tree: PageTree
        let box: Size
        let subject: UInt64?
        let isLarge: Bool
        var width = 0
        var height = 0

        mutating func place(_ id: PageTree.NodeID, x: Int, y: Int) -> Box {
            let node = tree.node(id)
            let (offsets, hidden) = children(of: node)
            var boxes: [Box] = []
            var at = x
            for offset in offsets {
                guard let child = tree.child(of: id, at: offset) else { continue }
                let placed = place(child, x: at, y: y + box.height + DiagramPlan.lineRows)
                boxes.append(placed)
                at = max(at, placed.rightmost) + DiagramPlan.gap
            }
            let left = boxes.first?.centre ?? x + box.width / 2
            let right = boxes.last?.centre ?? left
            let start = max(x, (left + right) / 2 - box.width / 2)
            let rect = Rect(x: start, y: y, width: box.width, height: box.height)
            width = max(width, rect.endX)
            height = max(height, rect.endY)
            return Box(node: node, rect: rect, children: boxes, hidden: hidden)
        }

        private func children(of node: PageTree.Node) -> (shown: [Int], hidden: Int) {
            guard node.height > 1 else { return ([], 0) }
            let links = node.links
            let all = (0..<64).filter { links >> UInt64($0) & 1 == 1 }
            guard tree.nodeCount > DiagramPlan.wholeLimit else { return (all, 0) }
            let onWay = all.firstIndex { slot in
                guard let subject else { return false }
                return subject <= node.lastIndex(ofSlot: slot).rawValue
            }
            let middle = onWay ?? 0
            // Deeper levels show only the way itself: the drawing stays as wide as its last level.
            let reach = node.height == 2 ? DiagramPlan.neighbours : 0
            let from = max(0, middle - reach)
            let to = min(all.count, middle + reach + 1)
            return (Array(all[from..<max(from, to)]), all.count - (to - from))
        }
    }

    /// What of the drawing lies left of and above the screen. It follows the page that the screen
    /// is about until somebody moves it.
    func offset(area: Size, origin: UInt64?, scroll: Int) -> Point {
        let maxX = max(0, size.width - area.width)
        let maxY = max(0, size.height - area.height)
        let centre = target(root)
        let x = origin.map { Int(min($0, UInt64(maxX))) } ?? centre.rect.x - area.width / 2 + 9
        let y = min(max(0, centre.rect.endY - area.height), maxY) + scroll
        // A small drawing stands in the middle.
        let spare = max(0, area.width - size.width) / 2
        return Point(spare > 0 ? -spare : min(max(0, x), maxX), min(max(0, y), maxY))
    }

    /// The box on the deepest level that holds the subject.
    private func target(_ box: Box) -> Box {
        guard let subject else { return box }
        for child in box.children
        where subject >= child.node.firstIndex.rawValue
            && subject <= child.node.lastIndex.rawValue
        {
            return target(child)
        }
        return box
    }

    /// Every box, those above first; whether it is the one that holds the subject.
    func forEachBox(_ body: (Box, Bool) -> Void) {
        let target = target(root).rect
        func visit(_ box: Box) {
            body(box, box.rect == target)
            for child in box.children { visit(child) }
        }
        visit(root)
    }

    func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let outline = Outline(scene, Strip(width: 80))
        draw(&canvas, root, scene, outline)
    }

    private func draw(_ canvas: inout Canvas, _ box: Box, _ scene: Scene, _ outline: Outline) {
        drawLines(&canvas, box, scene.look)
        let node = box.node
        let look = scene.look
        let range = look.range(node.firstIndex.rawValue, node.lastIndex.rawValue)
        let title = StyledText(range.count <= 13 ? range : "\(node.firstIndex)", .title)
        let inner = canvas.box(box.rect, title: title)
        if isLarge {
            for slot in 0..<64 {
                let (glyph, style) = outline.look(of: slot, in: node)
                let point = Point(inner.x + 1 + slot % 8 * 2, inner.y + slot / 8)
                let tags = node.tags(at: slot)
                canvas.put(glyph, at: point, style)
                // A tagged slot carries the letter of its first tag.
                if let tag = tags.tags.first {
                    canvas.write(tag.letter, at: Point(point.x + 1, point.y), tag.style)
                }
            }
        } else {
            let kinds = node.links == node.occupied && node.height > 1 ? "children" : "used"
            canvas.write(
                "\(node.count) \(kinds)", at: Point(inner.x + 1, inner.y), .dim,
                width: inner.width - 2)
            for slot in 0..<64 where node.occupied >> UInt64(slot) & 1 == 1 {
                let (glyph, style) = outline.look(of: slot, in: node)
                canvas.put(glyph, at: Point(inner.endX - 2, inner.y), style)
                break
            }
        }
        if box.hidden > 0 {
            let text = look[.ellipsis] + " \(box.hidden) more below"
            canvas.write(text, at: Point(box.rect.endX + 1, box.rect.endY - 1), .dim)
        }
        for child in box.children { draw(&canvas, child, scene, outline) }
    }

    /// From the middle of a box down and over to each of its children.
    private func drawLines(_ canvas: inout Canvas, _ box: Box, _ look: Look) {
        guard let first = box.children.first, let last = box.children.last else { return }
        let y = box.rect.endY
        canvas.put(.vertical, at: Point(box.centre, y), .border)
        let from = min(first.centre, box.centre)
        let to = max(last.centre, box.centre)
        canvas.line(from: Point(from, y + 1), columns: to - from + 1)
        for child in box.children {
            let glyph: Glyph =
                from == to
                ? .vertical
                : child.centre == from ? .topLeft : child.centre == to ? .topRight : .teeDown
            canvas.put(glyph, at: Point(child.centre, y + 1), .border)
            let slot = "\(child.node.offset)"
            canvas.write(slot, at: Point(child.centre + 1, y + 1), Style(.lineNumber), width: 2)
        }
        let isChild = box.children.contains { $0.centre == box.centre }
        if from != to {
            canvas.put(isChild ? .cross : .teeUp, at: Point(box.centre, y + 1), .border)
        }
    }
}

extension DiagramPlan.Box {
    /// The first column right of everything below.
    var rightmost: Int { children.reduce(rect.endX) { max($0, $1.rightmost) } }
}
