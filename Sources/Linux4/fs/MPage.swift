// fs/mpage.c: do_mpage_readpage, the readpage of ext2 and XFS; fs/ext4/readpage.c does the same.
//
// A page without buffers is read by its block and gets none. What has no block, or one that was
// never written, is filled with zeroes. A page that has buffers goes to block_read_full_page, which
// asks for the block through the buffer.

import Kernel
import PageCache

extension Machine {
    /// readpage of a locked page: fills it, and marks it up to date unless the device fails.
    mutating func readPage(_ page: PageID) {
        self[page].flags.remove(.error)
        let index = self[page].index
        if self[page].flags.contains(.hasBuffers) { return readThroughBuffer(page) }
        let block = blocks.lookup(index)
        walkBranch(to: index, allocates: false)
        // Behind the end of the file mpage looks for no block.
        let isMapped = block.state == .written && !isBeyondEnd(index)
        if isMapped, deviceFails() {
            self[page].flags.insert(.error)
            return
        }
        self[page].bytes = isMapped ? memory.visible(block.physical) : .zero
        self[page].flags.insert(.uptodate)
        if isMapped { self[page].flags.insert(.mappedToDisk) }
    }

    /// block_read_full_page (fs/buffer.c).
    private mutating func readThroughBuffer(_ page: PageID) {
        guard !self[page].buffer.contains(.uptodate) else {
            self[page].flags.formUnion([.uptodate, .mappedToDisk])
            return
        }
        let block = blocks.lookup(self[page].index)
        if block.state == .written, !isBeyondEnd(self[page].index) {
            self[page].buffer.insert(.mapped)
        }
        if self[page].buffer.contains(.mapped) {
            self[page].flags.insert(.mappedToDisk)
            readBuffer(page)
        } else {
            self[page].bytes = .zero
            self[page].buffer.insert(.uptodate)
        }
        self[page].flags.insert(self[page].buffer.contains(.uptodate) ? .uptodate : .error)
    }

    /// Reads the block of a page's buffer (submit_bh, or ll_rw_block).
    mutating func readBuffer(_ page: PageID) {
        self[page].buffer.insert(.req)
        guard !deviceFails() else { return }
        let block = blocks.lookup(self[page].index)
        self[page].bytes = block.isAllocated ? memory.visible(block.physical) : .zero
        self[page].buffer.insert(.uptodate)
    }

    /// Counts an I/O of the operation under way; true when it was told to fail.
    mutating func deviceFails() -> Bool { tasks[current].transfers.next() }
}
