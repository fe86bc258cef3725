// mm/mmap.c: where mappings lie among the user addresses of x86-64.
//
// They end below 2^47, and the last page of those is left out (TASK_SIZE_MAX): the last page that
// can be mapped is 0x7fffffffe000. As get_unmapped_area does, the search goes from the top down and
// takes the first gap that is long enough. The model's program takes up no addresses itself, and
// asks for such as can take PMD faults: congruent with the offset in the file modulo 2 MiB, or off
// that by the skew of the mapping. No two mappings share a page table.

import Kernel
import PageCache

/// Finds room for mappings.
struct UnmappedArea {
    /// Ranges of 2 MiB below 2^47.
    private static let ranges: UInt64 = 1 << 26
    /// The first one is left out: what lies below mmap_min_addr cannot be mapped.
    private static let lowest: UInt64 = 1
    private static let pages = ranges * Geometry.pagesPerPMD

    /// The 2 MiB ranges of the mappings that there are, from the top down.
    private let taken: [Range<UInt64>]

    init(beside vmas: [VMA]) {
        taken = vmas.lazy.filter(\.isMapped).map(Self.ranges)
            .sorted { $0.lowerBound > $1.lowerBound }
    }

    private static func ranges(of vma: VMA) -> Range<UInt64> {
        let end = vma.address + vma.count * Geometry.pageSize
        return vma.address / Geometry.pmdSize..<(end - 1) / Geometry.pmdSize + 1
    }

    /// What mmap(2) with MAP_FIXED returns for an address: 0, or an error. mmap_min_addr is 64 KiB.
    static func error(at address: UInt64?, count: UInt64) -> Int {
        guard let address else { return 0 }
        let taskSize = (pages - 1) * Geometry.pageSize
        guard count > 0, count < pages, address <= taskSize - count * Geometry.pageSize else {
            return Errno.enomem
        }
        if address % Geometry.pageSize != 0 { return Errno.einval }
        return address < 1 << 16 ? Errno.eperm : 0
    }

    /// The address for `count` pages from file page `first` on; nil: there is no room for them.
    func address(first: UInt64, count: UInt64, skew: UInt64) -> UInt64? {
        guard count > 0, count < Self.pages else { return nil }
        let offset = (first % Geometry.pagesPerPMD + skew) % Geometry.pagesPerPMD
        let needed = (offset + count + Geometry.pagesPerPMD - 1) / Geometry.pagesPerPMD
        // It would end with the page that is left out.
        let isFull = (offset + count) % Geometry.pagesPerPMD == 0
        var end = isFull ? Self.ranges - 1 : Self.ranges
        for below in taken {
            if below.upperBound + needed <= end { break }
            end = min(end, below.lowerBound)
        }
        guard Self.lowest + needed <= end else { return nil }
        return (end - needed) * Geometry.pmdSize + offset * Geometry.pageSize
    }
}

extension Machine {
    /// Makes a mapping, so that it has a name before mmap(2) has run.
    ///
    /// - Returns: its position in `vmas`; nil if no room is left for it.
    mutating func addMapping(
        name: String, first: UInt64, count: UInt64, isShared: Bool, isAligned: Bool,
        at fixed: UInt64? = nil
    ) -> Int? {
        let area = UnmappedArea(beside: vmas)
        let size = Geometry.pagesPerPMD
        let skew =
            fixed.map { ($0 / Geometry.pageSize &- first) % size } ?? (isAligned ? 0 : 1)
        let address =
            fixed.map { UnmappedArea.error(at: $0, count: count) == 0 ? $0 : nil }
            ?? area.address(first: first, count: count, skew: skew)
        guard let address else { return nil }
        vmas.append(
            VMA(
                name: name, first: first, count: count, isShared: isShared, skew: skew,
                address: address))
        return vmas.count - 1
    }

    /// The mapping that these addresses belong to, or a part of them.
    func mapping(at address: UInt64?, count: UInt64) -> String? {
        guard let address else { return nil }
        let end = address + count * Geometry.pageSize
        return vmas.first {
            $0.isMapped && $0.address < end
                && address < $0.address + $0.count * Geometry.pageSize
        }?.name
    }

    /// The virtual address of a file page in a mapping.
    func address(vma: Int, page: UInt64) -> UInt64 {
        vmas[vma].address &+ (page &- vmas[vma].first) &* Geometry.pageSize
    }
}
