import Kernel
import PageCache
import Stepping

/// What led to a finding, statement by statement.
///
/// Nothing is told that the history does not show: a finding is about a few values of the machine
/// (`Aspect`), and its causes are the steps that made each what it is.
struct Why: Equatable, Sendable {
    /// What a statement did to one value.
    struct Clause: Equatable, Sendable {
        var aspect: Aspect
        var before: Aspect.Reading
        var after: Aspect.Reading
    }

    /// A statement, and what it did.
    struct Cause: Equatable, Sendable {
        /// The position after the statement: the number that this event has everywhere.
        var position: Int
        var text: String
        /// What of the text can be read off the moments before and after the statement.
        var clauses: [Clause] = []
        /// Whether the finding is true from here on.
        var isGuilty = false
    }

    /// A counter of the mapping.
    enum Counter: String, CaseIterable, Sendable {
        case nrpages, nrexceptional

        var counted: Finding.Counter { self == .nrpages ? .nrpages : .nrexceptional }
    }

    /// What a person asks about.
    enum Subject: Equatable, Sendable {
        /// A number in the moment's findings.
        case finding(Int)
        case counter(Counter)
    }

    /// nil: a counter's value.
    var finding: Finding?
    var counter: Counter?
    var causes: [Cause]

    /// What can be asked about a moment, what is wrong first.
    static func subjects(_ state: InterfaceState) -> [Subject] {
        state.moment.findings.indices.map { .finding($0) } + Counter.allCases.map { .counter($0) }
    }

    /// nil when the moment does not have it.
    init?(_ subject: Subject, _ state: InterfaceState) {
        switch subject {
        case .finding(let number):
            let findings = state.moment.findings
            guard findings.indices.contains(number) else { return nil }
            self.init(findings[number], state)
        case .counter(let counter):
            self.init(counter, state)
        }
    }

    private init(_ counter: Counter, _ state: InterfaceState) {
        self.counter = counter
        causes = Tracer(state: state).changes(of: counter.counted)
    }

    init(_ finding: Finding, _ state: InterfaceState) {
        self.finding = finding
        causes = Tracer(state: state).causes(of: finding)
    }

    /// The cause that `w` goes to.
    var guilty: Int { causes.firstIndex { $0.isGuilty } ?? max(0, causes.count - 1) }
}

/// Reads the history for causes.
private struct Tracer {
    let state: InterfaceState

    private var timeline: Timeline { state.timeline }
    private var look: Look { Look(glyphs: state.glyphs) }

    func causes(of finding: Finding) -> [Why.Cause] {
        guard let episode = timeline.episode(of: finding, at: state.position) else { return [] }
        if finding.kind == .miscount { return miscount(finding.counter!, episode) }
        var clauses = aspects(finding, timeline.machine(at: episode.born)).flatMap {
            changes(of: $0.aspect, $0.count, upTo: episode.born)
        }
        // That a page in the tree has its mapping set needs no telling.
        clauses.removeAll {
            if case .mapping = $0.clause.aspect { $0.position != episode.born } else { false }
        }
        var causes: [Why.Cause] = []
        for (position, clause) in clauses.sorted(by: { $0.position < $1.position }) {
            if causes.last?.position != position {
                causes.append(Why.Cause(position: position, text: ""))
            }
            causes[causes.count - 1].clauses.append(clause)
        }
        if causes.last?.position != episode.born {
            causes.append(Why.Cause(position: episode.born, text: ""))
        }
        causes[causes.count - 1].isGuilty = true
        return causes.map { tell($0, finding, episode) }
    }

    /// The function whose statement led to a position.
    private func function(_ position: Int) -> String {
        guard position > 0 else { return "the start" }
        let step = timeline.steps[position - 1]
        return timeline.kernel.listings[Int(step.function)].name
    }

    private func changes(
        of aspect: Aspect, _ count: Int, upTo position: Int
    ) -> [(position: Int, clause: Why.Clause)] {
        timeline.lastChanges(count, upTo: position, of: aspect.reading).map {
            ($0.position, Why.Clause(aspect: aspect, before: $0.before, after: $0.after))
        }
    }

    private func tell(_ cause: Why.Cause, _ finding: Finding, _ episode: Episode) -> Why.Cause {
        let machine = timeline.machine(at: cause.position)
        let phrases = cause.clauses.map {
            $0.aspect.phrase($0.before, $0.after, look, machine, state.run.version)
        }
        var text = function(cause.position)
        text += phrases.isEmpty ? " ran" : " " + phrases.joined(separator: ", and ")
        if cause.isGuilty { text += consequence(of: finding, machine) }
        var told = cause
        told.text = text
        return told
    }

    /// What is true after the guilty statement.
    private func consequence(of finding: Finding, _ machine: Machine) -> String {
        switch finding.kind {
        case .orphan: return "; \(finding.page!) stands for a hole that is none"
        case .leakedPage:
            let references = machine[finding.page!].references
            return "; its mapping is still set, and its count is \(references)"
        case .overlap: return "; two entries stand for one page"
        case .lostStore:
            let now = Audit.contents(of: finding.index!, machine)
            let claimed = machine.claims.values[finding.index!] ?? .none
            let lost = claimed.combined(with: now) { $0 != nil && $0 != $1 }.segments
                .first { $0.value }?.offsets
            let offsets = lost ?? 0..<PageBytes.size
            return "; a read of \(look.place(offsets, of: finding.index!)) sees "
                + look.byte(now[offsets.lowerBound])
        case .staleMapping: return "; \(finding.map!)[\(finding.index!)] shows other than the file"
        case .writableClean: return "; a store takes no fault, and no tag tells fsync of it"
        case .brokenTree: return "; \(finding.nodeName) \(finding.brokenPart)"
        case .brokenPage: return "; \(finding.page!) \(finding.brokenPart)"
        case .undurable, .miscount: return ""
        case .deadlock: return "; the circle is closed"
        case .atomicSleep: return "; it holds tree_lock"
        }
    }

