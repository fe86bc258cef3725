import Canvas

/// Where everything stands on a screen of one size. Nothing else decides about it, so panes keep
/// their places while the story goes on.
struct Layout: Sendable {
    /// How much of the screen there is.
    enum Form: Hashable, Sendable {
        /// One line.
        case tiny
        /// One column.
        case compact
        /// Tree on the left, the rest on the right, the story below.
        case full
    }

    /// A pane with the rows of its contents.
    struct Section: Sendable {
        var pane: Pane
        var rect: Rect
        /// The row of its title; nil: it continues the section above.
        var title: Int?
    }

    /// Sections below each other, with a frame around them or not.
    struct Frame: Sendable {
        var rect: Rect
        var isBoxed: Bool
        var sections: [Section]
    }

    let form: Form
    let title: Rect
    let timeline: Rect
    /// The names of the operations below the timeline; may be empty.
    let names: Rect
    let keys: Rect
    /// Everything between the timeline and the keys.
    let main: Rect
    let frames: [Frame]

    /// - Parameter isPresenting: for people who look on: fewer panes, more of tree and story.
    /// - Parameter hasFile: there are page tables to show.
    init(
        size: Size, view: ViewKind = .tree, isPresenting: Bool = false, hasFile: Bool = true
    ) {
        let all = Rect(size)
        var rest: Rect
        (title, rest) = all.top(1)
        (timeline, rest) = rest.top(1)
        if size.width < 40 || size.height < 12 {
            form = .tiny
            (names, keys, main, frames) = (rest.top(0).part, rest.bottom(1).part, rest, [])
            return
        }
        (keys, rest) = rest.bottom(1)
        let isFull = size.width >= 112 && size.height >= 28
        form = isFull ? .full : .compact
        (names, rest) = rest.top(size.height >= 34 ? 1 : 0)
        main = rest
        if view == .tree {
            frames =
                isPresenting
                ? Layout.stage(rest, isFull: isFull)
                : isFull ? Layout.full(rest, hasFile) : [Layout.compact(rest, hasFile)]
        } else {
            frames = isFull ? Layout.single(rest) : [Layout.compactSingle(rest)]
        }
    }

    // MARK: Questions

    private var sections: [Section] { frames.flatMap(\.sections) }

    /// The panes in the order of the focus.
    var panes: [Pane] { sections.map(\.pane) }

    func height(of pane: Pane) -> Int {
        sections.first { $0.pane == pane }?.rect.height ?? 0
    }

    func pane(at point: Point) -> Pane? {
        sections.first { $0.rect.contains(point) }?.pane
    }

    func rect(of pane: Pane) -> Rect? { sections.first { $0.pane == pane }?.rect }

    /// How far a pane can be scrolled up and down from where it stands by itself.
    func scrollRange(of pane: Pane, _ state: InterfaceState) -> ClosedRange<Int> {
        guard let rect = rect(of: pane) else { return 0...0 }
        let scene = Scene(state, form: form)
        if pane == .tree {
            guard let area = frames.first?.startArea else { return 0...0 }
            return 0...StartPage.hidden(scene, area.size)
        }
        if pane == .body, state.choices.view == .diagram {
            return DiagramView.scrollRange(scene, rect.size)
        }
        let text = scene.text(of: pane, rect.size)
        let hidden = max(0, text.fixed.count + text.lines.count - rect.height)
        return min(0, -text.top)...max(0, hidden - text.top)
    }

    // MARK: Forms

    private static func full(_ area: Rect, _ hasFile: Bool) -> [Frame] {
        let storyRows = min(14, max(8, area.height / 4))
        if area.width >= 160 { return wide(area, storyRows: storyRows, hasFile) }
        let (story, upper) = area.bottom(storyRows)
        let (left, right) = upper.left(78)
        let slotRows = upper.height >= 32 ? 7 : upper.height >= 26 ? 5 : 3
        let mapRows = upper.height >= 26 ? 3 : 2
        let findingRows = upper.height >= 26 ? 4 : 3
        return [
            boxed(left, tree(slot: slotRows, mappings: mapRows, hasFile)),
            boxed(right, [(.counters, 6), (.findings, findingRows), (.task, nil)]),
            boxed(story, [(.narration, nil)]),
        ]
    }

    /// The tree, the story, and beside or between them what is wrong.
    private static func stage(_ area: Rect, isFull: Bool) -> [Frame] {
        let storyRows = max(8, area.height / 3)
        guard isFull else {
            let story = area.height >= 19 ? 8 : area.height >= 14 ? 4 : 2
            return [
                column(
                    area,
                    [(.tree, nil, true), (.counters, 1, true), (.narration, story, true)])
            ]
        }
        if area.width >= 160 {
            let (left, right) = area.left(84)
            let (top, story) = right.top(14)
            return [
                boxed(left, [(.tree, nil)]), boxed(top, [(.counters, 6), (.findings, nil)]),
                boxed(story, [(.narration, nil)]),
            ]
        }
        let (story, upper) = area.bottom(max(storyRows, 14))
        let (left, right) = upper.left(78)
        return [
            boxed(left, [(.tree, nil)]),
            boxed(right, [(.counters, 6), (.findings, nil)]),
            boxed(story, [(.narration, nil)]),
        ]
    }

