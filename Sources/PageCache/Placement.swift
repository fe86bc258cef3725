// Where on the device a block of the file is put.

/// Where on the device a block of the file is put. The allocators of the file systems are not
/// modelled: every block goes to a fixed distance, so that 2 MiB stay aligned, unless a place is
/// given for it.
public struct Placement: Hashable, Sendable {
    /// A run of file blocks and the device block that its first one goes to.
    public struct Span: Hashable, Sendable {
        public var first: UInt64
        public var count: UInt64
        public var physical: UInt64

        public init(first: UInt64, count: UInt64 = 1, physical: UInt64) {
            self.first = first
            self.count = count
            self.physical = physical
        }

        /// Where `block` would be if the span went on in both directions.
        func place(of block: UInt64) -> UInt64 { physical &+ (block &- first) }
    }

    /// Device block of file block 0; a multiple of 512.
    public var base: UInt64 = 1024
    /// Places, where the caller knows better (a scenario about alignment, a replay of a recorded
    /// kernel); of two for one block the earlier one counts.
    public var given: [Span] = []
    /// The same, for blocks that are freed and allocated again by one operation.
    public var again: [Span] = []
    /// XFS: what was freed since the log was last forced to the device. The blocks of a file go
    /// there no sooner (fs/xfs/xfs_extent_busy.c).
    public private(set) var busy: [Range<UInt64>] = []
    /// ext4's allocator, where it does not keep to the fixed distance.
    public var ext4 = Ext4Places()

    public init() {}

    /// Where blocks from `first` on go, at most `count` of them, and how many fit there in one
    /// run: an allocation ends where a given place does not continue it.
    public func run(from first: UInt64, count: UInt64) -> (physical: UInt64, count: UInt64) {
        Self.run(from: first, count: count, by: given) ?? (base &+ first, count)
    }

    /// nil: no place is given for any of these blocks.
    fileprivate static func run(
        from first: UInt64, count: UInt64, by spans: [Span]
    ) -> (physical: UInt64, count: UInt64)? {
        let end = first + count
        let near = spans.filter { $0.first < end && $0.first + $0.count > first }
        let span = near.first { $0.first <= first } ?? near.min { $0.first < $1.first }
        guard let physical = span?.place(of: first) else { return nil }
        var stop = end
        for other in near where other.place(of: first) != physical {
            stop = min(stop, max(other.first, first + 1))
        }
        return (physical, stop - first)
    }

    /// The blocks of the file have moved: new ones go behind all that are in use.
    public mutating func moveOn(behind blocks: BlockMap) {
        if let end = Self.end(of: blocks) { base = max(base, Self.aligned(end)) }
    }

    /// The log is on the device.
    public mutating func forgetBusy() { busy = [] }

    /// XFS: blocks were freed.
    public mutating func makeBusy(_ blocks: Range<UInt64>) {
        if let last = busy.last, last.upperBound == blocks.lowerBound {
            busy[busy.count - 1] = last.lowerBound..<blocks.upperBound
        } else {
            busy.append(blocks)
        }
    }

    /// How many of `count` blocks from `physical` on are free to take, and where to look behind
    /// those that are not: busy ones, and those in use.
    func free(
        from physical: UInt64, count: UInt64, beside blocks: BlockMap
    ) -> (count: UInt64, next: UInt64) {
        var end = physical + count
        var next = end
        let used = blocks.runs.lazy.filter(\.isAllocated)
            .map { $0.physical..<$0.physical + $0.count }
        for range in busy + used where range.overlaps(physical..<end) {
            end = max(physical, range.lowerBound)
            next = min(next, range.upperBound)
        }
        return (end - physical, end > physical ? end : next)
    }

    /// The first multiple of 2 MiB behind all that is in use, or busy.
    func end(behind blocks: BlockMap) -> UInt64 {
        Self.aligned(max(Self.end(of: blocks) ?? 0, busy.lazy.map(\.upperBound).max() ?? 0))
    }

    /// Behind the last block of the device that is in use; nil: none is.
    private static func end(of blocks: BlockMap) -> UInt64? {
        blocks.runs.lazy.filter(\.isAllocated).map { $0.physical + $0.count }.max()
    }

    /// The next multiple of 2 MiB.
    private static func aligned(_ block: UInt64) -> UInt64 {
        let size = Geometry.pagesPerPMD
        return (block + size - 1) / size * size
    }

    /// Where block `first` goes.
    public func block(for first: UInt64) -> UInt64 { run(from: first, count: 1).physical }
}

extension Machine {
    /// The block of the device is neither in use nor busy.
    public func isFree(_ block: UInt64) -> Bool {
        blocks.fileBlock(ofPhysical: block) == nil
            && !placement.busy.contains { $0.contains(block) }
    }

    /// Where blocks from `first` on go, at most `count` of them, and how many fit there in one run:
    /// where a place is given, there; else to their fixed distance, or where that is busy or in use
    /// to another place, as aligned as it. On ext4 small files share a group of blocks.
    ///
    /// - Parameters:
    ///   - again: the operation has just freed the blocks that were there.
    ///   - isExact: fallocate asks, and wants no more blocks than these.
    public mutating func place(
        from first: UInt64, count: UInt64, again: Bool = false, isExact: Bool = false
    ) -> (physical: UInt64, count: UInt64) {
        let given = again ? placement.again : placement.given
        if let told = Placement.run(from: first, count: count, by: given) { return told }
        if inode.fileSystem == .ext4,
            let block = placeOfExt4(first: first, count: count, isExact: isExact)
        {
            return (block, count)
        }
        let wanted = placement.run(from: first, count: count)
        guard !placement.busy.isEmpty || placement.ext4.hasOthers else { return wanted }
        let free = placement.free(from: wanted.physical, count: count, beside: blocks)
        if free.count > 0, !again { return (wanted.physical, free.count) }
        let offset = wanted.physical % Geometry.pagesPerPMD
        return (
            placement.end(behind: blocks) + offset, again ? count : free.next - wanted.physical
        )
    }
}
