// FALLOC_FL_ZERO_RANGE: ext4_zero_range, xfs_zero_file_space.
//
// The whole blocks of the range become unwritten, so that they read as zeroes without being
// written; the parts of blocks at the edges are zeroed. ext4 of 4.4 has no lock against faults, and
// writes the range out before it throws the pages away; 4.5 has the lock and only throws them away.
// XFS makes a hole and fills it.

import PageCache

extension Function {
    /// locals.start, locals.end: bytes, the end exclusive; locals.keepsSize.
    static func ext4ZeroRangeListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("ext4_zero_range", "fs/ext4/extents.c", v)
        let edges = l.label()
        let release = l.label()
        if v <= .v4_4pmd {
            l.add("", (4792, nil), "pages, and the tree tagged DIRTY? write the range first") { m in
                m.tasks[m.current].returned = 0
                guard m.mapping.nrpages != 0, m.mapping.pageTree.isTagged(.dirty) else {
                    return .next
                }
                return m.callFilemapWriteAndWaitRange()
            }
            l.add("", (4820, nil), "an error? return it; take i_mutex") { m in
                m.returned < 0 ? m.finish(m.returned) : m.lock(.inode)
            }
        } else {
            l.add("", (nil, 4802), "take i_mutex") { m in m.lock(.inode) }
        }
        l.add("", (4844, 4830), "parts of blocks at the edges? allocate all with them") { m in
            guard !m.punchEdges.isEmpty else { return .next }
            m.preallocate(
                from: m.locals.start / Geometry.pageSize, to: Geometry.pages(m.locals.end))
            m.growToRange(m.locals.end)
            return .next
        }
        l.add("", (4855, 4841), "no whole block? only the edges then") { m in
            m.wholePages.isEmpty ? .jump(edges) : .next
        }
        let isLocked = hasFaultLock(v, .ext4)
        if isLocked {
            l.add("", (nil, 4849), "take i_mmap_sem exclusively: faults wait") { m in
                m.lock(.iMmapSem)
            }
        }
        l.add("", (4860, 4856), "unmap and truncate the whole pages of the range") { m in
            m.callTruncatePunchedPages()
        }
        l.add("", (4867, 4859), "allocate the whole blocks; written ones become unwritten") { m in
            m.makeUnwritten(m.wholePages)
            m.growToRange(m.wholePages.upperBound * Geometry.pageSize)
            return .next
        }
        if isLocked {
            l.add("", (nil, 4861), "release i_mmap_sem") { m in m.unlock(.iMmapSem) }
        }
        l.place(edges)
        l.add("", (4891, 4884), "beyond the end, and not KEEP_SIZE? the file has a new size") { m in
            m.growToRange(m.locals.end)
            return .next
        }
        addPartialBlocks(&l, [(4903, 4896), (4903, 4896)], row: "", release)
        l.add("", (4903, 4896), "an error? keep it") { m in
            m.jumpIfZeroingFailed(release) ?? .next
        }
        l.place(release)
        l.add("", (4912, 4905), "release i_mutex; return") { m in
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
        return l.build()
    }

    /// locals.start, locals.end: bytes, the end exclusive. xfs_file_fallocate holds the locks.
    static func xfsZeroFileSpaceListing(_ v: KernelVersion) -> Listing {
        var l = ListingBuilder("xfs_zero_file_space", "fs/xfs/xfs_bmap_util.c", v)
        l.add("", (1403, 1394), "make a hole of the range; the edges are zeroed") { m in
            let here = m.locals
            return m.call(.xfsFreeFileSpace) {
                $0.start = here.start
                $0.end = here.end
            }
        }
        l.add("", (1407, 1398), "an error? return it; allocate unwritten blocks for it") { m in
            guard m.returned >= 0 else { return m.finish(m.returned) }
            m.preallocate(
                from: m.locals.start / Geometry.pageSize, to: Geometry.pages(m.locals.end))
            return .next
        }
        l.add("", (1412, 1403), "return") { m in m.finish() }
        return l.build()
    }
}

extension Machine {
    /// ext4_update_inode_size, unless FALLOC_FL_KEEP_SIZE was given.
    fileprivate mutating func growToRange(_ end: UInt64) {
        if !locals.keepsSize { extendFile(to: min(end, locals.end)) }
    }

    /// ext4_alloc_file_blocks with EXT4_GET_BLOCKS_CONVERT_UNWRITTEN.
    fileprivate mutating func makeUnwritten(_ range: Range<UInt64>) {
        // The reservation of a page that has been truncated is gone with it.
        let isGone = { [mapping] (block: UInt64) in
            mapping.pageTree.lookup(PageIndex(block))?.page == nil
        }
        inode.reservedBeside.removeAll { range.contains($0) && isGone($0) }
        for run in blocks.runs {
            guard run.first < range.upperBound, run.end > range.lowerBound else { continue }
            let part = max(run.first, range.lowerBound)..<min(run.end, range.upperBound)
            let count = part.upperBound - part.lowerBound
            switch run.state {
            case .written:
                let physical = run.physical + (part.lowerBound - run.first)
                memory.forget(first: physical, count: count)
                blocks.set(
                    first: part.lowerBound, count: count, state: .unwritten, physical: physical)
                dirtyInode()
            case .delalloc:
                for block in part where isGone(block) { blocks.remove(first: block, count: 1) }
            case .unwritten, .hole: break
            }
        }
        noteExtents(merges: true)
        preallocate(from: range.lowerBound, to: range.upperBound)
    }
}
