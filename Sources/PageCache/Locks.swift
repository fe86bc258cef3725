import PageTree

/// The locks that order the modelled paths (docs/kernel/dax.md, section 12), outermost first.
public enum Lock: UInt8, CaseIterable, Hashable, Sendable {
    /// The inode lock (`i_mutex`), a mutex: it has no readers.
    case inode
    /// XFS's lock for reads and writes (`i_iolock`); who takes it exclusively in read(2), write(2)
    /// or ftruncate holds i_mutex too, who calls fallocate does not.
    case ioLock
    /// The fault lock of ext2: faults share it, truncation excludes them.
    case daxSem
    /// The fault lock of 4.5's ext4.
    case iMmapSem
    /// The fault lock of XFS (`i_mmaplock`).
    case mmapLock
    /// `i_mmap_rwsem`.
    case iMmap
    /// `tree_lock`, taken with interrupts off.
    case tree

    /// The name that the kernel, or the file system that has it, gives it.
    public var name: String {
        switch self {
        case .inode: "i_mutex"
        case .ioLock: "IOLOCK"
        case .daxSem: "dax_sem"
        case .iMmapSem: "i_mmap_sem"
        case .mmapLock: "MMAPLOCK"
        case .iMmap: "i_mmap_rwsem"
        case .tree: "tree_lock"
        }
    }
}

/// What a task waits for.
public enum Wait: Hashable, Sendable {
    /// To take it exclusively.
    case lock(Lock)
    /// To take it together with other readers.
    case lockShared(Lock)
    case pageLock(PageID)
    case writeback(PageID)

    /// What it is, for people.
    public var name: String {
        switch self {
        case .lock(let lock), .lockShared(let lock): lock.name
        case .pageLock(let page): "the lock of page \(page)"
        case .writeback(let page): "the writeback of page \(page)"
        }
    }

    /// Who waits for it sleeps; for tree_lock a task spins.
    public var isSleep: Bool { self != .lock(.tree) }
}

/// Who holds which lock. Tasks are counted by their position in `Machine.tasks`, at most 64.
public struct LockTable: Hashable, Sendable {
    /// By lock: the task that holds it for writing, or -1.
    @usableFromInline var writers = SIMD8<Int8>(repeating: -1)
    /// By lock: one bit for each task that holds it for reading.
    @usableFromInline var readers = SIMD8<UInt64>(repeating: 0)

    public init() {}

    @inlinable public func writer(of lock: Lock) -> Int? {
        let task = writers[Int(lock.rawValue)]
        return task < 0 ? nil : Int(task)
    }

    @inlinable public func isHeld(_ lock: Lock) -> Bool {
        writers[Int(lock.rawValue)] >= 0 || readers[Int(lock.rawValue)] != 0
    }

    /// The tasks that hold `lock`, ascending.
    public func holders(of lock: Lock) -> [Int] {
        if let writer = writer(of: lock) { return [writer] }
        let bits = readers[Int(lock.rawValue)]
        return (0..<64).filter { bits >> UInt64($0) & 1 == 1 }
    }

    /// Takes the lock exclusively; false when another task holds it.
    @inlinable public mutating func acquire(_ lock: Lock, by task: Int) -> Bool {
        let i = Int(lock.rawValue)
        guard writers[i] < 0, readers[i] == 0 else { return false }
        writers[i] = Int8(task)
        return true
    }

    /// Takes the lock shared; false while a writer holds it.
    @inlinable public mutating func acquireShared(_ lock: Lock, by task: Int) -> Bool {
        let i = Int(lock.rawValue)
        guard writers[i] < 0 else { return false }
        readers[i] |= 1 << UInt64(task)
        return true
    }

    @inlinable public mutating func release(_ lock: Lock, by task: Int) {
        let i = Int(lock.rawValue)
        if writers[i] == Int8(task) { writers[i] = -1 }
        readers[i] &= ~(1 << UInt64(task))
    }
}

extension Lock {
    /// Its name in the words of a family of kernels.
    public func name(_ words: Vocabulary) -> String { self == .tree ? words.lock : name }
}

extension Wait {
    /// What it is, for people, in the words of a family of kernels.
    public func name(_ words: Vocabulary) -> String {
        switch self {
        case .lock(let lock), .lockShared(let lock): lock.name(words)
        case .pageLock, .writeback: name
        }
    }
}
