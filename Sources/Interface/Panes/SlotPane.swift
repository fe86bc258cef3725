import Canvas
import PageCache
import PageTree

/// The inspector: what stands at one index, word by word, and what it means for the file.
enum SlotPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        guard let index = scene.state.subject else {
            return (StyledText("slot", .title), nil)
        }
        var title = StyledText("index \(index)", .title)
        if let place = scene.machine.mapping.pageTree.find(PageIndex(index)) {
            if let id = place.node {
                let node = scene.machine.mapping.pageTree.node(id)
                let range = scene.look.range(
                    node.firstIndex.rawValue, node.lastIndex.rawValue)
                title.append("\(scene.look.dot)slot \(place.offset) of node \(range)")
            } else {
                title.append("\(scene.look.dot)in \(scene.machine.vocabulary.inRoot)")
            }
        }
        let isPinned = scene.state.choices.selected != nil
        let note = scene.state.keys.spell("selected, {escape} follows")
        return (title, isPinned ? StyledText(note, .dim) : nil)
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        guard let index = scene.state.subject else {
            return PaneText([StyledText("no page of the file was touched yet", .dim)])
        }
        let item = scene.machine.mapping.pageTree.item(at: PageIndex(index))
        if size.height == 1 { return PaneText([brief(index, item, scene)]) }
        var lines = [StyledText]()
        if let item {
            lines += word(item, scene)
        } else {
            lines.append(empty(index, scene))
        }
        lines += history(index, scene)
        if !scene.machine.isBareTree { lines.append(block(index, scene)) }
        return PaneText(lines)
    }

    /// One line: what stands there and what stood there.
    private static func brief(
        _ index: UInt64, _ item: PageTree.Item?, _ scene: Scene
    ) -> StyledText {
        var line = StyledText("index \(index): ", .title)
        if let item {
            line += name(item, scene)
        } else {
            line += empty(index, scene)
        }
        for finding in scene.moment.findings where finding.index == index {
            line.append(scene.look.dot)
            line.append(FindingsPane.describe(finding, scene), FindingsPane.style(of: finding))
        }
        return line
    }

    // MARK: The word

    /// What an entry is called, with its sign.
    static func name(_ item: PageTree.Item, _ scene: Scene) -> StyledText {
        let entry = scene.machine.describe(item.entry, at: item.indices)
        let order = item.order > 0 ? ", order \(item.order)" : ""
        return StyledText(
            scene.look[entry.kind.glyph] + " " + entry.name + order, entry.kind.style)
    }

    private static func word(_ item: PageTree.Item, _ scene: Scene) -> [StyledText] {
        var first = StyledText(scene.look.hex(item.entry.rawValue, digits: 16) + "  ")
        first += name(item, scene)
        for tag in item.tags.tags { first.append("  " + tag.name, tag.style) }
        let entry = scene.machine.describe(item.entry, at: item.indices)
        let facts = entry.facts.isEmpty ? [] : [StyledText(self.facts(entry, scene), .dim)]
        return [first] + (entry.page.map { describe($0, scene) } ?? []) + facts
    }

    /// What an entry says beside what it is.
    static func facts(_ entry: EntryDescription, _ scene: Scene) -> String {
        let facts = entry.facts.map { fact in
            switch fact {
            case .text(let text): text
            case .covers(let pages):
                "covers " + scene.look.range(pages.lowerBound, pages.upperBound)
            }
        }
        return facts.joined(separator: scene.look.dot)
    }

    /// What a page is: who has it and what it holds, then its flags and its buffer.
    static func describe(_ page: PageID, _ scene: Scene) -> [StyledText] {
        let found = scene.machine[page]
        var facts = [String]()
        facts.append(found.kindOfData)
        facts.append("_count \(found.references)")
        // The kernel counts from -1 on: 0 is one.
        facts.append("_mapcount \(found.mapCount - 1)")
        facts.append(scene.look.bytes(found.bytes))
        var state = found.flags.spelled.joined(separator: " ")
        if found.flags.contains(.hasBuffers) {
            state += scene.look.dot + "buffer " + found.buffer.spelled.joined(separator: " ")
        }
        let line =
            StyledText("\(page)", .title)
            + StyledText(": " + facts.joined(separator: scene.look.dot))
        if found.isReadAheadMark { state += scene.look.dot + "the read-ahead mark" }
        return state.isEmpty ? [line] : [line, StyledText("  " + state)]
    }

    private static func empty(_ index: UInt64, _ scene: Scene) -> StyledText {
        if let head = scene.machine.covering(index) {
            return StyledText("no entry of its own: the PMD entry at \(head) covers it", .dim)
        }
        return StyledText("nothing stands here", .dim)
    }

    // MARK: What stood there before, and the block

    /// The last change, and a page that stood here and is still somewhere.
    private static func history(_ index: UInt64, _ scene: Scene) -> [StyledText] {
        let look = scene.look
        var lines: [StyledText] = []
        let changes = scene.state.history.changes(of: index, upTo: scene.state.position)
            .filter(\.isOfEntry)
        if let gone = changes.last(where: { $0.before != nil }), let before = gone.before {
            var line = StyledText("before: ", .dim)
            line += name(before, scene)
            let end = gone.after == nil ? "deleted" : "replaced"
            line.append(", \(end) \(when(gone, scene))", .dim)
            lines.append(line)
        }
        if let came = changes.last, came.after != nil {
            lines.append(StyledText("put here \(when(came, scene))", .dim))
        }
        for finding in scene.moment.findings where finding.index == index {
            guard finding.kind == .leakedPage, let page = finding.page else { continue }
            var leaked = describe(page, scene)
            leaked[0] = StyledText(look[.leak] + " ", .leak) + leaked[0]
            leaked[0].append("\(look.dot)still thinks it is here")
            lines += leaked
        }
        return lines
    }

    /// `24 steps ago in radix_tree_delete`
    private static func when(_ change: History.Change, _ scene: Scene) -> String {
        let step = scene.timeline.steps[change.position - 1]
        let function = scene.timeline.kernel.listings[Int(step.function)].name
        let ago = scene.state.position - change.position
        let time = ago == 0 ? "just now" : counted(ago, "step") + " ago"
        return "\(time) in \(function)"
    }

    private static func block(_ index: UInt64, _ scene: Scene) -> StyledText {
        let look = scene.look
        let now = scene.machine.blocks.lookup(index)
        let before = scene.base.blocks.state(index)
        var line = StyledText("file block \(index): ", .dim)
        let role: Role =
            now.state == .hole ? .hole : now.state == .written ? .written : .unwritten
        let style = Style(role)
        line.append(now.state.rawValue, before == now.state ? style : style.with(.changed))
        guard now.isAllocated else {
            let room = now.state == .hole ? "nothing is allocated" : "room is reserved, no block"
            return line + StyledText(", " + room, .dim)
        }
        let sector = look.hex(now.physical * PageCache.Geometry.sectorsPerPage)
        line.append(", device block \(now.physical), sector \(sector)", .dim)
        return line
    }
}

extension Page {
    /// What it holds, in a few words.
    var kindOfData: String {
        isAnonymous ? "a private copy" : isZeroPage ? "zeroes for a hole" : "data of the file"
    }
}
