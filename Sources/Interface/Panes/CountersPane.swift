import Canvas
import PageCache
import PageTree

/// What the counters say, beside what the tree holds.
enum CountersPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        // Meanwhile the counters may differ from the tree.
        let isHeld = "\(scene.machine.vocabulary.lock) is held"
        let note = scene.moment.isJudged ? nil : StyledText(isHeld, Style(.lock))
        return (StyledText("counters", .title), note)
    }

    private struct Line {
        var counter: Finding.Counter
        var name: String
        var recorded: UInt64
        var actual: UInt64
        var before: UInt64
    }

    private static func counters(_ scene: Scene) -> [Line] {
        scene.machine.counters.map { counter in
            Line(
                counter: counter, name: FindingsPane.name(of: counter, scene.state.run.version),
                recorded: scene.machine.recorded(counter),
                actual: scene.moment.counts.count(counter), before: scene.base.recorded(counter))
        }
    }

    /// Whether that the two differ is somebody's fault, not only of this moment.
    private static func isWrong(_ line: Line, _ scene: Scene) -> Bool {
        scene.moment.findings.contains(Finding(.miscount, counter: line.counter))
    }

    private static func tags(_ scene: Scene) -> [(name: String, tag: PageTree.Tag, count: Int)] {
        let counts = scene.moment.counts
        // Nothing tags the pages of tmpfs; the row is info->swapped's.
        if scene.machine.inode.fileSystem == .tmpfs {
            return [("dirty", .dirty, counts.dirty), ("writeback", .writeback, counts.writeback)]
        }
        return [
            ("dirty", .dirty, counts.dirty), ("towrite", .towrite, counts.towrite),
            ("writeback", .writeback, counts.writeback),
        ]
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        size.height == 1 ? PaneText([line(scene)]) : PaneText(table(scene, size.width))
    }

    private static func sign(_ line: Line, _ scene: Scene) -> StyledText {
        guard line.recorded != line.actual else { return StyledText("  ") }
        return isWrong(line, scene)
            ? StyledText(" " + scene.look[.wrong], .counterWrong)
            : StyledText(" " + scene.look[.notEqual], .dim)
    }

    private static func style(_ line: Line, _ scene: Scene) -> Style {
        let style: Style = isWrong(line, scene) ? .counterWrong : .counter
        return line.before != line.recorded ? style.with(.changed) : style
    }

    private static func table(_ scene: Scene, _ width: Int) -> [StyledText] {
        let look = scene.look
        var lines = [
            StyledText(
                "recorded".leftPadded(24) + "in the tree".leftPadded(12), .dim)
        ]
        for counter in counters(scene) {
            let recorded = look.counter(counter.recorded)
            var line = StyledText(counter.name).padded(to: 14)
            line.append(String(repeating: " ", count: max(0, 10 - recorded.count)))
            line.append(recorded, style(counter, scene))
            line.append("\(counter.actual)".leftPadded(12), .counter)
            lines.append(line + sign(counter, scene))
        }
        for (name, tag, count) in tags(scene) {
            let isSet = scene.machine.mapping.pageTree.isTagged(tag)
            let role: Role =
                tag == .dirty ? .tagDirty : tag == .towrite ? .tagTowrite : .tagWriteback
            var line = StyledText(name).padded(to: 14)
            line.append((isSet ? scene.machine.vocabulary.atRoot : "").leftPadded(10), Style(role))
            line.append("\(count)".leftPadded(12), count > 0 ? Style(role) : .dim)
            lines.append(line)
        }
        return lines
    }

    /// Everything in one line.
    private static func line(_ scene: Scene) -> StyledText {
        var text = StyledText()
        for counter in counters(scene) {
            text.append(counter.name + " ")
            text.append(scene.look.counter(counter.recorded), style(counter, scene))
            if counter.recorded != counter.actual {
                text.append(" (tree: \(counter.actual))", .text)
            }
            text += sign(counter, scene) + StyledText("  ")
        }
        for (name, _, count) in tags(scene) where count > 0 {
            text.append("\(name) \(count)  ", .dim)
        }
        return text
    }
}
