// fs/dax.c: dax_do_io, dax_zero_page_range: read(2), write(2) and zeroing without the page cache.
//
// write(2) data bypasses the CPU cache and is durable when the call returns; no entry in the tree
// tells of it. i_dio_count keeps truncation away meanwhile.

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes; isWrite, with locals.value; isSync: DIO_LOCKING. Returns
    /// the length.
    static let daxDoIO = Function("dax_do_io", "fs/dax.c") { l in
        let begin = l.label()
        l.add("Q1", (221, 272), "a read with DIO_LOCKING? take i_mutex") { m in
            m.lockForDirectRead(orElse: begin)
        }
        l.add("Q1", (222, 273), "write the range and wait") { m in m.callFilemapWriteAndWaitRange()
        }
        l.add("Q1", (223, 274), "an error? release the lock, return it") { m in
            m.unlockIfWritebackFailed()
        }
        l.place(begin)
        l.add("Q3", (231, 282), "i_dio_count + 1: truncation waits") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            if !m.locals.isWrite { m.locals.end = min(m.locals.end, m.inode.size) }
            return .next
        }
        addExtents(&l)
        l.add("Q3", (236, 287), "release i_mutex, if taken") { m in
            !m.locals.isWrite && m.locals.isSync ? m.unlock(.inode) : .next
        }
        l.add("Q7", (238, 289), "end_io: unwritten blocks are written now") { m in
            let here = m.locals
            guard here.isWrite else { return .next }
            let first = here.start / Geometry.pageSize
            let changes = m.blocks.changes
            m.convertWritten(first: first, count: Geometry.pages(here.end) - first)
            m.inode.extents.keepsApart = false
            if m.blocks.changes != changes { m.dirtyInode(times: 2) }
            return .next
        }
        l.add("Q3", (242, 293), "i_dio_count − 1; return the length") { m in
            let here = m.locals
            return m.finish(here.start < here.end ? Int(here.end - here.start) : 0)
        }
    }

    /// dax_io.
    private static func addExtents(_ l: inout ListingBuilder) {
        let again = l.label()
        let done = l.label()
        l.place(again)
        l.add("Q4", (135, 179), "ask for the next extent; a write allocates it") { m in
            let here = m.locals
            let end = Geometry.pages(here.end)
            // A read behind the end of the file, in its last page, has nothing to copy.
            guard here.start < here.end, here.index < end else { return .jump(done) }
            m.getBlocksDirect(count: end - m.locals.index)
            return .next
        }
        l.add("Q5", (157, 205), "new or unwritten: zero what the write leaves out") { m in
            let here = m.locals
            guard here.isWrite, here.bh.isUnwritten || here.bh.isNew else { return .next }
            m.zeroWhatIsLeftOut()
            return .next
        }
        l.add("Q6", (168, 216), "copy the data, past the CPU cache; a hole reads as zeroes") { m in
            let here = m.locals
            let count = here.bh.size / Geometry.pageSize
            for i in 0..<count {
                let offsets = (here.start..<here.end).offsets(inPage: here.index + i)
                if here.isWrite {
                    m.memory.storePending(
                        here.value, block: here.bh.block + i, offsets: offsets)
                } else {
                    let bytes = here.bh.isWritten ? m.memory.visible(here.bh.block + i) : .zero
                    m.noteRead(bytes, offsets)
                }
            }
            m.locals.index += count
            return .jump(again)
        }
        l.place(done)
        l.add("Q7", (187, 236), "a write: wmb_pmem, the data is durable") { m in
            if m.locals.isWrite { m.memory.drain() }
            return .next
        }
    }

    /// locals.start, locals.end: bytes of one page.
    static let daxZeroPageRange = Function("dax_zero_page_range", "fs/dax.c") { l in
        l.add("O6", (745, 1107), "block boundary? nothing to do") { m in
            m.locals.start >= m.locals.end ? m.finish() : .next
        }
        l.add("O6", (751, 1114), "ask for the block, allocating nothing") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            m.getBlocksDirect(count: 1)
            return .next
        }
        l.add("O6", (754, 1117), "written? zero the bytes, durably; no entry is made") { m in
            let here = m.locals
            if here.bh.isWritten {
                let offsets = (here.start..<here.end).offsets(inPage: here.index)
                m.memory.storePending(0, block: here.bh.block, offsets: offsets)
                m.memory.drain()
            }
            return .next
        }
        l.add("", (763, 1131), "return") { m in m.finish() }
    }
}

// What dax_do_io and do_blockdev_direct_IO have in common.
extension Machine {
    /// i_mutex, which only a read with DIO_LOCKING takes: a writer has it.
    mutating func lockForDirectRead(orElse begin: Label) -> Next {
        locals.isWrite || !locals.isSync ? .jump(begin) : lock(.inode)
    }

    mutating func unlockIfWritebackFailed() -> Next {
        let error = returned
        guard error != 0 else { return .next }
        _ = unlock(.inode)
        return finish(error)
    }

    /// Of the blocks in locals.bh, the first and the last, of which the write may cover a part.
    mutating func zeroWhatIsLeftOut() {
        let here = locals
        let count = here.bh.size / Geometry.pageSize
        for page in Set([here.index, here.index + count - 1]) {
            let block = here.bh.block + (page - here.index)
            let written = (here.start..<here.end).offsets(inPage: page)
            memory.storePending(0, block: block, offsets: 0..<written.lowerBound)
            memory.storePending(
                0, block: block, offsets: written.upperBound..<PageBytes.size)
        }
    }
}

extension Machine {
    /// The get_block functions that dax_io is given (ext4_get_block_write, xfs_get_blocks_direct,
    /// ext2_get_block): what they allocate is unwritten until end_io. From locals.index on, at most
    /// `count` blocks, into locals.bh.
    fileprivate mutating func getBlocksDirect(count: UInt64) {
        var bh = BufferHead()
        var found = blocks.lookup(locals.index)
        if found.state == .hole, locals.isWrite {
            let place = self.place(from: locals.index, count: min(found.length, count))
            walkBranch(to: locals.index, allocates: true)
            useAllocator(upTo: locals.index + place.count)
            blocks.set(
                first: locals.index, count: place.count, state: .unwritten,
                physical: place.physical)
            // Behind the end of the file ext4 has no end_io: the blocks are written at once.
            let isGrowing = locals.end > inode.size
            insertExtent(
                first: locals.index, count: place.count, physical: place.physical,
                isUnwritten: !isGrowing, ready: !isGrowing)
            found = blocks.lookup(locals.index)
            bh.state.insert(.new)
        }
        bh.block = found.physical
        bh.size = min(found.length, count) * Geometry.pageSize
        switch found.state {
        // Its length is not trusted (buffer_size_valid).
        case .hole, .delalloc: bh.size = Geometry.pageSize
        case .unwritten:
            bh.state.formUnion([.mapped, .unwritten])
            if locals.isWrite {
                prepareExtent(first: locals.index, count: min(found.length, count))
            }
        case .written: bh.state.insert(.mapped)
        }
        locals.bh = bh
    }
}

extension Function {
    static let ofDAXIO: [Function] = [.daxDoIO, .daxZeroPageRange]
}
