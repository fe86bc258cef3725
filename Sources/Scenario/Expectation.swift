import Kernel
import PageCache

/// What must hold after a step, on some kernels.
public struct Expectation: Equatable, Sendable {
    /// The kernels that this is about; nil means every kernel of the scenario.
    public var kernels: [KernelVersion]?
    /// At most one for each key.
    public var conditions: [Located<Condition>]
    public var origin: Origin

    public init(
        kernels: [KernelVersion]? = nil, _ conditions: [Located<Condition>],
        origin: Origin = Origin()
    ) {
        self.kernels = kernels
        self.conditions = conditions
        self.origin = origin
    }
}

/// One condition of an expectation. What each means exactly stands in docs/scenario-format.md.
public enum Condition: Equatable, Sendable {
    /// A counter, as the unsigned 64-bit number that the kernel keeps: -1 is 2^64-1.
    case nrpages(UInt64)
    case nrexceptional(UInt64)
    /// Levels of the tree, 0...11.
    case height(Int)
    /// Nodes of the tree.
    case nodes(UInt64)
    case rootTags(ExpectedTags)
    /// Exactly these entries are in the tree. Runs are in ascending order and do not overlap.
    case entries([IndexRun<ExpectedEntry>])
    /// These indices hold this; nothing is said about others. nil: no entry.
    case entry([IndexRun<ExpectedEntry?>])
    /// The state of the file's blocks, where listed.
    case blocks([IndexRun<BlockState>])
    /// The size of the file (`i_size`) in bytes.
    case size(UInt64)
    /// The byte that the step's load or pread returned.
    case value(UInt8)
    case result(ExpectedResult)
    /// How many page faults the step took; nil says nothing.
    case faults(minor: UInt64?, major: UInt64?)
    /// Exactly these kinds of findings exist, in any number. Sorted by name, without repetition.
    case findings([Finding.Kind])
    /// The step met a BUG at this place, such as "fs/inode.c:497"; nil: none.
    case bug(String?)
    /// Warnings of the step, one for each text, which it must contain, in this order; empty: none.
    case warn([String])
    /// Texts that the kernel log of the step contains.
    case log([String])
    /// What page tables hold.
    case pte([ExpectedMapping])
    /// The byte at the start of these pages that would be there after a power loss now.
    case durable([IndexRun<UInt8>])
    /// Exactly these pages of the mapping were in memory, as mincore reported. In ascending order,
    /// without overlaps.
    case resident([ClosedRange<UInt64>])
    /// Whether the step got what it asked for: came to its stop, had something to resume, let an
    /// allocation fail. True is expected of every step of which nothing else is said.
    case met(Bool)

    /// The name in the file, which tells conditions apart.
    public enum Key: String, CaseIterable, Sendable {
        case nrpages, nrexceptional, height, nodes
        case rootTags = "root-tags"
        case entries, entry, blocks, size, value, result, faults, findings, bug, warn, log, pte
        case durable, resident, met
    }

    public var key: Key {
        switch self {
        case .nrpages: .nrpages
        case .nrexceptional: .nrexceptional
        case .height: .height
        case .nodes: .nodes
        case .rootTags: .rootTags
        case .entries: .entries
        case .entry: .entry
        case .blocks: .blocks
        case .size: .size
        case .value: .value
        case .result: .result
        case .faults: .faults
        case .findings: .findings
        case .bug: .bug
        case .warn: .warn
        case .log: .log
        case .pte: .pte
        case .durable: .durable
        case .resident: .resident
        case .met: .met
        }
    }
}

/// Neighbouring indices with the same value. A run is never expanded: it may be 2^64 long.
public struct IndexRun<Value: Equatable & Sendable>: Equatable, Sendable {
    /// Both ends inclusive.
    public var indices: ClosedRange<UInt64>
    public var value: Value

    public init(_ indices: ClosedRange<UInt64>, _ value: Value) {
        self.indices = indices
        self.value = value
    }
}

/// The three tags of a tree.
public struct ExpectedTags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let dirty = Self(rawValue: 1)
    public static let writeback = Self(rawValue: 2)
    public static let towrite = Self(rawValue: 4)

    /// Each tag with its letter (in `root-tags`) and its word (in `entries`).
    static let spellings: [(tag: Self, letter: Character, word: String)] = [
        (.dirty, "D", "dirty"), (.writeback, "W", "writeback"), (.towrite, "T", "towrite"),
    ]
}

/// An entry of the tree: what it is, and exactly which tags it has.
public struct ExpectedEntry: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A page of the page cache of any sort.
        case page
        /// A page that a DAX load put over a hole.
        case zeroPage = "zero-page"
        case daxPTE = "dax-pte"
        case daxPMD = "dax-pmd"
        case shadow, swap
        /// On a bare tree.
        case pointer, value
    }

    public var kind: Kind
    public var tags: ExpectedTags

    public init(_ kind: Kind, _ tags: ExpectedTags = []) {
        self.kind = kind
        self.tags = tags
    }
}

/// How an operation ended.
public enum ExpectedResult: Hashable, Sendable {
    /// The return value of the call, 0 for an access that worked.
    case returns(Int64)
    case error(ExpectedErrno)
    case signal(ExpectedSignal)
}

/// The errors that the modelled calls can return.
public enum ExpectedErrno: String, CaseIterable, Sendable {
    case eperm = "EPERM"
    case eintr = "EINTR"
    case eio = "EIO"
    case enxio = "ENXIO"
    case ebadf = "EBADF"
    case eagain = "EAGAIN"
    case enomem = "ENOMEM"
    case eacces = "EACCES"
    case efault = "EFAULT"
    case ebusy = "EBUSY"
    case eexist = "EEXIST"
    case enodev = "ENODEV"
    case einval = "EINVAL"
    case efbig = "EFBIG"
    case enospc = "ENOSPC"
    case eopnotsupp = "EOPNOTSUPP"

    /// The number of the error on Linux, positive.
    public var number: Int64 {
        switch self {
        case .eperm: 1
        case .eintr: 4
        case .eio: 5
        case .enxio: 6
        case .ebadf: 9
        case .eagain: 11
        case .enomem: 12
        case .eacces: 13
        case .efault: 14
        case .ebusy: 16
        case .eexist: 17
        case .enodev: 19
        case .einval: 22
        case .efbig: 27
        case .enospc: 28
        case .eopnotsupp: 95
        }
    }
}

public enum ExpectedSignal: String, CaseIterable, Sendable {
    case sigbus = "SIGBUS"
    case sigsegv = "SIGSEGV"
    /// Not a signal of the kernel's: the fault found no memory.
    case oom = "OOM"
    /// Nor this: the access faults for ever and makes no progress.
    case livelock
}

/// What the page table of a mapping holds for a page.
public struct ExpectedMapping: Hashable, Sendable {
    public enum Target: String, CaseIterable, Sendable {
        /// No page table, or an empty entry.
        case none
        /// A page of the page cache of any sort.
        case page
        /// A page that a DAX load put over a hole.
        case zeroPage = "zero-page"
        /// A 4 KiB block of persistent memory.
        case block
        /// 2 MiB of persistent memory.
        case huge
        /// The huge page of zeroes.
        case hugeZero = "huge-zero"
    }

    public enum Access: String, CaseIterable, Sendable {
        case readOnly = "read-only"
        case writable
    }

    public var map: String
    public var page: UInt64
    /// nil: anything that is present.
    public var target: Target?
    /// nil: either. Never set when the target is none.
    public var access: Access?

    public init(map: String, page: UInt64, target: Target?, access: Access? = nil) {
        self.map = map
        self.page = page
        self.target = target
        self.access = access
    }
}
