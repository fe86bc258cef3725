// read(2), write(2), ftruncate, fallocate and hole punching: the system calls on the file itself.

import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: bytes.
    static func systemPreadListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("pread", "", v)
        l.add("Q4", (nil, nil), "read the blocks; holes and unwritten ones are zeroes") { m in
            let here = m.locals
            let first = here.start / Geometry.pageSize
            let end = min(here.end, m.inode.size)
            m.tasks[m.current].outcome.value = m.fileByte(first)
            m.locals.count = here.start < end ? Int(end - here.start) : 0
            return .next
        }
        l.add("", (nil, nil), "return the length") { m in m.finishOperation(m.locals.count) }
        return l.build()
    }

    /// locals.start, locals.end: bytes; locals.value: what is written.
    static func systemPwriteListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("pwrite", "", v)
        let io = l.label()
        l.add("Q1", (nil, nil), "take the inode lock") { m in m.lock(.inode) }
        l.add("Q1", (nil, nil), "write and wait for the range (xfs: the file, if it has pages)") { m in
            let isXFS = m.inode.fileSystem == .xfs
            if isXFS, m.mapping.nrpages == 0 { return .jump(io) }
            let here = m.locals
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = isXFS ? 0 : here.start
                $0.end = isXFS ? .max >> 1 : here.end - 1
            }
        }
        l.add("Q2", (nil, nil), "are there pages? invalidate the range (xfs: the file)") { m in
            guard m.mapping.nrpages != 0 else { return .next }
            let isXFS = m.inode.fileSystem == .xfs
            return m.callInvalidate2(wholeFile: isXFS)
        }
        l.place(io)
        l.add("Q4", (nil, nil), "copy the data to the blocks") { m in
            let here = m.locals
            m.locals.removing =
                here.start / Geometry.pageSize...(here.end - 1) / Geometry.pageSize
            return m.call(.daxDoIO) {
                $0.start = here.start
                $0.end = here.end
                $0.value = here.value
            }
        }
        l.add("Q8", (nil, nil), "are there pages? invalidate the range again") { m in
            m.mapping.nrpages != 0 ? m.callInvalidate2(wholeFile: false) : .next
        }
        l.add("Q8", (nil, nil), "beyond the old end? the file has a new size") { m in
            m.inode.size = max(m.inode.size, m.locals.end)
            return m.unlock(.inode)
        }
        l.add("", (nil, nil), "return the length") { m in
            m.finishOperation(Int(m.locals.end - m.locals.start))
        }
        return l.build()
    }

    static func daxDoIOListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("dax_do_io", "fs/dax.c", v)
        let again = l.label()
        let done = l.label()
        l.add("Q3", (nil, 282), "count the I/O") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            return .next
        }
        l.place(again)
        l.add("Q4", (nil, nil), "ask for the blocks of the next extent, allocating them") { m in
            let here = m.locals
            let end = Geometry.pages(here.end)
            guard here.index < end else { return .jump(done) }
            return m.callGetBlock(pages: end - here.index, block: here.index, create: true)
        }
        l.add("Q6", (nil, nil), "copy past the CPU cache") { m in
            m.takeBuffer()
            let here = m.locals
            let count = here.bh.size / Geometry.pageSize
            for i in 0..<count { m.memory.storePending(here.value, block: here.bh.block + i) }
            m.blocks.convert(first: here.index, count: count)
            m.locals.index += count
            return .jump(again)
        }
        l.place(done)
        l.add("Q7", (nil, nil), "wmb_pmem: the data is durable") { m in
            m.memory.drain()
            return m.finish()
        }
        return l.build()
    }

    static func systemTruncateListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ftruncate", "", v)
        l.add("O2", (nil, nil), "take the inode lock") { m in m.lock(.inode) }
        l.add("O4", (nil, nil), "the file system sets the size") { m in
            let size = m.locals.start
            return m.call(.setSize(m.inode.fileSystem)) { $0.start = size }
        }
        l.add("O8", (nil, nil), "release the inode lock; return") { m in
            _ = m.unlock(.inode)
            return m.finishOperation()
        }
        return l.build()
    }

    /// locals.start: the new size in bytes.
    static func setSizeListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file): (String, String) =
            switch fs {
            case .ext2: ("ext2_setsize", "fs/ext2/inode.c")
            case .ext4: ("ext4_setattr", "fs/ext4/inode.c")
            case .xfs: ("xfs_setattr_size", "fs/xfs/xfs_iops.c")
            }
        var l = ListingBuilder(name, file, v)
        let isLocked = hasFaultLock(v, fs)
        if isLocked {
            l.add("O3", (nil, nil), "take the fault lock exclusively: faults wait") { m in
                m.lock(.fault)
            }
        }
        l.add("O6", (nil, nil), "shrinking inside a block: zero the block's rest") { m in
            let size = m.locals.start
            m.locals.alloc = size < m.inode.size
            return .next
        }
        l.add("O4", (nil, nil), "set i_size") { m in
            m.inode.size = m.locals.start
            return .next
        }
        l.add("O5", (nil, nil), "unmap and truncate what lies behind the new end") { m in
            let size = m.locals.start
            return m.call(.truncatePagecache) { $0.start = size }
        }
        l.add("O7", (nil, nil), "free the blocks behind it") { m in
            if m.locals.alloc {
                m.freeBlocks(first: Geometry.pages(m.locals.start), count: 1 << 52)
            }
            return .next
        }
        l.add("O8", (nil, nil), isLocked ? "release the fault lock; return" : "return") { m in
            if isLocked { _ = m.unlock(.fault) }
            return m.finish()
        }
        return l.build()
    }

    /// locals.start, locals.end: pages, the end exclusive.
    static func systemFallocateListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate", "", v)
        l.add("", (nil, nil), "take the inode lock") { m in m.lock(.inode) }
        l.add("", (nil, nil), "allocate unwritten blocks for the holes of the range") { m in
            let here = m.locals
            var block = here.start
            while block < here.end {
                let found = m.blocks.lookup(block)
                let length = min(found.length, here.end - block)
                if found.state == .hole {
                    m.blocks.set(
                        first: block, count: length, state: .unwritten,
                        physical: m.placement.block(for: block, count: length))
                }
                block += length
            }
            m.inode.size = max(m.inode.size, here.end * Geometry.pageSize)
            return .next
        }
        l.add("", (nil, nil), "release the inode lock; return") { m in
            _ = m.unlock(.inode)
            return m.finishOperation()
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static func systemPunchListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("fallocate(PUNCH_HOLE)", "", v)
        l.add("O1", (nil, nil), "the file system makes the hole; ext2 cannot") { m in
            let here = m.locals
            switch m.inode.fileSystem {
            case .ext2: return m.finishOperation(Errno.eopnotsupp)
            case .ext4: return m.callPunch(.ext4PunchHole, here)
            case .xfs: return m.callPunch(.xfsFreeFileSpace, here)
            }
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation(m.returned) }
        return l.build()
    }

    static func ext4PunchHoleListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ext4_punch_hole", "fs/ext4/inode.c", v)
        let isLocked = hasFaultLock(v, .ext4)
        l.add("O1", (nil, nil), "pages, and the tree tagged DIRTY? write the range first") { m in
            let here = m.locals
            guard m.mapping.nrpages != 0, m.mapping.pageTree.isTagged(.dirty) else { return .next }
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = here.start
                $0.end = here.end - 1
            }
        }
        l.add("O2", (nil, nil), "take the inode lock; nothing beyond the end of the file") { m in
            let next = m.lock(.inode)
            if case .wait = next { return next }
            m.clipPunch()
            return .next
        }
        if isLocked {
            l.add("O3", (nil, nil), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.fault)
            }
        }
        l.add("O5", (nil, nil), "unmap and truncate the whole pages of the range") { m in
            let here = m.locals
            let first = Geometry.pages(here.start)
            let end = here.end / Geometry.pageSize
            guard first < end else { return .next }
            return m.call(.truncatePagecacheRange) {
                $0.start = first * Geometry.pageSize
                $0.end = end * Geometry.pageSize - 1
            }
        }
        addPunchEnd(&l, isLocked: isLocked)
        return l.build()
    }

    static func xfsFreeFileSpaceListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("xfs_free_file_space", "fs/xfs/xfs_bmap_util.c", v)
        l.add("O2", (nil, nil), "take the inode lock") { m in m.lock(.inode) }
        l.add("O3", (nil, nil), "take MMAPLOCK exclusively: faults wait") { m in m.lock(.fault) }
        l.add("O1", (nil, nil), "write and wait for the pages of the range, partial ones too") { m in
            let here = m.locals
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = here.start / Geometry.pageSize * Geometry.pageSize
                $0.end = Geometry.pages(here.end) * Geometry.pageSize - 1
            }
        }
        l.add("O5", (nil, nil), "unmap and truncate them, partial ones too") { m in
            let here = m.locals
            return m.call(.truncatePagecacheRange) {
                $0.start = here.start / Geometry.pageSize * Geometry.pageSize
                $0.end = Geometry.pages(here.end) * Geometry.pageSize - 1
            }
        }
        addPunchEnd(&l, isLocked: true)
        return l.build()
    }

    private static func addPunchEnd(_ l: inout ListingBuilder, isLocked: Bool) {
        l.add("O6", (nil, nil), "zero the partial pages at the edges, durably") { m in
            m.zeroPunchEdges()
            return .next
        }
        l.add("O7", (nil, nil), "free the whole blocks of the range") { m in
            let here = m.locals
            let first = Geometry.pages(here.start)
            let end = here.end / Geometry.pageSize
            if first < end { m.freeBlocks(first: first, count: end - first) }
            return .next
        }
        l.add("O8", (nil, nil), "release the locks; return") { m in
            if isLocked { _ = m.unlock(.fault) }
            _ = m.unlock(.inode)
            return m.finish()
        }
    }
}

