import Canvas
import Foundation
import Kernel
import PageCache
import Scenario
import Testing

@testable import Recording

/// Scenarios whose every text wants to do harm.
enum Hostile {
    /// By what they try.
    enum Harm: Int, CaseIterable {
        case controlSequences, controlCharacters, hiddenCharacters, markup, quotation, markdown,
            longGrapheme, longWord, longStory

        var text: String { Hostile.texts[rawValue] }
    }

    static let texts = [
        "\u{1B}[31mred\u{1B}]0;title\u{07}\u{1B}P\u{1B}\\\u{9B}2J",
        "\u{0}\u{1}\u{8}\r\u{7F}\u{85}\u{0B}\u{0C}\u{FFFE}\u{FFFF}\u{E000}\u{10FFFF}",
        "\u{202E}desrever\u{2066}x\u{200B}\u{200F}\u{FEFF}\u{2028}\u{2029}\u{E0041}\u{AD}",
        "]]> --> <!-- <script>alert(1)</script></script></title></pre></svg></text>",
        "\"'`\\\" onload=\"x\" ' y=' &amp;&lt;&#60; {a|b}<port> \\n\\l\\ %s $(id) ${x}",
        "# h - l ``` ~~~ > q <b>x</b> [a](javascript:x) ![i](x) **b** _e_ 1. | x |",
        "e" + String(repeating: "\u{301}", count: 500) + "漢字👩‍👩‍👧🏳️‍🌈",
        // As long as a file may have them.
        String(repeating: "W", count: 2000),
        String(repeating: "a very long story ", count: 110),
    ]

    /// A scenario that says `text` wherever it can.
    static func film(_ text: String) throws -> Film {
        let step = { (operation: Kernel.Operation) in
            ScenarioStep(
                .start(operation), task: text, say: Narration(text),
                note: Narration(byKernel: [.v6: text]))
        }
        let scenario = Scenario(
            name: "hostile", title: text, about: text, kernels: [.v6],
            file: FileConfiguration(size: 4 << 20),
            steps: [
                step(.mmap(name: text, first: 0, pages: 8, shared: true, aligned: false)),
                step(.load(map: text, page: 3)),
                step(.load(map: text + "?", page: 3)),
            ])
        return try Film(
            of: [ScenarioRun(scenario, on: .v6)], at: .story, size: Size(100, 30))
    }
}

@Suite struct HostileTests {
    static let harmless = Result { try recordings(Hostile.film("harmless")) }

