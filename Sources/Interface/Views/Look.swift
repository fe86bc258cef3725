import Canvas
import Kernel
import PageCache
import PageTree
import Stepping

/// How things are spelled on the screen, in either glyph set.
struct Look: Sendable {
    let glyphs: Glyphs
    var keys = KeyMap.standard

    subscript(glyph: Glyph) -> String { glyphs[glyph] }

    /// A text of a scenario or a listing, in signs that this screen can show.
    func text(_ text: String) -> String {
        guard glyphs.isASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else {
                result += Self.spellings[scalar] ?? "?"
            }
        }
        return result
    }

    /// ASCII for what texts of ours and of scenarios use beyond it.
    private static let spellings: [Unicode.Scalar: String] = [
        "−": "-", "–": "-", "—": "-", "‑": "-", "…": "...", "‥": "..", "·": "|", "×": "x",
        "‘": "'", "’": "'", "“": "\"", "”": "\"", "→": "->", "←": "<-", "≠": "!=", "≤": "<=",
        "≥": ">=", "\u{A0}": " ", "é": "e", "µ": "u", "•": "*", "⇒": "=>", "✓": "+",
    ]

    /// A counter as people read it: what lies just below 2^64 is a number that wrapped.
    func counter(_ value: UInt64) -> String {
        let below = 0 &- value
        guard value > 1 << 63, below < 1 << 32 else { return "\(value)" }
        return text("2^64−\(below)")
    }

    /// A wrapped counter in both spellings.
    func longCounter(_ value: UInt64) -> String {
        let short = counter(value)
        return short == "\(value)" ? short : "\(value) = \(short)"
    }

    func range(_ first: UInt64, _ last: UInt64) -> String {
        // An en dash: fonts have that, and not the two dots of U+2025.
        first == last ? "\(first)" : "\(first)\(glyphs.isASCII ? ".." : "–")\(last)"
    }

    /// `index 5`, or `512–1023`: what has no room for the word is known by its two numbers.
    func indices(_ indices: ClosedRange<PageIndex>) -> String {
        let (first, last) = (indices.lowerBound.rawValue, indices.upperBound.rawValue)
        return first == last ? "index \(first)" : range(first, last)
    }

    func hex(_ value: UInt64, digits: Int = 0) -> String {
        let text = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    func byte(_ value: UInt8) -> String { hex(UInt64(value), digits: 2) }

    /// The first byte of a page, and whether others are different.
    func bytes(_ bytes: PageBytes) -> String {
        byte(bytes.first) + (bytes.isUniform ? "" : self[.ellipsis])
    }

    /// The first byte that is there, and whether others are different or missing; nil: none is.
    func bytes(_ bytes: SomeBytes) -> String? {
        let first = bytes.segments.lazy.compactMap(\.value).first
        return first.map { byte($0) + (bytes.isUniform ? "" : self[.ellipsis]) }
    }

    /// Every byte of a page, such as `0–9 0x03, 10–4095 0x04`: a few runs, then how many more.
    func runs(_ bytes: SomeBytes) -> String {
        guard !bytes.isUniform else { return bytes.first.map(byte) ?? "none" }
        let runs = bytes.segments.filter { $0.value != nil }
        let shown = runs.prefix(runs.count > 4 ? 3 : 4).map { run in
            let last = UInt64(run.offsets.upperBound - 1)
            return "\(range(UInt64(run.offsets.lowerBound), last)) \(byte(run.value!))"
        }
        let more = runs.count - shown.count
        return shown.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
    }

    func runs(_ bytes: PageBytes) -> String { runs(bytes.map(Optional.some)) }

    /// Some bytes of a page of the file, as a part of a sentence: the page, when it is all of them.
    func place(_ offsets: Range<Int>, of page: UInt64) -> String {
        if offsets.count == PageBytes.size { return "page \(page)" }
        if offsets.count == 1 { return "byte \(offsets.lowerBound) of page \(page)" }
        let bytes = range(UInt64(offsets.lowerBound), UInt64(offsets.upperBound - 1))
        return "bytes \(bytes) of page \(page)"
    }

    /// All that a read brought, such as `96 × 0x00, 6 × 0x04`: a few runs, then how many more.
    func runs(_ data: ReadData) -> String {
        let shown = data.runs.prefix(4).map { "\($0.length) \(self[.times]) \(byte($0.value))" }
        let more = data.runs.count - shown.count
        return shown.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
    }

    /// What an access or a read saw, its first byte; nil: it saw nothing.
    func value(of outcome: Outcome) -> String? {
        outcome.value.map { byte($0) + (outcome.data.runs.count > 1 ? self[.ellipsis] : "") }
    }

    /// What of a node or a page is broken.
    func part(_ part: Finding.Part) -> String {
        switch part {
        case .pages: "count of pages"
        case .shadows: "count of shadows"
        case .tags: "set of tags"
        case .links: "way up"
        case .mappings: "_mapcount"
        case .references: "_count"
        case .dirtyTag: "DIRTY tag"
        }
    }

    /// A separator with blanks around it.
    var dot: String { " \(self[.separator]) " }

    /// The kernel with what it is.
    func kernel(_ version: KernelVersion) -> String {
        switch version {
        case .v4_4: "v4.4 (released)"
        case .v4_4pmd: "v4.4-pmd (PMD faults on)"
        case .v6: "v6 (next-20151231)"
        case .v7: "v7 (6 Jan 2016)"
        case .v8: "v8 (series)"
        case .v4_5: "v4.5 (released)"
        case .v6_1: "v6.1 (6.1.192)"
        case .v6_12: "v6.12 (6.12.117)"
        }
    }

    /// What an operation does, in the words of the kernel model.
    func operation(_ span: OperationSpan) -> String { text(span.text) }
}

