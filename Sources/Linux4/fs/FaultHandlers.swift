// fs/ext2/file.c, fs/ext4/file.c, fs/xfs/xfs_file.c: the fault handlers around fs/dax.c.
//
// A fault of a writer updates the file's times; every fault takes the file system's fault lock
// shared, so that truncation, which takes it exclusively, waits. Faults do not exclude each other.
// 4.4's ext4 has no such lock, and its pfn_mkwrite is dax_pfn_mkwrite itself.

import Kernel
import PageCache

/// The lines of a handler's statements in v4.4 and v4.5.
private struct HandlerLines {
    var time: ListingBuilder.Lines
    var lock: ListingBuilder.Lines
    var call: ListingBuilder.Lines
    var unlock: ListingBuilder.Lines
}

/// The rows of a handler's statements.
private struct HandlerRows {
    var time = "D5"
    var lock = "D5"
    var call = "D5"
    var unlock = "D8"
}

extension Function {
    static let ext2Fault = faultHandler(.ext2)
    static let ext4Fault = faultHandler(.ext4)
    static let xfsFault = faultHandler(.xfs)

    private static func faultHandler(_ fs: FileSystem) -> Function {
        let (name, file, lines): (String, String, HandlerLines) =
            switch fs {
            case .ext2:
                (
                    "ext2_dax_fault", "fs/ext2/file.c",
                    HandlerLines(time: (50, 50), lock: (52, 52), call: (54, 54), unlock: (56, 56))
                )
            case .ext4:
                (
                    "ext4_dax_fault", "fs/ext4/file.c",
                    HandlerLines(
                        time: (217, 206), lock: (nil, 207), call: (225, 216), unlock: (234, 221))
                )
            case .xfs:
                (
                    "xfs_filemap_fault", "fs/xfs/xfs_file.c",
                    HandlerLines(
                        time: (1545, 1552), lock: (1548, 1555), call: (1556, 1563),
                        unlock: (1559, 1566))
                )
            case .tmpfs: neverTmpfs()
            }
        return Function(name, file) { l in
            let v = l.version
            addLocked(&l, v, fs, lines) { m in
                let here = m.locals
                return m.call(m.inode.isDAX ? .daxFault : .filemapFault) {
                    $0.vma = here.vma
                    $0.pgoff = here.pgoff
                    $0.isWrite = here.isWrite
                }
            }
        }
    }

    static let ext2PMDFault = pmdFaultHandler(.ext2)
    static let ext4PMDFault = pmdFaultHandler(.ext4)
    static let xfsPMDFault = pmdFaultHandler(.xfs)

    private static func pmdFaultHandler(_ fs: FileSystem) -> Function {
        let (name, file, lines): (String, String, HandlerLines) =
            switch fs {
            case .ext2:
                (
                    "ext2_dax_pmd_fault", "fs/ext2/file.c",
                    HandlerLines(time: (71, 71), lock: (73, 73), call: (75, 75), unlock: (77, 77))
                )
            case .ext4:
                (
                    "ext4_dax_pmd_fault", "fs/ext4/file.c",
                    HandlerLines(
                        time: (248, 240), lock: (nil, 241), call: (257, 251), unlock: (266, 257))
                )
            case .xfs:
                (
                    "xfs_filemap_pmd_fault", "fs/xfs/xfs_file.c",
                    HandlerLines(
                        time: (1589, 1596), lock: (1592, 1599), call: (1593, 1600),
                        unlock: (1595, 1602))
                )
            case .tmpfs: neverTmpfs()
            }
        return Function(name, file) { l in
            let v = l.version
            addLocked(&l, v, fs, lines) { m in
                let here = m.locals
                return m.call(.daxPMDFault) {
                    $0.vma = here.vma
                    $0.pgoff = here.pgoff
                    $0.isWrite = here.isWrite
                }
            }
        }
    }

    static let ext2PFNMkwrite = pfnMkwriteHandler(.ext2)
    static let ext4PFNMkwrite = pfnMkwriteHandler(.ext4)
    static let xfsPFNMkwrite = pfnMkwriteHandler(.xfs)

    private static func pfnMkwriteHandler(_ fs: FileSystem) -> Function {
        let (name, file, lines): (String, String, HandlerLines) =
            switch fs {
            case .ext2:
                (
                    "ext2_dax_pfn_mkwrite", "fs/ext2/file.c",
                    HandlerLines(
                        time: (109, 92), lock: (110, 93), call: (114, 97), unlock: (117, 102))
                )
            case .ext4:
                (
                    "ext4_dax_pfn_mkwrite", "fs/ext4/file.c",
                    HandlerLines(
                        time: (nil, 283), lock: (nil, 284), call: (nil, 286), unlock: (nil, 290))
                )
            case .xfs:
                (
                    "xfs_filemap_pfn_mkwrite", "fs/xfs/xfs_file.c",
                    HandlerLines(
                        time: (1624, 1630), lock: (1627, 1633), call: (1629, 1635),
                        unlock: (1631, 1639))
                )
            case .tmpfs: neverTmpfs()
            }
        return Function(name, file) { l in
            let v = l.version
            let rows = HandlerRows(time: "G2", lock: "G2", call: "G2", unlock: "G4")
            addLocked(&l, v, fs, lines, rows, "truncated? SIGBUS; else track the write") { m in
                let here = m.locals
                let result: FaultResult = m.isBeyondEnd(here.pgoff) ? .sigbus : .nopage
                m.tasks[m.current].returned = Int(result.rawValue)
                // 4.4's ext2 and XFS have nothing to track.
                guard result == .nopage, v >= .v6 else { return .next }
                return m.call(.daxPFNMkwrite) { $0.pgoff = here.pgoff }
            }
        }
    }

    /// Takes the fault lock shared around `body`, and returns what it returned.
    private static func addLocked(
        _ l: inout ListingBuilder, _ v: KernelVersion, _ fs: FileSystem, _ lines: HandlerLines,
        _ rows: HandlerRows = HandlerRows(), _ text: String = "call the handler",
        _ body: @escaping Action
    ) {
        let lock = faultLock(fs)
        let isLocked = hasFaultLock(v, fs)
        l.add(rows.time, lines.time, "a write: update the file's times") { m in
            if m.locals.isWrite {
                m.inode.state.insert(.dirtySync)
                m.dirtyInode()
            }
            return .next
        }
        if isLocked {
            l.add(rows.lock, lines.lock, "take \(lock.name) shared, against truncation") { m in
                m.lockShared(lock)
            }
        }
        l.add(rows.call, lines.call, text, body)
        l.add(rows.unlock, lines.unlock, isLocked ? "release \(lock.name); return" : "return") {
            m in
            m.locals.result = m.returnedFault
            if isLocked { _ = m.unlock(lock) }
            return m.finish(m.locals.result)
        }
    }
}

extension Function {
    static let ofFaultHandlers: [Function] = [
        .ext2Fault, .ext4Fault, .xfsFault, .ext2PMDFault, .ext4PMDFault, .xfsPMDFault,
        .ext2PFNMkwrite, .ext4PFNMkwrite, .xfsPFNMkwrite,
    ]
}
