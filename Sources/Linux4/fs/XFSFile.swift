// fs/xfs/xfs_file.c: read(2), write(2) and zeroing at the end of the file.
//
// The IOLOCK orders reads and writes. Direct access (DAX, O_DIRECT) shares it; only who finds pages
// in the cache, or writes parts of blocks, takes it exclusively, and who finds pages writes the
// whole file, and invalidates the whole mapping, DAX entries included. Who takes it exclusively
// takes i_mutex before it (xfs_rw_ilock), and lets go of that when the IOLOCK becomes shared. On v6
// to v8 that write flushes nothing on DAX: filemap_write_and_wait has no hook there.

import Kernel
import PageCache

extension Function {
    /// locals.start, locals.end: bytes.
    static let xfsFileReadIter = Function("xfs_file_read_iter", "fs/xfs/xfs_file.c") { l in
        let read = l.label()
        l.add("", (313, 313), "O_DIRECT, not by sectors? at the end 0, else -EINVAL") { m in
            guard !m.inode.isDAX, m.isDirect, !m.isInSectors else { return .next }
            return m.finish(m.locals.start == m.inode.size ? 0 : Errno.einval)
        }
        l.add("Q1", (340, 340), "take the IOLOCK shared") { m in m.lockShared(.ioLock) }
        l.add("Q1", (341, 341), "DAX or O_DIRECT, and pages in the cache?") { m in
            m.isDirect && m.mapping.nrpages != 0 ? .next : .jump(read)
        }
        l.add("Q1", (342, 342), "release it") { m in m.unlock(.ioLock) }
        addExclusive(&l, (343, 343))
        addWholeFileFlush(
            &l, [(356, 356), (358, 358), (368, 368), (369, 369)],
            "fs/xfs/xfs_file.c:369 xfs_file_read_iter()")
        l.add("Q2", (372, 372), "demote the IOLOCK to shared") { m in m.demoteIOLock() }
        l.add("Q2", (372, 372), "release i_mutex") { m in m.unlock(.inode) }
        l.place(read)
        l.add("Q4", (377, 377), "generic_file_read_iter") { m in
            m.callOnRange(.genericFileReadIter)
        }
        l.add("", (381, 381), "release the IOLOCK; return the length") { m in
            _ = m.unlock(.ioLock)
            return m.finish(m.returned)
        }
    }

    /// xfs_rw_ilock, exclusively.
    private static func addExclusive(_ l: inout ListingBuilder, _ lines: ListingBuilder.Lines) {
        l.add("Q1", lines, "take i_mutex") { m in m.lock(.inode) }
        l.add("Q1", lines, "take the IOLOCK exclusively") { m in m.lock(.ioLock) }
    }

    /// Pages in the cache of a file that is accessed directly: they go, all of them.
    private static func addWholeFileFlush(
        _ l: inout ListingBuilder, _ lines: [ListingBuilder.Lines], _ warning: String
    ) {
        let done = l.label()
        l.add("Q1", lines[0], "still pages? write the whole file and wait") { m in
            m.mapping.nrpages == 0 ? .jump(done) : m.call(.filemapWriteAndWait)
        }
        l.add("Q2", lines[1], "an error? return it") { m in
            guard m.returned != 0 else { return .next }
            _ = m.unlock(.ioLock)
            _ = m.unlock(.inode)
            return m.finish(m.returned)
        }
        l.add("Q2", lines[2], "invalidate_inode_pages2: the whole mapping") { m in
            m.callInvalidate2(wholeFile: true)
        }
        l.add("Q2", lines[3], "a page that stays? WARN_ON_ONCE, and on") { m in
            if m.returned != 0 { m.warnOnce(warning) }
            return .next
        }
        l.place(done)
    }