    /// The tree and what is around it.
    private static func tree(
        slot: Int, mappings: Int, _ hasFile: Bool
    ) -> [(pane: Pane, rows: Int?)] {
        [(.tree, nil), (.slot, slot)] + (hasFile ? [(.mappings, mappings)] : [])
    }

    /// Two columns of the full height.
    private static func wide(_ area: Rect, storyRows: Int, _ hasFile: Bool) -> [Frame] {
        let (left, right) = area.left(84)
        let (top, rest) = right.top(8)
        let (counters, findings) = top.left(44)
        let (story, task) = rest.bottom(storyRows)
        return [
            boxed(left, tree(slot: 7, mappings: 5, hasFile)),
            boxed(counters, [(.counters, nil)]),
            boxed(findings, [(.findings, nil)]),
            boxed(task, [(.task, nil)]),
            boxed(story, [(.narration, nil)]),
        ]
    }

    /// One view, and the story below it.
    private static func single(_ area: Rect) -> [Frame] {
        let (story, body) = area.bottom(min(10, max(8, area.height / 5)))
        return [boxed(body, [(.body, nil)]), boxed(story, [(.narration, nil)])]
    }

    private static func compactSingle(_ area: Rect) -> Frame {
        let storyRows = area.height >= 19 ? 4 : 2
        return column(area, [(.body, nil, true), (.narration, storyRows, true)])
    }

    /// A box; the section without a height takes what is left.
    private static func boxed(_ rect: Rect, _ parts: [(pane: Pane, rows: Int?)]) -> Frame {
        let inner = rect.inset(left: 2, top: 1, right: 2, bottom: 1)
        let fixed = parts.reduce(0) { $0 + ($1.rows ?? 0) } + parts.count - 1
        var y = rect.y
        var sections: [Section] = []
        for part in parts {
            let rows = part.rows ?? max(0, inner.height - fixed)
            let area = Rect(x: inner.x, y: y + 1, width: inner.width, height: rows)
            sections.append(Section(pane: part.pane, rect: area.intersection(inner), title: y))
            y += rows + 1
        }
        return Frame(rect: rect, isBoxed: true, sections: sections)
    }

    /// One column without frames: a title line above most sections. What matters least goes first.
    private static func compact(_ area: Rect, _ hasFile: Bool) -> Frame {
        let rows = area.height
        var parts: [(pane: Pane, rows: Int?, hasTitle: Bool)] = [(.tree, nil, true)]
        if rows >= 19 { parts.append((.slot, rows >= 28 ? 3 : 1, false)) }
        if rows >= 34, hasFile { parts.append((.mappings, 3, true)) }
        parts.append((.counters, rows >= 40 ? 6 : 1, true))
        if rows >= 15 { parts.append((.findings, rows >= 28 ? 3 : 1, false)) }
        if rows >= 30 { parts.append((.task, rows >= 40 ? 11 : 7, true)) }
        parts.append((.narration, rows >= 19 ? 8 : rows >= 14 ? 4 : 2, true))
        return column(area, parts)
    }

    /// Sections below each other, most with a title line; the one without a height takes what is
    /// left.
    private static func column(
        _ area: Rect, _ parts: [(pane: Pane, rows: Int?, hasTitle: Bool)]
    ) -> Frame {
        let rows = area.height
        let fixed = parts.reduce(0) { $0 + ($1.rows ?? 0) + ($1.hasTitle ? 1 : 0) }
        let inset = area.width >= 60 ? 1 : 0
        var y = area.y
        var sections: [Section] = []
        for part in parts {
            let title = part.hasTitle ? y : nil
            y += part.hasTitle ? 1 : 0
            let height = part.rows ?? max(0, rows - fixed)
            let rect = Rect(
                x: area.x + inset, y: y, width: area.width - 2 * inset, height: height)
            sections.append(Section(pane: part.pane, rect: rect, title: title))
            y += height
        }
        return Frame(rect: area, isBoxed: false, sections: sections)
    }
}

extension Layout.Frame {
    /// The sections of the first frame that give their room to the start page before anything has
    /// run.
    var replacedAtStart: ArraySlice<Layout.Section> {
        sections.prefix { [.tree, .slot, .mappings].contains($0.pane) }
    }

    /// Where the start page stands.
    var startArea: Rect? {
        guard let first = replacedAtStart.first, let last = replacedAtStart.last else { return nil }
        return Rect(
            x: first.rect.x, y: first.rect.y, width: first.rect.width,
            height: last.rect.endY - first.rect.y)
    }
}
