import Canvas

/// The screen as text: trailing blanks trimmed, a line break at the end of each row.
public struct TextWriter: FilmWriter {
    /// A line before each picture that says which one it is.
    let hasHeader: Bool

    public init(header: Bool) {
        hasHeader = header
    }

    public mutating func add(_ picture: Picture) -> String {
        (hasHeader ? picture.header + "\n" : "") + picture.canvas.text()
    }
}

extension Picture {
    /// One line: which moment of which scenario this is.
    var header: String {
        let moment = "step \(caption.position)/\(caption.end), \(canvas.size)"
        return "== \(caption.scenario) on \(caption.kernel), \(moment): \(caption.label)"
    }
}
