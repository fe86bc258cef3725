// Text in several styles, on one line or as paragraphs.

/// Pieces of text, each in its style. Line breaks matter only to `wrapped(to:)`.
public struct StyledText: Hashable, Sendable, ExpressibleByStringInterpolation {
    public struct Span: Hashable, Sendable {
        public var text: String
        public var style: Style

        public init(_ text: String, _ style: Style = .text) {
            self.text = text
            self.style = style
        }
    }

    public var spans: [Span]

    public init(_ text: String, _ style: Style = .text) {
        spans = [Span(text, style)]
    }

    public init(_ spans: [Span] = []) {
        self.spans = spans
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The text without its styles.
    public var plain: String { spans.map(\.text).joined() }

    /// Columns when written on one line.
    public var width: Int { spans.reduce(0) { $0 + displayWidth($1.text) } }

    var byteCount: Int { spans.reduce(0) { $0 + $1.text.utf8.count } }

    public static func + (left: StyledText, right: StyledText) -> StyledText {
        StyledText(left.spans + right.spans)
    }

    public static func += (left: inout StyledText, right: StyledText) {
        left.spans += right.spans
    }

    /// Adds a piece at the end.
    public mutating func append(_ text: String, _ style: Style = .text) {
        spans.append(Span(text, style))
    }
}

extension StyledText {
    /// Lines of at most `columns` columns, broken at spaces, at line breaks, and inside of a word
    /// only when the word alone is wider. An empty text has one empty line; with no columns
    /// there are no lines.
    public func wrapped(to columns: Int) -> [StyledText] {
        guard columns > 0 else { return [] }
        var wrapper = Wrapper(columns: columns)
        for span in spans {
            var word = Substring(span.text)
            while !word.isEmpty {
                let end = word.firstIndex { Wrapper.isBreak($0) } ?? word.endIndex
                wrapper.addToWord(String(word[..<end]), span.style)
                guard end < word.endIndex else { break }
                wrapper.endWord(at: word[end], span.style)
                word = word[word.index(after: end)...]
            }
        }
        return wrapper.finish()
    }
}

/// Collects words, and lines of words. A word may consist of spans in several styles.
private struct Wrapper {
    let columns: Int
    var lines: [StyledText] = []
    var line = StyledText()
    var lineWidth = 0
    var word = StyledText()
    var wordWidth = 0
    /// Spaces before the word; dropped when the word starts a line.
    var gap = StyledText()
    var gapWidth = 0

    init(columns: Int) {
        self.columns = columns
    }

    static func isBreak(_ character: Character) -> Bool {
        character == " " || character == "\t" || character.isNewline
    }

    mutating func addToWord(_ text: String, _ style: Style) {
        guard !text.isEmpty else { return }
        word.append(text, style)
        wordWidth += displayWidth(text)
    }

    mutating func endWord(at separator: Character, _ style: Style) {
        flushWord()
        if separator.isNewline {
            breakLine()
        } else {
            gap.append(" ", style)
            gapWidth += 1
        }
    }

    /// Moves the word to the line, or to a new line when it does not fit.
    private mutating func flushWord() {
        guard wordWidth > 0 else { return }
        if lineWidth > 0 && lineWidth + gapWidth + wordWidth > columns {
            breakLine()
        }
        if lineWidth + gapWidth + wordWidth <= columns {
            line += gap
            lineWidth += gapWidth
        }
        clearGap()
        for span in word.spans { addPieces(of: span) }
        word = StyledText()
        wordWidth = 0
    }

    /// Each grapheme is read once, however long the word is.
    private mutating func addPieces(of span: StyledText.Span) {
        let scalars = span.text.unicodeScalars
        var reader = GraphemeReader(span.text)
        var (start, end) = (scalars.startIndex, scalars.startIndex)
        var read = 0
        while let grapheme = reader.next() {
            if lineWidth > 0 && lineWidth + grapheme.width > columns {
                if start < end { line.append(String(scalars[start..<end]), span.style) }
                breakLine()
                start = end
            }
            lineWidth += grapheme.width
            end = scalars.index(end, offsetBy: reader.consumed - read)
            read = reader.consumed
        }
        line.append(String(scalars[start...]), span.style)
    }

    private mutating func breakLine() {
        lines.append(line)
        line = StyledText()
        lineWidth = 0
        clearGap()
    }

    private mutating func clearGap() {
        gap = StyledText()
        gapWidth = 0
    }

    mutating func finish() -> [StyledText] {
        flushWord()
        lines.append(line)
        return lines
    }
}
