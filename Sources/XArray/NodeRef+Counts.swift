import NodeMemory

// The fields that a node of the XArray has in place of the radix tree's: shift for height, and in
// the count word `count` in the low byte, `nr_values` above it, and above both whether the node is
// on the list of nodes that hold nothing but values.

extension NodeRef {
    /// Index bits below a slot: 0 for a leaf.
    @inline(__always)
    var shift: Int { (height &- 1) &* XArray.bitsPerLevel }

    /// `count`: slots that are not NULL, 0 to 64.
    @inline(__always)
    var slotCount: Int { Int(count & 255) }

    /// `nr_values`: slots that hold a value or a sibling of one; a byte that wraps.
    @inline(__always)
    var valueCount: Int { Int(count >> 8 & 255) }

    @inline(__always)
    var isListed: Bool { count >> 16 & 1 != 0 }

    static let listedBit: UInt32 = 1 << 16

    @inline(__always)
    static func counts(_ slots: Int, _ values: Int, isListed: Bool) -> UInt32 {
        UInt32(slots & 255) | UInt32(values & 255) << 8 | (isListed ? listedBit : 0)
    }

    /// The slot that leads to an index.
    @inline(__always)
    func slotNumber(_ index: UInt64) -> Int {
        Int(truncatingIfNeeded: (index >> UInt64(shift)) & 63)
    }
}

extension XArray {
    /// The node that a slot's word leads to.
    @inlinable @inline(__always)
    static func link(_ word: UInt64) -> NodeRef { NodeRef(word: word) }
}
