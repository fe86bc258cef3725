import Canvas
import PageCache
import PageTree
import Stepping

/// One page of the file: its entry bit by bit, what it points to, who maps it, and everything that
/// ever happened to it.
enum InspectorView {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        guard let index = scene.state.subject else {
            return (StyledText("inspector", .title), nil)
        }
        let isPinned = scene.state.choices.selected != nil
        return (
            StyledText("page \(index) of the file", .title),
            StyledText(
                scene.state.keys.spell(
                    isPinned
                        ? "selected, {escape} follows the story"
                        : "{next-entry} {previous-entry} other entries"), .dim)
        )
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        guard let index = scene.state.subject else {
            return PaneText([StyledText("No page of the file was touched yet.", .dim)])
        }
        var lines = word(index, scene)
        lines += place(index, scene)
        lines += memory(index, scene)
        lines += mappings(index, scene)
        lines.append(StyledText())
        lines += history(index, scene, size.width)
        return PaneText(lines)
    }

    private static func field(_ name: String, _ value: StyledText) -> StyledText {
        StyledText(name, .dim).padded(to: 14) + value
    }

    // MARK: The word in the slot

    private static func word(_ index: UInt64, _ scene: Scene) -> [StyledText] {
        let look = scene.look
        guard let item = scene.machine.mapping.pageTree.item(at: PageIndex(index)) else {
            return [field("entry", StyledText("none: nothing stands at this index", .dim))]
        }
        let entry = scene.machine.describe(item.entry, at: item.indices)
        var lines = [field("entry", SlotPane.name(item, scene))]
        if item.order > 0 {
            let range = look.range(
                item.indices.lowerBound.rawValue, item.indices.upperBound.rawValue)
            lines.append(field("  indices", StyledText(range)))
        }
        lines.append(field("word", StyledText(look.hex(item.entry.rawValue, digits: 16))))
        for part in entry.fields {
            let digits = part.digits.map { StyledText($0, .title) } ?? StyledText()
            lines.append(field("  " + part.name, digits + StyledText(part.meaning, .dim)))
        }
        if let page = entry.page {
            lines += self.page(page, scene)
        } else if entry.isOpaque {
            lines.append(field("  payload", StyledText(SlotPane.facts(entry, scene))))
        }
        return lines + [tags(item, scene)]
    }

    private static func tags(_ item: PageTree.Item, _ scene: Scene) -> StyledText {
        let name = scene.machine.vocabulary.tags
        guard !item.tags.isEmpty else { return field(name, StyledText("none", .dim)) }
        var text = StyledText()
        for tag in item.tags.tags { text.append(tag.name + " ", tag.style) }
        return field(name, text)
    }

    private static func page(_ page: PageID, _ scene: Scene) -> [StyledText] {
        let found = scene.machine[page]
        let mapping =
            found.isAnonymous
            ? "none: copied from page \(found.index)"
            : found.hasMapping ? "this file, index \(found.index)" : "none: it left the cache"
        let buffer =
            found.flags.contains(.hasBuffers)
            ? [field("  buffer", StyledText(found.buffer.spelled.joined(separator: " ")))] : []
        return [
            field("\(page)", StyledText(found.kindOfData)),
            field("  mapping", StyledText(mapping)),
            field("  _count", StyledText("\(found.references)")),
            // The kernel counts from -1 on: 0 is one.
            field(
                "  _mapcount",
                StyledText("\(found.mapCount - 1)")
                    + StyledText(
                        found.mapCount == 0
                            ? "  nobody maps it"
                            : found.mapCount == 1
                                ? "  one page table entry maps it"
                                : "  \(found.mapCount) page table entries map it", .dim)),
            field("  flags", flags(found)),
        ] + buffer + [field("  bytes", StyledText(scene.look.runs(found.bytes)))]
    }

    private static func flags(_ page: Page) -> StyledText {
        let names = StyledText(page.flags.spelled.joined(separator: " "))
        guard page.isReadAheadMark else { return names }
        // One bit has two names.
        return names + StyledText("  PG_reclaim here is PG_readahead: the mark", .dim)
    }

    // MARK: Where it is

    private static func place(_ index: UInt64, _ scene: Scene) -> [StyledText] {
        let tree = scene.machine.mapping.pageTree
        var lines: [StyledText] = []
        let slots = tree.way(to: PageIndex(index))
        if !slots.isEmpty {
            let way = slots.map { "\($0)" }.joined(separator: " \(scene.look[.arrowRight]) ")
            lines.append(
                field("way down", StyledText("slots \(way)") + StyledText(", six bits each", .dim)))
        }
        if let id = tree.find(PageIndex(index))?.node { lines += words(of: tree.node(id), scene) }
        for finding in scene.moment.findings where finding.index == index {
            lines.append(
                field(
                    "finding",
                    StyledText(
                        FindingsPane.describe(finding, scene), FindingsPane.style(of: finding))))
            if finding.kind == .leakedPage, let page = finding.page {
                lines += self.page(page, scene)
            }
        }
        return lines
    }

    /// The node that holds the entry, where its words are shown one by one.
    private static func words(of node: PageTree.Node, _ scene: Scene) -> [StyledText] {
        guard !node.words.isEmpty else { return [] }
        let range = scene.look.range(node.firstIndex.rawValue, node.lastIndex.rawValue)
        return [field("node", StyledText(range))]
            + node.words.map { word in
                let text =
                    word.bits > 8
                    ? scene.look.hex(word.value, digits: word.bits / 4) : "\(word.value)"
                return field(
                    "  " + word.name, StyledText(text, .title) + StyledText(word.meaning, .dim))
            }
    }

    private static func memory(_ index: UInt64, _ scene: Scene) -> [StyledText] {
        let look = scene.look
        let block = scene.machine.blocks.lookup(index)
        guard block.isAllocated else {
            let text =
                block.state == .hole
                ? "a hole: nothing is allocated"
                : "delayed allocation: room is reserved, there is no block yet"
            return [field("block", StyledText(text, .dim))]
        }
        let line = scene.machine.memory.line(block.physical)
        let place = StyledText(
            "\(block.state.rawValue), block \(block.physical) of the device")
        var lines = [field("block", place)]
        lines.append(field("  durable", StyledText(look.runs(line.durable))))
        if !line.pending.isEmpty {
            lines.append(field("  on its way", StyledText(look.runs(line.pending))))
        }
        if !line.cached.isEmpty {
            lines.append(
                field(
                    "  CPU cache",
                    StyledText(look.runs(line.cached), Style(.cachedOnly))
                        + StyledText("  only there", .dim)))
        }
        return lines
    }

    private static func mappings(_ index: UInt64, _ scene: Scene) -> [StyledText] {
        let lines = scene.machine.vmas.filter { $0.isMapped && $0.contains(index) }.map { vma in
            let (text, style) = MappingsPane.content(of: index, vma, scene.machine)
            return field(
                "in \(vma.name)",
                StyledText(text, style) + StyledText(remarks(on: index, vma, scene), .dim))
        }
        return lines.isEmpty ? [field("mapped", StyledText("by nobody", .dim))] : lines
    }

    /// What else a mapping and its page table say: `, accessed · PROT_READ · MADV_RANDOM`.
    private static func remarks(on index: UInt64, _ vma: VMA, _ scene: Scene) -> String {
        var remarks: [String] = []
        if vma.pmd(of: index) == .table, let pte = vma.ptes[index] {
            remarks.append(pte.isYoung ? "accessed" : "not accessed since reclaim looked")
            if pte.isDirty { remarks.append("dirty") }
        }
        if !vma.allowsStores { remarks.append("PROT_READ") }
        if vma.advice != .normal {
            remarks.append("MADV_" + vma.advice.rawValue.uppercased())
        }
        return remarks.map { scene.look.dot + $0 }.joined()
    }

    // MARK: Its past

    /// Every change, with the function that made it; what is still to come is dim.
    private static func history(
        _ index: UInt64, _ scene: Scene, _ width: Int
    ) -> [StyledText] {
        let look = scene.look
        let changes = scene.state.history.changes(of: index, upTo: .max)
        guard !changes.isEmpty else {
            return [StyledText("Nothing ever stands here in this story.", .dim)]
        }
        var lines = [StyledText("Its story:", .title)]
        for change in changes {
            let isPast = change.position <= scene.state.position
            let isNow = change.position == scene.state.position
            var line = StyledText(isNow ? look[.current] : " ", .key)
            line.append("\(change.position)".leftPadded(6) + "  ", Style(.lineNumber))
            line += describe(change, scene)
            let step = scene.timeline.steps[change.position - 1]
            let name = scene.timeline.kernel.listings[Int(step.function)].name
            line = line.with(right: StyledText(name, Style(.source)), width: width - 2)
            if !isPast { line = StyledText(line.plain, .dim) }
            lines.append(line)
        }
        return lines
    }

    /// What a change was, in a few words.
    static func describe(_ change: History.Change, _ scene: Scene) -> StyledText {
        switch (change.before, change.after) {
        case (nil, let after?):
            return SlotPane.name(after, scene) + StyledText(" put here")
                + tagged(after.tags, scene)
        case (let before?, nil):
            return SlotPane.name(before, scene) + StyledText(" deleted")
        case (let before?, let after?) where change.isOfEntry:
            return SlotPane.name(before, scene) + StyledText(" replaced by ")
                + SlotPane.name(after, scene) + tagged(after.tags, scene)
        case (let before?, let after?):
            var text = tagged(after.tags.subtracting(before.tags), scene, after: "")
            for tag in before.tags.subtracting(after.tags).tags {
                text += StyledText(tag.name, tag.style) + StyledText(" cleared ")
            }
            return text
        case (nil, nil): return StyledText()
        }
    }

    private static func tagged(
        _ tags: PageTree.TagSet, _ scene: Scene, after blank: String = " "
    ) -> StyledText {
        guard !tags.isEmpty else { return StyledText() }
        var text = StyledText(blank + scene.machine.vocabulary.tagged + " ")
        for tag in tags.tags { text += StyledText(tag.name + " ", tag.style) }
        return text
    }
}
