/// The size of a node: `RADIX_TREE_MAP_SIZE` of `include/linux/radix-tree.h`.
public enum SlotsPerNode: Int, CaseIterable, Sendable {
    /// What `CONFIG_BASE_SMALL` builds.
    case sixteen = 16
    /// What every ordinary kernel builds.
    case sixtyFour = 64

    /// `RADIX_TREE_MAP_SHIFT`: index bits that one level resolves.
    @inlinable @inline(__always)
    public var shift: Int { self == .sixtyFour ? 6 : 4 }

    /// `RADIX_TREE_MAX_PATH`: levels of a tree that holds index 2^64-1.
    public var maximumHeight: Int { (64 + shift - 1) / shift }

    /// `RADIX_TREE_PRELOAD_SIZE`: the most nodes that one insert can need. The worst case grows a
    /// tree of height 0 to the full height and then builds a second path below the new top.
    public var preloadSize: Int { 2 * maximumHeight - 1 }

    /// The slot number that an index selects, before shifting: `RADIX_TREE_MAP_MASK`.
    @inlinable @inline(__always)
    package var mask: UInt64 { UInt64(rawValue - 1) }

    /// `RADIX_TREE_COUNT_SHIFT`: where the shadow count begins in a node's count word, 7 or 5.
    public var countShift: Int { shift + 1 }

    /// The highest index that a tree of this many levels can hold.
    public func maxIndex(height: Int) -> TreeIndex {
        TreeIndex(rawMaxIndex(height: height))
    }

    @inlinable @inline(__always)
    package func rawMaxIndex(height: Int) -> UInt64 {
        let bits = height &* shift
        return bits >= 64 ? .max : (1 &<< UInt64(truncatingIfNeeded: bits)) &- 1
    }
}
