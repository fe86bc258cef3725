import Kernel
import PageCache
import RadixTree
import Stepping

extension ScenarioRun {
    /// An expectation that does not hold.
    public struct Failure: Equatable, Sendable {
        /// Number of the step, from 0.
        public var step: Int
        /// The moment at which it was checked.
        public var position: Int
        /// Nil: it is no condition that failed but the step's story, which `found` and `expected`
        /// tell.
        public var condition: Condition.Key?
        public var expected: String
        public var found: String
        public var origin: Origin
    }

    /// Checks every expectation for this kernel. A step that could not begin fails too, unless a
    /// BUG stopped its task before; and one that did not get what it asked for, unless that is
    /// expected.
    public func failures() -> [Failure] {
        var failures: [Failure] = []
        for span in timeline.spans {
            let step = scenario.steps[span.directive]
            let conditions = step.conditions(for: version)
            if let refusal = span.refusal {
                if timeline.bugPosition == nil || !conditions.isEmpty {
                    failures.append(
                        Failure(
                            step: span.directive, position: span.start, condition: .result,
                            expected: "the step to begin", found: refusal, origin: step.origin))
                }
                continue
            }
            failures += untold(step, span)
            if let failure = unmet(span, step, conditions), !isRemark(span, conditions) {
                failures.append(failure)
            }
            guard !conditions.isEmpty else { continue }
            let moment = CheckedMoment(
                before: timeline.machine(at: span.start), after: timeline.machine(at: span.end),
                findings: timeline.findings(at: span.end), task: step.task)
            for condition in conditions {
                guard let found = moment.mismatch(condition.value) else { continue }
                failures.append(
                    Failure(
                        step: span.directive, position: span.end, condition: condition.value.key,
                        expected: found.expected, found: found.found, origin: condition.origin))
            }
        }
        return failures
    }

    /// The texts of a step for places that its task never comes to.
    private func untold(_ step: ScenarioStep, _ span: OperationSpan) -> [Failure] {
        let texts = step.sayAt.filter { $0.say.text(for: version) != nil }
        let met = Self.meetings(of: texts.map(\.place), in: span, timeline)
        return zip(texts, met).filter { $1 == nil }.map { text, _ in
            Failure(
                step: span.directive, position: span.end, condition: nil,
                expected: "because 'say-at' has a text for it",
                found: "it never comes to '\(text.place)'", origin: text.origin)
        }
    }

    /// What is to be told and is no failure: a task that another step let run as far as it could,
    /// and that had nothing to go on with, where it has on another kernel of the scenario.
    public func remarks() -> [Failure] {
        timeline.spans.compactMap { span in
            let step = scenario.steps[span.directive]
            let conditions = step.conditions(for: version)
            return isRemark(span, conditions) ? unmet(span, step, conditions) : nil
        }
    }

    private func isRemark(_ span: OperationSpan, _ conditions: [Located<Condition>]) -> Bool {
        guard span.unmet == .nothingToResume, !conditions.contains(where: { $0.value.key == .met })
        else { return false }
        return scenario.kernels.contains { other in
            guard other != version else { return false }
            let there = ScenarioRun(scenario, on: other).timeline.spans
            return there.contains {
                $0.directive == span.directive && $0.unmet == nil && $0.refusal == nil
            }
        }
    }

    /// What is wrong with how far the step came.
    private func unmet(
        _ span: OperationSpan, _ step: ScenarioStep, _ conditions: [Located<Condition>]
    ) -> Failure? {
        let expectation = conditions.first { $0.value.key == .met }
        let isMet = expectation?.value != .met(false)
        guard isMet == (span.unmet != nil) else { return nil }
        let stop = step.stop?.origin.position == nil ? nil : step.stop?.origin
        return Failure(
            step: span.directive, position: span.end, condition: .met, expected: "\(isMet)",
            found: span.unmet?.description ?? "got what it asked for, expected 'met: false'",
            origin: expectation?.origin ?? stop ?? step.origin)
    }