    /// The values that a finding is about, each with how many of its last changes tell the story.
    private func aspects(
        _ finding: Finding, _ machine: Machine
    ) -> [(aspect: Aspect, count: Int)] {
        let index = finding.index ?? 0
        let head = PageCache.Geometry.pmdHead(index)
        switch finding.kind {
        case .orphan: return [(.presence(finding.page!, index), 1), (.block(index), 1)]
        case .leakedPage:
            return [(.presence(finding.page!, index), 2), (.mapping(finding.page!), 1)]
        case .overlap: return [(.entry(head), 1), (.entry(index), 1)]
        case .lostStore:
            // Where the store went, if not into the file.
            let stale = machine.vmas.indices.filter { vma in
                machine.vmas[vma].contains(index)
                    && Audit.holds(Finding(.staleMapping, index: index, vma: vma), in: machine)
            }
            return [(.claim(index), 1), (.contents(index), 1), (.block(index), 1)]
                + stale.map { (.target(vma: $0, index), 1) }
        case .undurable:
            // fsync looks for entries only where the counter says that there are any.
            let isMiscounted = Audit.holds(
                Finding(.miscount, counter: .nrexceptional), in: machine)
            return [(.contents(index), 1), (.entry(index), 1), (.promise(index), 1)]
                + (head == index ? [] : [(.entry(head), 1)])
                + (isMiscounted ? [(.counter(.nrexceptional), 1)] : [])
        case .staleMapping:
            let target = machine.vmas[finding.vma!].target(of: index)
            var other = Aspect.block(index)
            if case .page = target { other = .entry(index) }
            return [(.target(vma: finding.vma!, index), 1), (other, 1)]
        case .writableClean:
            return [(.writable(vma: finding.vma!, index), 1), (.item(index), 1)]
                + (head == index ? [] : [(.item(head), 1)])
        case .brokenTree where finding.part == .pages || finding.part == .shadows:
            return [
                (.nodeCount(index, height: finding.height!, finding.part!), 1),
                (.nodeContents(index, height: finding.height!, finding.part!), 1),
            ]
        case .deadlock, .atomicSleep: return finding.tasks.map { (.wait(task: $0), 1) }
        case .brokenTree, .brokenPage, .miscount: return []
        }
    }

    // MARK: Counters

    /// From the last step after which counter and tree agreed: every step that changed either.
    private func miscount(_ counter: Finding.Counter, _ episode: Episode) -> [Why.Cause] {
        var causes = changes(of: counter)
        // Before the last agreement nothing was wrong.
        let agreed = causes.lastIndex { $0.position < episode.born && $0.text.hasSuffix(agreement) }
        causes.removeFirst(agreed ?? 0)
        if let guilty = causes.firstIndex(where: { $0.position == episode.born }) {
            causes[guilty].isGuilty = true
        }
        return causes
    }

    private var agreement: String { ": they agree" }

    /// Every step up to the present that changed a counter, or what it counts.
    func changes(of counter: Finding.Counter) -> [Why.Cause] {
        let history = state.history
        let recorded = history.recorded(counter)
        let counted = history.counted(counter)
        let points = Set((recorded + counted).map(\.position)).sorted()
        var causes: [Why.Cause] = []
        for point in points where point > 0 && point <= state.position {
            let before = (value(recorded, point - 1), value(counted, point - 1))
            let after = (value(recorded, point), value(counted, point))
            if let cause = cause(point, counter, before, after) { causes.append(cause) }
        }
        return causes
    }

    private func cause(
        _ point: Int, _ counter: Finding.Counter, _ before: (UInt64, UInt64),
        _ after: (UInt64, UInt64)
    ) -> Why.Cause? {
        let name = FindingsPane.name(of: counter, state.run.version)
        let (old, recorded) = (look.counter(before.0), look.counter(after.0))
        var clauses: [Why.Clause] = []
        func note(_ aspect: Aspect, _ before: UInt64, _ after: UInt64) {
            guard before != after else { return }
            clauses.append(
                Why.Clause(aspect: aspect, before: .count(before), after: .count(after)))
        }
        note(.counter(counter), before.0, after.0)
        note(.counted(counter), before.1, after.1)
        var text: String
        switch (before.0 != after.0, before.1 != after.1) {
        case (false, false): return nil
        case (true, false):
            text = "\(name) goes from \(old) to \(recorded), the tree holds \(after.1)"
        case (false, true):
            text = "the tree goes from \(before.1) to \(after.1), \(name) stays \(recorded)"
        case (true, true):
            text =
                "\(name) goes from \(old) to \(recorded), the tree from \(before.1) to \(after.1)"
        }
        if after.0 == after.1 { text += agreement }
        return Why.Cause(
            position: point, text: "\(function(point)): \(text)", clauses: clauses)
    }

    private func value(_ values: [History.Value], _ position: Int) -> UInt64 {
        values.last { $0.position <= position }?.value ?? 0
    }
}
