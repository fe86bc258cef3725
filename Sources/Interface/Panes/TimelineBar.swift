import Canvas
import Stepping

/// The whole run in one line: what is past, where operations end, where findings are born, the BUG.
enum TimelineBar {
    static func draw(_ canvas: inout Canvas, _ scene: Scene) {
        let timeline = scene.timeline
        let width = canvas.width - 2
        guard width > 2 else { return }
        let head = column(of: scene.state.position, timeline, width)
        canvas.put(.timelineStart, at: .zero, .border)
        canvas.put(.timelineEnd, at: Point(width + 1, 0), .border)
        for x in 0..<width {
            let isPast = x < head
            canvas.put(
                isPast ? .timelinePast : .timelineFuture, at: Point(x + 1, 0),
                Style(isPast ? .timelinePast : .timelineFuture))
        }
        func mark(_ position: Int, _ glyph: Glyph, _ role: Role) {
            canvas.put(
                glyph, at: Point(column(of: position, timeline, width) + 1, 0), Style(role))
        }
        for span in timeline.spans { mark(span.end, .timelineOperation, .timelineOperation) }
        for birth in timeline.findingBirths { mark(birth, .timelineFinding, .timelineFinding) }
        if let bug = timeline.bugPosition { mark(bug, .timelineBug, .timelineBug) }
        let spots = Array(scene.state.choices.marks.values) + scene.state.choices.bookmarks.keys
        for spot in spots where spot.version == scene.state.run.version {
            mark(spot.position, .timelineMark, .timelineMark)
        }
        // At the end of the bar a mark and the head share a place; the BUG is worth more there.
        if timeline.bugPosition != scene.state.position {
            mark(scene.state.position, .timelineHead, .timelineHead)
        } else {
            canvas.mark(Rect(x: head + 1, y: 0, width: 1, height: 1), .current)
        }
    }

    /// The names of the operations below their part of the bar, where they fit.
    static func drawNames(_ canvas: inout Canvas, _ scene: Scene) {
        let timeline = scene.timeline
        let width = canvas.width - 2
        guard width > 2 else { return }
        for (number, span) in timeline.spans.enumerated() {
            let from = column(of: span.start, timeline, width) + 1
            let next =
                number + 1 < timeline.spans.count
                ? column(of: timeline.spans[number + 1].start, timeline, width) + 1 : width + 1
            let name = timeline.plan[span.directive].operation?.name ?? "resume"
            let isHere = scene.moment.span == number
            guard name.count < next - from else { continue }
            canvas.write(
                name, at: Point(from, 0), isHere ? .title : .dim, width: max(next - from, 1),
                overflow: .clip)
        }
    }

    private static func column(of position: Int, _ timeline: Timeline, _ width: Int) -> Int {
        timeline.end == 0 ? 0 : min(position, timeline.end) * (width - 1) / timeline.end
    }

    /// The position that a column of the bar shows.
    static func position(ofColumn x: Int, _ bar: Rect, _ state: InterfaceState) -> Int {
        let width = bar.width - 2
        guard width > 2 else { return state.position }
        let column = min(max(0, x - bar.x - 1), width - 1)
        return (column * state.timeline.end + width - 2) / (width - 1)
    }
}
