import Canvas

/// A terminal in memory: scripted events in, canvases out. For tests, recordings and scripts.
public final class MemoryDriver: TerminalDriver {
    public private(set) var size: Size
    public let capabilities: Capabilities
    public var theme: Theme

    /// Events that are still to come, the next one first.
    public var script: [Event]
    /// Every canvas that was drawn, in order.
    public private(set) var canvases: [Canvas] = []
    /// Every text that was copied, in order.
    public private(set) var clipboard: [String] = []
    public private(set) var suspensions = 0
    public private(set) var mouse = false
    public private(set) var isOpen = true
    /// The cells that each `draw` would have sent, in order.
    public private(set) var cellsSent: [Int] = []
    private var isValid = false

    /// - Parameter script: what happens; after its last event the input is at its end.
    public init(
        size: Size, script: [Event] = [],
        capabilities: Capabilities = Capabilities(colours: 256, utf8: true),
        theme: Theme = .default
    ) {
        self.size = size
        self.script = script
        self.capabilities = capabilities
        self.theme = theme
    }

    /// A script of keys by their names, separated by spaces: `l l Tab C-l q`. Names that are no
    /// key are reported by position.
    ///
    /// - Throws: `KeyScriptError`.
    public static func keys(_ names: String) throws(KeyScriptError) -> [Event] {
        var events: [Event] = []
        for (index, name) in names.split(separator: " ").enumerated() {
            guard let key = Key(String(name)) else {
                throw KeyScriptError(position: index + 1, name: String(name))
            }
            events.append(.key(key))
        }
        return events
    }

    public func draw(_ canvas: Canvas) {
        guard isOpen else { return }
        let canvas = capabilities.utf8 ? canvas : canvas.asciiOnly()
        let before = isValid ? canvases.last : nil
        let runs = canvas.differences(from: before ?? Canvas(size: Size(0, 0)))
        cellsSent.append(runs.reduce(0) { $0 + $1.width })
        canvases.append(canvas)
        isValid = true
    }

    public func nextEvent(timeout: Duration?) -> Event {
        guard isOpen, !script.isEmpty else { return .endOfInput }
        let event = script.removeFirst()
        if case .resize(let size) = event {
            self.size = size
            invalidate()
        }
        return event
    }

    public func setMouse(_ on: Bool) { mouse = on }
    public func invalidate() { isValid = false }

    public func suspend() {
        suspensions += 1
        invalidate()
    }

    @discardableResult
    public func copyToClipboard(_ text: String) -> Bool {
        guard isOpen, clipboardSequence(for: text) != nil else { return false }
        clipboard.append(text)
        return true
    }

    public func close() { isOpen = false }
}

/// A key script with a name in it that no key has.
public struct KeyScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which name, from 1.
    public let position: Int
    public let name: String

    public var description: String {
        "key \(position) of the script: no key is named \"\(sanitisedName(name))\""
    }
}
