import Kernel
import PageCache
import Stepping

extension Breakpoint {
    /// Every position of a run that it stops at, ascending.
    func hits(_ timeline: Timeline, _ history: History) -> [Int] {
        switch kind {
        case .function(let name): return statements(timeline, name) { $0 == 0 }
        case .statement(let name, let number): return statements(timeline, name) { $0 == number }
        case .index(let index):
            return unique(history.changes(of: index, upTo: .max).map(\.position))
        case .change(let watched): return unique(changes(of: watched, history))
        case .finding(let kind):
            let wanted = timeline.episodes.filter { kind == nil || $0.finding.kind == kind }
            return unique(wanted.map(\.born))
        case .condition(let expression): return Facts.positions(timeline, where: expression)
        }
    }

    private func statements(
        _ timeline: Timeline, _ name: String, _ matches: (Int) -> Bool
    ) -> [Int] {
        timeline.steps.indices.filter { position in
            let step = timeline.steps[position]
            guard step.kind != .began, step.kind != .refused else { return false }
            return timeline.kernel.listings[Int(step.function)].name == name
                && matches(Int(step.statement))
        }
    }

    private func changes(of watched: Watched, _ history: History) -> [Int] {
        switch watched {
        case .tree: history.changes.filter(\.isOfEntry).map(\.position)
        case .tag: history.changes.filter { !$0.isOfEntry }.map(\.position)
        case .nrpages: history.nrpages.dropFirst().map(\.position)
        case .nrexceptional: history.nrexceptional.dropFirst().map(\.position)
        case .console: history.console.map(\.position)
        case .warn:
            history.console.filter { $0.line.level == .warning || $0.line.level == .bug }
                .map(\.position)
        }
    }

    private func unique(_ positions: [Int]) -> [Int] { Set(positions).sorted() }
}

/// What a condition can ask of a moment.
struct Facts {
    let timeline: Timeline
    let position: Int
    let machine: Machine
    let counts: Audit.Counts

    /// The positions at which a condition becomes true.
    static func positions(_ timeline: Timeline, where expression: Expression) -> [Int] {
        var machine = timeline.machine(at: 0)
        var counts = Audit.counts(machine)
        var found: [Int] = []
        var wasTrue = false
        for position in 0...min(timeline.end, 20_000) {
            if position > 0 {
                let before = machine.mapping.pageTree
                Replay.advance(&machine, timeline, from: position - 1)
                counts = Audit.counts(machine, from: counts, of: before)
            }
            let facts = Facts(
                timeline: timeline, position: position, machine: machine, counts: counts)
            let isTrue = expression.value(facts.value).isTrue
            if isTrue, !wasTrue { found.append(position) }
            wasTrue = isTrue
        }
        return found
    }

    func value(_ name: String) -> Expression.Value? {
        let mapping = machine.mapping
        switch name {
        case "nrpages": return .number(mapping.nrpages)
        case "nrexceptional": return .number(mapping.nrexceptional)
        case "pages": return .number(counts.pages)
        case "exceptional": return .number(counts.exceptional)
        case "entries": return .number(counts.pages + counts.exceptional)
        case "dirty": return .number(UInt64(counts.dirty))
        case "towrite": return .number(UInt64(counts.towrite))
        case "writeback": return .number(UInt64(counts.writeback))
        case "height": return .number(UInt64(mapping.pageTree.height))
        case "nodes": return .number(UInt64(mapping.pageTree.nodeCount))
        case "size": return .number(machine.inode.size)
        case "step": return .number(UInt64(position))
        case "findings": return .number(UInt64(timeline.findings(at: position).count))
        case "task": return .text(machine.tasks[machine.current].name)
        case "op": return .text(operation ?? "")
        case "function": return .text(timeline.nextStatement(at: position)?.listing.name ?? "")
        default: return nil
        }
    }

    private var operation: String? {
        guard let number = timeline.span(at: position) else { return nil }
        let span = timeline.spans[number]
        guard position < span.end else { return nil }
        return span.operation?.name
    }
}

/// A breakpoint with the positions of the present run that it stops at.
struct Stop: Sendable {
    var breakpoint: Breakpoint
    var hits: [Int]
}
