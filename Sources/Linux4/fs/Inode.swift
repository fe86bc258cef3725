// fs/inode.c: evict, clear_inode; fs/sync.c: vfs_fsync_range.
//
// clear_inode is where wrong counters are found: it asserts under tree_lock that both are 0. The
// lines are those of 4.4.0 for v6 to v8 too: the series changed one line of fs/inode.c in place
// (docs/kernel/page-cache.md, section 9).

import Kernel
import PageCache
import RadixTree

extension Function {
    static let evict = Function("evict", "fs/inode.c", seriesLines: .v4_4) { l in
        l.add("K1", (525, 531), "the inode is being freed: I_FREEING") { m in
            m.inode.state.insert(.freeing)
            return .next
        }
        l.add("K2", (542, 548), "call the file system's evict_inode") { m in
            m.call(.evictInode(m.inode.fileSystem))
        }
        l.add("K11", (559, 565), "the inode is gone") { m in
            m.inode.isCached = false
            return m.finish()
        }
    }

    static let ext2EvictInode = inodeEviction(.ext2)
    static let ext4EvictInode = inodeEviction(.ext4)
    static let xfsEvictInode = inodeEviction(.xfs)

    /// XFS clears the inode before it frees the blocks.
    private static func inodeEviction(_ fs: FileSystem) -> Function {
        typealias Lines = ListingBuilder.Lines
        let (name, file, truncate, free, clear): (String, String, Lines, Lines, Lines) =
            switch fs {
            case .ext2: ("ext2_evict_inode", "fs/ext2/inode.c", (81, 81), (92, 92), (97, 97))
            case .ext4: ("ext4_evict_inode", "fs/ext4/inode.c", (229, 229), (262, 262), (307, 307))
            case .xfs:
                ("xfs_fs_evict_inode", "fs/xfs/xfs_super.c", (985, 985), (990, 990), (986, 986))
            case .tmpfs: neverTmpfs()
            }
        return Function(name, file) { l in
            l.add("K2", truncate, "remove everything from the page cache") { m in
                m.call(.truncateInodePagesFinal)
            }
            if fs == .xfs {
                l.add("K7", clear, "clear the inode") { m in m.call(.clearInode) }
            }
            l.add("K2", free, "no links left: free the blocks") { m in
                if m.inode.links == 0 { m.freeBlocks(first: 0, count: 1 << 52) }
                return .next
            }
            if fs != .xfs {
                l.add("K7", clear, "clear the inode") { m in m.call(.clearInode) }
            }
            l.add("", (nil, nil), "return") { m in m.finish() }
        }
    }

    static let clearInode = Function("clear_inode", "fs/inode.c", seriesLines: .v4_4) { l in
        let v = l.version
        let base = v == .v4_5 ? 503 : 497
        let counter = v.exceptionalCounter
        l.add("K7", (496, 502), "take tree_lock") { m in m.lock(.tree) }
        l.add("K8", (497, 503), "BUG if nrpages is not 0") { m in
            let count = m.mapping.nrpages
            guard count != 0 else { return .next }
            return m.bug("fs/inode.c", base, "clear_inode", "nrpages is \(count), not 0")
        }
        l.add("K9", (498, 504), "BUG if \(counter) is not 0") { m in
            let count = m.mapping.nrexceptional
            guard count != 0 else { return .next }
            return m.bug("fs/inode.c", base + 1, "clear_inode", "\(counter) is \(count), not 0")
        }
        l.add("K10", (499, 505), "release tree_lock") { m in m.unlock(.tree) }
        l.add("K10", (501, 507), "BUG unless I_FREEING is set, or if I_CLEAR is") { m in
            guard m.inode.state.contains(.freeing) else {
                return m.bug("fs/inode.c", base + 4, "clear_inode", "I_FREEING is not set")
            }
            guard !m.inode.state.contains(.clear) else {
                return m.bug("fs/inode.c", base + 5, "clear_inode", "I_CLEAR is set")
            }
            return .next
        }
        l.add("K11", (504, 510), "state: I_FREEING and I_CLEAR") { m in
            m.inode.state = [.freeing, .clear]
            return m.finish()
        }
    }

    /// locals.start, locals.end: bytes, the end inclusive.
    static let vfsFsyncRange = Function("vfs_fsync_range", "fs/sync.c") { l in
        l.add("L1", (195, 195), "the file system's fsync writes and waits for the range") { m in
            m.callOnRange(.filemapWriteAndWaitRange)
        }
        l.add("L19", (195, 195), "then its metadata; success is a promise about the data") { m in
            m.inode.state.remove([.dirtySync, .dirtyDatasync])
            m.commitJournal()
            m.placement.forgetBusy()
            guard m.returned == 0 else { return m.finish(m.returned) }
            let here = m.locals
            m.promise(from: here.start / Geometry.pageSize, to: here.end / Geometry.pageSize)
            return m.finish()
        }
    }
}

extension Machine {
    /// What fsync's success means: the audit holds the kernel to it.
    fileprivate mutating func promise(from first: UInt64, to last: UInt64) {
        judgements += 1
        for run in blocks.runs where run.state == .written {
            let start = max(run.first, first)
            let end = last == .max ? run.end : min(run.end, last + 1)
            guard start < end else { continue }
            memory.promise(first: run.physical + (start - run.first), count: end - start)
            if !inode.isDAX { promiseCached(start..<end, run) }
        }
    }

    /// A clean page of the cache must be on the device too; one that is dirty again is newer.
    private mutating func promiseCached(_ pages: Range<UInt64>, _ run: BlockMap.Run) {
        for (index, entry) in mapping.radixTree.entries(from: PageIndex(pages.lowerBound)) {
            guard index.rawValue < pages.upperBound else { break }
            guard let page = entry.page, self[page].flags.contains(.uptodate),
                self[page].flags.isDisjoint(with: [.dirty, .writeback])
            else { continue }
            memory.promise(
                self[page].bytes, block: run.physical + (index.rawValue - run.first),
                offsets: (0..<inode.size).offsets(inPage: index.rawValue))
        }
    }

    mutating func freeBlocks(first: UInt64, count: UInt64) {
        freeBranches(from: first, count: count)
        inode.reservedBeside.removeAll { $0 >= first && $0 - first < count }
        for run in blocks.runs {
            let start = max(run.first, first)
            let end = min(run.end, first &+ count)
            guard start < end else { continue }
            memory.forget(first: run.physical + (start - run.first), count: end - start)
            if run.isAllocated {
                releaseToAllocator()
                let physical = run.physical + (start - run.first)
                if inode.fileSystem == .xfs {
                    placement.makeBusy(physical..<physical + (end - start))
                }
            }
        }
        blocks.remove(first: first, count: count)
        if inode.fileSystem == .ext4 {
            placement.ext4.forgetWindows()
            let end = first &+ count
            inode.extents.remove(from: first, to: end >= 1 << 52 ? nil : end)
        }
    }
}

extension Function {
    static let ofInode: [Function] = [
        .evict, .ext2EvictInode, .ext4EvictInode, .xfsEvictInode, .clearInode,
        .vfsFsyncRange,
    ]
}
