/// The persistent memory behind the file, one byte (the first) for each 4 KiB block.
///
/// A store through a mapping lands in the CPU cache; `wb_cache_pmem` and non-temporal stores make
/// it pending; `wmb_pmem` makes what is pending durable (spec/dax.md, section 9). After a power
/// loss only what is durable is sure to be left.
public struct PersistentMemory: Hashable, Sendable {
    /// The first byte of one block, in each place where it may be.
    public struct Line: Hashable, Sendable {
        /// On the media.
        public var durable: UInt8 = 0
        /// On its way: written back, not yet fenced.
        public var pending: UInt8?
        /// In the CPU cache only.
        public var cached: UInt8?
        /// What a completed fsync or msync has promised to be durable.
        public var promised: UInt8?

        public init() {}

        /// What a load sees.
        public var visible: UInt8 { cached ?? pending ?? durable }
    }

    /// Blocks of the device: a mapping cannot go on behind them.
    public var size: UInt64 = .max
    /// Whether the device has `struct page`s (ZONE_DEVICE); nil: as the kernel wants it. A PMD
    /// fault of v4.4 falls back when there are any, one of the later kernels when there are none.
    public var hasStructPages: Bool?

    /// By block number on the device; a block that is absent was never written.
    public private(set) var lines = SortedMap<UInt64, Line>()

    /// Some line was promised and is not durable; kept so that the audit need not look.
    public private(set) var hasPromises = false

    public init() {}

    public func line(_ block: UInt64) -> Line { lines[block] ?? Line() }

    public func visible(_ block: UInt64) -> UInt8 { line(block).visible }

    /// A CPU store through a mapping.
    public mutating func store(_ value: UInt8, block: UInt64) {
        lines[block, default: Line()].cached = value
    }

    /// A store that bypasses the cache (`copy_from_iter_pmem`), or memset with write-back
    /// (`clear_pmem`).
    public mutating func storePending(_ value: UInt8, block: UInt64) {
        if value == 0, lines[block] == nil { return }
        var line = self.line(block)
        line.cached = nil
        line.pending = value
        lines[block] = line
    }

    /// `clear_pmem` over a run of blocks.
    public mutating func clear(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { line in
            line.cached = nil
            line.pending = 0
        }
    }

    /// `wb_cache_pmem` over a run of blocks.
    public mutating func writeBack(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { line in
            guard let cached = line.cached else { return }
            line.pending = cached
            line.cached = nil
        }
    }

    /// `wmb_pmem`: everything pending is durable.
    public mutating func drain() {
        lines.forEachValue(in: lines.positions) { line in
            guard let pending = line.pending else { return }
            line.durable = pending
            line.pending = nil
            // What is newer than the promise keeps it too.
            if line.cached == nil || line.promised == line.durable { line.promised = nil }
        }
    }

    /// An fsync over these blocks returned success: what a reader sees now must survive.
    public mutating func promise(first: UInt64, count: UInt64) {
        var isAnyOpen = false
        forEachLine(first: first, count: count) { line in
            let isDurable = line.visible == line.durable
            line.promised = isDurable ? nil : line.visible
            if !isDurable { isAnyOpen = true }
        }
        if isAnyOpen { hasPromises = true }
    }

    /// The blocks were freed or given to another use: nothing about them is promised any more.
    public mutating func forget(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { $0.promised = nil }
    }

    /// The power goes: caches are empty, and what was only pending is lost too.
    public mutating func losePower() {
        lines.forEachValue(in: lines.positions) { line in
            line.cached = nil
            line.pending = nil
        }
    }

    /// Visits the lines of a run in ascending order; a run can be longer than the lines known.
    private mutating func forEachLine(
        first: UInt64, count: UInt64, _ body: (inout Line) -> Void
    ) {
        lines.forEachValue(in: lines.positions(of: first..<(first + count)), body)
    }
}
