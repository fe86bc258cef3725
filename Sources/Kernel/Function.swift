import PageCache

/// The functions of the model. The raw value is the number that frames carry.
public enum Function: UInt16, CaseIterable, Sendable {
    // What user space and the system call entry do: not kernel source.
    case userAccess, systemMmap, systemMunmap, systemPread, systemPwrite, systemFsync, systemMsync
    case systemSyncfs, systemTruncate, systemFallocate, systemPunch, systemDropCaches
    case systemFdatasync, systemFadvise, systemMadvise, systemReadahead, systemMincore
    case systemSyncFileRange, systemZeroRange, systemCollapse, systemInsert, systemRemount
    case systemReopen, systemReclaim, systemUnlink, systemClose, systemUmount, powerLoss
    // lib/radix-tree.c
    case radixTreeInsert, radixTreeCreate, radixTreeExtend, radixTreeDelete, radixTreeTagClear
    case radixTreeDeleteNode, radixTreeTagSet, radixTreeRangeTag
    // mm/filemap.c
    case findOrCreatePage, addToPageCacheLRU, addToPageCacheLocked, pageCacheTreeInsert
    case deleteFromPageCache
    case pageCacheTreeDelete, filemapWriteAndWaitRange, filemapWriteAndWait, filemapFault
    case genericFileReadIter, doGenericFileRead, filemapPageMkwrite, genericFileWriteIter,
        genericFileDirectWrite
    case genericPerformWrite
    // mm/readahead.c
    case pageCacheSyncReadahead, pageCacheAsyncReadahead, forcePageCacheReadahead
    case ondemandReadahead, doPageCacheReadahead
    // fs/buffer.c
    case blockWriteBegin, genericWriteEnd, setPageDirty, blockTruncatePage, blockPageMkwrite
    // mm/memory.c
    case handleMMFault, doReadFault, doFaultAround, doSharedFault, doCOWFault, doWPPage
    case wpPFNShared
    case unmapMappingRange
    // mm/truncate.c
    case truncateInodePagesRange, truncateInodePagesFinal, truncateInodePage
    case clearExceptionalEntry, truncatePagecache, truncatePagecacheRange
    case invalidateMappingPages, invalidateInodePages2Range
    // mm/vmscan.c, mm/page-writeback.c
    case removeMapping, tagPagesForWriteback, doWritepages, writeCachePages
    case testSetPageWriteback, testClearPageWriteback, filemapFdatawaitRange
    // mm/workingset.c
    case scanShadowNodes, shadowLRUIsolate
    // fs/dax.c
    case daxFault, daxLoadHole, daxInsertMapping, daxPMDFault, daxRadixEntry, daxPFNMkwrite
    case daxWritebackMappingRange, daxWritebackOne, daxDoIO, daxZeroPageRange
    // fs/direct-io.c
    case blockdevDirectIO
    // The file systems' own: their fault handlers, block lookup and truncation.
    case ext2Fault, ext2PMDFault, ext2PFNMkwrite, ext2GetBlock, ext2SetSize
    case ext2EvictInode
    case ext4Fault, ext4PMDFault, ext4PFNMkwrite, ext4GetBlock, ext4PunchHole
    case ext4SetSize, ext4EvictInode, ext4FileWriteIter, ext4BlockZeroPageRange
    case ext4ZeroThroughPage
    case xfsFault, xfsPMDFault, xfsPFNMkwrite, xfsGetBlock, xfsFreeFileSpace
    case xfsSetSize, xfsEvictInode, xfsFileReadIter, xfsFileDioAioWrite
    case xfsFileBufferedAioWrite, xfsZeroEOF, xfsIozero, xfsClusterWrite
    case ext4ZeroRange, ext4CollapseRange, ext4InsertRange
    case xfsZeroFileSpace, xfsCollapseFileSpace, xfsShiftFileSpace
    // mm/vmscan.c and mm/shmem.c: tmpfs
    case pageout, shmemWritepage, shmemRadixTreeReplace, shmemDeleteFromPageCache
    case shmemAddToPageCache, shmemFreeSwap, shmemGetpage, shmemUndoRange, shmemFileReadIter
    case shmemPerformWrite, shmemWriteBegin, shmemWriteEnd, shmemSetattr, shmemEvictInode
    case shmemClearExceptionalEntry
    // fs/inode.c, fs/sync.c
    case evict, clearInode, vfsFsyncRange, syncInode
}

