import Kernel
import PageCache

extension KernelFamily {
    /// Linux 4.4 and 4.5, and what was posted between them.
    public static let linux4 = KernelFamily(files.flatMap { $0 }, entry: Entry.function)

    private static let files: [[Function]] = [
        Function.ofUserAccess, Function.ofSystemCalls, Function.ofFileCalls,
        Function.ofFallocateCalls, Function.ofRadixTreeInsert, Function.ofRadixTreeDelete,
        Function.ofRadixTreeRangeTag, Function.ofRadixTreeLookup, Function.ofBareTree,
        Function.ofFilemap, Function.ofFilemapFault,
        Function.ofFilemapIO, Function.ofReadahead, Function.ofAdvise, Function.ofBuffer,
        Function.ofMemory, Function.ofTruncate, Function.ofInvalidate, Function.ofReclaim,
        Function.ofPageWriteback, Function.ofWritebackTags, Function.ofWorkingset,
        Function.ofDAXFault, Function.ofDAXPMDFault, Function.ofDAXRadixEntry,
        Function.ofDAXWriteback, Function.ofDAXIO, Function.ofDirectIO,
        Function.ofFaultHandlers, Function.ofFileSystems, Function.ofFileSetSize,
        Function.ofPunchHole, Function.ofFallocateRanges, Function.ofXFSFile,
        Function.ofXFSWriteback, Function.ofShmem, Function.ofShmemRange,
        Function.ofShmemFile, Function.ofInode,
    ]
}

/// Where operations begin.
private enum Entry {
    static func function(
        _ operation: Operation, _ version: KernelVersion, _ locals: inout Locals,
        _ machine: inout Machine
    ) throws(StartError) -> Function {
        if machine.inode.fileSystem == .tmpfs, !operation.isKnownOnTmpfs {
            throw .notOnTmpfs(operation.name)
        }
        if case .tree(let operation) = operation {
            return try BareTree.function(operation, version, &locals)
        }
        let function = try prepare(operation, &locals, &machine)
        machine.hasDAXEntries = version >= .v6
        return function
    }

