// A canvas as text, for files, pipes and goldens.

extension Canvas {
    /// The graphemes, one line a row, trailing blanks trimmed, a line break at each end of line.
    public func text() -> String {
        var result: [UInt8] = []
        result.reserveCapacity(2 * cells.count + size.height)
        for y in 0..<size.height {
            let row = row(y)
            let end = row.lastIndex { $0.grapheme != .space }.map { $0 + 1 } ?? row.startIndex
            for cell in row[..<end] { cell.grapheme.append(to: &result) }
            result.append(UInt8(ascii: "\n"))
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The styles, laid out like the text: one letter a style, a space for plain blanks and a dot
    /// for plain text. `legend` says what the letters mean, in the order of their appearance.
    public func styleLayer() -> (rows: String, legend: String) {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        var known: [Style: Character] = [:]
        var legend = ""
        var rows = ""
        for y in 0..<size.height {
            var line = ""
            for cell in row(y) {
                if cell.style == .text {
                    line.append(cell.grapheme == .space ? " " : ".")
                    continue
                }
                if known[cell.style] == nil {
                    let letter = known.count < letters.count ? letters[known.count] : "?"
                    known[cell.style] = letter
                    legend += "\(letter) \(cell.style)\n"
                }
                line.append(known[cell.style] ?? "?")
            }
            while line.last == " " { line.removeLast() }
            rows += line + "\n"
        }
        return (rows, legend)
    }

    /// Text, styles and legend one below the other: what a golden file holds.
    public func dump() -> String {
        let styles = styleLayer()
        let cursor = cursor.map { "cursor \($0.x),\($0.y)\n" } ?? ""
        return "size \(size)\n\(cursor)-- text\n\(text())-- styles\n\(styles.rows)"
            + "-- legend\n\(styles.legend)"
    }
}
