// fs/ext4/mballoc.c, as far as it tells whether blocks that follow each other in a file do so on
// the device: small files share a group of blocks, others have room set aside around what they
// write.

/// What ext4's allocator has set aside.
public struct Ext4Places: Hashable, Sendable {
    /// What is left of a locality group's preallocation, which small files share. Its blocks are
    /// given out one behind the other, whichever block of a file asks.
    private var group: Range<UInt64>?
    /// The blocks of the file that room was set aside for when some of them were written
    /// (i_prealloc_list). They keep their distance to each other.
    private var windows: [Range<UInt64>] = []
    /// The first free block of all, in front of every block that was set aside.
    private var front: UInt64 = 128

    /// s_mb_group_prealloc: 512 blocks.
    private static let groupSize: UInt64 = 512

    /// Some blocks lie elsewhere than at their fixed distance.
    var hasOthers: Bool { group != nil }

    /// ext4_mb_use_group_pa.
    fileprivate mutating func takeFromGroup(_ count: UInt64) -> UInt64? {
        guard let left = group, UInt64(left.count) >= count else { return nil }
        group = left.lowerBound + count..<left.upperBound
        return left.lowerBound
    }

    /// ext4_mb_new_group_pa: the first lies in front of all blocks with a fixed distance.
    fileprivate mutating func renewGroup(behind end: UInt64) {
        let start = group == nil ? Self.groupSize : max(end, Self.groupSize)
        group = start..<start + Self.groupSize
    }

    /// The first free blocks, if they are not set aside.
    fileprivate mutating func takeFromFront(_ count: UInt64) -> UInt64? {
        guard front + count < Self.groupSize else { return nil }
        front += count
        return front - count
    }

    fileprivate func hasWindow(over block: UInt64) -> Bool {
        windows.contains { $0.contains(block) }
    }

    fileprivate mutating func setAside(_ window: Range<UInt64>) {
        if window.count > 1 { windows.append(window) }
    }

    /// ext4_discard_preallocations: of the file.
    public mutating func forgetWindows() { windows = [] }

    /// The file system is mounted again: all that was set aside is free.
    mutating func forgetAll() {
        windows = []
        group = group.map { $0.upperBound..<$0.upperBound }
    }
}

extension Machine {
    /// ext4_mb_new_blocks; nil: at the fixed distance.
    ///
    /// - Parameter isExact: fallocate asks: nothing is set aside (EXT4_MB_HINT_NOPREALLOC).
    mutating func placeOfExt4(first: UInt64, count: UInt64, isExact: Bool) -> UInt64? {
        // s_mb_stream_request: 16 blocks.
        guard max(first + count, Geometry.pages(inode.size)) > 16 else {
            return placeInGroup(count, isExact: isExact)
        }
        if placement.ext4.hasWindow(over: first) { return nil }
        guard isExact else {
            placement.ext4.setAside(window(around: first, count))
            return nil
        }
        // Powers of two go to the buddies, as aligned as they are long; others to the first free
        // blocks (ext4_mb_complex_scan_group).
        let isBuddy = count & (count - 1) == 0 && count > 1
        return isBuddy ? nil : placement.ext4.takeFromFront(count)
    }

    /// ext4_mb_group_or_file: EXT4_MB_HINT_GROUP_ALLOC.
    private mutating func placeInGroup(_ count: UInt64, isExact: Bool) -> UInt64? {
        if let block = placement.ext4.takeFromGroup(count), isUnused(block, count) { return block }
        guard !isExact else { return nil }
        placement.ext4.renewGroup(behind: placement.end(behind: blocks))
        return placement.ext4.takeFromGroup(count)
    }

    private func isUnused(_ block: UInt64, _ count: UInt64) -> Bool {
        placement.free(from: block, count: count, beside: blocks).count == count
    }

    /// ext4_mb_normalize_request: how much of the file is set aside for with a block, as far as it
    /// has no blocks yet.
    private func window(around first: UInt64, _ count: UInt64) -> Range<UInt64> {
        let size = max(first + count, Geometry.pages(inode.size))
        var range: Range<UInt64>
        switch size {
        case ...256: range = 0..<(1 << (64 - UInt64((size - 1).leadingZeroBitCount)))
        case ...1024: range = aligned(first, to: 512)
        case ...2048: range = aligned(first, to: 1024)
        case _ where count <= 2048: range = aligned(first, to: 2048)
        default: range = first..<first + count
        }
        for run in blocks.runs where run.isAllocated && run.range.overlaps(range) {
            if run.first > first {
                range = range.lowerBound..<run.first
                break
            }
            range = run.end..<max(run.end, range.upperBound)
        }
        return range
    }

    private func aligned(_ block: UInt64, to size: UInt64) -> Range<UInt64> {
        let start = block / size * size
        return start..<start + size
    }
}

extension BlockMap.Run {
    fileprivate var range: Range<UInt64> { first..<end }
}
