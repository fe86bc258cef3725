import NodeMemory

/// The XArray of Linux 6.1 and 6.12: a map from 64-bit indices to entries, in which an entry may
/// cover many indices in a row and carry three marks.
///
/// The array has exactly the shape that `lib/xarray.c` (6.1.192, 6.12.117) gives it: the same
/// nodes, counts, siblings and mark bitmaps after the same operations, also when allocations fail.
///
/// - A node has 64 slots, and its slots cover 2^shift indices each: shift 0 for a leaf, 6 for the
///   node above, and so on. There is no height: the top node's shift says how far the array
///   reaches.
/// - An entry of order n covers 2^n aligned indices. It lies in one slot of a node whose slots are
///   as large, or in 2, 4 ... 32 slots in a row: the first holds the entry, the others say that
///   they are siblings of the first.
/// - A mark bit of a slot that leads to a node says that some entry below carries the mark.
/// - An entry of one index at index 0 alone needs no node: the head holds it.
///
/// An array is a value. A copy shares its memory until one of the two changes: see `NodeTree`.
public struct XArray: Sendable {
    /// The head and everything below it.
    @usableFromInline var nodes: NodeTree

    /// Whose rules: 6.1 and 6.12 differ in two places.
    public let version: Version

    /// The array's flags that change what operations do.
    public let options: Options

    /// Whether a node above the leaves may hold, or may have held, an entry. As long as it does
    /// not, what is in its slots leads to nodes, and need not be looked at for that.
    @usableFromInline var mayHoldLargeEntries = false

    /// What has changed, while somebody wants to know.
    var log: Log?

    /// What late readers find in freed nodes: see `retire`. The operations keep none.
    var retired: [NodeID: Retired] = [:]

    /// Which release's `lib/xarray.c` and `mm/filemap.c`.
    public enum Version: String, CaseIterable, Sendable {
        /// 6.1.192.
        case linux61 = "6.1"
        /// 6.12.117.
        case linux612 = "6.12"
    }

    /// Flags of the array (`include/linux/xarray.h`), without the locks' and without those of the
    /// marks.
    public struct Options: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `XA_FLAGS_TRACK_FREE`: mark 0 is set for every free index.
        public static let trackFree = Options(rawValue: 1)
        /// `XA_FLAGS_ZERO_BUSY`: index 0 of an empty array counts as taken.
        public static let zeroBusy = Options(rawValue: 2)
        /// `XA_FLAGS_ALLOC1`. `XA_FLAGS_ALLOC` is `trackFree` with mark 0 set from the start.
        public static let alloc1: Options = [.trackFree, .zeroBusy]
    }

    /// An empty array.
    ///
    /// - Parameter options: with `trackFree` and without `zeroBusy` index 0 is free, and mark 0
    ///   set.
    public init(version: Version = .linux612, options: Options = []) {
        nodes = NodeTree(slotsPerNode: .sixtyFour)
        self.version = version
        self.options = options
        if options == .trackFree { nodes.rootTags = 1 }
    }

    /// Slots of a node, `XA_CHUNK_SIZE`.
    static let slotsPerNode = 64
    /// Index bits that one level resolves, `XA_CHUNK_SHIFT`.
    static let bitsPerLevel = 6
    /// The highest slot, `XA_CHUNK_MASK`.
    static let lastSlot = 63

    public typealias NodeID = NodeMemory.NodeID
    public typealias Index = TreeIndex

    /// What the head holds: nothing, an entry for index 0, or the top node.
    public var head: Slot { Slot(word: nodes.rootWord) }

    /// The marks in the array's flags: those that any entry carries.
    public var marks: MarkSet { MarkSet(rawValue: nodes.rootTags) }

    /// `xa_empty`: nothing in the head. Nodes that a failed store left behind make it false.
    public var isEmpty: Bool { nodes.rootWord == 0 }

    /// Nodes in the array, also those without a slot in use.
    public var nodeCount: Int { nodes.store.liveCount - retired.count }

    /// Bytes of memory that the nodes take, with the table of their names.
    public var nodeBytes: Int { nodes.store.liveBytes }

    /// `xa_marked`: whether any entry carries a mark.
    public func isMarked(_ mark: Mark) -> Bool { marks.contains(mark) }

    var tracksFree: Bool { options.contains(.trackFree) }

    /// Whether nobody wants to know of single changes, so that a shorter way may be taken.
    @inline(__always)
    var isUnobserved: Bool { nodes.journal == nil && log == nil }
}

/// What an operation of the kernel returns instead of a result.
public enum XArrayError: Int, Error, Hashable, Sendable {
    /// -ENOMEM.
    case noMemory = -12
    /// -EBUSY.
    case busy = -16
    /// -EEXIST: only where the page cache says so (`XArray.State.fail`).
    case exists = -17
    /// -EINVAL.
    case invalid = -22
}
