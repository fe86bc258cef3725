/// A node in the memory of a `NodeStore`: the only type that reads and writes that memory.
///
/// A node has one of three layouts, and moves on to the next when it needs more slots:
///
/// - tiny: one slot in half a cache line. A node of height 2 starts so, and its first leaf takes
///   the other half.
/// - small: eight slots in one and a half lines.
/// - large: all slots.
///
/// In a sparse tree nearly every node has one slot in use. If all were large, as the kernel's
/// are, the tree would take ten times the memory, and each step down would miss the caches and
/// the TLB; and a node of height 2 with its only leaf would be two such steps instead of one.
///
///     bytes                 in every layout
///      0  count     u32     the kernel's count word: slots in use, and above them shadows
///      4  height    u8      1 = leaf; 0 in an unused half of a line
///      5  offset    u8      slot of the parent that this node hangs in
///      8  parent    u64     link to the node above, 0 for the top node; of a large leaf, in the
///                           low half, that node's number plus one instead
///     12  slab      u32     of a large leaf: where it lies in the `LeafPool`
///     16  number    u32     the name of the node; it stays when the node moves
///
///           tiny                           small                         large
///      6    number of the slot; 255: none                            1: see `mayHoldOwnWords`
///      7    tags: bit t for tag t
///     20                                   tags: byte t for tag t,
///                                          bit p for the slot in place p
///     24    the slot                       number of the slot in each    occupied: bit n if slot n
///                                          of 8 places, 255 for none     is not empty
///     32    (end)                          8 slots in their places       tags: 3 bitmaps
///     64                                   ...                           64 or 16 slots
///     96                                   (end)                         ...
///
/// A reference is a link: the node's address, with bit 1 set, and bit 2 if the node is large, bit 3
/// if it is tiny. The three lowest bits are 110 in links to large nodes only, so that one test
/// tells them from all else. A slot above the leaves holds a link, or what the rules put there in
/// its place: a word that is no link (`isLink`). A slot of a leaf holds anything but zero.
///
/// Invariants:
/// - A reference is valid until the node moves or is freed, in the store that made it. It never
///   leaves the methods of the `RadixTree` that holds the store.
/// - Writing needs a store that nobody shares: `RadixTree.makeUnique` comes first. A large leaf is
///   in memory that stores share: `RadixTree.makeOwn` comes next.
/// - Which slots are not empty is known without the count word, and stays true whatever happens
///   to it.
/// - The tags of a tiny or small node belong to slots in use. Before a slot that is empty gets a
///   tag, or one that has a tag is emptied, the node is made large.
@usableFromInline
package struct NodeRef: Equatable {
    @usableFromInline package let word: UInt64

    @usableFromInline package static let tinyBytes = 32
    @usableFromInline package static let smallBytes = 96
    @usableFromInline package static let largeHeadBytes = 64

    @usableFromInline package enum Layout { case tiny, small, large }

    /// The node that a link leads to.
    @inlinable @inline(__always)
    package init(word: UInt64) { self.word = word }

    /// Memory for a node.
    @inlinable @inline(__always)
    package init(_ memory: UnsafeMutableRawPointer, _ layout: Layout) {
        word = UInt64(UInt(bitPattern: memory)) | (layout == .large ? 6 : layout == .tiny ? 10 : 2)
    }

    @inlinable @inline(__always)
    package var isLarge: Bool { word & 4 != 0 }

    @inlinable @inline(__always)
    package var isTiny: Bool { word & 8 != 0 }

    /// Whether the word in a slot above the leaves leads to a node. Rules have the low bits 10 for
    /// words of their own as well, but only for small ones.
    @inlinable @inline(__always)
    package static func isLink(_ word: UInt64) -> Bool { word & 3 == 2 && word > 4096 }

    @inlinable @inline(__always)
    package static func isLinkToLarge(_ word: UInt64) -> Bool { word & 7 == 6 }

    @inlinable @inline(__always)
    package var address: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: UInt(word & ~15)).unsafelyUnwrapped
    }

    @inlinable @inline(__always)
    package func load<Value>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
        address.load(fromByteOffset: offset, as: type)
    }

    @inlinable @inline(__always)
    package func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        address.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    // MARK: The head

    @inlinable @inline(__always)
    package var count: UInt32 {
        get { load(0) }
        nonmutating set { store(newValue, at: 0) }
    }

    @inlinable @inline(__always)
    package var height: Int { Int(load(4, as: UInt8.self)) }

    @inlinable @inline(__always)
    package var offset: Int { Int(load(5, as: UInt8.self)) }

    /// Whether stores share this node's memory, so that it must not hold an address.
    @inlinable @inline(__always)
    package var isLargeLeaf: Bool { isLarge && height == 1 }

    /// The link to the node above, 0 for the top node. Not of a large leaf.
    @inlinable @inline(__always)
    package var parentWord: UInt64 {
        get { load(8) }
        nonmutating set { store(newValue, at: 8) }
    }

    /// Of a large leaf: the number of the node above plus one, 0 for the top node.
    @inlinable @inline(__always)
    package var parentNumber: UInt32 {
        get { load(8) }
        nonmutating set { store(newValue, at: 8) }
    }

    @inlinable
    package var hasParent: Bool { isLargeLeaf ? parentNumber != 0 : parentWord != 0 }

    /// Of a large leaf: where it lies in the `LeafPool`.
    @inlinable @inline(__always)
    package var slab: Int {
        get { Int(load(12, as: UInt32.self)) }
        nonmutating set { store(UInt32(truncatingIfNeeded: newValue), at: 12) }
    }

    @inlinable @inline(__always)
    package var number: UInt32 { load(16) }

    @inlinable @inline(__always)
    package var id: NodeID { NodeID(number: number) }

    /// Makes memory a node without a slot in use, whose parent is still to be set; for a large one
    /// the memory is zero but for the slab.
    @inlinable @inline(__always)
    package func open(number: UInt32, height: Int, offset: Int) {
        let noSlot: UInt64 = isTiny ? 255 << 48 : 0
        let path = UInt64(truncatingIfNeeded: height | offset << 8) << 32
        store(path | noSlot, at: 0)
        store(UInt64(number), at: 16)
        if !isTiny, !isLarge { store(UInt64.max, at: 24) }
    }

    /// Whether some slot of a large node may hold a word that the rules have for themselves: low
    /// bits 10, and no link. It stays true when the word goes.
    @inlinable @inline(__always)
    package var mayHoldOwnWords: Bool { load(6, as: UInt8.self) != 0 }

    /// Before a word is put into a slot of a large node.
    @inlinable @inline(__always)
    package func noteOwnWord(_ word: UInt64) {
        if word & 3 == 2, word <= 4096 { store(UInt8(1), at: 6) }
    }

    // MARK: Halves of a line

    /// The other half of a tiny node's line.
    @inlinable @inline(__always)
    package var buddy: NodeRef { NodeRef(word: word ^ UInt64(Self.tinyBytes)) }

    /// Whether this half of a line holds a node.
    @inlinable @inline(__always)
    package var isOpen: Bool { height != 0 }

    /// Marks this half of a line as unused.
    @inlinable @inline(__always)
    package func close() { store(UInt64(0), at: 0) }

    /// Where a tiny node's line begins.
    package var line: UnsafeMutableRawPointer {
        let half = UInt64(Self.tinyBytes)
        return NodeRef(word: word & ~half).address
    }

    // MARK: Moving

    /// Copies what this node is into memory for a larger one, all but the parent; for a large one
    /// it is zero.
    package func copy(to moved: NodeRef) {
        moved.open(number: number, height: height, offset: offset)
        moved.count = count
        forEachOccupied {
            let word = slot($0)
            moved.fillSlot($0, word)
            if moved.isLarge { moved.noteOwnWord(word) }
        }
        for tag in 0..<3 { moved.setTags(tag, tags(tag)) }
    }

    /// Whether what is kept twice agrees: the bits of a large node with its slots, the places of
    /// a small one with each other.
    package func isConsistent(_ slotsPerNode: SlotsPerNode) -> Bool {
        let numbers = 0..<slotsPerNode.rawValue
        if isLarge {
            for offset in numbers where isOccupied(offset) != (largeSlot(offset) != 0) {
                return false
            }
            return true
        }
        if isTiny { return tinySlotNumber == 255 || numbers.contains(Int(tinySlotNumber)) }
        var seen: UInt64 = 0
        for place in 0..<8 {
            let number = Int(load(24 + place, as: UInt8.self))
            if number == 255 { continue }
            guard numbers.contains(number), seen >> UInt64(number) & 1 == 0 else { return false }
            seen |= 1 << UInt64(number)
        }
        return true
    }

    /// Bytes of the node, except for a large one.
    package var bytes: Int { isTiny ? Self.tinyBytes : Self.smallBytes }
}
