import Canvas
import PageCache

/// What the tree's place shows before anything has run: what this is about, what will happen, what
/// the signs mean.
enum StartPage {
    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let look = scene.look
        let legendRows = canvas.height >= 6 ? 1 : 0
        var lines: [StyledText] = []
        let about = scene.scenario.about.isEmpty ? scene.scenario.title : scene.scenario.about
        lines += StyledText(look.text(about).reflowed, .narration).wrapped(to: canvas.width)
        while lines.last?.width == 0 { lines.removeLast() }
        let room = canvas.height - lines.count - legendRows
        if room >= 5 {
            lines.append(StyledText())
            lines.append(file(scene))
            if room >= 8 {
                lines.append(StyledText())
                lines += operations(scene, rows: room - 4)
            }
        }
        let rows = canvas.height - legendRows
        for (y, line) in lines.prefix(rows).enumerated() {
            canvas.write(line, at: Point(0, y))
        }
        if lines.count > rows, rows > 0 {
            canvas.write(
                look[.ellipsis], at: Point(canvas.width - 1, rows - 1), .key)
        }
        if legendRows > 0 {
            canvas.write(
                TreePane.legend(scene), at: Point(0, canvas.height - 1), overflow: .clip)
        }
    }

    private static func file(_ scene: Scene) -> StyledText {
        let file = scene.scenario.file
        let look = scene.look
        var text = StyledText("The file: ", .dim)
        text.append("\(Bytes.describe(file.size)) on \(file.fileSystem.rawValue)")
        text.append(file.dax ? " with DAX" : " without DAX")
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
            line.append(scene.look.operation(directive.operation))
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
        return "\(bytes) bytes"
    }
}