extension Function {
    /// The function as `version` executes it.
    func listing(_ version: KernelVersion) -> Listing {
        switch self {
        case .userAccess: Self.userAccessListing(version)
        case .systemMmap: Self.systemMmapListing(version)
        case .systemMunmap: Self.systemMunmapListing(version)
        case .systemPread: Self.systemPreadListing(version)
        case .systemPwrite: Self.systemPwriteListing(version)
        case .systemFsync: Self.systemFsyncListing(version)
        case .systemMsync: Self.systemMsyncListing(version)
        case .systemSyncfs: Self.systemSyncfsListing(version)
        case .systemTruncate: Self.systemTruncateListing(version)
        case .systemFallocate: Self.systemFallocateListing(version)
        case .systemPunch: Self.systemPunchListing(version)
        case .systemZeroRange: Self.systemZeroRangeListing(version)
        case .systemCollapse: Self.systemCollapseListing(version)
        case .systemInsert: Self.systemInsertListing(version)
        case .systemDropCaches: Self.systemDropCachesListing(version)
        case .systemFdatasync: Self.systemFdatasyncListing(version)
        case .systemFadvise: Self.systemFadviseListing(version)
        case .systemMadvise: Self.systemMadviseListing(version)
        case .systemReadahead: Self.systemReadaheadListing(version)
        case .systemMincore: Self.systemMincoreListing(version)
        case .systemSyncFileRange: Self.systemSyncFileRangeListing(version)
        case .systemReopen: Self.systemReopenListing(version)
        case .systemReclaim: Self.systemReclaimListing(version)
        case .systemUnlink: Self.systemUnlinkListing(version)
        case .systemClose: Self.systemCloseListing(version)
        case .systemUmount: Self.systemUmountListing(version)
        case .systemRemount: Self.systemRemountListing(version)
        case .powerLoss: Self.powerLossListing(version)
        default: kernelListing(version)
        }
    }

    private func kernelListing(_ v: KernelVersion) -> Listing {
        switch self {
        case .radixTreeInsert: Self.radixTreeInsertListing(v)
        case .radixTreeCreate: Self.radixTreeCreateListing(v)
        case .radixTreeExtend: Self.radixTreeExtendListing(v)
        case .radixTreeDelete: Self.radixTreeDeleteListing(v)
        case .radixTreeTagClear: Self.radixTreeTagClearListing(v)
        case .radixTreeDeleteNode: Self.radixTreeDeleteNodeListing(v)
        case .radixTreeTagSet: Self.radixTreeTagSetListing(v)
        case .radixTreeRangeTag: Self.radixTreeRangeTagListing(v)
        case .findOrCreatePage: Self.findOrCreatePageListing(v)
        case .addToPageCacheLRU: Self.addToPageCacheLRUListing(v)
        case .addToPageCacheLocked: Self.addToPageCacheLockedListing(v)
        case .pageCacheTreeInsert: Self.pageCacheTreeInsertListing(v)
        case .deleteFromPageCache: Self.deleteFromPageCacheListing(v)
        case .pageCacheTreeDelete: Self.pageCacheTreeDeleteListing(v)
        case .filemapWriteAndWaitRange: Self.filemapWriteAndWaitRangeListing(v)
        case .filemapWriteAndWait: Self.filemapWriteAndWaitListing(v)
        case .filemapFault: Self.filemapFaultListing(v)
        case .handleMMFault: Self.handleMMFaultListing(v)
        case .doReadFault: Self.doReadFaultListing(v)
        case .doFaultAround: Self.doFaultAroundListing(v)
        case .doSharedFault: Self.doSharedFaultListing(v)
        case .doCOWFault: Self.doCOWFaultListing(v)
        case .doWPPage: Self.doWPPageListing(v)
        case .wpPFNShared: Self.wpPFNSharedListing(v)
        case .unmapMappingRange: Self.unmapMappingRangeListing(v)
        case .truncateInodePagesRange: Self.truncateInodePagesRangeListing(v)
        case .truncateInodePagesFinal: Self.truncateInodePagesFinalListing(v)
        case .truncateInodePage: Self.truncateInodePageListing(v)
        case .clearExceptionalEntry: Self.clearExceptionalEntryListing(v)
        case .truncatePagecache: Self.truncatePagecacheListing(v)
        case .truncatePagecacheRange: Self.truncatePagecacheRangeListing(v)
        case .invalidateMappingPages: Self.invalidateMappingPagesListing(v)
        case .invalidateInodePages2Range: Self.invalidateInodePages2RangeListing(v)
        case .removeMapping: Self.removeMappingListing(v)
        case .tagPagesForWriteback: Self.tagPagesForWritebackListing(v)
        case .doWritepages: Self.doWritepagesListing(v)
        case .writeCachePages: Self.writeCachePagesListing(v)
        default: fileIOListing(v)
        }
    }

