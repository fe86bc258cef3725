import Canvas
import Testing

@Suite struct WritingTests {
    private func drawn(_ width: Int, _ height: Int = 1, _ draw: (inout Canvas) -> Void) -> String {
        var canvas = Canvas(size: Size(width, height))
        draw(&canvas)
        #expect(faults(of: canvas) == [])
        return canvas.text()
    }

    @Test func writesAndSaysHowFarItWent() {
        var canvas = Canvas(size: Size(10, 1))
        let first = canvas.write("ab漢", at: .zero)
        #expect(first == 4)
        #expect(canvas.write("x", at: Point(first, 0)) == 1)
        #expect(canvas.text() == "ab漢x\n")
    }

    @Test(arguments: [
        (Overflow.clip, "abcd\n"), (.ellipsis, "abc…\n"),
    ])
    func tooLongTexts(overflow: Overflow, expected: String) {
        #expect(drawn(4) { $0.write("abcdef", at: .zero, overflow: overflow) } == expected)
    }

    @Test func aTextThatJustFitsHasNoEllipsis() {
        #expect(drawn(4) { $0.write("漢字", at: .zero) } == "漢字\n")
        #expect(drawn(4) { $0.write("abcd", at: .zero) } == "abcd\n")
    }

    @Test(arguments: [
        (Alignment.left, "ab\n"), (.centre, "  ab\n"), (.right, "    ab\n"),
    ])
    func alignment(align: Alignment, expected: String) {
        #expect(drawn(6) { $0.write("ab", at: .zero, align: align) } == expected)
    }

    @Test func wideGraphemesAtEdges() {
        #expect(drawn(3) { $0.write("漢字", at: .zero, overflow: .clip) } == "漢\n")
        #expect(drawn(3) { $0.write("漢字", at: .zero) } == "漢…\n")
        #expect(drawn(3) { $0.write("漢ab", at: Point(-1, 0)) } == " ab\n")
        #expect(drawn(3) { $0.write("a", at: Point(5, 0)) } == "\n")
        #expect(drawn(3) { $0.write("a", at: Point(0, 7)) } == "\n")
    }

    @Test func halfOfAWideGraphemeBecomesASpace() {
        #expect(
            drawn(4) {
                $0.write("漢字", at: .zero)
                $0.write("x", at: Point(1, 0), width: 1)
            } == " x字\n")
        #expect(
            drawn(4) {
                $0.write("漢字", at: .zero)
                $0.write("語", at: Point(1, 0), width: 2)
            } == " 語\n")
    }

    @Test func nothingIsDrawnOutOfAnInnerRectangle() {
        let text = drawn(6, 3) {
            $0.fill($0.bounds, with: ".")
            $0.inside(Rect(x: 2, y: 1, width: 2, height: 1)) {
                #expect($0.bounds == Rect(x: 0, y: 0, width: 2, height: 1))
                $0.fill(Rect(x: -9, y: -9, width: 99, height: 99), with: "#")
                $0.write("漢", at: Point(1, 0), width: 2)
                $0.inside(Rect(x: -5, y: 0, width: 6, height: 5)) { $0.fill($0.bounds, with: "o") }
            }
        }
        #expect(text == "......\n..o ..\n......\n")
    }

    @Test func cursorIsPlacedOnlyWhereItIsSeen() {
        var canvas = Canvas(size: Size(5, 5))
        canvas.inside(Rect(x: 1, y: 1, width: 2, height: 2)) { $0.placeCursor(at: Point(1, 0)) }
        #expect(canvas.cursor == Point(2, 1))
        canvas.inside(Rect(x: 1, y: 1, width: 2, height: 2)) { $0.placeCursor(at: Point(2, 0)) }
        #expect(canvas.cursor == nil)
    }

    @Test func drawingACanvasCutsWideGraphemes() {
        var source = Canvas(size: Size(6, 1))
        source.write("漢字語", at: .zero)
        let piece = Rect(x: 1, y: 0, width: 4, height: 1)
        #expect(drawn(6) { $0.draw(source, from: piece, at: Point(1, 0)) } == "  字\n")
        #expect(drawn(6) { $0.draw(source, at: Point(-2, 0)) } == "字語\n")
    }

    @Test func randomTextsKeepTheInvariants() {
        var generator = SplitMix(state: 1)
        for _ in 0..<300 {
            var canvas = Canvas(size: Size(12, 4))
            for _ in 0..<12 { scribble(&canvas, &generator) }
            #expect(faults(of: canvas) == [])
        }
    }
}

/// Draws something somewhere, often half outside.
func scribble(_ canvas: inout Canvas, _ generator: inout SplitMix) {
    let point = Point(
        .random(in: -4...14, using: &generator), .random(in: -1...5, using: &generator))
    let rect = Rect(
        x: point.x, y: point.y, width: .random(in: 0...8, using: &generator),
        height: .random(in: 0...4, using: &generator))
    let role = Role.allCases.randomElement(using: &generator)!
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: canvas.fill(rect, Style(role))
    case 1: canvas.box(rect, title: "t漢", Style(role))
    case 2:
        let text = randomText(&generator, length: 9)
        canvas.inside(rect) { $0.write(text, at: Point(-1, 0), Style(role)) }
    case 3:
        let copy = canvas
        canvas.draw(copy, from: rect, at: Point(point.y, point.x))
    default: canvas.write(randomText(&generator, length: 9), at: point, Style(role))
    }
}