extension Machine {
    /// The first byte of a page of the file, as read(2) finds it on a DAX file.
    fileprivate func fileByte(_ page: UInt64) -> UInt8 {
        let block = blocks.lookup(page)
        return block.state == .written ? memory.visible(block.physical) : 0
    }

    fileprivate mutating func callInvalidate2(wholeFile: Bool) -> Next {
        let here = locals
        return call(.invalidateInodePages2Range) {
            $0.start = wholeFile ? 0 : here.start / Geometry.pageSize
            $0.end = wholeFile ? .max : (here.end - 1) / Geometry.pageSize
        }
    }

    fileprivate mutating func callPunch(_ function: Function, _ arguments: Locals) -> Next {
        call(function) {
            $0.start = arguments.start
            $0.end = arguments.end
        }
    }

    /// ext4_punch_hole: a hole ends with the page of the end of the file.
    fileprivate mutating func clipPunch() {
        let limit = Geometry.pages(inode.size) * Geometry.pageSize
        locals.end = max(locals.start, min(locals.end, limit))
    }

    /// The modelled byte of a page is its first: it is zeroed when the range covers it and not the
    /// whole page.
    fileprivate mutating func zeroPunchEdges() {
        let here = locals
        guard here.start < here.end else { return }
        let last = here.end / Geometry.pageSize
        guard here.end % Geometry.pageSize != 0, here.start <= last * Geometry.pageSize else {
            return
        }
        let block = blocks.lookup(last)
        guard block.state == .written else { return }
        memory.storePending(0, block: block.physical)
        memory.drain()
    }
}
