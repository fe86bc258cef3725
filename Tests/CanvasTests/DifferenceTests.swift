import Canvas
import Testing

@Suite struct DifferenceTests {
    @Test func nothingDiffersFromItself() {
        var canvas = Canvas(size: Size(20, 3))
        canvas.write("漢字 abc", at: Point(3, 1))
        #expect(canvas.differences(from: canvas) == [])
    }

    @Test func neighboursAreOneRun() {
        let old = Canvas(size: Size(20, 3))
        var new = old
        new.write("abc", at: Point(3, 1))
        new.write("x", at: Point(19, 2))
        #expect(
            new.differences(from: old) == [
                Canvas.Run(x: 3, y: 1, width: 3), Canvas.Run(x: 19, y: 2, width: 1),
            ])
    }

    @Test func aStyleAloneIsADifference() {
        var old = Canvas(size: Size(5, 1))
        old.write("abc", at: .zero)
        var new = old
        new.mark(Rect(x: 1, y: 0, width: 1, height: 1), .changed)
        #expect(new.differences(from: old) == [Canvas.Run(x: 1, y: 0, width: 1)])
    }

    @Test func anotherSizeIsADifferenceEverywhere() {
        let runs = Canvas(size: Size(4, 2)).differences(from: Canvas(size: Size(5, 2)))
        #expect(runs.map(\.width) == [4, 4])
    }

    @Test func runsTurnTheOldCanvasIntoTheNewOne() {
        var generator = SplitMix(state: 7)
        for _ in 0..<400 {
            var old = Canvas(size: Size(11, 4))
            for _ in 0..<6 { scribble(&old, &generator) }
            var new = old
            for _ in 0..<Int.random(in: 0...3, using: &generator) { scribble(&new, &generator) }
            let runs = new.differences(from: old)
            for run in runs {
                #expect(new.cells(of: run) != old.cells(of: run), "a run without a difference")
                #expect(new.cells(of: run).first?.isContinuation == false)
                #expect(new.cells(of: run).last?.width != 2)
            }
            var patched = old
            patched.apply(runs, from: new)
            #expect(patched == new)
            #expect(faults(of: patched) == [])
        }
    }

    @Test func asciiOnlyKeepsEveryColumn() {
        var canvas = Canvas(size: Size(8, 1))
        canvas.write("a漢é│b", at: .zero)
        #expect(canvas.asciiOnly().text() == "a? ??b\n")
    }
}
