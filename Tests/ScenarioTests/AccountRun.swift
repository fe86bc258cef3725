import Kernel
import PageCache

/// Operations on one file and one kernel, each judged by the account of the file.
struct AccountRun {
    struct Case {
        var version: KernelVersion
        var file: FileConfiguration
        var operations: [Kernel.Operation]
    }

    /// Where a kernel did not do what the account says.
    struct Difference {
        enum Kind: Hashable {
            /// A load, a read, or what is on the device after umount.
            case contents
            /// An access or a call ended otherwise than it should.
            case ending
            /// fsync had promised it, and the power took it.
            case lost
            case bug, hang
        }

        var kind: Kind
        /// The operation, from 0.
        var step: Int
        var text: String
        /// The page of the file that it is about.
        var page: UInt64?
        /// An I/O has failed before.
        var isAfterFailedIO = false
        var machine: Machine
    }

    private static let patience = 400_000

    private let file: FileConfiguration
    private let kernel: KernelModel
    private var machine: Machine
    private var account: Account
    private var step = 0
    /// A call or a transfer of the next operation fails.
    private var isFailing = false
    private var isFailingIO = false
    private var hasFailedIO = false
    /// Where the pages lay that fsync promised.
    private var keptBlocks: [UInt64: UInt64] = [:]

    private init(_ run: Case) {
        file = run.file
        kernel = .of(run.version)
        machine = Machine(file: run.file)
        account = Account(size: run.file.size, isXFS: run.file.fileSystem == .xfs)
    }

    /// The first difference; nil: all is as the account says.
    static func judge(_ run: Case) -> Difference? {
        var this = Self(run)
        for (step, operation) in run.operations.enumerated() {
            this.step = step
            if let found = this.take(operation) { return found }
            if this.machine.bug != nil { return nil }
        }
        return nil
    }

    private func differs(
        _ kind: Difference.Kind, _ text: String, page: UInt64? = nil
    ) -> Difference {
        Difference(
            kind: kind, step: step, text: text, page: page, isAfterFailedIO: hasFailedIO,
            machine: machine)
    }

    private func differs(_ text: String, byte: UInt64, _ kind: Difference.Kind) -> Difference {
        differs(kind, "\(text) at byte \(byte)", page: byte / UInt64(Account.pageSize))
    }

    // MARK: One operation

    private mutating func take(_ operation: Kernel.Operation) -> Difference? {
        guard (try? kernel.start(operation, on: &machine)) != nil else { return nil }
        switch operation {
        case .fail:
            isFailing = true
            return nil
        case .failIO:
            isFailingIO = true
            return nil
        default: break
        }
        defer { (isFailing, isFailingIO) = (false, false) }
        switch kernel.run(&machine, limit: Self.patience) {
        case .bug: return differs(.bug, "\(machine.bug.map { "\($0)" } ?? "a BUG")")
        case .ran: return differs(.hang, "it does not end")
        case .blocked: return differs(.hang, "it waits for itself")
        case .finished, .idle: break
        }
        let outcome = machine.tasks[0].outcome
        let transfers = machine.tasks[0].transfers
        if let failing = transfers.failing, transfers.count >= failing { hasFailedIO = true }
        if case .powerLoss = operation { return lost() }
        if case .umount = operation { return left() }
        return account(operation, outcome)
    }

