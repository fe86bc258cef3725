import Foundation
import Kernel
import PageCache
import Scenario
import Stepping

/// Every step as data: `docs/recording.schema.json` has the fields.
///
/// A step has what differs from the recorded step before; the first has everything. A recording
/// grows with what happens, however much there is. A line a step, so that line tools can take them
/// apart.
public struct JSONWriter: FilmWriter {
    private let run: ScenarioRun
    private var last: Moment?
    private let encoder = JSONEncoder()

    public init(_ run: ScenarioRun) {
        self.run = run
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    public mutating func begin(_ info: Film.Info) -> String {
        let operations = run.timeline.spans.indices.map { span in
            let place = run.timeline.spans[span]
            let caption = Caption(run, at: place.start, bug: nil)
            let told = run.told(in: place.directive).map {
                RecordedText(step: $0.position, text: Caption.lines($0.text))
            }
            return RecordedOperation(
                number: span + 1, text: caption.operationText,
                narration: Caption.narration(run, span), told: told.isEmpty ? nil : told,
                start: place.start, end: place.end, refusal: place.refusal.map(Caption.line),
                unmet: place.unmet.map { Caption.line($0.description) })
        }
        let head = RecordedHead(
            scenario: info.scenario, title: info.title, about: info.about,
            kernel: info.kernels[0], end: run.timeline.end, operations: operations)
        return "{\"format\":\"radixscope-recording\",\"version\":2,\n\"run\":\(encode(head)),\n"
            + "\"steps\":["
    }

    public mutating func add(_ picture: Picture) -> String {
        let position = picture.caption.position
        let moment = Moment(picture, run, after: last)
        let step = RecordedStep(picture, run, moment, since: last)
        let separator = last == nil ? "\n" : ",\n"
        last = moment
        precondition(position <= run.timeline.end, "the film is of another run")
        return separator + encode(step)
    }

    public mutating func end() -> String { "\n]}\n" }

    private func encode(_ value: some Encodable) -> String {
        // Nothing in these values can fail to be encoded: no floating point, no cycles.
        String(decoding: (try? encoder.encode(value)) ?? Data(), as: UTF8.self)
    }
}

/// What the next step is compared with.
struct Moment {
    let machine: Machine
    let counts: Audit.Counts
    let findings: [Finding]

    init(_ picture: Picture, _ run: ScenarioRun, after last: Moment?) {
        machine = picture.machine
        counts =
            last.map {
                Audit.counts(picture.machine, from: $0.counts, of: $0.machine.mapping.pageTree)
            } ?? Audit.counts(picture.machine)
        findings = run.timeline.findings(at: picture.caption.position)
    }
}

/// What a recording says about the run as a whole.
struct RecordedHead: Encodable {
    var scenario: String
    var title: String
    var about: String
    var kernel: String
    var end: Int
    var operations: [RecordedOperation]
}

struct RecordedOperation: Encodable {
    var number: Int
    var text: String
    var narration: String
    var told: [RecordedText]?
    var start: Int
    var end: Int
    var refusal: String?
    /// What its step asked for and did not get.
    var unmet: String?
}

/// What the scenario says from a position on.
struct RecordedText: Encodable {
    var step: Int
    var text: String
}

/// One position.
struct RecordedStep: Encodable {
    var step: Int
    var operation: Int
    var kind: String
    var label: String
    var task: String?
    var depth: Int?
    var statement: RecordedStatement?
    /// Nil: as in the step before.
    var findings: Changed<RecordedFinding, RecordedFinding>?
    var bug: String?
    var state: RecordedState

    init(_ picture: Picture, _ run: ScenarioRun, _ moment: Moment, since last: Moment?) {
        let caption = picture.caption
        step = caption.position
        operation = caption.operation
        label = caption.label
        bug = caption.bug?.location
        findings = Self.findings(moment, since: last, run.timeline, at: caption.position)
        state = RecordedState(
            moment.machine, run.timeline.kernel, counts: moment.counts, since: last?.machine)
        kind = "start"
        guard caption.position > 0 else { return }
        let made = run.timeline.steps[caption.position - 1]
        kind = "\(made.kind)"
        task = Caption.line(picture.machine.tasks[Int(made.task)].name)
        depth = Int(made.depth)
        statement = caption.statement.map {
            RecordedStatement(
                function: $0.function, file: $0.file.isEmpty ? nil : $0.file, line: $0.line,
                number: $0.number, text: $0.text)
        }
    }
}

extension RecordedStep {
    /// What the audit finds and did not before, and what it finds no longer.
    private static func findings(
        _ moment: Moment, since last: Moment?, _ timeline: Timeline, at position: Int
    ) -> Changed<RecordedFinding, RecordedFinding>? {
        func recorded(_ finding: Finding) -> RecordedFinding {
            RecordedFinding(finding, timeline.episode(of: finding, at: position))
        }
        guard let last else {
            return .first(Changed(set: moment.findings.map(recorded), gone: []))
        }
        guard last.findings != moment.findings else { return nil }
        let before = Set(last.findings)
        let after = Set(moment.findings)
        return Changed(
            set: moment.findings.filter { !before.contains($0) }.map(recorded),
            gone: last.findings.filter { !after.contains($0) }.map { RecordedFinding($0, nil) })
    }
}

struct RecordedStatement: Encodable {
    var function: String
    var file: String?
    var line: Int?
    var number: Int
    var text: String
}

struct RecordedFinding: Encodable {
    var kind: String
    var index: UInt64?
    var page: Int?
    var counter: String?
    var map: String?
    var height: Int?
    var part: String?
    var born: Int?
    var seen: Int?
    var text: String

    init(_ finding: Finding, _ episode: Episode?) {
        kind = finding.kind.rawValue
        index = finding.index
        page = finding.page?.number
        counter = finding.counter?.rawValue
        map = finding.map.map(Caption.line)
        height = finding.height
        part = finding.part?.rawValue
        born = episode?.born
        seen = episode?.seen
        text = Caption.line(finding.description)
    }
}
