import RadixTree

/// What `get_block` fills in (`struct buffer_head`, as far as fs/dax.c reads it).
public struct BufferHead: Hashable, Sendable {
    public struct State: OptionSet, Hashable, Sendable {
        public var rawValue: UInt16

        public init(rawValue: UInt16) { self.rawValue = rawValue }

        // The kernel's bits (include/linux/buffer_head.h), so that b_state prints as there.
        public static let uptodate = Self(rawValue: 1 << 0)
        public static let mapped = Self(rawValue: 1 << 5)
        public static let new = Self(rawValue: 1 << 6)
        public static let unwritten = Self(rawValue: 1 << 11)
    }

    public var state: State = []
    /// `b_blocknr`: block number on the device.
    public var block: UInt64 = 0
    /// `b_size`, bytes: the length wanted, then the length found.
    public var size: UInt64 = 0

    public init() {}

    public var isMapped: Bool { state.contains(.mapped) }
    public var isUnwritten: Bool { state.contains(.unwritten) }
    public var isNew: Bool { state.contains(.new) }
    public var isUptodate: Bool { state.contains(.uptodate) }
    /// `buffer_written`: data is there to be read.
    public var isWritten: Bool { isMapped && !isUnwritten }
    /// `to_sector`.
    public var sector: UInt64 { block * Geometry.sectorsPerPage }
}

/// The VM_FAULT_ bits that a fault handler returns (include/linux/mm.h).
public struct FaultResult: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let oom = Self(rawValue: 0x1)
    public static let sigbus = Self(rawValue: 0x2)
    public static let major = Self(rawValue: 0x4)
    public static let write = Self(rawValue: 0x8)
    public static let nopage = Self(rawValue: 0x100)
    public static let locked = Self(rawValue: 0x200)
    public static let retry = Self(rawValue: 0x400)
    public static let fallback = Self(rawValue: 0x800)

    /// VM_FAULT_ERROR, as far as it is modelled.
    public var isError: Bool { !isDisjoint(with: [.oom, .sigbus]) }
}

/// The locals of a kernel function in execution. One struct serves every function: a name means
/// the same thing in each that uses it, and most functions use a few.
public struct Locals: Sendable {
    /// Position in `Machine.vmas`.
    public var vma = -1
    /// `vmf->pgoff`: the file page of the access.
    public var pgoff: UInt64 = 0
    public var isWrite = false
    /// The byte that a store or write puts down.
    public var value: UInt8 = 0
    public var page: PageID?
    public var entry: RadixTree.Entry?
    /// What a conditional replacement or deletion expects to find.
    public var expected: RadixTree.Entry?
    public var shadow: RadixTree.Entry?
    public var bh = BufferHead()
    /// 0 or a negative errno, or a length.
    public var error = 0
    public var result: FaultResult = []
    public var isMajor = false
    /// The fault itself allocated blocks (fs/dax.c, `alloc`, v4.5).
    public var alloc = false
    public var index: UInt64 = 0
    public var start: UInt64 = 0
    /// Exclusive unless the function says otherwise.
    public var end: UInt64 = 0
    public var partialStart: UInt64 = 0
    public var partialEnd: UInt64 = 0
    public var sector: UInt64 = 0
    public var isPMD = false
    public var isDirty = false
    /// Blocking: WB_SYNC_ALL, or the second pass of a truncation.
    public var isSync = false
    /// A pagevec: what a gang lookup found.
    public var batch: [BatchItem] = []
    public var item = 0
    public var node: RadixTree.NodeID?
    public var offset = 0
    public var height = 0
    public var tag: RadixTree.Tag = .dirty
    public var tags: RadixTree.TagSet = []
    public var count = 0
    /// The indices whose page cache pages this function is about to remove. The audit takes a
    /// page in it for one in hand, not for an orphan.
    public var removing: ClosedRange<UInt64>?

    public init() {}
}

/// An entry that a gang lookup found.
public struct BatchItem: Hashable, Sendable {
    public var index: UInt64
    public var entry: RadixTree.Entry

    public init(index: UInt64, entry: RadixTree.Entry) {
        self.index = index
        self.entry = entry
    }
}

/// A function in execution: which, where, and its locals.
public struct Frame: Sendable {
    /// The number of the function in the kernel model.
    public var function: Int
    /// The statement that runs next, from 0.
    public var statement: Int
    public var locals: Locals

    public init(function: Int, statement: Int = 0, locals: Locals) {
        self.function = function
        self.statement = statement
        self.locals = locals
    }
}

/// What an operation came back with.
public struct Outcome: Hashable, Sendable {
    /// A system call's return value: 0 or positive, or a negative errno.
    public var code = 0
    /// The byte that a load or read saw, or a store put down.
    public var value: UInt8?
    /// The signal that killed an access.
    public var signal: String?
    /// Faults that the access took, as getrusage counts them.
    public var minorFaults = 0
    public var majorFaults = 0

    public init() {}
}

/// A thread that runs operations, one at a time.
public struct Task: Sendable {
    public enum State: Hashable, Sendable {
        /// No operation is under way.
        case idle
        case running
        case waiting(Wait)
        /// Killed by a BUG, with whatever locks it held.
        case dead
    }

    public var name: String
    public var state: State = .idle
    /// The call stack, innermost last.
    public var frames: [Frame] = []
    /// What the function that returned last gave back.
    public var returned = 0
    public var returnedPage: PageID?
    public var returnedEntry: RadixTree.Entry?
    public var returnedBuffer = BufferHead()
    public var returnedNode: RadixTree.NodeID?
    public var returnedOffset = 0
    public var returnedValue: UInt8 = 0
    /// Of the operation under way, or of the last one.
    public var outcome = Outcome()

    public init(name: String) { self.name = name }
}
