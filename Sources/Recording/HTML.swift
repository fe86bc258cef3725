import Canvas
import PageCache

/// The whole film as one page that needs nothing else: it opens from a file, without a network.
///
/// With JavaScript it is a player: a slider, keys, the story. Without, and on paper, it is a
/// handout: what the scenario says about each operation, and the screen after it. Of each step
/// the page holds the rows that changed, as data in `<script type="application/json">`: texts
/// only ever become text, never markup.
///
/// The data is a list of pictures. `p` is the position, `o` the operation, `l` the label, `c`
/// where the statement stands, `w` what is wrong; `n` is the story, and absent while it stays the
/// same, as rows are that do. `r` has a row's number, then style, text, style, text; in place of a
/// text that takes more or less columns than it has UTF-16 units, text and columns. `k` has styles
/// that come up for the first time: number, then CSS.
public struct HTMLWriter: FilmWriter {
    let look: Look
    private var styles: [Look.Ink: Int] = [:]
    /// Pictures that are not in the page yet.
    private var pending: [String] = []
    private var lastRows: [[Cell]] = []
    private var lastStory: String?
    /// The last picture that is no section of the handout yet.
    private var unshown: Picture?

    /// Pictures in one element of the page.
    private static let block = 200

    public init(look: Look) {
        self.look = look
    }

    public mutating func begin(_ info: Film.Info) -> String {
        let text = look.ink(.text)
        let about =
            info.about.isEmpty
            ? "" : "<div class=\"say\">\(HTMLPage.paragraphs(info.about))</div>\n"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="radixscope">
            <title>\(XML.escape(info.heading))</title>
            <style>\(HTMLPage.style(text: text, columns: info.size.width))</style>
            </head>
            <body>
            <header>
            <h1>\(XML.escape(info.title))</h1>
            <p class="where">\(XML.escape(info.scenario)) on \
            \(XML.escape(info.kernels.joined(separator: ", "))): \
            \(counted(info.count, "picture"))</p>
            </header>
            <main id="handout">
            \(about)
            """
    }

    public mutating func add(_ picture: Picture) -> String {
        pending.append(data(of: picture))
        var result = ""
        if pending.count == Self.block { result += flush() }
        if picture.caption.isOperationEnd || picture.caption.operation == 0 {
            result += section(picture)
            unshown = nil
        } else {
            unshown = picture
        }
        return result
    }

    public mutating func end() -> String {
        // The last picture is always to be seen.
        let last = unshown.map { section($0) } ?? ""
        return last + flush() + """
            </main>
            \(HTMLPage.player)
            <script>\(HTMLPage.script)</script>
            </body>
            </html>

            """
    }

    // MARK: The handout

    private func section(_ picture: Picture) -> String {
        let caption = picture.caption
        var text = "<section>\n<h2>\(XML.escape(caption.heading))</h2>\n"
        if caption.operation > 0, !caption.narration.isEmpty {
            text += "<div class=\"say\">\(HTMLPage.paragraphs(caption.narration))</div>\n"
        }
        // The line break right after <pre> is not part of its text.
        text += "<pre>\n\(XML.escape(picture.canvas.text()))</pre>\n"
        if !caption.findings.isEmpty {
            let items = caption.findings.map { "<li>\(XML.escape($0))</li>" }.joined()
            text += "<ul class=\"wrong\">\(items)</ul>\n"
        }
        return text + "</section>\n"
    }

    // MARK: The data

    private mutating func flush() -> String {
        guard !pending.isEmpty else { return "" }
        defer { pending.removeAll(keepingCapacity: true) }
        return "<script type=\"application/json\" class=\"film\">[\n"
            + pending.joined(separator: ",\n") + "\n]</script>\n"
    }

    private mutating func data(of picture: Picture) -> String {
        let caption = picture.caption
        var fields = [
            "\"p\":\(caption.position)", "\"o\":\(caption.operation)",
            "\"l\":\(JSONText.quote(caption.label))",
        ]
        if let statement = caption.statement {
            fields.append("\"c\":\(JSONText.quote(statement.location))")
        }
        if caption.narration != lastStory {
            lastStory = caption.narration
            fields.append("\"n\":\(JSONText.quote(caption.narration.reflowed))")
        }
        if !caption.findings.isEmpty {
            let list = caption.findings.map { JSONText.quote($0) }.joined(separator: ",")
            fields.append("\"w\":[\(list)]")
        }
        var news: [String] = []
        var rows: [String] = []
        for y in 0..<picture.canvas.size.height {
            let row = Array(picture.canvas.row(y))
            guard y >= lastRows.count || lastRows[y] != row else { continue }
            if y < lastRows.count { lastRows[y] = row } else { lastRows.append(row) }
            rows.append("[\(y)\(runs(of: row, &news))]")
        }
        if !news.isEmpty { fields.append("\"k\":[\(news.joined(separator: ","))]") }
        if !rows.isEmpty { fields.append("\"r\":[\(rows.joined(separator: ","))]") }
        return "{\(fields.joined(separator: ","))}"
    }

    /// A row as `,style,"text"` for each run of one ink, blanks at its end left out.
    private mutating func runs(of row: [Cell], _ news: inout [String]) -> String {
        let plain = look.ink(.text)
        let end =
            row.lastIndex {
                let ink = look.ink($0.style)
                return !$0.isBlank || ink.background != plain.background
                    || ink.isUnderlined
            }.map { $0 + 1 } ?? 0
        var result = ""
        var x = 0
        while x < end {
            let ink = look.ink(row[x].style)
            var text: [UInt8] = []
            let start = x
            while x < end, look.ink(row[x].style) == ink {
                row[x].grapheme.append(to: &text)
                x += 1
            }
            let string = String(decoding: text, as: UTF8.self)
            let quoted = JSONText.quote(string)
            let run = string.utf16.count == x - start ? quoted : "[\(quoted),\(x - start)]"
            result += ",\(number(of: ink, &news)),\(run)"
        }
        return result
    }

    private mutating func number(of ink: Look.Ink, _ news: inout [String]) -> Int {
        if let known = styles[ink] { return known }
        let number = styles.count
        styles[ink] = number
        news.append("\(number),\(JSONText.quote(css(ink)))")
        return number
    }

    private func css(_ ink: Look.Ink) -> String {
        var css = "color:\(ink.foreground.hex)"
        if ink.background != look.ground { css += ";background:\(ink.background.hex)" }
        if ink.isBold { css += ";font-weight:700" }
        if ink.isUnderlined { css += ";text-decoration:underline" }
        return css
    }
}
