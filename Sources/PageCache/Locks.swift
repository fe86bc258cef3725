/// The locks that order the modelled paths (spec/dax.md, section 12).
public enum Lock: UInt8, CaseIterable, Hashable, Sendable {
    /// The inode lock (`i_mutex`).
    case inode
    /// The file system's fault lock: ext2 dax_sem, ext4 i_mmap_sem, XFS MMAPLOCK.
    case fault
    /// `i_mmap_rwsem`.
    case iMmap
    /// `tree_lock`, taken with interrupts off.
    case tree

    /// The kernel's name.
    public var name: String {
        switch self {
        case .inode: "i_mutex"
        case .fault: "fault lock"
        case .iMmap: "i_mmap_rwsem"
        case .tree: "tree_lock"
        }
    }
}

/// What a task waits for.
public enum Wait: Hashable, Sendable {
    case lock(Lock)
    case pageLock(PageID)
    case writeback(PageID)
}

/// Who holds which lock. Tasks are counted by their position in `Machine.tasks`, at most 64.
public struct LockTable: Hashable, Sendable {
    /// By lock: the task that holds it for writing, or -1.
    public private(set) var writers: [Int8]
    /// By lock: one bit for each task that holds it for reading.
    public private(set) var readers: [UInt64]

    public init() {
        writers = Array(repeating: -1, count: Lock.allCases.count)
        readers = Array(repeating: 0, count: Lock.allCases.count)
    }

    public func writer(of lock: Lock) -> Int? {
        let task = writers[Int(lock.rawValue)]
        return task < 0 ? nil : Int(task)
    }

    public func isHeld(_ lock: Lock) -> Bool {
        writers[Int(lock.rawValue)] >= 0 || readers[Int(lock.rawValue)] != 0
    }

    /// The tasks that hold `lock`, ascending.
    public func holders(of lock: Lock) -> [Int] {
        if let writer = writer(of: lock) { return [writer] }
        let bits = readers[Int(lock.rawValue)]
        return (0..<64).filter { bits >> UInt64($0) & 1 == 1 }
    }

    /// Takes the lock exclusively; false when another task holds it.
    public mutating func acquire(_ lock: Lock, by task: Int) -> Bool {
        let i = Int(lock.rawValue)
        guard writers[i] < 0, readers[i] == 0 else { return false }
        writers[i] = Int8(task)
        return true
    }

    /// Takes the lock shared; false while a writer holds it.
    public mutating func acquireShared(_ lock: Lock, by task: Int) -> Bool {
        let i = Int(lock.rawValue)
        guard writers[i] < 0 else { return false }
        readers[i] |= 1 << UInt64(task)
        return true
    }

    public mutating func release(_ lock: Lock, by task: Int) {
        let i = Int(lock.rawValue)
        if writers[i] == Int8(task) { writers[i] = -1 }
        readers[i] &= ~(1 << UInt64(task))
    }
}
