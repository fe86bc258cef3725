import Canvas
import PageCache
import RadixTree

/// What the counters say, beside what the tree holds.
enum CountersPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        var note: StyledText?
        if isInHand(scene) { note = StyledText("tree_lock is held", Style(.lock)) }
        return (StyledText("counters", .title), note)
    }

    /// While a task holds tree_lock the counters may differ from the tree for a moment.
    private static func isInHand(_ scene: Scene) -> Bool {
        !scene.moment.isJudged
    }

    private struct Line {
        var name: String
        var recorded: UInt64
        var actual: UInt64
        var before: UInt64
        /// It must always say what is in the tree, while nobody holds tree_lock.
        var isStrict = true
    }

    private static func counters(_ scene: Scene) -> [Line] {
        let mapping = scene.machine.mapping
        let counts = scene.moment.counts
        let exceptional = scene.state.run.version < .v6 ? "nrshadows" : "nrexceptional"
        var lines = [
            Line(
                name: "nrpages", recorded: mapping.nrpages, actual: counts.pages,
                before: scene.base.mapping.nrpages),
            Line(
                name: exceptional, recorded: mapping.nrexceptional, actual: counts.exceptional,
                before: scene.base.mapping.nrexceptional),
        ]
        if scene.machine.inode.fileSystem == .tmpfs {
            // Counted under another lock, before the tree changes or after it.
            lines.append(
                Line(
                    name: "info->swapped", recorded: scene.machine.inode.swapped,
                    actual: counts.swap, before: scene.base.inode.swapped, isStrict: false))
        }
        return lines
    }

    private static func tags(_ scene: Scene) -> [(name: String, tag: RadixTree.Tag, count: Int)] {
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
        return isInHand(scene) || !line.isStrict
            ? StyledText(" " + scene.look[.notEqual], .dim)
            : StyledText(" " + scene.look[.wrong], .counterWrong)
    }

    private static func style(_ line: Line, _ scene: Scene) -> Style {
        let isWrong = line.recorded != line.actual && line.isStrict && !isInHand(scene)
        let style: Style = isWrong ? .counterWrong : .counter
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
            line.append((isSet ? "at root" : "").leftPadded(10), Style(role))
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
