import Canvas

/// What a terminal can show.
public struct Capabilities: Hashable, Sendable {
    /// Colours of the terminal: 0 (none, or not wanted), 8, 16, 256 ...
    public var colours: Int
    /// Whether it shows more than ASCII.
    public var utf8: Bool

    public init(colours: Int, utf8: Bool) {
        self.colours = colours
        self.utf8 = utf8
    }

    /// The glyph set to draw with.
    public var glyphs: Glyphs { utf8 ? .utf8 : .ascii }

    /// The theme to look at things with: what the person chose, or one without colours where
    /// there are none.
    public func theme(_ chosen: Theme = .default) -> Theme {
        colours == 0 ? .mono : chosen
    }
}

/// A place where canvases are shown and events come from. The program uses it from one thread.
public protocol TerminalDriver: AnyObject {
    /// The size now, in cells.
    var size: Size { get }
    var capabilities: Capabilities { get }
    /// How roles look; without colours the driver uses `mono` instead. A change shows at the next
    /// `draw`.
    var theme: Theme { get set }

    /// Shows a canvas, sending only what differs from the last one. What does not fit is cut off.
    func draw(_ canvas: Canvas)

    /// Waits for what happens next.
    ///
    /// - Parameter timeout: how long at most; nil: until something happens. Rounded up to
    ///   milliseconds.
    /// - Returns: `.timeout` when nothing did. After `.endOfInput` nothing else ever comes.
    func nextEvent(timeout: Duration?) -> Event

    /// Asks for mouse events, or stops them. They are off at first.
    func setMouse(_ on: Bool)

    /// Repaints everything at the next `draw`, for a screen that something else wrote on.
    func invalidate()

    /// Stops the program as Ctrl-Z does, and returns when it goes on.
    func suspend()

    /// Puts text on the clipboard of the person's own machine (OSC 52).
    ///
    /// - Returns: whether it was sent; terminals do not say whether they obeyed.
    @discardableResult
    func copyToClipboard(_ text: String) -> Bool

    /// Gives the terminal back. Nothing is drawn afterwards.
    func close()
}
