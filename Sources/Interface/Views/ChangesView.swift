import Canvas
import Kernel
import PageCache

/// What is different between two moments: the marks A and B, or the start of the operation and now.
enum ChangesView {
    /// The two positions, the earlier one first.
    static func range(_ state: InterfaceState) -> (from: Int, to: Int) {
        // A mark on another kernel is no moment of this run.
        let marks = state.choices.marks.filter { $0.value.version == state.run.version }
            .mapValues { min($0.position, state.timeline.end) }
        let a = marks[.a]
        let b = marks[.b]
        switch (a, b) {
        case (let a?, let b?): return (min(a, b), max(a, b))
        case (let mark?, nil), (nil, let mark?):
            return (min(mark, state.position), max(mark, state.position))
        case (nil, nil): return (state.moment.basePosition, state.position)
        }
    }

    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let (from, to) = range(scene.state)
        let title =
            StyledText("what changed", .title)
            + StyledText("\(scene.look.dot)step \(from) to step \(to)")
        let hasMarks = !scene.state.choices.marks.isEmpty
        let note = scene.state.keys.spell(
            "{mark-a} and {mark-b} " + (hasMarks ? "move the marks" : "set marks"))
        return (title, StyledText(note, .dim))
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let (from, to) = range(scene.state)
        let before = scene.timeline.machine(at: from)
        let after = scene.timeline.machine(at: to)
        let comparison = Comparison(scene, before, after)
        return PaneText(comparison.lines(width: size.width))
    }
}

/// The differences of two machines, as lines.
struct Comparison {
    let scene: Scene
    let before: Machine
    let after: Machine

    /// Trees beyond this many nodes are not compared just because an operation has ended: the
    /// rest of such a machine is as large.
    static let nodeLimit = 512

    init(_ scene: Scene, _ before: Machine, _ after: Machine) {
        self.scene = scene
        self.before = before
        self.after = after
    }

    func lines(width: Int) -> [StyledText] {
        let parts = [counters(), tree(), mappings(), blocks(), pages(), memory(), console()]
        let found = parts.filter { !$0.isEmpty }
        guard !found.isEmpty else {
            return [StyledText("Nothing that this program models has changed.", .dim)]
        }
        return found.joined(separator: [StyledText()]).flatMap {
            $0.wrapped(to: width, hanging: 16)
        }
    }

    private func line(_ name: String, _ was: String, _ now: String, _ style: Style = .text)
        -> StyledText
    {
        StyledText(name, .dim).padded(to: 16) + StyledText(was)
            + StyledText(" \(scene.look[.arrowRight]) ", .dim) + StyledText(now, style)
    }

    private func counters() -> [StyledText] {
        let look = scene.look
        let counters = after.counters.filter { $0 != .swapped }.map { counter in
            (
                FindingsPane.name(of: counter, scene.state.run.version),
                look.counter(before.recorded(counter)), look.counter(after.recorded(counter))
            )
        }
        let values: [(String, String, String)] =
            counters + [
                (
                    after.mapping.pageTree.measure, Self.reach(before), Self.reach(after)
                ),
                (
                    "nodes", "\(before.mapping.pageTree.nodeCount)",
                    "\(after.mapping.pageTree.nodeCount)"
                ),
                ("file size", "\(before.inode.size)", "\(after.inode.size)"),
            ]
        return values.filter { $0.1 != $0.2 }.map { line($0.0, $0.1, $0.2, .changed) }
    }

    private static func reach(_ machine: Machine) -> String {
        machine.mapping.pageTree.reachNumber.map { "\($0)" } ?? "none"
    }

