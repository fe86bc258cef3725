/// Which blocks of the file are allocated, where, and whether they were ever written.
///
/// A block is 4 KiB. Runs are kept sorted, disjoint and as long as possible, as an extent tree
/// would.
public struct BlockMap: Sendable {
    /// A run of blocks in one state and with consecutive places on the device.
    public struct Run: Hashable, Sendable {
        public var first: UInt64
        public var count: UInt64
        /// Never `.hole`.
        public var state: BlockState
        /// Block number on the device of `first`; 0 where the state is `.delalloc`.
        public var physical: UInt64

        /// There is a block on the device.
        public var isAllocated: Bool { state.isAllocated }
        public var end: UInt64 { first + count }
    }

    /// What `get_block` learns of one block.
    public struct Lookup: Hashable, Sendable {
        public var state: BlockState
        /// Block number on the device; 0 for a hole and where a block is only promised.
        public var physical: UInt64
        /// Blocks from the one asked on that are in the same state and contiguous; for a hole the
        /// length up to the next allocated block or 2^52.
        public var length: UInt64

        /// There is a block on the device.
        public var isAllocated: Bool { state.isAllocated }
    }

    public private(set) var runs: [Run] = [] {
        didSet { changes &+= 1 }
    }
    /// Grows with every change, so that the audit knows when to look again.
    public private(set) var changes = 0

    public init() {}

    /// The index of the first run that ends after `block`.
    private func position(of block: UInt64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end <= block { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public func lookup(_ block: UInt64) -> Lookup {
        let i = position(of: block)
        guard i < runs.count else {
            return Lookup(state: .hole, physical: 0, length: (1 << 52) - min(block, 1 << 52))
        }
        let run = runs[i]
        guard run.first <= block else {
            return Lookup(state: .hole, physical: 0, length: run.first - block)
        }
        return Lookup(
            state: run.state, physical: run.isAllocated ? run.physical + (block - run.first) : 0,
            length: run.end - block)
    }

    /// The block of the file that stands at a block of the device.
    public func fileBlock(ofPhysical block: UInt64) -> UInt64? {
        for run in runs
        where run.isAllocated && block >= run.physical && block - run.physical < run.count {
            return run.first + (block - run.physical)
        }
        return nil
    }

    public func state(_ block: UInt64) -> BlockState { lookup(block).state }

    /// Sets blocks `first` ..< `first + count` to `state`, placed from `physical` on.
    public mutating func set(first: UInt64, count: UInt64, state: BlockState, physical: UInt64) {
        remove(first: first, count: count)
        guard count > 0, state != .hole else { return }
        let i = position(of: first)
        runs.insert(
            Run(
                first: first, count: count, state: state,
                physical: state == .delalloc ? 0 : physical), at: i)
        merge(at: i + 1)
        merge(at: i)
    }

    /// Makes the unwritten blocks of the range written, where they are.
    public mutating func convert(first: UInt64, count: UInt64) {
        var block = first
        while block < first + count {
            let found = lookup(block)
            let length = min(found.length, first + count - block)
            if found.state == .unwritten {
                set(first: block, count: length, state: .written, physical: found.physical)
            }
            block += length
        }
    }

    /// Moves all blocks from `first` on up or down; where they go there is nothing.
    public mutating func shift(from first: UInt64, by distance: Int64) {
        let count = (1 << 52) - first
        let moved = runs.compactMap { run -> Run? in
            guard run.end > first else { return nil }
            var part = run
            part.first = max(run.first, first)
            part.count = run.end - part.first
            if run.isAllocated { part.physical = run.physical + (part.first - run.first) }
            return part
        }
        remove(first: first, count: count)
        for run in moved {
            set(
                first: UInt64(Int64(run.first) + distance), count: run.count, state: run.state,
                physical: run.physical)
        }
    }

    /// Makes the blocks of the range that there are unwritten, where they are.
    public mutating func makeUnwritten(first: UInt64, count: UInt64) {
        var block = first
        while block < first + count {
            let found = lookup(block)
            let length = min(found.length, first + count - block)
            if found.state == .written {
                set(first: block, count: length, state: .unwritten, physical: found.physical)
            }
            block += length
        }
    }

    /// Makes the range a hole.
    public mutating func remove(first: UInt64, count: UInt64) {
        guard count > 0 else { return }
        let (end, overflow) = first.addingReportingOverflow(count)
        let last = overflow ? UInt64.max : end
        var i = position(of: first)
        while i < runs.count, runs[i].first < last {
            let run = runs[i]
            var kept: [Run] = []
            if run.first < first {
                var left = run
                left.count = first - run.first
                kept.append(left)
            }
            if run.end > last {
                var right = run
                right.first = last
                right.count = run.end - last
                if run.isAllocated { right.physical = run.physical + (last - run.first) }
                kept.append(right)
            }
            runs.replaceSubrange(i...i, with: kept)
            i += kept.count
        }
    }

    /// Joins run `i` to the one before it when they continue each other.
    private mutating func merge(at i: Int) {
        guard i > 0, i < runs.count else { return }
        let a = runs[i - 1]
        let b = runs[i]
        guard a.end == b.first, a.state == b.state,
            !a.isAllocated || a.physical + a.count == b.physical
        else { return }
        runs[i - 1].count += b.count
        runs.remove(at: i)
    }
}
