// Pages of metadata: fs/buffer.c (__getblk), fs/ext2/inode.c, fs/ext2/balloc.c, fs/ext4/mballoc.c,
// fs/jbd2/journal.c.
//
// A block of metadata is a page of the block device. Whoever asks for it marks it accessed, and one
// that is not there is put in and marked at once: it becomes active in the pagevec. So these pages
// fill the pagevecs that the file's pages wait in, and count as active ones when a page comes back.
//
// Modelled are those that the file's own operations use: bitmaps, ext2's indirect blocks; of ext4
// mballoc's buddies, the inode's block in the table of inodes, and the journal. What making and
// removing a file looks at is not.

import Kernel
import PageCache

extension Machine {
    /// The blocks that one indirect block names.
    private static let blocksPerIndirect: UInt64 = 1024

    /// sb_getblk, sb_bread: `__find_get_block`, and grow_buffers where there is no page.
    private mutating func getBlock(_ role: MetadataPages.Role) {
        metadata.uses += 1
        let isNew = metadata.pages[role] == nil
        if isNew {
            // pagecache_get_page marks a page referenced that it makes for an access.
            metadata.pages[role] = MetadataPages.Page()
            metadata.pages[role]?.flags = .referenced
            addToLRU(role.page)
        }
        metadata.pages[role]?.lastUse = metadata.uses
        markAccessed(role.page)
    }

    // MARK: - ext2

    /// ext2_get_branch and ext2_alloc_branch: the way to block `index`. What is missing of it is
    /// allocated with the block.
    ///
    /// - Parameter allocates: the block itself is a hole and is allocated now.
    mutating func walkBranch(to index: UInt64, allocates: Bool) {
        guard inode.fileSystem == .ext2 else { return }
        let way = branch(to: index)
        let known = way.firstIndex { !hasBlocks($0.range) } ?? way.count
        for part in way[..<known] { getBlock(part.role) }
        guard allocates else { return }
        getBlock(.blockBitmap)
        for part in way[known...] { getBlock(part.role) }
    }

    /// ext2_block_to_path: the indirect blocks from the inode to the block, and which blocks of the
    /// file each stands over.
    private func branch(
        to index: UInt64
    ) -> [(role: MetadataPages.Role, range: Range<UInt64>)] {
        guard index >= 12 else { return [] }
        let size = Self.blocksPerIndirect
        let chunk = (index - 12) / size
        let first = 12 + chunk * size
        let leaf = (MetadataPages.Role.indirect(chunk), first..<first + size)
        if chunk == 0 { return [leaf] }
        let double = 12 + size..<12 + size + size * size
        if chunk <= size { return [(.doubleIndirect, double), leaf] }
        let number = (chunk - 1 - size) / size
        let below = double.upperBound + number * size * size
        return [
            (.tripleIndirect, double.upperBound..<1 << 52),
            (.belowTriple(number), below..<below + size * size), leaf,
        ]
    }

    private func hasBlocks(_ range: Range<UInt64>) -> Bool {
        let found = blocks.lookup(range.lowerBound)
        return found.state != .hole || found.length < UInt64(range.count)
    }

    /// What FIEMAP does on ext2, as the recordings ask it: get_block for each run of blocks, and
    /// for each block of a hole; then again behind the last run.
    public mutating func askForBlocks() {
        guard inode.fileSystem == .ext2 else { return }
        let end = Geometry.pages(inode.size)
        let last = min(blocks.runs.last?.end ?? 0, end)
        for start in last == 0 ? [0] : [0, last] {
            var index = start
            repeat {
                let found = blocks.lookup(index)
                walkBranch(to: index, allocates: false)
                // Nothing is read where no indirect block stands.
                let way = branch(to: index)
                if let part = way.first(where: { !hasBlocks($0.range) }) {
                    index = part.range.upperBound
                } else {
                    let next = found.state == .hole ? index + 1 : index + found.length
                    index = min(next, way.last?.range.upperBound ?? 12)
                }
            } while index < end
        }
    }

