import Canvas

/// The last line: the keys that are most useful here, or what is being typed, or a message.
enum KeyLine {
    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let choices = scene.state.choices
        switch choices.mode {
        case .command(let line): draw(&canvas, scene, prompt: ":", line)
        case .search(let line): draw(&canvas, scene, prompt: "/", line)
        case .help:
            canvas.write(
                hints([("Up Down", "select"), ("Enter", "run it"), ("Esc", "close")]),
                at: Point(1, 0))
        case .answer(let line): draw(&canvas, scene, prompt: "answer: ", line)
        case .why:
            canvas.write(
                hints([
                    ("Up Down", "causes"), (scene.look.key(of: "why"), "next finding"),
                    ("Enter", "stay"),
                    ("Esc", "back"),
                ]), at: Point(1, 0))
        case .normal:
            if let message = choices.message {
                canvas.write(scene.look.text(message), at: Point(1, 0), .title)
            } else if !choices.isPresenting {
                drawKeys(&canvas, scene)
            }
        }
    }

    private static func draw(
        _ canvas: inout Canvas, _ scene: Scene, prompt: String, _ line: LineEdit
    ) {
        canvas.write(prompt, at: .zero, .key)
        // The cursor stays on the screen: a long line slides to the left.
        let start = displayWidth(prompt)
        let room = max(0, canvas.width - start - 1)
        let before = String(line.characters[..<line.cursor])
        let hidden = max(0, displayWidth(before) - room)
        let shown = String(line.characters.dropFirst(hidden))
        canvas.write(shown, at: Point(start, 0), Style(.input), overflow: .clip)
        canvas.placeCursor(at: Point(start + min(displayWidth(before), room), 0))
    }

    private static func hints(_ pairs: [(String, String)]) -> StyledText {
        var text = StyledText()
        for (key, label) in pairs {
            if !text.spans.isEmpty { text.append("   ") }
            text.append(key, .key)
            text.append(" " + label, .dim)
        }
        return text
    }

    /// The commands by rank, as many as fit; then in the order of their ranks.
    private static func drawKeys(_ canvas: inout Canvas, _ scene: Scene) {
        var x = 1
        if let count = scene.state.choices.count {
            x += canvas.write("\(count)", at: Point(x, 0), .key) + 3
        }
        let commands = Command.all.filter { $0.label != nil && $0.applies(scene.state) }
            .sorted { $0.rank < $1.rank }
        for command in commands {
            guard let first = scene.state.keys.keys(of: command).first else { continue }
            let key = scene.look.key(first)
            let text = hints([(key, command.label ?? "")])
            guard x + text.width < canvas.width else { continue }
            x += canvas.write(text, at: Point(x, 0)) + 3
        }
    }

    /// Above the line: what it can be completed to.
    static func drawCandidates(
        _ canvas: inout Canvas, _ layout: Layout, _ scene: Scene, _ line: LineEdit
    ) {
        let candidates = CommandLine.candidates(line.text, scene.state)
        guard !candidates.isEmpty else { return }
        let rows = min(candidates.count, 8, layout.main.height - 2)
        guard rows > 0 else { return }
        let width = min(layout.main.width, 72)
        let rect = Rect(
            x: layout.keys.x, y: layout.keys.y - rows - 2, width: width, height: rows + 2)
        canvas.fill(rect, Style(.popup))
        let note = candidates.count > rows ? StyledText("\(candidates.count)", .dim) : nil
        let inner = canvas.box(
            rect, title: StyledText("Tab completes", .dim), note: note, .focusedBorder)
        for (y, candidate) in candidates.prefix(rows).enumerated() {
            canvas.write(candidate, at: Point(inner.x + 1, inner.y + y), .key)
            guard let command = Command.exactly(candidate) else { continue }
            canvas.write(
                command.summary, at: Point(inner.x + 24, inner.y + y), .dim,
                width: inner.width - 25)
        }
    }
}

extension Look {
    /// A key as the bottom line names it: an arrow is drawn, not spelled.
    func key(_ key: Key) -> String {
        switch key {
        case "Right": self[.arrowRight]
        case "Left": self[.arrowLeft]
        case "Up": self[.arrowUp]
        case "Down": self[.arrowDown]
        default: key.description
        }
    }
}
