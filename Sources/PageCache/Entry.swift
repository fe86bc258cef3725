import PageTree
import RadixTree

/// What the words in the slots of `page_tree` mean to the page cache.
///
/// Sources: include/linux/radix-tree.h of v4.5 (RADIX_DAX_*), mm/workingset.c (shadow entries),
/// include/linux/swapops.h (swap entries).
extension RadixTree.Entry {
    /// Where the modelled `struct page` array starts; the value of vmemmap on x86_64.
    @usableFromInline static let firstPage: UInt64 = 0xffff_ea00_0000_0000
    /// `sizeof(struct page)`.
    @usableFromInline static let pageStride: UInt64 = 64

    @inlinable public static func page(_ page: PageID) -> Self {
        Self(firstPage + UInt64(page.number) * pageStride)
    }

    /// One page at `sector` (`sector << 4 | 6`).
    @inlinable public static func daxPTE(sector: UInt64) -> Self { Self(sector << 4 | 0x6) }

    /// 512 pages from `sector` on (`sector << 4 | 0xa`).
    @inlinable public static func daxPMD(sector: UInt64) -> Self { Self(sector << 4 | 0xa) }

    /// A shadow that remembers the `inactive_age` at which its page was reclaimed
    /// (mm/workingset.c, pack_shadow): (((age << 6 | node) << 2 | zone) << 2) | 2, where 64 nodes
    /// and four zones are possible. The modelled machine has one node, number 0, and all its memory
    /// in one zone, of index 0.
    @inlinable public static func shadow(age: UInt64) -> Self {
        Self(age << shadowShift | 2)
    }

    @usableFromInline static let shadowShift: UInt64 = 10
    /// The bits that are left for the age (EVICTION_MASK).
    public static let evictionMask = UInt64.max >> shadowShift

    /// A page that is in swap slot `slot` (`swp_to_radix_entry`: the value << 2 | 2; the modelled
    /// machine has one swap area, number 0, so that the value is the slot).
    @inlinable public static func swap(slot: UInt64) -> Self { Self(slot << 2 | 2) }

    @inlinable public var page: PageID? {
        guard !isExceptional, rawValue >= Self.firstPage else { return nil }
        return PageID(Int((rawValue - Self.firstPage) / Self.pageStride))
    }

    /// `RADIX_DAX_TYPE`: the low four bits. A page has type 0.
    @inlinable public var daxType: UInt64 { rawValue & 0xf }
    @inlinable public var isDAXPTE: Bool { daxType == 0x6 }
    @inlinable public var isDAXPMD: Bool { daxType == 0xa }
    /// `RADIX_DAX_SECTOR`, in units of 512 bytes.
    @inlinable public var daxSector: UInt64 { rawValue >> 4 }
    @inlinable public var shadowAge: UInt64 { rawValue >> Self.shadowShift }
    /// The node and the index of the zone that the page was in.
    @inlinable public var shadowNode: UInt64 { rawValue >> 4 & 0x3f }
    @inlinable public var shadowZone: UInt64 { rawValue >> 2 & 0x3 }
    @inlinable public var swapSlot: UInt64 { rawValue >> 2 }
}

/// What an entry of a file's tree is, for people.
public enum EntryKind: String, Sendable, CaseIterable {
    case page
    case zeroPage = "zero-page"
    case daxPTE = "dax-pte"
    case daxPMD = "dax-pmd"
    case shadow
    case swap
    /// Of a bare XArray: `xa_mk_value`.
    case value
    /// A pointer to no page of the machine.
    case pointer
    /// `XA_ZERO_ENTRY`.
    case zeroEntry = "zero-entry"
    /// `XA_RETRY_ENTRY`.
    case retryEntry = "retry-entry"

    /// For people, in the words of a family.
    public func label(_ words: Vocabulary) -> String {
        switch self {
        case .page: words.page
        case .zeroPage: "zero \(words.page)"
        case .daxPTE: "DAX PTE entry"
        case .daxPMD: "DAX PMD entry"
        case .shadow: "shadow entry"
        case .swap: "swap entry"
        case .value: "value"
        case .pointer: "pointer"
        case .zeroEntry: "zero entry"
        case .retryEntry: "retry entry"
        }
    }
}
