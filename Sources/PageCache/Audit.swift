import PageTree

/// Looks at a machine again and again, and recounts only what may have changed since.
public struct Auditor: Sendable {
    private var treeStamp = Int.min
    private var mappingStamp = Int.min
    private var contentsStamp = Int.min
    private var wasJudgeable = false
    private var ofTasks: [Finding] = []
    private var ofTree: [Finding] = []
    private var ofMappings: [Finding] = []
    private var ofContents: [Finding] = []

    /// What is wrong: with the tree, last time that it could be judged, and with the tasks, now.
    public var findings: [Finding] { ofTasks + ofTree + ofMappings + ofContents }

    public init() {}

    /// Looks at the machine as it is now.
    ///
    /// - Returns: whether anything was found that was not there before, or not any more.
    public mutating func look(at machine: Machine) -> Bool {
        let isJudgeable = Audit.canJudgeTree(machine)
        let isOther = isJudgeable != wasJudgeable
        wasJudgeable = isJudgeable
        var hasChanged = false
        func take(_ found: [Finding], _ known: inout [Finding]) {
            guard found != known else { return }
            known = found
            hasChanged = true
        }
        if machine.treeStamp != treeStamp || isOther {
            treeStamp = machine.treeStamp
            take(Audit.lockFindings(machine), &ofTasks)
            if isJudgeable { take(Audit.treeFindings(machine), &ofTree) }
        }
        guard isJudgeable else { return hasChanged }
        if machine.mappingStamp != mappingStamp || isOther {
            mappingStamp = machine.mappingStamp
            take(Audit.mappingFindings(machine), &ofMappings)
        }
        if machine.contentsStamp != contentsStamp || isOther {
            contentsStamp = machine.contentsStamp
            take(Audit.contentsFindings(machine), &ofContents)
        }
        return hasChanged
    }
}

/// Recounts the page cache by reading it, with nothing of the code that changes it.
///
/// Each kind of finding has one definition, in `holds`. It is true or not at every moment; whether
/// it is somebody's fault can only be judged while nobody has the thing in hand: while no task
/// holds tree_lock, has the page locked, or has said that it is about to remove it.
public enum Audit {
    /// What an entry is. DAX entries exist from v6 on; a shadow or a swap entry can look like one
    /// by chance, but never stands in the same tree.
    public static func kind(of entry: PageTree.Entry, in machine: Machine) -> EntryKind {
        if let page = entry.page { return machine.isZeroPage(page) ? .zeroPage : .page }
        guard entry.family == .radixTree, !machine.isBareTree else { return kind(ofBare: entry) }
        // page_is_file_cache says no to a page of tmpfs: reclaim leaves no shadow of it.
        if machine.inode.fileSystem == .tmpfs { return .swap }
        guard machine.inode.isDAX, machine.hasDAXEntries else { return .shadow }
        if entry.isDAXPTE { return .daxPTE }
        if entry.isDAXPMD { return .daxPMD }
        return .shadow
    }

    /// An entry of which nothing says what its value means.
    private static func kind(ofBare entry: PageTree.Entry) -> EntryKind {
        if entry.isValue { return .value }
        if entry.isZero { return .zeroEntry }
        return entry.isRetry ? .retryEntry : .pointer
    }

    /// Everything that is wrong now; nil while a task holds tree_lock, when the tree and its
    /// counters may differ for a moment.
    public static func findings(_ machine: Machine) -> [Finding]? {
        guard canJudgeTree(machine) else { return nil }
        return lockFindings(machine) + treeFindings(machine) + mappingFindings(machine)
            + contentsFindings(machine)
    }

    /// Whether a finding that was true is so no more. What can be judged only while no task runs
    /// goes up and down while one does.
    public static func isOver(_ finding: Finding, in machine: Machine) -> Bool {
        let needsQuiet = finding.kind == .brokenPage || finding.counter == .swapped
        if needsQuiet, machine.tasks.contains(where: \.isBusy) { return false }
        return !holds(finding, in: machine)
    }

    /// By how much a count is off; nil of a finding that is about no count.
    ///
    /// While a task holds tree_lock counts are off for a moment, and off by chance not: what a
    /// statement has made wrong is known by the amount that is left when the lock is released.
    public static func discrepancy(
        _ finding: Finding, in machine: Machine, counts: Counts? = nil
    ) -> Int64? {
        switch finding.kind {
        case .miscount:
            return discrepancy(finding.counter!, counts ?? entryCounts(machine), machine)
        case .brokenTree where finding.part == .pages || finding.part == .shadows:
            return discrepancy(ofNode: finding, machine)
        default: return nil
        }
    }

    public static func canJudgeTree(_ machine: Machine) -> Bool {
        machine.locks.writer(of: .tree) == nil || machine.bug != nil
    }

