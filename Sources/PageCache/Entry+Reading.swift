import PageTree
import RadixTree

// What the words in the slots mean to the page cache, for those who only read them: of Linux 4 what
// `RadixTree.Entry` says.
extension PageTree.Entry {
    /// The word as Linux 4 reads it; nil of another family.
    @inlinable
    var ofLinux4: RadixTree.Entry? {
        family == .radixTree ? RadixTree.Entry(rawValue) : nil
    }

    /// The page that it points to.
    @inlinable public var page: PageID? {
        guard isPointer, rawValue >= RadixTree.Entry.firstPage else { return nil }
        return PageID(Int((rawValue - RadixTree.Entry.firstPage) / RadixTree.Entry.pageStride))
    }

    @inlinable public var isDAXPTE: Bool { ofLinux4?.isDAXPTE == true }
    @inlinable public var isDAXPMD: Bool { ofLinux4?.isDAXPMD == true }
    /// Of a DAX entry, in units of 512 bytes.
    public var daxSector: UInt64 { ofLinux4?.daxSector ?? 0 }
    public var shadowAge: UInt64 { ofLinux4?.shadowAge ?? 0 }
    /// The node and the index of the zone that the page was in.
    public var shadowNode: UInt64 { ofLinux4?.shadowNode ?? 0 }
    public var shadowZone: UInt64 { ofLinux4?.shadowZone ?? 0 }
    public var swapSlot: UInt64 { ofLinux4?.swapSlot ?? 0 }
}

/// Some bits of the word in a slot, and what they mean.
public struct WordField: Hashable, Sendable {
    /// Such as `bits 3, 2`.
    public var name: String
    /// What stands there; nil: the meaning says it.
    public var digits: String?
    /// Of a field with digits it begins with blanks.
    public var meaning: String
}

/// What an entry is and says.
public struct EntryDescription: Sendable {
    /// What an entry says beside what it is, piece by piece.
    public enum Fact: Hashable, Sendable {
        case text(String)
        /// The file pages that it stands for.
        case covers(ClosedRange<UInt64>)
    }

    public var kind: EntryKind
    /// What people call it: `page p3`.
    public var name: String
    public var page: PageID?
    /// Its word from the low bits up.
    public var fields: [WordField]
    /// The same in a few words; nothing of a page, which has facts of its own.
    public var facts: [Fact]
    /// The fields do not say all that the facts do.
    public var isOpaque = false
}

extension Machine {
    /// Reads an entry that stands at some indices.
    public func describe(
        _ entry: PageTree.Entry, at indices: ClosedRange<PageIndex>
    ) -> EntryDescription {
        let kind = Audit.kind(of: entry, in: self)
        let label = kind.label(vocabulary)
        let detail =
            switch kind {
            case .page, .zeroPage: entry.page.map { " \($0)" } ?? ""
            case .value: " \(entry.value)"
            case .pointer: " \(entry.rawValue >> 2)"
            default: ""
            }
        var description = EntryDescription(
            kind: kind, name: label + detail, page: entry.page, fields: lowBits(of: entry),
            facts: [])
        if entry.page == nil { add(entry, indices, to: &description) }
        return description
    }

    /// The words of the family whose tree the file has.
    @inlinable public var vocabulary: Vocabulary { mapping.pageTree.vocabulary }

    /// The counters that the kernel keeps of this file's tree. Nobody counts a bare tree's entries.
    public var counters: [Finding.Counter] {
        if isBareTree { return [] }
        let exceptional: [Finding.Counter] = mapping.xarray == nil ? [.nrexceptional] : []
        return [.nrpages] + exceptional + (inode.fileSystem == .tmpfs ? [.swapped] : [])
    }

    /// What the entries of this file's tree usually are.
    public var usualKinds: [EntryKind] {
        if isBareTree {
            return mapping.xarray == nil ? [.pointer, .value] : [.pointer, .value, .zeroEntry]
        }
        if mapping.xarray != nil { return [.page, .value, .zeroEntry] }
        if inode.fileSystem == .tmpfs { return [.page, .swap] }
        return [.page, .zeroPage, .daxPMD, .daxPTE]
    }

