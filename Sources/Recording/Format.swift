/// A format of recordings.
public enum Format: String, CaseIterable, Sendable {
    case text, ansi, svg, png, html, cast, gif, dot, json, markdown

    /// The endings of files' names that mean this format, the usual one first.
    public var endings: [String] {
        switch self {
        case .text: ["txt", "text"]
        case .ansi: ["ans", "ansi"]
        case .html: ["html", "htm"]
        case .dot: ["dot", "gv"]
        case .markdown: ["md", "markdown"]
        case .svg, .png, .cast, .gif, .json: [rawValue]
        }
    }

    /// The format that a file's name asks for.
    public init?(path: String) {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        let ending = path[path.index(after: dot)...].lowercased()
        guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else {
            return nil
        }
        self = format
    }

    /// Whether a file holds one picture. The others hold a whole film.
    public var isPicture: Bool {
        switch self {
        case .svg, .png, .dot: true
        case .text, .ansi, .html, .cast, .gif, .json, .markdown: false
        }
    }

    /// The moments of a recording of the whole scenario.
    var momentsOfAScenario: Moments {
        switch self {
        case .text, .ansi, .svg, .png, .dot: .story
        default: usualMoments
        }
    }

    /// What is recorded when nobody says.
    public var usualMoments: Moments {
        switch self {
        case .text, .ansi, .svg, .png, .dot: .end
        case .html, .cast, .json: .everyStep
        case .gif, .markdown: .story
        }
    }
}
