// The file systems' part of ZERO_RANGE, COLLAPSE_RANGE and INSERT_RANGE: ext4_zero_range,
// ext4_collapse_range, ext4_insert_range, xfs_zero_file_space, xfs_shift_file_space.
//
// 4.4's ext4 writes the range back before it takes i_mutex, and faults can come in between; 4.5
// takes i_mmap_sem around it.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive; locals.alloc: FALLOC_FL_KEEP_SIZE.
    static let ext4ZeroRange = Function("ext4_zero_range", "fs/ext4/extents.c") { l in
        let v = l.version
        let isLocked = hasFaultLock(v, .ext4)
        let (release, unlock) = (l.label(), l.label())
        if !isLocked {
            l.add("", (4793, nil), "pages, and the tree tagged DIRTY? write the range first") { m in
                m.tasks[m.current].returned = 0
                guard m.mapping.nrpages != 0, m.mapping.radixTree.isTagged(.dirty) else {
                    return .next
                }
                return m.callFilemapWriteAndWaitRange()
            }
        }
        l.add("", (4821, 4802), "an error? return it; take i_mutex") { m in
            if !isLocked, m.returned < 0 { return m.finish(m.returned) }
            return m.lock(.inode)
        }
        l.add("", (4844, 4829), "parts of blocks? allocate the whole range, unwritten") { m in
            if !m.isInBlocks { m.growToRange(m.preallocateRange()) }
            return m.locals.error == 0 ? .next : .jump(unlock)
        }
        if isLocked {
            l.add("", (nil, 4849), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
        }
        l.add("", (4861, 4856), "unmap and truncate the whole pages of the range") { m in
            m.tasks[m.current].returned = 0
            return m.callTruncatePunchedPages()
        }
        l.add("", (4868, 4859), "make its whole blocks unwritten; it has a new size") { m in
            m.growToRange(m.makeRangeUnwritten())
            return m.locals.error == 0 ? .next : .jump(release)
        }
        addPartialBlocks(&l, release)
        l.place(release)
        if isLocked {
            l.add("", (nil, 4861), "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.place(unlock)
        l.add("", (4912, 4905), "release i_mutex; return") { m in
            if m.returned < 0, m.locals.error == 0 { m.locals.error = m.returned }
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let ext4CollapseRange = Function("ext4_collapse_range", "fs/ext4/extents.c") { l in
        let v = l.version
        let isLocked = hasFaultLock(v, .ext4)
        let (release, unlock) = (l.label(), l.label())
        l.add("", (5477, 5475), "part of a block? -EINVAL") { m in
            m.isInBlocks ? .next : m.finish(Errno.einval)
        }
        if !isLocked { addWriteOut(&l, (5503, nil)) }
        l.add("", (5509, 5495), "an error? return it; take i_mutex") { m in
            if !isLocked, m.returned < 0 { return m.finish(m.returned) }
            return m.lock(.inode)
        }
        l.add("", (5514, 5500), "up to the end? -EINVAL: that is a truncation") { m in
            guard m.locals.end >= m.inode.size else { return .next }
            m.locals.error = Errno.einval
            return .jump(unlock)
        }
        if isLocked {
            l.add("", (nil, 5519), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
            l.add("", (nil, 5529), "write the page that the range begins with") { m in
                let here = m.locals
                return m.call(.filemapWriteAndWaitRange) {
                    $0.start = here.start
                    $0.end = here.start
                }
            }
            l.add("", (nil, 5537), "an error? return it; write what lies behind it") { m in
                guard m.returned >= 0 else {
                    m.locals.error = m.returned
                    return .jump(release)
                }
                let end = m.locals.end
                return m.call(.filemapWriteAndWaitRange) {
                    $0.start = end
                    $0.end = UInt64.max >> 1
                }
            }
        }
        l.add("", (5525, 5541), "an error? return it; unmap and truncate from there on") { m in
            if isLocked, m.returned < 0 {
                m.locals.error = m.returned
                return .jump(release)
            }
            let start = m.locals.start
            return m.call(.truncatePagecache) { $0.start = start }
        }
        l.add("", (5548, 5567), "free its blocks; move those behind it; a new size") { m in
            m.moveBlocksDown()
            m.inode.size -= m.locals.end - m.locals.start
            m.inode.state.insert(.dirtySync)
            return .next
        }
        addRelease(&l, release, unlock, isLocked, (nil, 5587), (5577, 5590))
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let ext4InsertRange = Function("ext4_insert_range", "fs/ext4/extents.c") { l in
        let v = l.version
        let isLocked = hasFaultLock(v, .ext4)
        let (release, unlock) = (l.label(), l.label())
        l.add("", (5611, 5622), "part of a block? -EINVAL") { m in
            m.isInBlocks ? .next : m.finish(Errno.einval)
        }
        if !isLocked { addWriteOut(&l, (5637, nil)) }
        l.add("", (5643, 5641), "an error? return it; take i_mutex") { m in
            if !isLocked, m.returned < 0 { return m.finish(m.returned) }
            return m.lock(.inode)
        }
        l.add("", (5651, 5649), "too large: -EFBIG; from the end on: -EINVAL") { m in
            m.locals.error = m.errorOfInsertion
            return m.locals.error == 0 ? .next : .jump(unlock)
        }
        if isLocked {
            l.add("", (nil, 5668), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
            addWriteOut(&l, (nil, 5675))
        }
        l.add("", (5666, 5679), "an error? return it; unmap and truncate from there on") { m in
            if isLocked, m.returned < 0 {
                m.locals.error = m.returned
                return .jump(release)
            }
            let start = m.locals.start
            return m.call(.truncatePagecache) { $0.start = start }
        }
        l.add("", (5681, 5689), "the file is longer") { m in
            m.inode.size += m.locals.end - m.locals.start
            m.inode.state.insert(.dirtySync)
            return .next
        }
        l.add("", (5739, 5746), "move the blocks up, the last first") { m in
            m.moveBlocksUp()
            return .next
        }
        addRelease(&l, release, unlock, isLocked, (nil, 5757), (5748, 5760))
    }

    private static func addWriteOut(_ l: inout ListingBuilder, _ lines: ListingBuilder.Lines) {
        l.add("", lines, "write all dirty pages from there on, and wait") { m in
            let start = m.locals.start
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = start
                $0.end = UInt64.max >> 1
            }
        }
    }

    private static func addRelease(
        _ l: inout ListingBuilder, _ release: Label, _ unlock: Label, _ isLocked: Bool,
        _ lines: ListingBuilder.Lines, _ last: ListingBuilder.Lines
    ) {
        l.place(release)
        if isLocked {
            l.add("", lines, "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.place(unlock)
        l.add("", last, "release i_mutex; return") { m in
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
    }

    // MARK: XFS

    /// locals.start, locals.end: bytes, the end exclusive. xfs_file_fallocate holds the locks.
    /// locals.isWrite: there is something in the range that goes, so that what was there is busy.
    static let xfsZeroFileSpace = Function("xfs_zero_file_space", "fs/xfs/xfs_bmap_util.c") { l in
        l.add("", (1404, 1395), "punch the range out") { m in
            m.locals.isWrite = m.hasBlocksInRange
            return m.callOnRange(.xfsFreeFileSpace)
        }
        l.add("", (1408, 1399), "an error? return it; allocate it again, unwritten") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            _ = m.preallocateRange(again: m.locals.isWrite)
            return m.finish(m.locals.error)
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let xfsCollapseFileSpace = Function("xfs_collapse_file_space", "fs/xfs/xfs_bmap_util.c")
    { l in
        l.add("", (1568, 1558), "punch the range out") { m in m.callOnRange(.xfsFreeFileSpace) }
        l.add("", (1572, 1562), "an error? return it; move what lies behind it") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            return m.callOnRange(.xfsShiftFileSpace)
        }
        l.add("", (1572, 1562), "return") { m in m.finish(m.returned) }
    }

    /// locals.start, locals.end: bytes, the end exclusive; locals.isWrite: up, not down.
    static let xfsShiftFileSpace = Function("xfs_shift_file_space", "fs/xfs/xfs_bmap_util.c") { l in
        l.add("", (1461, 1452), "give back what was reserved behind the end") { m in
            m.freeBehindEnd()
            return .next
        }
        l.add("", (1471, 1462), "write the pages from there on, and wait") { m in
            let start = m.locals.start
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = start
                $0.end = UInt64.max >> 1
            }
        }
        l.add("", (1475, 1466), "an error? return it; unmap and drop them") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            let start = m.locals.start
            return m.call(.invalidateInodePages2Range) {
                $0.start = start / Geometry.pageSize
                $0.end = .max
            }
        }
        l.add("", (1522, 1513), "an error? return it; move the blocks") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            if m.locals.isWrite { m.moveBlocksUp() } else { m.moveBlocksDown() }
            return m.finish()
        }
    }
}

extension Machine {
    /// ext4_update_inode_size: a range that reaches over the end, without KEEP_SIZE.
    fileprivate mutating func growToRange(_ end: UInt64) {
        if end > inode.size, !locals.alloc { extendFile(to: end) }
    }

    /// EXT4_GET_BLOCKS_CONVERT_UNWRITTEN over the whole blocks of locals.start ..< locals.end;
    /// locals.error: there was no room for them all.
    ///
    /// - Returns: how far it came, in bytes: locals.end, or the end of the last block.
    fileprivate mutating func makeRangeUnwritten() -> UInt64 {
        let (first, end) = (Geometry.pages(locals.start), locals.end / Geometry.pageSize)
        guard first < end else { return locals.end }
        for run in blocks.runs where run.isAllocated && run.first < end && run.end > first {
            let start = max(run.first, first)
            memory.forget(
                first: run.physical + (start - run.first), count: min(run.end, end) - start)
        }
        // What was only reserved for a page went with it.
        let isGone = { [mapping] (block: UInt64) in
            mapping.radixTree.lookup(PageIndex(block))?.page == nil
        }
        inode.reservedBeside.removeAll { $0 >= first && $0 < end && isGone($0) }
        for run in blocks.runs where run.state == .delalloc && run.first < end && run.end > first {
            for block in max(run.first, first)..<min(run.end, end) where isGone(block) {
                blocks.remove(first: block, count: 1)
            }
        }
        var block = first
        while block < end {
            let found = blocks.lookup(block)
            let length = min(found.length, end - block)
            if found.state == .written {
                inode.extents.makeUnwritten(first: block, count: length)
                blocks.makeUnwritten(first: block, count: length)
            } else {
                let reached = preallocate(from: block, to: block + length)
                guard reached == block + length else {
                    locals.error = Errno.enospc
                    return reached * Geometry.pageSize
                }
            }
            block += length
        }
        return locals.end
    }

    /// The blocks of locals.start ..< locals.end go; those behind them take their place.
    fileprivate mutating func moveBlocksDown() {
        let (first, end) = (locals.start / Geometry.pageSize, locals.end / Geometry.pageSize)
        _ = freePunchedBlocks()
        blocks.shift(from: end, by: -Int64(end - first))
        if inode.fileSystem == .ext4 { inode.extents.moveDown(from: end, by: end - first) }
        settleShift(from: first)
    }

    fileprivate mutating func moveBlocksUp() {
        let (first, end) = (locals.start / Geometry.pageSize, locals.end / Geometry.pageSize)
        blocks.shift(from: first, by: Int64(end - first))
        if inode.fileSystem == .ext4 { inode.extents.moveUp(from: first, by: end - first) }
        settleShift(from: first)
    }

    fileprivate var hasBlocksInRange: Bool {
        let (first, end) = (Geometry.pages(locals.start), locals.end / Geometry.pageSize)
        return blocks.runs.contains { $0.first < end && first < $0.end }
    }

    private mutating func settleShift(from first: UInt64) {
        placement.moveOn(behind: blocks)
        inode.reservedBeside.removeAll { $0 >= first }
        dirtyInode()
    }
}

extension Function {
    static let ofFallocateRanges: [Function] = [
        .ext4ZeroRange, .ext4CollapseRange, .ext4InsertRange, .xfsZeroFileSpace,
        .xfsCollapseFileSpace, .xfsShiftFileSpace,
    ]
}
