import Kernel
import PageCache
import RadixTree

/// The page-cache tree: its entries and nodes.
extension Comparison {
    mutating func compareTree() {
        let recorded = run.recorded.entries.flatMap(describe)
        let ours = run.machine.mapping.radixTree.entries().map { describe($0.index, $0.entry) }
        compare("entries", recorded.joined(separator: " "), ours.joined(separator: " "))
        compareNodes()
    }

    /// Flags and mapping counts are fields of their own where all of them are told.
    private var hasBareEntries: Bool { isDetailed || step.same == true }

    private func describe(_ entry: KernelRecording.Entry) -> [String] {
        let tags = sorted(entry.tags ?? "")
        return entry.range.map { index in
            guard entry.kind != "page" else {
                guard !hasBareEntries else { return "\(index):page\(tags)" }
                return "\(index):page\(tags)/\(entry.pageFlags ?? "")m\(entry.mapcount ?? 0)"
            }
            let sector = entry.sector.map { "@\($0)" } ?? ""
            return "\(index):\(entry.type ?? "exceptional")\(sector)\(tags)"
        }
    }

    private func describe(_ index: RadixTree.Index, _ entry: RadixTree.Entry) -> String {
        let tree = run.machine.mapping.radixTree
        var tags: RadixTree.TagSet = []
        for tag in RadixTree.Tag.allCases where tree.hasTag(tag, at: index) {
            tags.insert(RadixTree.TagSet(tag))
        }
        if let page = entry.page {
            guard !hasBareEntries else { return "\(index):page\(letters(tags))" }
            let state = run.machine[page]
            return "\(index):page\(letters(tags))/\(letters(state.flags))m\(state.mapCount)"
        }
        guard !isShadow(entry) else { return "\(index):shadow\(letters(tags))" }
        let sector = Int64(bitPattern: entry.daxSector &- run.origin &* 8)
        return "\(index):\(entry.isDAXPMD ? "dax-pmd" : "dax-pte")@\(sector)\(letters(tags))"
    }

    /// An exceptional entry that is no DAX entry.
    func isShadow(_ entry: RadixTree.Entry) -> Bool {
        entry.page == nil
            && !(run.isDAX && (entry.isDAXPTE || entry.isDAXPMD) && run.kernel.version >= .v6)
    }

    /// In the order of the recording.
    private func letters(_ flags: PageFlags) -> String {
        let all: [(PageFlags, String)] = [
            (.locked, "L"), (.dirty, "D"), (.writeback, "W"), (.uptodate, "U"), (.hasBuffers, "P"),
        ]
        return all.filter { flags.contains($0.0) }.map(\.1).joined()
    }

    private mutating func compareNodes() {
        let mapping = run.machine.mapping
        let tree = mapping.radixTree
        let recorded = run.recorded.nodes.map { node in
            "\(node.base)/\(node.height): \(node.count)+\(node.shadows ?? 0) "
                + "\(node.tagsDirty ?? "0") \(node.tagsTowrite ?? "0") "
                + (node.tagsWriteback ?? "0")
        }
        let ours = tree.preorder().map { id in
            let node = tree.node(id)
            return "\(node.firstIndex)/\(node.height): \(node.pagesCount)+\(node.shadowsCount) "
                + "\(hex(node.tags(.dirty))) \(hex(node.tags(.towrite))) "
                + "\(hex(node.tags(.writeback)))"
        }
        compare("nodes", recorded.joined(separator: ", "), ours.joined(separator: ", "))
        guard isDetailed else { return }
        let listed = run.recorded.nodes.filter { $0.listed == true }.map { "\($0.base)" }
        let ourListed = tree.preorder().filter(mapping.shadowNodes.contains)
            .map { "\(tree.node($0).firstIndex)" }
        guard !listed.isEmpty || !ourListed.isEmpty else { return }
        compare(
            "nodes listed", listed.joined(separator: " "), ourListed.joined(separator: " "))
    }

    private func hex(_ bits: UInt64) -> String { String(bits, radix: 16) }
}
