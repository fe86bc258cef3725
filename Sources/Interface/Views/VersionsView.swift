import Canvas
import Kernel
import PageCache

/// Up to four kernels side by side, each after the same operation; what is not as on the first is
/// marked.
enum VersionsView {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        guard scene.state.choices.comparedBranches.isEmpty else {
            return (StyledText("branches side by side", .title), nil)
        }
        let title = StyledText("kernels side by side", .title)
        if scene.state.choices.branch > 0, scene.scenario.countsStatements {
            return (title, StyledText("a branch that counts statements has one kernel", .dim))
        }
        guard let span = scene.moment.span else {
            return (title, StyledText("before the first operation", .dim))
        }
        let operation = scene.look.operation(scene.timeline.spans[span])
        return (title, StyledText("after " + operation, .dim))
    }

    private typealias Cell = (text: String, style: Style)

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let label = size.width >= 100 ? 16 : 14
        let siblings = fitting(scene.state.siblings, (size.width - label) / leastWidth)
        guard !siblings.isEmpty else { return PaneText([]) }
        let width = max(8, (size.width - label) / siblings.count)
        var header = StyledText("").padded(to: label)
        for sibling in siblings {
            let name = StyledText(
                sibling.name, sibling.isShown ? Style(.title).with(.current) : .title)
            header += name.padded(to: width)
        }
        var lines: [StyledText] = []
        for (name, cells) in rows(scene, siblings) {
            lines += line(name, cells, label: label, width: width, scene.look)
        }
        let hidden = scene.state.siblings.count - siblings.count
        if hidden > 0 {
            let text = "No room for \(hidden) more; :compare chooses."
            lines += StyledText(text, .dim).wrapped(to: size.width)
        }
        return PaneText(fixed: [header], lines)
    }

    /// A column below this many columns says nothing.
    private static let leastWidth = 12

    /// The first few, the one that is shown among them.
    private static func fitting(_ all: [Sibling], _ count: Int) -> [Sibling] {
        let count = max(1, count)
        guard all.count > count else { return all }
        let first = Array(all.prefix(count))
        guard !first.contains(where: \.isShown), let shown = all.first(where: \.isShown) else {
            return first
        }
        return first.dropLast() + [shown]
    }

    /// A row of the table, on as many lines as its widest cell needs.
    private static func line(
        _ name: String, _ cells: [Cell], label: Int, width: Int, _ look: Look
    ) -> [StyledText] {
        let wrapped = cells.enumerated().map { number, cell -> [StyledText] in
            let differs = number > 0 && cell.text != cells[0].text
            var text = StyledText(differs ? look[.notEqual] + " " : "", Style(.differs))
            text.append(cell.text, differs && cell.style == .text ? Style(.differs) : cell.style)
            return text.wrapped(to: width - 2)
        }
        let height = wrapped.map(\.count).max() ?? 1
        return (0..<height).map { row in
            var line = StyledText(row == 0 ? name : "", .dim).padded(to: label)
            for (number, cell) in wrapped.enumerated() {
                let piece = cell.indices.contains(row) ? cell[row] : StyledText()
                // Blanks at the end would be cut, and look as if something was.
                line += number == wrapped.count - 1 ? piece : piece.padded(to: width)
            }
            return line
        }
    }

    // MARK: Rows

    private static func rows(
        _ scene: Scene, _ siblings: [Sibling]
    ) -> [(name: String, cells: [Cell])] {
        let look = scene.look
        func row(_ name: String, _ cell: (Sibling) -> Cell) -> (name: String, cells: [Cell]) {
            (name, siblings.map(cell))
        }
        let counters = Finding.Counter.allCases.filter { counter in
            counter != .swapped && siblings.contains { $0.machine.counters.contains(counter) }
        }
        var rows = counters.map { name in
            row(name.rawValue) {
                counter($0.machine.recorded(name), $0.counts.count(name), look)
            }
        }
        rows.append(
            row("tree") {
                let tree = $0.machine.mapping.pageTree
                return ("\(tree.reach), \(counted(tree.nodeCount, "node"))", .text)
            })
        for index in indices(siblings) {
            rows.append(row("index \(index)") { entry($0, index, scene) })
        }
        if let page = scene.state.subject {
            rows.append(
                row("block \(page)") { ($0.machine.blocks.state(page).rawValue, .text) })
            for name in mappings(siblings) {
                rows.append(row("\(name)[\(page)]") { mapping($0, name, page, scene) })
            }
        }
        rows.append(row("outcome") { outcome($0, look) })
        rows.append(row("findings") { findings($0) })
        rows.append(
            row("console") { sibling in
                let lines = sibling.machine.console.filter { $0.level != .debug }
                return (look.text(lines.last?.text ?? "quiet"), lines.isEmpty ? .dim : .warning)
            })
        return rows
    }

    private static func counter(_ recorded: UInt64, _ actual: UInt64, _ look: Look) -> Cell {
        guard recorded != actual else { return ("\(recorded)", .text) }
        return ("\(look.counter(recorded)) \(look[.wrong]) tree: \(actual)", .counterWrong)
    }

    /// What stands in any of the trees, the first few.
    private static func indices(_ siblings: [Sibling]) -> [UInt64] {
        var found = Set<UInt64>()
        for sibling in siblings {
            for entry in sibling.machine.mapping.pageTree.entries().prefix(6) {
                found.insert(entry.index.rawValue)
            }
        }
        return Array(found.sorted().prefix(6))
    }

    private static func entry(_ sibling: Sibling, _ index: UInt64, _ scene: Scene) -> Cell {
        let tree = sibling.machine.mapping.pageTree
        guard let content = tree.item(at: PageIndex(index)) else { return ("nothing", .dim) }
        let kind = Audit.kind(of: content.entry, in: sibling.machine)
        let isOrphan = sibling.findings.contains { $0.kind == .orphan && $0.index == index }
        let tags = content.tags.tags.map { " " + $0.name }.joined()
        let sign = scene.look[isOrphan ? .orphan : kind.glyph]
        return (
            "\(sign) \(isOrphan ? "orphan, a " : "")\(kind.label(tree.vocabulary))\(tags)",
            isOrphan ? .orphan : kind.style
        )
    }

    private static func mappings(_ siblings: [Sibling]) -> [String] {
        var names: [String] = []
        for vma in siblings.flatMap(\.machine.vmas) where vma.isMapped && !names.contains(vma.name)
        {
            names.append(vma.name)
        }
        return Array(names.prefix(4))
    }

    private static func mapping(
        _ sibling: Sibling, _ name: String, _ page: UInt64, _ scene: Scene
    ) -> Cell {
        guard let number = sibling.machine.vma(named: name) else { return ("unmapped", .dim) }
        let vma = sibling.machine.vmas[number]
        guard vma.contains(page) else { return ("does not map it", .dim) }
        let content = MappingsPane.content(of: page, vma, sibling.machine)
        let value = sibling.machine.bytes(of: page, through: vma)
        let reads = value.map { ", reads " + scene.look.bytes($0) } ?? ""
        return (content.text + reads, content.style)
    }

    private static func outcome(_ sibling: Sibling, _ look: Look) -> Cell {
        if let bug = sibling.machine.bug { return ("\(bug.noun) at \(bug.location)", .bug) }
        guard let span = sibling.span else { return ("not reached", .dim) }
        if let refusal = span.refusal { return (look.text(refusal), .warning) }
        guard let task = sibling.machine.tasks.first(where: { $0.name == span.task }) else {
            return ("", .text)
        }
        if let signal = task.outcome.signal { return (signal, .warning) }
        if let value = look.value(of: task.outcome) {
            let verb = span.operation?.isRead == true ? "read" : "stored"
            return ("\(verb) \(value)", .text)
        }
        return ("returned \(task.outcome.code)", .text)
    }

    private static func findings(_ sibling: Sibling) -> Cell {
        var kinds: [String] = []
        for finding in sibling.findings where !kinds.contains(finding.kind.rawValue) {
            kinds.append(finding.kind.rawValue)
        }
        return kinds.isEmpty ? ("none", .good) : (kinds.joined(separator: ", "), .counterWrong)
    }
}
