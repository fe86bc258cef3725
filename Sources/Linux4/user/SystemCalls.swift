// The system calls and events that scenarios are made of: what happens between user space and the
// modelled kernel functions.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let systemMmap = Function("mmap", "") { l in
        l.add("", (nil, nil), "find room below 2^47: a new mapping, empty, or -ENOMEM") { m in
            // The mapping was made when the operation began, so that it has a name.
            if m.locals.vma >= 0 { return m.finishOperation() }
            return m.finishOperation(m.locals.error == 0 ? Errno.enomem : m.locals.error)
        }
    }

    static let systemMunmap = Function("munmap", "") { l in
        l.add("", (nil, nil), "take the page table entries away") { m in
            let vma = m.locals.vma
            m.zap(vma: vma, from: 0, to: .max, evenCOWs: true)
            return .next
        }
        l.add("", (nil, nil), "free the page tables and the mapping") { m in
            let vma = m.locals.vma
            m.vmas[vma].pmds.removeAll()
            m.vmas[vma].isMapped = false
            return .next
        }
        addLastReference(&l)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    static let systemFsync = Function("fsync", "") { l in
        l.add("L1", (nil, nil), "sync the whole file") { m in
            m.call(.vfsFsyncRange) { $0.end = UInt64.max >> 1 }
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation(m.returned) }
    }

    static let systemFdatasync = Function("fdatasync", "") { l in
        l.add("L1", (nil, nil), "sync the whole file, and the metadata that reading needs") {
            m in
            m.call(.vfsFsyncRange) { $0.end = UInt64.max >> 1 }
        }
        l.add("", (nil, nil), "return") { m in m.finishOperation(m.returned) }
    }

    /// locals.start, locals.end: bytes, the end inclusive; isSync: MS_SYNC.
    static let systemMsync = Function("msync", "mm/msync.c") { l in
        l.add("L1", (85, 85), "MS_SYNC, and a shared mapping? else there is nothing to do") { m in
            m.locals.isSync && m.vmas[m.locals.vma].isShared ? .next : m.finishOperation()
        }
        l.add("L1", (89, 89), "sync the mapping's bytes, without mmap_sem") { m in
            m.callOnRange(.vfsFsyncRange)
        }
        l.add("", (106, 106), "return") { m in m.finishOperation(m.returned) }
    }

    /// locals.start, locals.end: bytes, the end inclusive; locals.count: the flags.
    static let systemSyncFileRange = Function("sync_file_range", "fs/sync.c") { l in
        let write = l.label()
        let after = l.label()
        let out = l.label()
        l.add("", (344, 344), "WAIT_BEFORE? wait for the pages under writeback") { m in
            let here = m.locals
            guard m.flags.contains(.waitBefore) else { return .jump(write) }
            return m.callFdatawait(here.start, min(here.end, .max >> 1))
        }
        l.add("", (346, 346), "an error? return it") { m in
            m.returned < 0 ? m.finishOperation(m.returned) : .next
        }
        l.place(write)
        l.add("", (350, 350), "WRITE? begin to write what is dirty: WB_SYNC_NONE") { m in
            let here = m.locals
            guard m.flags.contains(.write) else { return .jump(after) }
            return m.call(.doWritepages) {
                $0.start = here.start
                $0.end = min(here.end, .max >> 1)
            }
        }
        l.add("", (353, 353), "an error? return it") { m in
            m.returned < 0 ? m.finishOperation(m.returned) : .next
        }
        l.place(after)
        l.add("", (357, 357), "WAIT_AFTER? wait for all of them; no metadata is written") { m in
            let here = m.locals
            guard m.flags.contains(.waitAfter) else { return .jump(out) }
            return m.callFdatawait(here.start, min(here.end, .max >> 1))
        }
        l.add("", (363, 363), "return its error, or 0") { m in m.finishOperation(m.returned) }
        l.place(out)
        l.add("", (363, 363), "return") { m in m.finishOperation() }
    }

    static let systemSyncfs = Function("syncfs", "fs/sync.c") { l in
        l.add("", (165, 165), "write the dirty inode back, if it has a device") { m in
            m.locals.isDirty = m.isMetadataDirty
            return m.isWrittenBack ? m.call(.syncInode) : .next
        }
        l.add("", (39, 39), "write the device's own dirty pages: it empties the pagevecs") {
            m in
            if m.locals.isDirty { m.drainPageLists() }
            return .next
        }
        l.add("", (169, 169), "return") { m in m.finishOperation() }
    }

    /// fs/fs-writeback.c: __writeback_single_inode under sync_inodes_sb (WB_SYNC_ALL).
    static let syncInode = Function("__writeback_single_inode", "fs/fs-writeback.c") { l in
        l.add("M11", (1338, 1371), "is the inode dirty at all?") { m in
            let dirty: InodeState = [.dirtySync, .dirtyDatasync, .dirtyPages]
            return m.inode.state.isDisjoint(with: dirty) ? m.finish() : .next
        }
        l.add("M11", (1233, 1266), "write its pages, for data integrity") { m in
            m.call(.doWritepages) {
                $0.end = .max >> 1
                $0.isSync = true
            }
        }
        l.add("M11", (1243, 1276), "wait for them") { m in m.callFdatawait(0, .max >> 1) }
        l.add("M11", (1282, 1315), "clear the dirty state, unless the tree is still tagged DIRTY") {
            m in
            m.inode.state.remove([.dirtySync, .dirtyDatasync, .dirtyPages])
            m.commitJournal()
            m.placement.forgetBusy()
            if m.mapping.radixTree.isTagged(.dirty) { m.inode.state.insert(.dirtyPages) }
            return m.finish()
        }
    }

    static let systemDropCaches = Function("drop_pagecache_sb", "fs/drop_caches.c") { l in
        l.add("", (24, 24), "does the file have pages? an inode without is passed over") { m in
            m.dropMetadata()
            return m.mapping.nrpages == 0 ? m.finishOperation() : .next
        }
        l.add("", (32, 32), "invalidate its clean pages") { m in
            m.call(.invalidateMappingPages) { $0.end = .max }
        }
        l.add("", (40, 40), "return") { m in m.finishOperation() }
    }

    static let systemUnlink = Function("unlink", "") { l in
        l.add("", (nil, nil), "one link less") { m in
            m.inode.links -= 1
            return .next
        }
        addLastReference(&l)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    static let systemClose = Function("close", "") { l in
        l.add("", (nil, nil), "the file is not open any more") { m in
            m.inode.isOpen = false
            return .next
        }
        addLastReference(&l)
        l.add("", (nil, nil), "return") { m in m.finishOperation() }
    }

    /// iput_final: without links and users the inode is evicted at once; with links it stays in
    /// memory.
    private static func addLastReference(_ l: inout ListingBuilder) {
        l.add("K1", (nil, nil), "the last user of a file without links? evict its inode") { m in
            let isUsed = m.inode.isOpen || m.vmas.contains { $0.isMapped }
            if !isUsed { m.giveBackAhead() }
            guard !isUsed, m.inode.links == 0, m.inode.isCached else { return .next }
            return m.call(.evict)
        }
    }

    /// close and open: a new struct file.
    static let systemReopen = Function("close, open", "") { l in
        l.add("", (nil, nil), "a new open file: nothing is known of the reads so far") {
            m in
            // A mapping keeps the old one open.
            if !m.vmas.contains(where: \.isMapped) { m.giveBackAhead() }
            m.file = OpenFile()
            m.file.isRandom = m.isReadAtRandom
            return m.finishOperation()
        }
    }

    static let systemUmount = Function("umount", "fs/super.c") { l in
        addUmount(&l)
        l.add("", (nil, nil), "unmounted") { m in
            m.isMounted = false
            return m.finishOperation()
        }
    }

    static let systemRemount = Function("umount, mount, open", "fs/super.c") { l in
        addUmount(&l)
        l.add("", (nil, nil), "mount, and open the file: a new inode, an empty cache") { m in
            guard m.inode.links > 0 else {
                m.isMounted = false
                return m.finishOperation(Errno.enoent)
            }
            m.mountAgain()
            m.readMetadataAgain()
            return m.finishOperation()
        }
    }

    private static func addUmount(_ l: inout ListingBuilder) {
        l.add("", (nil, nil), "the program ends: its mappings go, the file is closed") { m in
            for vma in m.vmas.indices where m.vmas[vma].isMapped {
                m.zap(vma: vma, from: 0, to: .max, evenCOWs: true)
                m.vmas[vma].pmds.removeAll()
                m.vmas[vma].isMapped = false
            }
            m.inode.isOpen = false
            return .next
        }
        l.add("", (nil, nil), "an inode in the middle of its eviction? -EBUSY") { m in
            let isBusy = m.inode.isCached && m.inode.state.contains(.freeing)
            return isBusy ? m.finishOperation(Errno.ebusy) : .next
        }
        addLastReference(&l)
        l.add("", (414, 414), "generic_shutdown_super: sync, if it has a device") { m in
            m.inode.isCached && m.isWrittenBack ? m.call(.syncInode) : .next
        }
        l.add("K1", (419, 420), "evict_inodes: evict every inode that is left") { m in
            m.inode.isCached ? m.call(.evict) : .next
        }
    }

    static let powerLoss = Function("power loss", "") { l in
        l.add("", (nil, nil), "caches and memory are gone; what was durable is left") { m in
            m.losePower()
            return m.finishOperation()
        }
    }
}

extension Machine {
    /// Of sync_file_range.
    fileprivate var flags: SyncFileRange { SyncFileRange(rawValue: UInt8(locals.count)) }

    /// sync_inodes_sb (fs/fs-writeback.c) does nothing for noop_backing_dev_info: tmpfs has no
    /// device to write to.
    fileprivate var isWrittenBack: Bool { inode.fileSystem != .tmpfs }

    /// __sync_blockdev has pages of metadata to write: what a journal has committed, or ext2 has
    /// changed. XFS's buffers are no pages.
    fileprivate var isMetadataDirty: Bool {
        switch inode.fileSystem {
        case .ext2: inode.state.contains(.dirtySync)
        case .ext4: metadata.isUncommitted
        case .xfs, .tmpfs: false
        }
    }

    /// The block device has lost its pages with the umount, and gets those of a mount.
    fileprivate mutating func readMetadataAgain() {
        for role in metadata.pages.keys { takeOffLRU(role.page) }
        pageLists.add.removeAll(where: \.isMetadata)
        pageLists.activate.removeAll(where: \.isMetadata)
        pageLists.deactivate.removeAll(where: \.isMetadata)
        pageLists.rotate.removeAll(where: \.isMetadata)
        metadata = MetadataPages(mounted: inode.fileSystem)
        statistics.nrActiveFile += metadata.pages.count
    }

    /// The end of a system call.
    mutating func finishOperation(_ code: Int = 0) -> Next {
        tasks[current].outcome.code = code
        return finish(code)
    }
}

extension Function {
    static let ofSystemCalls: [Function] = [
        .systemMmap, .systemMunmap, .systemFsync, .systemFdatasync, .systemMsync,
        .systemSyncFileRange, .systemSyncfs, .syncInode, .systemDropCaches, .systemUnlink,
        .systemClose, .systemReopen, .systemUmount, .systemRemount, .powerLoss,
    ]
}
