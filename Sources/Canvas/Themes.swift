// The themes that ship.

extension Theme {
    /// Default colours of the terminal for text and background, named colours for marks.
    public static let `default` = Theme(
        name: "default", summary: "the terminal's own colours, light or dark"
    ) { role in
        switch role {
        case .text, .node, .statement, .counter, .written, .timelineFuture: Paint()
        case .dim, .border, .empty, .covered, .source, .lineNumber, .unmapped, .hole, .shadow:
            Paint(.standard, .dim)
        case .title: Paint(.standard, .bold)
        case .focusedBorder, .key: Paint(.cyan, .bold)
        case .input, .popup, .narration, .answer: Paint()
        case .status: Paint(.standard, .reverse)
        case .question: Paint(.magenta, .bold)
        case .page, .good, .durable: Paint(.green)
        case .zeroPage: Paint(.yellow)
        case .orphan: Paint(.brightWhite, on: .red, .bold)
        case .leak: Paint(.black, on: .yellow, .bold)
        case .daxPTE: Paint(.cyan)
        case .daxPMD: Paint(.cyan, .bold)
        case .swap: Paint(.magenta)
        case .tagDirty: Paint(.yellow, .bold)
        case .tagTowrite: Paint(.magenta)
        case .tagWriteback: Paint(.blue, .bold)
        case .function: Paint(.standard, .bold)
        case .breakpoint: Paint(.red, .bold)
        case .lock: Paint(.magenta)
        case .changed: Paint(.standard, [.bold, .underline])
        case .current: Paint(.standard, [.bold, .reverse])
        case .selection: Paint(.standard, .reverse)
        case .match: Paint(.black, on: .cyan)
        case .counterWrong: Paint(.red, [.bold, .reverse])
        case .differs, .warning, .unwritten, .cachedOnly: Paint(.yellow, .bold)
        case .bug: Paint(.brightWhite, on: .red, [.bold, .underline])
        case .timelinePast, .timelineHead: Paint(.cyan)
        case .timelineOperation: Paint(.standard, .bold)
        case .timelineFinding: Paint(.yellow, .bold)
        case .timelineBug: Paint(.red, .bold)
        case .timelineMark: Paint(.magenta, .bold)
        case .mappedRead: Paint(.green)
        case .mappedWrite: Paint(.yellow)
        case .mappedHuge: Paint(.cyan, .bold)
        }
    }

    /// White on black, whatever the terminal's default is.
    public static let dark = Theme.default.variant(
        name: "dark", summary: "light text on black", text: .white, background: .black,
        [
            .title: Paint(.brightWhite, .bold), .page: Paint(.brightGreen),
            .zeroPage: Paint(.brightYellow), .daxPTE: Paint(.brightCyan),
            .daxPMD: Paint(.brightCyan, .bold), .swap: Paint(.brightMagenta),
            .tagWriteback: Paint(.brightBlue, .bold), .good: Paint(.brightGreen),
            .breakpoint: Paint(.brightRed, .bold), .timelineBug: Paint(.brightRed, .bold),
            .counterWrong: Paint(.brightRed, [.bold, .reverse]),
        ])

    /// Black on white, without the colours that vanish there.
    public static let light = Theme.default.variant(
        name: "light", summary: "dark text on white", text: .black, background: .brightWhite,
        [
            .focusedBorder: Paint(.blue, .bold), .key: Paint(.blue, .bold),
            .zeroPage: Paint(.magenta), .daxPTE: Paint(.blue), .daxPMD: Paint(.blue, .bold),
            .tagDirty: Paint(.red, .bold), .differs: Paint(.red, .bold),
            .warning: Paint(.red, .bold), .unwritten: Paint(.magenta, .bold),
            .cachedOnly: Paint(.red, .bold), .timelinePast: Paint(.blue),
            .timelineHead: Paint(.blue), .timelineFinding: Paint(.red, .bold),
            .mappedWrite: Paint(.red), .mappedHuge: Paint(.blue, .bold),
            .match: Paint(.brightWhite, on: .blue),
        ])

    /// Few, strong levels: nothing dim, severity in reverse.
    public static let highContrast = Theme.default.variant(
        name: "high-contrast", summary: "few and strong levels, nothing dim",
        text: .brightWhite, background: .black,
        [
            .page: Paint(.brightGreen, .bold), .zeroPage: Paint(.brightYellow, .bold),
            .daxPTE: Paint(.brightCyan), .daxPMD: Paint(.brightCyan, .bold),
            .swap: Paint(.brightMagenta, .bold), .tagDirty: Paint(.brightYellow, .bold),
            .tagTowrite: Paint(.brightMagenta, .bold), .tagWriteback: Paint(.brightCyan, .bold),
            .leak: Paint(.black, on: .brightYellow, .bold),
            .counterWrong: Paint(.black, on: .brightYellow, .bold),
            .focusedBorder: Paint(.brightYellow, .bold), .key: Paint(.brightYellow, .bold),
            .timelineBug: Paint(.brightWhite, on: .red, .bold),
            .breakpoint: Paint(.brightWhite, on: .red, .bold),
            .question: Paint(.brightCyan, .bold),
        ], keepsDim: false)

    /// Blue against yellow, which nearly everybody tells apart; no red against green.
    public static let colourBlind = Theme.default.variant(
        name: "colour-blind", summary: "blue and orange, no red against green",
        text: .standard, background: .standard,
        [
            .page: Paint(.blue, .bold), .good: Paint(.blue, .bold), .durable: Paint(.blue),
            .zeroPage: Paint(.cyan), .orphan: Paint(.black, on: .yellow, .bold),
            .leak: Paint(.brightWhite, on: .blue, [.bold, .underline]),
            .daxPTE: Paint(.standard), .daxPMD: Paint(.standard, .bold), .swap: Paint(.cyan, .dim),
            .tagTowrite: Paint(.cyan), .breakpoint: Paint(.yellow, [.bold, .reverse]),
            .counterWrong: Paint(.yellow, [.bold, .reverse]),
            .bug: Paint(.black, on: .yellow, [.bold, .underline]),
            .timelineBug: Paint(.yellow, [.bold, .reverse]), .mappedRead: Paint(.blue),
            .timelineMark: Paint(.blue, .bold), .question: Paint(.cyan, .bold), .lock: Paint(.cyan),
        ])

    /// No colour at all: for NO_COLOR, printers and monochrome terminals.
    public static let mono = Theme(name: "mono", summary: "no colour, only bold, dim, reverse") {
        role in
        var paint = Theme.default[role]
        let loud = paint.background != .standard
        paint.foreground = .standard
        paint.background = .standard
        if loud { paint.attributes.formUnion(.reverse) }
        switch role {
        case .leak, .match: paint.attributes.formUnion(.underline)
        case .tagTowrite, .question, .zeroPage: paint.attributes.formUnion(.underline)
        default: break
        }
        return paint
    }

    /// This theme with other colours for plain text and background, and some roles replaced.
    private func variant(
        name: String, summary: String, text: Colour, background: Colour, _ own: [Role: Paint],
        keepsDim: Bool = true
    ) -> Theme {
        Theme(name: name, summary: summary) { role in
            var paint = own[role] ?? self[role]
            if paint.foreground == .standard { paint.foreground = text }
            if paint.background == .standard { paint.background = background }
            if !keepsDim { paint.attributes.remove(.dim) }
            return paint
        }
    }
}

extension Paint {
    fileprivate init(_ foreground: Colour, _ attributes: Attributes) {
        self.init(foreground, on: .standard, attributes)
    }
}
