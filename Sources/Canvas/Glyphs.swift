// Signs by meaning, in two sets. Each takes exactly one column in either.

/// A sign of the screen by what it means.
public enum Glyph: UInt8, CaseIterable, Hashable, Sendable {
    // Frames
    case horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight
    case teeRight, teeLeft, teeDown, teeUp, cross
    case branch, lastBranch, trunk
    // Slots of a node
    case empty, page, zeroPage, orphan, leak, daxPMD, daxPTE, shadow, swap, child, covered
    case value, pointer, reserved
    // Tags and file map
    case tagBar, hole, delayed, unwritten, written, mappedRead, mappedWrite, mappedHuge, unmapped
    case cachedOnly, durable, readAhead, readAheadMark
    // Timeline
    case timelineStart, timelineEnd, timelinePast, timelineHead, timelineFuture
    case timelineOperation, timelineFinding, timelineBug, timelineMark
    // Marks in lists and text
    case current, breakpoint, wrong, good, warning, bug, lock, changed, bullet, selected
    case arrowLeft, arrowRight, arrowUp, arrowDown, ellipsis, range, times, separator
    case scrollThumb, scrollTrack, notEqual
}

/// A glyph set.
public struct Glyphs: Hashable, Sendable {
    public let name: String
    /// Whether the set is for terminals that show only ASCII.
    public let isASCII: Bool
    private let table: [Grapheme]

    /// Signs of Unicode that common fonts have in one column.
    public static let utf8 = Glyphs(name: "utf8", isASCII: false) { $0.unicode }
    public static let ascii = Glyphs(name: "ascii", isASCII: true) { $0.ascii }

    private init(name: String, isASCII: Bool, _ sign: (Glyph) -> Unicode.Scalar) {
        self.name = name
        self.isASCII = isASCII
        table = Glyph.allCases.map { Grapheme(base: sign($0), wide: false) }
    }

    /// The sign as a string of one column.
    public subscript(glyph: Glyph) -> String {
        Cell(table[Int(glyph.rawValue)], .text).string
    }

    func grapheme(_ glyph: Glyph) -> Grapheme {
        table[Int(glyph.rawValue)]
    }
}

extension Glyph {
    /// The sign in both sets, the Unicode one first. Slots differ from each other in both, so
    /// that colour is never needed to tell them apart.
    private var signs: (Unicode.Scalar, Unicode.Scalar) {
        switch self {
        case .horizontal, .vertical, .topLeft, .topRight, .bottomLeft, .bottomRight, .teeRight,
            .teeLeft, .teeDown, .teeUp, .cross, .branch, .lastBranch, .trunk:
            frameSigns
        case .empty: ("·", ".")
        case .page: ("●", "o")
        case .zeroPage: ("○", "0")
        case .orphan: ("⚠", "!")
        case .leak: ("⊗", "X")
        case .daxPMD: ("◆", "#")
        case .daxPTE: ("◇", "+")
        case .shadow: ("▒", "~")
        case .swap: ("⇄", "s")
        case .value: ("▣", "=")
        case .pointer: ("◎", "&")
        case .reserved: ("□", "z")
        case .child: ("▾", "v")
        case .covered: ("─", "-")
        case .tagBar: ("█", "|")
        case .hole: ("·", ".")
        case .delayed: ("d", "d")
        case .unwritten: ("▫", "u")
        case .written: ("■", "B")
        case .mappedRead: ("r", "r")
        case .mappedWrite: ("w", "w")
        case .mappedHuge: ("H", "H")
        case .unmapped: ("·", ".")
        case .cachedOnly: ("◌", "c")
        case .durable: ("◉", "D")
        case .readAhead: ("─", "-")
        case .readAheadMark: ("»", ">")
        default: markSigns
        }
    }

    private var frameSigns: (Unicode.Scalar, Unicode.Scalar) {
        switch self {
        case .vertical, .trunk: ("│", "|")
        case .topLeft: ("╭", "+")
        case .topRight: ("╮", "+")
        case .bottomLeft: ("╰", "+")
        case .bottomRight: ("╯", "+")
        case .teeRight, .branch: ("├", "+")
        case .teeLeft: ("┤", "+")
        case .teeDown: ("┬", "+")
        case .teeUp: ("┴", "+")
        case .cross: ("┼", "+")
        case .lastBranch: ("└", "`")
        default: ("─", "-")
        }
    }

    private var markSigns: (Unicode.Scalar, Unicode.Scalar) {
        switch self {
        case .timelineStart: ("▕", "[")
        case .timelineEnd: ("▏", "]")
        case .timelinePast: ("■", "=")
        case .timelineHead: ("▌", ">")
        case .timelineFuture: ("·", "-")
        case .timelineOperation: ("•", "o")
        case .timelineFinding, .wrong: ("▲", "!")
        case .timelineBug, .bug: ("✖", "X")
        case .timelineMark: ("◈", "M")
        case .current: ("▶", ">")
        case .breakpoint: ("◉", "*")
        case .good: ("✓", "+")
        case .warning: ("⚠", "!")
        case .lock: ("§", "L")
        case .changed: ("∗", "*")
        case .bullet: ("•", "*")
        case .selected: ("▸", ">")
        case .arrowLeft: ("←", "<")
        case .arrowRight: ("→", ">")
        case .arrowUp: ("↑", "^")
        case .arrowDown: ("↓", "v")
        case .ellipsis: ("…", "~")
        case .range: ("–", "-")
        case .times: ("×", "x")
        case .scrollThumb: ("█", "#")
        case .scrollTrack: ("░", ":")
        case .notEqual: ("≠", "!")
        default: ("·", "-")
        }
    }

    fileprivate var unicode: Unicode.Scalar { signs.0 }
    fileprivate var ascii: Unicode.Scalar { signs.1 }
}
