import Canvas
import Kernel
import PageCache

/// What the audit finds wrong, each with the step that made it so.
enum FindingsPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let count = scene.moment.findings.count
        let title = StyledText("findings", .title)
        guard count > 0 else { return (title, nil) }
        return (title + StyledText(" \(count)", .counterWrong), nil)
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let findings = scene.moment.findings
        guard !findings.isEmpty else {
            return PaneText([
                StyledText("\(scene.look[.good]) ", .good)
                    + StyledText("the audit finds nothing wrong", .dim)
            ])
        }
        if size.height == 1 { return PaneText([summary(findings, scene)]) }
        return PaneText(findings.map { line($0, scene, size.width) })
    }

    private static func line(_ finding: Finding, _ scene: Scene, _ width: Int) -> StyledText {
        let episode = scene.timeline.episode(of: finding, at: scene.state.position)
        let isNew = episode.map { $0.born > scene.moment.basePosition } ?? false
        var text = StyledText(sign(finding, scene.look) + " ", style(of: finding))
        text.append(describe(finding, scene), isNew ? Style.text.with(.changed) : .text)
        guard let episode else { return text }
        let step = "step \(episode.born)"
        // Until then somebody has it in hand, and nobody else could see it.
        let later = episode.seen > scene.state.position ? ", seen at \(episode.seen)" : ""
        let long = text.with(right: StyledText(step + later, .dim), width: width)
        return long.width > text.width
            ? long : text.with(right: StyledText(step, .dim), width: width)
    }

    /// The findings side by side, for a pane of one line.
    private static func summary(_ findings: [Finding], _ scene: Scene) -> StyledText {
        var text = StyledText()
        for finding in findings {
            text.append(sign(finding, scene.look) + " ", style(of: finding))
            text.append(describe(finding, scene) + "  ")
        }
        return text
    }

    static func sign(_ finding: Finding, _ look: Look) -> String {
        switch finding.kind {
        case .orphan: look[.orphan]
        case .leakedPage: look[.leak]
        default: look[.wrong]
        }
    }

    static func style(of finding: Finding) -> Style {
        switch finding.kind {
        case .orphan: .orphan
        case .leakedPage: .leak
        case .miscount, .brokenTree, .brokenPage: .counterWrong
        default: .warning
        }
    }

    /// A few words; the inspector and `w` tell the rest.
    static func describe(_ finding: Finding, _ scene: Scene) -> String {
        let index = finding.index.map { "\($0)" } ?? "?"
        let page = finding.page.map { "\($0)" } ?? "?"
        switch finding.kind {
        case .orphan: return "orphan: zero page \(page) at \(index)"
        case .leakedPage: return "leaked: page \(page), was at \(index)"
        case .overlap: return "overlap at \(index), under a PMD entry"
        case .undurable: return "page \(index) synced, not durable"
        case .lostStore: return "lost store: page \(index)"
        case .staleMapping: return "stale mapping: \(finding.map!)[\(index)]"
        case .writableClean: return "writable, clean: \(finding.map!)[\(index)]"
        case .brokenTree:
            return "\(finding.nodeName): its \(scene.look.part(finding.part!)) is wrong"
        case .brokenPage:
            return "page \(page): its \(scene.look.part(finding.part!)) is wrong"
        case .deadlock: return "deadlock: " + finding.tasks.joined(separator: ", ")
        case .atomicSleep:
            return "\(finding.tasks[0]) sleeps, holding \(scene.machine.vocabulary.lock)"
        case .miscount:
            return "miscount: \(name(of: finding.counter!, scene.state.run.version))"
        }
    }

    /// What a kernel calls a counter.
    static func name(of counter: Finding.Counter, _ version: KernelVersion) -> String {
        switch counter {
        case .nrpages: "nrpages"
        case .nrexceptional: version < .v6 ? "nrshadows" : "nrexceptional"
        case .swapped: "info->swapped"
        }
    }
}
