/// The persistent memory behind the file, byte by byte.
///
/// A store through a mapping lands in the CPU cache; `wb_cache_pmem` and non-temporal stores make
/// it pending; `wmb_pmem` makes what is pending durable (docs/kernel/dax.md, section 9). After a
/// power loss only what is durable is sure to be left.
public struct PersistentMemory: Hashable, Sendable {
    /// One 4 KiB block, in each place where its bytes may be.
    public struct Line: Hashable, Sendable {
        /// On the media.
        public var durable = PageBytes.zero
        /// On their way: written back, not yet fenced.
        public var pending = SomeBytes.none
        /// In the CPU cache only.
        public var cached = SomeBytes.none
        /// What a completed fsync or msync has promised to be durable.
        public var promised = SomeBytes.none

        public init() {}

        /// What a load sees.
        public var visible: PageBytes { durable.covered(by: pending).covered(by: cached) }

        /// Some byte was promised to be durable, and is not.
        public var isUndurable: Bool {
            !promised.isEmpty && promised.contains(with: durable) { $0 != nil && $0 != $1 }
        }
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

    public func visible(_ block: UInt64) -> PageBytes { lines[block]?.visible ?? .zero }

    /// What a load of the byte at `offset` of a block sees.
    public func visible(_ block: UInt64, offset: Int) -> UInt8 {
        guard let line = lines[block] else { return 0 }
        return line.cached[offset] ?? line.pending[offset] ?? line.durable[offset]
    }

    /// A CPU store through a mapping, of the byte at `offset` of a block.
    public mutating func store(_ value: UInt8, block: UInt64, offset: Int = 0) {
        lines[block, default: Line()].cached.fill(offset..<(offset + 1), with: value)
    }

    /// A store that bypasses the cache (`copy_from_iter_pmem`), or memset with write-back
    /// (`clear_pmem`), of the bytes at `offsets`.
    public mutating func storePending(_ bytes: PageBytes, block: UInt64, offsets: Range<Int>) {
        if bytes == .zero, lines[block] == nil { return }
        var line = self.line(block)
        line.cached.fill(offsets, with: nil)
        line.pending.copy(offsets, from: bytes.map { $0 })
        lines[block] = line
    }

    /// The same, with one value.
    public mutating func storePending(_ value: UInt8, block: UInt64, offsets: Range<Int>) {
        storePending(PageBytes(value), block: block, offsets: offsets)
    }

    /// `clear_pmem` over a run of blocks.
    public mutating func clear(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { line in
            line.cached = .none
            line.pending = SomeBytes(0)
        }
    }

    /// `wb_cache_pmem` over a run of blocks.
    public mutating func writeBack(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { line in
            guard !line.cached.isEmpty else { return }
            line.pending = line.pending.combined(with: line.cached) { $1 ?? $0 }
            line.cached = .none
        }
    }

    /// `wmb_pmem`: everything pending is durable.
    public mutating func drain() {
        lines.forEachValue(in: lines.positions) { line in
            guard !line.pending.isEmpty else { return }
            let settled = line.pending.combined(with: line.cached) { $0 != nil && $1 == nil }
            line.durable = line.durable.covered(by: line.pending)
            line.pending = .none
            guard !line.promised.isEmpty else { return }
            // What is newer than the promise keeps it, until it is durable too.
            line.promised = line.promised
                .combined(with: settled) { $1 ? nil : $0 }
                .combined(with: line.durable) { $0 == $1 ? nil : $0 }
        }
    }

    /// An fsync over these blocks returned success: what a reader sees now must survive.
    public mutating func promise(first: UInt64, count: UInt64) {
        var isAnyOpen = false
        forEachLine(first: first, count: count) { line in
            let visible = line.visible
            line.promised = visible.combined(with: line.durable) { $0 == $1 ? nil : $0 }
            if !line.promised.isEmpty { isAnyOpen = true }
        }
        if isAnyOpen { hasPromises = true }
    }

    /// The same for what the page cache holds of the bytes at `offsets` of a block.
    public mutating func promise(_ bytes: PageBytes, block: UInt64, offsets: Range<Int>) {
        var open = bytes.combined(with: line(block).durable) { $0 == $1 ? nil : $0 }
        open.fill(offsets.upperBound..<PageBytes.size, with: nil)
        open.fill(0..<offsets.lowerBound, with: nil)
        if open.isEmpty, lines[block] == nil { return }
        lines[block, default: Line()].promised = open
        if !open.isEmpty { hasPromises = true }
    }

    /// The blocks were freed or given to another use: nothing about them is promised any more.
    public mutating func forget(first: UInt64, count: UInt64) {
        forEachLine(first: first, count: count) { $0.promised = .none }
    }

    /// The power goes: caches are empty, and what was only pending is lost too.
    public mutating func losePower() {
        lines.forEachValue(in: lines.positions) { line in
            line.cached = .none
            line.pending = .none
        }
    }

    /// Visits the lines of a run in ascending order; a run can be longer than the lines known.
    private mutating func forEachLine(
        first: UInt64, count: UInt64, _ body: (inout Line) -> Void
    ) {
        lines.forEachValue(in: lines.positions(of: first..<(first + count)), body)
    }
}
