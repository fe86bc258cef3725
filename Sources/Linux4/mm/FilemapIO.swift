// mm/filemap.c: read(2) and write(2), through the page cache or past it.
//
// A DAX file is read and written directly: the data never enters the cache, write(2) leaves it
// durable and makes no entry in the tree. But what the cache holds is flushed and invalidated
// first, and that takes DAX entries along (mm/Invalidate.swift). A file without DAX is read page by
// page into the cache, with what read-ahead brings, and written into its pages, unless it was
// opened with O_DIRECT: then it is accessed as one with DAX is, by way of the device
// (fs/DirectIO.swift).

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: bytes. Returns the length read.
    static let genericFileReadIter = Function("generic_file_read_iter", "mm/filemap.c") { l in
        let buffered = l.label()
        l.add("Q1", (1763, 1864), "DAX, or O_DIRECT? read directly, else the cache") { m in
            m.isDirect ? .next : .jump(buffered)
        }
        l.add("Q1", (1772, 1873), "write the range and wait") { m in
            m.callFilemapWriteAndWaitRange()
        }
        l.add("Q4", (1776, 1877), "no error? direct_IO: read the blocks") { m in
            guard m.returned == 0 else { return m.finish(m.returned) }
            let here = m.locals
            // xfs_vm_direct_IO locks for itself.
            let locks = m.inode.fileSystem != .xfs
            return m.call(m.inode.isDAX ? .daxDoIO : .blockdevDirectIO) {
                $0.start = here.start
                $0.end = here.end
                $0.isSync = locks
            }
        }
        l.add("", (1802, 1903), "return the length") { m in m.finish(m.returned) }
        l.place(buffered)
        l.add("Q4", (1800, 1901), "read through the page cache") { m in
            m.callOnRange(.doGenericFileRead)
        }
        l.add("", (1802, 1903), "return the length") { m in m.finish(m.returned) }
    }

    /// locals.start, locals.end: bytes. Returns the length read.
    static let doGenericFileRead = Function("do_generic_file_read", "mm/filemap.c") { l in
        let again = l.label()
        let missing = l.label()
        let found = l.label()
        let ready = l.label()
        let out = l.label()
        l.add("", (1541, 1642), "begin at the first page; where did the last read end?") { m in
            m.locals.sector = UInt64(bitPattern: m.file.readAhead.previousPosition)
            m.locals.partialStart = m.locals.start
            return .next
        }
        l.place(again)
        l.add("B1", (1555, 1656), "is the page in the cache?") { m in
            m.locals.index = m.locals.start / Geometry.pageSize
            m.locals.page = m.findPage(m.locals.index)
            return m.locals.page == nil ? .next : .jump(found)
        }
        l.add("", (1557, 1658), "no: read ahead, as far as the pattern of the reads says") { m in
            m.locals.count = m.pagesLeftToRead
            return m.callReadahead(.pageCacheSyncReadahead)
        }
        l.add("B1", (1560, 1661), "is it there now?") { m in
            m.locals.page = m.findPage(m.locals.index)
            return m.locals.page == nil ? .jump(missing) : .next
        }
        l.place(found)
        l.add("", (1564, 1665), "is it the marked one? then the next window is read") { m in
            guard m[m.locals.page!].flags.contains(.reclaim) else { return .next }
            m.locals.count = m.pagesLeftToRead
            return m.callReadahead(.pageCacheAsyncReadahead)
        }
        l.add("", (1569, 1670), "not up to date? lock it and read it") { m in
            let page = m.locals.page!
            guard !m[page].flags.contains(.uptodate) else { return .next }
            let next = m.lockPage(page)
            if case .wait = next { return next }
            m.readPage(page)
            m.unlockPage(page)
            return .next
        }
        l.place(ready)
        l.add("", (1701, 1802), "did the device fail? -EIO") { m in
            let page = m.locals.page!
            guard !m[page].flags.contains(.uptodate) else { return .next }
            m.put(page)
            m.locals.error = Errno.eio
            return .jump(out)
        }
        l.add("", (1595, 1696), "behind the end of the file? stop") { m in
            let here = m.locals
            guard here.start >= m.inode.size else { return .next }
            m.put(here.page!)
            return .jump(out)
        }
        l.add("", (1622, 1723), "another place than where the last read ended? an access") { m in
            let here = m.locals
            if here.sector >> 12 != here.index || here.sector % 4096 != here.start % 4096 {
                m.markAccessed(here.page!)
            }
            return .next
        }
        l.add("", (1631, 1732), "copy its data; release it; more to read?") { m in
            m.copyToReader()
            m.put(m.locals.page!)
            return m.locals.start < m.locals.end ? .jump(again) : .jump(out)
        }
        l.place(missing)
        l.add("B1", (1724, 1825), "no: put a new page into the tree") { m in
            let page = m.allocatePage()
            m.locals.page = page
            return m.callAddToPageCacheLRU(page)
        }
        l.add("B1", (1726, 1827), "failed? release it; was one there first, look again") { m in
            guard m.returned != 0 else { return .next }
            m.put(m.locals.page!)
            if m.returned == Errno.eexist { return .jump(again) }
            m.locals.error = m.returned
            return .jump(out)
        }
        l.add("", (1675, 1776), "readpage: read it from the device; unlock") { m in
            m.readPage(m.locals.page!)
            m.unlockPage(m.locals.page!)
            return .jump(ready)
        }
        l.place(out)
        l.add("", (1738, 1839), "remember where this read ended; return length or error") {
            m in
            let here = m.locals
            m.file.readAhead.previousPosition = Int64(bitPattern: here.sector)
            let length = Int(here.start - here.partialStart)
            return m.finish(length > 0 ? length : here.error)
        }
    }

    /// locals.start, locals.end: bytes; locals.value. Returns the length written.
    static let genericFileDirectWrite = Function("generic_file_direct_write", "mm/filemap.c") { l in
        l.add("Q1", (2412, 2513), "write the range and wait") { m in
            m.callFilemapWriteAndWaitRange()
        }
        l.add("Q2", (2422, 2523), "are there pages? invalidate the range") { m in
            guard m.returned == 0 else { return m.finish(m.returned) }
            m.tasks[m.current].returned = 0
            return m.mapping.nrpages != 0 ? m.callInvalidate2() : .next
        }
        l.add("Q2", (2429, 2530), "a page that stays? return 0") { m in
            m.returned != 0 ? m.finish(0) : .next
        }
        l.add("Q4", (2437, 2538), "direct_IO: write to the blocks") { m in m.callDirectWrite() }
        l.add("Q8", (2447, 2548), "are there pages? invalidate the range again") { m in
            m.locals.error = m.returned
            return m.mapping.nrpages != 0 ? m.callInvalidate2() : .next
        }
        l.add("Q8", (2455, 2556), "beyond the old end? the file has a new size") { m in
            let here = m.locals
            if here.error > 0 { m.extendFile(to: here.start + UInt64(here.error)) }
            return m.finish(m.locals.error)
        }
    }

    static let genericPerformWrite = performWrite(isShmem: false)
    static let shmemPerformWrite = performWrite(isShmem: true)

    /// locals.start, locals.end: bytes; locals.value. Returns the length written. What it calls
    /// through a_ops is mm/shmem.c's on tmpfs.
    private static func performWrite(isShmem: Bool) -> Function {
        return Function("generic_perform_write", "mm/filemap.c") { l in
            let one = l.label()
            l.add("", (2510, 2611), "begin at the first page") { m in
                m.locals.index = m.locals.start / Geometry.pageSize
                return .next
            }
            l.place(one)
            if isShmem {
                l.add("", (2535, 2636), "write_begin: shmem_write_begin gets the page") { m in
                    let index = m.locals.index
                    return m.call(.shmemWriteBegin) { $0.index = index }
                }
                l.add("", (2537, 2638), "an error? return it, or the length before it") { m in
                    m.locals.page = m.returnedPage
                    return m.returned < 0 ? m.finishWrite(m.returned) : .next
                }
            } else {
                l.add("", (2535, 2636), "write_begin: find the page, or put a new one in") { m in
                    let index = m.locals.index
                    return m.call(.findOrCreatePage) { $0.index = index }
                }
                l.add("", (2535, 2636), "and make it ready for these bytes") { m in
                    guard let page = m.returnedPage else { return m.finishWrite(Errno.enomem) }
                    m.locals.page = page
                    return m.callBlockWriteBegin(page, m.locals.index)
                }
            }
            let copying = isShmem ? "copy the data" : "an error? return it; else copy the data"
            l.add("", (2543, 2644), copying) { m in
                // The page could not be read: write_begin has given it back.
                if !isShmem, m.returned < 0 {
                    let error = m.returned
                    m.unlockPage(m.locals.page!)
                    m.put(m.locals.page!)
                    return m.finishWrite(error)
                }
                let here = m.locals
                let offsets = (here.start..<here.end).offsets(inPage: here.index)
                m[here.page!].bytes.fill(offsets, with: here.value)
                return .next
            }
            l.add("", (2546, 2647), "write_end: up to date, dirty, new size; unlock") { m in
                let here = m.locals
                return m.call(isShmem ? .shmemWriteEnd : .genericWriteEnd) {
                    $0.page = here.page
                    $0.end = min(here.end, (here.index + 1) * Geometry.pageSize)
                }
            }
            l.add("", (2572, 2673), "more to write?") { m in
                m.locals.index += 1
                let here = m.locals
                guard here.index * Geometry.pageSize >= here.end else { return .jump(one) }
                return m.finish(Int(here.end - here.start))
            }
        }
    }

    /// The whole file, for data integrity.
    static let filemapWriteAndWait = Function("filemap_write_and_wait", "mm/filemap.c") { l in
        let v = l.version
        if v == .v4_5 {
            l.add("L2", (nil, 472), "DAX: is nrexceptional not 0? else: is nrpages not 0?") { m in
                let count = m.inode.isDAX ? m.mapping.nrexceptional : m.mapping.nrpages
                return count == 0 ? m.finish(m.takeIOError()) : .next
            }
        } else {
            // The series hooked filemap_write_and_wait_range only: DAX entries are not flushed.
            l.add("L2", (448, nil), "is nrpages not 0?") { m in
                m.mapping.nrpages == 0 ? m.finish(m.takeIOError()) : .next
            }
        }
        l.add("L3", (449, 474), "write the whole file") { m in
            m.call(.doWritepages) {
                $0.end = .max >> 1
                $0.isSync = true
            }
        }
        l.add("L19", (457, 482), "wait for the pages under writeback") { m in
            m.locals.error = m.returned
            return m.callFdatawait(0, .max >> 1)
        }
        l.add("L19", (464, 489), "return") { m in
            let error = min(0, m.locals.error)
            return m.finish(error != 0 ? error : m.returned)
        }
    }
}

