// Hole punching: ext4_punch_hole, xfs_free_file_space.
//
// An entry goes when its own index lies in the range: of a PMD entry only the head counts. The part
// of it behind or before the hole stays, or is forgotten with it (docs/kernel/dax.md, section 11).

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive.
    static let ext4PunchHole = Function("ext4_punch_hole", "fs/ext4/inode.c") { l in
        let v = l.version
        let isLocked = hasFaultLock(v, .ext4)
        let unlock = l.label()
        l.add("O1", (3591, 3735), "pages, and the tree tagged DIRTY? write the range first") { m in
            m.tasks[m.current].returned = 0
            guard m.mapping.nrpages != 0, m.mapping.radixTree.isTagged(.dirty) else { return .next }
            return m.callFilemapWriteAndWaitRange()
        }
        l.add("O2", (3598, 3742), "an error? return it; take i_mutex") { m in
            m.returned < 0 ? m.finish(m.returned) : m.lock(.inode)
        }
        l.add("O2", (3601, 3745), "behind the end of the file? no hole; wait for direct I/O") { m in
            let size = m.inode.size
            guard m.locals.start < size else { return .jump(unlock) }
            // A hole that reaches over the end ends with the page after it, or around it.
            let limit = (size / Geometry.pageSize + 1) * Geometry.pageSize
            if m.locals.end > size { m.locals.end = limit }
            return .next
        }
        if isLocked {
            l.add("O3", (nil, 3778), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
        }
        l.add("O5", (3631, 3787), "unmap and truncate the whole pages of the range") { m in
            m.callTruncatePunchedPages()
        }
        let release = l.label()
        addPartialBlocks(&l, release)
        l.add("O7", (3673, 3826), "an error? return it; free the whole blocks") { m in
            m.jumpIfZeroingFailed(release) ?? m.freePunchedBlocks()
        }
        if v <= .v4_4pmd {
            // Without a lock against faults, pages may have come back meanwhile.
            l.add("O5", (3685, nil), "unmap and truncate the pages once more") { m in
                m.callTruncatePunchedPages()
            }
        }
        l.place(release)
        if isLocked {
            l.add("O8", (nil, 3841), "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.place(unlock)
        l.add("O8", (3695, 3844), "release i_mutex; return") { m in
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
    }

    /// ext4_zero_partial_blocks.
    static func addPartialBlocks(_ l: inout ListingBuilder, _ release: Label) {
        l.add("O6", (3536, 3651), "zero a partial first block") { m in
            m.tasks[m.current].returned = 0
            guard let edge = m.punchEdges.first else { return .next }
            return m.callZeroEdge(edge)
        }
        l.add("O6", (3543, 3658), "an error? return it; zero a partial last block") { m in
            if let failed = m.jumpIfZeroingFailed(release) { return failed }
            guard m.punchEdges.count == 2 else { return .next }
            return m.callZeroEdge(m.punchEdges[1])
        }
    }

    /// locals.start, locals.end: bytes, the end exclusive. xfs_file_fallocate holds the locks.
    static let xfsFreeFileSpace = Function("xfs_free_file_space", "fs/xfs/xfs_bmap_util.c") { l in
        l.add("O1", (1243, 1236), "wait for direct I/O") { _ in .next }
        l.add("O1", (1248, 1241), "write and wait for the pages of the range, partial ones too") {
            m in
            let here = m.locals
            return m.call(.filemapWriteAndWaitRange) {
                $0.start = here.start / Geometry.pageSize * Geometry.pageSize
                $0.end = Geometry.pages(here.end) * Geometry.pageSize - 1
            }
        }
        l.add("O5", (1252, 1245), "an error? return it; unmap and truncate them") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            let here = m.locals
            return m.call(.truncatePagecacheRange) {
                $0.start = here.start / Geometry.pageSize * Geometry.pageSize
                $0.end = Geometry.pages(here.end) * Geometry.pageSize - 1
            }
        }
        l.add("O6", (1298, 1291), "zero the partial blocks at the edges, on the device") { m in
            for edge in m.punchEdges { m.zeroOnDevice(edge) }
            return .next
        }
        l.add("O7", (1346, 1339), "free the whole blocks of the range") { m in m.freePunchedBlocks()
        }
        l.add("", (1366, 1357), "return") { m in m.finish() }
    }
}

extension Machine {
    /// The bytes of locals.start ..< locals.end that make up no whole block: before the first
    /// whole one, behind the last, or all when they lie in one block.
    fileprivate var punchEdges: [Range<UInt64>] {
        let (start, end) = (locals.start, locals.end)
        let first = Geometry.pages(start) * Geometry.pageSize
        let last = end / Geometry.pageSize * Geometry.pageSize
        guard start < end else { return [] }
        if first > last { return [start..<end] }
        return [start..<first, last..<end].filter { !$0.isEmpty }
    }

    /// The whole pages of locals.start ..< locals.end.
    mutating func callTruncatePunchedPages() -> Next {
        let first = Geometry.pages(locals.start)
        let end = locals.end / Geometry.pageSize
        guard first < end else { return .next }
        return call(.truncatePagecacheRange) {
            $0.start = first * Geometry.pageSize
            $0.end = end * Geometry.pageSize - 1
        }
    }

    /// nil: the block that was to be zeroed is.
    fileprivate mutating func jumpIfZeroingFailed(_ label: Label) -> Next? {
        guard returned < 0 else { return nil }
        locals.error = returned
        return .jump(label)
    }

    fileprivate mutating func callZeroEdge(_ edge: Range<UInt64>) -> Next {
        call(.ext4BlockZeroPageRange) {
            $0.start = edge.lowerBound
            $0.end = edge.upperBound
        }
    }

    /// xfs_zero_remaining_bytes: on DAX dax_zero_page_range, else a buffer of its own; nothing
    /// behind the end of the file.
    fileprivate mutating func zeroOnDevice(_ edge: Range<UInt64>) {
        guard edge.lowerBound < inode.size else { return }
        let index = edge.lowerBound / Geometry.pageSize
        let block = blocks.lookup(index)
        guard block.state == .written else { return }
        memory.storePending(0, block: block.physical, offsets: edge.offsets(inPage: index))
        memory.drain()
    }

    mutating func freePunchedBlocks() -> Next {
        let first = Geometry.pages(locals.start)
        let end = locals.end / Geometry.pageSize
        guard first < end else { return .next }
        // ext4 splits the extent that goes on behind the hole.
        let last = blocks.lookup(end - 1)
        if last.isAllocated, last.length > 1 {
            dirtyInode(times: 2)
        }
        freeBlocks(first: first, count: end - first)
        dirtyInode()
        return .next
    }
}

extension Function {
    static let ofPunchHole: [Function] = [.ext4PunchHole, .xfsFreeFileSpace]
}
