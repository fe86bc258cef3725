import Kernel
import PageCache

/// The present page table entries of all mappings.
extension Comparison {
    /// One entry of either side.
    private struct Item {
        var map: String
        var index: UInt64
        var entry: String?
        var young: String?
        var copy: String?
        var bytes: String?
    }

    mutating func compareMaps() {
        let recorded = run.recorded.maps.flatMap { entry in
            (entry.index..<entry.index + (entry.pages ?? 1)).map { index in
                Item(
                    map: entry.map, index: index,
                    entry: text(entry.kind, entry.write != 0, entry.dirty != 0),
                    young: entry.young != 0 ? "young" : "old", copy: copy(entry),
                    bytes: bytes(entry))
            }
        }
        let ours = state.mapped().flatMap { entry in
            (entry.index..<entry.index + entry.pages).map { index in
                Item(
                    map: entry.map, index: index,
                    entry: text(entry.kind, entry.isWritable, entry.isDirty),
                    young: entry.isYoung.map { $0 ? "young" : "old" },
                    copy: entry.kind == "private" ? entry.copy : "",
                    bytes: entry.bytes.map(text))
            }
        }
        guard !recorded.isEmpty || !ours.isEmpty else { return }
        compareItems("maps", recorded, ours, \.entry)
        compareItems("maps young", recorded, ours, \.young)
        compareItems(
            "maps copies", recorded.filter { $0.copy != "" }, ours.filter { $0.copy != "" },
            \.copy)
        compareItems("maps bytes", recorded, ours, \.bytes)
    }

    private func text(_ kind: String, _ write: Bool, _ dirty: Bool) -> String {
        kind + (write ? ",write" : "") + (dirty ? ",dirty" : "")
    }

    private func copy(_ entry: KernelRecording.Mapped) -> String {
        guard entry.kind == "private" else { return "" }
        return "\(entry.flags ?? ""), refs \(entry.refs ?? 0), mapcount \(entry.mapcount ?? 0)"
    }

    private func bytes(_ entry: KernelRecording.Mapped) -> String {
        if let runs = entry.runs { return text(runs) }
        guard let value = entry.bytes.first ?? nil else { return "-" }
        return text([KernelRecording.Run(length: Geometry.pageSize, value: value)])
    }

    /// Map by map, sorted: "a 0-3:page b 5:block,write".
    private mutating func compareItems(
        _ name: String, _ recorded: [Item], _ ours: [Item], _ value: KeyPath<Item, String?>
    ) {
        func text(_ items: [Item]) -> String? {
            let byMap = Dictionary(grouping: items) { $0.map }
            var out: [String] = []
            for (map, items) in byMap.sorted(by: { $0.key < $1.key }) {
                let sorted = items.sorted { $0.index < $1.index }
                guard
                    let runs = Runs.text(
                        sorted.map { (index: $0.index, text: $0[keyPath: value]) })
                else { return nil }
                out.append("\(map) \(runs)")
            }
            return out.joined(separator: " ")
        }
        let theirs = text(recorded) ?? ""
        let mine = text(ours)
        guard !theirs.isEmpty || mine != "" else { return }
        compare(name, theirs, mine ?? ModelState.notModelled)
    }
}
