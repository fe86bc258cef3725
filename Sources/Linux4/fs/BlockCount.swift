// What stat(2) says of the room that a file takes up: its blocks, those that are only promised, and
// what the file system needs to find them again.

import Kernel
import PageCache

extension FileSystem {
    /// `s_maxbytes`: the largest size of a file in bytes, with 4 KiB blocks. ext4 counts blocks
    /// with 32 bits, ext2 has three levels of indirect blocks, XFS and tmpfs go as far as an
    /// offset does.
    public var largestSize: UInt64 {
        switch self {
        case .ext2: 2_194_719_883_264
        case .ext4: 17_592_186_040_320
        case .xfs, .tmpfs: .max >> 1
        }
    }
}

extension Machine {
    /// `st_blocks`, units of 512 bytes.
    public var blockCount: UInt64 {
        let data =
            blocks.runs.reduce(0) { $0 + $1.count } + UInt64(inode.reservedBeside.count)
        let metadata: UInt64 =
            switch inode.fileSystem {
            case .ext2: indirectBlocks
            case .ext4: inode.extents.blockCount
            case .xfs: leaves(inInode: 9, perBlock: 254)
            case .tmpfs: 0
            }
        return (data + metadata) * Geometry.sectorsPerPage
    }

    /// Blocks of extents, where the inode has no room for all of them.
    private func leaves(inInode: Int, perBlock: Int) -> UInt64 {
        let extents = blocks.runs.count(where: \.isAllocated)
        return extents > inInode ? UInt64((extents + perBlock - 1) / perBlock) : 0
    }

    /// ext2's indirect blocks: 12 blocks are named by the inode itself, each indirect block names
    /// 1024 (fs/ext2/inode.c, ext2_block_to_path).
    private var indirectBlocks: UInt64 {
        var chunks: Set<UInt64> = []
        for run in blocks.runs where run.end > 12 {
            chunks.formUnion((max(run.first, 12) - 12) / 1024...(run.end - 1 - 12) / 1024)
        }
        // Chunk 0 is the indirect block, 1 ... 1024 stand under the double one, the rest under the
        // triple one with a double one for each 1024.
        let double = chunks.contains { $0 >= 1 && $0 <= 1024 } ? 1 : 0
        let triples = Set(chunks.filter { $0 > 1024 }.map { ($0 - 1025) / 1024 }).count
        return UInt64(chunks.count + double + triples + (triples > 0 ? 1 : 0))
    }
}