    /// locals.start, locals.end: bytes; locals.value.
    static let xfsFileDioAioWrite = Function("xfs_file_dio_aio_write", "fs/xfs/xfs_file.c") { l in
        let v = l.version
        let shared = l.label()
        let exclusive = l.label()
        let taken = l.label()
        l.add("", (721, 728), "O_DIRECT, not by sectors? -EINVAL") { m in
            m.inode.isDAX || m.isInSectors ? .next : m.finish(Errno.einval)
        }
        l.add("Q1", (735, 742), "pages cached, or not by blocks? IOLOCK exclusive then") { m in
            m.locals.isSync = m.mapping.nrpages != 0 || !m.isInBlocks
            return m.locals.isSync ? .next : .jump(shared)
        }
        l.place(exclusive)
        addExclusive(&l, (739, 746))
        l.add("Q1", (746, 753), "exclusive: no second look") { _ in .jump(taken) }
        l.place(shared)
        l.add("Q1", (739, 746), "else take the IOLOCK shared") { m in m.lockShared(.ioLock) }
        l.add("Q1", (746, 753), "pages by now? release it, and take it exclusively") { m in
            guard m.mapping.nrpages != 0 else { return .next }
            _ = m.unlock(.ioLock)
            m.locals.isSync = true
            return .jump(exclusive)
        }
        l.place(taken)
        addWriteChecks(&l)
        addWholeFileFlush(
            &l, [(762, 769), (764, 771), (771, 778), (772, 779)],
            "fs/xfs/xfs_file.c:\(v <= .v4_4pmd ? 772 : 779) xfs_file_dio_aio_write()")
        let demoted = l.label()
        l.add("Q2", (782, 789), "exclusive, and by blocks? demote it to shared") { m in
            m.locals.isSync && m.isInBlocks ? m.demoteIOLock() : .jump(demoted)
        }
        l.add("Q2", (783, 790), "release i_mutex") { m in m.unlock(.inode) }
        l.place(demoted)
        l.add("Q4", (790, 797), "direct_IO: write to the blocks") { m in m.callDirectWrite() }
        l.add("Q8", (793, 800), "are there pages? invalidate the range") { m in
            m.locals.error = m.returned
            if m.returned > 0 {
                m.extendFile(to: m.locals.end)
                m.inode.diskSize = max(m.inode.diskSize, m.locals.end)
            }
            return m.mapping.nrpages != 0 ? m.callInvalidate2() : .next
        }
        l.add("Q8", (805, 812), "release the IOLOCK; return the length") { m in
            _ = m.unlock(.ioLock)
            _ = m.unlock(.inode)
            return m.finish(m.locals.error)
        }
    }

    /// locals.start, locals.end: bytes; locals.value.
    static let xfsFileBufferedAioWrite = Function(
        "xfs_file_buffered_aio_write", "fs/xfs/xfs_file.c"
    ) { l in
        l.add("", (828, 835), "take i_mutex") { m in m.lock(.inode) }
        l.add("", (828, 835), "take the IOLOCK exclusively") { m in
            m.locals.isSync = true
            return m.lock(.ioLock)
        }
        addWriteChecks(&l)
        l.add("", (840, 847), "write into the page cache") { m in
            let here = m.locals
            return m.call(.genericPerformWrite) {
                $0.start = here.start
                $0.end = here.end
                $0.value = here.value
            }
        }
        l.add("", (870, 877), "release the IOLOCK") { m in m.unlock(.ioLock) }
        l.add("", (870, 877), "release i_mutex; return the length") { m in
            _ = m.unlock(.inode)
            return m.finish(m.returned)
        }
    }

    /// xfs_file_aio_write_checks, which the compiler inlines.
    private static func addWriteChecks(_ l: inout ListingBuilder) {
        let again = l.label()
        let zero = l.label()
        let done = l.label()
        l.place(again)
        l.add("Q1", (624, 631), "does the write begin behind the end of the file?") { m in
            m.locals.start > m.inode.size ? .next : .jump(done)
        }
        l.add("Q1", (630, 637), "is the IOLOCK only shared? release it") { m in
            m.locals.isSync ? .jump(zero) : m.unlock(.ioLock)
        }
        addExclusive(&l, (632, 639))
        l.add("Q1", (645, 652), "then look at the size again") { m in
            m.locals.isSync = true
            return .jump(again)
        }
        l.place(zero)
        l.add("Q1", (647, 654), "zero what lies between") { m in
            let size = m.inode.size
            let start = m.locals.start
            return m.call(.xfsZeroEOF) {
                $0.start = size
                $0.end = start
            }
        }
        l.place(done)
        l.add("Q1", (660, 667), "update the file's times") { m in
            m.inode.state.insert(.dirtySync)
            return .next
        }
    }

