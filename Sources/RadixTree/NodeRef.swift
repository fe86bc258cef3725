/// A node in the memory of a `NodeStore`: the only type that reads and writes raw memory.
///
/// Layout, in bytes (a cache line for the head, then the slots):
///
///      0  count     u32   the kernel's count word: slots in use, and above them shadows
///      4  height    u8    1 = leaf; 0 = the node is free
///      5  offset    u8    slot of the parent that this node hangs in
///      6            u16   unused
///      8  parent    u64   address of the node above, 0 for the top node
///     16  tags      3 x u64
///     40  occupied  u64   bit n: slot n is not empty
///     48  id        u32   number in the store, never changes
///     52            12    unused
///     64  slots     16 or 64 x u64: an entry in a leaf, an address of a node above
///
/// Invariants:
/// - A reference is valid as long as the store that made it lives; the owner is a `RadixTree`
///   value, which holds the store, and every use is inside a method of that value.
/// - Writing needs a store that nobody shares: `RadixTree.makeUnique` comes first.
/// - Bit n of `occupied` is set if and only if slot n is not zero. The kernel has no such field; it
///   makes walks skip empty slots, and it stays true whatever happens to the count.
/// - The slots of a node of height above 1 are zero or valid addresses in the same store.
/// - A free node is zero everywhere but in `id`.
struct NodeRef: Equatable {
    private let address: UnsafeMutableRawPointer

    static let headBytes = 64

    @inline(__always)
    init(address: UnsafeMutableRawPointer) { self.address = address }

    /// The node that a link (the content of a slot above the leaves) leads to.
    @inline(__always)
    init(word: UInt64) {
        address = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The link that leads to this node.
    @inline(__always)
    var word: UInt64 { UInt64(UInt(bitPattern: address)) }

    @inline(__always)
    var count: UInt32 {
        get { address.load(as: UInt32.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt32.self) }
    }

    @inline(__always)
    var height: Int {
        get { Int(address.load(fromByteOffset: 4, as: UInt8.self)) }
        nonmutating set {
            address.storeBytes(
                of: UInt8(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt8.self)
        }
    }

    @inline(__always)
    var offset: Int {
        get { Int(address.load(fromByteOffset: 5, as: UInt8.self)) }
        nonmutating set {
            address.storeBytes(
                of: UInt8(truncatingIfNeeded: newValue), toByteOffset: 5, as: UInt8.self)
        }
    }

    @inline(__always)
    var parent: NodeRef? {
        get {
            let word = parentWord
            return word == 0 ? nil : NodeRef(word: word)
        }
        nonmutating set { parentWord = newValue?.word ?? 0 }
    }

    @inline(__always)
    var parentWord: UInt64 {
        get { address.load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
    }

    /// The bitmap of one tag, by the tag's number 0 to 2.
    @inline(__always)
    func tags(_ tag: Int) -> UInt64 {
        address.load(fromByteOffset: 16 &+ tag &* 8, as: UInt64.self)
    }

    @inline(__always)
    func setTags(_ tag: Int, _ bits: UInt64) {
        address.storeBytes(of: bits, toByteOffset: 16 &+ tag &* 8, as: UInt64.self)
    }

    /// The slots that carry any tag.
    @inline(__always)
    var anyTags: UInt64 { tags(0) | tags(1) | tags(2) }

    @inline(__always)
    private(set) var occupied: UInt64 {
        get { address.load(fromByteOffset: 40, as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 40, as: UInt64.self) }
    }

    var number: UInt32 {
        get { address.load(fromByteOffset: 48, as: UInt32.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 48, as: UInt32.self) }
    }

    var id: RadixTree.NodeID { RadixTree.NodeID(number: number) }

    /// The content of a slot; zero if it is empty. The caller guarantees the range of `offset`.
    @inline(__always)
    func slot(_ offset: Int) -> UInt64 {
        address.load(fromByteOffset: Self.headBytes &+ offset &* 8, as: UInt64.self)
    }

    @inline(__always)
    func fillSlot(_ offset: Int, _ word: UInt64) {
        address.storeBytes(of: word, toByteOffset: Self.headBytes &+ offset &* 8, as: UInt64.self)
        occupied |= 1 &<< UInt64(truncatingIfNeeded: offset)
    }

    @inline(__always)
    func clearSlot(_ offset: Int) {
        address.storeBytes(of: 0, toByteOffset: Self.headBytes &+ offset &* 8, as: UInt64.self)
        occupied &= ~(1 &<< UInt64(truncatingIfNeeded: offset))
    }

    @inline(__always)
    func setSlot(_ offset: Int, _ word: UInt64) {
        if word == 0 { clearSlot(offset) } else { fillSlot(offset, word) }
    }

    /// Makes a free node a live one without a slot in use.
    @inline(__always)
    func open(height: Int, offset: Int, parent: UInt64) {
        self.height = height
        self.offset = offset
        parentWord = parent
    }

    /// Makes a node zero everywhere but in `id`.
    @inline(__always)
    func close() {
        var rest = occupied
        while rest != 0 {
            clearSlot(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
        count = 0
        height = 0
        offset = 0
        parentWord = 0
        setTags(0, 0)
        setTags(1, 0)
        setTags(2, 0)
    }
}
