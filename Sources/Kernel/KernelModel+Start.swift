import PageCache

/// Why an operation cannot begin.
public enum StartError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The task is in the middle of another operation.
    case busy(task: String)
    case dead(task: String)
    case noSuchMapping(String)
    case mappingExists(String)
    case outsideMapping(page: UInt64, map: String)
    case noPower
    /// The model does not know the operation on tmpfs.
    case notOnTmpfs(String)

    public var description: String {
        switch self {
        case .busy(let task): "task \(task) is in the middle of an operation"
        case .dead(let task): "task \(task) was killed by a BUG"
        case .noSuchMapping(let name): "nothing is mapped as \(name)"
        case .mappingExists(let name): "\(name) is mapped already"
        case .outsideMapping(let page, let map): "page \(page) lies outside of mapping \(map)"
        case .noPower: "the machine has no power any more"
        case .notOnTmpfs(let operation): "\(operation) is not modelled on tmpfs"
        }
    }
}

extension KernelModel {
    /// Lets task `task` begin `operation`: its first statement is the next that `step` executes.
    ///
    /// `.fail` has no statements; it is done at once.
    public func start(
        _ operation: Operation, on machine: inout Machine, task: Int = 0
    ) throws(StartError) {
        guard machine.hasPower else { throw .noPower }
        guard !machine.tasks[task].isDead else { throw .dead(task: machine.tasks[task].name) }
        guard machine.tasks[task].frames.isEmpty else {
            throw .busy(task: machine.tasks[task].name)
        }
        if case .fail(let call) = operation {
            machine.failingAllocation = call
            return
        }
        if case .failIO(let call) = operation {
            machine.failingIO = call
            return
        }
        if machine.inode.fileSystem == .tmpfs, !operation.isKnownOnTmpfs {
            throw .notOnTmpfs(operation.name)
        }
        var locals = Locals()
        let function = try prepare(operation, &locals, &machine)
        machine.hasDAXEntries = version >= .v6
        if let bytes = operation.changedBytes(of: machine.inode) {
            machine.beginChange(of: bytes, task: task)
        }
        machine.tasks[task].outcome = Outcome()
        machine.tasks[task].isDirect = operation.isDirect
        machine.tasks[task].state = .running
        machine.tasks[task].pagevecs.removeAll(keepingCapacity: true)
        machine.tasks[task].frames.append(
            Frame(function: Int(function.rawValue), locals: locals))
        machine.run(task: task)
        machine.allocator.beginOperation(failingCall: machine.failingAllocation)
        machine.failingAllocation = nil
        machine.tasks[task].transfers = Transfers(failing: machine.failingIO)
        machine.failingIO = nil
    }

    private func prepare(
        _ operation: Operation, _ locals: inout Locals, _ machine: inout Machine
    ) throws(StartError) -> Function {
        switch operation {
        case .mmap(
            let name, let first, let pages, let shared, let aligned, let writable, let address):
            guard machine.vma(named: name) == nil else { throw .mappingExists(name) }
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
            locals.start = offset
            locals.end = offset + length
            return .systemPread
        case .pwrite(let offset, let length, let value),
            .dwrite(let offset, let length, let value):
            locals.start = offset
            locals.end = offset + length
            locals.value = value
            return .systemPwrite
        case .truncate(let size):
            locals.start = size
            return .systemTruncate
        case .fallocate(let offset, let length, let keepSize):
            locals.start = offset
            locals.end = offset + length
            locals.alloc = keepSize
            return .systemFallocate
        case .zeroRange(let offset, let length, let keepSize):
            locals.start = offset
            locals.end = offset + length
            locals.alloc = keepSize
            return .systemZeroRange
        case .collapse(let offset, let length):
            locals.start = offset
            locals.end = offset + length
            return .systemCollapse
        case .insert(let offset, let length):
            locals.start = offset
            locals.end = offset + length
            return .systemInsert
        case .punch(let offset, let length):
            locals.start = offset
            locals.end = offset + length
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
        case .fail, .failIO: preconditionFailure("fail has no statements")
        }
    }

    private func vma(_ name: String, _ machine: Machine) throws(StartError) -> Int {
        guard let vma = machine.vma(named: name) else { throw .noSuchMapping(name) }
        return vma
    }

    private func setAccess(
        _ map: String, _ page: UInt64, _ locals: inout Locals, _ machine: Machine
    ) throws(StartError) {
        locals.vma = try vma(map, machine)
        guard machine.vmas[locals.vma].contains(page) else {
            throw .outsideMapping(page: page, map: map)
        }
        locals.pgoff = page
    }

    /// Bytes, the end inclusive; a length of 0 reaches to the end of every file.
    private func setInclusive(_ locals: inout Locals, _ offset: UInt64, _ length: UInt64) {
        locals.start = offset
        let (end, overflow) = offset.addingReportingOverflow(length)
        locals.end = length == 0 || overflow ? .max : end - 1
    }

    private func setBytes(_ locals: inout Locals, _ first: UInt64, _ pages: UInt64) {
        locals.start = first * Geometry.pageSize
        locals.end = (first + pages) * Geometry.pageSize
    }

    /// Runs task `task` until its operation has ended, waits, or `limit` statements have run.
    @discardableResult
    public func run(_ machine: inout Machine, task: Int = 0, limit: Int = .max) -> StepResult {
        var count = 0
        while count < limit {
            let result = step(&machine, task: task)
            guard result == .ran else { return result }
            count += 1
        }
        return .ran
    }
}
