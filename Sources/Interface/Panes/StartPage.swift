import Canvas
import PageCache

/// What the tree's place shows before anything has run: what this is about, what will happen, what
/// the signs mean.
enum StartPage {
    static func draw(_ canvas: inout Canvas, _ scene: Scene, scroll: Int) {
        let legendRows = legendRows(canvas.size)
        let text = canvas.bounds.inset(bottom: legendRows)
        canvas.inside(text) {
            MainScreen.draw(&$0, PaneText(lines(scene, text.size)), scroll: scroll)
        }
        if legendRows > 0 {
            canvas.write(
                TreePane.legend(scene), at: Point(0, canvas.height - 1), overflow: .clip)
        }
    }

    private static func legendRows(_ size: Size) -> Int { size.height >= 6 ? 1 : 0 }

    /// How many lines have no room.
    static func hidden(_ scene: Scene, _ size: Size) -> Int {
        let room = Size(size.width, size.height - legendRows(size))
        return max(0, lines(scene, room).count - room.height)
    }

    private static func lines(_ scene: Scene, _ size: Size) -> [StyledText] {
        let about = scene.scenario.about.isEmpty ? scene.scenario.title : scene.scenario.about
        var lines = StyledText(scene.look.text(about).reflowed, .narration)
            .wrapped(to: size.width)
        while lines.last?.width == 0 { lines.removeLast() }
        lines.append(StyledText())
        lines += file(scene).wrapped(to: size.width)
        guard !scene.timeline.plan.isEmpty else { return lines }
        lines.append(StyledText())
        // As many as there is room for; where that is little, one reads on below.
        return lines + operations(scene, rows: max(size.height - lines.count, 20))
    }

    private static func file(_ scene: Scene) -> StyledText {
        let file = scene.scenario.file
        let look = scene.look
        var text = StyledText("The file: ", .dim)
        text.append("\(Bytes.describe(file.size)) on \(file.fileSystem.rawValue)")
        text.append(file.dax ? " with DAX" : " without DAX")
        if !file.delaysAllocation { text.append(", nodelalloc") }
        let config = scene.scenario.config.spelled.map { "CONFIG_" + $0 }
        if !config.isEmpty { text.append(", \(config.joined(separator: ", "))") }
        let blocks = scene.machine.blocks.runs.reduce(0) { $0 + $1.count }
        let isFull = blocks >= PageCache.Geometry.pages(file.size)
        text.append(blocks == 0 ? ", all of it a hole" : isFull ? ", no holes" : ", with holes")
        text.append("\(look.dot)a page has 4 KiB, a huge one 2 MiB = 512 pages", .dim)
        return text
    }

    private static func operations(_ scene: Scene, rows: Int) -> [StyledText] {
        let plan = scene.timeline.plan
        var lines = [StyledText("What will happen:", .dim)]
        let isWhole = plan.count <= rows - 1
        for (number, directive) in plan.prefix(isWhole ? rows - 1 : rows - 2).enumerated() {
            var line = StyledText("\(number + 1)".leftPadded(3) + "  ", Style(.lineNumber))
            // What a plan of many steps never reaches is told as it was written.
            let span = scene.timeline.spans.first { $0.directive == number }
            line.append(
                scene.look.text(span?.text ?? directive.operation?.description ?? "goes on"))
            if directive.task != "app" {
                line.append("  (\(scene.look.text(directive.task)))", .dim)
            }
            lines.append(line)
        }
        if !isWhole { lines.append(StyledText("     and \(plan.count - rows + 2) more", .dim)) }
        return lines
    }
}

/// Sizes for people.
enum Bytes {
    static func describe(_ bytes: UInt64) -> String {
        let units = ["EiB", "PiB", "TiB", "GiB", "MiB", "KiB"]
        for (number, unit) in units.enumerated() {
            let size: UInt64 = 1 << UInt64((units.count - number) * 10)
            if bytes >= size, bytes % size == 0 { return "\(bytes / size) \(unit)" }
        }
        return counted(bytes, "byte")
    }
}
