import RadixTree

/// Looks at a machine again and again, and recounts only when something has changed that the
/// verdict depends on.
public struct Auditor: Sendable {
    private var stamp = Int.min
    private var wasJudgeable = false

    /// What is wrong: with the tree, last time that it could be judged, and with the tasks, now.
    public private(set) var findings: [Finding] = []
    private var treeFindings: [Finding] = []

    public init() {}

    /// Looks at the machine as it is now.
    ///
    /// - Returns: whether the findings are others than before.
    public mutating func look(at machine: Machine) -> Bool {
        let isJudgeable = machine.locks.writer(of: .tree) == nil || machine.bug != nil
        guard machine.auditStamp != stamp || isJudgeable != wasJudgeable else { return false }
        stamp = machine.auditStamp
        wasJudgeable = isJudgeable
        if let found = Audit.treeFindings(machine) { treeFindings = found }
        let found = Audit.lockFindings(machine) + treeFindings
        guard found != findings else { return false }
        findings = found
        return true
    }
}

/// Recounts the page cache by reading it, with nothing of the code that changes it.
public enum Audit {
    /// What is in the tree, counted.
    public struct Counts: Hashable, Sendable {
        public var pages: UInt64 = 0
        /// Shadow and DAX entries.
        public var exceptional: UInt64 = 0
        /// Swap entries, which no counter of the mapping counts.
        public var swap: UInt64 = 0
        /// Entries by tag.
        public var dirty = 0
        public var towrite = 0
        public var writeback = 0

        public init() {}
    }

    public static func counts(_ machine: Machine) -> Counts {
        var counts = entryCounts(machine)
        let tree = machine.mapping.pageTree
        tree.forEach(tagged: .dirty) { _, _ in counts.dirty += 1 }
        tree.forEach(tagged: .towrite) { _, _ in counts.towrite += 1 }
        tree.forEach(tagged: .writeback) { _, _ in counts.writeback += 1 }
        return counts
    }

    /// Entries by what should count them; nothing by tag.
    private static func entryCounts(_ machine: Machine) -> Counts {
        var counts = Counts()
        let isSwap = machine.inode.fileSystem == .tmpfs
        for (_, entry) in machine.mapping.pageTree.entries() {
            if !entry.isExceptional {
                counts.pages += 1
            } else if isSwap {
                counts.swap += 1
            } else {
                counts.exceptional += 1
            }
        }
        return counts
    }

    /// What an entry is. DAX entries exist from v6 on; a shadow or a swap entry can look like one
    /// by chance, but never stands in the same tree.
    public static func kind(of entry: RadixTree.Entry, in machine: Machine) -> EntryKind {
        if let page = entry.page { return machine[page].isZeroPage ? .zeroPage : .page }
        // page_is_file_cache says no to a page of tmpfs: reclaim leaves no shadow of it.
        if machine.inode.fileSystem == .tmpfs { return .swap }
        guard machine.inode.isDAX, machine.hasDAXEntries else { return .shadow }
        if entry.isDAXPTE { return .daxPTE }
        if entry.isDAXPMD { return .daxPMD }
        return .shadow
    }

    /// Everything that is wrong now; nil while a task holds tree_lock, when the tree and its
    /// counters may differ for a moment.
    public static func findings(_ machine: Machine) -> [Finding]? {
        treeFindings(machine).map { lockFindings(machine) + $0 }
    }

    static func treeFindings(_ machine: Machine) -> [Finding]? {
        guard machine.locks.writer(of: .tree) == nil || machine.bug != nil else { return nil }
        var findings: [Finding] = []
        addEntries(machine, &findings)
        addLeaks(machine, &findings)
        addMiscounts(machine, &findings)
        addUndurable(machine, &findings)
        if !isConsistent(machine.mapping.pageTree) { findings.append(Finding(.brokenTree)) }
        return findings
    }

