import Canvas

/// Frames, titles, and the panes inside of them.
enum MainScreen {
    static func draw(_ canvas: inout Canvas, _ layout: Layout, _ scene: Scene) {
        let isStart = scene.moment.place == .start && scene.state.choices.view == .tree
        for (number, frame) in layout.frames.enumerated() {
            if isStart && number == 0 {
                drawStart(&canvas, frame, scene)
            } else {
                for section in frame.sections { draw(&canvas, frame, section, scene) }
            }
        }
    }

    /// The first frame before anything has run: what this is about, instead of an empty tree. In
    /// one column only the parts above the counters give their room.
    private static func drawStart(_ canvas: inout Canvas, _ frame: Layout.Frame, _ scene: Scene) {
        let upper = frame.replacedAtStart
        guard let first = upper.first, let area = frame.startArea else { return }
        let title = StyledText("about this scenario", .title)
        if frame.isBoxed {
            canvas.box(frame.rect, title: title)
        } else {
            rule(&canvas, frame, first, title: title, note: nil, .border)
        }
        let scroll = scene.state.choices.scroll[.tree] ?? 0
        canvas.inside(area) { StartPage.draw(&$0, scene, scroll: scroll) }
        for section in frame.sections.dropFirst(upper.count) {
            draw(&canvas, frame, section, scene)
        }
    }

    private static func draw(
        _ canvas: inout Canvas, _ frame: Layout.Frame, _ section: Layout.Section, _ scene: Scene
    ) {
        let isFocused = scene.state.choices.focus == section.pane
        let style: Style = isFocused ? .focusedBorder : .border
        let (title, note) = scene.title(of: section.pane)
        if let y = section.title {
            if !frame.isBoxed {
                rule(&canvas, frame, section, title: title, note: note, style)
            } else if y == frame.rect.y {
                canvas.box(frame.rect, title: title, note: note)
            } else {
                canvas.divider(in: frame.rect, y: y, title: title, note: note)
            }
            if isFocused { mark(&canvas, frame, y) }
        }
        guard section.pane != .tree else {
            canvas.inside(section.rect) { TreePane.draw(&$0, scene) }
            return
        }
        if section.pane == .body, Body.draw(&canvas, section.rect, scene) { return }
        let scroll = scene.state.choices.scroll[section.pane] ?? 0
        canvas.inside(section.rect) {
            draw(&$0, scene.text(of: section.pane, section.rect.size), scroll: scroll)
        }
    }

    /// The focus: the title's row of the frame in another style.
    private static func mark(_ canvas: inout Canvas, _ frame: Layout.Frame, _ y: Int) {
        let row = Rect(x: frame.rect.x, y: y, width: frame.rect.width, height: 1)
        canvas.restyle(row) { $0 == .border ? .focusedBorder : $0 }
    }

    private static func rule(
        _ canvas: inout Canvas, _ frame: Layout.Frame, _ section: Layout.Section,
        title: StyledText, note: StyledText?, _ style: Style
    ) {
        guard let y = section.title else { return }
        let width = frame.rect.width
        canvas.line(from: Point(frame.rect.x, y), columns: width, style)
        let blank = StyledText(" ")
        let used = canvas.write(
            blank + title + blank, at: Point(frame.rect.x + 2, y), width: width - 4)
        if let note, used + note.width + 8 <= width {
            canvas.write(
                blank + note + blank, at: Point(frame.rect.x, y), width: width - 2, align: .right)
        }
    }

    /// Fixed lines, then the others from the one on that is to be seen first; where lines are
    /// missing a sign at the edge says so.
    static func draw(_ canvas: inout Canvas, _ text: PaneText, scroll: Int) {
        for (y, line) in text.fixed.prefix(canvas.height).enumerated() {
            canvas.write(line, at: Point(0, y))
        }
        let from = min(text.fixed.count, canvas.height)
        let rows = canvas.height - from
        guard rows > 0 else { return }
        let top = min(max(0, text.top + scroll), max(0, text.lines.count - rows))
        let isBelow = text.lines.count > top + rows
        let right = canvas.width - 1
        for (y, line) in text.lines.dropFirst(top).prefix(rows).enumerated() {
            // A sign at the edge has its place, with a blank before it.
            let hasSign = y == 0 && top > 0 || y == rows - 1 && isBelow
            canvas.write(line, at: Point(0, from + y), width: hasSign ? right - 1 : right + 1)
        }
        if top > 0 { canvas.put(.arrowUp, at: Point(right, from), .key) }
        if isBelow { canvas.put(.arrowDown, at: Point(right, canvas.height - 1), .key) }
    }
}
