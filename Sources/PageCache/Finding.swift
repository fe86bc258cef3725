/// Something that the audit found wrong with the page cache, whatever the counters say.
public struct Finding: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A zero page still in the tree although its block is not a hole any more: nothing will
        /// map it again, nobody will remove it.
        case orphan
        /// `page->mapping` set, the cache's reference held, and not in the tree.
        case leakedPage = "leaked-page"
        /// An entry inside a range that a PMD entry covers.
        case overlap
        /// A counter that does not say what is in the tree.
        case miscount
        /// A store that fsync promised and the media does not hold.
        case undurable
        /// Tasks that wait for each other in a circle: none of them can ever go on.
        case deadlock
        /// A task waits for what lets it sleep, and holds tree_lock, a spinlock taken with
        /// interrupts off ("BUG: scheduling while atomic").
        case atomicSleep = "atomic-sleep"
        /// A node whose count, tags or links contradict its slots: never in these kernels, so a
        /// defect of the model.
        case brokenTree = "broken-tree"
    }

    /// What a miscount is about.
    public enum Counter: String, Hashable, Sendable {
        case nrpages, nrexceptional
    }

    public var kind: Kind
    /// The file page it is about.
    public var index: UInt64?
    public var page: PageID?
    public var counter: Counter?
    /// Who waits for what, and who has it: of a deadlock once around, of a sleep the sleeper.
    public var waits: [TaskWait] = []

    public init(
        _ kind: Kind, index: UInt64? = nil, page: PageID? = nil, counter: Counter? = nil,
        waits: [TaskWait] = []
    ) {
        self.kind = kind
        self.index = index
        self.page = page
        self.counter = counter
        self.waits = waits
    }

    /// The names of the tasks that it is about.
    public var tasks: [String] { waits.map(\.task) }
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
    /// One line, such as "orphan: page p1 at index 515".
    public var description: String {
        switch kind {
        case .orphan: "orphan: zero page \(page!) at index \(index!), its block is written"
        case .leakedPage: "leaked page: \(page!) was at index \(index!), is in no tree"
        case .overlap: "overlap: the entry at index \(index!) lies under a PMD entry"
        case .miscount: "miscount: \(counter!.rawValue) is not what the tree holds"
        case .undurable: "undurable: page \(index!) was synced and is not on the media"
        case .deadlock: "deadlock: " + waits.map(\.text).joined(separator: "; ")
        case .atomicSleep: "sleep in atomic context: \(waits[0].text), and holds tree_lock"
        case .brokenTree: "broken tree: node contents contradict each other"
        }
    }
}
