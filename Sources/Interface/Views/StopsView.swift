import Canvas
import PageCache

/// Breakpoints, bookmarks and marks, with where they are.
enum StopsView {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        (
            StyledText("breakpoints and bookmarks", .title),
            StyledText(
                scene.state.keys.spell("{breakpoint} here, :break WHAT, {bookmark} bookmark"), .dim)
        )
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        var lines = scene.state.branches.isEmpty ? [] : branches(scene) + [StyledText()]
        lines += breakpoints(scene, size.width) + [StyledText()] + bookmarks(scene) + [StyledText()]
        return PaneText(lines + marks(scene))
    }

    /// What a person made of the story, each with where it was left.
    private static func branches(_ scene: Scene) -> [StyledText] {
        let state = scene.state
        return state.branches.enumerated().map { number, branch in
            let isShown = number == state.choices.branch
            let run = isShown ? state.run : branch.run ?? state.run
            let position = isShown ? state.position : branch.position
            let name = number == 0 ? "story" : "branch \(number)"
            var line = StyledText(isShown ? scene.look[.current] + " " : "  ", .key)
            line += StyledText(name, .title).padded(to: 10)
            line.append("step \(position) of \(run.timeline.end) on \(run.version.name)", .dim)
            line.append(scene.look.dot + counted(run.scenario.steps.count, "operation"))
            let findings = run.timeline.findings(at: position).count
            guard findings > 0 else { return line }
            line.append(scene.look.dot)
            line.append(counted(findings, "finding"), .counterWrong)
            return line
        }
    }

    private static func breakpoints(_ scene: Scene, _ width: Int) -> [StyledText] {
        let look = scene.look
        guard !scene.state.stops.isEmpty else { return help(look, width) }
        return scene.state.stops.enumerated().map { number, stop in
            var line = StyledText("\(number + 1)".leftPadded(3) + " ", Style(.lineNumber))
            line.append(look[.breakpoint] + " ", Style(.breakpoint))
            line += StyledText(look.text(stop.breakpoint.text)).padded(to: 40)
            let shown = stop.hits.prefix(8).map { "\($0)" }.joined(separator: " ")
            let more = stop.hits.count > 8 ? " " + look[.ellipsis] : ""
            line.append(stop.hits.isEmpty ? "never met" : "at step \(shown)\(more)", .dim)
            return line
        }
    }

    /// What can be asked for, while nothing is.
    private static func help(_ look: Look, _ width: Int) -> [StyledText] {
        let examples: [(String, String)] = [
            (look.key(of: "breakpoint"), "at the statement that runs next"),
            (":break dax_radix_entry", "at every call of a function"),
            (":break dax_radix_entry:2", "at a statement of it"),
            (":break fs/inode.c:497", "at a line, where lines are known"),
            (":break index 512", "when its slot changes"),
            (":break nrpages", "when it changes; likewise:"),
            (":break tree", "or tag, nrexceptional, console, warn"),
            (":break orphan", "when such a finding is born"),
            (":break finding", "when any is"),
            (":break nrpages != pages && op == \"store\"", "when this becomes true"),
        ]
        var lines = [
            look.sentence(
                "No breakpoint is set. {continue} and {continue-back} stop at findings and at the "
                    + "BUG.")
        ]
        lines = lines.flatMap { $0.wrapped(to: width) }
        for (key, text) in examples {
            // Below each other where there is no room beside.
            let key = StyledText("  " + key, .key)
            lines +=
                width >= 78
                ? [key.padded(to: 46) + StyledText(text, .dim)]
                : [key, StyledText("      " + text, .dim)]
        }
        return lines
    }

    private static func bookmarks(_ scene: Scene) -> [StyledText] {
        let all = scene.state.choices.bookmarks.sorted {
            ($0.key.version, $0.key.position) < ($1.key.version, $1.key.position)
        }
        guard !all.isEmpty else {
            return [scene.look.sentence("No bookmark is set; {bookmark} sets one.", .dim)]
        }
        return all.map { spot, note in
            var line = StyledText(scene.look[.timelineMark] + " ", Style(.timelineMark))
            line.append("step \(spot.position)".leftPadded(10))
            line.append(" on \(spot.version.name)  ", .dim)
            return line + StyledText(scene.look.text(note))
        }
    }

    private static func marks(_ scene: Scene) -> [StyledText] {
        Mark.allCases.compactMap { mark in
            guard let spot = scene.state.choices.marks[mark] else { return nil }
            return StyledText(mark.rawValue + " ", Style(.timelineMark))
                + StyledText("step \(spot.position)".leftPadded(10))
                + StyledText(" on \(spot.version.name)", .dim)
        }
    }
}
