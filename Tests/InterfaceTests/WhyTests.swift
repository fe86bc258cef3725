import Foundation
import Kernel
import PageCache
import PageTree
import Scenario
import Stepping
import Testing

@testable import Interface

/// Every clause of every explanation, against the moments before and after its statement.
@Suite struct WhyTests {
    @Test(arguments: try! Library.scenarios)
    func inTheLibrary(_ scenario: Scenario) throws {
        for version in scenario.kernels {
            check(ScenarioRun(scenario, on: version), "\(scenario.name) on \(version.name)")
        }
    }

    @Test(arguments: 0..<8)
    func inRandomRaces(_ part: Int) {
        for seed in (part * 125)..<(part * 125 + 125) {
            var generator = SplitMix(state: UInt64(seed))
            let race = Race.random(&generator)
            check(ScenarioRun(race.scenario, on: race.version), "seed \(seed)")
        }
    }

    /// What a person did in the middle of a story, and what was kept of it and read again.
    @Test(arguments: ["fsync", "drop-caches", "pwrite: { pages: 3, value: 9 }", "reclaim"])
    func inKeptBranches(_ operation: String) throws {
        var count = 0
        for scenario in try Library.scenarios {
            let version = scenario.kernels[count % scenario.kernels.count]
            let story = ScenarioRun(scenario, on: version)
            for part in 1...3 {
                var state = InterfaceState(run: story, position: story.timeline.end * part / 4)
                reduce(&state, .perform(operation))
                guard state.choices.branch > 0 else { continue }
                count += 1
                let name = "\(scenario.name) on \(version.name), \(operation) in part \(part)"
                check(state.run, name)
                let kept = try Scenario.parse(state.run.scenario.yaml(), file: "kept.yml")
                check(ScenarioRun(kept, on: version), "kept: " + name)
            }
        }
        #expect(count > 60)
    }

    private func check(_ run: ScenarioRun, _ name: String) {
        guard !run.timeline.episodes.isEmpty else { return }
        let state = InterfaceState(run: run)
        for episode in run.timeline.episodes {
            checkLife(episode, run.timeline, name)
            for position in Set([episode.born, (episode.ended ?? run.timeline.end + 1) - 1]) {
                check(Why(episode.finding, state.at(position)), episode, run.timeline, name)
            }
        }
        for counter in Why.Counter.allCases {
            let why = Why(.counter(counter), state.at(run.timeline.end))
            for cause in why?.causes ?? [] { check(cause, run.timeline, name) }
        }
    }

    /// It is true from its birth on and not before, and was seen no earlier.
    private func checkLife(_ episode: Episode, _ timeline: Timeline, _ name: String) {
        let finding = episode.finding
        func holds(_ position: Int) -> Bool {
            Audit.holds(finding, in: timeline.machine(at: position))
        }
        #expect(episode.born <= episode.seen, "\(name): \(finding)")
        #expect(holds(episode.born) && holds(episode.seen), "\(name): \(episode)")
        let before = timeline.machine(at: max(0, episode.born - 1))
        if let amount = Audit.discrepancy(finding, in: timeline.machine(at: episode.born)) {
            // Off by this much from here on, whatever the lock hides.
            #expect(amount != Audit.discrepancy(finding, in: before), "\(name): \(episode)")
            let atSeen = Audit.discrepancy(finding, in: timeline.machine(at: episode.seen))
            #expect(amount == atSeen, "\(name): \(episode)")
        } else {
            #expect(episode.born == 0 || !holds(episode.born - 1), "\(name): \(episode)")
        }
        let last = timeline.machine(at: timeline.end)
        // Under tree_lock counts are judged by nobody.
        let isHidden =
            !Audit.canJudgeTree(last) && Audit.discrepancy(finding, in: last) != nil
        let isOver = Audit.isOver(finding, in: last) && !isHidden
        #expect(episode.ended != nil || !isOver, "\(name): \(episode)")
        if let end = episode.ended {
            #expect(end > episode.seen && !holds(end), "\(name): \(episode)")
            #expect(holds(end - 1), "\(name): \(episode)")
        }
    }

