import Canvas
import Foundation

/// A colour as files spell it.
public struct RGB: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    /// From `0xRRGGBB`.
    public init(_ value: UInt32) {
        red = UInt8(value >> 16 & 0xFF)
        green = UInt8(value >> 8 & 0xFF)
        blue = UInt8(value & 0xFF)
    }

    /// `#rrggbb`.
    public var hex: String {
        let value = 1 << 24 | Int(red) << 16 | Int(green) << 8 | Int(blue)
        return "#" + String(value, radix: 16).dropFirst()
    }

    /// WCAG's contrast ratio: 1 for the same lightness, 21 for black and white.
    func contrast(with other: RGB) -> Double {
        let (mine, its) = (luminance, other.luminance)
        return (max(mine, its) + 0.05) / (min(mine, its) + 0.05)
    }

    var isDark: Bool { luminance < 0.5 }

    private var luminance: Double {
        func linear(_ part: UInt8) -> Double {
            let value = Double(part) / 255
            return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// This colour with `percent` of another in it.
    func mixed(with other: RGB, percent: Int) -> RGB {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt32 {
            UInt32((Int(a) * (100 - percent) + Int(b) * percent + 50) / 100)
        }
        return RGB(
            mix(red, other.red) << 16 | mix(green, other.green) << 8 | mix(blue, other.blue))
    }
}

/// The colours that a terminal would have: its two defaults and its sixteen.
public struct Palette: Hashable, Sendable {
    public var foreground: RGB
    public var background: RGB
    /// In the order of `Colour.paletteIndex`.
    public var colours: [RGB]

    /// Light on dark. Every colour but black is readable on the background.
    public static let dark = Palette(
        foreground: 0xD8DEE9, background: 0x16191F,
        [
            0x16191F, 0xF2777A, 0x7FC98A, 0xE5B95C, 0x78A9F0, 0xD08FE0, 0x5CC5CF, 0xD8DEE9,
            0x7C8594, 0xFF8F8F, 0x9BE0A4, 0xFFD479, 0x9CC4FF, 0xE5AEF2, 0x85E0E8, 0xFFFFFF,
        ], red: 0xB3261E)

    /// Dark on white.
    public static let light = Palette(
        foreground: 0x1F2328, background: 0xFFFFFF,
        [
            0x1F2328, 0xB3261E, 0x1A7F37, 0x8A5A00, 0x0550AE, 0x8250DF, 0x0B6C7A, 0x6E7781,
            0x57606A, 0xCF222E, 0x1A7F37, 0x8A5A00, 0x0969DA, 0x8250DF, 0x0B6C7A, 0xFFFFFF,
        ], red: 0xB3261E)

    /// Red as a background, under white: darker than red as text on dark may be.
    let redBackground: RGB

    private init(foreground: UInt32, background: UInt32, _ colours: [UInt32], red: UInt32) {
        self.foreground = RGB(foreground)
        self.background = RGB(background)
        self.colours = colours.map { RGB($0) }
        redBackground = RGB(red)
    }
}

/// How a recording looks: a theme, and the colours that its names stand for.
public struct Look: Hashable, Sendable {
    public var theme: Theme
    public var palette: Palette

    public init(_ theme: Theme = .default) {
        self.theme = theme
        palette = theme.name == Theme.light.name ? .light : .dark
    }

    /// How a cell is painted, in colours: reverse and dim are in them.
    struct Ink: Hashable {
        var foreground: RGB
        var background: RGB
        var isBold: Bool
        var isUnderlined: Bool
    }

    /// The ink of a style.
    func ink(_ style: Style) -> Ink {
        let paint = theme.paint(for: style)
        var text = paint.foreground.paletteIndex.map { palette.colours[$0] } ?? palette.foreground
        var ground = background(paint.background)
        if paint.attributes.contains(.reverse) { swap(&text, &ground) }
        if paint.attributes.contains(.dim) { text = text.mixed(with: ground, percent: 35) }
        // Two colours of a theme can be close; then contrast goes before hue.
        if text.contrast(with: ground) < 3 {
            let ends = [palette.foreground, palette.background, RGB(0), RGB(0xFFFFFF)]
            text = ends.first { $0.contrast(with: ground) >= 3 } ?? text
        }
        return Ink(
            foreground: text, background: ground, isBold: paint.attributes.contains(.bold),
            isUnderlined: paint.attributes.contains(.underline))
    }

    private func background(_ colour: Colour) -> RGB {
        guard let index = colour.paletteIndex else { return palette.background }
        return colour == .red ? palette.redBackground : palette.colours[index]
    }

    /// The background of a cell without a style.
    var ground: RGB { ink(.text).background }
}