    /// Entries that came, went or were tagged; the first hundred.
    private func tree() -> [StyledText] {
        let old = before.mapping.pageTree
        let new = after.mapping.pageTree
        var lines: [StyledText] = []
        var count = 0
        new.forEachChange(since: old) { indices, was, now in
            count += 1
            guard count <= 100 else { return }
            let change = History.Change(
                position: 0, indices: indices, before: was, after: now)
            lines.append(
                StyledText(scene.look.indices(indices), .dim).padded(to: 16)
                    + InspectorView.describe(change, scene))
        }
        return lines + (count > 100 ? [StyledText("and \(count - 100) more", .dim)] : [])
    }

    private func mappings() -> [StyledText] {
        var lines: [StyledText] = []
        for (number, vma) in after.vmas.enumerated() {
            guard before.vmas.indices.contains(number), before.vmas[number].isMapped else {
                if vma.isMapped { lines.append(StyledText("\(vma.name): mapped", .changed)) }
                continue
            }
            let old = before.vmas[number]
            guard vma.isMapped else {
                lines.append(StyledText("\(vma.name): unmapped", .changed))
                continue
            }
            let pages = Set(old.ptes.keys).union(vma.ptes.keys).union(
                Set(old.pmds.keys).union(vma.pmds.keys).map {
                    UInt64(max(Int64(vma.first), vma.firstPage(ofRegion: $0)))
                })
            for page in pages.sorted().prefix(20) {
                let was = MappingsPane.content(of: page, old, before).text
                let now = MappingsPane.content(of: page, vma, after)
                guard was != now.text else { continue }
                lines.append(line("\(vma.name)[\(page)]", was, now.text, now.style))
            }
        }
        return lines
    }

    private func blocks() -> [StyledText] {
        guard before.blocks.runs != after.blocks.runs else { return [] }
        func spell(_ machine: Machine) -> String {
            let runs = machine.blocks.runs.prefix(4).map {
                "\(scene.look.range($0.first, $0.end - 1)) \($0.state.rawValue)"
            }
            let more = machine.blocks.runs.count > 4 ? ", and more" : ""
            return runs.isEmpty ? "all a hole" : runs.joined(separator: ", ") + more
        }
        return [line("blocks", spell(before), spell(after))]
    }

    private func pages() -> [StyledText] {
        var lines: [StyledText] = []
        let known = Set(before.pages.keys).union(after.pages.keys)
        for id in known.sorted(by: { $0.number < $1.number }) {
            let old = before.pages[id]
            let new = after.pages[id]
            guard old != new, lines.count < 20 else { continue }
            lines.append(line("page \(id)", facts(old), facts(new)))
        }
        return lines
    }

    private func facts(_ page: Page?) -> String {
        guard let page, page.references > 0 else { return "free" }
        let flags = page.flags.spelled.map { " " + $0 }.joined()
        return "_count \(page.references), _mapcount \(page.mapCount - 1)"
            + (page.isAnonymous ? ", a private copy" : page.hasMapping ? "" : ", not in the file")
            + (flags.isEmpty ? "" : "," + flags)
    }

    private func memory() -> [StyledText] {
        let blocks = Set(before.memory.lines.keys).union(after.memory.lines.keys)
        let changed = blocks.sorted().filter { before.memory.line($0) != after.memory.line($0) }
        return changed.prefix(10).map { block in
            let name = after.blocks.fileBlock(ofPhysical: block).map { "page \($0)" }
            return line(
                name ?? "block \(block)", spell(before.memory.line(block)),
                spell(after.memory.line(block)))
        }
    }

    private func spell(_ line: PersistentMemory.Line) -> String {
        let look = scene.look
        var text = "durable " + look.bytes(line.durable)
        if let pending = look.bytes(line.pending) { text += ", pending " + pending }
        if let cached = look.bytes(line.cached) { text += ", cached " + cached }
        if !line.promised.isEmpty { text += ", promised" }
        return text
    }

    private func console() -> [StyledText] {
        after.console.dropFirst(before.console.count).prefix(10).map {
            StyledText("console", .dim).padded(to: 16) + StyledText(scene.look.text($0.text))
        }
    }
}