    private func lowBits(of entry: PageTree.Entry) -> [WordField] {
        var fields: [WordField] = []
        switch (entry.family, entry.isValue) {
        case (.radixTree, let isExceptional):
            fields = [
                WordField(name: "bit 0", digits: "0", meaning: "  an entry, no node"),
                WordField(
                    name: "bit 1", digits: isExceptional ? "1" : "0",
                    meaning: isExceptional
                        ? "  exceptional: no page" : "  a pointer to a page"),
            ]
        case (.xarray, true):
            fields = [
                WordField(name: "bit 0", digits: "1", meaning: "  a value, no pointer")
            ]
        case (.xarray, false):
            fields = [
                WordField(
                    name: "bits 1, 0", digits: entry.isPointer ? "00" : "10",
                    meaning: entry.isPointer ? "  a pointer" : "  internal to the array")
            ]
        }
        if let page = entry.page {
            let structure = entry.family.vocabulary.pageStructure
            fields.append(
                WordField(name: "pointer", meaning: "\(structure) \(page), 64 bytes each"))
        }
        return fields
    }

    private func add(
        _ entry: PageTree.Entry, _ indices: ClosedRange<PageIndex>,
        to description: inout EntryDescription
    ) {
        switch description.kind {
        case .page, .zeroPage: break
        case .daxPTE, .daxPMD: addDAX(entry, indices, to: &description)
        case .shadow:
            description.facts = [
                .text("exceptional (bit 1)"), .text("reclaimed at age \(entry.shadowAge)"),
                .text("node \(entry.shadowNode)"), .text("zone \(entry.shadowZone)"),
            ]
            description.isOpaque = true
        case .swap:
            description.facts = [
                .text("exceptional (bit 1)"), .text("in slot \(entry.swapSlot) of the swap area"),
            ]
            description.isOpaque = true
        case .value:
            description.fields.append(
                WordField(
                    name: "bits 63..1", digits: hex(entry.value),
                    meaning: "  what xa_mk_value was given"))
            description.facts = [.text("value (bit 0)"), .text("xa_to_value \(hex(entry.value))")]
        case .zeroEntry, .retryEntry:
            let number = entry.rawValue >> 2
            let name = entry.isZero ? "XA_ZERO_ENTRY" : "XA_RETRY_ENTRY"
            description.fields.append(
                WordField(name: "bits 63..2", digits: "\(number)", meaning: "  \(name)"))
            description.facts = [
                .text("internal (bits 1, 0 are 10)"), .text("\(name), \(number)"),
                .text(entry.isZero ? "reserved: reads as NULL" : "look again from the head"),
            ]
        case .pointer:
            description.fields.append(
                WordField(
                    name: "bits 63..2", digits: hex(entry.rawValue >> 2),
                    meaning: "  of an address"))
            description.facts = [.text("pointer (bits 1, 0 are 00)")]
        }
        if entry.family == .xarray, indices.lowerBound != indices.upperBound {
            description.facts.append(.covers(pages(indices)))
        }
    }

    private func addDAX(
        _ entry: PageTree.Entry, _ indices: ClosedRange<PageIndex>,
        to description: inout EntryDescription
    ) {
        let isPMD = entry.isDAXPMD
        let first = indices.lowerBound.rawValue
        let last = first + (isPMD ? Geometry.pagesPerPMD - 1 : 0)
        description.facts = [
            .text("exceptional (bit 1)"), .text(isPMD ? "type 0xa = PMD" : "type 0x6 = PTE"),
            .text("sector \(hex(entry.daxSector))"), .covers(first...last),
        ]
        let sectors = Geometry.sectorsPerPage
        description.fields += [
            WordField(
                name: "bits 3, 2", digits: isPMD ? "10" : "01",
                meaning: isPMD ? " PMD: 2 MiB" : " PTE: 4 KiB"),
            WordField(
                name: "bits 63..4", digits: hex(entry.daxSector),
                meaning: "  sector; / \(sectors) = block \(entry.daxSector / sectors) "
                    + "of the device"),
        ]
    }

    private func pages(_ indices: ClosedRange<PageIndex>) -> ClosedRange<UInt64> {
        indices.lowerBound.rawValue...indices.upperBound.rawValue
    }

    private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    /// Whether an index has no entry of its own, and one that begins at a lower one stands for it.
    public func isCovered(_ index: UInt64) -> Bool { covering(index) != nil }

    /// The first index of that entry.
    public func covering(_ index: UInt64) -> UInt64? {
        let tree = mapping.pageTree
        switch tree.family {
        case .xarray:
            guard let first = tree.item(at: PageIndex(index))?.indices.lowerBound.rawValue else {
                return nil
            }
            return first < index ? first : nil
        case .radixTree:
            let head = Geometry.pmdHead(index)
            guard inode.isDAX, tree.lookup(PageIndex(head))?.isDAXPMD == true else { return nil }
            return head
        }
    }
}
