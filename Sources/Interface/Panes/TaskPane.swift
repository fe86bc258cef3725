import Canvas
import Kernel
import PageCache

/// The task that runs: its call stack, outermost first, and the listing of the function on top.
enum TaskPane {
    /// The task whose statement is next, or the one that ran last.
    static func task(_ scene: Scene) -> Int {
        let position = scene.state.position
        if scene.moment.place == .inside {
            return Int(scene.timeline.steps[position].task)
        }
        return scene.machine.current
    }

    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        let number = task(scene)
        let task = scene.machine.tasks[number]
        var title = StyledText("task " + scene.look.text(task.name), .title)
        switch task.state {
        case .idle: title.append(scene.look.dot + "in user space", .dim)
        case .running: break
        case .waiting(let wait): title.append(scene.look.dot + waits(wait, scene), Style(.warning))
        case .dead:
            let noun = scene.machine.bug?.noun ?? "BUG"
            title.append(scene.look.dot + "killed by the \(noun)", .bug)
        }
        return (title, nil)
    }

    /// The locks that a task holds.
    static func held(_ task: Int, _ scene: Scene) -> StyledText? {
        let look = scene.look
        var names = Lock.allCases.compactMap { lock -> String? in
            let name = lock.name(scene.machine.vocabulary)
            if scene.machine.locks.writer(of: lock) == task { return name }
            return scene.machine.locks.holders(of: lock).contains(task)
                ? name + " (shared)" : nil
        }
        let pages = scene.machine.pages.filter {
            $0.value.flags.contains(.locked) && Int($0.value.lockedBy) == task
        }
        names += pages.map { "page \($0.key)" }
        guard !names.isEmpty else { return nil }
        return StyledText(look[.lock] + " " + names.joined(separator: ", "), Style(.lock))
    }

    static func waits(_ wait: Wait, _ scene: Scene) -> String {
        "waits for \(wait.name(scene.machine.vocabulary))"
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let number = task(scene)
        var others = others(than: number, scene)
        if let held = held(number, scene) { others.append(StyledText("holds ", .dim) + held) }
        let frames = scene.machine.tasks[number].frames
        guard let top = frames.last else {
            return PaneText(fixed: others, idle(scene, number, size.width))
        }
        // Where the listing does not show it.
        let isElsewhere = size.height >= 10 && lastInListing(scene, number) == nil
        let ran = isElsewhere ? lastStatement(scene, number) : nil
        let kept = others.count + (ran == nil ? 0 : 1)
        let stackRows = max(1, min(frames.count, size.height - kept - 6))
        let fixed =
            others + stack(frames, rows: stackRows, scene, size.width) + (ran.map { [$0] } ?? [])
        let (lines, current) = listing(top, scene, size.width)
        let rows = size.height - fixed.count
        // The statement before the current one stays in sight.
        let above = min(max(1, rows / 3), 3)
        let highest = max(0, lines.count - rows)
        return PaneText(fixed: fixed, lines, top: min(max(0, current - above), highest))
    }

    /// The number of the statement that has just run, where the listing on top shows it.
    private static func lastInListing(_ scene: Scene, _ task: Int) -> Int? {
        guard let last = scene.timeline.lastStatement(at: scene.state.position),
            let top = scene.machine.tasks[task].frames.last,
            Int(last.step.task) == task, Int(last.step.function) == top.function,
            Int(last.step.depth) == scene.machine.tasks[task].frames.count - 1
        else { return nil }
        return last.number
    }

    /// The statement that has just run: what the moment shows is its doing.
    static func lastStatement(_ scene: Scene, _ task: Int) -> StyledText? {
        guard let last = scene.timeline.lastStatement(at: scene.state.position) else { return nil }
        var text = StyledText(scene.look[.good] + " ", .good)
        if Int(last.step.task) != task {
            text.append(scene.look.text(scene.machine.tasks[Int(last.step.task)].name) + ": ", .dim)
        }
        if lastInListing(scene, task) == nil { text.append(last.listing.name + ": ", .dim) }
        text.append(scene.look.text(last.listing.statements[last.number].text), .dim)
        return text
    }

    private static func others(than number: Int, _ scene: Scene) -> [StyledText] {
        scene.machine.tasks.enumerated().compactMap { other, task in
            guard other != number, task.state != .idle else { return nil }
            let listing = task.frames.last.map { scene.timeline.kernel.listing(of: $0).name }
            var line = StyledText(scene.look.text(task.name), .title)
            line.append(": in \(listing ?? "user space")", .dim)
            if case .waiting(let wait) = task.state {
                line.append(", " + waits(wait, scene), Style(.warning))
            }
            return line
        }
    }

    /// What there is to say between two operations.
    private static func idle(_ scene: Scene, _ number: Int, _ width: Int) -> [StyledText] {
        var lines: [StyledText] = []
        if scene.moment.place != .start { lines += NarrationPane.outcome(scene) }
        lines += changes(scene, width)
        guard scene.state.position < scene.timeline.end else { return lines }
        let next = (scene.moment.span.map { $0 + 1 }) ?? 0
        guard scene.timeline.spans.indices.contains(next) else { return lines }
        if !lines.isEmpty { lines.append(StyledText()) }
        let name = StyledText(scene.look.operation(scene.timeline.spans[next]))
        lines.append(StyledText("next: ", .dim) + name)
        return lines.flatMap { $0.wrapped(to: width) }
    }

    /// What the operation that has just ended changed.
    private static func changes(_ scene: Scene, _ width: Int) -> [StyledText] {
        let trees = [scene.base.mapping.pageTree, scene.machine.mapping.pageTree]
        guard scene.moment.place == .between || scene.moment.place == .end,
            trees.allSatisfy({ $0.nodeCount <= Comparison.nodeLimit })
        else { return [] }
        let lines = Comparison(scene, scene.base, scene.machine).lines(width: width)
        return [StyledText(), StyledText("What it changed:", .title)] + lines
    }

    // MARK: Call stack

    /// As many frames as there are rows; the innermost stay, and a line counts what is left out.
    private static func stack(
        _ frames: [Frame], rows: Int, _ scene: Scene, _ width: Int
    ) -> [StyledText] {
        let hidden = max(0, frames.count - rows)
        var lines: [StyledText] = []
        for (depth, frame) in frames.enumerated() {
            // The outermost line gives way to the count of those that are not shown.
            if hidden > 0, depth <= hidden {
                if depth == hidden {
                    let calls = counted(hidden + 1, "call")
                    let text = "\(scene.look[.ellipsis]) \(calls) from user space"
                    lines.append(StyledText(text, .dim))
                }
                continue
            }
            lines.append(
                line(frame, depth: depth - hidden, isTop: depth == frames.count - 1, scene, width))
        }
        return lines
    }

    private static func line(
        _ frame: Frame, depth: Int, isTop: Bool, _ scene: Scene, _ width: Int
    ) -> StyledText {
        let listing = scene.timeline.kernel.listing(of: frame)
        let indent = String(repeating: " ", count: min(depth, 8))
        var line = StyledText(indent)
        line.append(listing.name, isTop ? Style(.function) : .text)
        guard !listing.file.isEmpty else { return line }
        // Below the top, the frame already points behind the call that it waits for.
        let at = isTop ? frame.statement : max(0, frame.statement - 1)
        let number = listing.statements[min(at, listing.statements.count - 1)].line
        return withSource(line, listing, number, scene, width)
    }

    /// A line with the place in the source at its right, and what that rests on where the kernel is
    /// known from mails; as much of it as there is room for.
    static func withSource(
        _ line: StyledText, _ listing: Listing, _ number: Int?, _ scene: Scene, _ width: Int
    ) -> StyledText {
        let place = listing.file + (number.map { ":\($0)" } ?? "")
        let isTold = scene.timeline.kernel.version.isPosting && !listing.file.isEmpty
        let full = isTold ? place + ", " + listing.basis.rawValue : place
        let fits = line.width + displayWidth(full) + 1 <= width
        return line.with(right: StyledText(fits ? full : place, Style(.source)), width: width)
    }

    // MARK: Listing

    /// The statements of the function on top, and the line at which the next one begins.
    private static func listing(
        _ frame: Frame, _ scene: Scene, _ width: Int
    ) -> (lines: [StyledText], current: Int) {
        let listing = scene.timeline.kernel.listing(of: frame)
        let numbers = listing.statements.compactMap(\.line)
        let digits = numbers.isEmpty ? 0 : "\(numbers.max()!)".count + 1
        var lines: [StyledText] = []
        var current = 0
        let last = lastInListing(scene, task(scene))
        for (number, statement) in listing.statements.enumerated() {
            let hasRun = number == last
            let isCurrent = number == frame.statement
            if isCurrent { current = lines.count }
            let isBug = isCurrent && scene.moment.place == .bug
            let isStop = scene.state.choices.breakpoints.contains {
                $0.stands(at: number, of: listing.name)
            }
            let mark: Glyph? = isBug ? .bug : isCurrent ? .current : hasRun ? .good : nil
            let sign = mark.map { scene.look[$0] } ?? " "
            let line = statement.line.map { "\($0)" } ?? ""
            var start = StyledText(sign, isBug ? .bug : isCurrent ? .key : hasRun ? .good : .text)
            start.append(isStop ? scene.look[.breakpoint] : " ", Style(.breakpoint))
            if digits > 0 { start.append(line.leftPadded(digits - 1) + " ", Style(.lineNumber)) }
            let text = scene.look.text(statement.text)
            let plain = Style(.statement)
            let style = isBug ? Style.bug : isCurrent ? plain.with(.current) : plain
            let wrapped = StyledText(text, style).wrapped(to: max(8, width - 2 - digits))
            for (row, piece) in wrapped.enumerated() {
                let blank = StyledText(String(repeating: " ", count: 2 + digits))
                lines.append((row == 0 ? start : blank) + piece)
            }
        }
        return (lines, current)
    }
}
