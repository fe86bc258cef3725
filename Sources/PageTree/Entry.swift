import NodeMemory
import RadixTree
import XArray

extension PageTree {
    /// A word that stands in a slot, with the family that says what its bits mean.
    public struct Entry: Hashable, Sendable {
        public let rawValue: UInt64
        public let family: Family

        @inlinable @inline(__always)
        public init(_ entry: RadixTree.Entry) {
            rawValue = entry.rawValue
            family = .radixTree
        }

        @inlinable @inline(__always)
        public init(_ entry: XArray.Entry) {
            rawValue = entry.rawValue
            family = .xarray
        }

        /// `XA_RETRY_ENTRY`.
        static let retry = Entry(internal: 0x402)

        private init(internal rawValue: UInt64) {
            self.rawValue = rawValue
            family = .xarray
        }

        /// An exceptional entry, or a value entry: neither a pointer nor one that the tree has made
        /// for itself.
        @inlinable @inline(__always)
        public var isValue: Bool {
            family == .radixTree ? rawValue & 2 != 0 : rawValue & 1 != 0
        }

        /// What a value entry holds: the bits above those that say that it is one.
        @inlinable
        public var value: UInt64 { family == .radixTree ? rawValue >> 2 : rawValue >> 1 }

        /// `XA_ZERO_ENTRY`: the index is reserved, and reads as NULL.
        public var isZero: Bool { family == .xarray && rawValue == 0x406 }

        /// `XA_RETRY_ENTRY`: the node is no longer in the tree.
        public var isRetry: Bool { family == .xarray && rawValue == 0x402 }

        /// Whether it points to something, such as a page.
        @inlinable @inline(__always)
        public var isPointer: Bool { rawValue & 3 == 0 }
    }

    /// The content of the root or of a slot.
    public enum Slot: Hashable, Sendable {
        case empty
        case entry(Entry)
        /// The slot belongs to the entry in a lower one of the same node.
        case sibling(of: Int)
        case node(NodeID)

        @inlinable
        init(_ slot: RadixTree.Slot) {
            switch slot {
            case .empty: self = .empty
            case .entry(let entry): self = .entry(Entry(entry))
            case .node(let id): self = .node(id)
            }
        }

        @usableFromInline
        init(_ slot: XArray.Slot) {
            switch slot {
            case .empty: self = .empty
            case .entry(let entry): self = .entry(Entry(entry))
            case .sibling(let offset): self = .sibling(of: offset)
            case .node(let id): self = .node(id)
            case .retry: self = .entry(.retry)
            }
        }
    }

    /// An entry with all its indices and its tags.
    public struct Item: Hashable, Sendable {
        public var entry: Entry
        public var indices: ClosedRange<Index>
        public var tags: TagSet

        public init(entry: Entry, indices: ClosedRange<Index>, tags: TagSet) {
            self.entry = entry
            self.indices = indices
            self.tags = tags
        }

        init(_ item: RadixTree.Item, at index: Index) {
            self.init(entry: Entry(item.entry), indices: index...index, tags: item.tags)
        }

        init(_ item: XArray.Item) {
            self.init(entry: Entry(item.entry), indices: item.indices, tags: item.marks)
        }

        /// The entry covers 2^order indices, or not quite as many.
        public var order: Int { indices.order }

        /// Whether it is the same entry for the same indices, with whatever tags.
        public func isSameEntry(as other: Item) -> Bool {
            entry == other.entry && indices == other.indices
        }
    }

    /// An entry that a search has found, with all its indices.
    public struct Found: Hashable, Sendable {
        public var entry: Entry
        public var indices: ClosedRange<Index>

        @inlinable @inline(__always)
        public init(entry: Entry, indices: ClosedRange<Index>) {
            self.entry = entry
            self.indices = indices
        }

        /// The first of its indices.
        @inlinable @inline(__always)
        public var index: Index { indices.lowerBound }

        public var order: Int { indices.order }
    }
}

extension ClosedRange<TreeIndex> {
    fileprivate var order: Int {
        let distance = upperBound.rawValue - lowerBound.rawValue
        return 64 - distance.leadingZeroBitCount
    }

    /// How many indices there are, as far as a word can count them.
    @inlinable
    public var width: UInt64 {
        let (width, isAll) = (upperBound.rawValue - lowerBound.rawValue).addingReportingOverflow(1)
        return isAll ? .max : width
    }
}
