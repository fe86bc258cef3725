import PageTree
import RadixTree
import XArray

/// `struct address_space`: the page cache of one file.
///
/// The counters are unsigned 64-bit words and wrap; nothing here ever corrects them. On v4.4
/// `nrexceptional` stands for `nrshadows`.
public struct AddressSpace: Sendable {
    /// What `page_tree` is, written by the listings of Linux 4.
    public var radixTree = RadixTree()
    /// What `i_pages` is on Linux 6; nil on Linux 4.
    public var xarray: XArray?
    public var nrpages: UInt64 = 0
    public var nrexceptional: UInt64 = 0
    /// AS_EXITING.
    public var isExiting = false
    /// AS_EIO.
    public var hasIOError = false
    /// Where cyclic writeback resumes.
    public var writebackIndex: UInt64 = 0
    /// Nodes on the workingset list of nodes that hold only shadows.
    public var shadowNodes: Set<RadixTree.NodeID> = []

    public init() {}

    /// The tree, for those who only read it.
    @inlinable
    public var pageTree: PageTree {
        if let xarray { return .xarray(xarray) }
        return .radixTree(radixTree)
    }

    /// The entry at an index: `pageTree.lookup` without making the view, which the audit does very
    /// often.
    @inlinable
    public func lookup(_ index: PageIndex) -> PageTree.Entry? {
        if xarray != nil { return pageTree.lookup(index) }
        return radixTree.lookup(index).map(PageTree.Entry.init)
    }

    /// The tags that the root carries, likewise.
    @inlinable
    public var rootTags: PageTree.TagSet {
        if let xarray { return xarray.marks }
        return radixTree.rootTags
    }
}
