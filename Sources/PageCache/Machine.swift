import PageTree
import RadixTree

/// The whole modelled machine: one file with its page cache, its mappings, its blocks, the memory
/// behind them, the locks, and the tasks in the middle of what they do.
///
/// A machine is a value: a copy is a moment that can be gone back to, or on from.
public struct Machine: Sendable {
    public var inode: Inode
    public var mapping = AddressSpace()
    public var blocks = BlockMap()
    public var memory = PersistentMemory()
    public var placement = Placement()
    /// How many blocks the file system has room for in this file. What fallocate cannot get there
    /// is ENOSPC; writes and faults do not look.
    public var room = UInt64.max
    public var swap = SwapArea()
    /// The pages that are not free.
    @inlinable public var pages: SortedMap<PageID, Page> { livePages }
    @usableFromInline var livePages = SortedMap<PageID, Page>()
    /// Pages allocated so far; the number of the newest.
    private var pagesAllocated = 0
    /// Every mapping ever made; `isMapped` tells which still are.
    public var vmas: [VMA] = []
    public var file = OpenFile()
    public var pageLists = PageLists()
    /// What else is on the lists.
    public var metadata: MetadataPages
    /// Every open file is advised POSIX_FADV_RANDOM, and every mapping MADV_RANDOM.
    public var isReadAtRandom = false
    public var locks = LockTable()
    /// Who reads without a lock, and the freed nodes that wait for them.
    public var rcu = RCU()
    public var tasks: [Task] = [Task(name: "app")]
    /// The task whose statement runs, a position in `tasks`.
    public private(set) var current = 0
    public var allocator = NodeAllocator()
    /// The console, oldest first.
    public var console: [ConsoleLine] = []
    public var statistics = Statistics()
    /// The DAX entries that were flushed, oldest first.
    public var flushes: [Flush] = []
    /// The places whose WARN_ON_ONCE has fired.
    public var warned: Set<String> = []
    /// The BUG that stopped a task.
    public var bug: Bug?
    /// The node allocation (from 1) of the next operation that fails.
    public var failingAllocation: Int?
    /// The I/O (from 1) of the next operation that fails.
    public var failingIO: Int?
    /// Grows whenever something ends that kept the audit from judging: tree_lock or a page lock is
    /// released, a task begins or ends to wait, a promise is made, a function
    /// returns that was about to remove pages.
    public var judgements = 0
    /// What completed stores and writes say that the file holds.
    public internal(set) var claims = Claims()
    /// The kernel keeps entries for DAX blocks in the tree (v6 and later); before, every
    /// exceptional entry of a DAX file is a shadow.
    public var hasDAXEntries = true
    /// There is no file, but its tree alone.
    public var isBareTree = false
    /// The file system is still mounted.
    public var isMounted = true
    public var hasPower = true

    public init(file: FileConfiguration) {
        inode = Inode(size: file.size, isDAX: file.dax, fileSystem: file.fileSystem)
        inode.delaysAllocation = file.delaysAllocation
        metadata = MetadataPages(mounted: file.fileSystem)
        statistics.nrActiveFile = metadata.pages.count
        isReadAtRandom = file.advice == .random
        self.file.isRandom = isReadAtRandom
        for extent in file.extents where extent.state != .hole {
            blocks.set(
                first: extent.blocks.lowerBound,
                count: extent.blocks.upperBound - extent.blocks.lowerBound + 1,
                state: extent.state, physical: placement.block(for: extent.blocks.lowerBound))
        }
        if file.fileSystem == .ext4 { inode.extents = ExtentTree(blocks) }
    }
}

/// A line of the kernel log.
public struct ConsoleLine: Hashable, Sendable {
    public enum Level: Hashable, Sendable { case debug, info, warning, bug }

    public var level: Level
    public var text: String

    public init(level: Level, text: String) {
        self.level = level
        self.text = text
    }
}

/// One entry written back by dax_writeback_one.
public struct Flush: Hashable, Sendable {
    public var index: UInt64
    public var isPMD: Bool
    public var sector: UInt64

    public init(index: UInt64, isPMD: Bool, sector: UInt64) {
        self.index = index
        self.isPMD = isPMD
        self.sector = sector
    }
}

/// What killed a task: a BUG_ON that found what it looks for, or a pointer that was NULL.
public struct Bug: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case bug, nullPointer }

    public var kind: Kind
    /// The path of the source file.
    public var file: String
    public var line: Int
    /// The function that the check, or the access, stands in.
    public var function: String
    /// What was found, for people.
    public var reason: String

    public init(
        _ kind: Kind = .bug, file: String, line: Int, function: String, reason: String
    ) {
        self.kind = kind
        self.file = file
        self.line = line
        self.function = function
        self.reason = reason
    }

    /// `fs/inode.c:497`, as the console and scenario files name it.
    public var location: String { "\(file):\(line)" }

    /// `kernel BUG at fs/inode.c:497!`
    public var headline: String {
        switch kind {
        case .bug: "kernel BUG at \(location)!"
        case .nullPointer: "kernel NULL pointer dereference at \(location)"
        }
    }

    /// What people call it.
    public var noun: String {
        switch kind {
        case .bug: "BUG"
        case .nullPointer: "oops"
        }
    }
}

