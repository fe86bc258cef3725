import Canvas
import Kernel
import PageCache
import Scenario
import Stepping

/// What is to say about a moment, in text that is harmless in a terminal: without control,
/// reordering or invisible characters. Each format escapes what it has to beyond that.
public struct Caption: Hashable, Sendable {
    /// The scenario's name and title.
    public var scenario: String
    public var title: String
    public var kernel: String
    public var position: Int
    /// The last position.
    public var end: Int
    /// The operation, counted from 1; 0 before the first.
    public var operation: Int
    /// `store huge[512] = 0xa5`; empty before the first operation.
    public var operationText: String
    public var isOperationEnd: Bool
    /// What the last step did, in one line: a marker, a heading.
    public var label: String
    /// What the scenario says at this moment: about itself before the first operation, then what
    /// it says of the places that the operation has come to, and of the operation itself; as long
    /// as that runs, headed as what will happen. Lines.
    public var narration: String
    /// The statement that the last step ran.
    public var statement: StatementPlace?
    public var findings: [String]
    /// What killed a task, from that moment on.
    public var bug: Bug?
    /// How many texts for places are told.
    var told = 0

    /// A statement, and where it stands.
    public struct StatementPlace: Hashable, Sendable {
        public var function: String
        /// Empty for what no kernel source holds.
        public var file: String
        public var line: Int?
        /// Number in the function's listing, from 1.
        public var number: Int
        public var text: String
        /// `fs/dax.c:421 dax_radix_entry`, as much of it as there is.
        public var location: String {
            let place = file.isEmpty ? "" : line.map { "\(file):\($0) " } ?? "\(file) "
            return place + function
        }
    }
}

extension Caption {
    /// The caption of a position of a run.
    public init(_ run: ScenarioRun, at position: Int) {
        self.init(run, at: position, bug: Self.bug(run.timeline))
    }

    /// The same, for who makes many.
    ///
    /// - Parameters:
    ///   - bug: the run's BUG.
    ///   - last: a caption of the same run. Its story is taken over in the same operation: a story
    ///     may be long.
    init(_ run: ScenarioRun, at position: Int, bug: Bug?, after last: Caption? = nil) {
        let timeline = run.timeline
        let span = timeline.span(at: position)
        operation = span.map { $0 + 1 } ?? 0
        let isEnd = span.map { timeline.spans[$0].end == position } ?? false
        let told = span.map { run.told(in: timeline.spans[$0].directive, upTo: position) } ?? []
        if let last, last.operation == operation, last.isOperationEnd == isEnd,
            last.told == told.count
        {
            self = last
        } else {
            scenario = Self.line(run.scenario.name)
            title = Self.line(run.scenario.title)
            operationText = span.map { Self.operationText(run, $0) } ?? ""
            let whole = Self.narration(run, span)
            let isAhead = span != nil && !isEnd && !whole.isEmpty
            // What was so on the way is told with the step from which on it was.
            let past = told.enumerated().map { index, telling in
                let isNow = !isEnd && index == told.count - 1
                return (isNow ? "" : "Step \(telling.position): ") + Self.lines(telling.text)
            }
            let parts = past + [isAhead ? "What will happen: " + whole : whole]
            narration = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
            self.told = told.count
            kernel = run.version.name
            end = timeline.end
        }
        self.position = position
        isOperationEnd = isEnd
        findings = timeline.findings(at: position).map { Self.line($0.description) }
        statement = position > 0 ? Self.statement(timeline, timeline.steps[position - 1]) : nil
        self.bug = timeline.bugPosition.map { position >= $0 } ?? false ? bug : nil
        label = ""
        label = Self.label(timeline, self)
    }

    /// One harmless line of a length that titles and lists can bear.
    static func line(_ text: String) -> String {
        let limit = 300
        if displayWidth(text) <= limit { return sanitised(text) }
        return prefix(of: text, columns: limit - 1).text + "…"
    }

    private static func operationText(_ run: ScenarioRun, _ span: Int) -> String {
        let span = run.timeline.spans[span]
        let isDefault = span.task == ScenarioStep.defaultTask
        return line(isDefault ? span.text : "\(span.task): \(span.text)")
    }

    /// What the scenario says about a whole operation.
    static func narration(_ run: ScenarioRun, _ span: Int?) -> String {
        guard let span else { return lines(run.scenario.about) }
        let step = run.scenario.steps[run.timeline.spans[span].directive]
        return [step.say, step.note].compactMap { $0.text(for: run.version) }.map(lines)
            .filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Text with its line breaks, and nothing else that could act.
    static func lines(_ text: String) -> String {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { sanitised($0) }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    private static func statement(_ timeline: Timeline, _ step: Step) -> StatementPlace? {
        guard step.kind != .began, step.kind != .refused else { return nil }
        let listing = timeline.kernel.listings[Int(step.function)]
        let statement = listing.statements[Int(step.statement)]
        return StatementPlace(
            function: listing.name, file: listing.file, line: statement.line,
            number: Int(step.statement) + 1, text: line(statement.text))
    }

    private static func label(_ timeline: Timeline, _ caption: Caption) -> String {
        guard caption.position > 0 else { return "start" }
        let ran = caption.statement.map { "\($0.function): \($0.text)" } ?? ""
        switch timeline.steps[caption.position - 1].kind {
        case .began: return "op\(caption.operation) \(caption.operationText)"
        case .refused:
            let reason = timeline.spans[caption.operation - 1].refusal ?? ""
            return line("op\(caption.operation) \(caption.operationText): \(reason)")
        case .ran, .finished: return ran
        case .blocked: return "waits in \(ran)"
        case .bug: return "\(caption.bug?.headline ?? "BUG") in \(ran)"
        }
    }

    /// Where the run's BUG is, which only the machine of that moment knows.
    static func bug(_ timeline: Timeline) -> Bug? {
        timeline.bugPosition.flatMap { timeline.machine(at: $0).bug }
    }
}