extension EntryKind {
    var glyph: Glyph {
        switch self {
        case .page: .page
        case .zeroPage: .zeroPage
        case .daxPTE: .daxPTE
        case .daxPMD: .daxPMD
        case .shadow: .shadow
        case .swap: .swap
        case .value: .value
        case .pointer: .pointer
        case .zeroEntry, .retryEntry: .reserved
        }
    }

    var style: Style {
        switch self {
        case .page: .page
        case .zeroPage: .zeroPage
        case .daxPTE: .daxPTE
        case .daxPMD: .daxPMD
        case .shadow: .shadow
        case .swap: .swap
        case .value: .shadow
        case .pointer: .page
        case .zeroEntry, .retryEntry: Style(.covered)
        }
    }
}

extension EntryKind {
    /// The label where there is little room.
    func shortLabel(_ words: Vocabulary) -> String {
        switch self {
        case .daxPMD: "DAX 2 MiB"
        case .daxPTE: "DAX 4 KiB"
        case .zeroEntry, .retryEntry: "reserved"
        default: label(words)
        }
    }
}

extension StyledText {
    /// The text with blanks after it up to a width, or nothing more when it is wider.
    func padded(to width: Int) -> StyledText {
        let missing = width - self.width
        return missing > 0 ? self + StyledText(String(repeating: " ", count: missing)) : self
    }

    /// Lines of at most `width` columns; where a piece of the text begins at `column`, those after
    /// the first begin below it, unless that leaves them little room.
    func wrapped(to width: Int, hanging column: Int) -> [StyledText] {
        var used = 0
        for (number, span) in spans.enumerated() {
            if used == column, width - column >= 16 {
                let rest = StyledText(Array(spans[number...])).wrapped(to: width - column)
                let blank = StyledText(String(repeating: " ", count: column))
                return rest.enumerated().map { row, line in
                    (row == 0 ? StyledText(Array(spans[..<number])) : blank) + line
                }
            }
            used += displayWidth(span.text)
        }
        return wrapped(to: width)
    }

    /// A text at the right end of the same line, when there is room for it.
    func with(right: StyledText, width: Int) -> StyledText {
        guard self.width + right.width + 1 <= width else { return self }
        return padded(to: width - right.width) + right
    }
}

extension String {
    /// The lines of each paragraph joined, so that they break where the screen needs it. Lines that
    /// begin with a blank stand as they are.
    public var reflowed: String {
        var result = ""
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            let continues = !line.isEmpty && line.first != " "
            if continues, let last = result.last, last != "\n" {
                result += " "
            } else if !result.isEmpty {
                result += line.isEmpty ? "\n" : result.last == "\n" ? "" : "\n"
            }
            result += line
            if line.isEmpty { result += "\n" }
        }
        return result
    }

    /// The text with blanks before it up to a number of characters.
    func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
