import Synchronization

/// Memory for large leaves, in slabs that copies of a store share.
///
/// Nearly all memory of a large dense tree is its leaves, and a leaf says nothing that differs
/// between copies of a tree: its entries, its tags and the numbers of itself and of its parent.
/// So a copy of the store takes over the slabs, and a slab is copied when one of the holders is
/// about to write to it.
///
///     slab     one cache line with the count of its holders, then up to 256 cells
///
/// Invariants:
/// - A slab is written to only by its sole holder: `isOwn` comes first.
/// - Slabs keep their numbers in all copies; a leaf's head names its slab.
struct LeafPool {
    /// Bytes of a cell, a multiple of a cache line.
    let stride: Int

    private struct Slab {
        let memory: CacheLines
        let start: UnsafeMutableRawPointer
        /// Cells in use, free or fresh.
        let cells: Int
        /// The value of `generation` when this holder was found to be the only one.
        var checked: Int

        @inline(__always)
        var holders: UnsafeMutablePointer<Atomic<Int>> {
            start.assumingMemoryBound(to: Atomic<Int>.self)
        }
    }

    private var slabs = RawStack<Slab>()
    /// Cells that were given back: the slab's number, and below it the cell's in eight bits.
    private var free = RawStack<UInt32>()
    /// Cells at the end of the last slab that nobody has had yet.
    private var freshCount = 0
    private var capacity = 0

    private static let headBytes = CacheLines.size
    private static let firstSlabCells = 4
    /// Copying one takes some 10 µs; a tree of ten million entries has 600 of them.
    private static let slabCells = 256

    init(stride: Int) { self.stride = stride }

    /// Cells that are handed out now.
    var inUse: Int { capacity - freshCount - free.count }

    var bytesInUse: Int { inUse * stride }

    /// Whether there is no memory that could be shared.
    var isEmpty: Bool { capacity == 0 }

    private func address(_ cell: Int, in slab: Int) -> UnsafeMutableRawPointer {
        slabs[slab].start + Self.headBytes + cell * stride
    }

    // MARK: Cells

    /// A cell of zeroes. That brings its lines into the cache, all at once, before the slots are
    /// filled one after the other.
    ///
    /// - Parameters:
    ///   - generation: see `isOwn`.
    ///   - move: see `makeOwn`.
    @inline(__always)
    mutating func take(
        generation: Int, move: (LeafMove) -> Void
    ) -> (cell: UnsafeMutableRawPointer, slab: Int) {
        let taken = free.pop().map { (Int($0 & 255), Int($0 >> 8)) } ?? takeFresh()
        if generation != 0, !isOwn(taken.1, generation: generation) {
            makeOwn(taken.1, generation: generation, move: move)
        }
        let cell = address(taken.0, in: taken.1)
        cell.initializeMemory(as: UInt64.self, repeating: 0, count: stride / 8)
        return (cell, taken.1)
    }

    mutating func giveBack(_ cell: UnsafeMutableRawPointer, in slab: Int) {
        let number = (cell - slabs[slab].start - Self.headBytes) / stride
        free.push(UInt32(truncatingIfNeeded: slab << 8 | number))
    }

    private mutating func takeFresh() -> (Int, Int) {
        if freshCount == 0 { addSlab(min(max(Self.firstSlabCells, capacity), Self.slabCells)) }
        let slab = slabs.count - 1
        let cell = slabs[slab].cells - freshCount
        freshCount -= 1
        return (cell, slab)
    }

    private mutating func addSlab(_ cells: Int) {
        slabs.push(makeSlab(cells))
        freshCount = cells
        capacity += cells
    }

    private func makeSlab(_ cells: Int) -> Slab {
        let memory = CacheLines(bytes: Self.headBytes + cells * stride)
        let start = memory.start
        start.bindMemory(to: Atomic<Int>.self, capacity: 1).initialize(to: Atomic(1))
        return Slab(memory: memory, start: start, cells: cells, checked: 0)
    }

    // MARK: Sharing

    /// The same cells for a copy of the store.
    func share() -> LeafPool {
        var copy = self
        copy.slabs = slabs.copy()
        copy.free = free.copy()
        for slab in 0..<slabs.count {
            slabs[slab].holders.pointee.add(1, ordering: .relaxed)
            copy.slabs[slab].checked = 0
        }
        return copy
    }

    /// Whether nobody else holds a slab, without asking the slab if that was done before.
    ///
    /// - Parameter generation: how many copies of the store were made, counting those that it is
    ///   a copy of: only another copy can make a slab shared that was not.
    @inline(__always)
    func isOwn(_ slab: Int, generation: Int) -> Bool { slabs[slab].checked == generation }

    /// Copies a slab if somebody else holds it.
    ///
    /// - Parameter move: is told of each cell, when its copy is in place and before the old slab
    ///   goes. Only the store knows which cells are nodes.
    mutating func makeOwn(_ slab: Int, generation: Int, move: (LeafMove) -> Void) {
        let old = slabs[slab]
        if old.holders.pointee.load(ordering: .acquiring) > 1 {
            slabs[slab] = makeSlab(old.cells)
            let isLast = slab == slabs.count - 1
            let used = old.cells - (isLast ? freshCount : 0)
            address(0, in: slab).copyMemory(
                from: old.start + Self.headBytes, byteCount: used * stride)
            for cell in 0..<used {
                let from = old.start + Self.headBytes + cell * stride
                move(LeafMove(from: from, to: address(cell, in: slab)))
            }
            Self.drop(old)
        }
        slabs[slab].checked = generation
    }

    private static func drop(_ slab: Slab) {
        let left = slab.holders.pointee.subtract(1, ordering: .acquiringAndReleasing).newValue
        if left == 0 { slab.memory.deallocate() }
    }

    /// Gives up all slabs; cells still handed out are void.
    func deallocate() {
        for slab in 0..<slabs.count { Self.drop(slabs[slab]) }
        slabs.deallocate()
        free.deallocate()
    }
}

/// A cell of a `LeafPool` and its copy.
struct LeafMove {
    let from: UnsafeMutableRawPointer
    let to: UnsafeMutableRawPointer
}
