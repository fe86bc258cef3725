import Canvas
import Foundation
import GoldenSupport
import Testing

/// One picture with everything that views draw with, glyphs and styles.
@Suite struct PictureTests {
    private func picture(_ glyphs: Glyphs) -> Canvas {
        var canvas = Canvas(size: Size(60, 14), glyphs: glyphs)
        let (main, side) = canvas.bounds.left(40)
        let title = StyledText("page_tree", .title) + StyledText(" height 2", .dim)
        let inner = canvas.box(main, title: title, note: "漢字", .focusedBorder)
        canvas.divider(in: main, y: 8, title: "slot 512")
        canvas.inside(inner) { canvas in
            let slots: [(Glyph, Style)] = [
                (.empty, .empty), (.page, .page), (.zeroPage, .zeroPage), (.orphan, .orphan),
                (.leak, .leak), (.daxPMD, .daxPMD), (.daxPTE, .daxPTE), (.shadow, .shadow),
                (.swap, .swap), (.child, .node),
            ]
            for (x, slot) in slots.enumerated() { canvas.put(slot.0, at: Point(x, 0), slot.1) }
            canvas.mark(Rect(x: 3, y: 0, width: 1, height: 1), .changed)
            canvas.put(.tagBar, at: Point(3, 1), Style(.tagDirty))
            canvas.write("\u{1B}[31mnot red\u{202E}", at: Point(0, 3))
            canvas.writeWrapped(
                "The page leaves the tree, but nrpages is not told.",
                in: Rect(x: 0, y: 4, width: 20, height: 3), .narration)
            canvas.placeCursor(at: Point(5, 9))
        }
        canvas.box(side, title: "counters that do not fit")
        canvas.inside(side.inset(by: 1)) { canvas in
            canvas.write("nrpages", at: .zero)
            canvas.write("1", at: .zero, .counterWrong, align: .right)
            canvas.write("18446744073709551615", at: Point(0, 1))
            canvas.line(from: Point(4, 3), rows: 4)
        }
        return canvas
    }

    @Test func unicode() {
        #expect(golden(picture(.utf8).dump(), "picture-utf8") == nil)
    }

    @Test func ascii() {
        #expect(golden(picture(.ascii).asciiOnly().dump(), "picture-ascii") == nil)
    }

    @Test func goldensRecordThenCompareThenUpdate() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "goldens-\(UInt64.random(in: 0...UInt64.max))")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("Tests.swift").path
        let first = try #require(golden("one\n", "g", file: file, environment: [:]))
        #expect(first.hasPrefix("recorded "))
        #expect(golden("one\n", "g", file: file, environment: [:]) == nil)
        let report = try #require(golden("two\n", "g", file: file, environment: [:]))
        #expect(report.contains("line 1\n  - one\n  + two\n"))
        #expect(golden("two\n", "g", file: file, environment: ["UPDATE_GOLDENS": "1"]) == nil)
        #expect(golden("two\n", "g", file: file, environment: [:]) == nil)
    }
}
