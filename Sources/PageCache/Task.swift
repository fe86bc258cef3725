import PageTree
import RadixTree
import XArray

/// What `get_block` fills in (`struct buffer_head`, as far as fs/dax.c reads it).
public struct BufferHead: Hashable, Sendable {
    public struct State: OptionSet, Hashable, Sendable {
        public var rawValue: UInt16

        @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

        // The kernel's bits (include/linux/buffer_head.h), so that b_state prints as there.
        @inlinable public static var uptodate: Self { Self(rawValue: 1 << 0) }
        @inlinable public static var dirty: Self { Self(rawValue: 1 << 1) }
        @inlinable public static var locked: Self { Self(rawValue: 1 << 2) }
        /// BH_Req: it has been submitted for I/O.
        @inlinable public static var req: Self { Self(rawValue: 1 << 3) }
        @inlinable public static var mapped: Self { Self(rawValue: 1 << 5) }
        @inlinable public static var new: Self { Self(rawValue: 1 << 6) }
        /// A block was promised, and is not allocated yet.
        @inlinable public static var delay: Self { Self(rawValue: 1 << 9) }
        /// BH_Boundary: a block of another kind follows.
        @inlinable public static var boundary: Self { Self(rawValue: 1 << 10) }
        @inlinable public static var writeError: Self { Self(rawValue: 1 << 11) }
        @inlinable public static var unwritten: Self { Self(rawValue: 1 << 12) }

        /// With the kernel's names, in the order of its bits.
        public static let names: [(state: Self, name: String)] = [
            (.uptodate, "uptodate"), (.dirty, "dirty"), (.locked, "locked"), (.req, "req"),
            (.mapped, "mapped"), (.new, "new"), (.delay, "delay"),
            (.writeError, "io_error"), (.unwritten, "unwritten"),
        ]

        /// The names of the bits that are set, without their BH_.
        public var spelled: [String] { Self.names.filter { contains($0.state) }.map(\.name) }
    }

    public var state: State = []
    /// `b_blocknr`: block number on the device.
    public var block: UInt64 = 0
    /// `b_size`, bytes: the length wanted, then the length found.
    public var size: UInt64 = 0
    /// `b_bdev` is set.
    public var hasDevice = false

    @inlinable public init() {}

    @inlinable public var isMapped: Bool { state.contains(.mapped) }
    @inlinable public var isUnwritten: Bool { state.contains(.unwritten) }
    @inlinable public var isNew: Bool { state.contains(.new) }
    @inlinable public var isUptodate: Bool { state.contains(.uptodate) }
    /// `buffer_written`: data is there to be read.
    @inlinable public var isWritten: Bool { isMapped && !isUnwritten }
    /// `to_sector`.
    @inlinable public var sector: UInt64 { block * Geometry.sectorsPerPage }
}

/// The VM_FAULT_ bits that a fault handler returns (include/linux/mm.h).
public struct FaultResult: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var oom: Self { Self(rawValue: 0x1) }
    @inlinable public static var sigbus: Self { Self(rawValue: 0x2) }
    @inlinable public static var major: Self { Self(rawValue: 0x4) }
    @inlinable public static var write: Self { Self(rawValue: 0x8) }
    @inlinable public static var nopage: Self { Self(rawValue: 0x100) }
    @inlinable public static var locked: Self { Self(rawValue: 0x200) }
    @inlinable public static var retry: Self { Self(rawValue: 0x400) }
    @inlinable public static var fallback: Self { Self(rawValue: 0x800) }

    /// VM_FAULT_ERROR, as far as it is modelled.
    @inlinable public var isError: Bool { !isDisjoint(with: [.oom, .sigbus]) }
}

/// The locals of a kernel function in execution. One struct serves every function: a name means
/// the same thing in each that uses it, and most functions use a few.
///
/// It holds nothing that is counted, so that frames are copied as bytes.
public struct Locals: Sendable {
    /// Position in `Machine.vmas`.
    public var vma = -1
    /// `vmf->pgoff`: the file page of the access.
    public var pgoff: UInt64 = 0
    public var page: PageID?
    public var entry: RadixTree.Entry?
    /// What a conditional replacement or deletion expects to find.
    public var expected: RadixTree.Entry?
    public var shadow: RadixTree.Entry?
    public var bh = BufferHead()
    /// 0 or a negative errno, or a length.
    public var error = 0
    public var index: UInt64 = 0
    public var start: UInt64 = 0
    /// Exclusive unless the function says otherwise.
    public var end: UInt64 = 0
    public var partialStart: UInt64 = 0
    public var partialEnd: UInt64 = 0
    public var sector: UInt64 = 0
    /// A pagevec, what a gang lookup found: where it stands in `Task.pagevecs`.
    public var batchStart: Int32 = 0
    public var batchCount: Int32 = 0
    public var item = 0
    public var node: RadixTree.NodeID?
    public var offset = 0
    public var height = 0
    public var count = 0
    /// The indices whose page cache pages this function is about to remove. The audit takes a
    /// page in it for one in hand, not for an orphan.
    public var removing: ClosedRange<UInt64>?
    public var isWrite = false
    /// The byte that a store or write puts down.
    public var value: UInt8 = 0
    public var isMajor = false
    /// The fault itself allocated blocks (fs/dax.c, `alloc`, v4.5).
    public var alloc = false
    public var isPMD = false
    public var isDirty = false
    /// Blocking: WB_SYNC_ALL, or the second pass of a truncation.
    public var isSync = false
    public var tag: RadixTree.Tag = .dirty
    public var tags: RadixTree.TagSet = []
    public var result: FaultResult = []
    public var xas = ArrayLocals()

