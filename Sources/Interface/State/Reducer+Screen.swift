import Canvas
import PageCache
import PageTree

extension InterfaceState {
    mutating func reduceScreen(_ action: Action) -> [Effect] {
        switch action {
        case .digit(let digit):
            choices.count = min((choices.count ?? 0) * 10 + digit, 1_000_000_000)
        case .scroll(let lines): scroll(by: lines)
        case .page(let pages): page(by: pages)
        case .focus(let direction): focus(direction)
        case .select(let page): choices.selected = page
        case .view(let kind): turn(to: kind)
        case .pan(let steps): pan(by: steps)
        case .zoom(let steps): zoom(by: steps)
        case .entry(let steps): selectEntry(by: steps)
        case .inspect: turn(to: .inspector)
        case .compare(let versions):
            choices.compared = versions
            choices.message = versions.first { !run.scenario.isAbout($0) }.map(refusal(of:))
            choices.comparedBranches = []
            turn(to: .versions)
        case .nextView(let direction):
            let all = ViewKind.allCases
            let at = all.firstIndex(of: choices.view) ?? 0
            turn(to: all[(at + direction + all.count) % all.count])
        case .ascii(let isASCII): glyphs = isASCII ? .ascii : .utf8
        case .resize(let size): choices.size = size
        case .quiz(let isOn): choices.isQuiz = isOn
        case .present(let isOn): choices.isPresenting = isOn
        case .say(let text): choices.message = text
        case .mouse(let isOn): return [.mouse(isOn)]
        case .theme(let name):
            guard let theme = Theme.named(name) else {
                let names = Theme.all.map(\.name).joined(separator: ", ")
                choices.message = "no theme is named \(name); there are \(names)"
                return []
            }
            return [.theme(theme)]
        case .pointer(let mouse): point(mouse)
        default: break
        }
        return []
    }

    private mutating func focus(_ direction: Int) {
        let panes = layout.panes
        guard !panes.isEmpty else { return }
        let at = panes.firstIndex(of: choices.focus) ?? -direction
        choices.focus = panes[(at + direction + panes.count) % panes.count]
    }

    private mutating func page(by pages: Int) {
        if case .help(let filter, let selected) = choices.mode {
            let count = HelpScreen.commands(filter.text, keys).count
            let to = min(max(0, selected + pages * 10), max(0, count - 1))
            choices.mode = .help(filter, selected: to)
        } else {
            scroll(by: pages * max(1, layout.height(of: choices.focus) - 1))
        }
    }

    /// In the tree and the file map j and k go from entry to entry; elsewhere they scroll.
    private mutating func scroll(by lines: Int) {
        let isMap = choices.view == .map && choices.focus == .body
        // Before anything has run the start page stands there.
        let isTree = choices.focus == .tree && moment.place != .start
        guard !isTree, !isMap else { return selectEntry(by: lines) }
        let range = layout.scrollRange(of: choices.focus, self)
        let now = min(max(range.lowerBound, choices.scroll[choices.focus] ?? 0), range.upperBound)
        let then = min(max(range.lowerBound, now + lines), range.upperBound)
        choices.scroll[choices.focus] = then == 0 ? nil : then
    }

    /// The file page whose slot was clicked.
    private mutating func selectSlot(at point: Point) {
        guard let rect = layout.rect(of: .tree), moment.place != .start else { return }
        let scene = Scene(self, form: layout.form)
        let place = Point(point.x - rect.x, point.y - rect.y)
        guard let index = TreePane.index(at: place, scene, rect.size) else { return }
        choices.selected = index
        addToAnswer(index)
    }

    mutating func selectEntry(by steps: Int) {
        let tree = machine.mapping.pageTree
        for _ in 0..<min(abs(steps), 1000) {
            let next = steps > 0 ? tree.entry(after: subject) : tree.entry(before: subject)
            guard let next else { return }
            choices.selected = next
            if case .answer = choices.mode { choices.mode = .answer(LineEdit("index \(next)")) }
        }
    }

    /// Another view; the focus goes to it, or back to the tree.
    private mutating func turn(to kind: ViewKind) {
        choices.view = kind
        choices.focus = kind == .tree ? .tree : .body
        choices.scroll[.body] = nil
    }

    private mutating func zoom(by steps: Int) {
        var camera = choices.cameras[choices.view] ?? Camera()
        camera.zoom = min(max(-40, camera.zoom + steps), 40)
        choices.cameras[choices.view] = camera == Camera() ? nil : camera
    }

    private mutating func pan(by steps: Int) {
        var camera = choices.cameras[choices.view] ?? Camera()
        camera.origin = Body.panned(by: steps, self)
        choices.cameras[choices.view] = camera
    }

    private mutating func point(_ mouse: Mouse) {
        switch mouse.action {
        case .wheelUp: wheel(-1, mouse.position)
        case .wheelDown: wheel(1, mouse.position)
        case .press(1):
            choices.isScrubbing = layout.timeline.contains(mouse.position)
            if choices.isScrubbing {
                scrub(to: mouse.position)
            } else if let pane = layout.pane(at: mouse.position) {
                // The line of an answer keeps the keys; a click fills it in.
                if choices.mode == .normal { choices.focus = pane }
                if pane == .tree { selectSlot(at: mouse.position) }
            }
        case .drag(1):
            if choices.isScrubbing { scrub(to: mouse.position) }
        case .release(1):
            // A terminal that reports no motion still says where the button went up.
            if choices.isScrubbing { scrub(to: mouse.position) }
            choices.isScrubbing = false
        default: break
        }
    }

    private mutating func scrub(to point: Point) {
        choices.isPlaying = false
        move(to: TimelineBar.position(ofColumn: point.x, layout.timeline, self))
    }

    /// Over the timeline the wheel steps; elsewhere it moves in the pane below it.
    private mutating func wheel(_ direction: Int, _ point: Point) {
        if layout.timeline.contains(point) {
            move(to: position + direction)
        } else if let pane = layout.pane(at: point) {
            let focus = choices.focus
            choices.focus = pane
            scroll(by: 3 * direction)
            choices.focus = focus
        }
    }
}

extension PageTree {
    /// The index of the first entry above another, or of the first of all.
    func entry(after index: UInt64?) -> UInt64? {
        guard let index else { return next(atOrAfter: 0)?.index.rawValue }
        let last = item(at: Index(index))?.indices.upperBound.rawValue ?? index
        guard last < .max else { return nil }
        return next(atOrAfter: Index(last + 1))?.index.rawValue
    }

    /// The index of the last entry below another, or of the last of all.
    func entry(before index: UInt64?) -> UInt64? {
        switch root {
        case .empty, .sibling: return nil
        case .entry: return index == 0 ? nil : 0
        case .node(let top):
            guard index != 0 else { return nil }
            return last(in: top, upTo: index.map { $0 - 1 } ?? .max)
        }
    }

    private func last(in id: NodeID, upTo limit: UInt64) -> UInt64? {
        let node = node(id)
        var rest = node.occupied
        while rest != 0 {
            let offset = 63 - rest.leadingZeroBitCount
            rest &= ~(1 << UInt64(offset))
            let first = node.firstIndex(ofSlot: offset).rawValue
            guard first <= limit else { continue }
            switch node.slot(offset) {
            case .empty, .sibling: continue
            case .entry: return first
            case .node(let child):
                if let found = last(in: child, upTo: limit) { return found }
            }
        }
        return nil
    }
}
