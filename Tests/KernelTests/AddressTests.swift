import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// Where mappings lie: below 2^47, apart from each other, as they are aligned.
@Suite struct AddressTests {
    /// One past the last byte that can be mapped.
    static let end: UInt64 = 0x7fff_ffff_f000
    private static let lowest: UInt64 = 0x10000

    private func mmap(
        _ bench: inout Bench, _ name: String, _ first: UInt64, _ pages: UInt64,
        aligned: Bool = true
    ) throws -> Int {
        try bench.run(
            .mmap(name: name, first: first, pages: pages, shared: true, aligned: aligned))
        return bench.machine.tasks[0].outcome.code
    }

    private func check(_ machine: Machine) {
        let mapped = machine.vmas.filter(\.isMapped).sorted { $0.address < $1.address }
        var last: UInt64 = 0
        for vma in mapped {
            #expect(vma.address >= Self.lowest)
            #expect(vma.address + vma.count * Geometry.pageSize <= Self.end, "\(vma.name)")
            let offset = (vma.first + vma.skew) * Geometry.pageSize
            #expect(vma.address % Geometry.pmdSize == offset % Geometry.pmdSize, "\(vma.name)")
            // Not even a page table is shared.
            #expect(vma.address / Geometry.pmdSize >= last, "\(vma.name)")
            last = (vma.address + vma.count * Geometry.pageSize - 1) / Geometry.pmdSize + 1
        }
    }

    @Test func manyMappingsLieApartAndBelowTheEnd() throws {
        var numbers = Numbers(state: 3)
        var bench = Bench(.v4_5, size: 1 << 62)
        for i in 0..<400 {
            let first = UInt64.random(in: 0..<1 << 40, using: &numbers)
            let sizes: [UInt64] = [1, 511, 512, 513, 1024, 1 << 20, 1 << 26]
            let code = try mmap(
                &bench, "m\(i)", first, sizes.randomElement(using: &numbers)!,
                aligned: Bool.random(using: &numbers))
            #expect(code == 0)
            if Int.random(in: 0..<3, using: &numbers) == 0 {
                let name = bench.machine.vmas.filter(\.isMapped)
                    .randomElement(using: &numbers)!.name
                try bench.run(.munmap(map: name))
            }
        }
        #expect(bench.machine.vmas.count == 400)
        check(bench.machine)
    }

    /// The last page that can be mapped is 0x7fffffffe000.
    @Test func theTopIsUsedToItsLastPage() throws {
        var bench = Bench(.v4_5)
        #expect(try mmap(&bench, "a", 510, 1) == 0)
        #expect(bench.machine.vmas[0].address == 0x7fff_ffff_e000)
        #expect(try mmap(&bench, "b", 511, 1) == 0)
        #expect(bench.machine.vmas[1].address == 0x7fff_ffdf_f000)
        #expect(try mmap(&bench, "c", 511, 1, aligned: false) == 0)
        #expect(bench.machine.vmas[2].address == 0x7fff_ffa0_0000)
        check(bench.machine)
    }

    /// What does not fit is ENOMEM, and no mapping comes of it.
    @Test func moreThanFitsIsENOMEM() throws {
        var bench = Bench(.v4_5, size: 1 << 62)
        let all = Self.end / Geometry.pageSize
        for pages in [1 << 51, 1 << 35, all, all - 511] as [UInt64] {
            #expect(try mmap(&bench, "a", 0, pages) == -12, "\(pages)")
            #expect(bench.machine.vmas.isEmpty)
        }
        // All but the first 2 MiB.
        #expect(try mmap(&bench, "a", 0, all - 512) == 0)
        #expect(bench.machine.vmas[0].address == 0x20_0000)
        check(bench.machine)
        #expect(try mmap(&bench, "b", 0, 1) == -12)
        #expect(throws: StartError.noSuchMapping("b")) {
            try bench.run(.load(map: "b", page: 0))
        }
        try bench.run(.munmap(map: "a"))
        #expect(try mmap(&bench, "b", 0, 1) == 0)
        // Its name is free again where it failed before.
        #expect(bench.machine.vmas.count == 2)
        check(bench.machine)
    }

    /// The addresses of a mapping that is gone are given out again, to what fits there.
    @Test func addressesAreUsedAgain() throws {
        var bench = Bench(.v4_5, size: 1 << 62)
        let half: UInt64 = 1 << 34
        #expect(try mmap(&bench, "low", 0, half - 1024) == 0)
        #expect(try mmap(&bench, "mid", 0, 512) == 0)
        #expect(try mmap(&bench, "rest", 0, half - 512) == 0)
        #expect(try mmap(&bench, "more", 0, 1024) == -12)
        let address = bench.machine.vmas[1].address
        try bench.run(.munmap(map: "mid"))
        #expect(try mmap(&bench, "two", 0, 1024) == -12)
        #expect(try mmap(&bench, "again", 0, 512) == 0)
        #expect(bench.machine.vmas.last?.address == address)
        check(bench.machine)
    }

    /// The console names them.
    @Test func aFallbackNamesItsAddress() throws {
        var bench = Bench(.v4_5)
        for name in ["a", "b", "c"] {
            #expect(try mmap(&bench, name, 1, 600) == 0)
            try bench.run(.load(map: name, page: 1))
        }
        let addresses = bench.machine.console.compactMap { line -> UInt64? in
            let words = line.text.split(separator: " ")
            guard let i = words.firstIndex(of: "addr:") else { return nil }
            return UInt64(words[i + 1], radix: 16)
        }
        #expect(addresses == bench.machine.vmas.map(\.address))
        #expect(addresses.allSatisfy { $0 < Self.end })
    }
}
