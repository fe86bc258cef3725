// ext4_alloc_file_blocks, xfs_alloc_file_space: blocks for a range of the file before anybody
// writes to it, and what happens where the file system has no room for them.
//
// XFS reserves all that is left of the range, at most one extent's length, before it takes any;
// ext4 takes less and less until nothing is left.

import PageCache

extension Machine {
    /// MAXEXTLEN.
    private static let longestOfXFS: UInt64 = 1 << 21 - 1

    /// Blocks that the file system has room for, beside those that the file has.
    private var roomLeft: UInt64 {
        guard room < .max else { return .max }
        let used = blockCount / Geometry.sectorsPerPage
        return room - min(room, used)
    }

    /// Preallocates the blocks of locals.start ..< locals.end; locals.error: no room.
    ///
    /// - Returns: how far it came, in bytes: locals.end, or the end of the last block.
    mutating func preallocateRange(again: Bool = false) -> UInt64 {
        let (first, end) = (locals.start / Geometry.pageSize, Geometry.pages(locals.end))
        let reached = preallocate(from: first, to: end, again: again)
        if reached < end { locals.error = Errno.enospc }
        return min(reached * Geometry.pageSize, locals.end)
    }

    /// - Parameter again: the operation has just freed the blocks that were there.
    /// - Returns: how far it came: `end`, or the first block that there was no room for.
    mutating func preallocate(
        from start: UInt64, to end: UInt64, again: Bool = false
    ) -> UInt64 {
        inode.isPreallocated = true
        var block = start
        while block < end {
            if inode.fileSystem == .xfs, min(end - block, Self.longestOfXFS) > roomLeft {
                return block
            }
            let found = blocks.lookup(block)
            var length = min(found.length, end - block)
            let isDelayed = found.state == .delalloc && inode.fileSystem == .ext4
            if found.state == .hole || isDelayed {
                if inode.fileSystem == .ext4 {
                    length = min(length, ExtentTree.longest(isUnwritten: true))
                }
                // ext4_claim_free_clusters fails: half of it.
                while length > roomLeft, !isDelayed { length >>= 1 }
                if length == 0 { return block }
                let place = self.place(from: block, count: length, again: again, isExact: true)
                useAllocator(upTo: block + place.count)
                length = place.count
                if isDelayed { inode.reservedBeside += Array(block..<block + length) }
                blocks.set(
                    first: block, count: length, state: .unwritten, physical: place.physical)
                insertExtent(
                    first: block, count: length, physical: place.physical, isUnwritten: true)
            } else if found.state == .delalloc, inode.fileSystem == .xfs {
                // xfs_bmapi_write allocates all of what is delayed, and not as unwritten.
                allocateDelayed(around: block)
            }
            block += length
        }
        return end
    }
}