    /// `FILE:LINE:COLUMN: v6: step 5 (store): nrpages is 2, expected 1`.
    public func describe(_ failure: Failure, file: String) -> String {
        let step = scenario.steps[failure.step]
        let what = step.operation?.name ?? "resume"
        let position = failure.origin.position ?? SourcePosition(line: 1, column: 1)
        let condition = failure.condition.map { "\($0.rawValue) is " } ?? ""
        let difference =
            failure.condition == .met
            ? failure.found : "\(condition)\(failure.found), expected \(failure.expected)"
        let isUnmet = failure.condition == .met && failure.expected == "true"
        let met = "if that is meant, expect { met: false } there"
        return Diagnostic(
            file: file, line: position.line, column: position.column,
            message: "\(version.name): step \(failure.step + 1) (\(what)): \(difference)",
            hint: isUnmet ? met : nil
        ).description
    }

    /// The value that answers a question, as the machine shows it after step `step`.
    public func answer(to observable: Observable, after step: Int) -> String? {
        guard let span = timeline.spans.first(where: { $0.directive == step }) else { return nil }
        let machine = timeline.machine(at: span.end)
        let task = machine.tasks.first { $0.name == scenario.steps[step].task }
        let tree = machine.mapping.pageTree
        switch observable {
        case .nrpages: return "\(machine.mapping.nrpages)"
        case .nrexceptional: return "\(machine.mapping.nrexceptional)"
        case .height: return "\(tree.height)"
        case .nodes: return "\(tree.nodeCount)"
        case .rootTags: return CheckedMoment.letters(tree.rootTags)
        case .findings:
            let kinds = Set(timeline.findings(at: span.end).map(\.kind.rawValue))
            return kinds.isEmpty ? "none" : kinds.sorted().joined(separator: ", ")
        case .value: return task?.outcome.value.map { "\($0)" }
        case .result: return task.map { CheckedMoment.result($0.outcome) }
        case .bug: return machine.bug?.location ?? "none"
        case .size: return "\(machine.inode.size)"
        }
    }
}

/// The two machines around a step, and what its conditions are compared with.
struct CheckedMoment {
    let before: Machine
    let after: Machine
    let findings: [Finding]
    let task: String

    typealias Mismatch = (expected: String, found: String)

    private func compare(_ expected: String, _ found: String) -> Mismatch? {
        expected == found ? nil : (expected, found)
    }

    func mismatch(_ condition: Condition) -> Mismatch? {
        let mapping = after.mapping
        switch condition {
        case .nrpages(let count): return compare("\(count)", "\(mapping.nrpages)")
        case .nrexceptional(let count): return compare("\(count)", "\(mapping.nrexceptional)")
        case .height(let height): return compare("\(height)", "\(mapping.pageTree.height)")
        case .nodes(let count): return compare("\(count)", "\(mapping.pageTree.nodeCount)")
        case .rootTags(let tags):
            return compare(Self.letters(tags), Self.letters(mapping.pageTree.rootTags))
        case .entries(let runs): return compareAll(runs)
        case .entry(let runs): return compareSome(runs)
        case .blocks(let runs): return compareBlocks(runs)
        case .size(let size): return compare("\(size)", "\(after.inode.size)")
        case .value(let value):
            return compare("\(value)", outcome.value.map { "\($0)" } ?? "nothing")
        case .result(let result): return compare(Self.result(result), Self.result(outcome))
        case .faults(let minor, let major):
            return minor.flatMap { compare("\($0) minor", "\(outcome.minorFaults) minor") }
                ?? major.flatMap { compare("\($0) major", "\(outcome.majorFaults) major") }
        case .findings(let kinds):
            let found = Set(findings.map(\.kind.rawValue)).sorted()
            return compare(
                "[\(kinds.map(\.rawValue).sorted().joined(separator: ", "))]",
                "[\(found.joined(separator: ", "))]")
        case .bug(let place):
            let found = before.bug == nil ? after.bug?.location : nil
            return compare(place ?? "none", found ?? "none")
        case .warn(let texts): return compareLog(texts, level: .warning, isExact: true)
        case .log(let texts): return compareLog(texts, level: nil, isExact: false)
        case .pte(let mappings): return mappings.lazy.compactMap(comparePTE).first
        case .durable(let runs): return compareDurable(runs)
        // Of the step, not of the moments around it.
        case .met: return nil
        }
    }

