import Kernel
import PageCache
import RadixTree

/// The pages and shadows of the tree, aspect by aspect.
extension Comparison {
    private typealias Recorded = [(index: UInt64, entry: KernelRecording.Entry)]
    private typealias Ours = [(index: UInt64, entry: RadixTree.Entry)]

    private func recordedEntries(
        _ isWanted: (KernelRecording.Entry) -> Bool
    ) -> Recorded {
        run.recorded.entries.filter(isWanted)
            .flatMap { entry in entry.range.map { ($0, entry) } }
    }

    private func ourEntries(_ isWanted: (RadixTree.Entry) -> Bool) -> Ours {
        run.machine.mapping.radixTree.entries().filter { isWanted($0.entry) }
            .map { ($0.index.rawValue, $0.entry) }
    }

    mutating func comparePages() {
        let recorded = recordedEntries { $0.kind == "page" }
        let ours = ourEntries { $0.page != nil }
        guard !recorded.isEmpty || !ours.isEmpty else { return }
        let undrained = ModelState(machine: run.undrained, kernel: run.kernel)
        compareFlags("flag", recorded, ours, state) { $0.flags }
        compareFlags("batched flag", recorded, ours, undrained) { $0.batched?.flags ?? $0.flags }
        for (name, theirs, mine) in aspects(recorded, ours, undrained) {
            compareSome(name, theirs, mine)
        }
        for (index, entry) in recorded where entry.mappingIndex != nil {
            compare("mapping_index", "\(index):another", nil)
        }
    }

    /// Names and texts of what the pages are compared by, beside their flags.
    private func aspects(
        _ recorded: Recorded, _ ours: Ours, _ undrained: ModelState
    ) -> [(name: String, recorded: String, ours: String?)] {
        func theirs(_ text: (KernelRecording.Entry) -> String) -> String {
            var last = ""
            return Runs.text(
                recorded.map { index, entry in
                    // The text of a run is made once.
                    if index == entry.index { last = text(entry) }
                    return (index, last)
                })
        }
        func mine(_ text: (PageID) -> String?) -> String? {
            Runs.text(ours.map { ($0.index, $0.entry.page.flatMap(text)) })
        }
        return [
            (
                "refs", theirs { text($0.refs) }, mine { state.references(of: $0).map(text) }
            ),
            (
                "batched refs", theirs { text($0.batched?.refs ?? $0.refs) },
                mine { undrained.references(of: $0).map(text) }
            ),
            (
                "mapcount", theirs { text($0.mapcount) },
                mine { state.mapCount(of: $0).map(text) }
            ),
            ("buffer", theirs { $0.buffer ?? "none" }, mine { state.buffer(of: $0) }),
            (
                "bytes", theirs { text($0.bytes, $0.runs) },
                mine { state.bytes(of: $0).map(text) }
            ),
        ]
    }

    private func text(_ count: Int?) -> String { "\(count ?? 0)" }

    /// Each flag is a field: the pages that have it.
    private mutating func compareFlags(
        _ name: String, _ recorded: Recorded, _ ours: Ours, _ state: ModelState,
        _ names: (KernelRecording.Entry) -> String?
    ) {
        var theirs: [(index: UInt64, flags: UInt32)] = []
        for item in recorded {
            let isNext = item.index > item.entry.index && theirs.last != nil
            theirs.append((item.index, isNext ? theirs.last!.flags : bits(names(item.entry))))
        }
        let mine = ours.map { ($0.index, $0.entry.page.map(state.flags) ?? 0) }
        let any = theirs.reduce(0) { $0 | $1.flags } | mine.reduce(0) { $0 | $1.1 }
        for (i, flag) in ModelState.flagNames.enumerated() where any & 1 << UInt32(i) != 0 {
            let bit: UInt32 = 1 << UInt32(i)
            let has = theirs.filter { $0.flags & bit != 0 }.map { ($0.index, "") }
            let have = mine.filter { $0.1 & bit != 0 }.map { ($0.0, "") }
            compare("\(name) \(flag.name)", Runs.text(has), Runs.text(have))
        }
    }

    private func bits(_ names: String?) -> UInt32 {
        let names = Set((names ?? "").split(separator: " "))
        return ModelState.flagNames.enumerated().reduce(0) { set, known in
            names.contains(known.element.name[...]) ? set | 1 << UInt32(known.offset) : set
        }
    }

    mutating func compareShadows() {
        let recorded = recordedEntries { $0.shadow != nil }
        let ours = ourEntries(isShadow)
        guard !recorded.isEmpty || !ours.isEmpty else { return }
        let words = recorded.map { index, entry in
            let word = entry.shadow.map {
                "low \($0.low) zone_index \($0.zoneIndex) node \($0.node)"
            }
            return (index, word ?? "")
        }
        compareSome(
            "shadow", Runs.text(words), Runs.text(ours.map { ($0.index, state.shadow($0.entry)) }))
        compareDistances(recorded, ours)
    }

    /// Distances count the evictions of the whole machine: compared is how far the shadows of the
    /// file lie apart.
    private mutating func compareDistances(_ recorded: Recorded, _ ours: Ours) {
        let theirs = recorded.compactMap { index, entry in
            entry.shadow?.distance.map {
                (index, $0 + (entry.shadow?.step ?? 0) * Int(index - entry.index))
            }
        }
        guard !theirs.isEmpty else { return }
        let mine = ours.compactMap { index, entry in
            state.distance(of: entry).map { (index, $0) }
        }
        compareSome("distance", apart(theirs), mine.count < ours.count ? nil : apart(mine))
    }

    private func apart(_ distances: [(index: UInt64, distance: Int)]) -> String {
        Runs.text(distances.map { ($0.index, "\($0.distance - distances[0].distance)") })
    }
}
