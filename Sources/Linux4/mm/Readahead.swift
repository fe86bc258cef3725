// mm/readahead.c: what is read before it is asked for.
//
// An open file remembers its current window (start, size, async_size). The page at which async_size
// pages of it are left is marked (PG_readahead, the bit of PG_reclaim); who comes to it has the
// next window read, twice or four times as long, up to 32 pages. A read that fits no pattern reads
// what it was asked for. Faults read around the address instead.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.index: the page that is not there; locals.count: pages asked for.
    static let pageCacheSyncReadahead = Function("page_cache_sync_readahead", "mm/readahead.c") {
        l in
        l.add("", (484, 483), "is read-ahead off for this file? return") { m in
            m.file.readAhead.maximum == 0 ? m.finish() : .next
        }
        l.add("", (488, 487), "POSIX_FADV_RANDOM? read what is asked for, and no more") { m in
            guard m.file.isRandom else { return .next }
            return m.callReadahead(.forcePageCacheReadahead)
        }
        l.add("", (494, 493), "else ondemand_readahead; return") { m in
            if m.file.isRandom { return m.finish() }
            return m.callReadahead(.ondemandReadahead)
        }
        l.add("", (nil, nil), "return") { m in m.finish() }
    }

    /// locals.page: marked, at locals.index; locals.count: pages asked for.
    static let pageCacheAsyncReadahead = Function("page_cache_async_readahead", "mm/readahead.c") {
        l in
        l.add("", (526, 525), "off, or is the page under writeback? no mark then: return") {
            m in
            let isMark = !m[m.locals.page!].flags.contains(.writeback)
            return m.file.readAhead.maximum > 0 && isMark ? .next : m.finish()
        }
        l.add("", (529, 528), "take the mark away") { m in
            m[m.locals.page!].flags.remove(.reclaim)
            return .next
        }
        l.add("", (538, 537), "ondemand_readahead: the next window") { m in
            m.callReadahead(.ondemandReadahead, isMarked: true)
        }
        l.add("", (nil, nil), "return") { m in m.finish() }
    }

    /// locals.index, locals.count: pages; no window and no mark. Up to the device's ra_pages.
    static let forcePageCacheReadahead = Function("force_page_cache_readahead", "mm/readahead.c") {
        l in
        l.add("", (216, 215), "no more than the device's read-ahead, 32 pages") { m in
            m.locals.count = min(m.locals.count, Int(ReadAheadState().maximum))
            return .next
        }
        l.add("", (224, 223), "read them") { m in m.callReadahead(.doPageCacheReadahead) }
        l.add("", (nil, nil), "return") { m in m.finish() }
    }

    /// locals.index: offset; locals.count: req_size; isSync: a mark was hit.
    static let ondemandReadahead = Function("ondemand_readahead", "mm/readahead.c") { l in
        let initial = l.label()
        let readit = l.label()
        l.add("", (379, 378), "the beginning of the file? begin a window") { m in
            m.locals.index == 0 ? .jump(initial) : .next
        }
        l.add("", (386, 385), "where the window expects the next access? the next window") { m in
            let window = m.file.readAhead
            let end = window.start &+ window.size
            guard [end &- window.asyncSize, end].contains(m.locals.index) else { return .next }
            m.file.readAhead.start = end
            m.file.readAhead.grow()
            return .jump(readit)
        }
        l.add("", (400, 399), "a mark of another window? go on behind what is in the cache") { m in
            let here = m.locals
            guard here.isSync else { return .next }
            let maximum = m.file.readAhead.maximum
            let hole = m.nextHole(from: here.index + 1, limit: maximum)
            guard hole - here.index <= maximum else { return m.finish() }
            m.file.readAhead.start = hole
            m.file.readAhead.size = hole - here.index + UInt64(here.count)
            m.file.readAhead.grow()
            return .jump(readit)
        }
        l.add("", (421, 420), "a long read, or right behind the last one? begin a window") { m in
            let here = m.locals
            if UInt64(here.count) > m.file.readAhead.maximum { return .jump(initial) }
            let previous = UInt64(bitPattern: m.file.readAhead.previousPosition) >> 12
            return here.index &- previous <= 1 ? .jump(initial) : .next
        }
        l.add("", (437, 436), "pages of a stream before it in the cache? go on with that") { m in
            let here = m.locals
            let maximum = m.file.readAhead.maximum
            let history = m.historyPages(before: here.index, limit: maximum)
            guard history > UInt64(here.count) else { return .next }
            let length = history >= here.index ? history * 2 : history
            m.file.readAhead.start = here.index
            m.file.readAhead.size = min(length + UInt64(here.count), maximum)
            m.file.readAhead.asyncSize = 1
            return .jump(readit)
        }
        l.add("", (444, 443), "a random read: read what is asked for, and keep the window") { m in
            m.callReadahead(.doPageCacheReadahead)
        }
        l.add("", (nil, nil), "return") { m in m.finish() }
        l.place(initial)
        l.add("", (447, 446), "a new window: 4 or 2 times what is asked for") { m in
            let asked = UInt64(m.locals.count)
            m.file.readAhead.begin(at: m.locals.index, asked: asked)
            return .next
        }
        l.place(readit)
        l.add("", (457, 456), "would this read hit its own mark? two windows at once") { m in
            let window = m.file.readAhead
            guard m.locals.index == window.start, window.size == window.asyncSize else {
                return .next
            }
            m.file.readAhead.asyncSize = window.nextSize
            m.file.readAhead.size += m.file.readAhead.asyncSize
            return .next
        }
        l.add("", (462, 461), "ra_submit: read the window") { m in m.callSubmitReadahead() }
        l.add("", (nil, nil), "return") { m in m.finish() }
    }

    /// locals.index, locals.count: pages; locals.offset: lookahead_size. Returns nothing: errors
    /// are left to who asks for the page.
    static let doPageCacheReadahead = Function("__do_page_cache_readahead", "mm/readahead.c") { l in
        let one = l.label()
        let submit = l.label()
        let next = l.label()
        l.add("", (164, 163), "an empty file? return; else up to its last page") { m in
            guard m.inode.size > 0 else { return m.finish() }
            let here = m.locals
            m.openBatch()
            m.locals.start = here.index
            let end = here.index &+ UInt64(max(0, here.count))
            m.locals.end = min(end, Geometry.pages(m.inode.size))
            return .next
        }
        l.place(one)
        l.add("", (179, 178), "the next page: not cached? allocate it; is it the mark?") {
            m in
            let here = m.locals
            guard here.index < here.end else { return .jump(submit) }
            m.locals.index += 1
            let found = m.mapping.radixTree.lookup(PageIndex(here.index))
            if let found, !found.isExceptional { return .jump(one) }
            let page = m.allocatePage()
            m[page].index = here.index
            // Also when lookahead_size is 0: that is the page behind the last.
            if here.index &- here.start == UInt64(here.count - here.offset) {
                m[page].flags.insert(.reclaim)
            }
            m.addToBatch(PageIndex(here.index), .page(page))
            return .jump(one)
        }
        l.place(submit)
        l.add("", (200, 199), "read_pages: begin with the first") { m in
            m.locals.item = 0
            return .next
        }
        l.place(next)
        l.add("B1", (nil, nil), "mpage_readpages: put the next into the tree") { m in
            guard let item = m.nextItem(), let page = item.entry.page else {
                m.openBatch()
                return m.finish()
            }
            m.locals.page = page
            return m.call(.addToPageCacheLRU) {
                $0.page = page
                $0.index = item.index
            }
        }
        l.add("", (nil, nil), "read it from the device; unlock it") { m in
            let page = m.locals.page!
            guard m.returned == 0 else { return .next }
            m.readPage(page)
            m.unlockPage(page)
            return .next
        }
        l.add("", (nil, nil), "release it") { m in
            m.put(m.locals.page!)
            m.locals.item += 1
            return .jump(next)
        }
    }
}

