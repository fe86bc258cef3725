import Kernel
import Scenario
import Stepping

/// A moment by its place in the story, which means the same on every kernel.
public struct Place: Hashable, Comparable, Sendable {
    /// The operation, counted from 1; 0 before the first.
    public var operation: Int
    /// Steps since it began; nil: its end.
    public var steps: Int?

    public static func < (left: Place, right: Place) -> Bool {
        (left.operation, left.steps ?? .max) < (right.operation, right.steps ?? .max)
    }
}

extension Timeline {
    /// Where in the story a position lies.
    public func place(of position: Int) -> Place {
        guard let span = span(at: position) else { return Place(operation: 0, steps: nil) }
        let isEnd = position == spans[span].end
        return Place(operation: span + 1, steps: isEnd ? nil : position - spans[span].start)
    }

    /// The position of a place; the end of its operation when that takes fewer steps here.
    public func position(of place: Place) -> Int {
        guard place.operation > 0, !spans.isEmpty else { return 0 }
        guard place.operation <= spans.count else { return end }
        let span = spans[place.operation - 1]
        return min(span.end, place.steps.map { span.start + $0 } ?? span.end)
    }
}

extension Moments {
    /// The positions of a run that these moments are, ascending, each once.
    ///
    /// - Throws: `noSuchMoment` for the first that the run does not have.
    public func positions(in run: ScenarioRun) throws(RecordingError) -> [Int] {
        var found: Set<Int> = []
        for item in items {
            for position in try positions(of: item, run) { found.insert(position) }
        }
        return found.sorted()
    }

    /// The places on several kernels: each place that is asked for on at least one of them.
    ///
    /// - Throws: `noSuchMoment` when a moment is on none of them.
    public func places(in runs: [ScenarioRun]) throws(RecordingError) -> [Place] {
        var found: Set<Place> = []
        for item in items {
            var missing: RecordingError?
            var isThere = false
            for run in runs {
                do {
                    for position in try positions(of: item, run) {
                        found.insert(run.timeline.place(of: position))
                    }
                    isThere = true
                } catch {
                    missing = missing ?? error
                }
            }
            if !isThere, let missing { throw missing }
        }
        return found.sorted()
    }

    private func positions(of item: Item, _ run: ScenarioRun) throws(RecordingError) -> [Int] {
        let timeline = run.timeline
        switch item {
        case .one(let moment): return [try position(of: moment, run)]
        case .everyStep: return Array(0...timeline.end)
        case .everyOperation:
            guard !timeline.spans.isEmpty else { throw missing("every-op: no operation", run) }
            return timeline.spans.map(\.end)
        case .findings:
            guard !timeline.findingBirths.isEmpty else { throw missing("no finding", run) }
            return timeline.findingBirths
        case .range(let first, let last):
            let from = try position(of: first, run)
            let to = try position(of: last, run)
            guard from <= to else {
                throw .misuse(
                    "the range ends at step \(to), before its beginning at step \(from)")
            }
            if case .operation(let a) = first, case .operation(let b) = last {
                return (a...b).map { timeline.spans[$0 - 1].end }
            }
            return Array(from...to)
        }
    }

    private func position(
        of moment: Moment, _ run: ScenarioRun
    ) throws(RecordingError) -> Int {
        let timeline = run.timeline
        switch moment {
        case .start: return 0
        case .end: return timeline.end
        case .step(let step):
            guard step <= timeline.end else {
                throw missing("no step \(step); the last is \(timeline.end)", run)
            }
            return step
        case .operation(let number): return try span(number, run).end
        case .inside(let number, let steps):
            let span = try span(number, run)
            guard span.start + steps <= span.end else {
                throw missing(
                    "no step \(steps) in operation \(number), which takes \(span.end - span.start)",
                    run)
            }
            return span.start + steps
        case .bug:
            guard let position = timeline.bugPosition else { throw missing("no BUG", run) }
            return position
        case .finding:
            guard let position = timeline.findingBirths.first else {
                throw missing("no finding", run)
            }
            return position
        case .function(let name, let statement):
            return try position(of: name, statement: statement, run)
        }
    }

    private func span(_ number: Int, _ run: ScenarioRun) throws(RecordingError) -> OperationSpan {
        let spans = run.timeline.spans
        guard number <= spans.count else {
            throw missing("no operation \(number); the last is op\(spans.count)", run)
        }
        return spans[number - 1]
    }

    private func position(
        of function: String, statement: Int, _ run: ScenarioRun
    ) throws(RecordingError) -> Int {
        let listings = run.timeline.kernel.listings
        guard let number = listings.firstIndex(where: { $0.name == function }) else {
            throw Self.unknown(function, among: listings.map(\.name))
        }
        for (position, step) in run.timeline.steps.enumerated()
        where Int(step.function) == number && Int(step.statement) == statement - 1 {
            // A beginning operation names its first function, which has not run anything yet.
            if step.kind == .began { return position + 1 }
            if step.kind != .refused { return position }
        }
        throw missing("no moment at which \(function):\(statement) runs", run)
    }

    private static func unknown(_ word: String, among functions: [String]) -> RecordingError {
        let near = suggestion(for: word, among: words + functions)
        return .misuse(
            "no moment and no kernel function is called \(quoted(word)); "
                + (near.map { "did you mean '\($0)'? " } ?? "") + "expected " + grammar)
    }

    private static let words = [
        "start", "end", "bug", "finding", "findings", "every-op", "every-step",
    ]

    private func missing(_ what: String, _ run: ScenarioRun) -> RecordingError {
        .noSuchMoment("\(run.scenario.name) on \(run.version.name) has \(what)")
    }
}
