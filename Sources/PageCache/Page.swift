import RadixTree

public typealias PageIndex = RadixTree.Index

/// Constants of the modelled machine: x86_64 with 4 KiB pages and blocks and 2 MiB huge pages.
public enum Geometry {
    /// Bytes.
    public static let pageSize: UInt64 = 4096
    /// Pages under one page middle directory entry.
    public static let pagesPerPMD: UInt64 = 512
    /// Bytes.
    public static let pmdSize: UInt64 = pageSize * pagesPerPMD
    /// 512-byte sectors in a page.
    public static let sectorsPerPage: UInt64 = 8
    /// Entries in a pagevec (include/linux/pagevec.h, PAGEVEC_SIZE).
    public static let pagevecSize = 14

    /// The first index of the 2 MiB range that holds `index` (fs/dax.c, DAX_PMD_INDEX, v4.5).
    @inlinable public static func pmdHead(_ index: UInt64) -> UInt64 {
        index & ~(pagesPerPMD - 1)
    }

    /// Pages that `bytes` reach into.
    @inlinable public static func pages(_ bytes: UInt64) -> UInt64 {
        bytes / pageSize + (bytes % pageSize == 0 ? 0 : 1)
    }
}

/// The name of a `struct page` of the machine; pages are numbered from 1 in the order of their
/// allocation and a number is never used again.
public struct PageID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: Int

    @inlinable public init(_ number: Int) { self.number = number }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.number < b.number }

    public var description: String { "p\(number)" }
}

/// The page flags that the modelled paths read or write (include/linux/page-flags.h), in the order
/// of the kernel's bits.
public struct PageFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var locked: Self { Self(rawValue: 1 << 0) }
    @inlinable public static var error: Self { Self(rawValue: 1 << 1) }
    @inlinable public static var referenced: Self { Self(rawValue: 1 << 2) }
    @inlinable public static var uptodate: Self { Self(rawValue: 1 << 3) }
    @inlinable public static var dirty: Self { Self(rawValue: 1 << 4) }
    @inlinable public static var lru: Self { Self(rawValue: 1 << 5) }
    @inlinable public static var active: Self { Self(rawValue: 1 << 6) }
    /// PG_private: the page has a buffer (fs/buffer.c).
    @inlinable public static var hasBuffers: Self { Self(rawValue: 1 << 7) }
    @inlinable public static var writeback: Self { Self(rawValue: 1 << 8) }
    /// PG_reclaim, and on a page that is not under writeback PG_readahead: one bit.
    @inlinable public static var reclaim: Self { Self(rawValue: 1 << 9) }
    /// PG_mappedtodisk: every block of the page is on the device.
    @inlinable public static var mappedToDisk: Self { Self(rawValue: 1 << 10) }
    /// PG_swapbacked: an anonymous page, or one of tmpfs.
    @inlinable public static var swapBacked: Self { Self(rawValue: 1 << 11) }

    /// With the kernel's names, in the order of its bits.
    public static let names: [(flag: Self, name: String)] = [
        (.locked, "locked"), (.error, "error"), (.referenced, "referenced"),
        (.uptodate, "uptodate"), (.dirty, "dirty"), (.lru, "lru"), (.active, "active"),
        (.hasBuffers, "private"), (.writeback, "writeback"), (.reclaim, "reclaim"),
        (.mappedToDisk, "mappedtodisk"), (.swapBacked, "swapbacked"),
    ]

    /// The names of the flags that are set, as the kernel prints them.
    public var spelled: [String] { Self.names.filter { contains($0.flag) }.map(\.name) }
}

/// A `struct page`: of the page cache, or a private copy of one.
public struct Page: Hashable, Sendable {
    public var flags: PageFlags = []
    /// `page->mapping` points to the file's address_space.
    public var hasMapping = false
    /// `page->index`; kept after the page left the mapping. Of a private copy the page of the file
    /// that it was copied from.
    public var index: UInt64 = 0
    /// `_count`: the cache holds one, each lookup one, each mapping one, a buffer one, each of the
    /// CPU's lists one. 0: freed.
    public var references = 1
    /// Page table entries that map this page: `_mapcount` + 1.
    public var mapCount = 0
    /// The page was filled with zeroes to stand for a hole (fs/dax.c, dax_load_hole).
    public var isZeroPage = false
    /// A private copy (PageAnon).
    public var isAnonymous = false
    /// `b_state` of the page's only buffer_head, while it has one (PG_private).
    public var buffer: BufferHead.State = []
    /// The task that holds the page lock, while it is locked.
    public var lockedBy: Int8 = -1
    public var bytes = PageBytes.zero

    @inlinable public init() {}

    /// PG_readahead: who comes to this page has the next window read (mm/readahead.c). It is the
    /// bit of PG_reclaim, which stands for something else while the page is dirty or under
    /// writeback.
    @inlinable public var isReadAheadMark: Bool {
        flags.contains(.reclaim) && flags.isDisjoint(with: [.dirty, .writeback])
    }

    /// What is left of a page without references.
    @usableFromInline static var free: Page {
        var page = Page()
        page.references = 0
        return page
    }
}
