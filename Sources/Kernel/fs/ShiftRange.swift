// FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE: ext4_collapse_range, ext4_insert_range,
// xfs_collapse_file_space, xfs_insert_file_space.
//
// Blocks stay where they are on the device and get other numbers in the file. Pages have no new
// numbers: what is dirty is written, and all pages from the offset on are thrown away. ext4 of 4.4
// writes before it takes i_mutex and has no lock against faults: what is stored between the writing
// and the truncation is lost. XFS unmaps pages where it finds them in the tree: a block of a DAX
// file stays mapped where it was, as it was recorded (G7-dax).

import PageCache

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive.
    static func ext4CollapseRangeListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ext4_collapse_range", "fs/ext4/extents.c", v)
        let unlock = l.label()
        let release = l.label()
        addAlignment(&l, (5478, 5476))
        if v <= .v4_4pmd { addWriteFromOffset(&l, 5504) }
        addInodeLock(&l, v, (5510, 5495))
        l.add("", (5516, 5500), "does it reach the end of the file? that is no collapse") { m in
            guard m.locals.end >= m.inode.size else { return .next }
            m.locals.error = Errno.einval
            return .jump(unlock)
        }
        if hasFaultLock(v, .ext4) {
            l.add("", (nil, 5519), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
            l.add("", (nil, 5529), "write the first page of the range, and wait") { m in
                let start = m.locals.start
                return m.call(.filemapWriteAndWaitRange) {
                    $0.start = start
                    $0.end = start
                }
            }
            l.add("", (nil, 5537), "an error? return it; write what is to be moved") { m in
                if let failed = m.jumpIfFailed(release) { return failed }
                let end = m.locals.end
                return m.call(.filemapWriteAndWaitRange) {
                    $0.start = end
                    $0.end = .max >> 1
                }
            }
        }
        addTruncation(&l, v, (5527, 5541), release)
        l.add("", (5550, 5560), "free the blocks of the range") { m in
            m.freePunchedBlocks()
        }
        l.add("", (5557, 5567), "give the blocks behind it their new numbers") { m in
            m.shiftBlocks(from: m.wholePages.upperBound, to: m.wholePages.lowerBound)
            return .next
        }
        l.add("", (5565, 5575), "the file is shorter") { m in
            m.setShiftedSize(m.inode.size - (m.locals.end - m.locals.start))
            return .next
        }
        addRelease(&l, v, [(nil, 5587), (5579, 5590)], release, unlock)
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func ext4InsertRangeListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ext4_insert_range", "fs/ext4/extents.c", v)
        let unlock = l.label()
        let release = l.label()
        addAlignment(&l, (5611, 5622))
        if v <= .v4_4pmd { addWriteFromOffset(&l, 5637) }
        addInodeLock(&l, v, (5643, 5641))
        l.add("", (5652, 5649), "too large then, or not in front of the end? an error") { m in
            m.locals.error = m.insertError
            return m.locals.error == 0 ? .next : .jump(unlock)
        }
        if hasFaultLock(v, .ext4) {
            l.add("", (nil, 5668), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
            l.add("", (nil, 5675), "write from the offset to the end of the file") { m in
                m.callWriteFromOffset()
            }
        }
        addTruncation(&l, v, (5663, 5679), release)
        l.add("", (5677, 5689), "the file is longer") { m in
            m.setShiftedSize(m.inode.size + (m.locals.end - m.locals.start))
            return .next
        }
        l.add("", (5734, 5746), "give the blocks from there on their new numbers") { m in
            m.shiftBlocks(from: m.wholePages.lowerBound, to: m.wholePages.upperBound)
            return .next
        }
        addRelease(&l, v, [(nil, 5757), (5747, 5760)], release, unlock)
        return l.build()
    }

    private static func addAlignment(_ l: inout ListingBuilder, _ lines: ListingBuilder.Lines) {
        l.add("", lines, "not by whole blocks? -EINVAL") { m in
            m.isByBlocks ? .next : m.finish(Errno.einval)
        }
    }

    private static func addWriteFromOffset(_ l: inout ListingBuilder, _ line: Int) {
        l.add("", (line, nil), "write from the offset to the end of the file") { m in
            m.callWriteFromOffset()
        }
    }

    private static func addInodeLock(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ lines: ListingBuilder.Lines
    ) {
        guard v <= .v4_4pmd else {
            l.add("", lines, "take i_mutex") { m in m.lock(.inode) }
            return
        }
        l.add("", lines, "an error? return it; take i_mutex") { m in
            m.returned < 0 ? m.finish(m.returned) : m.lock(.inode)
        }
    }

    private static func addTruncation(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ lines: ListingBuilder.Lines,
        _ release: Label
    ) {
        let isLocked = hasFaultLock(v, .ext4)
        let text = "unmap, truncate from the offset on"
        l.add("", lines, isLocked ? "an error? return it; " + text : text) { m in
            if isLocked, let failed = m.jumpIfFailed(release) { return failed }
            let start = m.locals.start
            return m.call(.truncatePagecache) { $0.start = start }
        }
    }

    /// - Parameter lines: of releasing i_mmap_sem and i_mutex.
    private static func addRelease(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ lines: [ListingBuilder.Lines],
        _ release: Label, _ unlock: Label
    ) {
        l.place(release)
        if hasFaultLock(v, .ext4) {
            l.add("", lines[0], "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.place(unlock)
        l.add("", lines[1], "release i_mutex; return") { m in
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive. xfs_file_fallocate holds the locks.
    static func xfsCollapseFileSpaceListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("xfs_collapse_file_space", "fs/xfs/xfs_bmap_util.c", v)
        l.add("", (1568, 1558), "make a hole of the range") { m in
            let here = m.locals
            return m.call(.xfsFreeFileSpace) {
                $0.start = here.start
                $0.end = here.end
            }
        }
        l.add("", (1570, 1560), "an error? return it") { m in
            m.returned < 0 ? m.finish(m.returned) : .next
        }
        addShift(&l) { m in
            m.shiftBlocks(from: m.wholePages.upperBound, to: m.wholePages.lowerBound)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive. The file has its new size.
    static func xfsInsertFileSpaceListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("xfs_insert_file_space", "fs/xfs/xfs_bmap_util.c", v)
        addShift(&l) { m in
            m.shiftBlocks(from: m.wholePages.lowerBound, to: m.wholePages.upperBound)
        }
        return l.build()
    }

    /// xfs_shift_file_space, which the compiler inlines.
    private static func addShift(
        _ l: inout ListingBuilder, _ shift: @escaping @Sendable (inout Machine) -> Void
    ) {
        l.add("", (1462, 1452), "room behind the end that was made ahead? give it back") { m in
            m.freeBehindEnd()
            return .next
        }
        l.add("", (1472, 1462), "write from the offset to the end of the file") { m in
            m.callWriteFromOffset()
        }
        l.add("", (1476, 1466), "an error? return it; invalidate all pages from there on") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            let first = m.locals.start / Geometry.pageSize
            return m.call(.invalidateInodePages2Range) {
                $0.start = first
                $0.end = .max
            }
        }
        l.add("", (1523, 1513), "an error? return it; give the blocks their new numbers") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            shift(&m)
            return .next
        }
        l.add("", (1536, 1526), "return") { m in m.finish() }
    }
}

extension Machine {
    /// Of locals.start ..< locals.end.
    var isByBlocks: Bool {
        locals.start % Geometry.pageSize == 0 && locals.end % Geometry.pageSize == 0
    }

    /// Why locals.start ..< locals.end cannot be inserted; 0 when it can be.
    var insertError: Int {
        let length = locals.end - locals.start
        if inode.size + length > inode.fileSystem.largestSize { return Errno.efbig }
        return locals.start >= inode.size ? Errno.einval : 0
    }

    fileprivate mutating func callWriteFromOffset() -> Next {
        let start = locals.start
        return call(.filemapWriteAndWaitRange) {
            $0.start = start
            $0.end = .max >> 1
        }
    }

    fileprivate mutating func jumpIfFailed(_ label: Label) -> Next? {
        guard returned < 0 else { return nil }
        locals.error = returned
        return .jump(label)
    }

    /// Only what stands on the device moves: a block that is only promised belongs to a page, and
    /// the pages are gone.
    fileprivate mutating func shiftBlocks(from first: UInt64, to target: UInt64) {
        blocks.move(from: first, to: target)
        inode.hasShiftedBlocks = true
        inode.reservedBeside.removeAll { $0 >= min(first, target) }
        dirtyInode()
        noteExtents()
    }

    fileprivate mutating func setShiftedSize(_ size: UInt64) {
        inode.size = size
        inode.state.insert(.dirtySync)
        dirtyInode()
    }
}
