import Kernel
import PageCache
import Stepping

extension InterfaceState {
    mutating func find(_ pattern: String) {
        choices.pattern = pattern
        goToMatch(1)
    }

    /// Goes to the next or previous place that the last search finds, around the ends.
    mutating func goToMatch(_ direction: Int) {
        guard let pattern = choices.pattern else { return }
        let places = Self.places(of: pattern, in: self)
        guard let first = places.first, let last = places.last else {
            choices.message = "nothing matches \(pattern)"
            return
        }
        let next =
            direction > 0
            ? places.first { $0 > position } : places.last { $0 < position }
        let target = next ?? (direction > 0 ? first : last)
        let number = places.firstIndex(of: target).map { $0 + 1 } ?? 0
        choices.message =
            "\(pattern): \(number) of \(places.count)" + (next == nil ? ", around the end" : "")
        move(to: target)
    }

    /// The positions, ascending, that a search finds: where a function of this name begins, where a
    /// statement with this text runs next, where a file page of this number changes, where a
    /// finding of this kind is born, where an operation of this name begins.
    static func places(of pattern: String, in state: InterfaceState) -> [Int] {
        let timeline = state.timeline
        let wanted = pattern.lowercased()
        var places = Set<Int>()
        if let index = UInt64(wanted) {
            for change in state.history.changes where change.index == index {
                places.insert(change.position)
            }
        }
        let found = Found(timeline.kernel, wanted)
        for (position, step) in timeline.steps.enumerated()
        where step.kind != .began && step.kind != .refused {
            if found.statements[Int(step.function)].contains(Int(step.statement)) {
                places.insert(position)
            }
        }
        for episode in timeline.episodes
        where episode.finding.description.lowercased().contains(wanted) {
            places.insert(episode.born)
        }
        for span in timeline.spans {
            if span.operation?.description.lowercased().contains(wanted) == true {
                places.insert(span.start)
            }
        }
        return places.sorted()
    }
}

/// The statements of a kernel that a search finds, by function.
private struct Found {
    var statements: [Set<Int>]

    init(_ kernel: KernelModel, _ wanted: String) {
        statements = kernel.listings.map { listing in
            var found = Set<Int>()
            if listing.name.lowercased().contains(wanted) { found.insert(0) }
            for (number, statement) in listing.statements.enumerated()
            where statement.text.lowercased().contains(wanted) {
                found.insert(number)
            }
            return found
        }
    }
}
