import Canvas

/// An asciicast: the film as a terminal recording, with a marker a step.
///
/// The screen is painted whole at every marker, so that jumping to one needs nothing of what
/// stands before. Time is virtual: a recording of the same scenario has the same bytes whenever
/// it is made.
public struct CastWriter: FilmWriter {
    /// The file's format: 2, which everything reads, or 3.
    public enum Version: Int, CaseIterable, Sendable {
        case two = 2
        case three = 3
    }

    /// Milliseconds that a step is shown, and the end of an operation.
    static let step = 250
    static let operation = 1500
    /// Markers stand just after their picture: players that go to a marker show what was painted
    /// before it.
    static let markerDelay = 1

    let version: Version
    let look: Look
    /// Milliseconds from the start: of the next picture, and of the last event.
    private var now = 0
    private var last = 0

    public init(look: Look, version: Version = .two) {
        self.look = look
        self.version = version
    }

    public mutating func begin(_ info: Film.Info) -> String {
        let title = JSONText.quote(info.heading)
        let (columns, rows) = (info.size.width, info.size.height)
        let env = "\"env\": {\"TERM\": \"xterm-256color\"}"
        switch version {
        case .two:
            return "{\"version\": 2, \"width\": \(columns), \"height\": \(rows), "
                + "\"title\": \(title), \(env), \"theme\": \(theme)}\n" + event("o", Self.opening)
        case .three:
            return "{\"version\": 3, \"term\": {\"cols\": \(columns), \"rows\": \(rows), "
                + "\"type\": \"xterm-256color\", \"theme\": \(theme)}, \"title\": \(title), "
                + "\(env)}\n" + event("o", Self.opening)
        }
    }

    public mutating func add(_ picture: Picture) -> String {
        let caption = picture.caption
        var result = event("o", Self.repaint(picture.canvas, look.theme))
        let start = now
        now += Self.markerDelay
        // Not longer than a line of a player's list of markers can be.
        let label = prefix(of: "\(caption.position) \(caption.label)", columns: 120).text
        result += event("m", label)
        now = start + (caption.isOperationEnd ? Self.operation : Self.step)
        return result
    }

    public mutating func end() -> String {
        event("o", Self.closing)
    }

    /// Plain, cleared, without a cursor; and with one again below the picture.
    private static let opening = "\u{1B}[0m\u{1B}[2J\u{1B}[?25l"
    private static let closing = "\u{1B}[0m\u{1B}[?25h"

    /// Paints every cell.
    static func repaint(_ canvas: Canvas, _ theme: Theme) -> String {
        var text = Array(ANSI.plain.utf8)
        for y in 0..<canvas.size.height {
            text += "\u{1B}[\(y + 1)H".utf8
            ANSI.append(canvas.row(y), theme, isWhole: true, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// One line. Version 2 has absolute times, version 3 those since the event before.
    private mutating func event(_ code: String, _ data: String) -> String {
        let time = version == .two ? now : now - last
        last = now
        return "[\(Self.seconds(time)), \"\(code)\", \(JSONText.quote(data))]\n"
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let digits = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(digits)"
    }

    private var theme: String {
        let colours = look.palette.colours.map(\.hex).joined(separator: ":")
        let text = look.ink(.text)
        return "{\"fg\": \"\(text.foreground.hex)\", \"bg\": \"\(text.background.hex)\", "
            + "\"palette\": \"\(colours)\"}"
    }
}
