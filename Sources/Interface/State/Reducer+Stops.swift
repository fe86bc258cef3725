import Kernel
import Stepping

extension InterfaceState {
    mutating func reduceStops(_ action: Action) {
        switch action {
        case .mark(let mark): toggle(mark)
        case .bookmark(let note): setBookmark(note)
        case .nextBookmark(let direction): goToBookmark(direction)
        case .toggleBreakpoint: toggleBreakpoint()
        case .breakpoint(let text): add(text)
        case .removeBreakpoint(let number): remove(number)
        default: break
        }
    }

    // MARK: Marks and bookmarks

    private var here: Spot { Spot(version: run.version, position: position) }

    /// A mark where it stands already is taken away.
    private mutating func toggle(_ mark: Mark) {
        let isHere = choices.marks[mark] == here
        choices.marks[mark] = isHere ? nil : here
        choices.message =
            "mark \(mark.rawValue) " + (isHere ? "removed" : "is at step \(position)")
    }

    /// Without a note a bookmark that is here goes; with one it is set or renamed.
    private mutating func setBookmark(_ note: String?) {
        if note == nil, choices.bookmarks[here] != nil {
            choices.bookmarks[here] = nil
            choices.message = "bookmark removed"
        } else {
            choices.bookmarks[here] = note ?? ""
            choices.message = "bookmark at step \(position)" + (note.map { ": \($0)" } ?? "")
        }
    }

    /// The positions of this kernel's bookmarks, ascending.
    var bookmarkPositions: [Int] {
        choices.bookmarks.keys.filter { $0.version == run.version }.map(\.position).sorted()
    }

    private mutating func goToBookmark(_ direction: Int) {
        let places = bookmarkPositions
        guard let first = places.first, let last = places.last else {
            choices.message = keys.spell("there is no bookmark; {bookmark} sets one")
            return
        }
        let next =
            direction > 0
            ? places.first { $0 > position } ?? first : places.last { $0 < position } ?? last
        move(to: next)
        let note = choices.bookmarks[here] ?? ""
        choices.message = note.isEmpty ? "bookmark at step \(next)" : note
    }

    // MARK: Breakpoints

    /// At the statement that runs next.
    private mutating func toggleBreakpoint() {
        guard let next = timeline.nextStatement(at: position) else {
            choices.message = "no statement runs here; step into an operation first"
            return
        }
        let name = next.listing.name
        let existing = choices.breakpoints.firstIndex {
            $0.stands(at: next.number, of: name)
        }
        if let existing {
            remove(existing + 1)
            return
        }
        let line = next.listing.statements[next.number].line
        let place =
            line.map { "\(next.listing.file):\($0)" } ?? "\(name):\(next.number + 1)"
        append(Breakpoint(kind: .statement(name, next.number), text: place))
    }

    private mutating func add(_ text: String) {
        do {
            append(try Breakpoint.parse(text, timeline.kernel))
        } catch {
            choices.message = error.message
        }
    }

    private mutating func append(_ breakpoint: Breakpoint) {
        choices.breakpoints.append(breakpoint)
        findStops()
        let hits = stops.last?.hits.count ?? 0
        let times = hits == 1 ? "once" : "\(hits) times"
        choices.message =
            "breakpoint \(choices.breakpoints.count): \(breakpoint.text), met \(times) in this run"
    }

    private mutating func remove(_ number: Int) {
        guard choices.breakpoints.indices.contains(number - 1) else {
            choices.message =
                choices.breakpoints.isEmpty
                ? "there is no breakpoint" : "breakpoints go from 1 to \(choices.breakpoints.count)"
            return
        }
        let gone = choices.breakpoints.remove(at: number - 1)
        findStops()
        choices.message = "breakpoint removed: \(gone.text)"
    }

    /// Where the breakpoints stop the run that is shown.
    mutating func findStops() {
        stops = choices.breakpoints.map {
            Stop(breakpoint: $0, hits: $0.hits(timeline, history))
        }
    }

    // MARK: Running to them

    /// Births of findings, the BUG, and everything that a breakpoint stops at.
    func nextStop(after position: Int) -> Int {
        let hit = stops.compactMap { $0.hits.first { $0 > position } }.min()
        return min(timeline.nextFinding(after: position), hit ?? timeline.end)
    }

    func previousStop(before position: Int) -> Int {
        let hit = stops.compactMap { $0.hits.last { $0 < position } }.max()
        return max(timeline.previousFinding(before: position), hit ?? 0)
    }
}
