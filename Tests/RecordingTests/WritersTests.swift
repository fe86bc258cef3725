import Canvas
import Foundation
import GoldenSupport
import Testing

@testable import Recording

@Suite struct WritersTests {
    /// Every look that a cell can have, wide characters, marks, shapes.
    static let drawing = picture(Size(30, 9)) { canvas in
        canvas.box(Rect(x: 0, y: 0, width: 30, height: 9), title: "Box <&>")
        canvas.write("plain \"words\" 'and' more", at: Point(2, 1))
        canvas.write("漢字 e\u{301} é ●○", at: Point(2, 2), .orphan)
        canvas.write("░▒▓█▀▄▌▐▖▝▚·", at: Point(2, 3), .zeroPage)
        canvas.write("━┃┏┓╋─│┼╭╮╰╯", at: Point(2, 4), .dim)
        canvas.write("under lined", at: Point(2, 5), Style(.text, [.underline, .bold]))
        canvas.write("reversed", at: Point(2, 6), Style(.good, .reverse))
        canvas.write("last column", at: Point(19, 7), Style(.bug))
    }

    @Test func textIsWhatTheCanvasShows() throws {
        let picture = try Library.picture("op4")
        var writer = TextWriter(header: false)
        #expect(writer.add(picture) == picture.canvas.text())
        var withHeader = TextWriter(header: true)
        let timeline = try Library.run().timeline
        let place = "step \(timeline.spans[3].end)/\(timeline.end)"
        let header = "== pmd-orphan on v6, \(place), 100x30: "
        #expect(withHeader.add(picture).hasPrefix(header))
        #expect(withHeader.add(picture).hasSuffix("\n" + picture.canvas.text()))
    }

    @Test(arguments: Theme.all.map(\.name))
    func anAnsiLineEndsPlain(_ name: String) throws {
        let theme = try #require(Theme.named(name))
        var writer = ANSIWriter(theme: theme, header: false)
        for line in writer.add(Self.drawing).split(separator: "\n") {
            let last = line.matches(of: /\u{1B}\[[0-9;]*m/).last
            #expect(last == nil || last!.output == "\u{1B}[0m")
        }
    }

    @Test(arguments: [Theme.default, .light, .mono].map(\.name))
    func ansiWithoutItsSequencesIsTheText(_ name: String) throws {
        let theme = try #require(Theme.named(name))
        var writer = ANSIWriter(theme: theme, header: false)
        let lines = writer.add(Self.drawing).replacing(/\u{1B}\[[0-9;]*m/, with: "")
            .split(separator: "\n", omittingEmptySubsequences: false)
        let trimmed = lines.map { $0.trimmingSuffix { $0 == " " } }.joined(separator: "\n")
        #expect(trimmed == Self.drawing.canvas.text())
    }

    @Test func everyFormatOfADrawingIsAsItWas() {
        let size = Self.drawing.canvas.size
        var texts: [(String, String)] = []
        var ansi = ANSIWriter(theme: .default, header: true)
        texts.append(("drawing-ansi", ansi.add(Self.drawing)))
        texts.append(("drawing-svg", SVG.document(Self.drawing, look: Look())))
        texts.append(("drawing-svg-light", SVG.document(Self.drawing, look: Look(.light))))
        var html = HTMLWriter(look: Look())
        texts.append(("drawing-html", html.record([Self.drawing], .plain(size))))
        for version in CastWriter.Version.allCases {
            var cast = CastWriter(look: Look(), version: version)
            let text = cast.record([Self.drawing, Self.drawing], .plain(size, count: 2))
            texts.append(("drawing-cast\(version.rawValue)", text))
        }
        var markdown = MarkdownWriter()
        texts.append(("drawing-markdown", markdown.record([Self.drawing], .plain(size))))
        for (name, text) in texts { #expect(golden(text, name) == nil) }
    }

    @Test func theTreeAsAGraphIsAsItWas() throws {
        let picture = try Library.picture("op4")
        #expect(
            golden(DOT.graph(of: picture.machine, picture.caption), "pmd-orphan-op4-dot") == nil)
    }

    @Test func contrastIsThatOfTheStandard() {
        let (black, white) = (RGB(0), RGB(0xFFFFFF))
        #expect(black.contrast(with: white) == 21 && white.contrast(with: white) == 1)
        // The lightest grey that WCAG takes for text on white.
        #expect(abs(RGB(0x767676).contrast(with: white) - 4.54) < 0.01)
    }

    @Test func everyColourIsReadableInEveryTheme() {
        for theme in Theme.all {
            let look = Look(theme)
            for role in Role.allCases {
                for overlay in Overlay.allCases {
                    let ink = look.ink(Style(role, overlay: overlay))
                    let ratio = ink.foreground.contrast(with: ink.background)
                    #expect(ratio >= 3, "\(theme.name) \(role) \(overlay): \(ratio)")
                }
            }
        }
    }

    @Test func aCastOfVersion3HasTheEventsOfVersion2() throws {
        let film = try Library.film("every-op")
        func events(_ version: CastWriter.Version) -> [(time: Int, rest: Substring)] {
            var writer = CastWriter(look: Look(), version: version)
            var at = 0
            return writer.record(film, film.info).split(separator: "\n").dropFirst().map { line in
                let comma = line.firstIndex(of: ",")!
                let time = Int((Double(line.dropFirst().prefix { $0 != "," })! * 1000).rounded())
                at = version == .two ? time : at + time
                return (at, line[comma...])
            }
        }
        let (two, three) = (events(.two), events(.three))
        #expect(two.count == 2 * 7 + 2)
        #expect(two.map(\.time) == three.map(\.time) && two.map(\.rest) == three.map(\.rest))
        #expect(zip(two, two.dropFirst()).allSatisfy { $0.time <= $1.time })
    }

    @Test func thePageHoldsTheRowsOfEveryPicture() throws {
        let film = try Library.film("every-step")
        var writer = HTMLWriter(look: Look())
        let page = writer.record(film, film.info)
        var rows: [String] = Array(repeating: "", count: 30)
        var pictures = film.makeIterator()
        for block in page.components(separatedBy: "class=\"film\">").dropFirst() {
            let data = Data(block.components(separatedBy: "</script>")[0].utf8)
            let frames = try JSONSerialization.jsonObject(with: data) as? [[String: Any]]
            for frame in try #require(frames) {
                for row in frame["r"] as? [[Any]] ?? [] {
                    rows[row[0] as! Int] =
                        stride(from: 2, to: row.count, by: 2)
                        .map { row[$0] as? String ?? (row[$0] as! [Any])[0] as! String }.joined()[
                            ...
                        ].trimmingSuffix { $0 == " " } + ""
                }
                let next = pictures.next()
                let picture = try #require(next)
                #expect(frame["p"] as? Int == picture.caption.position)
                #expect(rows.map { $0 + "\n" }.joined() == picture.canvas.text())
            }
        }
        #expect(pictures.next() == nil)
    }
}
