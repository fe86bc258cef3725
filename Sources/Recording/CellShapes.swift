import Canvas

/// Characters that are drawn, not written: lines, blocks and shades fill their cell exactly,
/// whatever font the reader has.
enum CellShape {
    /// A line, as path data, relative to the cell's corner and ended by a space.
    case stroke(String, isHeavy: Bool)
    /// A part of the cell filled.
    case fill(String)
    /// The whole cell filled with so many percent of the text's colour.
    case shade(Int)

    /// The size of a cell, in the picture's units.
    static let width = 10
    static let height = 20

    /// How a character is drawn in the cell with its corner at (x, y); nil for what is written.
    init?(_ grapheme: Grapheme, x: Int, y: Int) {
        guard grapheme.width == 1, grapheme.mark1 == 0 else { return nil }
        switch grapheme.base {
        case 0xB7: self = .fill(Self.rect(x + 4, y + 9, 2, 2))
        case 0x2500...0x257F:
            guard let arms = Self.arms[grapheme.base] else { return nil }
            self = .stroke(Self.path(arms, x, y), isHeavy: arms.isHeavy)
        case 0x2591...0x2593: self = .shade(Int(grapheme.base - 0x2590) * 25)
        case 0x2580...0x259F: self = .fill(Self.block(grapheme.base, x, y))
        default: return nil
        }
    }

    // MARK: Lines

    private struct Arms {
        var left = false
        var right = false
        var up = false
        var down = false
        var isRound = false
        var isHeavy = false
    }

    /// Where the arms of each character go.
    private static let arms: [UInt32: Arms] = {
        let light: [(Unicode.Scalar, String)] = [
            ("─", "lr"), ("│", "ud"), ("┌", "rd"), ("┐", "ld"), ("└", "ru"), ("┘", "lu"),
            ("├", "urd"), ("┤", "uld"), ("┬", "lrd"), ("┴", "lru"), ("┼", "lrud"),
            ("╭", "rd)"), ("╮", "ld)"), ("╰", "ru)"), ("╯", "lu)"),
            ("╴", "l"), ("╵", "u"), ("╶", "r"), ("╷", "d"),
        ]
        let heavy: [(Unicode.Scalar, String)] = [
            ("━", "lr"), ("┃", "ud"), ("┏", "rd"), ("┓", "ld"), ("┗", "ru"), ("┛", "lu"),
            ("┣", "urd"), ("┫", "uld"), ("┳", "lrd"), ("┻", "lru"), ("╋", "lrud"),
            ("╸", "l"), ("╹", "u"), ("╺", "r"), ("╻", "d"),
        ]
        var table: [UInt32: Arms] = [:]
        for (scalar, text) in light { table[scalar.value] = arms(text, isHeavy: false) }
        for (scalar, text) in heavy { table[scalar.value] = arms(text, isHeavy: true) }
        return table
    }()

    private static func arms(_ text: String, isHeavy: Bool) -> Arms {
        Arms(
            left: text.contains("l"), right: text.contains("r"), up: text.contains("u"),
            down: text.contains("d"), isRound: text.contains(")"), isHeavy: isHeavy)
    }

    private static func path(_ arms: Arms, _ x: Int, _ y: Int) -> String {
        let (mx, my) = (x + width / 2, y + height / 2)
        let (right, bottom) = (x + width, y + height)
        if arms.isRound {
            let (fromY, bendY) = arms.down ? (bottom, my + 5) : (y, my - 5)
            return "M\(mx) \(fromY)V\(bendY)Q\(mx) \(my) \(arms.right ? right : x) \(my)"
        }
        var path = ""
        if arms.left || arms.right {
            path += "M\(arms.left ? x : mx) \(my)H\(arms.right ? right : mx)"
        }
        if arms.up || arms.down {
            path += "M\(mx) \(arms.up ? y : my)V\(arms.down ? bottom : my)"
        }
        return path
    }

    // MARK: Blocks

    static func rect(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> String {
        "M\(x) \(y)h\(width)v\(height)h-\(width)z"
    }

    private static func block(_ base: UInt32, _ x: Int, _ y: Int) -> String {
        // Eighths of 20 and of 10, rounded; the whole is exact.
        func rows(_ eighths: UInt32) -> Int { (Int(eighths) * height + 4) / 8 }
        func columns(_ eighths: UInt32) -> Int { (Int(eighths) * width + 4) / 8 }
        let (midX, midY) = (width / 2, height / 2)
        switch base {
        case 0x2580: return rect(x, y, width, midY)
        case 0x2581...0x2588:
            let filled = rows(base - 0x2580)
            return rect(x, y + height - filled, width, filled)
        case 0x2589...0x258F: return rect(x, y, columns(0x2590 - base), height)
        case 0x2590: return rect(x + midX, y, midX, height)
        case 0x2594: return rect(x, y, width, rows(1))
        case 0x2595: return rect(x + width - columns(1), y, columns(1), height)
        default:
            // Quadrants: upper left 1, upper right 2, lower left 4, lower right 8.
            let quadrants: [Int] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14]
            let set = quadrants[Int(base - 0x2596)]
            return (0..<4).filter { set >> $0 & 1 == 1 }.map {
                rect(x + $0 % 2 * midX, y + $0 / 2 * midY, midX, midY)
            }.joined()
        }
    }
}