extension Machine {
    /// add_to_page_cache_lru of `page` at locals.index.
    mutating func callAddToPageCacheLRU(_ page: PageID) -> Next {
        let index = locals.index
        return call(.addToPageCacheLRU) {
            $0.page = page
            $0.index = index
        }
    }

    /// The bytes locals.start ..< locals.end.
    mutating func callFilemapWriteAndWaitRange() -> Next {
        let here = locals
        return call(.filemapWriteAndWaitRange) {
            $0.start = here.start
            $0.end = here.end - 1
        }
    }

    /// The pages of the bytes locals.start ..< locals.end, or of the whole file.
    mutating func callInvalidate2(wholeFile: Bool = false) -> Next {
        let here = locals
        return call(.invalidateInodePages2Range) {
            $0.start = wholeFile ? 0 : here.start / Geometry.pageSize
            $0.end = wholeFile ? .max : (here.end - 1) / Geometry.pageSize
        }
    }

    /// direct_IO with the arguments of the caller.
    mutating func callDirectWrite() -> Next {
        let here = locals
        return call(inode.isDAX ? .daxDoIO : .blockdevDirectIO) {
            $0.start = here.start
            $0.end = here.end
            $0.value = here.value
            $0.isWrite = true
            $0.removing = here.start / Geometry.pageSize...(here.end - 1) / Geometry.pageSize
        }
    }

