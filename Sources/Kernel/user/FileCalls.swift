// read(2), write(2), ftruncate, fallocate and hole punching: from the system call to the file
// system, and the locks around it.

import PageCache

extension Function {
    /// locals.start, locals.end: bytes.
    static func systemPreadListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("pread", "", v)
        l.add("", (nil, nil), "the file system's read_iter") { m in
            let here = m.locals
            let function: Function =
                switch m.inode.fileSystem {
                case .ext2, .ext4: .genericFileReadIter
                case .xfs: .xfsFileReadIter
                case .tmpfs: .shmemFileReadIter
                }
            return m.call(function) {
                $0.start = here.start
                $0.end = here.end
            }
        }
        l.add("", (nil, nil), "return the length") { m in m.finishOperation(m.returned) }
        return l.build()
    }

    /// locals.start, locals.end: bytes; locals.value: what is written.
    static func systemPwriteListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("pwrite", "", v)
        l.add("", (nil, nil), "behind 2^63 − 1? -EINVAL; behind the largest file? -EFBIG") {
            m in
            let limit = m.inode.fileSystem.largestSize
            if m.locals.end > .max >> 1 { return m.finishOperation(Errno.einval) }
            if m.locals.start >= limit, m.locals.start < m.locals.end {
                return m.finishOperation(Errno.efbig)
            }
            // generic_write_checks: what reaches over it is cut off.
            m.locals.end = min(m.locals.end, limit)
            return m.locals.start == m.locals.end ? m.finishOperation() : .next
        }
        l.add("", (nil, nil), "the file system's write_iter") { m in
            let function: Function =
                switch m.inode.fileSystem {
                case .ext2, .tmpfs: .genericFileWriteIter
                case .ext4: .ext4FileWriteIter
                case .xfs: m.inode.isDAX ? .xfsFileDioAioWrite : .xfsFileBufferedAioWrite
                }
            return m.callWrite(function)
        }
        l.add("", (nil, nil), "return the length") { m in
            m.claimWritten(m.returned)
            return m.finishOperation(m.returned)
        }
        return l.build()
    }

    /// ext2's write_iter is the generic one, ext4's does the same around it.
    static func fileWriteIterListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file) =
            fs == .ext4
            ? ("ext4_file_write_iter", "fs/ext4/file.c")
            : ("generic_file_write_iter", "mm/filemap.c")
        var l = ListingBuilder(name, file, v)
        let isExt4 = fs == .ext4
        l.add("Q1", isExt4 ? (114, 116) : (2685, 2786), "take i_mutex") { m in
            m.lock(.inode)
        }
        l.add("Q1", isExt4 ? (171, 171) : (2688, 2789), "DAX? write directly, else to the cache") {
            m in
            m.inode.state.insert(.dirtySync)
            m.dirtyInode()
            if m.inode.isDAX { return m.callWrite(.genericFileDirectWrite) }
            let isShmem = m.inode.fileSystem == .tmpfs
            return m.callWrite(isShmem ? .shmemPerformWrite : .genericPerformWrite)
        }
        l.add("Q8", isExt4 ? (172, 172) : (2689, 2790), "release i_mutex") { m in
            m.unlock(.inode)
        }
        l.add("", isExt4 ? (186, 186) : (2698, 2799), "return the length") { m in
            m.finish(m.returned)
        }
        return l.build()
    }

    /// do_truncate takes i_mutex; xfs_vn_setattr the other two.
    static func systemTruncateListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ftruncate", "", v)
        l.add("O2", (nil, nil), "take i_mutex") { m in m.lock(.inode) }
        l.add("O2", (nil, nil), "xfs: take the IOLOCK exclusively") { m in m.lockXFS(.ioLock) }
        l.add("O3", (nil, nil), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
        l.add("O4", (nil, nil), "larger than the largest file? release the locks; -EFBIG") { m in
            let size = m.locals.start
            guard size > m.inode.size, size > m.inode.fileSystem.largestSize else { return .next }
            m.releaseFile()
            return m.finishOperation(size > .max >> 1 ? Errno.einval : Errno.efbig)
        }
        l.add("O4", (nil, nil), "the file system sets the size") { m in
            let size = m.locals.start
            return m.call(.setSize(m.inode.fileSystem)) { $0.start = size }
        }
        l.add("O8", (nil, nil), "release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation(m.returned)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemFallocateListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate", "", v)
        l.add("", (nil, nil), "vfs_fallocate: would it end behind the largest file? -EFBIG") { m in
            let isTooLarge = m.locals.end > m.inode.fileSystem.largestSize
            return isTooLarge ? m.finishOperation(Errno.efbig) : .next
        }
        l.add("", (nil, nil), "ext2 cannot; take i_mutex; xfs: the IOLOCK exclusively") { m in
            switch m.inode.fileSystem {
            case .ext2: m.finishOperation(Errno.eopnotsupp)
            case .ext4: m.lock(.inode)
            case .xfs: m.lock(.ioLock)
            case .tmpfs: neverTmpfs()
            }
        }
        l.add("", (nil, nil), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
        l.add("", (nil, nil), "allocate unwritten blocks for the holes") { m in
            m.preallocate(
                from: m.locals.start / Geometry.pageSize, to: Geometry.pages(m.locals.end))
            return .next
        }
        l.add("", (nil, nil), "beyond the end of the file? it has a new size") { m in
            let size = m.locals.end
            guard size > m.inode.size else { return .next }
            guard m.inode.fileSystem == .xfs else {
                m.extendFile(to: size)
                return .next
            }
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.add("", (nil, nil), "release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation()
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemPunchListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(PUNCH_HOLE)", "", v)
        l.add("O2", (nil, nil), "ext2 cannot; xfs: take the IOLOCK exclusively") { m in
            switch m.inode.fileSystem {
            case .ext2: m.finishOperation(Errno.eopnotsupp)
            case .ext4: .next
            case .xfs: m.lock(.ioLock)
            case .tmpfs: neverTmpfs()
            }
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
}

extension Machine {
    fileprivate mutating func callWrite(_ function: Function) -> Next {
        let here = locals
        return call(function) {
            $0.start = here.start
            $0.end = here.end
            $0.value = here.value
        }
    }

    /// The caller of a write knows what the file holds now.
    fileprivate mutating func claimWritten(_ length: Int) {
        guard length > 0 else { return }
        let here = locals
        claim(here.value, at: here.start..<(here.start + UInt64(length)))
    }

    /// A lock that only XFS takes here.
    fileprivate mutating func lockXFS(_ lock: Lock) -> Next {
        inode.fileSystem == .xfs ? self.lock(lock) : .next
    }

    /// Lets go of what a call that changes the file took, as far as this file system has it.
    fileprivate mutating func releaseFile() {
        for lock in [.mmapLock, .ioLock, .inode] as [Lock] { _ = unlock(lock) }
    }

    fileprivate mutating func preallocate(from start: UInt64, to end: UInt64) {
        inode.isPreallocated = true
        var block = start
        while block < end {
            let found = blocks.lookup(block)
            var length = min(found.length, end - block)
            if found.state == .hole {
                let place = placement.run(from: block, count: length)
                useAllocator(upTo: block + place.count)
                length = place.count
                blocks.set(
                    first: block, count: length, state: .unwritten, physical: place.physical)
            }
            block += length
        }
    }
}
