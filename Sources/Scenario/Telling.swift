import Kernel
import Stepping

/// A text that is told when the step's task comes to a place in the kernel, for what is so only
/// from there on.
public struct PlacedText: Equatable, Sendable {
    public var place: Place
    public var say: Narration
    public var origin: Origin

    public init(at place: Place, _ say: Narration, origin: Origin = Origin()) {
        self.place = place
        self.say = say
        self.origin = origin
    }

    /// Before a statement of a kernel function.
    ///
    /// A statement is named by the beginning of its text, as the listing shows it, not by its
    /// number: the number is another one on another kernel, and nobody sees that it has become
    /// wrong.
    public struct Place: Hashable, Sendable, CustomStringConvertible {
        public var function: String
        /// The beginning of the statement's text; nil: the function's first statement.
        public var statement: String?

        public init(_ function: String, statement: String? = nil) {
            self.function = function
            self.statement = statement
        }

        /// `dax_radix_entry: delete what stands there`.
        public var description: String { statement.map { "\(function): \($0)" } ?? function }

        /// Whether a listing's statement of this number, from 0, is meant.
        func matches(_ listing: Listing, _ number: Int) -> Bool {
            guard listing.name == function else { return false }
            guard let statement else { return number == 0 }
            return listing.statements[number].text.hasPrefix(statement)
        }
    }
}

/// A text of `say-at` on one kernel, and the position from which on it is told.
public struct Telling: Hashable, Sendable {
    public var position: Int
    public var text: String
}

extension ScenarioRun {
    /// The texts that a step's task has come to up to a position, oldest first.
    public func told(in step: Int, upTo position: Int = .max) -> [Telling] {
        (tellings[step] ?? []).filter { $0.position <= position }
    }

    /// For each step that has texts for places: where its task comes to them first, in that order.
    static func tellings(
        _ scenario: Scenario, _ version: KernelVersion, _ timeline: Timeline
    ) -> [Int: [Telling]] {
        var tellings: [Int: [Telling]] = [:]
        for span in timeline.spans {
            let placed = scenario.steps[span.directive].sayAt.compactMap { item in
                item.say.text(for: version).map { (item.place, $0) }
            }
            guard !placed.isEmpty else { continue }
            let met = meetings(of: placed.map(\.0), in: span, timeline)
            tellings[span.directive] = zip(placed, met)
                .compactMap { text, position in
                    position.map { Telling(position: $0, text: text.1) }
                }
                .enumerated()
                .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
                .map(\.element)
        }
        return tellings
    }

    /// The first position of an operation at which its task stands at each of the places.
    static func meetings(
        of places: [PlacedText.Place], in span: OperationSpan, _ timeline: Timeline
    ) -> [Int?] {
        var wanted: [UInt32: [Int]] = [:]
        let functions = Set(places.map(\.function))
        for (function, listing) in timeline.kernel.listings.enumerated()
        where functions.contains(listing.name) {
            for statement in listing.statements.indices {
                let found = places.indices.filter { places[$0].matches(listing, statement) }
                if !found.isEmpty { wanted[UInt32(function) << 16 | UInt32(statement)] = found }
            }
        }
        var met = [Int?](repeating: nil, count: places.count)
        func meet(_ function: Int, _ statement: Int, at position: Int) {
            for place in wanted[UInt32(function) << 16 | UInt32(statement)] ?? []
            where met[place] == nil {
                met[place] = position
            }
        }
        guard span.refusal == nil else { return met }
        for position in span.start..<span.end {
            let step = timeline.steps[position]
            meet(Int(step.function), Int(step.statement), at: position)
        }
        // Where the step leaves its task.
        if met.contains(nil), span.end > 0, timeline.steps[span.end - 1].kind != .finished {
            let machine = timeline.machine(at: span.end)
            let name = timeline.plan[span.directive].task
            if let frame = machine.tasks.first(where: { $0.name == name })?.frames.last {
                meet(frame.function, frame.statement, at: span.end)
            }
        }
        return met
    }
}

extension Reader {
    /// The list of `say-at:`.
    mutating func placedTexts(_ node: YAMLNode, of kernels: [KernelVersion]) -> [PlacedText] {
        guard case .sequence(let items) = node.content, !items.isEmpty else {
            reportExpected("a list such as [{ at: dax_radix_entry, say: ... }]", node)
            return []
        }
        guard items.count <= Limits.placedTexts else {
            report(
                node.position, "\(items.count) texts in one step",
                "at most \(Limits.placedTexts) are allowed")
            return []
        }
        return items.compactMap { item in
            guard let fields = fields(item, of: "'say-at'", keys: Format.sayAt),
                let at = fields["at"]?.value, let sayNode = fields["say"]?.value
            else { return nil }
            let say = narration(sayNode, of: kernels)
            guard let place = place(at, for: kernels.filter { say.text(for: $0) != nil }) else {
                return nil
            }
            return PlacedText(at: place, say, origin: Origin(at.position))
        }
    }

    /// A function, or a function and the beginning of a statement, that these kernels have.
    private mutating func place(
        _ node: YAMLNode, for kernels: [KernelVersion]
    ) -> PlacedText.Place? {
        guard let text = text(node, limit: Limits.line, lines: false) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let function = trimmed(String(parts[0]))
        let statement = parts.count == 2 ? trimmed(String(parts[1])) : nil
        guard statement != "" else {
            reportExpected("a function, or 'FUNCTION: how the statement begins'", node)
            return nil
        }
        for kernel in kernels {
            guard let texts = Format.statements[kernel]?[function] else {
                let names = Format.statements[kernel]?.keys.sorted() ?? []
                let near = suggestion(for: function, among: names)
                report(
                    node.position,
                    "no function \(quoted(function)) is in the model of \(kernel.name)",
                    near.map { "did you mean '\($0)'?" } ?? "the screen lists them as they run")
                return nil
            }
            guard let statement, !texts.contains(where: { $0.hasPrefix(statement) }) else {
                continue
            }
            let begun = texts.map { trimmed(String($0.prefix(statement.count))) }
            let near = suggestion(for: statement, among: begun)
                .flatMap(begun.firstIndex).map { "did you mean '\(texts[$0])'?" }
            report(
                node.position,
                "no statement of \(function) begins with \(quoted(statement)) on \(kernel.name)",
                near ?? "the first of them is \(quoted(texts.first ?? ""))")
            return nil
        }
        return PlacedText.Place(function, statement: statement)
    }
}

extension Format {
    static let sayAt: [FormatKey] = [
        FormatKey(
            name: "at", shape: .place, required: true,
            summary: "A kernel function, or FUNCTION: the beginning of a statement of it."),
        FormatKey(
            name: "say", shape: .narration, required: true,
            summary: "What is so when the task stands there."),
    ]

    /// The texts of each function's statements.
    static let statements: [KernelVersion: [String: [String]]] = Dictionary(
        uniqueKeysWithValues: KernelVersion.known.map { version in
            var texts: [String: [String]] = [:]
            for listing in KernelModel.of(version, config: .all).listings {
                texts[listing.name, default: []] += listing.statements.map(\.text)
            }
            return (version, texts)
        })
}