extension ReadAheadState {
    /// get_next_ra_size: four times a small window, twice a larger one.
    var nextSize: UInt64 { min(size < maximum / 16 ? 4 * size : 2 * size, maximum) }

    /// The next window is read at once, and marked at its first page.
    fileprivate mutating func grow() {
        size = nextSize
        asyncSize = size
    }

    /// get_init_ra_size.
    fileprivate mutating func begin(at index: UInt64, asked: UInt64) {
        var rounded: UInt64 = 1
        while rounded < asked { rounded *= 2 }
        start = index
        size =
            rounded <= maximum / 32
            ? rounded * 4 : rounded <= maximum / 4 ? rounded * 2 : maximum
        asyncSize = size > asked ? size - asked : size
    }
}

extension Machine {
    /// A function of this file, with the caller's range.
    mutating func callReadahead(_ function: Function, isMarked: Bool = false) -> Next {
        let here = locals
        return call(function) {
            $0.index = here.index
            $0.count = here.count
            $0.page = here.page
            $0.isSync = isMarked
        }
    }

    /// ra_submit.
    mutating func callSubmitReadahead() -> Next {
        let window = file.readAhead
        return call(.doPageCacheReadahead) {
            $0.index = window.start
            $0.count = Int(window.size)
            $0.offset = Int(window.asyncSize)
        }
    }

    /// page_cache_next_hole: the first index from `index` on without a page, among `limit`.
    fileprivate func nextHole(from index: UInt64, limit: UInt64) -> UInt64 {
        var place = index
        for _ in 0..<limit {
            guard mapping.radixTree.lookup(PageIndex(place))?.isExceptional == false else { break }
            place &+= 1
        }
        return place
    }

    /// count_history_pages: pages in the cache right before `index`, at most `limit`.
    fileprivate func historyPages(before index: UInt64, limit: UInt64) -> UInt64 {
        var count: UInt64 = 0
        while count < limit, count < index,
            mapping.radixTree.lookup(PageIndex(index - 1 - count))?.isExceptional == false
        { count += 1 }
        return count
    }
}

extension Function {
    static let ofReadahead: [Function] = [
        .pageCacheSyncReadahead, .pageCacheAsyncReadahead, .forcePageCacheReadahead,
        .ondemandReadahead, .doPageCacheReadahead,
    ]
}
