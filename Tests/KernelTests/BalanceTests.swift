import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// Numbers that are the same on every run (SplitMix64).
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Every path gives back what it took: locks, page locks, references, the lines of a pagevec.
@Suite struct BalanceTests {
    static let files: [(FileSystem, Bool)] = [
        (.ext2, true), (.ext4, true), (.xfs, true), (.ext2, false), (.ext4, false), (.xfs, false),
    ]

    @Test(arguments: KernelVersion.allCases, files)
    func nothingIsHeldBetweenOperations(version: KernelVersion, file: (FileSystem, Bool)) throws {
        for seed in 0..<12 as Range<UInt64> {
            var numbers = Numbers(state: seed)
            var bench = Bench(version, file.0, dax: file.1)
            var leaked: Set<PageID> = []
            for step in 0..<40 {
                guard let operation = Self.operation(bench.machine, &numbers) else { continue }
                let result = try bench.run(operation)
                guard result != .bug else { break }
                try #require(
                    result == .finished, "\(version) \(file) \(seed) \(step) \(operation)")
                check(bench.machine, &leaked, "\(version) \(file) \(seed) \(step) \(operation)")
            }
        }
    }

    private func check(_ machine: Machine, _ leaked: inout Set<PageID>, _ place: String) {
        for lock in Lock.allCases {
            #expect(!machine.locks.isHeld(lock), "\(lock.name) is held: \(place)")
        }
        #expect(machine.tasks[0].frames.isEmpty)
        #expect(machine.tasks[0].pagevecs.isEmpty, "a pagevec is left: \(place)")
        for id in machine.pages.keys.sorted(by: { $0.number < $1.number }) {
            let page = machine[id]
            let isCached = machine.mapping.radixTree.lookup(PageIndex(page.index)) == .page(id)
            // v6 and v7 leave the cache's reference behind with the page that they delete.
            if page.hasMapping, !isCached { leaked.insert(id) }
            let cache = isCached || leaked.contains(id) ? 1 : 0
            #expect(
                page.references == cache + page.mapCount + machine.otherHolders(of: id),
                "references of \(id): \(place)")
            #expect(!page.flags.contains(.locked), "\(id) is locked: \(place)")
            #expect(!page.flags.contains(.writeback), "\(id) under writeback: \(place)")
            let entries = machine.vmas.joinedTargets.count { $0 == .page(id) || $0 == .copy(id) }
            #expect(entries == page.mapCount, "mapcount of \(id): \(place)")
        }
    }

    /// An operation that can begin in this machine.
    private static func operation(
        _ machine: Machine, _ numbers: inout Numbers
    ) -> Kernel.Operation? {
        let page = UInt64.random(in: 0..<1100, using: &numbers)
        let near = [0, 1, 5, 511, 512, 513].randomElement(using: &numbers)! as UInt64
        let maps = machine.vmas.filter(\.isMapped)
        let map = maps.randomElement(using: &numbers)
        func inside(_ map: VMA) -> UInt64 {
            map.contains(near) ? near : map.first + page % map.count
        }
        switch Int.random(in: 0..<16, using: &numbers) {
        case 0, 1:
            let isHuge = Bool.random(using: &numbers)
            return .mmap(
                name: "m\(machine.vmas.count)", first: isHuge ? 0 : near,
                pages: isHuge ? 1024 : 4, shared: Int.random(in: 0..<4, using: &numbers) > 0,
                aligned: isHuge)
        case 2...4: return map.map { .load(map: $0.name, page: inside($0)) }
        case 5...8:
            // A store to a read-only huge mapping faults for ever on v4.4 with PMD faults; that is
            // a livelock, which ends the operation as a signal.
            return map.map { .store(map: $0.name, page: inside($0), value: UInt8(page & 0xff)) }
        case 9: return .pwrite(first: near, pages: 2, value: 9)
        case 10: return .pread(first: near, pages: 3)
        case 11: return Bool.random(using: &numbers) ? .fsync : .syncfs
        case 12: return .punch(offset: near * 4096 + page, length: 9000 + page)
        case 13: return .truncate(size: page * 4096 + (page % 3) * 100)
        case 14: return Bool.random(using: &numbers) ? .reclaim(page: nil) : .dropCaches
        default:
            return Bool.random(using: &numbers)
                ? .fallocate(first: near, pages: 520) : map.map { .munmap(map: $0.name) }
        }
    }
}

extension [VMA] {
    fileprivate var joinedTargets: [PTE.Target] { flatMap { $0.ptes.values.map(\.target) } }
}
