import Canvas
import Testing

@testable import Recording

@Suite struct SVGTests {
    /// The words of a document, put back into their cells.
    private func grid(_ document: String, _ size: Size) -> [[String]] {
        var grid = Array(repeating: Array(repeating: " ", count: size.width), count: size.height)
        for word in document.matches(of: /<text x="(\d+)" y="(\d+)"[^>]*>([^<]*)<\/text>/) {
            let text = String(word.output.3).replacing("&lt;", with: "<").replacing(
                "&gt;", with: ">"
            )
            .replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
            .replacing("&amp;", with: "&")
            let column = Int(word.output.1)! / 10
            let row = (Int(word.output.2)! - 15) / 20
            let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
            #expect(isASCII || text.count == 1, "\(text) is one word")
            for (offset, character) in text.enumerated() {
                grid[row][column + offset] = String(character)
            }
        }
        return grid
    }

    private func check(_ picture: Picture) {
        let document = SVG.document(picture, look: Look())
        let canvas = picture.canvas
        let grid = grid(document, canvas.size)
        for y in 0..<canvas.size.height {
            for (x, cell) in canvas.row(y).enumerated() {
                let isDrawn = CellShape(cell.grapheme, x: 0, y: 0) != nil || cell.isContinuation
                #expect(grid[y][x] == (isDrawn ? " " : cell.string), "\(x), \(y)")
            }
        }
    }

    @Test func everyWordStandsInItsCells() throws {
        check(WritersTests.drawing)
        for picture in try Library.film("every-op") { check(picture) }
    }

    @Test func theTextIsInTheMetadata() throws {
        for picture in try Library.film("every-op") {
            let document = SVG.document(picture, look: Look())
            let text = XML.escape(picture.canvas.text())
            #expect(document.contains("<metadata>\n\(text)</metadata>"))
        }
    }

    @Test func aLineIsOnePathFromEdgeToEdge() {
        let document = SVG.document(
            picture(Size(12, 3)) { $0.box(Rect(Size(12, 3))) }, look: Look())
        #expect(document.contains("M10 10H110"))
        #expect(document.contains("M5 20V40"))
        #expect(!document.contains("<text"))
    }

    @Test func blocksFillTheirPartOfTheCell() {
        let cells: [(String, String)] = [
            ("█", "M0 0h10v20h-10z"), ("▀", "M0 0h10v10h-10z"), ("▄", "M0 10h10v10h-10z"),
            ("▌", "M0 0h5v20h-5z"), ("▐", "M5 0h5v20h-5z"), ("▏", "M0 0h1v20h-1z"),
            ("▕", "M9 0h1v20h-1z"), ("▁", "M0 17h10v3h-10z"), ("▖", "M0 10h5v10h-5z"),
            ("▝", "M5 0h5v10h-5z"), ("▚", "M0 0h5v10h-5zM5 10h5v10h-5z"),
            ("▙", "M0 0h5v10h-5zM0 10h5v10h-5zM5 10h5v10h-5z"),
        ]
        for (character, path) in cells {
            let document = SVG.document(
                picture(Size(1, 1)) { $0.write(character, at: .zero) }, look: Look())
            #expect(document.contains("d=\"\(path)\""), "\(character)")
        }
    }

    @Test func idsDifferWithTheContentAndAreOtherwiseTheSame() throws {
        let pictures = Array(try Library.film("op1,op2"))
        let ids = pictures.map { picture in
            SVG.document(picture, look: Look()).firstMatch(of: /<title id="([^"]*)"/)?.output.1
                .description
        }
        #expect(ids[0] != nil && ids[0] != ids[1])
        let again = SVG.document(pictures[0], look: Look())
        #expect(again == SVG.document(pictures[0], look: Look()))
    }

    @Test func nothingComesFromElsewhere() throws {
        for picture in try Library.film("every-op") {
            let document = SVG.document(picture, look: Look())
            for word in ["href", "url(", "<style", "class=", "@import", "<script"] {
                #expect(!document.contains(word), "\(word)")
            }
        }
    }
}
