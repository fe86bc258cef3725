// fs/open.c: fallocate with ZERO_RANGE, COLLAPSE_RANGE and INSERT_RANGE; umount and mount again.

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive; locals.alloc: FALLOC_FL_KEEP_SIZE.
    static let systemZeroRange = Function("fallocate(ZERO_RANGE)", "fs/open.c") { l in
        addEntry(&l)
        l.add("", (302, 302), "the file system zeroes the range") { m in
            let here = m.locals
            return m.call(m.inode.fileSystem == .ext4 ? .ext4ZeroRange : .xfsZeroFileSpace) {
                $0.start = here.start
                $0.end = here.end
                $0.alloc = here.alloc
            }
        }
        l.add("", (302, 302), "xfs: beyond the end, and not to keep it? a new size") { m in
            let here = m.locals
            let isGrown = m.inode.fileSystem == .xfs && here.end > m.inode.size && !here.alloc
            guard m.returned == 0, isGrown else { return .next }
            return m.call(.xfsSetSize) { $0.start = here.end }
        }
        addExit(&l)
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let systemCollapse = Function("fallocate(COLLAPSE_RANGE)", "fs/open.c") { l in
        addEntry(&l)
        l.add("", (302, 302), "part of a block, or up to the end? -EINVAL; take it out") { m in
            let here = m.locals
            guard m.inode.fileSystem == .xfs else {
                return m.callOnRange(.ext4CollapseRange)
            }
            guard m.isInBlocks, here.end < m.inode.size else {
                m.releaseFile()
                return m.finishOperation(Errno.einval)
            }
            return m.callOnRange(.xfsCollapseFileSpace)
        }
        l.add("", (302, 302), "xfs: the file is shorter now") { m in
            let here = m.locals
            guard m.returned == 0, m.inode.fileSystem == .xfs else { return .next }
            let size = m.inode.size - (here.end - here.start)
            return m.call(.xfsSetSize) { $0.start = size }
        }
        addExit(&l) { m in
            m.claimShifted(
                from: m.locals.end / Geometry.pageSize, to: m.locals.start / Geometry.pageSize)
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive.
    static let systemInsert = Function("fallocate(INSERT_RANGE)", "fs/open.c") { l in
        addEntry(&l)
        l.add("", (302, 302), "part of a block, or from the end on? -EINVAL") { m in
            let here = m.locals
            guard m.inode.fileSystem == .xfs else {
                return m.callOnRange(.ext4InsertRange)
            }
            let error = m.errorOfInsertion
            guard error == 0 else {
                m.releaseFile()
                return m.finishOperation(error)
            }
            let size = m.inode.size + (here.end - here.start)
            return m.call(.xfsSetSize) { $0.start = size }
        }
        l.add("", (302, 302), "xfs: the file is longer now; move what lies behind") { m in
            let here = m.locals
            guard m.returned == 0, m.inode.fileSystem == .xfs else { return .next }
            return m.call(.xfsShiftFileSpace) {
                $0.start = here.start
                $0.end = here.end
                $0.isWrite = true
            }
        }
        addExit(&l) { m in
            m.claimShifted(
                from: m.locals.start / Geometry.pageSize, to: m.locals.end / Geometry.pageSize)
        }
    }

    /// vfs_fallocate, and the locks that XFS takes before it looks.
    private static func addEntry(_ l: inout ListingBuilder) {
        l.add("", (290, 290), "no length? -EINVAL; behind the largest file? -EFBIG") { m in
            m.tasks[m.current].returned = 0
            if m.locals.start >= m.locals.end { return m.finishOperation(Errno.einval) }
            let isTooLarge = m.locals.end > m.inode.fileSystem.largestSize
            return isTooLarge ? m.finishOperation(Errno.efbig) : .next
        }
        l.add("", (294, 294), "ext2 cannot; xfs: take the IOLOCK exclusively") { m in
            switch m.inode.fileSystem {
            case .ext2: m.finishOperation(Errno.eopnotsupp)
            case .ext4: .next
            case .xfs: m.lock(.ioLock)
            case .tmpfs: neverTmpfs()
            }
        }
        l.add("", (302, 302), "xfs: take MMAPLOCK exclusively too: faults wait") { m in
            m.lockXFS(.mmapLock)
        }
    }

    /// - Parameter claim: what the caller knows of the file when there was no error.
    private static func addExit(
        _ l: inout ListingBuilder, _ claim: @escaping @Sendable (inout Machine) -> Void = { _ in }
    ) {
        l.add("", (316, 316), "xfs: release the locks; return") { m in
            m.releaseFile()
            if m.returned >= 0 { claim(&m) }
            return m.finishOperation(m.returned)
        }
    }
}

extension Machine {
    /// What an insertion of locals.start ..< locals.end is refused with; 0: nothing.
    var errorOfInsertion: Int {
        let length = locals.end - locals.start
        if !isInBlocks { return Errno.einval }
        if inode.size + length > inode.fileSystem.largestSize { return Errno.efbig }
        return locals.start >= inode.size ? Errno.einval : 0
    }
}

extension Function {
    static let ofFallocateCalls: [Function] = [.systemZeroRange, .systemCollapse, .systemInsert]
}
