import Canvas

/// A screen too small for panes: where the story stands, in as many lines as there are.
enum TinyScreen {
    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        guard canvas.height > 0 else { return }
        let state = scene.state
        var lines = [
            StyledText(
                "\(scene.scenario.name) \(state.run.version.name) \(state.position)/"
                    + "\(scene.timeline.end)", .title)
        ]
        if let bug = scene.machine.bug {
            lines.append(StyledText("\(bug.noun) at \(bug.location)", .bug))
        }
        let counts = scene.moment.counts
        let mapping = scene.machine.mapping
        lines.append(StyledText("nrpages \(scene.look.counter(mapping.nrpages)) (\(counts.pages))"))
        if let next = scene.timeline.nextStatement(at: state.position) {
            lines.append(StyledText(scene.look.text(next.listing.statements[next.number].text)))
        }
        for (y, line) in lines.prefix(canvas.height).enumerated() {
            canvas.write(line, at: Point(0, y))
        }
        guard canvas.height > 1 else { return }
        let last = Rect(x: 0, y: canvas.height - 1, width: canvas.width, height: 1)
        canvas.fill(last)
        let text = scene.state.keys.spell("too small: 40x12 wanted; {quit} quits")
        canvas.write(text, at: Point(0, last.y), .dim)
    }
}