/// Counters of the whole system that the modelled paths touch.
public struct Statistics: Hashable, Sendable {
    public var nrFilePages = 0
    public var pgMajFault = 0
    public var thpFaultFallback = 0
    /// `node_present_pages`: 512 MiB, as the recorded machines had.
    public var presentPages = 131_072
    /// NR_ACTIVE_FILE and NR_INACTIVE_FILE of the zone.
    public var nrActiveFile = 0
    public var nrInactiveFile = 0
    public var workingsetRefault = 0
    public var workingsetActivate = 0
    /// `zone->inactive_age`.
    public var inactiveAge: UInt64 = 0

    public init() {}
}

// MARK: - Pages

extension Machine {
    @inlinable public subscript(page: PageID) -> Page {
        get { livePages[page, default: .free] }
        _modify { yield &livePages[page, default: .free] }
    }

    public mutating func allocatePage() -> PageID {
        pagesAllocated += 1
        let page = PageID(pagesAllocated)
        livePages[page] = Page()
        return page
    }

    /// Whether a page stands, or stood, for a hole. A DAX file has no other pages, so that nothing
    /// need be kept of those that are free again.
    public func isZeroPage(_ page: PageID) -> Bool {
        livePages[page]?.isZeroPage ?? inode.isDAX
    }

    /// The file system is mounted again and the file opened: only the device remembers.
    public mutating func mountAgain() {
        let old = inode
        inode = Inode(size: old.size, isDAX: old.isDAX, fileSystem: old.fileSystem)
        inode.links = old.links
        inode.delaysAllocation = old.delaysAllocation
        inode.extents = old.extents
        inode.extents.keepsApart = false
        inode.isPreallocated = old.isPreallocated
        mapping = AddressSpace()
        rcu = RCU()
        file = OpenFile()
        file.isRandom = isReadAtRandom
        placement.forgetBusy()
        placement.ext4.forgetAll()
        isMounted = true
    }

    /// The power goes: nothing that was in ordinary memory is left.
    public mutating func losePower() {
        memory.losePower()
        hasPower = false
        mapping = AddressSpace()
        rcu = RCU()
        livePages.removeAll()
        swap = SwapArea()
        file = OpenFile()
        pageLists = PageLists()
        metadata = MetadataPages()
        inode.alloced = 0
        inode.swapped = 0
        forgetClaims()
        for vma in vmas.indices { vmas[vma].isMapped = false }
        locks = LockTable()
        inode.isCached = false
        for task in tasks.indices where task != current {
            tasks[task].frames = []
            tasks[task].pagevecs = []
            tasks[task].state = .idle
            tasks[task].changing = nil
        }
        judgements += 1
    }

    /// The last reference is gone.
    public mutating func free(_ page: PageID) { livePages.remove(page) }
}

// MARK: - The task that runs

extension Machine {
    /// The locals of the function that runs.
    @inlinable public var locals: Locals {
        // Lent, not copied: statements read one or two of many.
        _read { yield tasks[current].frames[tasks[current].frames.count &- 1].locals }
        _modify {
            let top = tasks[current].frames.count &- 1
            yield &tasks[current].frames[top].locals
        }
    }

    @inlinable public var returned: Int { tasks[current].returned }
    @inlinable public var returnedPage: PageID? { tasks[current].returnedPage }
    @inlinable public var returnedEntry: RadixTree.Entry? { tasks[current].returnedEntry }

    @inlinable public var returnedFault: FaultResult {
        FaultResult(rawValue: UInt16(tasks[current].returned))
    }

    /// Lets a task run next: what the node allocator counts for a task goes with it.
    @inlinable public mutating func run(task: Int) {
        if task != current { switchTask(to: task) }
    }

    @usableFromInline mutating func switchTask(to task: Int) {
        tasks[current].allocations = allocator.account
        allocator.account = tasks[task].allocations
        current = task
    }

    /// What the audit of the tree depends on: while this stays the same, so do its findings.
    var treeStamp: Int { judgements &+ blocks.changes }

    /// The same of page tables.
    var mappingStamp: Int {
        var stamp = treeStamp &+ vmas.count
        for vma in vmas { stamp &+= vma.ptes.changes &+ vma.pmds.changes }
        return stamp
    }

    /// And of what the file holds.
    var contentsStamp: Int { treeStamp &+ memory.lines.changes &+ claims.values.changes }

    public mutating func print(_ level: ConsoleLine.Level, _ text: String) {
        console.append(ConsoleLine(level: level, text: text))
    }

    /// The mapping called `name` that is still mapped.
    public func vma(named name: String) -> Int? {
        vmas.lastIndex { $0.name == name && $0.isMapped }
    }
}
