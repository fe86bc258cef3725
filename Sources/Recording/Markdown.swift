import Canvas

/// A walkthrough as Markdown, for a patch mail or a wiki: a section a moment, with what the
/// scenario says, the screen as text, and what is wrong.
public struct MarkdownWriter: FilmWriter {
    public init() {}

    public mutating func begin(_ info: Film.Info) -> String {
        let kernels = info.kernels.joined(separator: ", ")
        let about = info.about.isEmpty ? "" : Markdown.paragraphs(info.about) + "\n\n"
        let what = "`radixscope record \(info.scenario)` on \(Markdown.escape(kernels))"
        return "# \(Markdown.escape(info.title))\n\n\(about)\(what), \(info.size).\n"
    }

    public mutating func add(_ picture: Picture) -> String {
        let caption = picture.caption
        var text = "\n## \(Markdown.escape(caption.heading))\n\n"
        if caption.operation > 0, !caption.narration.isEmpty {
            text += Markdown.paragraphs(caption.narration) + "\n\n"
        }
        if let statement = caption.statement {
            text +=
                "Step \(caption.position), \(Markdown.code(statement.location)): "
                + "\(Markdown.escape(statement.text))\n\n"
        }
        text += Markdown.fenced(picture.canvas.text())
        if !caption.findings.isEmpty {
            text += "\n" + caption.findings.map { "- \(Markdown.escape($0))\n" }.joined()
        }
        if let bug = caption.bug { text += "\n**\(Markdown.escape(bug.headline))**\n" }
        return text
    }
}

extension Caption {
    /// `3. store huge[512] = 0xa5`; with the step, unless the operation ends here.
    var heading: String {
        guard operation > 0 else { return "Start" }
        return "\(operation). \(operationText)" + (isOperationEnd ? "" : ", step \(position)")
    }
}

/// Texts in Markdown (CommonMark).
enum Markdown {
    /// One line of plain text: nothing in it is markup.
    static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        var isInWord = false
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            switch scalar {
            // Inside of a word an underscore is none of CommonMark's marks, and a mail's reader
            // sees the text as it is written here.
            case "_" where isInWord && next.map(isLetter) ?? false: result += "_"
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\\", "`", "*", "_", "[", "]", "#", "|", "~", "$":
                result += "\\" + String(scalar)
            case "\n": result += " "
            default: result.unicodeScalars.append(scalar)
            }
            isInWord = isLetter(scalar)
        }
        return result
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }

    /// Paragraphs of plain text, their lines joined and broken anew to fit into a mail. What would
    /// make a line a list, a heading's underline, a numbered item or code is escaped.
    static func paragraphs(_ text: String) -> String {
        StyledText(text.reflowed).wrapped(to: 80).map(\.plain).map { line in
            let words = line.drop { $0 == " " || $0 == "\t" }
            var escaped = escape(words)
            if let first = words.first, "-+=".contains(first) { escaped = "\\" + escaped }
            let digits = words.prefix { $0.isNumber }
            let next = words.dropFirst(digits.count).first
            if !digits.isEmpty, let next, next == "." || next == ")" {
                escaped = "\(digits)\\" + escape(words.dropFirst(digits.count))
            }
            return escaped
        }.joined(separator: "\n")
    }

    /// A text in backticks.
    static func code(_ text: String) -> String {
        let fence = String(repeating: "`", count: longestTicks(text) + 1)
        let pad = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return fence + pad + text + pad + fence
    }

    /// Lines as they are, between fences that no line of them can close.
    static func fenced(_ text: String) -> String {
        let fence = String(repeating: "`", count: max(3, longestTicks(text) + 1))
        return "\(fence)text\n\(text)\(fence)\n"
    }

    private static func longestTicks(_ text: String) -> Int {
        var longest = 0
        var run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