    /// Orphans and overlaps, in one walk.
    private static func addEntries(_ machine: Machine, _ findings: inout [Finding]) {
        guard machine.inode.isDAX else { return }
        var coveredUpTo: UInt64?
        for (place, entry) in machine.mapping.pageTree.entries() {
            let index = place.rawValue
            if let last = coveredUpTo, index <= last {
                findings.append(Finding(.overlap, index: index))
            } else if machine.hasDAXEntries, entry.isDAXPMD {
                coveredUpTo = index + Geometry.pagesPerPMD - 1
            }
            if let page = entry.page, isOrphan(page, at: index, machine) {
                findings.append(Finding(.orphan, index: index, page: page))
            }
        }
    }

    /// A page that a task holds locked, or is about to remove, is in hand: not an orphan yet.
    private static func isOrphan(_ page: PageID, at index: UInt64, _ machine: Machine) -> Bool {
        guard machine[page].isZeroPage, !machine[page].flags.contains(.locked) else { return false }
        guard machine.blocks.state(index) == .written else { return false }
        for task in machine.tasks where task.state != .dead {
            for frame in task.frames {
                if let range = frame.locals.removing, range.contains(index) { return false }
            }
        }
        return true
    }

    private static func addLeaks(_ machine: Machine, _ findings: inout [Finding]) {
        for (id, page) in machine.pages where page.hasMapping {
            guard !page.flags.contains(.locked) else { continue }
            guard machine.mapping.pageTree.lookup(PageIndex(page.index)) != .page(id) else {
                continue
            }
            findings.append(Finding(.leakedPage, index: page.index, page: id))
        }
    }

    private static func addMiscounts(_ machine: Machine, _ findings: inout [Finding]) {
        // Swap entries are in info->swapped, which changes before and after the tree does.
        let counts = entryCounts(machine)
        if machine.mapping.nrpages != counts.pages {
            findings.append(Finding(.miscount, counter: .nrpages))
        }
        if machine.mapping.nrexceptional != counts.exceptional {
            findings.append(Finding(.miscount, counter: .nrexceptional))
        }
    }

    private static func addUndurable(_ machine: Machine, _ findings: inout [Finding]) {
        guard machine.memory.hasPromises else { return }
        for (block, line) in machine.memory.lines {
            guard let promised = line.promised, promised != line.durable else { continue }
            guard let index = machine.blocks.fileBlock(ofPhysical: block) else { continue }
            findings.append(Finding(.undurable, index: index))
        }
    }

    /// Counts against slots, parents' tags against children's, root tags against the top node.
    static func isConsistent(_ tree: RadixTree) -> Bool {
        guard case .node(let top) = tree.root else { return true }
        for tag in RadixTree.Tag.allCases {
            guard (tree.node(top).tags(tag) != 0) == tree.isTagged(tag) else { return false }
        }
        return isConsistent(tree, top)
    }

    private static func isConsistent(_ tree: RadixTree, _ id: RadixTree.NodeID) -> Bool {
        let node = tree.node(id)
        var used: UInt64 = 0
        var tagsBelow: (UInt64, UInt64, UInt64) = (0, 0, 0)
        for offset in 0..<64 {
            let bit: UInt64 = 1 << UInt64(offset)
            switch node.slot(offset) {
            case .empty: continue
            case .entry: used |= bit
            case .node(let child):
                used |= bit
                let below = tree.node(child)
                guard below.parent == id, below.offset == offset, isConsistent(tree, child) else {
                    return false
                }
                if below.tags(.dirty) != 0 { tagsBelow.0 |= bit }
                if below.tags(.writeback) != 0 { tagsBelow.1 |= bit }
                if below.tags(.towrite) != 0 { tagsBelow.2 |= bit }
            }
        }
        let tags = (node.tags(.dirty), node.tags(.writeback), node.tags(.towrite))
        let isCounted = used.nonzeroBitCount == node.pagesCount + node.shadowsCount
        guard isCounted, (tags.0 | tags.1 | tags.2) & ~used == 0 else { return false }
        return node.height == 1 || tags == tagsBelow
    }
}
