// mm/page-writeback.c: test_set_page_writeback, test_clear_page_writeback; mm/filemap.c:
// filemap_fdatawait_range: the tags of a page that is being written.
//
// WRITEBACK takes the place of DIRTY and TOWRITE in one tree_lock section, and goes when the device
// is done. The model's device is done when somebody waits for it.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.page, locked; keep_write is false.
    static let testSetPageWriteback = Function("test_set_page_writeback", "mm/page-writeback.c") {
        l in
        l.add("M8", (2763, 2773), "take tree_lock") { m in m.lock(.tree) }
        l.add("M8", (2766, 2776), "set the page's flag; tag its slot WRITEBACK") { m in
            let page = m.locals.page!
            m[page].flags.insert(.writeback)
            return m.callTag(.radixTreeTagSet, page, .writeback)
        }
        l.add("M8", (2772, 2782), "is the page clean? clear the tag DIRTY") { m in
            let page = m.locals.page!
            guard !m[page].flags.contains(.dirty) else { return .next }
            return m.callTag(.radixTreeTagClear, page, .dirty)
        }
        l.add("M8", (2777, 2787), "clear the tag TOWRITE") { m in
            m.callTag(.radixTreeTagClear, m.locals.page!, .towrite)
        }
        l.add("M8", (2780, 2790), "release tree_lock") { m in m.unlock(.tree) }
        l.add("", (2789, 2799), "return") { m in m.finish() }
    }

    static let testClearPageWriteback = Function("test_clear_page_writeback", "mm/page-writeback.c")
    { l in
        l.add(
            "M10", (nil, nil), "end_page_writeback: does reclaim want it? to the cold end"
        ) {
            m in
            let page = m.locals.page!
            if m[page].flags.remove(.reclaim) != nil, !m.isFollowed(page) { m.rotate(page) }
            return .next
        }
        l.add("M10", (2725, 2735), "take tree_lock") { m in m.lock(.tree) }
        l.add("M10", (2728, 2738), "clear the page's flag and the tag WRITEBACK") { m in
            let page = m.locals.page!
            m[page].flags.remove(.writeback)
            return m.callTag(.radixTreeTagClear, page, .writeback)
        }
        l.add("M10", (2738, 2748), "release tree_lock; wake who waits") { m in
            _ = m.unlock(.tree)
            return m.finish()
        }
    }

    /// locals.start, locals.end: bytes, the end inclusive.
    static let filemapFdatawaitRange = Function("filemap_fdatawait_range", "mm/filemap.c") { l in
        let errors = l.label()
        let again = l.label()
        l.add("L19", (337, 361), "begin at the first page") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            return .next
        }
        l.place(again)
        l.add("L19", (348, 372), "the next page tagged WRITEBACK; none? on to the errors") { m in
            let next = m.mapping.radixTree.next(
                atOrAfter: PageIndex(m.locals.index), tagged: .writeback)
            guard let next, next.index.rawValue <= m.locals.end / Geometry.pageSize,
                let page = next.entry.page
            else { return .jump(errors) }
            m.locals.page = page
            m.locals.index = next.index.rawValue + 1
            return .next
        }
        l.add("L19", (360, 384), "wait: the device ends its writeback") { m in
            m.callEndWriteback(m.locals.page!)
        }
        l.add("L19", (365, 389), "did its write fail? clear the mark: it is told once") {
            m in
            if let page = m.locals.page, m[page].flags.remove(.error) != nil {
                m.locals.error = Errno.eio
            }
            return .jump(again)
        }
        l.place(errors)
        l.add("L19", (262, 286), "AS_EIO? clear it: only who asks first is told") {
            m in
            let error = m.takeIOError()
            return m.finish(m.locals.error != 0 ? m.locals.error : error)
        }
    }
}

extension Machine {
    /// wait_on_page_writeback: nothing to do unless the page is under writeback.
    mutating func callEndWriteback(_ page: PageID) -> Next {
        guard self[page].flags.contains(.writeback) else { return .next }
        return call(.testClearPageWriteback) { $0.page = page }
    }

    /// filemap_check_errors: AS_EIO is told once.
    mutating func takeIOError() -> Int {
        guard mapping.hasIOError else { return 0 }
        mapping.hasIOError = false
        return Errno.eio
    }

    /// Another extent was written behind the one that the page is in: the batches of its pages have
    /// emptied the pagevecs meanwhile.
    fileprivate func isFollowed(_ page: PageID) -> Bool {
        let index = self[page].index
        let end = index + blocks.lookup(index).length
        return mapping.radixTree.next(atOrAfter: PageIndex(end), tagged: .writeback) != nil
    }

    mutating func callFdatawait(_ start: UInt64, _ end: UInt64) -> Next {
        call(.filemapFdatawaitRange) {
            $0.start = start
            $0.end = end
        }
    }

    fileprivate mutating func callTag(
        _ function: Function, _ page: PageID, _ tag: RadixTree.Tag
    ) -> Next {
        let index = self[page].index
        return call(function) {
            $0.index = index
            $0.tag = tag
        }
    }
}

extension Function {
    static let ofWritebackTags: [Function] = [
        .testSetPageWriteback, .testClearPageWriteback, .filemapFdatawaitRange,
    ]
}
