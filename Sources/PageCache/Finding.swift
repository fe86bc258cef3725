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

    public init(
        _ kind: Kind, index: UInt64? = nil, page: PageID? = nil, counter: Counter? = nil
    ) {
        self.kind = kind
        self.index = index
        self.page = page
        self.counter = counter
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
        case .brokenTree: "broken tree: node contents contradict each other"
        }
    }
}