    private var outcome: Outcome {
        after.tasks.first { $0.name == task }?.outcome ?? Outcome()
    }

    // MARK: Spellings

    static func letters(_ tags: RadixTree.TagSet) -> String {
        let text = zip(RadixTree.Tag.allCases, ["D", "W", "T"]).filter { tags.contains($0.0) }
            .map(\.1).joined()
        return text.isEmpty ? "none" : text
    }

    static func letters(_ tags: ExpectedTags) -> String {
        letters(RadixTree.TagSet(rawValue: tags.rawValue))
    }

    static func result(_ outcome: Outcome) -> String {
        if let signal = outcome.signal { return signal }
        guard outcome.code < 0 else { return "\(outcome.code)" }
        let error = ExpectedErrno.allCases.first { $0.number == Int64(-outcome.code) }
        return error?.rawValue ?? "\(outcome.code)"
    }

    static func result(_ expected: ExpectedResult) -> String {
        switch expected {
        case .returns(let code): "\(code)"
        case .error(let error): error.rawValue
        case .signal(let signal): signal.rawValue
        }
    }

    // MARK: Entries and blocks

    private func describe(_ entry: RadixTree.Entry, at index: UInt64) -> ExpectedEntry {
        let kind: ExpectedEntry.Kind =
            switch Audit.kind(of: entry, in: after) {
            case .page: .page
            case .zeroPage: .zeroPage
            case .daxPTE: .daxPTE
            case .daxPMD: .daxPMD
            case .shadow: .shadow
            case .swap: .swap
            }
        var tags: ExpectedTags = []
        for tag in RadixTree.Tag.allCases
        where after.mapping.pageTree.hasTag(tag, at: PageIndex(index)) {
            tags.insert(ExpectedTags(rawValue: 1 << UInt8(tag.rawValue)))
        }
        return ExpectedEntry(kind, tags)
    }

    private static func spell(_ entry: ExpectedEntry?) -> String {
        guard let entry else { return "none" }
        let tags = ExpectedTags.spellings.filter { entry.tags.contains($0.tag) }.map(\.word)
        return ([entry.kind.rawValue] + tags).joined(separator: " ")
    }

    /// `page` stands for a page of any sort.
    private func holds(_ expected: ExpectedEntry?, _ found: ExpectedEntry?) -> Bool {
        if expected?.kind == .page, found?.kind == .zeroPage {
            return expected?.tags == found?.tags
        }
        return expected == found
    }

    private func compareAll(_ runs: [IndexRun<ExpectedEntry>]) -> Mismatch? {
        let found = after.mapping.pageTree.entries().map {
            (index: $0.index.rawValue, entry: describe($0.entry, at: $0.index.rawValue))
        }
        let expectedCount = runs.reduce(UInt64(0)) { sum, run in
            let (total, overflow) = sum.addingReportingOverflow(
                run.indices.upperBound - run.indices.lowerBound)
            return overflow || total == .max ? .max : total + 1
        }
        let agrees =
            expectedCount == UInt64(found.count)
            && found.allSatisfy { item in
                runs.contains {
                    $0.indices.contains(item.index) && holds($0.value, item.entry)
                }
            }
        guard !agrees else { return nil }
        return (
            Runs.spelled(runs.map { ($0.indices, Self.spell($0.value)) }),
            Runs.spelled(found.map { ($0.index...$0.index, Self.spell($0.entry)) })
        )
    }

    /// Walks what is in the tree, never the run: a run can be 2^64 long.
    private func compareSome(_ runs: [IndexRun<ExpectedEntry?>]) -> Mismatch? {
        let tree = after.mapping.pageTree
        return runs.lazy.compactMap { run in
            Runs.mismatch(run.indices, Self.spell(run.value)) { index in
                let found = tree.next(atOrAfter: PageIndex(index))
                guard let found, found.index.rawValue == index else {
                    let last = found.map { $0.index.rawValue - 1 } ?? .max
                    return Segment(last: last, text: "none", holds: run.value == nil)
                }
                let entry = describe(found.entry, at: index)
                return Segment(
                    last: index, text: Self.spell(entry), holds: holds(run.value, entry))
            }
        }.first
    }

