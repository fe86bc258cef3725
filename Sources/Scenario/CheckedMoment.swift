import Kernel
import PageCache
import PageTree

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
        case .resident(let pages):
            let found = outcome.resident.map { Runs.joined($0.map { $0...$0 }) }
            guard found != Runs.joined(pages) else { return nil }
            return (Runs.spelled(pages), found.map(Runs.spelled) ?? "nothing")
        // Of the step, not of the moments around it.
        case .met: return nil
        }
    }

    private var outcome: Outcome {
        after.tasks.first { $0.name == task }?.outcome ?? Outcome()
    }

    // MARK: Spellings

    static func letters(_ tags: PageTree.TagSet) -> String {
        let text = zip(PageTree.Tag.allCases, ["D", "W", "T"]).filter { tags.contains($0.0) }
            .map(\.1).joined()
        return text.isEmpty ? "none" : text
    }

    static func letters(_ tags: ExpectedTags) -> String {
        letters(PageTree.TagSet(rawValue: tags.rawValue))
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

    /// What stands in the tree, in the words of an expectation; a kind may have no such word.
    private struct FoundEntry {
        let kind: EntryKind
        let tags: ExpectedTags

        var spelled: String { CheckedMoment.spell(kind.rawValue, tags) }
    }

    private func describe(_ found: PageTree.Found) -> FoundEntry {
        var tags: ExpectedTags = []
        for tag in PageTree.Tag.allCases
        where after.mapping.pageTree.hasTag(tag, at: found.index) {
            tags.insert(ExpectedTags(rawValue: 1 << UInt8(tag.rawValue)))
        }
        return FoundEntry(kind: Audit.kind(of: found.entry, in: after), tags: tags)
    }

    private static func spell(_ entry: ExpectedEntry?) -> String {
        entry.map { spell($0.kind.rawValue, $0.tags) } ?? "none"
    }

    private static func spell(_ kind: String, _ tags: ExpectedTags) -> String {
        let words = ExpectedTags.spellings.filter { tags.contains($0.tag) }.map(\.word)
        return ([kind] + words).joined(separator: " ")
    }

    /// `page` stands for a page of any sort.
    private func holds(_ expected: ExpectedEntry?, _ found: FoundEntry) -> Bool {
        guard let expected, expected.tags == found.tags else { return false }
        return expected.kind.rawValue == found.kind.rawValue
            || expected.kind == .page && found.kind == .zeroPage
    }

    private func compareAll(_ runs: [IndexRun<ExpectedEntry>]) -> Mismatch? {
        let found = after.mapping.pageTree.entries().map {
            (
                indices: $0.indices.lowerBound.rawValue...$0.indices.upperBound.rawValue,
                entry: describe($0)
            )
        }
        let foundCount = found.reduce(UInt64(0)) { sum, item in
            sum + (item.indices.upperBound - item.indices.lowerBound) + 1
        }
        let expectedCount = runs.reduce(UInt64(0)) { sum, run in
            let (total, overflow) = sum.addingReportingOverflow(
                run.indices.upperBound - run.indices.lowerBound)
            return overflow || total == .max ? .max : total + 1
        }
        let agrees =
            expectedCount == foundCount
            && found.allSatisfy { item in
                runs.contains {
                    $0.indices.contains(item.indices.lowerBound)
                        && $0.indices.contains(item.indices.upperBound)
                        && holds($0.value, item.entry)
                }
            }
        guard !agrees else { return nil }
        return (
            Runs.spelled(runs.map { ($0.indices, Self.spell($0.value)) }),
            Runs.spelled(found.map { ($0.indices, $0.entry.spelled) })
        )
    }

    /// Walks what is in the tree, never the run: a run can be 2^64 long.
    private func compareSome(_ runs: [IndexRun<ExpectedEntry?>]) -> Mismatch? {
        let tree = after.mapping.pageTree
        return runs.lazy.compactMap { run in
            Runs.mismatch(run.indices, Self.spell(run.value)) { index in
                let found = tree.next(atOrAfter: PageIndex(index))
                guard let found, found.index.rawValue <= index else {
                    let last = found.map { $0.index.rawValue - 1 } ?? .max
                    return Segment(last: last, text: "none", holds: run.value == nil)
                }
                let entry = describe(found)
                return Segment(
                    last: found.indices.upperBound.rawValue, text: entry.spelled,
                    holds: holds(run.value, entry))
            }
        }.first
    }

    private func compareBlocks(_ runs: [IndexRun<BlockState>]) -> Mismatch? {
        runs.lazy.compactMap { run in
            Runs.mismatch(run.indices, run.value.rawValue) { block in
                let found = after.blocks.lookup(block)
                return Segment(
                    last: block + (found.length - 1), text: found.state.rawValue,
                    // What is only promised is no block yet.
                    holds: found.state == run.value
                        || run.value == .hole && found.state == .delalloc)
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
        if let line = lines[block] { return (line.durable.first, 1) }
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
            return (counted(texts.count, "line"), "\(lines.count): \(spelled)")
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
