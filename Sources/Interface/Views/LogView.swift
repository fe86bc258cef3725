import Canvas
import PageCache
import Stepping

/// What the console printed and what the story did, in order, up to the present and, dimmed,
/// beyond.
enum LogView {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let lines = scene.machine.console.count
        return (
            StyledText("log", .title), StyledText(counted(lines, "console line"), .dim)
        )
    }

    private struct Line {
        var position: Int
        /// Lines of the same moment stand in this order.
        var rank: Int
        var text: StyledText
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let lines = (operations(scene) + console(scene) + findings(scene) + bookmarks(scene))
            .sorted { ($0.position, $0.rank) < ($1.position, $1.rank) }
        let present = lines.lastIndex { $0.position <= scene.state.position } ?? 0
        var current = 0
        var texts: [StyledText] = []
        for (number, line) in lines.enumerated() {
            if number == present { current = texts.count }
            let isPast = line.position <= scene.state.position
            var text = StyledText(number == present ? scene.look[.current] : " ", .key)
            text.append("\(line.position)".leftPadded(6) + "  ", Style(.lineNumber))
            text += isPast ? line.text : StyledText(line.text.plain, .dim)
            texts += text.wrapped(to: size.width, hanging: 9)
        }
        let hasDebug = scene.state.history.console.contains { $0.line.level == .debug }
        let note = hasDebug ? debugNote(scene).wrapped(to: size.width) : []
        let room = size.height - note.count
        guard !texts.isEmpty else { return PaneText([StyledText("Nothing happens.", .dim)]) }
        // The present in the middle.
        let top = min(max(0, current - room / 2), max(0, texts.count - room))
        return PaneText(fixed: note, texts, top: top)
    }

    /// What is on the page and not on the console of most machines.
    private static func debugNote(_ scene: Scene) -> StyledText {
        scene.look.sentence(
            "Lines marked d are pr_debug: a stock kernel prints none of them unless dynamic debug "
                + "is on.", .dim)
    }

    private static func operations(_ scene: Scene) -> [Line] {
        scene.timeline.spans.enumerated().flatMap { number, span -> [Line] in
            var text = StyledText(scene.look[.timelineOperation] + " ", Style(.timelineOperation))
            text.append("\(span.task): ", .dim)
            text.append(scene.look.operation(span), .title)
            if let refusal = span.refusal {
                text.append("\(scene.look.dot)refused: " + scene.look.text(refusal), .warning)
            }
            return [Line(position: span.start, rank: 0, text: text)]
        }
    }

    private static func console(_ scene: Scene) -> [Line] {
        scene.state.history.console.map { line in
            let style: Style =
                switch line.line.level {
                case .debug: .dim
                case .info: .text
                case .warning: .warning
                case .bug: .bug
                }
            let mark = line.line.level == .debug ? "d " : "  "
            let text = StyledText(mark + scene.look.text(line.line.text), style)
            return Line(position: line.position, rank: 1, text: text)
        }
    }

    private static func bookmarks(_ scene: Scene) -> [Line] {
        scene.state.bookmarkPositions.map { position in
            let spot = Spot(version: scene.state.run.version, position: position)
            var text = StyledText("  " + scene.look[.timelineMark] + " ", Style(.timelineMark))
            let note = scene.state.choices.bookmarks[spot] ?? ""
            text.append(note.isEmpty ? "bookmark" : scene.look.text(note))
            return Line(position: position, rank: 3, text: text)
        }
    }

    private static func findings(_ scene: Scene) -> [Line] {
        scene.timeline.episodes.map { episode in
            let finding = episode.finding
            var text = StyledText("  ")
            text.append(
                FindingsPane.sign(finding, scene.look) + " ", FindingsPane.style(of: finding))
            text.append(FindingsPane.describe(finding, scene))
            if episode.seen != episode.born { text.append(", seen at \(episode.seen)", .dim) }
            return Line(position: episode.born, rank: 2, text: text)
        }
    }
}
