// read(2), write(2), ftruncate, fallocate and hole punching: from the system call to the file
// system, and the locks around it.

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes.
    static let systemPread = Function("pread", "") { l in
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
    }

    /// locals.start, locals.end: bytes; locals.value: what is written.
    static let systemPwrite = Function("pwrite", "") { l in
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
                case .xfs: m.isDirect ? .xfsFileDioAioWrite : .xfsFileBufferedAioWrite
                }
            return m.callWrite(function)
        }
        l.add("", (nil, nil), "return the length") { m in
            m.claimWritten(m.returned)
            return m.finishOperation(m.returned)
        }
    }

    static let genericFileWriteIter = fileWriteIter(.ext2)
    static let ext4FileWriteIter = fileWriteIter(.ext4)

    /// ext2's write_iter is the generic one, ext4's does the same around it.
    private static func fileWriteIter(_ fs: FileSystem) -> Function {
        let (name, file) =
            fs == .ext4
            ? ("ext4_file_write_iter", "fs/ext4/file.c")
            : ("generic_file_write_iter", "mm/filemap.c")
        return Function(name, file) { l in
            let isExt4 = fs == .ext4
            let direct = l.label()
            let release = l.label()
            l.add("Q1", isExt4 ? (114, 116) : (2685, 2786), "take i_mutex") { m in
                m.lock(.inode)
            }
            l.add(
                "Q1", isExt4 ? (171, 171) : (2688, 2789),
                "DAX, O_DIRECT? directly, else to the cache"
            ) {
                m in
                m.inode.state.insert(.dirtySync)
                m.dirtyInode()
                if m.isDirect { return .jump(direct) }
                let isShmem = m.inode.fileSystem == .tmpfs
                return m.callWrite(isShmem ? .shmemPerformWrite : .genericPerformWrite)
            }
            l.place(release)
            l.add("Q8", isExt4 ? (172, 172) : (2689, 2790), "release i_mutex") { m in
                m.unlock(.inode)
            }
            l.add("", isExt4 ? (186, 186) : (2698, 2799), "return the length") { m in
                m.finish(m.returned)
            }
            l.place(direct)
            addDirectWrite(&l, isExt4: isExt4, release: release)
        }
    }

    /// __generic_file_write_iter: what could not be written directly goes through the cache, and is
    /// out of it again when the call returns.
    private static func addDirectWrite(
        _ l: inout ListingBuilder, isExt4: Bool, release: Label
    ) {
        typealias Lines = ListingBuilder.Lines
        func lines(_ generic: Lines) -> Lines { isExt4 ? (171, 171) : generic }
        l.add("Q1", lines((2617, 2718)), "write to the blocks, past the cache") { m in
            m.callWrite(.genericFileDirectWrite)
        }
        l.add("", lines((2625, 2726)), "all of it, an error, or DAX? done") { m in
            let here = m.locals
            let isOver = m.returned < 0 || UInt64(m.returned) >= here.end - here.start
            guard !isOver, !m.inode.isDAX else { return .jump(release) }
            m.locals.error = m.returned
            m.locals.index = here.start + UInt64(m.returned)
            return .next
        }
        l.add("", lines((2628, 2729)), "the rest goes into the page cache") { m in
            let here = m.locals
            return m.call(.genericPerformWrite) {
                $0.start = here.index
                $0.end = here.end
                $0.value = here.value
            }
        }
        l.add("", lines((2636, 2737)), "an error? that of nothing written is returned") { m in
            m.locals.count = m.returned
            return m.returned < 0 ? m.jumpWithLength(release) : .next
        }
        l.add("", lines((2646, 2747)), "write those pages and wait") { m in
            let here = m.locals
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = here.index
                $0.end = here.index + UInt64(here.count) - 1
            }
        }
        l.add("", lines((2650, 2751)), "invalidate them: O_DIRECT leaves nothing in the cache") {
            m in
            guard m.returned == 0 else { return m.jumpWithLength(release) }
            m.locals.error += m.locals.count
            let here = m.locals
            return m.call(.invalidateMappingPages) {
                $0.start = here.index / Geometry.pageSize
                $0.end = (here.index + UInt64(here.count) - 1) / Geometry.pageSize
            }
        }
        l.add("", lines((2666, 2767)), "what was written, or the error") { m in
            m.tasks[m.current].returned = m.locals.error
            return .jump(release)
        }
    }

    /// do_truncate takes i_mutex; xfs_vn_setattr the other two.
    static let systemTruncate = Function("ftruncate", "") { l in
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
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let systemFallocate = Function("fallocate", "") { l in
        l.add("", (nil, nil), "no length? -EINVAL; an end behind the largest file? -EFBIG") { m in
            if m.locals.start >= m.locals.end { return m.finishOperation(Errno.einval) }
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
            m.locals.end = m.preallocateRange()
            return .next
        }
        l.add("", (nil, nil), "beyond the end, and not to keep it? a new size") { m in
            let size = m.locals.end
            m.tasks[m.current].returned = m.locals.error
            guard size > m.inode.size, !m.locals.alloc else { return .next }
            guard m.inode.fileSystem == .xfs else {
                m.extendFile(to: size)
                return .next
            }
            guard m.returned == 0 else { return .next }
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.add("", (nil, nil), "release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation(m.returned)
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let systemPunch = Function("fallocate(PUNCH_HOLE)", "") { l in
        l.add("O2", (nil, nil), "too large: -EFBIG; ext2 cannot; xfs: take the IOLOCK") { m in
            let isTooLarge = m.locals.end > m.inode.fileSystem.largestSize
            return switch m.inode.fileSystem {
            case _ where isTooLarge: m.finishOperation(Errno.efbig)
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
            m.callOnRange(m.inode.fileSystem == .ext4 ? .ext4PunchHole : .xfsFreeFileSpace)
        }
        l.add("O8", (nil, nil), "xfs: release the locks; return") { m in
            m.releaseFile()
            return m.finishOperation(m.returned)
        }
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

    /// What has been written directly is returned, an error only when that is nothing.
    fileprivate mutating func jumpWithLength(_ label: Label) -> Next {
        if locals.error != 0 { tasks[current].returned = locals.error }
        return .jump(label)
    }

    /// The caller of a write knows what the file holds now.
    fileprivate mutating func claimWritten(_ length: Int) {
        guard length > 0 else { return }
        let here = locals
        claim(here.value, at: here.start..<(here.start + UInt64(length)))
    }

    /// A lock that only XFS takes here.
    mutating func lockXFS(_ lock: Lock) -> Next {
        inode.fileSystem == .xfs ? self.lock(lock) : .next
    }

    /// Lets go of what a call that changes the file took, as far as this file system has it.
    mutating func releaseFile() {
        for lock in [.mmapLock, .ioLock, .inode] as [Lock] { _ = unlock(lock) }
    }
}

extension Function {
    static let ofFileCalls: [Function] = [
        .systemPread, .systemPwrite, .genericFileWriteIter, .ext4FileWriteIter,
        .systemTruncate, .systemFallocate, .systemPunch,
    ]
}
