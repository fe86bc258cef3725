// fs/ext2, fs/ext4, fs/xfs: which functions a file system has, and get_block.
//
// What the file systems differ in, as far as fs/dax.c can see it (docs/kernel/dax.md, sections 1, 5
// and 12): whether an allocation says New, what a lookup of an unwritten block or of a hole
// answers. v6 to v8 have 4.5's file systems, as the recorded kernels had.

import Kernel
import PageCache

/// tmpfs has no get_block, and `KernelModel.start` refuses what would map its file or punch it.
func neverTmpfs() -> Never {
    preconditionFailure("tmpfs does not come here")
}

extension Function {
    static func fault(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2Fault
        case .ext4: .ext4Fault
        case .xfs: .xfsFault
        case .tmpfs: neverTmpfs()
        }
    }

    static func pmdFault(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2PMDFault
        case .ext4: .ext4PMDFault
        case .xfs: .xfsPMDFault
        case .tmpfs: neverTmpfs()
        }
    }

    static func pfnMkwrite(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2PFNMkwrite
        case .ext4: .ext4PFNMkwrite
        case .xfs: .xfsPFNMkwrite
        case .tmpfs: neverTmpfs()
        }
    }

    static func getBlock(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2GetBlock
        case .ext4: .ext4GetBlock
        case .xfs: .xfsGetBlock
        case .tmpfs: neverTmpfs()
        }
    }

    static func setSize(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2SetSize
        case .ext4: .ext4SetSize
        case .xfs: .xfsSetSize
        case .tmpfs: .shmemSetattr
        }
    }

    static func evictInode(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2EvictInode
        case .ext4: .ext4EvictInode
        case .xfs: .xfsEvictInode
        case .tmpfs: .shmemEvictInode
        }
    }

    /// The lock that a file system's faults share and its truncation takes exclusively.
    static func faultLock(_ fs: FileSystem) -> Lock {
        switch fs {
        case .ext2: .daxSem
        case .ext4: .iMmapSem
        case .xfs: .mmapLock
        case .tmpfs: neverTmpfs()
        }
    }

    /// Whether this file system's faults take its fault lock: 4.4's ext4 has none.
    static func hasFaultLock(_ v: KernelVersion, _ fs: FileSystem) -> Bool {
        fs != .ext4 || v >= .v6
    }

    static let ext2GetBlock = blockLookup(.ext2)
    static let ext4GetBlock = blockLookup(.ext4)
    static let xfsGetBlock = blockLookup(.xfs)

    private static func blockLookup(_ fs: FileSystem) -> Function {
        // The lines are those of the functions that these hand on to, in the same file.
        let (name, file, lines): (String, String, [ListingBuilder.Lines]) =
            switch fs {
            case .ext2:
                ("ext2_get_block", "fs/ext2/inode.c", [(642, 642), (726, 726), (752, 754)])
            case .ext4:
                (
                    "ext4_dax_mmap_get_block", "fs/ext4/inode.c",
                    [(691, 3146), (691, 3146), (695, 3181)]
                )
            case .xfs:
                (
                    "xfs_get_blocks_dax_fault", "fs/xfs/xfs_aops.c",
                    [(1424, 1428), (1443, 1447), (1497, 1501)]
                )
            case .tmpfs: neverTmpfs()
            }
        return Function(name, file) { l in
            let v = l.version
            if fs == .ext4, v <= .v4_4pmd { l.name = "ext4_get_block_dax" }
            let answer = l.label()
            l.add("E4", lines[0], "look the block up") { m in
                let found = m.blocks.lookup(m.locals.index)
                m.walkBranch(
                    to: m.locals.index, allocates: found.state == .hole && m.locals.alloc)
                m.locals.count = Int(min(found.length, m.locals.bh.size / Geometry.pageSize))
                if fs == .ext2 { m.stopAtBoundary() }
                switch found.state {
                case .written: return .jump(answer)
                // Nothing is delayed on DAX.
                case .hole, .delalloc:
                    if fs == .xfs { m.trimSize() }
                    return m.locals.alloc ? .next : m.finishGetBlock([])
                case .unwritten: return m.lookUpUnwritten(v, fs, answer: answer)
                }
            }
            l.add("E5", lines[1], "a hole: allocate blocks") { m in
                m.allocateBlocks(v, fs)
            }
            l.place(answer)
            l.add("E4", lines[2], "answer: mapped, where, how long") { m in
                m.finishGetBlock(fs == .ext2 ? m.ext2Mapped : .mapped)
            }
        }
    }
}

