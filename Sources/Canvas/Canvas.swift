/// A grid of cells: the only thing that a view draws and that a terminal or a recorder sees.
///
/// Coordinates are local: inside `inside(_:_:)` the rectangle's corner is (0, 0) and nothing can
/// be drawn out of it. Every drawing call clips; none fails.
///
/// Invariant: a cell two columns wide is followed by its continuation in the same row, and
/// there is no continuation without one. Drawing over half of it blanks the other half.
public struct Canvas: Sendable {
    public let size: Size
    /// The glyph set that boxes, lines and `put` draw with.
    public let glyphs: Glyphs
    /// Where the terminal's cursor stands, in coordinates of the whole canvas; nil hides it.
    public internal(set) var cursor: Point?

    var cells: [Cell]
    /// Where local (0, 0) is, in the whole canvas.
    var origin = Point.zero
    /// What may be drawn on, in the whole canvas.
    var clip: Rect
    /// The size of the local rectangle.
    var extent: Size

    /// An empty canvas.
    public init(size: Size, glyphs: Glyphs = .utf8) {
        self.size = size
        self.glyphs = glyphs
        cells = Array(repeating: .blank, count: size.width * size.height)
        clip = Rect(size)
        extent = size
    }

    /// The rectangle that local coordinates describe; its corner is always (0, 0).
    public var bounds: Rect { Rect(extent) }
    public var width: Int { extent.width }
    public var height: Int { extent.height }

    /// The cell at a local position; a blank outside.
    public subscript(x: Int, y: Int) -> Cell {
        let px = x + origin.x
        let py = y + origin.y
        guard px >= 0, px < size.width, py >= 0, py < size.height else { return .blank }
        return cells[py * size.width + px]
    }

    /// The cells of a row of the whole canvas, left to right.
    public func row(_ y: Int) -> ArraySlice<Cell> {
        cells[y * size.width..<(y + 1) * size.width]
    }

    /// Draws into a rectangle as if it were the whole canvas: `body` sees it with its corner at
    /// (0, 0), and what it draws beyond the edges is cut off.
    @discardableResult
    public mutating func inside<Result>(
        _ rect: Rect, _ body: (inout Canvas) throws -> Result
    ) rethrows -> Result {
        let saved = (origin, clip, extent)
        defer { (origin, clip, extent) = saved }
        let placed = rect.moved(by: origin)
        origin = placed.origin
        clip = clip.intersection(placed)
        extent = rect.size
        return try body(&self)
    }

    /// Shows the terminal's cursor at a local position, or nowhere when that is clipped.
    public mutating func placeCursor(at point: Point) {
        let placed = point + origin
        cursor = clip.contains(placed) ? placed : nil
    }
}

extension Canvas: Equatable {
    /// Same size, same cells, same cursor; glyph set and clipping are only about drawing.
    public static func == (left: Canvas, right: Canvas) -> Bool {
        left.size == right.size && left.cursor == right.cursor && left.cells == right.cells
    }
}

extension Canvas {
    /// Sets a cell of the whole canvas, which must be inside the clip, and keeps the invariant.
    mutating func set(_ grapheme: Grapheme, x: Int, y: Int, style: Style) {
        let index = y * size.width + x
        if cells[index].width != 1 { blankOtherHalf(of: index) }
        guard grapheme.width == 2 else {
            cells[index] = Cell(grapheme, style)
            return
        }
        if cells[index + 1].width != 1 { blankOtherHalf(of: index + 1) }
        cells[index] = Cell(grapheme, style)
        cells[index + 1] = Cell(.continuation, style)
    }

    private mutating func blankOtherHalf(of index: Int) {
        let other = cells[index].isContinuation ? index - 1 : index + 1
        cells[index] = Cell(.space, cells[index].style)
        cells[other] = Cell(.space, cells[other].style)
    }

    /// Draws a grapheme at a position of the whole canvas. Of a wide one that the clip cuts,
    /// the visible half becomes a space.
    mutating func place(_ grapheme: Grapheme, x: Int, y: Int, style: Style) {
        // An empty clip may lie anywhere; a wide grapheme around its place is not to be drawn.
        guard !clip.isEmpty, y >= clip.y, y < clip.endY else { return }
        guard x < clip.endX, x + grapheme.width > clip.x else { return }
        if x >= clip.x && x + grapheme.width <= clip.endX {
            set(grapheme, x: x, y: y, style: style)
        } else {
            set(.space, x: max(x, clip.x), y: y, style: style)
        }
    }

    /// Fills a rectangle with spaces or another narrow character.
    public mutating func fill(
        _ rect: Rect, _ style: Style = .text, with character: Character = " "
    ) {
        var reader = GraphemeReader(String(character))
        let grapheme = reader.next().flatMap { $0.width == 1 ? $0 : nil } ?? .space
        let area = rect.moved(by: origin).intersection(clip)
        guard !area.isEmpty else { return }
        for y in area.y..<area.endY {
            for x in area.x..<area.endX { set(grapheme, x: x, y: y, style: style) }
        }
    }

    /// Changes the style of what stands in a rectangle and leaves the graphemes.
    public mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let area = rect.moved(by: origin).intersection(clip)
        guard !area.isEmpty else { return }
        for y in area.y..<area.endY {
            for x in area.x..<area.endX {
                let index = y * size.width + x
                cells[index].style = change(cells[index].style)
            }
        }
    }

    /// Lays a marking over what stands in a rectangle.
    public mutating func mark(_ rect: Rect, _ overlay: Overlay) {
        restyle(rect) { $0.with(overlay) }
    }

    /// Copies a rectangle of another canvas, its corner to `point`: scrolling, and side by side
    /// views. Cells outside of the other canvas are left out.
    public mutating func draw(_ other: Canvas, from rect: Rect? = nil, at point: Point = .zero) {
        let source = (rect ?? Rect(other.size)).intersection(Rect(other.size))
        guard !source.isEmpty else { return }
        let offset = (rect ?? source).origin
        for y in source.y..<source.endY {
            for x in source.x..<source.endX {
                let cell = other.cells[y * other.size.width + x]
                let target = Point(x - offset.x + point.x, y - offset.y + point.y) + origin
                if !cell.isContinuation {
                    let cut = x + cell.width > source.endX
                    place(cut ? .space : cell.grapheme, x: target.x, y: target.y, style: cell.style)
                } else if x == source.x {
                    place(.space, x: target.x, y: target.y, style: cell.style)
                }
            }
        }
    }
}
