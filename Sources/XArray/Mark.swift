import NodeMemory

extension XArray {
    /// A mark that an entry may carry. Without `trackFree` it has the meaning that the page cache
    /// gives it.
    public typealias Mark = TreeTag
    public typealias MarkSet = TreeTagSet
}

extension XArray.Mark {
    /// `XA_FREE_MARK`: with `trackFree`, the index is free.
    public static let free = dirty
}

extension XArray.MarkSet {
    /// The marks of the set, in the order of their bits.
    public var marks: [XArray.Mark] { tags }
}
