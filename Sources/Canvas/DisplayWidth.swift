// Columns, and what of a text may reach a cell. The two belong together: a scalar that is
// replaced has the width of its replacement.

/// How a scalar is shown.
enum ScalarClass {
    case narrow, wide, combining, hidden

    init(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        if value >= 0x20 && value < 0x7F || value >= 0xA0 && value < 0x300 && value != 0xAD {
            self = .narrow
        } else if WidthTable.hidden.covers(value) {
            self = .hidden
        } else if WidthTable.combining.covers(value) {
            self = .combining
        } else {
            self = WidthTable.wide.covers(value) ? .wide : .narrow
        }
    }
}

extension [UInt32] {
    /// Whether a list of first, last, first, last ... (ascending) has a range with the value.
    func covers(_ value: UInt32) -> Bool {
        var low = 0
        var high = count / 2
        while low < high {
            let middle = (low + high) / 2
            if self[2 * middle + 1] < value { low = middle + 1 } else { high = middle }
        }
        return 2 * low < count && self[2 * low] <= value
    }
}

/// Reads a text as the graphemes that cells show. Controls become their Unicode control pictures,
/// everything else that is invisible or reorders text becomes U+FFFD: what a file holds is seen,
/// and it never acts.
struct GraphemeReader: IteratorProtocol {
    private var scalars: String.UnicodeScalarView.Iterator
    private var pending: Unicode.Scalar?
    /// Scalars that the graphemes so far were made of.
    private(set) var consumed = 0

    init(_ text: some StringProtocol) {
        scalars = String(text).unicodeScalars.makeIterator()
        pending = scalars.next()
    }

    mutating func next() -> Grapheme? {
        guard let scalar = pending else { return nil }
        advance()
        var grapheme: Grapheme
        switch ScalarClass(scalar) {
        case .narrow: grapheme = Grapheme(base: scalar, wide: false)
        case .wide: grapheme = Grapheme(base: scalar, wide: true)
        case .combining: return .replacement
        case .hidden: return GraphemeReader.picture(of: scalar)
        }
        while let mark = pending, mark.value >= 0x300 {
            if ScalarClass(mark) == .combining {
                grapheme = grapheme.adding(mark: mark)
            } else if !GraphemeReader.isPresentation(mark) || scalar.isASCII {
                break
            }
            advance()
        }
        return grapheme
    }

    private mutating func advance() {
        pending = scalars.next()
        consumed += 1
    }

    /// Text and emoji presentation selectors. Dropped after a symbol, where people's keyboards
    /// put them: they would only make terminals disagree about its width.
    private static func isPresentation(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0xFE0E || scalar.value == 0xFE0F
    }

    private static func picture(of scalar: Unicode.Scalar) -> Grapheme {
        let value = scalar.value == 0x7F ? 0x21 : scalar.value
        guard value <= 0x21, let picture = Unicode.Scalar(0x2400 + value) else {
            return .replacement
        }
        return Grapheme(base: picture, wide: false)
    }
}

/// The columns that a scalar takes at the start of a text: 1 or 2. (Marks and invisible scalars
/// are shown as a replacement there, which takes 1; on a base a mark takes none.)
public func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    ScalarClass(scalar) == .wide ? 2 : 1
}

/// The columns that a text takes when written to a canvas.
public func displayWidth(_ text: some StringProtocol) -> Int {
    var reader = GraphemeReader(text)
    var columns = 0
    while let grapheme = reader.next() { columns += grapheme.width }
    return columns
}

/// The text as a canvas would show it: without controls, reordering and invisible scalars.
public func sanitised(_ text: some StringProtocol) -> String {
    var reader = GraphemeReader(text)
    var result: [UInt8] = []
    while let grapheme = reader.next() { grapheme.append(to: &result) }
    return String(decoding: result, as: UTF8.self)
}

/// As much of the text's beginning as fits into `columns`, sanitised, and its width.
public func prefix(
    of text: some StringProtocol, columns: Int
) -> (text: String, width: Int) {
    var reader = GraphemeReader(text)
    var result: [UInt8] = []
    var width = 0
    while let grapheme = reader.next(), width + grapheme.width <= columns {
        grapheme.append(to: &result)
        width += grapheme.width
    }
    return (String(decoding: result, as: UTF8.self), width)
}
