// The file systems' part of ftruncate: ext2_setsize, ext4_setattr, xfs_setattr_size.
//
// They differ in the order, and in what they do to the page at the new end: XFS and ext2 zero it
// before the truncation, ext4 afterwards; without DAX each puts a page into the cache for it, even
// over a hole.

import Kernel
import PageCache

extension Function {
    /// locals.start: the new size in bytes.
    static let ext2SetSize = Function("ext2_setsize", "fs/ext2/inode.c") { l in
        l.add("O2", (1213, 1223), "wait for direct I/O; end inside a block? zero its rest") { m in
            m.callTruncateBlock()
        }
        l.add("O3", (1224, 1234), "an error? return it; take dax_sem: faults wait") { m in
            m.returned < 0 ? m.finish(m.returned) : m.lock(.daxSem)
        }
        l.add("O4", (1225, 1235), "truncate_setsize: set i_size") { m in
            m.locals.alloc = m.locals.start < m.inode.size
            m.inode.size = m.locals.start
            return .next
        }
        l.add("O5", (1225, 1235), "unmap and truncate what lies behind it") { m in
            let size = m.locals.start
            return m.call(.truncatePagecache) { $0.start = size }
        }
        l.add("O7", (1226, 1236), "free the blocks behind it") { m in
            if m.locals.alloc {
                m.freeBlocks(first: Geometry.pages(m.locals.start), count: 1 << 52)
            }
            return .next
        }
        l.add("O8", (1227, 1237), "release dax_sem") { m in m.unlock(.daxSem) }
        l.add("", (1234, 1244), "mark the inode dirty") { m in
            m.inode.state.insert(.dirtySync)
            return m.finish()
        }
    }

    /// locals.start: the new size in bytes.
    static let ext4SetSize = Function("ext4_setattr", "fs/ext4/inode.c") { l in
        let v = l.version
        let isLocked = hasFaultLock(v, .ext4)
        l.add("O4", (4801, 4979), "set i_size") { m in
            m.locals.alloc = m.locals.start <= m.inode.size
            // With the list of orphans, when it shrinks.
            if m.locals.start != m.inode.size { m.dirtyInode(times: m.locals.alloc ? 2 : 1) }
            m.inode.size = m.locals.start
            return .next
        }
        if isLocked {
            l.add("O3", (nil, 5004), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
        }
        let grown = l.label()
        l.add("O5", (4830, 5009), "unmap and truncate what lies behind the new end") { m in
            let size = m.locals.start
            return m.call(.truncatePagecache) { $0.start = size }
        }
        l.add("O6", (3802, 3951), "ext4_truncate: end inside a block? zero its rest") { m in
            guard m.locals.alloc else { return .jump(grown) }
            let start = m.locals.start
            let end = Geometry.pages(start) * Geometry.pageSize
            guard start < end else { return .next }
            return m.call(.ext4BlockZeroPageRange) {
                $0.start = start
                $0.end = end
            }
        }
        l.add("O7", (3821, 3970), "free the blocks behind it") { m in
            m.dirtyInode()
            m.freeBlocks(first: Geometry.pages(m.locals.start), count: 1 << 52)
            m.dirtyInode(times: m.blocks.runs.contains(where: \.isAllocated) ? 2 : 3)
            return .next
        }
        l.place(grown)
        if isLocked {
            l.add("O8", (nil, 5012), "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.add("", (4837, 5017), "mark the inode dirty") { m in
            m.dirtyInode()
            m.inode.state.insert(.dirtySync)
            return m.finish()
        }
    }

    /// locals.start: the new size in bytes. The caller holds IOLOCK and MMAPLOCK exclusively.
    static let xfsSetSize = Function("xfs_setattr_size", "fs/xfs/xfs_iops.c") { l in
        l.add("O6", (809, 814), "growing? zero what the old end may expose") { m in
            let size = m.inode.size
            let new = m.locals.start
            m.locals.end = size
            m.locals.alloc = new <= size
            m.tasks[m.current].returned = 0
            guard new > size else { return .next }
            return m.call(.xfsZeroEOF) {
                $0.start = size
                $0.end = new
            }
        }
        l.add("O6", (822, 827), "was the old end never on disk, or zeroed? write it") { m in
            let here = m.locals
            let disk = m.inode.diskSize
            guard here.start > disk, here.end != disk || m.returned == 1 else { return .next }
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = disk
                $0.end = here.start
            }
        }
        l.add("O6", (850, 855), "an error? return it; end inside a block? zero its rest") { m in
            m.returned < 0 ? m.finish(m.returned) : m.callTruncateBlock()
        }
        l.add("O4", (857, 862), "an error? return it; truncate_setsize: set i_size") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            m.inode.size = m.locals.start
            return .next
        }
        l.add("O5", (857, 862), "unmap and truncate what lies behind the new end") { m in
            let size = m.locals.start
            return m.call(.truncatePagecache) { $0.start = size }
        }
        l.add("O4", (897, 902), "log the new size") { m in
            m.inode.diskSize = m.locals.start
            m.inode.state.insert(.dirtySync)
            return .next
        }
        l.add("O7", (901, 906), "free the blocks behind it") { m in
            if m.locals.alloc {
                m.freeBlocks(first: Geometry.pages(m.locals.start), count: 1 << 52)
            }
            return m.finish()
        }
    }

    /// locals.start, locals.end: bytes of one block.
    static let ext4BlockZeroPageRange = Function("ext4_block_zero_page_range", "fs/ext4/inode.c") {
        l in
        l.add("O6", (3487, 3602), "DAX? zero the block itself, else through a page") { m in
            m.callOnRange(m.inode.isDAX ? .daxZeroPageRange : .ext4ZeroThroughPage)
        }
        l.add("", (3489, 3604), "return") { m in m.finish(m.returned) }
    }
}

extension Machine {
    /// dax_truncate_page, or block_truncate_page: the rest of the block at locals.start.
    fileprivate mutating func callTruncateBlock() -> Next {
        let start = locals.start
        let end = Geometry.pages(start) * Geometry.pageSize
        return call(inode.isDAX ? .daxZeroPageRange : .blockTruncatePage) {
            $0.start = start
            $0.end = end
        }
    }
}

extension Function {
    static let ofFileSetSize: [Function] = [
        .ext2SetSize, .ext4SetSize, .xfsSetSize, .ext4BlockZeroPageRange,
    ]
}
