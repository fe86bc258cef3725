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

    /// What a file's name ends in, without the dot; nil: in nothing that could be a format.
    public static func ending(ofPath path: String) -> String? {
        guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."),
            dot > name.startIndex
        else { return nil }
        return name[name.index(after: dot)...].lowercased()
    }

    /// The format that a file's name asks for.
    public init?(path: String) {
        guard let ending = Self.ending(ofPath: path) else { return nil }
        guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else {
            return nil
        }
        self = format
    }

    /// The same, for a name that has to say it.
    ///
    /// - Parameter option: what else can name the format, if anything can.
    /// - Throws: `misuse`, with the endings that there are.
    public init(endingOf path: String, orOption option: String? = nil) throws(RecordingError) {
        if let format = Self(path: path) {
            self = format
            return
        }
        let name = Moments.quoted(path.split(separator: "/").last.map(String.init) ?? path)
        let endings = Self.allCases.map { "." + $0.endings[0] }.joined(separator: " ")
        let other = option.map { ", or name the format with \($0)" } ?? ""
        throw .misuse("\(name) ends in no format's name; expected one of \(endings)\(other)")
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