    private func check(_ why: Why, _ episode: Episode, _ timeline: Timeline, _ name: String) {
        let place = "\(name), \(episode.finding)"
        #expect(why.causes.filter(\.isGuilty).map(\.position) == [episode.born], "\(place)")
        let positions = why.causes.map(\.position)
        #expect(positions == positions.sorted(), "\(place)")
        for cause in why.causes {
            check(cause, timeline, place)
            guard cause.position < episode.born, why.finding?.kind != .miscount else { continue }
            // Nothing that came later is left out: what it did is what was there at the birth.
            for clause in cause.clauses where clause.aspect.isLast(in: why, cause) {
                let atBirth = Facts.read(clause.aspect, timeline.machine(at: episode.born))
                #expect(
                    atBirth == clause.after || why.guiltyChanges(clause.aspect),
                    "\(place): \(cause)")
            }
        }
    }

    /// What a cause says that its statement did is what its statement did.
    private func check(_ cause: Why.Cause, _ timeline: Timeline, _ place: String) {
        #expect(cause.position > 0 && cause.position <= timeline.end, "\(place): \(cause)")
        guard cause.position > 0 else { return }
        let step = timeline.steps[cause.position - 1]
        let function = timeline.kernel.listings[Int(step.function)].name
        #expect(cause.text.hasPrefix(function), "\(place): \(cause)")
        let before = timeline.machine(at: cause.position - 1)
        let after = timeline.machine(at: cause.position)
        for clause in cause.clauses {
            #expect(clause.before != clause.after, "\(place): \(cause)")
            #expect(Facts.read(clause.aspect, before) == clause.before, "\(place): \(cause)")
            #expect(Facts.read(clause.aspect, after) == clause.after, "\(place): \(cause)")
            for word in Facts.words(clause, after) {
                #expect(cause.text.contains(word), "\(place): \(word) in \(cause.text)")
            }
        }
    }
}

extension Why {
    fileprivate func guiltyChanges(_ aspect: Aspect) -> Bool {
        causes.contains { $0.isGuilty && $0.clauses.contains { $0.aspect == aspect } }
    }
}

extension Aspect {
    /// Whether no later cause is about the same value.
    fileprivate func isLast(in why: Why, _ cause: Why.Cause) -> Bool {
        !why.causes.contains {
            $0.position > cause.position && $0.clauses.contains { $0.aspect == self }
        }
    }
}

/// The values that clauses are about, read without the code that makes the clauses.
private enum Facts {
    static func read(_ aspect: Aspect, _ machine: Machine) -> Aspect.Reading {
        let tree = machine.mapping.pageTree
        switch aspect {
        case .presence(let page, let index):
            return .flag(tree.lookup(PageIndex(index))?.page == page)
        case .mapping(let page): return .flag(machine.pages[page]?.hasMapping == true)
        case .entry(let index):
            let entry = tree.entries().first { $0.index.rawValue == index }?.entry
            return .item(
                entry.map { PageTree.Item(entry: $0, indices: 0...0, tags: []) },
                entry.map { Audit.kind(of: $0, in: machine) })
        case .item(let index):
            guard let entry = tree.lookup(PageIndex(index)) else { return .item(nil, nil) }
            var tags: PageTree.TagSet = []
            if case .node = tree.root {
                // A leaf's own bits: the levels above follow a statement later.
                tags = leafTags(index, tree)
            } else {
                tags = tree.rootTags
            }
            return .item(
                PageTree.Item(
                    entry: entry, indices: PageIndex(index)...PageIndex(index), tags: tags),
                Audit.kind(of: entry, in: machine))
        case .block(let index):
            let run = machine.blocks.runs.first { $0.first <= index && index < $0.end }
            return .block(
                run?.state ?? .hole,
                run.map { $0.isAllocated ? $0.physical + index - $0.first : 0 } ?? 0)
        case .target(let vma, let index): return .target(target(vma, index, machine))
        case .writable(let number, let index):
            guard machine.vmas.indices.contains(number), machine.vmas[number].isMapped else {
                return .flag(false)
            }
            let vma = machine.vmas[number]
            if case .huge(_, let isWritable, _)? = vma.pmds[vma.region(of: index)] {
                return .flag(isWritable)
            }
            let isTable = vma.pmds[vma.region(of: index)] == .table
            return .flag(isTable && vma.ptes[index]?.isWritable == true)
        case .claim(let index): return .bytes(machine.claims.values[index] ?? .none)
        case .contents(let index): return .contents(contents(index, machine))
        case .promise(let index):
            let run = machine.blocks.runs.first { $0.first <= index && index < $0.end }
            let line = run.flatMap {
                $0.isAllocated ? machine.memory.lines[$0.physical + index - $0.first] : nil
            }
            return .bytes(line?.promised ?? .none)
        case .counter(.nrpages): return .count(machine.mapping.nrpages)
        case .counter(.nrexceptional): return .count(machine.mapping.nrexceptional)
        case .counter(.swapped): return .count(machine.inode.swapped)
        case .counted(let counter):
            let entries = tree.entries().map(\.entry)
            let isPages = counter == .nrpages
            return .count(UInt64(entries.count { ($0.page != nil) == isPages }))
        case .nodeCount(let index, let height, let part),
            .nodeContents(let index, let height, let part):
            guard let node = node(index, height, tree) else { return .count(nil) }
            let isCount = if case .nodeCount = aspect { true } else { false }
            let shadows = (0..<64).count { slot in
                guard case .entry(let entry) = node.slot(slot) else { return false }
                return Audit.kind(of: entry, in: machine) == .shadow
            }
            let others = node.occupied.nonzeroBitCount - shadows
            if isCount {
                return .count(UInt64(part == .shadows ? node.count >> 7 : node.count & 127))
            }
            return .count(UInt64(part == .shadows ? shadows : others))
        case .wait(let name):
            let task = machine.tasks.first { $0.name == name }
            guard case .waiting? = task?.state else { return .wait(nil) }
            return aspect.reading(machine)
        }
    }

