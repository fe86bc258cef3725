import Canvas

/// A seeded generator: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Scalars of every kind that matters: plain, wide, combining, controls, invisible, reordering.
let awkward: [Unicode.Scalar] = [
    "a", "Z", " ", "~", "é", "漢", "字", "🙂", "\u{301}", "\u{308}", "\u{20DD}", "\u{1B}", "\n", "\t",
    "\u{0}", "\u{7F}", "\u{9B}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{200D}", "\u{FEFF}",
    "\u{FE0F}", "\u{115F}", "\u{1161}", "\u{AD}", "\u{2028}", "\u{1F3FD}", "\u{E0041}", "●", "─",
]

func randomText(_ generator: inout SplitMix, length: Int) -> String {
    var text = ""
    for _ in 0..<length { text.unicodeScalars.append(awkward.randomElement(using: &generator)!) }
    return text
}

/// What is wrong with the cells of a canvas: halves of wide graphemes, scalars that act.
func faults(of canvas: Canvas) -> [String] {
    var faults: [String] = []
    for y in 0..<canvas.size.height {
        let row = Array(canvas.row(y))
        for (x, cell) in row.enumerated() {
            let follows = x > 0 && row[x - 1].width == 2
            if cell.isContinuation != follows { faults.append("\(x),\(y): half a grapheme") }
            if x == row.count - 1 && cell.width == 2 { faults.append("\(x),\(y): cut at the edge") }
            for scalar in cell.string.unicodeScalars where acts(scalar) {
                faults.append("\(x),\(y): U+\(String(scalar.value, radix: 16))")
            }
        }
    }
    return faults
}

/// By the standard library's own tables, not by ours.
func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isBidiControl
    }
}
