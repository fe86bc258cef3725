// fs/direct-io.c: read(2) and write(2) of a file opened with O_DIRECT.
//
// The data goes between the device and the caller's memory; the page cache is not looked at. Its
// callers have written it out before, and a writer has invalidated it (mm/FilemapIO.swift,
// fs/XFSFile.swift). What get_block does about a hole is the file system's: ext4 and XFS allocate
// unwritten blocks and convert them when the device is done. ext2, and ext4 where the write ends
// behind the end of the file, fill no hole in front of that end, and the rest of that write goes
// through the cache; behind the end their blocks are written ones at once.

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes; isWrite, with locals.value; isSync: DIO_LOCKING. Returns
    /// the length, or an error.
    static let blockdevDirectIO = Function("do_blockdev_direct_IO", "fs/direct-io.c") { l in
        let begin = l.label()
        l.add("", (1130, 1130), "not by whole sectors of 512 bytes? -EINVAL") { m in
            m.isInSectors ? .next : m.finish(Errno.einval)
        }
        l.add("", (1160, 1160), "a read with DIO_LOCKING? take i_mutex") { m in
            m.lockForDirectRead(orElse: begin)
        }
        l.add("", (1162, 1162), "write the range and wait") { m in m.callFilemapWriteAndWaitRange()
        }
        l.add("", (1164, 1164), "an error? release i_mutex, return it") { m in
            m.unlockIfWritebackFailed()
        }
        l.place(begin)
        l.add("", (1174, 1174), "a read at or behind the end of the file? return 0") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            guard !m.locals.isWrite else { return .next }
            m.locals.end = min(m.locals.end, m.inode.size)
            guard m.locals.start >= m.locals.end else { return .next }
            if m.locals.isSync { _ = m.unlock(.inode) }
            return m.finish()
        }
        l.add("", (1221, 1221), "i_dio_count + 1: truncation waits") { _ in .next }
        addExtents(&l)
        l.add("", (1298, 1298), "all blocks looked up: a read releases i_mutex, if taken") { m in
            !m.locals.isWrite && m.locals.isSync ? m.unlock(.inode) : .next
        }
        l.add("", (1312, 1312), "wait for the device; unwritten blocks are written now") { m in
            m.endDirectIO()
            return .next
        }
        l.add("", (1320, 1320), "i_dio_count − 1; return the length, or an error") { m in
            let here = m.locals
            return m.finish(here.error != 0 ? here.error : Int(m.directEnd - here.start))
        }
    }

    /// do_direct_IO.
    private static func addExtents(_ l: inout ListingBuilder) {
        let again = l.label()
        let found = l.label()
        let done = l.label()
        l.place(again)
        l.add("", (942, 942), "get_block: the next extent; may a write allocate it?") { m in
            guard m.locals.index < Geometry.pages(m.locals.end) else { return .jump(done) }
            m.getBlocksForDirectIO()
            return .next
        }
        l.add("", (980, 980), "no block? a write ends here: -ENOTBLK; a read gets zeroes") { m in
            let here = m.locals
            guard !here.bh.isMapped else { return .jump(found) }
            guard !here.isWrite else { return .jump(done) }
            for page in here.index..<(here.index + here.bh.size / Geometry.pageSize) {
                m.noteRead(.zero, (here.start..<here.end).offsets(inPage: page))
            }
            m.locals.index += here.bh.size / Geometry.pageSize
            return .jump(again)
        }
        l.place(found)
        l.add("", (1014, 1014), "a new block, written in part? zero the rest of it") { m in
            let here = m.locals
            guard here.isWrite, here.bh.isNew else { return .next }
            m.zeroWhatIsLeftOut()
            return .next
        }
        l.add("", (1032, 1032), "submit the data: no page of the cache is touched") { m in
            m.transferDirectly()
            return .jump(again)
        }
        l.place(done)
    }
}

extension Machine {
    /// IOCB_DIRECT (io_is_direct): the file was opened with O_DIRECT, or is accessed with DAX.
    var isDirect: Bool { inode.isDAX || tasks[current].isDirect }

    /// Offset and length are multiples of the device's logical sector.
    var isInSectors: Bool { (locals.start | locals.end) % 512 == 0 }

