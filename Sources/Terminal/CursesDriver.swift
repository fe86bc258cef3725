import CTerminal
import Canvas
import Foundation

/// The terminal that the program runs in, by ncurses.
///
/// There is at most one per process, and it is not `Sendable`: the thread that opened it uses it.
/// Whatever ends the program, crashes among it, the terminal is given back as it was.
public final class CursesDriver: TerminalDriver {
    /// What a person may ask for; nil finds out.
    public struct Options: Hashable, Sendable {
        /// UTF-8 or ASCII; nil: what the locale says.
        public var utf8: Bool?
        /// How many colours to use at most, 0 none; nil: NO_COLOR, COLORS, then the terminal.
        public var colours: Int?

        public init(utf8: Bool? = nil, colours: Int? = nil) {
            self.utf8 = utf8
            self.colours = colours
        }
    }

    public let capabilities: Capabilities
    public var theme: Theme {
        didSet { if theme != oldValue { invalidate() } }
    }

    private var shown: Canvas?
    private var isOpen = true
    private var buffer: [rs_cell] = []

    /// Takes over the terminal of standard input and output.
    ///
    /// - Throws: `TerminalError`; nothing has been written then.
    public init(
        options: Options = Options(), theme: Theme = .default,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(TerminalError) {
        let utf8 = rs_use_locale(options.utf8 == true)
        let name = environment["TERM"]
        switch Int(rs_open(0, 1)) {
        case RS_OK: break
        case RS_NOT_A_TERMINAL: throw .notATerminal
        case RS_UNKNOWN_TERMINAL: throw .unknownTerminal(name)
        case RS_DUMB_TERMINAL: throw .dumbTerminal(name)
        case RS_BUSY: throw .busy
        default: throw .failed
        }
        capabilities = Capabilities(
            colours: CursesDriver.colours(
                terminal: Int(rs_colours()), asked: options.colours, environment: environment),
            utf8: utf8 && options.utf8 != false)
        self.theme = theme
    }

    deinit { close() }

    /// How many colours to use: an explicit wish, else none with a NO_COLOR that is not empty,
    /// else COLORS, else all; never more than the terminal has.
    static func colours(terminal: Int, asked: Int?, environment: [String: String]) -> Int {
        if let asked { return max(0, min(asked, terminal)) }
        if let no = environment["NO_COLOR"], !no.isEmpty { return 0 }
        if let wish = environment["COLORS"].flatMap({ Int($0) }), wish >= 0 {
            return min(wish, terminal)
        }
        return terminal
    }

    public var size: Size {
        var columns: Int32 = 0
        var rows: Int32 = 0
        rs_size(&columns, &rows)
        return Size(Int(columns), Int(rows))
    }

    public func draw(_ canvas: Canvas) {
        guard isOpen else { return }
        let canvas = capabilities.utf8 ? canvas : canvas.asciiOnly()
        let size = size
        if shown == nil || shown?.size != canvas.size { rs_clear() }
        let runs = canvas.differences(from: shown ?? Canvas(size: Size(0, 0)))
        for run in runs where run.y < size.height { put(canvas, run, columns: size.width) }
        if let cursor = canvas.cursor, cursor.x < size.width, cursor.y < size.height {
            rs_cursor(true, Int32(cursor.x), Int32(cursor.y))
        } else {
            rs_cursor(false, 0, 0)
        }
        rs_flush()
        shown = canvas
    }

    private func put(_ canvas: Canvas, _ run: Canvas.Run, columns: Int) {
        buffer.removeAll(keepingCapacity: true)
        var x = run.x
        for cell in canvas.cells(of: run) {
            if !cell.isContinuation && x + cell.width <= columns {
                buffer.append(look(of: cell))
            }
            x += 1
        }
        rs_put(Int32(run.x), Int32(run.y), buffer, buffer.count)
    }

    private func look(of cell: Cell) -> rs_cell {
        let paint = capabilities.theme(theme).paint(for: cell.style)
        return rs_cell(
            scalars: (cell.grapheme.base, cell.grapheme.mark1, cell.grapheme.mark2),
            columns: UInt8(cell.width), attributes: paint.attributes.rawValue,
            foreground: index(paint.foreground), background: index(paint.background))
    }

    private func index(_ colour: Colour) -> Int8 {
        Int8(colour.paletteIndex ?? -1)
    }

    public func nextEvent(timeout: Duration?) -> Event {
        guard isOpen else { return .endOfInput }
        var event = rs_event()
        repeat {
            rs_read(timeout.map(CursesDriver.milliseconds) ?? -1, &event)
        } while Event(event) == nil
        let result = Event(event) ?? .timeout
        if case .resize = result { invalidate() }
        return result
    }

    /// Whole milliseconds, rounded up so that a short wait does not become none.
    static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: min(seconds, 2_000_000) * 1000 + milliseconds)
    }

    /// The signal that asked the program to end: `nextEvent` says `.endOfInput` then, and what is
    /// to be kept can be. Who has done that lets the signal have its effect.
    public var endingSignal: Int32? {
        let signal = rs_ending_signal()
        return signal == 0 ? nil : signal
    }

    public func setMouse(_ on: Bool) {
        guard isOpen else { return }
        rs_mouse(on)
        rs_flush()
    }

    public func invalidate() { shown = nil }

    public func suspend() {
        guard isOpen else { return }
        rs_suspend()
        invalidate()
    }

    @discardableResult
    public func copyToClipboard(_ text: String) -> Bool {
        guard isOpen, let sequence = clipboardSequence(for: text) else { return false }
        return rs_write(sequence, sequence.count)
    }

    /// Gives the terminal back, and keeps what is to be kept: no signal that ends programs comes
    /// between.
    public func close(keeping: () -> Void) {
        rs_hold_endings()
        close()
        keeping()
        rs_release_endings()
    }

    public func close() {
        guard isOpen else { return }
        isOpen = false
        rs_close()
    }
}

/// The bytes that put a text on the clipboard; nil when it is longer than terminals take.
func clipboardSequence(for text: String) -> [UInt8]? {
    let encoded = Data(text.utf8).base64EncodedString()
    guard encoded.utf8.count <= 74_994 else { return nil }
    return Array("\u{1B}]52;c;\(encoded)\u{7}".utf8)
}

func sanitisedName(_ name: String) -> String {
    prefix(of: name, columns: 40).text
}