    @Test func everyHarmHasAText() { #expect(Hostile.texts.count == Hostile.Harm.allCases.count) }

    @Test(arguments: Hostile.Harm.allCases)
    func noTextActsInAnyFormat(_ harm: Hostile.Harm) throws {
        let text = harm.text
        let harmless = try Self.harmless.get()
        for (format, recording) in recordings(try Hostile.film(text)) {
            let quoted = format == .ansi ? recording.replacing(Self.sequence, with: "") : recording
            let bad = quoted.unicodeScalars.first { Self.acts($0) }
            #expect(bad == nil, "\(format) has U+\(String(bad?.value ?? 0, radix: 16))")
            switch format {
            case .cast: try checkCast(recording)
            case .json: _ = try JSONSerialization.jsonObject(with: Data(recording.utf8))
            case .html, .svg:
                #expect(Self.tags(recording) == Self.tags(harmless[format]!), "\(format)")
            case .markdown: checkMarkdown(recording)
            case .dot: #expect(Self.unquoted(recording) == Self.unquoted(harmless[.dot]!))
            default: break
            }
        }
    }

    /// More than a scenario file may hold.
    @Test func aMillionCharactersAreToldOnceOrCut() throws {
        let text = String(repeating: "a very long story ", count: 60_000)
        var caption = Caption.plain
        caption.narration = text
        caption.title = Caption.line(text)
        caption.label = Caption.line(text)
        #expect(caption.label.count == 300 && caption.label.hasSuffix("…"))
        let long = picture(Size(20, 3), caption: caption) {
            $0.write(text, at: .zero)
            $0.writeWrapped(String(repeating: "W", count: 1_000_000), in: Rect(Size(20, 3)))
        }
        let writers: [(any FilmWriter, times: Int)] = [
            (TextWriter(header: true), 0), (ANSIWriter(theme: .default, header: true), 0),
            (SVGWriter(look: Look()), 0), (CastWriter(look: Look()), 0), (DOTWriter(), 0),
            (MarkdownWriter(), 2), (HTMLWriter(look: Look()), 3),
        ]
        for (writer, times) in writers {
            var writer = writer
            // The second picture is of the same operation: pages tell its story once as data.
            let recording = writer.record([long, long], .plain(Size(20, 3), count: 2))
            let room = times * text.utf8.count + 20_000
            #expect(recording.utf8.count < room, "\(type(of: writer))")
        }
        let scenario = Scenario(
            name: "long", title: text, about: text, kernels: [.v6],
            file: FileConfiguration(size: 4 << 20),
            steps: [ScenarioStep(.start(.fsync), say: Narration(text))])
        let run = ScenarioRun(scenario, on: .v6)
        var json = JSONWriter(run)
        var info = Film.Info.plain(Size(20, 3))
        info.title = Caption(run, at: 0).title
        info.about = Caption(run, at: 0).narration
        #expect(info.title.count == 300)
        let size = (json.begin(info) + json.add(long) + json.end()).utf8.count
        #expect(size > 2 * text.utf8.count && size < 2 * text.utf8.count + 20_000)
    }

    @Test func whateverReachesAnEscaperIsEscaped() {
        for value in Array(0..<0x3000) + Array(0xFDD0...0xFFFF) + Array(0x1FFF0...0x20010) {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            let text = "a\(String(scalar))b"
            let json = "[\(JSONText.quote(text))]"
            let parsed = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String]
            #expect(parsed?.first?.unicodeScalars.elementsEqual(text.unicodeScalars) ?? false)
            for character in ["<", ">", "&", "\u{2028}", "\n"] {
                #expect(!json.contains(character))
            }
            let xml = XML.escape(text)
            #expect(!xml.contains { "<>\"'".contains($0) })
        }
        #expect(
            XML.escape("a\u{FFFD}\u{1FFFD}\u{1FFFE}\u{10FFFF}\u{FFFF}ä\t")
                == "a\u{FFFD}\u{1FFFD}ä\t")
        #expect(XML.escape("a\u{0}b\u{1B}c\u{FFFE}d\u{9B}e") == "abcde")
        #expect(XML.escape("]]> & '\"") == "]]&gt; &amp; &#39;&quot;")
        #expect(JSONText.quote("</script>\u{1B}") == "\"\\u003c/script\\u003e\\u001b\"")
        #expect(Markdown.code("a`b``c") == "```a`b``c```")
        #expect(Markdown.fenced("```\n").hasPrefix("````text\n"))
        #expect(Markdown.paragraphs("- a\n\n12) b\n\n= c") == "\\- a\n\n12\\) b\n\n\\= c")
    }

    // MARK: What to look at

    static var sequence: Regex<Substring> { /\u{1B}\[[0-9;]*m/ }

    /// Controls, and what reorders or hides text.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: false
        case 0..<0x20, 0x7F...0x9F, 0xAD, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
            0xFEFF, 0xFFFE, 0xFFFF, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    /// The names of all tags in order, each run of the same only once: words are many.
    private static func tags(_ text: String) -> [String] {
        var names: [String] = []
        for tag in text.matches(of: /<[!\/]?[A-Za-z-]+/) {
            let name = String(tag.output)
            if !["<text", "</text", "<rect", "<path", "<p", "</p"].contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// What of a graph stands outside of quotes, without the numbers.
    private static func unquoted(_ text: String) -> String {
        text.replacing("\\\\", with: "").replacing("\\\"", with: "")
            .split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined()
    }

    private func checkCast(_ recording: String) throws {
        for line in recording.split(separator: "\n").dropFirst() {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any]
            let code = try #require(event?[1] as? String)
            let data = try #require(event?[2] as? String)
            let plain = code == "o" ? data.replacing(/\u{1B}\[[?0-9;]*[mHJhl]/, with: "") : data
            #expect(!plain.unicodeScalars.contains { Self.acts($0) || $0 == "\n" })
            #expect(code == "o" || data.count <= 120)
        }
    }

    private func checkMarkdown(_ recording: String) {
        var isFenced = false
        for line in recording.split(separator: "\n") {
            if line.hasPrefix("```") {
                isFenced.toggle()
            } else if !isFenced {
                #expect(!line.contains("<") && !line.contains("](") || line.contains("\\]("))
            }
        }
        #expect(!isFenced)
    }
}
