// One cell: a grapheme and a style.

/// What one cell shows: a base scalar and up to two combining marks, packed into 8 bytes with
/// its width. Made only by the sanitising reader, so it never holds a control or invisible scalar.
public struct Grapheme: Hashable, Sendable {
    /// 21 bits the base, 21 bits each mark, the highest bit set when two columns wide.
    private let bits: UInt64

    private init(bits: UInt64) {
        self.bits = bits
    }

    init(base: Unicode.Scalar, wide: Bool) {
        bits = UInt64(base.value) | (wide ? 1 << 63 : 0)
    }

    /// An empty cell.
    public static let space = Grapheme(base: " ", wide: false)
    /// Stands where a scalar was that must not be drawn.
    public static let replacement = Grapheme(base: "\u{FFFD}", wide: false)
    /// The second column of a wide grapheme.
    static let continuation = Grapheme(bits: 0)

    /// Columns: 1 or 2; 0 for the second column of a wide grapheme.
    public var width: Int { bits == 0 ? 0 : bits >> 63 == 1 ? 2 : 1 }
    public var isContinuation: Bool { bits == 0 }
    public var isASCII: Bool { bits < 0x80 }

    /// The scalars in order; none for a continuation.
    public var scalars: [Unicode.Scalar] {
        [bits, bits >> 21, bits >> 42].compactMap { part in
            let value = UInt32(part & 0x1F_FFFF)
            return value == 0 ? nil : Unicode.Scalar(value)
        }
    }

    /// The base scalar's value; 0 for a continuation.
    public var base: UInt32 { UInt32(bits & 0x1F_FFFF) }
    /// The first combining mark's value; 0 when there is none.
    public var mark1: UInt32 { UInt32(bits >> 21 & 0x1F_FFFF) }
    /// The second combining mark's value; 0 when there is none.
    public var mark2: UInt32 { UInt32(bits >> 42 & 0x1F_FFFF) }

    /// The grapheme with one more mark; the same when it has two already, so that piled marks
    /// cannot climb out of their row.
    func adding(mark: Unicode.Scalar) -> Grapheme {
        if mark1 == 0 { return Grapheme(bits: bits | UInt64(mark.value) << 21) }
        if mark2 == 0 { return Grapheme(bits: bits | UInt64(mark.value) << 42) }
        return self
    }

    func append(to text: inout String) {
        var bytes: [UInt8] = []
        append(to: &bytes)
        text += String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the scalars as UTF-8; nothing for a continuation.
    public func append(to bytes: inout [UInt8]) {
        if bits < 0x80 {
            if bits != 0 { bytes.append(UInt8(bits)) }
            return
        }
        Grapheme.encode(base, to: &bytes)
        if mark1 != 0 { Grapheme.encode(mark1, to: &bytes) }
        if mark2 != 0 { Grapheme.encode(mark2, to: &bytes) }
    }

    private static func encode(_ value: UInt32, to bytes: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(value >> shift & 0x3F) }
        switch value {
        case 0..<0x80: bytes.append(UInt8(value))
        case 0..<0x800:
            bytes.append(0xC0 | UInt8(value >> 6))
            bytes.append(tail(0))
        case 0..<0x10000:
            bytes.append(0xE0 | UInt8(value >> 12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        default:
            bytes.append(0xF0 | UInt8(value >> 18))
            bytes.append(tail(12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        }
    }
}

/// One cell of a canvas.
public struct Cell: Hashable, Sendable {
    public let grapheme: Grapheme
    public var style: Style

    init(_ grapheme: Grapheme, _ style: Style) {
        self.grapheme = grapheme
        self.style = style
    }

    /// A space in plain style.
    public static let blank = Cell(.space, .text)

    /// Columns: 1 or 2; 0 for the second column of a wide grapheme.
    public var width: Int { grapheme.width }
    /// True for the second column of a wide grapheme, which is never drawn itself.
    public var isContinuation: Bool { grapheme.isContinuation }
    /// Whether it shows nothing but its style.
    public var isBlank: Bool { grapheme == .space }
    /// The grapheme as a string; empty for a continuation.
    public var string: String {
        var text = ""
        grapheme.append(to: &text)
        return text
    }
}