    private mutating func account(
        _ operation: Kernel.Operation, _ outcome: Outcome
    ) -> Difference? {
        switch operation {
        case .mmap(let name, let first, let pages, let shared, _, let writable, _):
            guard outcome.code >= 0 else { return nil }
            account.map(
                name,
                Account.Mapping(
                    first: first, pages: pages, isShared: shared, isWritable: writable))
        case .munmap(let map): account.unmap(map)
        case .load(let map, let page, let offset): return load(map, page, offset, outcome)
        case .store(let map, let page, let offset, let value):
            return store(value, map, page, offset, outcome)
        case .pread(let offset, let length): return read(offset, length, outcome)
        case .pwrite(let offset, let length, let value):
            return write(value, offset, length, outcome)
        case .dread(let offset, let length):
            return isAligned(offset, length, outcome) ? read(offset, length, outcome) : nil
        case .dwrite(let offset, let length, let value):
            return write(value, offset, length, outcome, isDirect: true)
        case .fsync, .fdatasync, .syncfs: return sync(0..<UInt64.max, outcome)
        case .msync(let map, let first, let pages, .sync):
            guard account.mappings[map]?.isShared == true else { return nil }
            return sync(first..<(first + pages), outcome)
        case .truncate(let size):
            guard outcome.code == 0 else {
                if isFailing || hasFailedIO { account.doubtEnd(from: size) }
                return refused(outcome, end: size)
            }
            account.truncate(to: size)
        case .fallocate(let offset, let length, let keepSize):
            guard outcome.code == 0 else { return refused(outcome, end: offset &+ length) }
            if offset + length > account.size, !keepSize { account.grow(to: offset + length) }
        case .zeroRange(let offset, let length, let keepSize):
            guard outcome.code == 0 else {
                if isFailing || hasFailedIO {
                    // The size is set before the parts of blocks are zeroed.
                    if machine.inode.size > account.size { account.grow(to: machine.inode.size) }
                    account.doubt(offset..<(offset + length), 0)
                }
                return refused(outcome, end: offset &+ length)
            }
            if offset + length > account.size, !keepSize { account.grow(to: offset + length) }
            account.clear(offset..<(offset + length))
        case .collapse(let offset, let length):
            return shift(offset..<(offset + length), up: false, outcome)
        case .insert(let offset, let length):
            return shift(offset..<(offset + length), up: true, outcome)
        case .remount: account.closeAll()
        case .punch(let offset, let length):
            guard outcome.code == 0 else {
                if isFailing || hasFailedIO { account.doubt(offset..<(offset + length), 0) }
                return refused(outcome, end: offset &+ length)
            }
            account.clear(offset..<(offset + length))
        default: break
        }
        return nil
    }

    // MARK: Accesses

    private mutating func load(
        _ name: String, _ page: UInt64, _ offset: Int, _ outcome: Outcome
    ) -> Difference? {
        guard let map = account.mappings[name] else { return nil }
        if let found = fault(page, map, isWrite: false, outcome) { return found }
        guard let value = outcome.value, outcome.signal == nil else { return nil }
        let position = page * UInt64(Account.pageSize) + UInt64(offset)
        guard !account.allows(value, page, offset, through: map) else { return nil }
        return differs("a load through \(name) saw \(value)", byte: position, .contents)
    }

    private mutating func store(
        _ value: UInt8, _ name: String, _ page: UInt64, _ offset: Int, _ outcome: Outcome
    ) -> Difference? {
        guard let map = account.mappings[name] else { return nil }
        if let found = fault(page, map, isWrite: true, outcome) { return found }
        if outcome.signal == nil { account.store(value, name, page, offset) }
        return nil
    }

    /// Whether the access ended as it must: with SIGBUS behind the end, SIGSEGV where nothing may
    /// be stored.
    private func fault(
        _ page: UInt64, _ map: Account.Mapping, isWrite: Bool, _ outcome: Outcome
    ) -> Difference? {
        let signal = outcome.signal
        if isFailing || isFailingIO, [nil, "SIGBUS", "OOM"].contains(signal) { return nil }
        let isCopy = map.copies[page] != nil
        let wanted: String? =
            isWrite && !map.isWritable && (page < account.pageCount || signal != "SIGBUS")
            ? "SIGSEGV" : page < account.pageCount || isCopy ? nil : "SIGBUS"
        guard signal != wanted else { return nil }
        return differs(
            .ending, "ended with \(signal ?? "no signal"), not \(wanted ?? "without")", page: page)
    }

    // MARK: Calls

    private mutating func read(
        _ offset: UInt64, _ length: UInt64, _ outcome: Outcome
    ) -> Difference? {
        let wanted = offset < account.size ? min(length, account.size - offset) : 0
        guard outcome.code == wanted || isFailing || hasFailedIO else {
            return differs(.ending, "read \(outcome.code) of \(wanted) bytes")
        }
        guard outcome.code > 0 else { return nil }
        let found = outcome.data.runs.map { (count: $0.length, value: $0.value) }
        return account.wrong(found, at: offset).map {
            differs("a read saw what is not there", byte: $0, .contents)
        }
    }

