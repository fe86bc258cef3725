import RadixTree

extension Audit {
    /// What is in the tree, counted.
    public struct Counts: Hashable, Sendable {
        public var pages: UInt64 = 0
        /// Shadow and DAX entries.
        public var exceptional: UInt64 = 0
        /// Swap entries, which no counter of the mapping counts.
        public var swap: UInt64 = 0
        /// Entries by the tags of their slots; the levels above may not have a tag yet.
        public var dirty = 0
        public var towrite = 0
        public var writeback = 0

        public init() {}

        @inline(__always)
        fileprivate mutating func add(_ entry: RadixTree.Entry, hasSwap: Bool, _ times: Int) {
            let change = UInt64(bitPattern: Int64(times))
            if !entry.isExceptional {
                pages &+= change
            } else if hasSwap {
                swap &+= change
            } else {
                exceptional &+= change
            }
        }

        fileprivate mutating func add(_ item: RadixTree.Item, hasSwap: Bool, _ times: Int) {
            add(item.entry, hasSwap: hasSwap, times)
            if item.tags.contains(.dirty) { dirty += times }
            if item.tags.contains(.towrite) { towrite += times }
            if item.tags.contains(.writeback) { writeback += times }
        }
    }

    /// Reads the whole tree.
    public static func counts(_ machine: Machine) -> Counts {
        let slots = machine.mapping.pageTree.slotsPerNode
        return counts(machine, from: Counts(), of: RadixTree(slotsPerNode: slots))
    }

    /// Reads what differs from the tree of another moment of the same machine.
    ///
    /// - Parameters:
    ///   - known: the counts at that moment.
    ///   - tree: the tree at that moment.
    public static func counts(
        _ machine: Machine, from known: Counts, of tree: RadixTree
    ) -> Counts {
        var counts = known
        let hasSwap = machine.hasSwapEntries
        machine.mapping.pageTree.forEachChange(since: tree) { _, before, after in
            if let before { counts.add(before, hasSwap: hasSwap, -1) }
            if let after { counts.add(after, hasSwap: hasSwap, 1) }
        }
        return counts
    }

    /// Without tags.
    static func entryCounts(_ machine: Machine) -> Counts {
        var counts = Counts()
        let hasSwap = machine.hasSwapEntries
        for (_, entry) in machine.mapping.pageTree.entries() {
            counts.add(entry, hasSwap: hasSwap, 1)
        }
        return counts
    }
}

extension Machine {
    /// Exceptional entries of tmpfs are swap entries, and only those.
    fileprivate var hasSwapEntries: Bool { inode.fileSystem == .tmpfs }
}
