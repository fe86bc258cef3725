import Kernel
import PageCache
import Scenario
import Stepping

/// One position of a run, with everything that views derive from it. Made once a move, so that
/// drawing only reads.
struct Moment: Sendable {
    /// Where a position lies in the story.
    enum Place: Hashable, Sendable {
        /// Nothing has run.
        case start
        /// In the middle of an operation.
        case inside
        /// After an operation, before the next.
        case between
        /// A BUG has just stopped the task.
        case bug
        /// After the last operation.
        case end
    }

    let position: Int
    let machine: Machine
    /// The moment before the operation began, kept for the moments to come.
    private let start: Replay.Known
    /// What changes are marked against: the moment before the last statement, or before the
    /// operation when that has just ended.
    let base: Machine
    let basePosition: Int
    let place: Place
    /// The operation that has begun, a number in `Timeline.spans`.
    let span: Int?
    let counts: Audit.Counts
    /// While a task holds tree_lock these are the findings of before: the audit judges when it is
    /// released.
    let findings: [Finding]
    /// The file page that the last change or the operation is about.
    let subject: UInt64?

    init(_ run: ScenarioRun, _ history: History, at position: Int, from old: Moment?) {
        let timeline = run.timeline
        self.position = position
        span = timeline.span(at: position)
        place = Self.place(timeline, position, span)
        basePosition = Self.base(timeline, position, span)
        // Each machine that need not be executed again is one tree less that is copied.
        var known = old?.known ?? []
        func machine(at position: Int) -> Machine {
            let found = Replay.machine(timeline, at: position, from: known)
            known.append((position, found))
            return found
        }
        let start = span.map { max(0, timeline.spans[$0].start - 1) } ?? 0
        self.start = (start, machine(at: start))
        base = machine(at: basePosition)
        self.machine = machine(at: position)
        counts = history.counts(at: position) ?? Self.counts(self.machine, old)
        findings = timeline.findings(at: position)
        subject = Self.subject(run, history, position, span, findings)
    }

    private var known: [Replay.Known] {
        [start, (basePosition, base), (position, machine)]
    }

    private static func counts(_ machine: Machine, _ old: Moment?) -> Audit.Counts {
        guard let old else { return Audit.counts(machine) }
        return Audit.counts(machine, from: old.counts, of: old.machine.mapping.pageTree)
    }

    /// Whether the findings are about this very moment.
    var isJudged: Bool { machine.bug != nil || machine.locks.writer(of: .tree) == nil }

    private static func place(_ timeline: Timeline, _ position: Int, _ span: Int?) -> Place {
        if timeline.bugPosition == position { return .bug }
        guard let span else { return .start }
        if position < timeline.spans[span].end { return .inside }
        return position == timeline.end ? .end : .between
    }

    private static func base(_ timeline: Timeline, _ position: Int, _ span: Int?) -> Int {
        guard let span else { return position }
        let operation = timeline.spans[span]
        // What an operation did begins with its beginning, which makes an mmap's mapping.
        if position == operation.end { return max(0, operation.start - 1) }
        return max(operation.start, position - 1)
    }

    private static func subject(
        _ run: ScenarioRun, _ history: History, _ position: Int, _ span: Int?,
        _ findings: [Finding]
    ) -> UInt64? {
        guard let span else { return nil }
        let operation = run.timeline.spans[span]
        if let change = history.lastChange(after: operation.start, upTo: position) {
            return change.index
        }
        if let page = operation.operation?.page { return page }
        return findings.lazy.compactMap(\.index).first
            ?? history.lastChange(after: 0, upTo: position)?.index
    }
}

extension Kernel.Operation {
    /// Whether it comes back with a byte of the file.
    var isRead: Bool {
        switch self {
        case .load, .pread, .dread: true
        default: false
        }
    }

    /// The file page that the operation is about, when it is about one or begins at one.
    var page: UInt64? {
        switch self {
        case .load(_, let page, _), .store(_, let page, _, _): page
        case .msync(_, let first, _, _), .madvise(_, let first, _, _): first
        case .mmap(_, let first, _, _, _, _, _): first
        case .pread(let offset, _), .pwrite(let offset, _, _), .punch(let offset, _),
            .fallocate(let offset, _, _), .readahead(let offset, _), .dread(let offset, _),
            .dwrite(let offset, _, _), .zeroRange(let offset, _, _), .collapse(let offset, _),
            .insert(let offset, _):
            offset / Geometry.pageSize
        case .fadvise(let offset, let length, _), .syncFileRange(let offset, let length, _):
            offset == 0 && length == 0 ? nil : offset / Geometry.pageSize
        case .reclaim(let pages, _): pages?.lowerBound
        default: nil
        }
    }
}