    private func compareBlocks(_ runs: [IndexRun<BlockState>]) -> Mismatch? {
        runs.lazy.compactMap { run in
            Runs.mismatch(run.indices, run.value.rawValue) { block in
                let found = after.blocks.lookup(block)
                return Segment(
                    last: block + (found.length - 1), text: found.state.rawValue,
                    holds: found.state == run.value)
            }
        }.first
    }

    private func compareDurable(_ runs: [IndexRun<UInt8>]) -> Mismatch? {
        runs.lazy.compactMap { run in
            Runs.mismatch(run.indices, "\(run.value)") { page in
                let found = after.blocks.lookup(page)
                let (byte, length) =
                    found.state == .written
                    ? durable(found.physical, found.length) : (0, found.length)
                return Segment(
                    last: page + (length - 1), text: "\(byte)", holds: byte == run.value)
            }
        }.first
    }

    /// The durable byte of a block, and how many from it on have it, of so many.
    private func durable(_ block: UInt64, _ limit: UInt64) -> (byte: UInt8, length: UInt64) {
        let lines = after.memory.lines
        if let line = lines[block] { return (line.durable, 1) }
        let next = lines.positions(of: block..<(block + limit)).first
        return (0, next.map { lines.element(at: $0).key - block } ?? limit)
    }

    // MARK: Log and page tables

    private func compareLog(
        _ texts: [String], level: ConsoleLine.Level?, isExact: Bool
    ) -> Mismatch? {
        let lines = after.console.dropFirst(before.console.count)
            .filter { level == nil || $0.level == level }.map(\.text)
        let spelled = lines.isEmpty ? "nothing" : lines.joined(separator: " | ")
        if isExact, lines.count != texts.count {
            return ("\(texts.count) lines", "\(lines.count): \(spelled)")
        }
        for (i, text) in texts.enumerated() {
            let isThere =
                isExact ? lines[i].contains(text) : lines.contains { $0.contains(text) }
            guard isThere else { return ("'\(text)'", spelled) }
        }
        return nil
    }

    private func comparePTE(_ expected: ExpectedMapping) -> Mismatch? {
        let found = target(expected)
        let name = "\(expected.map) \(expected.page)"
        let isTarget =
            switch (expected.target, found.target) {
            case (nil, let target): target != .none
            case (.page?, .zeroPage): true
            case (let wanted?, let target): wanted == target
            }
        let isAccess = expected.access == nil || expected.access == found.access
        guard !isTarget || !isAccess else { return nil }
        let spell: (ExpectedMapping.Target?, ExpectedMapping.Access?) -> String = {
            [$0?.rawValue ?? "anything", $1?.rawValue].compactMap(\.self).joined(separator: " ")
        }
        return (
            "\(name): \(spell(expected.target, expected.access))",
            "\(name): \(spell(found.target, found.access))"
        )
    }

    private func target(
        _ expected: ExpectedMapping
    ) -> (target: ExpectedMapping.Target, access: ExpectedMapping.Access?) {
        guard let vma = after.vma(named: expected.map) else { return (.none, nil) }
        let access: (Bool) -> ExpectedMapping.Access = { $0 ? .writable : .readOnly }
        switch after.vmas[vma].pmd(of: expected.page) {
        case .none: return (.none, nil)
        case .hugeZeroPage: return (.hugeZero, .readOnly)
        case .huge(_, let isWritable, _): return (.huge, access(isWritable))
        case .table:
            guard let pte = after.vmas[vma].ptes[expected.page] else { return (.none, nil) }
            switch pte.target {
            case .block: return (.block, access(pte.isWritable))
            case .copy: return (.page, access(pte.isWritable))
            case .page(let page):
                return (after[page].isZeroPage ? .zeroPage : .page, access(pte.isWritable))
            }
        }
    }
}
