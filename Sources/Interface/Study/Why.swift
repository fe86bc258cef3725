import PageCache
import RadixTree
import Stepping

/// What led to a finding, statement by statement.
struct Why: Equatable, Sendable {
    /// A statement, and what it did.
    struct Cause: Equatable, Sendable {
        /// The position at which the statement is the next one to run.
        var position: Int
        var text: String
        /// Whether this is what went wrong, not only how it came to that.
        var isGuilty = false
    }

    /// A counter of the mapping.
    enum Counter: String, CaseIterable, Sendable {
        case nrpages, nrexceptional
    }

    /// What a person asks about.
    enum Subject: Equatable, Sendable {
        /// A number in `findings`.
        case finding(Int)
        case counter(Counter)
    }

    /// nil: a counter's value.
    var finding: Finding?
    var counter: Counter?
    var causes: [Cause]

    /// What can be asked about a moment, what is wrong first.
    static func subjects(_ state: InterfaceState) -> [Subject] {
        findings(state).indices.map { .finding($0) } + Counter.allCases.map { .counter($0) }
    }

    /// nil when the moment does not have it.
    init?(_ subject: Subject, _ state: InterfaceState) {
        switch subject {
        case .finding(let number):
            let findings = Why.findings(state)
            guard findings.indices.contains(number) else { return nil }
            self.init(findings[number], state)
        case .counter(let counter):
            self.init(counter, state)
        }
    }

    /// The findings of the moment, what the screen is about first.
    static func findings(_ state: InterfaceState) -> [Finding] {
        let rank: [Finding.Kind] = [
            .deadlock, .atomicSleep, .orphan, .leakedPage, .miscount, .overlap, .undurable,
            .brokenTree,
        ]
        return state.moment.findings.enumerated().sorted { a, b in
            let first = rank.firstIndex(of: a.element.kind) ?? rank.count
            let second = rank.firstIndex(of: b.element.kind) ?? rank.count
            return (first, a.offset) < (second, b.offset)
        }.map(\.element)
    }

    private init(_ counter: Counter, _ state: InterfaceState) {
        self.counter = counter
        causes = Tracer(state: state).changes(of: counter)
    }

    init(_ finding: Finding, _ state: InterfaceState) {
        self.finding = finding
        let tracer = Tracer(state: state)
        let causes = tracer.causes(of: finding).sorted { $0.position < $1.position }
        self.causes = causes.isEmpty ? tracer.birth(of: finding) : causes
    }

    /// The cause that `w` goes to.
    var guilty: Int { causes.firstIndex { $0.isGuilty } ?? max(0, causes.count - 1) }
}

/// Reads the history for causes.
private struct Tracer {
    let state: InterfaceState

    private var timeline: Timeline { state.timeline }
    private var history: History { state.history }

    func causes(of finding: Finding) -> [Why.Cause] {
        switch finding.kind {
        case .orphan: orphan(finding)
        case .leakedPage: leak(finding)
        case .miscount: miscount(finding)
        case .overlap: overlap(finding)
        case .undurable: undurable(finding)
        case .brokenTree, .deadlock, .atomicSleep: []
        }
    }

    /// Where the audit first saw it.
    func birth(of finding: Finding) -> [Why.Cause] {
        guard let birth = timeline.birth(of: finding, at: state.position) else { return [] }
        return [Why.Cause(position: birth - 1, text: "\(function(birth)) ran", isGuilty: true)]
    }

    /// The function whose statement led to a position.
    private func function(_ position: Int) -> String {
        guard position > 0 else { return "the start" }
        let step = timeline.steps[position - 1]
        return timeline.kernel.listings[Int(step.function)].name
    }

    private func changes(_ index: UInt64) -> [History.Change] {
        history.changes(of: index, upTo: state.position)
            .filter { $0.before?.entry != $0.after?.entry }
    }

    /// The page comes into the tree.
    private func arrival(_ index: UInt64, _ page: PageID) -> [Why.Cause] {
        changes(index).filter { $0.after?.entry.page == page }.prefix(1).map {
            Why.Cause(
                position: $0.position - 1,
                text: "\(function($0.position)) puts page \(page) into the tree at \(index)")
        }
    }

    private func orphan(_ finding: Finding) -> [Why.Cause] {
        guard let index = finding.index, let page = finding.page else { return [] }
        var causes = arrival(index, page)
        if let birth = timeline.birth(of: finding, at: state.position) {
            causes.append(
                Why.Cause(
                    position: birth - 1,
                    text: "\(function(birth)) gives the file a block at \(index) while \(page) "
                        + "still stands for the hole: nothing will ever remove it",
                    isGuilty: true))
        }
        return causes
    }