    /// Ends a write that failed at locals.index: with what was written before, or the error.
    fileprivate mutating func finishWrite(_ error: Int) -> Next {
        let here = locals.index * Geometry.pageSize
        return finish(here > locals.start ? Int(here - locals.start) : error)
    }

    /// What a read finds: its first byte is what the operation shows, all of it what it brings.
    mutating func noteRead(_ bytes: PageBytes, _ offsets: Range<Int>) {
        guard !offsets.isEmpty else { return }
        if tasks[current].outcome.value == nil {
            tasks[current].outcome.value = bytes[offsets.lowerBound]
        }
        tasks[current].outcome.data.append(bytes, offsets)
    }

    /// last_index - index: how many pages the read still wants.
    fileprivate var pagesLeftToRead: Int {
        Int(Geometry.pages(locals.end) - locals.index)
    }

    /// copy_page_to_iter: as much of the page as the read wants and the file has.
    fileprivate mutating func copyToReader() {
        let here = locals
        let end = min(here.end, inode.size, (here.index + 1) * Geometry.pageSize)
        noteRead(self[here.page!].bytes, (here.start..<end).offsets(inPage: here.index))
        locals.start = end
        // prev_index is the page, prev_offset where in it, 0 behind its last byte.
        locals.sector = here.index << 12 | end % Geometry.pageSize
    }

    /// i_size_write, if the file grows.
    mutating func extendFile(to end: UInt64) {
        guard end > inode.size else { return }
        inode.size = end
        inode.state.insert(.dirtySync)
        dirtyInode()
    }
}

extension Function {
    static let ofFilemapIO: [Function] = [
        .genericFileReadIter, .doGenericFileRead, .genericFileDirectWrite,
        .genericPerformWrite, .shmemPerformWrite, .filemapWriteAndWait,
    ]
}