    private func fileIOListing(_ v: KernelVersion) -> Listing {
        switch self {
        case .testSetPageWriteback: Self.testSetPageWritebackListing(v)
        case .testClearPageWriteback: Self.testClearPageWritebackListing(v)
        case .filemapFdatawaitRange: Self.filemapFdatawaitRangeListing(v)
        case .scanShadowNodes: Self.scanShadowNodesListing(v)
        case .shadowLRUIsolate: Self.shadowLRUIsolateListing(v)
        case .genericFileReadIter: Self.genericFileReadIterListing(v)
        case .doGenericFileRead: Self.doGenericFileReadListing(v)
        case .genericFileWriteIter: Self.fileWriteIterListing(v, .ext2)
        case .ext4FileWriteIter: Self.fileWriteIterListing(v, .ext4)
        case .genericFileDirectWrite: Self.genericFileDirectWriteListing(v)
        case .genericPerformWrite: Self.performWriteListing(v)
        case .blockWriteBegin: Self.blockWriteBeginListing(v)
        case .genericWriteEnd: Self.genericWriteEndListing(v)
        case .setPageDirty: Self.setPageDirtyListing(v)
        case .blockTruncatePage: Self.blockTruncatePageListing(v)
        case .blockPageMkwrite: Self.blockPageMkwriteListing(v)
        case .daxZeroPageRange: Self.daxZeroPageRangeListing(v)
        case .ext4BlockZeroPageRange: Self.ext4BlockZeroPageRangeListing(v)
        case .ext4ZeroThroughPage: Self.ext4ZeroThroughPageListing(v)
        case .xfsFileReadIter: Self.xfsFileReadIterListing(v)
        case .xfsFileDioAioWrite: Self.xfsFileDioAioWriteListing(v)
        case .xfsFileBufferedAioWrite: Self.xfsFileBufferedAioWriteListing(v)
        case .xfsZeroEOF: Self.xfsZeroEOFListing(v)
        case .filemapPageMkwrite: Self.filemapPageMkwriteListing(v)
        case .pageCacheSyncReadahead: Self.pageCacheSyncReadaheadListing(v)
        case .pageCacheAsyncReadahead: Self.pageCacheAsyncReadaheadListing(v)
        case .forcePageCacheReadahead: Self.forcePageCacheReadaheadListing(v)
        case .ondemandReadahead: Self.ondemandReadaheadListing(v)
        case .doPageCacheReadahead: Self.doPageCacheReadaheadListing(v)
        case .xfsIozero: Self.xfsIozeroListing(v)
        case .xfsClusterWrite: Self.xfsClusterWriteListing(v)
        default: fileSystemListing(v)
        }
    }

