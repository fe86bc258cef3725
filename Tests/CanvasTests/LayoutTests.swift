import Canvas
import Testing

@Suite struct LayoutTests {
    private let room = Rect(x: 2, y: 3, width: 40, height: 12)

    @Test func splitsCoverTheRoom() {
        let (head, rest) = room.top(2)
        #expect(head == Rect(x: 2, y: 3, width: 40, height: 2))
        #expect(rest == Rect(x: 2, y: 5, width: 40, height: 10))
        #expect(room.bottom(1).part == Rect(x: 2, y: 14, width: 40, height: 1))
        #expect(room.right(10).part == Rect(x: 32, y: 3, width: 10, height: 12))
        #expect(room.left(99).rest.isEmpty)
    }

    @Test func columnsShareWhatIsLeft() {
        let parts = room.columns([.exactly(10), .share(2), .share(1)], gap: 1)
        #expect(parts.map(\.width) == [10, 18, 10])
        #expect(parts.map(\.x) == [2, 13, 32])
    }

    @Test func theLastPartsGiveWayFirst() {
        let narrow = Rect(x: 0, y: 0, width: 12, height: 1)
        #expect(
            narrow.columns([.exactly(10), .exactly(10), .share(1)]).map(\.width) == [10, 2, 0])
        #expect(narrow.columns([.atLeast(8, share: 1), .share(1)]).map(\.width) == [10, 2])
    }

    @Test func sharesAddUpInEverySize() {
        for width in 0...200 {
            let parts = Rect(x: 0, y: 0, width: width, height: 1)
                .columns([.share(3), .exactly(7), .share(2), .atLeast(5, share: 1)])
            #expect(parts.reduce(0) { $0 + $1.width } == width)
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.endX == $1.x })
        }
    }

    @Test func insetsNeverTurnInsideOut() {
        #expect(Rect(x: 0, y: 0, width: 1, height: 1).inset(by: 1).isEmpty)
        #expect(room.centred(Size(10, 2)) == Rect(x: 17, y: 8, width: 10, height: 2))
    }
}

@Suite struct WrappingTests {
    @Test func breaksBetweenWords() {
        let lines = StyledText("The page leaves the tree, but nrpages is not told.").wrapped(to: 16)
        #expect(
            lines.map(\.plain) == ["The page leaves", "the tree, but", "nrpages is not", "told."])
    }

    @Test(arguments: [
        ("", [""]), ("a\n\nb", ["a", "", "b"]), ("abcdefgh", ["abcd", "efgh"]),
        ("abcd ef", ["abcd", "ef"]),
        ("a bcdefg", ["a", "bcde", "fg"]), ("漢字語", ["漢字", "語"]), ("a  b", ["a  b"]),
    ])
    func corners(text: String, lines: [String]) {
        #expect(StyledText(text).wrapped(to: 4).map(\.plain) == lines)
    }

    @Test func aWordKeepsItsStyles() {
        var text = StyledText("see ")
        text.append("nr", .key)
        text.append("pages", .bug)
        #expect(text.wrapped(to: 8).last?.spans == [.init("nr", .key), .init("pages", .bug)])
    }

    @Test func noLineIsWiderAndNoWordIsLost() {
        var generator = SplitMix(state: 3)
        for _ in 0..<300 {
            let text = randomText(&generator, length: 40)
            let columns = Int.random(in: 1...15, using: &generator)
            let lines = StyledText(text).wrapped(to: columns)
            if columns > 1 { #expect(lines.allSatisfy { $0.width <= columns }) }
            let letters = { (text: String) in
                text.unicodeScalars.map { $0 }.filter { !$0.properties.isWhitespace }
            }
            #expect(letters(lines.map(\.plain).joined()) == letters(text))
        }
    }

    @Test func scrollsAndSaysHowLongItIs() {
        var canvas = Canvas(size: Size(3, 2))
        let count = canvas.writeWrapped("a b c d e f g", in: canvas.bounds, skip: 1)
        #expect(count == 4)
        #expect(canvas.text() == "c d\ne f\n")
    }
}
