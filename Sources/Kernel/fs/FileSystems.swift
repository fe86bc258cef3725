// fs/ext2, fs/ext4, fs/xfs: the fault handlers around fs/dax.c, and get_block.
//
// What the file systems differ in, as far as fs/dax.c can see it (spec/dax.md, sections 1, 5, 12):
// whether a fault takes a lock against truncation, whether an allocation says New, what a lookup
// of an unwritten block answers. v6 to v8 have 4.5's file systems, as the recorded kernels had.

import PageCache

extension Function {
    static func fault(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2Fault
        case .ext4: .ext4Fault
        case .xfs: .xfsFault
        }
    }

    static func pmdFault(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2PMDFault
        case .ext4: .ext4PMDFault
        case .xfs: .xfsPMDFault
        }
    }

    static func pfnMkwrite(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2PFNMkwrite
        case .ext4: .ext4PFNMkwrite
        case .xfs: .xfsPFNMkwrite
        }
    }

    static func getBlock(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2GetBlock
        case .ext4: .ext4GetBlock
        case .xfs: .xfsGetBlock
        }
    }

    static func setSize(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2SetSize
        case .ext4: .ext4SetSize
        case .xfs: .xfsSetSize
        }
    }

    static func evictInode(_ fs: FileSystem) -> Function {
        switch fs {
        case .ext2: .ext2EvictInode
        case .ext4: .ext4EvictInode
        case .xfs: .xfsEvictInode
        }
    }

    /// Whether this file system's faults take its fault lock: 4.4's ext4 has none.
    static func hasFaultLock(_ v: KernelVersion, _ fs: FileSystem) -> Bool {
        fs != .ext4 || v >= .v6
    }

    static func faultListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file): (String, String) =
            switch fs {
            case .ext2: ("ext2_dax_fault", "fs/ext2/file.c")
            case .ext4: ("ext4_dax_fault", "fs/ext4/file.c")
            case .xfs: ("xfs_filemap_fault", "fs/xfs/xfs_file.c")
            }
        var l = ListingBuilder(name, file, v)
        l.add("D5", (nil, nil), "a write: update the file's times") { m in
            if m.locals.isWrite { m.inode.state.insert(.dirtySync) }
            return .next
        }
        addLocked(&l, v, fs) { m in
            let here = m.locals
            return m.call(m.inode.isDAX ? .daxFault : .filemapFault) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = here.isWrite
            }
        }
        return l.build()
    }

    static func pmdFaultListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file): (String, String) =
            switch fs {
            case .ext2: ("ext2_dax_pmd_fault", "fs/ext2/file.c")
            case .ext4: ("ext4_dax_pmd_fault", "fs/ext4/file.c")
            case .xfs: ("xfs_filemap_pmd_fault", "fs/xfs/xfs_file.c")
            }
        var l = ListingBuilder(name, file, v)
        addLocked(&l, v, fs) { m in
            let here = m.locals
            return m.call(.daxPMDFault) {
                $0.vma = here.vma
                $0.pgoff = here.pgoff
                $0.isWrite = here.isWrite
            }
        }
        return l.build()
    }

    static func pfnMkwriteListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file): (String, String) =
            switch fs {
            case .ext2: ("ext2_dax_pfn_mkwrite", "fs/ext2/file.c")
            case .ext4: ("ext4_dax_pfn_mkwrite", "fs/ext4/file.c")
            case .xfs: ("xfs_filemap_pfn_mkwrite", "fs/xfs/xfs_file.c")
            }
        var l = ListingBuilder(name, file, v)
        addLocked(&l, v, fs) { m in
            let here = m.locals
            m.tasks[m.current].returned = Int(FaultResult.sigbus.rawValue)
            if Function.hasFaultLock(v, fs), m.isBeyondEnd(here.pgoff) { return .next }
            return m.call(.daxPFNMkwrite) { $0.pgoff = here.pgoff }
        }
        return l.build()
    }

    /// Takes the fault lock shared around `body`, and returns what it returned.
    private static func addLocked(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ fs: FileSystem,
        _ body: @escaping @Sendable (inout Machine) -> Next
    ) {
        let lock =
            switch fs {
            case .ext2: "dax_sem"
            case .ext4: "i_mmap_sem"
            case .xfs: "MMAPLOCK"
            }
        let isLocked = hasFaultLock(v, fs)
        if isLocked {
            l.add("D5", (nil, nil), "take \(lock) shared, against truncation") { m in
                m.lockShared(.fault)
            }
        }
        l.add("D5", (nil, nil), "call the handler", body)
        l.add("D8", (nil, nil), isLocked ? "release \(lock); return" : "return") { m in
            m.locals.result = m.returnedFault
            if isLocked { _ = m.unlock(.fault) }
            return m.finish(m.locals.result)
        }
    }

    static func getBlockListing(_ v: KernelVersion, _ fs: FileSystem) -> Listing {
        let (name, file): (String, String) =
            switch fs {
            case .ext2: ("ext2_get_block", "fs/ext2/inode.c")
            case .ext4:
                (v >= .v6 ? "ext4_dax_mmap_get_block" : "ext4_get_block_dax", "fs/ext4/inode.c")
            case .xfs:
                (
                    v >= .v6 ? "xfs_get_blocks_dax_fault" : "xfs_get_blocks_direct",
                    "fs/xfs/xfs_aops.c"
                )
            }
        var l = ListingBuilder(name, file, v)
        let answer = l.label()
        l.add("E4", (nil, nil), "look the block up") { m in
            let found = m.blocks.lookup(m.locals.index)
            m.locals.count = Int(min(found.length, m.locals.bh.size / Geometry.pageSize))
            switch found.state {
            case .written: return .jump(answer)
            case .hole:
                if fs == .xfs { m.trimSize() }
                return m.locals.alloc ? .next : m.finishGetBlock([])
            case .unwritten: return m.lookUpUnwritten(v, fs, answer: answer)
            }
        }
        l.add("E5", (nil, nil), "a hole: allocate blocks") { m in
            m.allocateBlocks(v, fs)
        }
        l.place(answer)
        l.add("E4", (nil, nil), "answer: mapped, where, how long") { m in
            m.finishGetBlock(.mapped)
        }
        return l.build()
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

    fileprivate mutating func finishGetBlock(_ state: BufferHead.State) -> Next {
        var bh = locals.bh
        bh.state = state
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
            return finishGetBlock(
                here.alloc ? [.mapped, .unwritten, .new] : [.mapped, .unwritten])
        case .xfs where !here.alloc:
            trimSize()
            return finishGetBlock([])
        case .ext2, .ext4, .xfs:
            zero(first: here.index, count: UInt64(here.count))
            blocks.convert(first: here.index, count: UInt64(here.count))
            if fs == .xfs {
                // The extent that it became part of.
                let found = blocks.lookup(here.index)
                locals.count = Int(min(found.length, here.bh.size / Geometry.pageSize))
            }
            return .jump(answer)
        }
    }

    fileprivate mutating func allocateBlocks(_ v: KernelVersion, _ fs: FileSystem) -> Next {
        let here = locals
        let (physical, count) = placement.run(from: here.index, count: UInt64(here.count))
        let isLate = fs == .ext4 && v <= .v4_4pmd
        blocks.set(
            first: here.index, count: count, state: isLate ? .unwritten : .written,
            physical: physical)
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