    private func fileSystemListing(_ v: KernelVersion) -> Listing {
        switch self {
        case .daxFault: Self.daxFaultListing(v)
        case .daxLoadHole: Self.daxLoadHoleListing(v)
        case .daxInsertMapping: Self.daxInsertMappingListing(v)
        case .daxPMDFault: Self.daxPMDFaultListing(v)
        case .daxRadixEntry: Self.daxRadixEntryListing(v)
        case .daxPFNMkwrite: Self.daxPFNMkwriteListing(v)
        case .daxWritebackMappingRange: Self.daxWritebackMappingRangeListing(v)
        case .daxWritebackOne: Self.daxWritebackOneListing(v)
        case .daxDoIO: Self.daxDoIOListing(v)
        case .blockdevDirectIO: Self.blockdevDirectIOListing(v)
        case .ext2Fault: Self.faultListing(v, .ext2)
        case .ext4Fault: Self.faultListing(v, .ext4)
        case .xfsFault: Self.faultListing(v, .xfs)
        case .ext2PMDFault: Self.pmdFaultListing(v, .ext2)
        case .ext4PMDFault: Self.pmdFaultListing(v, .ext4)
        case .xfsPMDFault: Self.pmdFaultListing(v, .xfs)
        case .ext2PFNMkwrite: Self.pfnMkwriteListing(v, .ext2)
        case .ext4PFNMkwrite: Self.pfnMkwriteListing(v, .ext4)
        case .xfsPFNMkwrite: Self.pfnMkwriteListing(v, .xfs)
        case .ext2GetBlock: Self.getBlockListing(v, .ext2)
        case .ext4GetBlock: Self.getBlockListing(v, .ext4)
        case .xfsGetBlock: Self.getBlockListing(v, .xfs)
        case .ext4PunchHole: Self.ext4PunchHoleListing(v)
        case .xfsFreeFileSpace: Self.xfsFreeFileSpaceListing(v)
        case .ext4ZeroRange: Self.ext4ZeroRangeListing(v)
        case .ext4CollapseRange: Self.ext4CollapseRangeListing(v)
        case .ext4InsertRange: Self.ext4InsertRangeListing(v)
        case .xfsZeroFileSpace: Self.xfsZeroFileSpaceListing(v)
        case .xfsCollapseFileSpace: Self.xfsCollapseFileSpaceListing(v)
        case .xfsShiftFileSpace: Self.xfsShiftFileSpaceListing(v)
        case .ext2SetSize: Self.ext2SetSizeListing(v)
        case .ext4SetSize: Self.ext4SetSizeListing(v)
        case .xfsSetSize: Self.xfsSetSizeListing(v)
        case .ext2EvictInode: Self.evictInodeListing(v, .ext2)
        case .ext4EvictInode: Self.evictInodeListing(v, .ext4)
        case .xfsEvictInode: Self.evictInodeListing(v, .xfs)
        case .evict: Self.evictListing(v)
        case .clearInode: Self.clearInodeListing(v)
        case .vfsFsyncRange: Self.vfsFsyncRangeListing(v)
        case .syncInode: Self.syncInodeListing(v)
        default: shmemListing(v)
        }
    }

    private func shmemListing(_ v: KernelVersion) -> Listing {
        switch self {
        case .pageout: Self.pageoutListing(v)
        case .shmemWritepage: Self.shmemWritepageListing(v)
        case .shmemRadixTreeReplace: Self.shmemRadixTreeReplaceListing(v)
        case .shmemDeleteFromPageCache: Self.shmemDeleteFromPageCacheListing(v)
        case .shmemAddToPageCache: Self.shmemAddToPageCacheListing(v)
        case .shmemFreeSwap: Self.shmemFreeSwapListing(v)
        case .shmemGetpage: Self.shmemGetpageListing(v)
        case .shmemUndoRange: Self.shmemUndoRangeListing(v)
        case .shmemFileReadIter: Self.shmemFileReadIterListing(v)
        case .shmemPerformWrite: Self.performWriteListing(v, isShmem: true)
        case .shmemWriteBegin: Self.shmemWriteBeginListing(v)
        case .shmemWriteEnd: Self.shmemWriteEndListing(v)
        case .shmemSetattr: Self.shmemSetattrListing(v)
        case .shmemEvictInode: Self.shmemEvictInodeListing(v)
        case .shmemClearExceptionalEntry: Self.shmemClearExceptionalEntryListing(v)
        default: preconditionFailure("\(self) has no listing")
        }
    }
}
