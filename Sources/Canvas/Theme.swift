// A theme says how roles look. It names only the terminal's own colours: people have chosen
// those so that they can read them.

/// The terminal's default colour and its 16 named ones.
public enum Colour: UInt8, CaseIterable, Hashable, Sendable {
    /// Whatever the terminal uses for plain text or its background.
    case standard
    case black, red, green, yellow, blue, magenta, cyan, white
    case brightBlack, brightRed, brightGreen, brightYellow
    case brightBlue, brightMagenta, brightCyan, brightWhite

    /// 0 to 15 in the order of the terminal's palette; nil for the default colour.
    public var paletteIndex: Int? { self == .standard ? nil : Int(rawValue) - 1 }
}

/// How a cell looks: two colours and attributes.
public struct Paint: Hashable, Sendable {
    public var foreground: Colour
    public var background: Colour
    public var attributes: Attributes

    public init(
        _ foreground: Colour = .standard, on background: Colour = .standard,
        _ attributes: Attributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}

/// A look for every role. Meaning is never in hue alone: glyphs and attributes carry it too.
public struct Theme: Hashable, Sendable {
    public let name: String
    /// One sentence for the list of themes.
    public let summary: String
    private var paints: [Paint]

    init(name: String, summary: String, _ paint: (Role) -> Paint) {
        self.name = name
        self.summary = summary
        paints = Role.allCases.map(paint)
    }

    /// Every theme, the default first.
    public static let all: [Theme] = [
        .default, .dark, .light, .highContrast, .colourBlind, .mono,
    ]

    /// The theme of a name; nil when there is none.
    public static func named(_ name: String) -> Theme? {
        all.first { $0.name == name }
    }

    /// How a role looks.
    public subscript(role: Role) -> Paint {
        paints[Int(role.rawValue)]
    }

    /// How a style looks: the role's look, the style's own attributes added, the marking laid
    /// over it. A marking brings its background and attributes, and its text colour where the
    /// role has none of its own or would vanish on that background.
    public func paint(for style: Style) -> Paint {
        var paint = self[style.role]
        paint.attributes = Theme.combine(paint.attributes, style.attributes)
        guard let overlay = style.overlay.role else { return paint }
        let marking = self[overlay]
        let plain = self[.text]
        if marking.background != plain.background {
            let ownText = paint.foreground != plain.foreground
            let onPlain = paint.background == plain.background
            if !ownText || !onPlain || paint.foreground == marking.background {
                paint.foreground = marking.foreground
            }
            paint.background = marking.background
        } else if paint.foreground == plain.foreground {
            paint.foreground = marking.foreground
        }
        paint.attributes = Theme.combine(paint.attributes, marking.attributes).subtracting(.dim)
        return paint
    }

    /// Attributes add up, but reverse on reverse is plain again, so that a selected warning
    /// still differs from its neighbours.
    private static func combine(_ left: Attributes, _ right: Attributes) -> Attributes {
        var both = left.union(right)
        if left.contains(.reverse) && right.contains(.reverse) { both.remove(.reverse) }
        return both
    }
}
