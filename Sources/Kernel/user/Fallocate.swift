// fallocate(2) in all its modes: from the system call to the file system, and the locks around it.

import PageCache

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive; locals.keepsSize.
    static func systemFallocateListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate", "", v)
        addLimit(&l)
        l.add("", (nil, nil), "ext2 cannot; take i_mutex; xfs: the IOLOCK exclusively") { m in
            m.inode.fileSystem == .ext4 ? m.lock(.inode) : m.lockIfXFS()
        }
        l.add("", (nil, nil), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
        l.add("", (nil, nil), "allocate unwritten blocks for the holes") { m in
            m.preallocate(
                from: m.locals.start / Geometry.pageSize, to: Geometry.pages(m.locals.end))
            return .next
        }
        l.add("", (nil, nil), "beyond the end, and not KEEP_SIZE? the file has a new size") { m in
            let size = m.locals.end
            m.tasks[m.current].returned = 0
            guard size > m.inode.size, !m.locals.keepsSize else { return .next }
            guard m.inode.fileSystem == .xfs else {
                m.extendFile(to: size)
                return .next
            }
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.add("", (nil, nil), "release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation(m.returned)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemPunchListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(PUNCH_HOLE)", "", v)
        l.add("O2", (nil, nil), "too far? -EFBIG; ext2 cannot; xfs: take IOLOCK exclusively") {
            m in
            m.refuseRange() ?? m.lockIfXFS()
        }
        l.add("O3", (nil, nil), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
        l.add("O1", (nil, nil), "the file system makes the hole") { m in
            let here = m.locals
            return m.call(m.inode.fileSystem == .ext4 ? .ext4PunchHole : .xfsFreeFileSpace) {
                $0.start = here.start
                $0.end = here.end
            }
        }
        l.add("O8", (nil, nil), "xfs: release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation(m.returned)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive; locals.keepsSize.
    static func systemZeroRangeListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(ZERO_RANGE)", "", v)
        let release = l.label()
        addLimit(&l)
        addXFSLocks(&l)
        l.add("", (nil, nil), "the file system zeroes the range") { m in
            let here = m.locals
            return m.call(m.inode.fileSystem == .ext4 ? .ext4ZeroRange : .xfsZeroFileSpace) {
                $0.start = here.start
                $0.end = here.end
                $0.keepsSize = here.keepsSize
            }
        }
        l.add("", (nil, nil), "xfs: beyond the end, and not KEEP_SIZE? set the size") { m in
            let here = m.locals
            guard m.inode.fileSystem == .xfs, m.returned >= 0, !here.keepsSize,
                here.end > m.inode.size
            else { return .jump(release) }
            return m.call(.xfsSetSize) { $0.start = here.end }
        }
        l.place(release)
        addRelease(&l)
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemCollapseListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(COLLAPSE_RANGE)", "", v)
        let release = l.label()
        addLimit(&l)
        addXFSLocks(&l)
        l.add("", (nil, nil), "xfs: by whole blocks, and before the end? else -EINVAL") { m in
            let isRefused = !m.isByBlocks || m.locals.end >= m.inode.size
            guard m.inode.fileSystem == .xfs, isRefused else { return .next }
            m.tasks[m.current].returned = Errno.einval
            return .jump(release)
        }
        l.add("", (nil, nil), "the file system takes the range out") { m in
            m.callOnRange(m.inode.fileSystem == .ext4 ? .ext4CollapseRange : .xfsCollapseFileSpace)
        }
        l.add("", (nil, nil), "xfs: no error? set the size") { m in
            let size = m.inode.size &- (m.locals.end - m.locals.start)
            guard m.inode.fileSystem == .xfs, m.returned >= 0 else { return .jump(release) }
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.place(release)
        addRelease(&l) { m in
            m.claimShifted(from: m.wholePages.upperBound, to: m.wholePages.lowerBound)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemInsertListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(INSERT_RANGE)", "", v)
        let release = l.label()
        addLimit(&l)
        addXFSLocks(&l)
        l.add("", (nil, nil), "xfs: by whole blocks, and before the end? else an error") { m in
            m.tasks[m.current].returned = 0
            guard m.inode.fileSystem == .xfs else { return .next }
            m.tasks[m.current].returned = m.isByBlocks ? m.insertError : Errno.einval
            return m.returned == 0 ? .next : .jump(release)
        }
        l.add("", (nil, nil), "xfs: set the size first") { m in
            let size = m.inode.size &+ (m.locals.end - m.locals.start)
            guard m.inode.fileSystem == .xfs else { return .next }
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.add("", (nil, nil), "no error? the file system makes room for the range") { m in
            guard m.returned >= 0 else { return .jump(release) }
            return m.callOnRange(
                m.inode.fileSystem == .ext4 ? .ext4InsertRange : .xfsInsertFileSpace)
        }
        l.place(release)
        addRelease(&l) { m in
            m.claimShifted(from: m.wholePages.lowerBound, to: m.wholePages.upperBound)
        }
        return l.build()
    }

    private static func addLimit(_ l: inout ListingBuilder) {
        l.add("", (nil, nil), "vfs_fallocate: no length? -EINVAL; too far? -EFBIG") { m in
            m.refuseRange() ?? .next
        }
    }

    private static func addXFSLocks(_ l: inout ListingBuilder) {
        l.add("", (nil, nil), "ext2 cannot; xfs: take the IOLOCK exclusively") { m in
            m.lockIfXFS()
        }
        l.add("", (nil, nil), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
    }

    /// - Parameter claim: what the caller knows of the file when there was no error.
    private static func addRelease(
        _ l: inout ListingBuilder, _ claim: @escaping @Sendable (inout Machine) -> Void = { _ in }
    ) {
        l.add("", (nil, nil), "xfs: release the locks; return") { m in
            m.releaseFile()
            if m.returned >= 0 { claim(&m) }
            return m.finishOperation(m.returned)
        }
    }
}

extension Machine {
    /// vfs_fallocate's checks of the range; nil: nothing is wrong with it.
    fileprivate mutating func refuseRange() -> Next? {
        if locals.start >= locals.end { return finishOperation(Errno.einval) }
        let isTooLarge = locals.end > inode.fileSystem.largestSize
        return isTooLarge ? finishOperation(Errno.efbig) : nil
    }

    fileprivate mutating func lockIfXFS() -> Next {
        switch inode.fileSystem {
        case .ext2: finishOperation(Errno.eopnotsupp)
        case .ext4: .next
        case .xfs: lock(.ioLock)
        case .tmpfs: neverTmpfs()
        }
    }

    fileprivate mutating func callOnRange(_ function: Function) -> Next {
        let here = locals
        return call(function) {
            $0.start = here.start
            $0.end = here.end
        }
    }

    /// Gives the holes of a range of blocks unwritten blocks, and what is delayed a place.
    mutating func preallocate(from start: UInt64, to end: UInt64) {
        inode.isPreallocated = true
        var block = start
        while block < end {
            let found = blocks.lookup(block)
            var length = min(found.length, end - block)
            let isDelayed = found.state == .delalloc && inode.fileSystem == .ext4
            if found.state == .hole || isDelayed {
                let place = placeBlocks(from: block, count: length)
                useAllocator(upTo: block + place.count)
                length = place.count
                if isDelayed { inode.reservedBeside += Array(block..<block + length) }
                blocks.set(
                    first: block, count: length, state: .unwritten, physical: place.physical)
            } else if found.state == .delalloc, inode.fileSystem == .xfs {
                // xfs_bmapi_write allocates all of what is delayed, and not as unwritten.
                allocateDelayed(around: block)
            }
            block += length
        }
    }
}