    @inlinable public init() {}
}

/// The locals of functions of lib/xarray.c, and of those that have a state of it.
public struct ArrayLocals: Hashable, Sendable {
    /// `xas`. Callees work on it, and hand it back.
    public var state = XArray.State()
    /// What is to be stored, or was read.
    public var entry = XArray.Slot.empty
    public var first = XArray.Slot.empty
    public var next = XArray.Slot.empty
    public var mark = XArray.Mark.dirty
    public var marks: XArray.MarkSet = []
    /// `allow_root`: the entry may go into the head.
    public var allowsHead = false
    /// `value`: what is stored is a value.
    public var isValue = false
    /// `advance`: the search goes on behind the slot that the state stands at.
    public var advances = false

    @inlinable public init() {}
}

/// An entry that a gang lookup found.
public struct BatchItem: Hashable, Sendable {
    public var index: UInt64
    public var entry: RadixTree.Entry

    @inlinable public init(index: UInt64, entry: RadixTree.Entry) {
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

    @inlinable public init(function: Int, statement: Int = 0, locals: Locals) {
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
    /// All that a read brought.
    public var data = ReadData()
    /// Of a bare tree: the entry that is or was there.
    public var found: PageTree.Entry?
    /// mincore: the pages of the mapping that are in memory.
    public var resident: [UInt64]?
    /// reclaim: what became of the pages that it looked at.
    public var reclaim: ReclaimCounts?
    /// The signal that killed an access.
    public var signal: String?
    /// Faults that the access took, as getrusage counts them.
    public var minorFaults = 0
    public var majorFaults = 0

    @inlinable public init() {}
}

/// What became of the pages that reclaim looked at.
public struct ReclaimCounts: Hashable, Sendable {
    /// Freed.
    public var reclaimed = 0
    /// Left out, because they are on the active list.
    public var active = 0
    /// Not in the cache, or on no list.
    public var absent = 0
    /// Looked at, and kept.
    public var kept = 0

    public init() {}
}

/// The bytes that a read brought, as runs of equal ones.
public struct ReadData: Hashable, Sendable {
    public struct Run: Hashable, Sendable {
        public var length: UInt64
        public var value: UInt8
    }

    public private(set) var runs: [Run] = []

    public init() {}

    public mutating func append(_ value: UInt8, count: UInt64) {
        guard count > 0 else { return }
        if runs.last?.value == value {
            runs[runs.count - 1].length += count
        } else {
            runs.append(Run(length: count, value: value))
        }
    }

    /// The bytes at `offsets` of a page.
    public mutating func append(_ bytes: PageBytes, _ offsets: Range<Int>) {
        for part in bytes.segments where part.offsets.overlaps(offsets) {
            append(part.value, count: UInt64(part.offsets.clamped(to: offsets).count))
        }
    }
}

/// The I/O of one operation: pages or blocks that it reads or writes on the device.
public struct Transfers: Hashable, Sendable {
    public var count = 0
    /// The one (from 1) that fails.
    public var failing: Int?

    public init(failing: Int? = nil) { self.failing = failing }

    /// - Returns: whether this one fails.
    public mutating func next() -> Bool {
        count += 1
        return count == failing
    }
}

/// Some bytes of a page of the file.
struct BytesOfPage: Hashable, Sendable {
    var page: UInt64
    var bytes: SomeBytes
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
    /// The pagevecs of those functions, one behind the other.
    public var pagevecs: [BatchItem] = []
    /// What the function that returned last gave back.
    public var returned = 0
    public var returnedPage: PageID?
    public var returnedEntry: RadixTree.Entry?
    public var returnedBuffer = BufferHead()
    public var returnedNode: RadixTree.NodeID?
    public var returnedOffset = 0
    public var returnedIndex: UInt64 = 0
    public var returnedBytes = PageBytes.zero
    /// What a function of lib/xarray.c gave back.
    public var returnedSlot = XArray.Slot.empty
    /// Its state, for who has no frame.
    public var returnedState = XArray.State()
    /// The nodes that the operation has asked for, while another task runs.
    public var allocations = NodeAllocator.Account()
    /// The I/O that the operation has asked of the device.
    public var transfers = Transfers()
    /// The read or write under way goes through a file that was opened with O_DIRECT.
    public var isDirect = false
    /// The bytes of the file that the operation under way may change.
    public var changing: Range<UInt64>?
    /// Bytes among them that others have changed meanwhile.
    var contested: [Range<UInt64>] = []
    /// What was known of the bytes that the operation gives other places.
    var shifting: [BytesOfPage] = []
    /// Of the operation under way, or of the last one.
    public var outcome = Outcome()

    public init(name: String) {
        self.name = name
        // Few stacks are deeper; one that grows moves every frame.
        frames.reserveCapacity(8)
    }

    /// In the middle of an operation.
    @inlinable public var isBusy: Bool { !frames.isEmpty }

    /// Killed by a BUG.
    @inlinable public var isDead: Bool {
        if case .dead = state { true } else { false }
    }
}