    /// locals.start: the end of the file; locals.end: where it will be. Returns 1 if bytes were
    /// zeroed.
    static let xfsZeroEOF = Function("xfs_zero_eof", "fs/xfs/xfs_file.c") { l in
        let again = l.label()
        l.add("O6", (503, 510), "does the file end inside an allocated block? zero its rest") { m in
            let here = m.locals
            m.locals.index = Geometry.pages(here.start)
            let rest = min(m.locals.index * Geometry.pageSize, here.end)
            guard here.start < rest, m.blocks.state(here.start / Geometry.pageSize) != .hole else {
                return .next
            }
            m.locals.count = 1
            return m.callXFSIozero(here.start, rest)
        }
        l.place(again)
        l.add("O6", (560, 567), "written or delayed blocks behind it? zero the next of them") { m in
            let end = Geometry.pages(m.locals.end)
            while m.locals.index < end {
                let index = m.locals.index
                let found = m.blocks.lookup(index)
                guard found.state == .written || found.state == .delalloc else {
                    m.locals.index += min(found.length, end - index)
                    continue
                }
                m.locals.index += 1
                m.locals.count = 1
                let next = m.callXFSIozero(
                    index * Geometry.pageSize,
                    min((index + 1) * Geometry.pageSize, m.locals.end))
                m.repeatStatementOfCaller()
                return next
            }
            return .next
        }
        l.add("", (569, 576), "return") { m in m.finish(m.locals.count) }
    }

    /// locals.start, locals.end: bytes of one block.
    static let xfsIozero = Function("xfs_iozero", "fs/xfs/xfs_file.c") { l in
        let cached = l.label()
        l.add("O6", (115, 115), "DAX? zero the block itself") { m in
            guard m.inode.isDAX else { return .jump(cached) }
            return m.callOnRange(.daxZeroPageRange)
        }
        l.add("", (137, 137), "return") { m in m.finish(m.returned) }
        l.place(cached)
        l.add("O6", (120, 120), "write_begin: find the page, or put a new one in") { m in
            let index = m.locals.start / Geometry.pageSize
            return m.call(.findOrCreatePage) { $0.index = index }
        }
        l.add("O6", (120, 120), "and make it ready for these bytes") { m in
            guard let page = m.returnedPage else { return m.finish(Errno.enomem) }
            m.locals.page = page
            return m.callBlockWriteBegin(page, m[page].index)
        }
        l.add("O6", (126, 126), "zero them") { m in
            let here = m.locals
            let index = here.start / Geometry.pageSize
            m[here.page!].bytes.fill((here.start..<here.end).offsets(inPage: index), with: 0)
            return .next
        }
        l.add("O6", (128, 128), "write_end: up to date, dirty; unlock") { m in
            let page = m.locals.page
            return m.call(.genericWriteEnd) { $0.page = page }
        }
        l.add("", (137, 137), "return") { m in m.finish() }
    }
}

extension Machine {
    /// xfs_rw_ilock_demote.
    fileprivate mutating func demoteIOLock() -> Next {
        locks.release(.ioLock, by: current)
        return lockShared(.ioLock)
    }

    fileprivate mutating func callXFSIozero(_ start: UInt64, _ end: UInt64) -> Next {
        call(.xfsIozero) {
            $0.start = start
            $0.end = end
        }
    }
}

extension Function {
    static let ofXFSFile: [Function] = [
        .xfsFileReadIter, .xfsFileDioAioWrite, .xfsFileBufferedAioWrite, .xfsZeroEOF,
        .xfsIozero,
    ]
}