    /// Offset and length are multiples of the file system's block.
    var isInBlocks: Bool { (locals.start | locals.end) % Geometry.pageSize == 0 }

    /// Where the transfer has come to, in bytes of the file.
    fileprivate var directEnd: UInt64 {
        max(locals.start, min(locals.end, locals.index * Geometry.pageSize))
    }

    /// get_more_blocks: from locals.index on, into locals.bh.
    fileprivate mutating func getBlocksForDirectIO() {
        let count = Geometry.pages(locals.end) - locals.index
        var bh = BufferHead()
        if locals.isWrite, allocateForDirectIO(count) { bh.state.insert(.new) }
        let found = blocks.lookup(locals.index)
        bh.size = min(found.length, count) * Geometry.pageSize
        bh.block = found.physical
        // Who does not mean to write it is not told of an unwritten block.
        if found.state == .written || found.state == .unwritten && bh.isNew {
            bh.state.insert(.mapped)
        }
        locals.bh = bh
    }

    /// get_block with create: ext2_get_block, ext4_get_block_write, xfs_get_blocks_direct.
    ///
    /// - Returns: whether the blocks are new to the data.
    private mutating func allocateForDirectIO(_ count: UInt64) -> Bool {
        let index = locals.index
        let found = blocks.lookup(index)
        let range = index..<(index + min(found.length, count))
        let isGrowing = locals.end > inode.size
        switch (found.state, inode.fileSystem) {
        // It asks by the block, wherever in it the write begins.
        case (.written, .xfs): return index * Geometry.pageSize >= inode.size
        case (.written, _), (_, .tmpfs): return false
        case (_, let fileSystem)
        where fileSystem == .ext2 || fileSystem == .ext4 && isGrowing:
            // DIO_SKIP_HOLES: a hole in front of the end of the file is left to the cache, and so
            // is an unwritten block.
            let unit: UInt64 = isInBlocks ? Geometry.pageSize : 512
            guard directEnd / unit >= inode.size / unit else { return false }
            if found.state == .unwritten {
                convertExtent(first: index, count: UInt64(range.count))
            } else {
                allocateWritten(range)
            }
        case (.unwritten, _): prepareExtent(first: index, count: UInt64(range.count))
        default:
            let place = self.place(from: index, count: UInt64(range.count))
            blocks.set(
                first: index, count: place.count, state: .unwritten, physical: place.physical)
            insertExtent(
                first: index, count: place.count, physical: place.physical, isUnwritten: true,
                ready: true)
        }
        return true
    }

    /// The extent in locals.bh, block by block. The device counts an I/O for each.
    fileprivate mutating func transferDirectly() {
        let here = locals
        let count = here.bh.size / Geometry.pageSize
        for i in 0..<count {
            let offsets = (here.start..<here.end).offsets(inPage: here.index + i)
            guard !deviceFails() else {
                locals.error = Errno.eio
                continue
            }
            if here.isWrite {
                memory.storePending(here.value, block: here.bh.block + i, offsets: offsets)
            } else {
                noteRead(memory.visible(here.bh.block + i), offsets)
            }
        }
        locals.index += count
    }

    /// dio_complete. pmem has each write on the media when it ends it. XFS's end_io is not told of
    /// an error and converts all the same; ext4 converts after success only.
    fileprivate mutating func endDirectIO() {
        guard locals.isWrite else { return }
        memory.drain()
        guard locals.error == 0 || inode.fileSystem == .xfs else {
            // ext2_write_failed, ext4_truncate_failed_write: what was allocated behind the end
            // goes again.
            let end = Geometry.pages(inode.size)
            if locals.end > inode.size { freeBlocks(first: end, count: (1 << 52) - end) }
            return
        }
        guard directEnd > locals.start else { return }
        let first = locals.start / Geometry.pageSize
        convertWritten(first: first, count: Geometry.pages(directEnd) - first)
        inode.extents.keepsApart = false
        guard inode.fileSystem == .xfs else { return }
        extendFile(to: directEnd)
        inode.diskSize = max(inode.diskSize, directEnd)
    }
}

extension Function {
    static let ofDirectIO: [Function] = [.blockdevDirectIO]
}