    /// Words that the text must have, so that it says what the clause says.
    static func words(_ clause: Why.Clause, _ machine: Machine) -> [String] {
        switch (clause.aspect, clause.after) {
        case (.presence(let page, let index), .flag(let isThere)):
            [isThere ? "puts" : "takes", "\(page)", "at \(index)"]
        case (.block(let index), .block(let state, _)):
            ["page \(index)", state == .hole ? "frees" : state.rawValue]
        case (.target(let vma, let index), .target(let target)):
            ["\(machine.vmas[vma].name)[\(index)]", target == nil ? "unmaps" : "maps"]
        case (.contents(let index), .contents(let new)):
            ["page \(index)"] + first(new.map { $0 }, since: clause.before)
        case (.claim(let index), .bytes(let new)):
            ["page \(index)"] + first(new, since: clause.before)
        default: []
        }
    }

    /// The value of the first byte that is there and was another, or not there.
    private static func first(_ new: SomeBytes, since before: Aspect.Reading) -> [String] {
        let old: SomeBytes
        switch before {
        case .bytes(let bytes): old = bytes
        case .contents(let bytes): old = bytes.map { $0 }
        default: return []
        }
        let offset = (0..<4096).first { new[$0] != nil && new[$0] != old[$0] }
        return offset.map { [String(format: "0x%02x", new[$0]!)] } ?? []
    }

    private static func node(_ index: UInt64, _ height: Int, _ tree: PageTree) -> PageTree.Node? {
        guard case .node(var id) = tree.root,
            tree.height == 11 || index >> UInt64(6 * tree.height) == 0
        else { return nil }
        while true {
            let node = tree.node(id)
            if node.height <= height { return node.height == height ? node : nil }
            let offset = Int(index >> UInt64(6 * (node.height - 1)) & 63)
            guard case .node(let child) = node.slot(offset) else { return nil }
            id = child
        }
    }

    private static func leafTags(_ index: UInt64, _ tree: PageTree) -> PageTree.TagSet {
        guard let leaf = node(index, 1, tree) else { return [] }
        return leaf.tags(at: Int(index & 63))
    }

    private static func target(_ number: Int, _ index: UInt64, _ machine: Machine) -> VMA.Target? {
        guard machine.vmas.indices.contains(number), machine.vmas[number].isMapped else {
            return nil
        }
        let vma = machine.vmas[number]
        let region = (index + vma.skew) / 512
        switch vma.pmds[region] {
        case nil, .some(.none): return nil
        case .hugeZeroPage: return .hugeZeroPage
        case .huge(let block, _, _): return .block(block + (index + vma.skew) % 512)
        case .table:
            switch vma.ptes[index]?.target {
            case nil: return nil
            case .page(let page): return .page(page)
            case .block(let block): return .block(block)
            case .copy(let value): return .copy(value)
            }
        }
    }

    /// What pread(2) comes back with, without asking it.
    private static func contents(_ index: UInt64, _ machine: Machine) -> PageBytes {
        if !machine.inode.isDAX {
            let entry = machine.mapping.pageTree.lookup(PageIndex(index))
            if let page = entry?.page, machine[page].flags.contains(.uptodate) {
                return machine[page].bytes
            }
            if let entry, entry.page == nil, machine.inode.fileSystem == .tmpfs {
                let slot = machine.swap.slots[entry.rawValue >> 2]!
                return slot.page.map { machine[$0].bytes } ?? slot.bytes
            }
        }
        let run = machine.blocks.runs.first { $0.first <= index && index < $0.end }
        guard let run, run.state == .written else { return .zero }
        let line = machine.memory.lines[run.physical + index - run.first]
        guard let line else { return .zero }
        return line.durable.combined(with: line.pending) { $1 ?? $0 }
            .combined(with: line.cached) { $1 ?? $0 }
    }
}

extension Scenario: CustomTestStringConvertible {
    public var testDescription: String { name }
}