    static func treeFindings(_ machine: Machine) -> [Finding] {
        var findings: [Finding] = []
        let tree = machine.mapping.pageTree
        addEntries(tree, machine, &findings)
        addLeaks(machine, &findings)
        addMiscounts(tree, machine, &findings)
        addBrokenNodes(tree, machine, &findings)
        addBrokenPages(machine, &findings)
        return findings
    }

    /// Whether a finding is true at this very moment, in hand or not.
    ///
    /// - Parameter counts: what the tree holds, where that is known.
    public static func holds(
        _ finding: Finding, in machine: Machine, counts: Counts? = nil
    ) -> Bool {
        switch finding.kind {
        case .orphan: isOrphan(finding.page!, at: finding.index!, machine)
        case .leakedPage: isLeaked(finding.page!, machine)
        case .overlap: isOverlap(at: finding.index!, machine)
        case .miscount: isMiscount(finding.counter!, counts ?? entryCounts(machine), machine)
        case .undurable: isUndurable(finding.index!, machine)
        case .lostStore: isLost(finding.index!, machine)
        case .staleMapping: isStale(finding.vma!, finding.index!, machine)
        case .writableClean: isWritableClean(finding.vma!, finding.index!, machine)
        case .brokenTree: isBroken(finding, machine)
        case .brokenPage: isBroken(finding.page!, finding.part!, machine)
        case .deadlock, .atomicSleep: lockFindings(machine).contains(finding)
        }
    }

    // MARK: Entries

    /// Orphans and overlaps, in one walk.
    private static func addEntries(
        _ tree: PageTree, _ machine: Machine, _ findings: inout [Finding]
    ) {
        guard machine.inode.isDAX else { return }
        var coveredUpTo: UInt64?
        tree.forEachEntry { found in
            let index = found.index.rawValue
            let entry = found.entry
            if let last = coveredUpTo, index <= last {
                findings.append(Finding(.overlap, index: index))
            } else if machine.hasDAXEntries, entry.isDAXPMD {
                coveredUpTo = index + Geometry.pagesPerPMD - 1
            }
            if let page = entry.page, isOrphan(page, at: index, machine),
                !isInHand(page, at: index, machine)
            {
                findings.append(Finding(.orphan, index: index, page: page))
            }
        }
    }

    private static func isOrphan(_ page: PageID, at index: UInt64, _ machine: Machine) -> Bool {
        machine[page].isZeroPage && machine.blocks.state(index) == .written
            && machine.mapping.lookup(PageIndex(index))?.page == page
    }

    private static func isOverlap(at index: UInt64, _ machine: Machine) -> Bool {
        let head = Geometry.pmdHead(index)
        let mapping = machine.mapping
        return machine.hasDAXEntries && head != index && mapping.lookup(PageIndex(index)) != nil
            && mapping.lookup(PageIndex(head))?.isDAXPMD == true
    }

    /// A page that a task holds locked, or is about to remove: nothing is wrong with it yet.
    static func isInHand(_ page: PageID, at index: UInt64, _ machine: Machine) -> Bool {
        machine[page].flags.contains(.locked) || isAboutToRemove(index, machine)
    }

    static func isAboutToRemove(_ index: UInt64, _ machine: Machine) -> Bool {
        machine.tasks.contains { task in
            task.state != .dead
                && task.frames.contains { $0.locals.removing?.contains(index) == true }
        }
    }

    private static func addLeaks(_ machine: Machine, _ findings: inout [Finding]) {
        for (id, page) in machine.pages
        where !page.flags.contains(.locked) && isLeaked(id, machine) {
            findings.append(Finding(.leakedPage, index: page.index, page: id))
        }
    }

    private static func isLeaked(_ id: PageID, _ machine: Machine) -> Bool {
        let page = machine[id]
        return page.hasMapping
            && machine.mapping.lookup(PageIndex(page.index))?.page != id
    }

    // MARK: Counters

    private static func addMiscounts(
        _ tree: PageTree, _ machine: Machine, _ findings: inout [Finding]
    ) {
        let counts = entryCounts(machine, in: tree)
        for counter in Finding.Counter.allCases
        where isMiscount(counter, counts, machine) && machine.counters.contains(counter) {
            // info->swapped changes before and after the tree does, under a lock of its own.
            if counter == .swapped, machine.tasks.contains(where: { $0.isBusy }) { continue }
            findings.append(Finding(.miscount, counter: counter))
        }
    }

    private static func isMiscount(
        _ counter: Finding.Counter, _ counts: Counts, _ machine: Machine
    ) -> Bool {
        discrepancy(counter, counts, machine) != 0
    }

    private static func discrepancy(
        _ counter: Finding.Counter, _ counts: Counts, _ machine: Machine
    ) -> Int64 {
        Int64(bitPattern: machine.recorded(counter) &- counts.count(counter))
    }
}
