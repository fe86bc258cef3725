// fallocate(2) in all its modes: from the system call to the file system, and the locks around it.

import PageCache

extension Function {
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
            m.tasks[m.current].returned = 0
            guard size > m.inode.size else { return .next }
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
    fileprivate mutating func preallocate(from start: UInt64, to end: UInt64) {
        inode.isPreallocated = true
        var block = start
        while block < end {
            let found = blocks.lookup(block)
            var length = min(found.length, end - block)
            let isDelayed = found.state == .delalloc && inode.fileSystem == .ext4
            if found.state == .hole || isDelayed {
                let place = placement.run(from: block, count: length)
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