    private static func prepare(
        _ operation: Operation, _ locals: inout Locals, _ machine: inout Machine
    ) throws(StartError) -> Function {
        switch operation {
        case .mmap(
            let name, let first, let pages, let shared, let aligned, let writable, let address):
            guard machine.vma(named: name) == nil else { throw .mappingExists(name) }
            locals.error = UnmappedArea.error(at: address, count: pages)
            if locals.error == 0, let other = machine.mapping(at: address, count: pages) {
                throw .addressTaken(by: other)
            }
            locals.vma =
                machine.addMapping(
                    name: name, first: first, count: pages, isShared: shared, isAligned: aligned,
                    at: address)
                ?? -1
            if locals.vma >= 0 {
                machine.vmas[locals.vma].allowsStores = writable
                if machine.isReadAtRandom { machine.vmas[locals.vma].advice = .random }
            }
            return .systemMmap
        case .munmap(let map):
            locals.vma = try vma(map, machine)
            return .systemMunmap
        case .load(let map, let page, let offset):
            try setAccess(map, page, &locals, machine)
            locals.offset = offset
            return .userAccess
        case .store(let map, let page, let offset, let value):
            try setAccess(map, page, &locals, machine)
            locals.offset = offset
            locals.isWrite = true
            locals.value = value
            return .userAccess
        case .msync(let map, let first, let pages, let mode):
            try setAccess(map, first, &locals, machine)
            setBytes(&locals, first, pages)
            locals.end -= 1
            locals.isSync = mode == .sync
            return .systemMsync
        case .syncFileRange(let offset, let length, let flags):
            setInclusive(&locals, offset, length)
            locals.count = Int(flags.rawValue)
            return .systemSyncFileRange
        case .pread(let offset, let length), .dread(let offset, let length):
            setExclusive(&locals, offset, length)
            return .systemPread
        case .pwrite(let offset, let length, let value),
            .dwrite(let offset, let length, let value):
            setExclusive(&locals, offset, length)
            locals.value = value
            return .systemPwrite
        case .truncate(let size):
            locals.start = size
            return .systemTruncate
        case .fallocate(let offset, let length, let keepSize):
            setExclusive(&locals, offset, length)
            locals.alloc = keepSize
            return .systemFallocate
        case .zeroRange(let offset, let length, let keepSize):
            setExclusive(&locals, offset, length)
            locals.alloc = keepSize
            return .systemZeroRange
        case .collapse(let offset, let length):
            setExclusive(&locals, offset, length)
            return .systemCollapse
        case .insert(let offset, let length):
            setExclusive(&locals, offset, length)
            return .systemInsert
        case .punch(let offset, let length):
            setExclusive(&locals, offset, length)
            return .systemPunch
        case .fadvise(let offset, let length, let advice):
            setInclusive(&locals, offset, length)
            locals.count = advice.number
            return .systemFadvise
        case .madvise(let map, let first, let pages, let advice):
            try setAccess(map, first, &locals, machine)
            locals.start = first
            locals.end = min(first + pages, machine.vmas[locals.vma].end)
            locals.count = advice.number
            return .systemMadvise
        case .readahead(let offset, let length):
            setInclusive(&locals, offset, max(1, length))
            return .systemReadahead
        case .mincore(let map):
            locals.vma = try vma(map, machine)
            return .systemMincore
        case .reclaim(let pages, let force):
            if machine.inode.fileSystem == .tmpfs {
                guard pages?.count ?? 1 == 1, !force else {
                    throw .notOnTmpfs("reclaim of more than one page, or by force")
                }
                locals.index = pages?.lowerBound ?? 0
                locals.isSync = pages != nil
                return .pageout
            }
            locals.index = pages?.lowerBound ?? 0
            locals.end = pages?.upperBound ?? 0
            locals.isSync = pages != nil
            locals.alloc = force
            return .systemReclaim
        case .fsync: return .systemFsync
        case .fdatasync: return .systemFdatasync
        case .reopen: return .systemReopen
        case .syncfs: return .systemSyncfs
        case .dropCaches: return .systemDropCaches
        case .unlink: return .systemUnlink
        case .close: return .systemClose
        case .umount: return .systemUmount
        case .remount: return .systemRemount
        case .powerLoss: return .powerLoss
        case .tree, .fail, .failIO: preconditionFailure("fail has no statements")
        }
    }

    private static func vma(_ name: String, _ machine: Machine) throws(StartError) -> Int {
        guard let vma = machine.vma(named: name) else { throw .noSuchMapping(name) }
        return vma
    }

    private static func setAccess(
        _ map: String, _ page: UInt64, _ locals: inout Locals, _ machine: Machine
    ) throws(StartError) {
        locals.vma = try vma(map, machine)
        guard machine.vmas[locals.vma].contains(page) else {
            throw .outsideMapping(page: page, map: map)
        }
        locals.pgoff = page
    }

    /// Bytes, the end exclusive.
    private static func setExclusive(_ locals: inout Locals, _ offset: UInt64, _ length: UInt64) {
        locals.start = offset
        locals.end = offset + length
    }

    /// Bytes, the end inclusive; a length of 0 reaches to the end of every file.
    private static func setInclusive(_ locals: inout Locals, _ offset: UInt64, _ length: UInt64) {
        locals.start = offset
        let (end, overflow) = offset.addingReportingOverflow(length)
        locals.end = length == 0 || overflow ? .max : end - 1
    }

    private static func setBytes(_ locals: inout Locals, _ first: UInt64, _ pages: UInt64) {
        locals.start = first * Geometry.pageSize
        locals.end = (first + pages) * Geometry.pageSize
    }
}
extension ListingBuilder {
    /// VM_BUG_ON_PAGE(!PageLocked(page), page).
    mutating func checkLocked(_ lines: (v4_4: Int, v4_5: Int)) {
        check("", lines, "DEBUG_VM: BUG unless the page is locked") { m in
            m[m.locals.page!].flags.contains(.locked)
        }
    }
}
