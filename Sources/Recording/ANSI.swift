import Canvas

/// The screen as text with colours: no cursor motion, plain at each line's end, so that `cat` and
/// `less -R` show it.
public struct ANSIWriter: FilmWriter {
    let theme: Theme
    let hasHeader: Bool

    public init(theme: Theme, header: Bool) {
        self.theme = theme
        hasHeader = header
    }

    public mutating func add(_ picture: Picture) -> String {
        var text = Array((hasHeader ? picture.header + "\n" : "").utf8)
        for y in 0..<picture.canvas.size.height {
            ANSI.append(picture.canvas.row(y), theme, to: &text)
            text.append(UInt8(ascii: "\n"))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Cells as text with SGR sequences.
enum ANSI {
    static let plain = "\u{1B}[0m"

    /// A row; the terminal is plain before and after.
    ///
    /// - Parameter isWhole: also the plain blanks at the end, so that nothing that stood there
    ///   before remains.
    static func append(
        _ row: ArraySlice<Cell>, _ theme: Theme, isWhole: Bool = false, to text: inout [UInt8]
    ) {
        var paint = Paint()
        let end =
            isWhole
            ? row.endIndex
            : row.lastIndex { !$0.isBlank || theme.paint(for: $0.style).isSeenOnBlanks }
                .map { $0 + 1 } ?? row.startIndex
        var lastStyle: Style?
        for cell in row[..<end] {
            // Most cells have the style of the one before.
            if cell.style != lastStyle {
                lastStyle = cell.style
                let next = theme.paint(for: cell.style)
                if next != paint { text += sequence(next).utf8 }
                paint = next
            }
            cell.grapheme.append(to: &text)
        }
        if paint != Paint() { text += plain.utf8 }
    }

    /// Sets a paint, whatever was set before.
    static func sequence(_ paint: Paint) -> String {
        var codes = "0"
        let attributes: [(Attributes, String)] = [
            (.bold, ";1"), (.dim, ";2"), (.underline, ";4"), (.reverse, ";7"),
        ]
        for (attribute, code) in attributes where paint.attributes.contains(attribute) {
            codes += code
        }
        if let index = paint.foreground.paletteIndex {
            codes += ";\(index < 8 ? 30 + index : 82 + index)"
        }
        if let index = paint.background.paletteIndex {
            codes += ";\(index < 8 ? 40 + index : 92 + index)"
        }
        return "\u{1B}[\(codes)m"
    }
}

extension Paint {
    /// Whether a blank in this paint differs from no text at all.
    var isSeenOnBlanks: Bool {
        background != .standard || !attributes.isDisjoint(with: [.reverse, .underline])
    }
}
