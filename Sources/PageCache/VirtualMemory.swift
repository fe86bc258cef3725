/// A page table entry of one 4 KiB page.
public struct PTE: Hashable, Sendable {
    public enum Target: Hashable, Sendable {
        /// A page of the page cache.
        case page(PageID)
        /// A block of the device, mapped directly (pte_special or pte_devmap).
        case block(UInt64)
        /// A private copy of one page, made by a write to a private mapping.
        case copy(PageID)
    }

    public var target: Target
    public var isWritable: Bool
    public var isDirty: Bool
    /// _PAGE_ACCESSED: x86 sets it when the entry is made (vm_page_prot has it), and with each
    /// access; reclaim takes it away.
    public var isYoung = true

    @inlinable public init(target: Target, isWritable: Bool, isDirty: Bool) {
        self.target = target
        self.isWritable = isWritable
        self.isDirty = isDirty
    }

    @inlinable public var isCopy: Bool {
        if case .copy = target { true } else { false }
    }
}

/// A page middle directory entry: what the 2 MiB from a 2 MiB boundary on are mapped by.
public enum PMD: Hashable, Sendable {
    case none
    /// A page table; its entries are in `VMA.ptes`.
    case table
    /// A huge mapping of 512 blocks from `block` on.
    case huge(block: UInt64, isWritable: Bool, isDirty: Bool)
    case hugeZeroPage

    /// It maps 2 MiB itself.
    @inlinable public var isHuge: Bool {
        switch self {
        case .huge, .hugeZeroPage: true
        case .none, .table: false
        }
    }
}

/// What a program says of its accesses to come: of a file (posix_fadvise) or a mapping (madvise).
public enum Advice: String, CaseIterable, Sendable {
    case normal, random, sequential
    /// Soon: what is not in the cache is read.
    case willNeed = "willneed"
    /// Not soon: what is in the cache, or mapped, is given up.
    case dontNeed = "dontneed"
    /// Once. The kernels of 2015 do nothing about it.
    case noReuse = "noreuse"
}

/// A mapping of the file (`vm_area_struct`) together with its part of the page tables.
public struct VMA: Hashable, Sendable {
    public var name: String
    /// `vm_pgoff`: the file page at the start of the mapping.
    public var first: UInt64
    /// Pages.
    public var count: UInt64
    public var isShared: Bool
    /// VM_WRITE: stores are allowed.
    public var allowsStores = true
    /// What madvise(2) has said of the accesses to come.
    public var advice = Advice.normal
    /// False after munmap.
    public var isMapped = true
    /// How far virtual addresses are off the 2 MiB alignment of the file, in pages: 0 when a PMD
    /// fault is possible.
    public var skew: UInt64
    /// `vm_start`: the virtual address of its first page.
    public var address: UInt64
    /// By number of the 2 MiB range; absent: none.
    public var pmds = SortedMap<UInt64, PMD>()
    /// By file page; absent: empty.
    public var ptes = SortedMap<UInt64, PTE>()

    public init(
        name: String, first: UInt64, count: UInt64, isShared: Bool, skew: UInt64,
        address: UInt64 = 0
    ) {
        self.name = name
        self.first = first
        self.count = count
        self.isShared = isShared
        self.skew = skew
        self.address = address
    }

    /// One past the last file page.
    @inlinable public var end: UInt64 { first + count }

    @inlinable public func contains(_ page: UInt64) -> Bool { page >= first && page < end }

    /// The number of the 2 MiB range of virtual addresses that maps file page `page`.
    @inlinable public func region(of page: UInt64) -> UInt64 {
        (page + skew) / Geometry.pagesPerPMD
    }

    /// The file pages that range `region` maps, clipped to nothing; may reach outside the mapping.
    @inlinable public func firstPage(ofRegion region: UInt64) -> Int64 {
        Int64(region * Geometry.pagesPerPMD) - Int64(skew)
    }

    @inlinable public func pmd(of page: UInt64) -> PMD { pmds[region(of: page)] ?? .none }
}
