import PageTree

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

        /// What stands at some indices comes, or goes.
        @inline(__always)
        fileprivate mutating func add(
            _ entry: PageTree.Entry, at indices: ClosedRange<PageIndex>, hasSwap: Bool, _ times: Int
        ) {
            let change = UInt64(bitPattern: Int64(times)) &* indices.width
            // What is only reserved is neither.
            if entry.isPointer {
                pages &+= change
            } else if entry.isValue, hasSwap {
                swap &+= change
            } else if entry.isValue {
                exceptional &+= change
            }
        }

        /// An entry may come or go range by range; its tags are counted once.
        fileprivate mutating func add(
            _ item: PageTree.Item, at indices: ClosedRange<PageIndex>, hasSwap: Bool, _ times: Int
        ) {
            add(item.entry, at: indices, hasSwap: hasSwap, times)
            guard indices.contains(item.indices.lowerBound) else { return }
            if item.tags.contains(.dirty) { dirty += times }
            if item.tags.contains(.towrite) { towrite += times }
            if item.tags.contains(.writeback) { writeback += times }
        }
    }

    /// Reads the whole tree.
    public static func counts(_ machine: Machine) -> Counts {
        counts(machine, from: Counts(), of: machine.mapping.pageTree.emptied)
    }

    /// Reads what differs from the tree of another moment of the same machine.
    ///
    /// - Parameters:
    ///   - known: the counts at that moment.
    ///   - tree: the tree at that moment.
    public static func counts(
        _ machine: Machine, from known: Counts, of tree: PageTree
    ) -> Counts {
        var counts = known
        let hasSwap = machine.hasSwapEntries
        machine.mapping.pageTree.forEachChange(since: tree) { range, before, after in
            if let before { counts.add(before, at: range, hasSwap: hasSwap, -1) }
            if let after { counts.add(after, at: range, hasSwap: hasSwap, 1) }
        }
        return counts
    }

    /// Without tags.
    static func entryCounts(_ machine: Machine) -> Counts {
        entryCounts(machine, in: machine.mapping.pageTree)
    }

    static func entryCounts(_ machine: Machine, in tree: PageTree) -> Counts {
        var counts = Counts()
        let hasSwap = machine.hasSwapEntries
        tree.forEachEntry { found in
            counts.add(found.entry, at: found.indices, hasSwap: hasSwap, 1)
        }
        return counts
    }
}

extension Machine {
    /// Exceptional entries of tmpfs are swap entries, and only those.
    fileprivate var hasSwapEntries: Bool { inode.fileSystem == .tmpfs }
}

extension Machine {
    /// What a counter says.
    public func recorded(_ counter: Finding.Counter) -> UInt64 {
        switch counter {
        case .nrpages: mapping.nrpages
        case .nrexceptional: mapping.nrexceptional
        case .swapped: inode.swapped
        }
    }
}

extension Audit.Counts {
    /// What a counter should say. Swap entries are not in nrexceptional: of tmpfs that must stay 0.
    public func count(_ counter: Finding.Counter) -> UInt64 {
        switch counter {
        case .nrpages: pages
        case .nrexceptional: exceptional
        case .swapped: swap
        }
    }
}
