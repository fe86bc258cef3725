import Canvas

/// The screen as an SVG picture that looks the same in browsers, librsvg and editors: only
/// presentation attributes, no style sheet, no font from elsewhere; lines and blocks as paths;
/// every word placed by itself, so that a font of another width moves nothing.
public enum SVG {
    /// The size in pixels.
    public static func pixels(of size: Size) -> (width: Int, height: Int) {
        (size.width * CellShape.width, size.height * CellShape.height)
    }

    static let fonts = "DejaVu Sans Mono, Menlo, Consolas, monospace"
    /// At which a letter of DejaVu Sans Mono or Menlo is as wide as a cell.
    private static let fontSize = 16.6
    /// From a cell's upper edge.
    private static let baseline = 15

    /// A whole SVG document.
    public static func document(_ picture: Picture, look: Look) -> String {
        let canvas = picture.canvas
        var drawing = Drawing(look)
        for y in 0..<canvas.size.height { drawing.add(canvas.row(y), y: y) }
        let caption = picture.caption
        let title =
            "\(caption.title) (\(caption.scenario) on \(caption.kernel), "
            + "step \(caption.position) of \(caption.end))"
        let body = drawing.body(pixels(of: canvas.size))
        let text = canvas.text()
        // Several pictures may stand in one page: an id is of one content.
        let id = "r" + hash(title + body)
        let (width, height) = pixels(of: canvas.size)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="\(id)-t \(id)-d">
            <title id="\(id)-t">\(XML.escape(title))</title>
            <desc id="\(id)-d">\(XML.escape(description(caption)))</desc>
            <metadata>
            \(XML.escape(text))</metadata>
            \(body)</svg>

            """
    }

    /// What happened, in sentences.
    private static func description(_ caption: Caption) -> String {
        var parts = [caption.label]
        if caption.operation > 0 {
            parts.append("Operation \(caption.operation): \(caption.operationText)")
        }
        parts += caption.findings
        if let bug = caption.bug { parts.append(bug.headline) }
        return parts.joined(separator: ". ")
    }

    /// FNV-1a, 32 bits, in hexadecimal.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return String(value, radix: 16)
    }

    /// Collects what stands on top of each other: grounds, shapes, lines, words.
    private struct Drawing {
        let look: Look
        var grounds = ""
        var shapes = Layers()
        var lines = Layers()
        var words = ""

        init(_ look: Look) {
            self.look = look
        }

        mutating func add(_ row: ArraySlice<Cell>, y: Int) {
            let cells = Array(row)
            var x = 0
            var inks: [Style: Look.Ink] = [:]
            func ink(_ style: Style) -> Look.Ink {
                if let known = inks[style] { return known }
                let made = look.ink(style)
                inks[style] = made
                return made
            }
            while x < cells.count {
                let paint = ink(cells[x].style)
                var end = x + 1
                while end < cells.count, ink(cells[end].style) == paint { end += 1 }
                addRun(cells, x..<end, y: y, paint)
                x = end
            }
        }

        /// Cells of one ink.
        private mutating func addRun(_ cells: [Cell], _ range: Range<Int>, y: Int, _ ink: Look.Ink)
        {
            let (left, top) = (range.lowerBound * CellShape.width, y * CellShape.height)
            let width = range.count * CellShape.width
            if ink.background != look.ground {
                grounds +=
                    "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" "
                    + "height=\"\(CellShape.height)\" fill=\"\(ink.background.hex)\"/>\n"
            }
            if ink.isUnderlined {
                lines.add(
                    "M\(left) \(top + 18)h\(width)", ink.foreground.hex + "\" stroke-width=\"1")
            }
            var x = range.lowerBound
            while x < range.upperBound {
                let cell = cells[x]
                if cell.isContinuation || cell.isBlank {
                    x += 1
                } else if let shape = CellShape(
                    cell.grapheme, x: x * CellShape.width, y: top)
                {
                    x = addShape(shape, cells, x, range.upperBound, y: y, ink)
                } else {
                    var end = x + 1
                    while cell.grapheme.isASCII, end < range.upperBound,
                        cells[end].grapheme.isASCII, !cells[end].isBlank
                    { end += 1 }
                    addWord(cells[x..<end], x: x, y: y, ink)
                    x = end
                }
            }
        }

        /// Adds a shape, and the equal ones to its right when it is a plain line; returns the
        /// column after them.
        private mutating func addShape(
            _ shape: CellShape, _ cells: [Cell], _ x: Int, _ limit: Int, y: Int, _ ink: Look.Ink
        ) -> Int {
            let (left, top) = (x * CellShape.width, y * CellShape.height)
            var end = x + 1
            switch shape {
            case .stroke(let path, let isHeavy):
                var path = path
                if [0x2500, 0x2501].contains(cells[x].grapheme.base) {
                    while end < limit, cells[end].grapheme == cells[x].grapheme { end += 1 }
                    path = "M\(left) \(top + CellShape.height / 2)H\(end * CellShape.width)"
                }
                lines.add(path, ink.foreground.hex + "\" stroke-width=\"\(isHeavy ? 3 : 1.2)")
            case .fill(let path): shapes.add(path, ink.foreground.hex)
            case .shade(let percent):
                let colour = ink.background.mixed(with: ink.foreground, percent: percent)
                while end < limit, cells[end].grapheme == cells[x].grapheme { end += 1 }
                shapes.add(
                    CellShape.rect(left, top, (end - x) * CellShape.width, CellShape.height),
                    colour.hex)
            }
            return end
        }

        private mutating func addWord(
            _ cells: ArraySlice<Cell>, x: Int, y: Int, _ ink: Look.Ink
        ) {
            var bytes: [UInt8] = []
            for cell in cells { cell.grapheme.append(to: &bytes) }
            let text = String(decoding: bytes, as: UTF8.self)
            let (left, base) = (x * CellShape.width, y * CellShape.height + SVG.baseline)
            words += "<text x=\"\(left)\" y=\"\(base)\""
            if ink.foreground != look.ink(.text).foreground {
                words += " fill=\"\(ink.foreground.hex)\""
            }
            if ink.isBold { words += " font-weight=\"700\"" }
            words += ">\(XML.escape(text))</text>\n"
        }

        func body(_ pixels: (width: Int, height: Int)) -> String {
            let text = look.ink(.text)
            return """
                <rect width="\(pixels.width)" height="\(pixels.height)" \
                fill="\(text.background.hex)"/>
                <g shape-rendering="crispEdges">
                \(grounds)\(shapes.paths { "<path fill=\"\($0)\" d=\"\($1)\"/>\n" })</g>
                <g fill="none">
                \(lines.paths { "<path stroke=\"\($0)\" d=\"\($1)\"/>\n" })</g>
                <g font-family="\(SVG.fonts)" font-size="\(SVG.fontSize)" \
                fill="\(text.foreground.hex)">
                \(words)</g>

                """
        }
    }

    /// Path data by colour, in the order in which the colours came.
    private struct Layers {
        private var order: [String] = []
        private var data: [String: String] = [:]

        mutating func add(_ path: String, _ colour: String) {
            if data[colour] == nil { order.append(colour) }
            data[colour, default: ""] += path
        }

        func paths(_ element: (String, String) -> String) -> String {
            order.map { element($0, data[$0]!) }.joined()
        }
    }
}

/// Pictures as SVG documents.
public struct SVGWriter: FilmWriter {
    let look: Look

    public init(look: Look) {
        self.look = look
    }

    public mutating func add(_ picture: Picture) -> String {
        SVG.document(picture, look: look)
    }
}
