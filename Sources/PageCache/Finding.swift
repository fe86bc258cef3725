/// Something that the audit found wrong with the page cache, whatever the counters say.
///
/// Two findings that are equal are the same one, however long it stands: what a counter says
/// meanwhile is not part of it.
public struct Finding: Hashable, Sendable {
    /// What is wrong; the loudest first.
    public enum Kind: String, CaseIterable, Sendable {
        /// Tasks that wait for each other in a circle: none of them can ever go on.
        case deadlock
        /// A task waits for what lets it sleep, and holds tree_lock, a spinlock taken with
        /// interrupts off ("BUG: scheduling while atomic").
        case atomicSleep = "atomic-sleep"
        /// A zero page in the tree although its block is written: it stands for a hole that is
        /// none any more.
        case orphan
        /// `page->mapping` set, the cache's reference held, and not in the tree.
        case leakedPage = "leaked-page"
        /// A store or write that has returned, and a read of the file sees something else.
        case lostStore = "lost-store"
        /// A counter that does not say what is in the tree.
        case miscount
        /// An entry inside a range that a PMD entry covers.
        case overlap
        /// A store that fsync promised and the media does not hold.
        case undurable
        /// A page table entry that shows other than the file: a block that the file gave back, a
        /// page that the tree does not have, the huge page of zeroes over data.
        case staleMapping = "stale-mapping"
        /// A mapping through which a store takes no fault, over an entry that is not dirty: no
        /// fsync will flush what is stored there.
        case writableClean = "writable-clean"
        /// A node whose count, tags or links contradict its slots.
        case brokenTree = "broken-tree"
        /// A page whose count of mappings or of references is not what there is of them, or that is
        /// dirty without a tag; never in these kernels, so a defect of the model.
        case brokenPage = "broken-page"
    }

    /// What a miscount is about.
    public enum Counter: String, CaseIterable, Hashable, Sendable {
        case nrpages, nrexceptional
        /// tmpfs: `info->swapped`.
        case swapped
    }

    /// What of a node is broken, or of a page.
    public enum Part: String, CaseIterable, Hashable, Sendable {
        /// The half of a node's count that is for pages, DAX entries and nodes below.
        case pages
        /// The half of a node's count that is for shadows (RADIX_TREE_COUNT_SHIFT).
        case shadows
        case tags
        /// A node's way up, or its place there.
        case links
        /// `_mapcount` of a page.
        case mappings
        /// `_count` of a page.
        case references
        /// PG_dirty of a page, without which writeback does not find it: the tag of its slot.
        case dirtyTag = "dirty-tag"
    }

    public var kind: Kind
    /// The file page it is about; of a broken node the first that it stands for.
    public var index: UInt64?
    public var page: PageID?
    public var counter: Counter?
    /// The mapping it is about, a position in `Machine.vmas`, and its name.
    public var vma: Int?
    public var map: String?
    /// The height of a broken node.
    public var height: Int?
    public var part: Part?
    /// Who waits for what, and who has it: of a deadlock once around, of a sleep the sleeper.
    public var waits: [TaskWait] = []

    public init(
        _ kind: Kind, index: UInt64? = nil, page: PageID? = nil, counter: Counter? = nil,
        vma: Int? = nil, map: String? = nil, height: Int? = nil, part: Part? = nil,
        waits: [TaskWait] = []
    ) {
        self.kind = kind
        self.index = index
        self.page = page
        self.counter = counter
        self.vma = vma
        self.map = map
        self.height = height
        self.part = part
        self.waits = waits
    }

    /// The names of the tasks that it is about.
    public var tasks: [String] { waits.map(\.task) }

    /// The order in which findings are told: the loudest kind first, then by place.
    public static func isTold(_ a: Self, before b: Self) -> Bool {
        func key(_ finding: Finding) -> (Int, Int, UInt64, Int, Int, String) {
            (
                Kind.allCases.firstIndex(of: finding.kind)!,
                finding.counter.flatMap(Counter.allCases.firstIndex) ?? 0, finding.index ?? 0,
                finding.page?.number ?? 0, finding.vma ?? 0, finding.description
            )
        }
        return key(a) < key(b)
    }
}

/// A task that waits, and the one that it waits for.
public struct TaskWait: Hashable, Sendable {
    public var task: String
    public var wait: Wait
    /// Nil when it is no task: the device ends a writeback.
    public var holder: String?

    public init(task: String, wait: Wait, holder: String?) {
        self.task = task
        self.wait = wait
        self.holder = holder
    }

    /// Such as "app waits for i_mutex, held by other".
    public var text: String {
        "\(task) waits for \(wait.name)" + (holder.map { ", held by \($0)" } ?? "")
    }
}

extension Finding: CustomStringConvertible {
    /// One line, such as "orphan: zero page p1 at index 515, its block is written".
    public var description: String {
        let index = index.map { "\($0)" } ?? "?"
        let page = page.map { "\($0)" } ?? "?"
        switch kind {
        case .orphan: return "orphan: zero page \(page) at index \(index), its block is written"
        case .leakedPage: return "leaked page: \(page) was at index \(index), is in no tree"
        case .overlap: return "overlap: the entry at index \(index) lies under a PMD entry"
        case .miscount:
            return counter == .swapped
                ? "miscount: info->swapped is not the number of swap entries"
                : "miscount: \(counter!.rawValue) is not what the tree holds"
        case .undurable: return "undurable: page \(index) was synced and is not on the media"
        case .lostStore: return "lost store: what was stored to page \(index) is gone"
        case .staleMapping:
            return "stale mapping: \(map!)[\(index)] shows other than page \(index) of the file"
        case .writableClean:
            return "writable and clean: no fsync flushes what is stored to \(map!)[\(index)]"
        case .deadlock: return "deadlock: " + waits.map(\.text).joined(separator: "; ")
        case .atomicSleep:
            return "sleep in atomic context: \(waits[0].text), and holds tree_lock"
        case .brokenTree: return "broken tree: \(nodeName) \(brokenPart)"
        case .brokenPage: return "broken page: \(page) \(brokenPart)"
        }
    }

    /// Of a broken node, such as "node 0–63".
    public var nodeName: String {
        let first = index ?? 0
        let bits = UInt64(height ?? 1) * 6
        let last = bits < 64 ? first + (1 << bits) - 1 : .max
        return "node \(first)–\(last)"
    }

    /// What is wrong with the part of a node or page.
    public var brokenPart: String {
        switch part {
        case .pages: "counts other than the pages, entries and nodes in its slots"
        case .shadows: "counts other than the shadows in its slots"
        case .tags: "has tags other than what is below"
        case .links: "has a way up that does not lead to its slot"
        case .mappings: "has a _mapcount other than the page table entries that map it"
        case .references: "has a _count other than who holds it"
        case .dirtyTag: "is dirty, and its slot is not tagged so"
        case nil: "contradicts itself"
        }
    }
}