extension Machine {
    /// xfs_map_trim_size: the length also of what is not mapped, up to the end of the file. v4.5's
    /// PMD fault hands it back in when it allocates.
    fileprivate mutating func trimSize() {
        let end = Geometry.pages(inode.size)
        guard locals.index < end else { return }
        let length = min(UInt64(locals.count), end - locals.index)
        if !locals.alloc { locals.bh.size = length * Geometry.pageSize }
    }

    /// Blocks from locals.index on that the same indirect block names: the inode names 12, each
    /// indirect block 1024 (ext2_block_to_path).
    private var blocksToBoundary: Int {
        let index = locals.index
        return Int(index < 12 ? 12 - index : 1024 - (index - 12) % 1024)
    }

    fileprivate mutating func stopAtBoundary() {
        locals.count = min(locals.count, blocksToBoundary)
    }

    fileprivate var ext2Mapped: BufferHead.State {
        locals.count == blocksToBoundary ? [.mapped, .boundary] : .mapped
    }

    fileprivate mutating func finishGetBlock(_ state: BufferHead.State) -> Next {
        var bh = locals.bh
        bh.state = state
        // XFS sets b_bdev in every answer for a block in front of the end of the file, ext2 and
        // ext4 only where map_bh fills the buffer head in.
        let isAnswered = inode.fileSystem == .xfs && !isBeyondEnd(locals.index)
        if isAnswered || state.contains(.mapped) { bh.hasDevice = true }
        if state.contains(.mapped) {
            bh.block = blocks.lookup(locals.index).physical
            bh.size = UInt64(locals.count) * Geometry.pageSize
        }
        tasks[current].returnedBuffer = bh
        return finish()
    }

    /// An allocated block that was never written.
    fileprivate mutating func lookUpUnwritten(
        _ v: KernelVersion, _ fs: FileSystem, answer: Label
    ) -> Next {
        let here = locals
        switch fs {
        case .ext4 where v <= .v4_4pmd:
            // 4.4 hands the conversion to the caller's completion; New is set when the caller
            // means to write.
            if here.alloc { prepareExtent(first: here.index, count: UInt64(here.count)) }
            return finishGetBlock(
                here.alloc ? [.mapped, .unwritten, .new] : [.mapped, .unwritten])
        case .xfs where !here.alloc:
            trimSize()
            return finishGetBlock([])
        case .ext2, .ext4, .xfs:
            zero(first: here.index, count: UInt64(here.count))
            if here.alloc { prepareExtent(first: here.index, count: UInt64(here.count)) }
            convertWritten(first: here.index, count: UInt64(here.count))
            dirtyInode()
            if fs == .xfs {
                // The extent that it became part of.
                let found = blocks.lookup(here.index)
                locals.count = Int(min(found.length, here.bh.size / Geometry.pageSize))
            }
            return .jump(answer)
        case .tmpfs: neverTmpfs()
        }
    }

    fileprivate mutating func allocateBlocks(_ v: KernelVersion, _ fs: FileSystem) -> Next {
        let here = locals
        let (physical, count) = place(from: here.index, count: UInt64(here.count))
        let isLate = fs == .ext4 && v <= .v4_4pmd
        useAllocator(upTo: here.index + count)
        blocks.set(
            first: here.index, count: count, state: isLate ? .unwritten : .written,
            physical: physical)
        insertExtent(
            first: here.index, count: count, physical: physical, isUnwritten: isLate, ready: true)
        // The answer is what was allocated, not the extent that it became part of.
        locals.count = Int(count)
        switch fs {
        case .ext4 where isLate: return finishGetBlock([.mapped, .unwritten, .new])
        case .ext2:
            zero(first: here.index, count: count)
            return finishGetBlock([.mapped, .new])
        case .ext4, .xfs:
            zero(first: here.index, count: count)
            return .next
        case .tmpfs: neverTmpfs()
        }
    }

    /// Fills blocks with zeroes through the block layer: durable at once.
    fileprivate mutating func zero(first: UInt64, count: UInt64) {
        let place = blocks.lookup(first)
        guard place.state != .hole else { return }
        memory.clear(first: place.physical, count: count)
        memory.drain()
    }
}

extension Function {
    static let ofFileSystems: [Function] = [.ext2GetBlock, .ext4GetBlock, .xfsGetBlock]
}