    private func leak(_ finding: Finding) -> [Why.Cause] {
        guard let index = finding.index, let page = finding.page else { return [] }
        var causes = arrival(index, page)
        for change in changes(index) where change.before?.entry.page == page {
            causes.append(
                Why.Cause(
                    position: change.position - 1,
                    text:
                        "\(function(change.position)) takes \(page) out of the tree and leaves its "
                        + "mapping and its reference: nobody will ever free it",
                    isGuilty: true))
        }
        return causes
    }

    // MARK: Counters

    /// From the last step after which counter and tree agreed: every step that changed either.
    private func miscount(_ finding: Finding) -> [Why.Cause] {
        guard let birth = timeline.birth(of: finding, at: state.position) else { return [] }
        var causes = changes(of: finding.counter == .nrpages ? .nrpages : .nrexceptional)
        // Before the last agreement nothing was wrong.
        let agreed = causes.lastIndex { $0.position < birth && $0.text.hasSuffix("they agree") }
        causes.removeFirst(agreed ?? 0)
        let guilty = agreed == nil ? 0 : 1
        if causes.indices.contains(guilty) { causes[guilty].isGuilty = true }
        return causes
    }

    /// Every step up to the present that changed a counter, or what it counts.
    func changes(of counter: Why.Counter) -> [Why.Cause] {
        let isPages = counter == .nrpages
        let name = isPages ? "nrpages" : state.run.version < .v6 ? "nrshadows" : "nrexceptional"
        let recorded = isPages ? history.nrpages : history.nrexceptional
        let counted = history.counted(isPages ? \.pages : \.exceptional)
        let points = Set((recorded + counted).map(\.position)).sorted()
        let noun = isPages ? "a page" : "an entry"
        var causes: [Why.Cause] = []
        for point in points where point > 0 && point <= state.position {
            let before = (value(recorded, point - 1), value(counted, point - 1))
            let after = (value(recorded, point), value(counted, point))
            causes += cause(point, name: name, noun: noun, before, after)
        }
        return causes
    }

    private func cause(
        _ point: Int, name: String, noun: String, _ before: (UInt64, UInt64),
        _ after: (UInt64, UInt64)
    ) -> [Why.Cause] {
        let look = Look(glyphs: state.glyphs)
        let (old, recorded) = (look.counter(before.0), look.counter(after.0))
        var text: String
        switch (before.0 != after.0, before.1 != after.1) {
        case (false, false): return []
        case (true, false):
            text = "\(name) goes from \(old) to \(recorded), the tree holds \(after.1)"
        case (false, true):
            let verb = after.1 > before.1 ? "gains" : "loses"
            text = "the tree \(verb) \(noun) and holds \(after.1), \(name) stays \(recorded)"
        case (true, true):
            text =
                "\(name) goes from \(old) to \(recorded), the tree from \(before.1) to \(after.1)"
        }
        if after.0 == after.1 { text += ": they agree" }
        return [Why.Cause(position: point - 1, text: "\(function(point)): \(text)")]
    }

    private func value(_ values: [History.Value], _ position: Int) -> UInt64 {
        values.last { $0.position <= position }?.value ?? 0
    }

    // MARK: Others

    private func overlap(_ finding: Finding) -> [Why.Cause] {
        guard let index = finding.index else { return [] }
        let head = PageCache.Geometry.pmdHead(index)
        let both = (changes(head) + changes(index)).filter { $0.after != nil }
            .sorted { $0.position < $1.position }.suffix(2)
        var causes = both.map { change in
            let what = change.index == head ? "the PMD entry" : "an entry"
            return Why.Cause(
                position: change.position - 1,
                text: "\(function(change.position)) puts \(what) at \(change.index)")
        }
        if let last = causes.indices.last {
            causes[last].text += ": two entries for one page"
            causes[last].isGuilty = true
        }
        return causes
    }

    /// The stores to the page, and the call that promised that they are safe.
    private func undurable(_ finding: Finding) -> [Why.Cause] {
        guard let index = finding.index,
            let birth = timeline.birth(of: finding, at: state.position)
        else { return [] }
        let stores = timeline.spans.filter { span in
            guard span.end <= birth else { return false }
            if case .store(_, let page, _)? = timeline.plan[span.directive].operation {
                return page == index
            }
            return false
        }
        var causes = stores.suffix(1).map {
            Why.Cause(
                position: $0.end - 1, text: "the store to page \(index) ends in the CPU cache")
        }
        causes.append(
            Why.Cause(
                position: birth - 1,
                text:
                    "\(function(birth)) returns success: a promise, and the media does not hold it",
                isGuilty: true))
        return causes
    }
}
