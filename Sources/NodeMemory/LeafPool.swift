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
        /// Cells in use, free or fresh.
        let cells: Int
        /// The value of `generation` when this holder was found to be the only one.
        var checked = 0

        var holders: UnsafeMutablePointer<Atomic<Int>> {
            memory.start.assumingMemoryBound(to: Atomic<Int>.self)
        }

        @inline(__always)
        func cell(_ number: Int, _ stride: Int) -> UnsafeMutableRawPointer {
            memory.start + CacheLines.size + number * stride
        }
    }

    private var slabs = RawStack<Slab>()
    /// Cells that were given back: the slab's number, and below it the cell's in eight bits.
    private var free = RawStack<UInt32>()
    /// Cells at the end of the last slab that nobody has had yet.
    private var freshCount = 0
    private var capacity = 0

    private static let firstSlabCells = 4
    /// A tree of ten million entries in a row has 600 slabs of this size.
    private static let slabCells = 256

    init(stride: Int) { self.stride = stride }

    /// Cells that are handed out now.
    var inUse: Int { capacity - freshCount - free.count }

    var bytesInUse: Int { inUse * stride }

    /// Whether there is no memory that could be shared.
    var isEmpty: Bool { capacity == 0 }

    // MARK: Cells

    /// A cell of zeroes. That brings its lines into the cache, all at once, before the slots are
    /// filled one after the other.
    ///
    /// - Parameters:
    ///   - generation: see `isOwn`.
    ///   - move: see `Move`.
    @inline(__always)
    mutating func take(
        generation: Int, move: Move
    ) -> (cell: UnsafeMutableRawPointer, slab: Int) {
        let (number, slab) = free.pop().map { (Int($0 & 255), Int($0 >> 8)) } ?? takeFresh()
        if generation != 0, !isOwn(slab, generation: generation) {
            makeOwn(slab, generation: generation, move: move)
        }
        let cell = slabs[slab].cell(number, stride)
        cell.initializeMemory(as: UInt64.self, repeating: 0, count: stride / 8)
        return (cell, slab)
    }

    mutating func giveBack(_ cell: UnsafeMutableRawPointer, in slab: Int) {
        let number = (cell - slabs[slab].cell(0, stride)) / stride
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
        let memory = CacheLines(bytes: CacheLines.size + cells * stride)
        memory.start.bindMemory(to: Atomic<Int>.self, capacity: 1).initialize(to: Atomic(1))
        return Slab(memory: memory, cells: cells)
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

    /// Is told of a cell and its copy, when the copy is in place and before the old slab goes. Only
    /// the store knows which cells are nodes.
    typealias Move = (_ old: UnsafeMutableRawPointer, _ new: UnsafeMutableRawPointer) -> Void

    /// Copies a slab if somebody else holds it.
    mutating func makeOwn(_ slab: Int, generation: Int, move: Move) {
        let old = slabs[slab]
        if old.holders.pointee.load(ordering: .acquiring) > 1 {
            let copy = makeSlab(old.cells)
            slabs[slab] = copy
            let isLast = slab == slabs.count - 1
            let used = old.cells - (isLast ? freshCount : 0)
            copy.cell(0, stride).copyMemory(from: old.cell(0, stride), byteCount: used * stride)
            for cell in 0..<used { move(old.cell(cell, stride), copy.cell(cell, stride)) }
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
