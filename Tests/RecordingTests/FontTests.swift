import Canvas
import Foundation
import Interface
import Kernel
import Testing

@testable import Recording

/// Every sign of the screen is one that a monospaced font has: what it lacks, a picture shows as a
/// box.
@Suite struct FontTests {
    private func signs(of font: String) throws -> [ClosedRange<UInt32>] {
        let file = try Outside.run("fc-match", "--format=%{file}", font)
        let text = try Outside.run("fc-query", "--format=%{charset}", file)
        return text.split(separator: " ").compactMap { word in
            let ends = word.split(separator: "-").compactMap { UInt32($0, radix: 16) }
            return ends.first.map { $0...(ends.last ?? $0) }
        }
    }

    @Test func everySignIsInTheFont() throws {
        let font = try signs(of: "DejaVu Sans Mono")
        #expect(font.contains { $0.contains(0x41) }, "the font was not read")
        var shown: Set<Unicode.Scalar> = []
        for glyph in Glyph.allCases { shown.formUnion(Glyphs.utf8[glyph].unicodeScalars) }
        for view in ViewKind.allCases {
            for picture in try Film(
                of: [Library.run()], at: .story, size: Size(120, 40), view: view)
            {
                shown.formUnion(picture.canvas.text().unicodeScalars)
            }
        }
        let missing = shown.filter { sign in
            sign != "\n" && !font.contains { $0.contains(sign.value) }
        }
        #expect(missing == [])
    }
}
