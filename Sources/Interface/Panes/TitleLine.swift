import Canvas

/// The first line: which scenario, on which kernel, where in it.
enum TitleLine {
    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let look = scene.look
        let right = place(scene) + StyledText(" ")
        let kernel = StyledText("kernel ", .dim) + StyledText(look.kernel(scene.state.run.version))
        let short = StyledText(scene.state.run.version.name)
        let name = StyledText(" " + scene.scenario.name, .title)
        let title = StyledText(
            " \(look[.horizontal]) " + look.text(scene.scenario.title), .text)
        canvas.write(right, at: .zero, align: .right)
        var free = canvas.width - right.width - 2
        let middle = name.width + kernel.width + 12 <= free ? kernel : short
        canvas.write(middle, at: Point(free - middle.width, 0))
        free -= middle.width + 2
        canvas.write(free > name.width + 12 ? name + title : name, at: .zero, width: max(0, free))
    }

    /// `op 3/7 · step 41/96`
    static func place(_ scene: Scene) -> StyledText {
        let number = scene.moment.span.map { scene.timeline.spans[$0].directive + 1 } ?? 0
        let position = scene.state.position
        return StyledText("op ", .dim) + StyledText("\(number)", .title)
            + StyledText("/\(scene.scenario.steps.count)\(scene.look.dot)step ", .dim)
            + StyledText("\(position)", .title) + StyledText("/\(scene.timeline.end)", .dim)
    }
}