    private mutating func write(
        _ value: UInt8, _ offset: UInt64, _ length: UInt64, _ outcome: Outcome,
        isDirect: Bool = false
    ) -> Difference? {
        guard outcome.code > 0 else {
            if outcome.code == 0, length == 0 { return nil }
            let isFree = offset >= account.size
            // What was begun may be there or not.
            if isFailing || isFailingIO, !isFree {
                account.doubt(offset..<min(offset + length, account.size), value)
            }
            return refused(
                outcome, end: isDirect ? offset | length : offset &+ length, isDirect: isDirect)
        }
        account.write(value, at: offset, count: UInt64(outcome.code))
        guard
            outcome.code == length || isFailing || isFailingIO
                || offset + length > machine.inode.fileSystem.largestSize
        else { return differs(.ending, "wrote \(outcome.code) of \(length) bytes") }
        return nil
    }

    private func isAligned(_ offset: UInt64, _ length: UInt64, _ outcome: Outcome) -> Bool {
        outcome.code != Self.invalid || (offset | length) % 512 == 0
    }

    /// COLLAPSE_RANGE and INSERT_RANGE, of whole blocks in front of the end.
    private mutating func shift(
        _ bytes: Range<UInt64>, up: Bool, _ outcome: Outcome
    ) -> Difference? {
        let isWhole = (bytes.lowerBound | bytes.upperBound) % UInt64(Account.pageSize) == 0
        let isInside = (up ? bytes.lowerBound : bytes.upperBound) < account.size
        guard outcome.code == 0 else {
            // XFS: a page far behind could not be dropped.
            if outcome.code == Self.busy, file.fileSystem == .xfs {
                if !up { account.doubt(bytes, 0) }
                return nil
            }
            let isRefused = outcome.code == Self.invalid && !(isWhole && isInside)
            return isRefused ? nil : refused(outcome, end: bytes.upperBound)
        }
        guard isWhole && isInside else { return differs(.ending, "it was not refused") }
        if up { account.insert(bytes.pages) } else { account.collapse(bytes.pages) }
        return nil
    }

    private mutating func sync(_ pages: Range<UInt64>, _ outcome: Outcome) -> Difference? {
        if outcome.code == 0 {
            account.keep(pages)
            for page in account.kept.keys where pages.contains(page) {
                keptBlocks[page] = machine.blocks.lookup(page).physical
            }
        } else if isFailing || outcome.code == Self.failed && hasFailedIO {
            // The error of a read or of an earlier write may be told now.
            account.forgetPromises()
        } else {
            return differs(.ending, "fsync returned \(outcome.code)")
        }
        return nil
    }

    // The numbers of errors, as calls return them.
    private static let busy = -16
    private static let (failed, invalid, tooLarge, notSupported) = (-5, -22, -27, -95)

    /// A call that returned an error: there must be a reason for it.
    private func refused(
        _ outcome: Outcome, end: UInt64, isDirect: Bool = false
    ) -> Difference? {
        if isFailing || outcome.code == Self.failed && hasFailedIO { return nil }
        let isTooLarge = end > min(machine.inode.fileSystem.largestSize, UInt64(Int64.max))
        let isMeant =
            switch outcome.code {
            case Self.tooLarge: isTooLarge
            case Self.invalid: isTooLarge || isDirect && end % 512 != 0
            case Self.notSupported: file.fileSystem == .ext2
            default: false
            }
        return isMeant ? nil : differs(.ending, "returned \(outcome.code)")
    }

    // MARK: The end

    /// After umount the device has the file.
    private func left() -> Difference? {
        guard machine.inode.links > 0, file.fileSystem != .tmpfs else { return nil }
        for page in account.pages.keys.sorted() where page < account.pageCount {
            let start = page * UInt64(Account.pageSize)
            let end = Int(min(account.size - start, UInt64(Account.pageSize)))
            let parts = machine.blockBytes(page).segments.compactMap { part in
                let inside = part.offsets.clamped(to: 0..<end)
                return inside.isEmpty ? nil : (count: UInt64(inside.count), value: part.value)
            }
            if let byte = account.wrong(parts, at: start) {
                return differs("umount left something else", byte: byte, .contents)
            }
        }
        return nil
    }

    /// After the power went, the device has what was promised.
    private func lost() -> Difference? {
        guard machine.inode.links > 0, file.fileSystem != .tmpfs else { return nil }
        return account.lost { page in
            // The model has no journal: a block that a page got since may not be the file's yet.
            let block = machine.blocks.lookup(page)
            let isOld = keptBlocks[page] == block.physical
            return isOld || block.state != .written ? machine.blockBytes(page) : nil
        }.map {
            differs("what fsync promised is gone", byte: $0, .lost)
        }
    }
}
