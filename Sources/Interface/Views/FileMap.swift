import Canvas
import PageCache

/// The file from left to right, a page or a range of pages a column; from top to bottom what is
/// known of them. An orphan or a leaked page shows as a column that does not agree with itself.
enum FileMap {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let size = scene.machine.inode.size
        var title = StyledText("file map", .title)
        title.append("\(scene.look.dot)\(Bytes.describe(size))")
        return (title, nil)
    }

    /// Columns left of the map, for the names of the rows.
    static let labelWidth = 11

    // MARK: Which part

    /// Which pages the columns show.
    struct Window: Equatable {
        /// The page of the first column.
        var first: UInt64
        /// 2^shift pages a column.
        var shift: UInt64
        var columns: Int

        var pagesPerColumn: UInt64 { 1 << shift }

        /// The pages of a column, both ends inclusive; nil beyond the last page that there can be.
        func pages(_ column: Int) -> ClosedRange<UInt64>? {
            let (start, overflow) = first.addingReportingOverflow(UInt64(column) << shift)
            guard !overflow else { return nil }
            let (end, over) = start.addingReportingOverflow(pagesPerColumn - 1)
            return start...(over ? .max : end)
        }

        func column(of page: UInt64) -> Int? {
            guard page >= first else { return nil }
            let column = (page - first) >> shift
            return column < UInt64(columns) ? Int(column) : nil
        }
    }

    static func window(_ state: InterfaceState, width: Int) -> Window {
        let columns = max(1, width - labelWidth)
        let pages = max(1, PageCache.Geometry.pages(state.machine.inode.size))
        let camera = state.choices.cameras[.map] ?? Camera()
        // Without a zoom the whole file is shown.
        var shift: UInt64 = 0
        while shift < 52, (pages >> shift) > UInt64(columns) { shift += 1 }
        shift = UInt64(max(0, min(52, Int(shift) - camera.zoom)))
        let span = UInt64(columns) << shift
        var first: UInt64 = 0
        if let origin = camera.origin {
            first = origin
        } else if span < pages, let subject = state.subject {
            first = subject > span / 2 ? subject - span / 2 : 0
        }
        return Window(first: (first >> shift) << shift, shift: shift, columns: columns)
    }

    /// The first page after moving by some eighths of the screen.
    static func panned(by steps: Int, _ state: InterfaceState, width: Int) -> UInt64 {
        let window = window(state, width: width)
        let eighth = max(1, UInt64(window.columns) / 8) << window.shift
        let (distance, overflow) = eighth.multipliedReportingOverflow(by: UInt64(abs(steps)))
        let far = overflow ? UInt64.max : distance
        guard steps > 0 else { return window.first > far ? window.first - far : 0 }
        let last = max(1, PageCache.Geometry.pages(state.machine.inode.size)) - 1
        let (moved, over) = window.first.addingReportingOverflow(far)
        return over ? last : min(moved, last)
    }

    // MARK: Drawing

    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let window = window(scene.state, width: canvas.width)
        let map = MapRows(scene, window)
        drawRuler(&canvas, scene, window)
        var y = 1
        var shown: Set<Glyph> = []
        let subject = scene.state.subject.flatMap(window.column)
        let end = PageCache.Geometry.pages(scene.machine.inode.size)
        for row in map.rows {
            guard y < canvas.height else { break }
            canvas.write(row.name, at: Point(0, y), .dim, width: labelWidth - 1)
            for column in 0..<window.columns {
                guard let pages = window.pages(column) else { break }
                let (glyph, style) = row.cell(pages)
                // Beyond the end of the file only what should not be there is shown.
                if pages.lowerBound >= end, [.hole, .unmapped, .empty].contains(glyph) { continue }
                let place = Point(labelWidth + column, y)
                canvas.put(glyph, at: place, style)
                shown.insert(glyph)
                // A full block in reverse would be an empty one.
                guard column == subject, glyph != .tagBar else { continue }
                canvas.mark(Rect(x: place.x, y: y, width: 1, height: 1), .selection)
            }
            y += 1
        }
        y += 1
        guard y < canvas.height else { return }
        let rest = Rect(x: 0, y: y, width: canvas.width, height: canvas.height - y)
        drawDetails(&canvas, scene, rest, window, shown)
    }

    /// The numbers of pages, as far as the file goes, and where it ends.
    private static func drawRuler(_ canvas: inout Canvas, _ scene: Scene, _ window: Window) {
        canvas.write("page", at: .zero, .dim)
        let end = PageCache.Geometry.pages(scene.machine.inode.size)
        let endColumn = (0..<window.columns).first { column in
            window.pages(column).map { $0.lowerBound >= end } ?? true
        }
        for column in stride(from: 0, to: endColumn ?? window.columns, by: 16) {
            guard let pages = window.pages(column) else { break }
            let text = "\(pages.lowerBound)"
            guard column + text.count <= window.columns, text.count < 16 else { continue }
            canvas.write(text, at: Point(labelWidth + column, 0), Style(.lineNumber))
        }
        if let endColumn, endColumn + 11 <= window.columns {
            canvas.write("end of file", at: Point(labelWidth + endColumn, 0), .dim)
        }
    }

    /// The scale, the signs, and the page that the screen is about.
    private static func drawDetails(
        _ canvas: inout Canvas, _ scene: Scene, _ rect: Rect, _ window: Window,
        _ shown: Set<Glyph>
    ) {
        let scale = StyledText(
            window.shift == 0
                ? "A column is a page."
                : "A column is \(window.pagesPerColumn) pages: the first thing there, dim if not "
                    + "on all.", .dim)
        var lines = flow([scale] + legend(scene, shown), rect.width)
        if let subject = scene.state.subject {
            lines.append(StyledText())
            lines.append(StyledText("page \(subject)", .title))
            let size = Size(rect.width, max(2, rect.height - lines.count))
            lines += SlotPane.text(scene, size).lines
            lines += MappingsPane.text(scene, size).lines
        }
        for (y, line) in lines.prefix(rect.height).enumerated() {
            canvas.write(line, at: Point(rect.x, rect.y + y), width: rect.width)
        }
    }

    /// Pieces one after another, on as many lines as they need.
    private static func flow(_ pieces: [StyledText], _ width: Int) -> [StyledText] {
        var lines: [StyledText] = []
        for piece in pieces {
            if let last = lines.last, last.width + 2 + piece.width <= width {
                lines[lines.count - 1] += StyledText("  ") + piece
            } else {
                lines += piece.width <= width ? [piece] : piece.wrapped(to: width)
            }
        }
        return lines
    }

    /// What the signs on the screen mean.
    private static func legend(_ scene: Scene, _ shown: Set<Glyph>) -> [StyledText] {
        let look = scene.look
        let words = scene.machine.vocabulary
        let signs: [(Glyph, Style, String)] = [
            (.written, Style(.written), "written"), (.unwritten, Style(.unwritten), "unwritten"),
            (.delayed, Style(.unwritten), "delayed allocation"),
            (.mappedRead, Style(.mappedRead), "read-only"),
            (.mappedWrite, Style(.mappedWrite), "writable"),
            (.mappedHuge, Style(.mappedHuge), "2 MiB mapping"), (.page, .page, words.page),
            (.zeroPage, .zeroPage, "zero \(words.page)"), (.daxPMD, .daxPMD, "DAX 2 MiB entry"),
            (.covered, Style(.covered), "covered by it"), (.daxPTE, .daxPTE, "DAX 4 KiB entry"),
            (.shadow, .shadow, "shadow"), (.swap, .swap, "swap entry"), (.value, .shadow, "value"),
            (.pointer, .page, "pointer"), (.reserved, Style(.covered), "reserved"),
            (.tagBar, Style(.tagDirty), words.tagged),
            (.readAhead, Style(.mappedRead), "read-ahead window"),
            (.readAheadMark, Style(.key), "read-ahead mark"),
            (.cachedOnly, Style(.cachedOnly), "in the CPU cache only"),
            (.durable, Style(.durable), "durable"), (.orphan, .orphan, "orphan"),
            (.leak, .leak, "leaked"), (.wrong, .warning, "wrong"),
            (.ellipsis, .dim, "too much to look at, zoom in"),
        ]
        return signs.filter { shown.contains($0.0) }.map { glyph, style, name in
            StyledText(look[glyph], style) + StyledText(" \(name)", .dim)
        }
    }
}
