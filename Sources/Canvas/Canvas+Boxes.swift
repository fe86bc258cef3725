// Frames and lines.

extension Canvas {
    /// Draws a frame along the inner edge of a rectangle, a title in its upper edge.
    ///
    /// - Parameter note: a second text at the right end of the upper edge, when there is room.
    /// - Returns: the rectangle inside of the frame.
    @discardableResult
    public mutating func box(
        _ rect: Rect, title: StyledText? = nil, note: StyledText? = nil, _ style: Style = .border
    ) -> Rect {
        guard rect.width >= 2, rect.height >= 2 else { return rect.inset(by: 1) }
        let right = rect.endX - 1
        let bottom = rect.endY - 1
        for x in rect.x + 1..<right {
            put(.horizontal, at: Point(x, rect.y), style)
            put(.horizontal, at: Point(x, bottom), style)
        }
        for y in rect.y + 1..<bottom {
            put(.vertical, at: Point(rect.x, y), style)
            put(.vertical, at: Point(right, y), style)
        }
        put(.topLeft, at: Point(rect.x, rect.y), style)
        put(.topRight, at: Point(right, rect.y), style)
        put(.bottomLeft, at: Point(rect.x, bottom), style)
        put(.bottomRight, at: Point(right, bottom), style)
        labels(title: title, note: note, rect: rect, y: rect.y, style)
        return rect.inset(by: 1)
    }

    /// Draws a line across a box, joined to its frame, with a title: the upper edge of a section.
    ///
    /// - Parameter y: the row, in the same coordinates as `rect`, between its edges.
    public mutating func divider(
        in rect: Rect, y: Int, title: StyledText? = nil, note: StyledText? = nil,
        _ style: Style = .border
    ) {
        guard rect.width >= 2, y > rect.y, y < rect.endY - 1 else { return }
        line(from: Point(rect.x + 1, y), columns: rect.width - 2, style)
        put(.teeRight, at: Point(rect.x, y), style)
        put(.teeLeft, at: Point(rect.endX - 1, y), style)
        labels(title: title, note: note, rect: rect, y: y, style)
    }

    /// Draws a horizontal line.
    public mutating func line(from point: Point, columns: Int, _ style: Style = .border) {
        for x in 0..<max(0, columns) { put(.horizontal, at: Point(point.x + x, point.y), style) }
    }

    /// Draws a vertical line.
    public mutating func line(from point: Point, rows: Int, _ style: Style = .border) {
        for y in 0..<max(0, rows) { put(.vertical, at: Point(point.x, point.y + y), style) }
    }

    /// Title and note in an edge, each with a space on both sides, a piece of edge around them.
    private mutating func labels(
        title: StyledText?, note: StyledText?, rect: Rect, y: Int, _ style: Style
    ) {
        var free = rect.inset(left: 2, right: 2)
        if let title, free.width > 2 {
            let padded = StyledText(" ", style) + title + StyledText(" ", style)
            let used = write(padded, at: Point(free.x, y), width: free.width)
            free = free.inset(left: used)
        }
        if let note, note.width + 3 <= free.width {
            let padded = StyledText(" ", style) + note + StyledText(" ", style)
            write(padded, at: Point(free.x, y), width: free.width, align: .right)
        }
    }
}
