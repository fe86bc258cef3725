import Canvas
import Testing

@testable import Terminal

@Suite struct MemoryDriverTests {
    @Test func eventsComeInOrderAndThenTheEnd() throws {
        let driver = MemoryDriver(size: Size(10, 2), script: try MemoryDriver.keys("l C-l Esc"))
        #expect(driver.nextEvent(timeout: nil) == .key("l"))
        #expect(driver.nextEvent(timeout: .seconds(1)) == .key("C-l"))
        #expect(driver.nextEvent(timeout: nil) == .key("Esc"))
        #expect(driver.nextEvent(timeout: nil) == .endOfInput)
        #expect(driver.nextEvent(timeout: nil) == .endOfInput)
    }

    @Test func aResizeChangesTheSize() {
        let driver = MemoryDriver(size: Size(10, 2), script: [.resize(Size(20, 5))])
        #expect(driver.nextEvent(timeout: nil) == .resize(Size(20, 5)))
        #expect(driver.size == Size(20, 5))
    }

    @Test func onlyDifferencesAreSent() {
        let driver = MemoryDriver(size: Size(10, 2))
        var canvas = Canvas(size: driver.size)
        driver.draw(canvas)
        canvas.write("abc", at: .zero)
        driver.draw(canvas)
        driver.draw(canvas)
        driver.invalidate()
        driver.draw(canvas)
        #expect(driver.cellsSent == [20, 3, 0, 20])
        #expect(driver.canvases.last == canvas)
    }

    @Test func anASCIITerminalGetsOnlyASCII() {
        let driver = MemoryDriver(
            size: Size(4, 1), capabilities: Capabilities(colours: 0, utf8: false))
        var canvas = Canvas(size: driver.size)
        canvas.write("a漢", at: .zero)
        driver.draw(canvas)
        #expect(driver.canvases.last?.text() == "a?\n")
        #expect(driver.capabilities.glyphs == .ascii)
        #expect(driver.capabilities.theme(.dark) == .mono)
    }

    @Test func nothingIsDrawnAfterClose() {
        let driver = MemoryDriver(size: Size(4, 1), script: [.key("l")])
        driver.close()
        driver.draw(Canvas(size: driver.size))
        #expect(driver.canvases.isEmpty)
        #expect(driver.nextEvent(timeout: nil) == .endOfInput)
        #expect(!driver.copyToClipboard("x"))
    }

    @Test func aWrongKeyNameIsReportedWithItsPlace() {
        #expect(throws: KeyScriptError(position: 2, name: "Lefty")) {
            try MemoryDriver.keys("l Lefty q")
        }
    }
}

@Suite struct CursesDriverTests {
    /// Test runs have no terminal, or must not take it.
    @Test func errorsAreOneLine() {
        let errors: [TerminalError] = [
            .notATerminal, .unknownTerminal(nil), .unknownTerminal("no\nsuch\u{1B}[31m"),
            .dumbTerminal("dumb"), .busy, .failed,
        ]
        for error in errors {
            #expect(!error.description.contains("\n"))
            #expect(!error.description.contains("\u{1B}"))
        }
    }

    @Test(
        arguments: [
            (256, nil, [:], 256), (256, 16, [:], 16), (8, 16, [:], 8),
            (256, nil, ["NO_COLOR": "1"], 0),
            (256, nil, ["NO_COLOR": ""], 256), (256, nil, ["COLORS": "8"], 8),
            (256, 256, ["NO_COLOR": "1"], 256), (256, nil, ["COLORS": "x"], 256),
        ] as [(Int, Int?, [String: String], Int)])
    func howManyColours(terminal: Int, asked: Int?, environment: [String: String], expected: Int) {
        let colours = CursesDriver.colours(
            terminal: terminal, asked: asked, environment: environment)
        #expect(colours == expected)
    }

    @Test func timeoutsAreRoundedUp() {
        #expect(CursesDriver.milliseconds(.milliseconds(20)) == 20)
        #expect(CursesDriver.milliseconds(.microseconds(1)) == 1)
        #expect(CursesDriver.milliseconds(.zero) == 0)
        #expect(CursesDriver.milliseconds(.seconds(-1)) == 0)
        #expect(CursesDriver.milliseconds(.seconds(Int64.max / 2)) > 1_000_000_000)
    }

    @Test func clipboardTextsAreEncodedWhole() throws {
        let sequence = try #require(clipboardSequence(for: "pmd-orphan@41 ✓"))
        #expect(
            String(decoding: sequence, as: UTF8.self)
                == "\u{1B}]52;c;cG1kLW9ycGhhbkA0MSDinJM=\u{7}")
        #expect(clipboardSequence(for: String(repeating: "x", count: 60_000)) == nil)
    }
}
