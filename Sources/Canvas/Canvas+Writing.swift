// Text on a canvas.

/// Where a text stands in the columns that it may use.
public enum Alignment: Hashable, Sendable {
    case left, centre, right
}

/// What happens to a text that is wider than the columns that it may use.
public enum Overflow: Hashable, Sendable {
    /// Cut at the edge.
    case clip
    /// Cut before the edge, with an ellipsis in the last column.
    case ellipsis
}

extension Canvas {
    /// Writes one line of text. Controls, line breaks among them, are shown, not obeyed.
    ///
    /// - Parameters:
    ///   - width: the columns that it may use, from `point` on; nil: up to the right edge.
    /// - Returns: the columns from `point` to the end of the text, at most `width`.
    @discardableResult
    public mutating func write(
        _ text: some StringProtocol, at point: Point, _ style: Style = .text,
        width: Int? = nil, align: Alignment = .left, overflow: Overflow = .ellipsis
    ) -> Int {
        write(
            StyledText(String(text), style), at: point, width: width, align: align,
            overflow: overflow)
    }

    /// Writes one line of text in several styles; else as for a string.
    @discardableResult
    public mutating func write(
        _ text: StyledText, at point: Point,
        width: Int? = nil, align: Alignment = .left, overflow: Overflow = .ellipsis
    ) -> Int {
        let room = max(0, width ?? extent.width - point.x)
        // No text takes more columns than bytes: most texts need no measuring.
        let fits = text.byteCount <= room
        let needed = fits && align == .left ? 0 : text.width
        let start =
            switch align {
            case .left: 0
            case .centre: max(0, (room - needed) / 2)
            case .right: max(0, room - needed)
            }
        let shortened = !fits && needed > room && overflow == .ellipsis
        let limit = shortened ? room - 1 : room
        let place = point + origin
        var column = start
        var style = Style.text
        text: for span in text.spans {
            var reader = GraphemeReader(span.text)
            style = span.style
            while let grapheme = reader.next() {
                if column + grapheme.width > limit { break text }
                self.place(grapheme, x: place.x + column, y: place.y, style: style)
                column += grapheme.width
            }
        }
        if shortened && room > 0 {
            self.place(glyphs.grapheme(.ellipsis), x: place.x + column, y: place.y, style: style)
            column += 1
        }
        return column
    }

    /// Writes paragraphs into a rectangle, broken between words.
    ///
    /// - Parameter skip: lines left out at the top, for scrolling.
    /// - Returns: the number of lines that the whole text takes, whether visible or not.
    @discardableResult
    public mutating func writeWrapped(
        _ text: StyledText, in rect: Rect, skip: Int = 0
    ) -> Int {
        let lines = text.wrapped(to: rect.width)
        for (row, line) in lines.dropFirst(max(0, skip)).prefix(rect.height).enumerated() {
            write(line, at: Point(rect.x, rect.y + row), width: rect.width, overflow: .clip)
        }
        return lines.count
    }

    /// Writes paragraphs in one style; else as for a styled text.
    @discardableResult
    public mutating func writeWrapped(
        _ text: some StringProtocol, in rect: Rect, _ style: Style = .text, skip: Int = 0
    ) -> Int {
        writeWrapped(StyledText(String(text), style), in: rect, skip: skip)
    }

    /// Draws a glyph by its meaning. It takes one column.
    public mutating func put(_ glyph: Glyph, at point: Point, _ style: Style = .text) {
        let place = point + origin
        self.place(glyphs.grapheme(glyph), x: place.x, y: place.y, style: style)
    }
}