    /// ext2_truncate: each branch that loses blocks is read, and the bitmap for its blocks, which
    /// lie one behind the other, and again for an indirect block that stands over none any more.
    mutating func freeBranches(from first: UInt64, count: UInt64) {
        guard inode.fileSystem == .ext2 else { return }
        let end = min(first &+ count, blocks.runs.last?.end ?? 0)
        var block = first
        while block < end {
            let way = branch(to: block)
            let boundary = min(way.last?.range.upperBound ?? 12, end)
            if hasBlocks(block..<boundary) {
                for part in way { getBlock(part.role) }
                getBlock(.blockBitmap)
                if let part = way.last, part.range.lowerBound >= first { getBlock(.blockBitmap) }
                block = boundary
            } else {
                block += max(blocks.lookup(block).length, 1)
            }
        }
    }

    // MARK: - ext4

    /// ext4_mark_inode_dirty, which asks for the inode's block: for new times or a new size, once
    /// for the count of blocks and once for the extents when blocks come or go.
    mutating func dirtyInode(times: Int = 1) {
        guard inode.fileSystem == .ext4 else { return }
        metadata.isUncommitted = true
        for _ in 0..<times { getBlock(.inodeTable) }
    }

    /// ext4_mb_new_blocks, and the extent that is inserted. The first time the allocator finds room
    /// in the second group. A request for a file of more than 16 blocks begins with the first group
    /// of its flex group, which is made known and not used for data.
    mutating func useAllocator(upTo end: UInt64) {
        guard inode.fileSystem == .ext4 else { return }
        dirtyInode()
        let isLarge = max(end, Geometry.pages(inode.size)) > 16
        if isLarge, !metadata.hasTriedFirstGroup {
            metadata.hasTriedFirstGroup = true
            addBuddies(MetadataPages.Role.firstGroupBuddies)
            getBlock(.firstGroupBitmap)
        }
        if !metadata.hasAllocated { addBuddies(MetadataPages.Role.buddies) }
        getBlock(.blockBitmap)
        if !metadata.hasAllocated {
            // Made known first, and then loaded.
            for role in MetadataPages.Role.buddies { markAccessed(role.page) }
        }
        metadata.hasAllocated = true
        dirtyInode()
    }

    /// ext4_free_blocks for one extent, and the extent that is changed.
    mutating func releaseToAllocator() {
        guard inode.fileSystem == .ext4 else { return }
        dirtyInode()
        getBlock(.blockBitmap)
        // ext4_mb_load_buddy
        if metadata.pages[MetadataPages.Role.buddies[0]] == nil {
            addBuddies(MetadataPages.Role.buddies)
            getBlock(.blockBitmap)
        } else {
            for role in MetadataPages.Role.buddies { markAccessed(role.page) }
        }
        dirtyInode()
    }

    /// jbd2_journal_commit_transaction: a descriptor block and a commit block.
    mutating func commitJournal() {
        guard inode.fileSystem == .ext4, metadata.isUncommitted else { return }
        metadata.isUncommitted = false
        for _ in 0..<2 {
            metadata.journalBlocks += 1
            getBlock(.journal(metadata.journalBlocks))
        }
    }

    /// ext4_mb_init_group: find_or_create_page.
    private mutating func addBuddies(_ roles: [MetadataPages.Role]) {
        for role in roles where metadata.pages[role] == nil {
            metadata.pages[role] = MetadataPages.Page()
            metadata.pages[role]?.flags = .referenced
            addToLRU(role.page)
        }
    }

    // MARK: - Both

    /// drop_pagecache_sb for the block device: a page whose buffer the CPU still has at hand
    /// (bh_lru_install, 16 of them) is busy and goes to the cold end, any other is freed. What ext2
    /// has changed is dirty and stays too.
    mutating func dropMetadata() {
        let pages = metadata.pages
        guard !pages.isEmpty else { return }
        let kept = MetadataPages.Role.mount(MetadataPages.mountedByExt4 - 1)
        let buffers = pages.filter { $0.key.isBuffer && $0.key != kept }
            .sorted { ($1.value.lastUse, $0.key) < ($0.value.lastUse, $1.key) }
        let busy = inode.fileSystem == .ext2 ? buffers.count : 16
        let staying = Set(buffers.prefix(busy).map(\.key))
        // One that waits in a pagevec for its list stays as it is.
        for (role, page) in pages where role != kept && page.flags.contains(.lru) {
            pageLists.activate.removeAll { $0 == role.page }
            takeOffLRU(role.page)
            if staying.contains(role) {
                metadata[role.page] = .lru
                statistics.nrInactiveFile += 1
            } else {
                metadata.pages.remove(role)
            }
        }
    }
}
