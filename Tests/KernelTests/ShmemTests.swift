import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// Swap entries: docs/kernel/page-cache.md, section 8.
@Suite struct ShmemTests {
    private static func bench(_ version: KernelVersion) -> Bench {
        Bench(version, .tmpfs, dax: false, size: 1 << 20)
    }

    private func value(_ page: UInt64, _ bench: inout Bench) throws -> UInt8? {
        try bench.run(.pread(first: page, pages: 1))
        return bench.machine.tasks[0].outcome.value
    }

    @Test(arguments: KernelVersion.allCases)
    func outAndIn(version: KernelVersion) throws {
        var bench = Self.bench(version)
        try bench.run(.pwrite(first: 3, pages: 2, value: 8))
        #expect(bench.state == "2 0 {3:page 4:page}")
        let top = try #require(bench.machine.mapping.radixTree.find(PageIndex(3))?.node)
        try bench.run(.reclaim(page: 4))
        #expect(bench.state == "1 0 {3:page 4:swap}")
        #expect(bench.machine.inode.swapped == 1)
        #expect(bench.machine.swap.slots.count == 1)
        #expect(bench.machine.pages.count == 1)
        #expect(bench.machine.mapping.radixTree.node(top).count == 2)
        #expect(Audit.findings(bench.machine) == [])
        #expect(try value(4, &bench) == 8)
        #expect(bench.state == "2 0 {3:page 4:page}")
        #expect(bench.machine.inode.swapped == 0)
        #expect(bench.machine.swap.slots.isEmpty)
        #expect(try value(7, &bench) == 0)
        #expect(bench.state == "2 0 {3:page 4:page}", "a hole that is read stays a hole")
    }

    /// The first slots make words that would be a PTE and a PMD entry of DAX.
    @Test func aSwapEntryIsNeverTakenForAnother() throws {
        var bench = Self.bench(.v4_5)
        try bench.run(.pwrite(first: 0, pages: 3, value: 1))
        try bench.run(.reclaim(page: nil))
        let entries = bench.machine.mapping.pageTree.entries().map(\.entry)
        #expect(entries.map(\.rawValue) == [0x6, 0xa, 0xe])
        #expect(entries.allSatisfy { Audit.kind(of: $0, in: bench.machine) == .swap })
        #expect(Audit.counts(bench.machine).swap == 3)
        #expect(Audit.counts(bench.machine).exceptional == 0)
        #expect(Audit.findings(bench.machine) == [])
        bench.machine.mapping.nrexceptional = 3
        #expect(
            Audit.findings(bench.machine) == [Finding(.miscount, counter: .nrexceptional)],
            "swap entries are not nrexceptional's")
    }

    @Test(arguments: KernelVersion.allCases)
    func truncationFreesSlotsWhateverTheCountersSay(version: KernelVersion) throws {
        var bench = Self.bench(version)
        try bench.run(.pwrite(first: 0, pages: 70, value: 5))
        try bench.run(.reclaim(page: nil))
        #expect(bench.counters == "0 0")
        #expect(bench.machine.inode.swapped == 70)
        try bench.run(.dropCaches)
        #expect(Audit.counts(bench.machine).swap == 70)
        try bench.run(.truncate(size: 64 * 4096 + 9))
        #expect(Audit.counts(bench.machine).swap == 64)
        #expect(bench.counters == "1 0", "the partial page came back to be zeroed")
        #expect(bench.machine.swap.slots.count == 64)
        try bench.run(.truncate(size: 0))
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.inode.swapped == 0)
        #expect(bench.machine.swap.slots.isEmpty)
        #expect(bench.machine.pages.isEmpty)
    }

    @Test(arguments: KernelVersion.allCases)
    func evictionNeedsNoCounters(version: KernelVersion) throws {
        var bench = Self.bench(version)
        try bench.run(.pwrite(first: 9, pages: 3, value: 5))
        try bench.run(.reclaim(page: 10))
        #expect(try bench.evict() == .finished)
        #expect(bench.machine.mapping.radixTree.isEmpty)
        #expect(bench.machine.swap.slots.isEmpty)
    }

    /// clear_exceptional_entry has a listing of its own on tmpfs: it takes no lock.
    @Test(arguments: KernelVersion.allCases)
    func dropCachesLeavesSwapEntriesAlone(version: KernelVersion) throws {
        var bench = Self.bench(version)
        try bench.run(.pwrite(first: 0, pages: 2, value: 5))
        try bench.run(.reclaim(page: 1))
        try bench.run(.dropCaches, task: 0, to: "clear_exceptional_entry")
        let depth = bench.machine.tasks[0].frames.count
        #expect(bench.kernel.step(&bench.machine) == .ran)
        #expect(bench.machine.tasks[0].frames.count == depth - 1)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.state == "1 0 {0:page 1:swap}")
    }

    /// shmem_getpage_gfp looks at the size again when the page is there.
    @Test func aReadThatTheTruncationOvertakesFindsTheEnd() throws {
        var bench = Self.bench(.v4_5)
        try twoTasks(&bench)
        try bench.run(.pread(first: 4, pages: 1), task: 1, to: "shmem_add_to_page_cache")
        try bench.run(.truncate(size: 0), task: 0, to: "shmem_undo_range")
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.code == 0)
        #expect(bench.machine.tasks[1].outcome.value == nil)
        #expect(bench.state == "1 0 {4:page}", "the page stays for the truncation")
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.pages.isEmpty)
        #expect(bench.machine.swap.slots.isEmpty)
    }

    @Test func whatIsNotModelledIsRefused() throws {
        var bench = Self.bench(.v4_5)
        #expect(throws: StartError.notOnTmpfs("fsync")) { try bench.run(.fsync) }
        #expect(throws: StartError.notOnTmpfs("mmap")) {
            try bench.run(.mmap(name: "m", first: 0, pages: 1, shared: true, aligned: false))
        }
    }

    @Test func aFailedNodeAllocationIsENOMEM() throws {
        var bench = Self.bench(.v4_5)
        try bench.run(.fail(call: 1))
        try bench.run(.pwrite(first: 5, pages: 1, value: 5))
        #expect(bench.machine.tasks[0].outcome.code == -12)
        #expect(bench.machine.pages.isEmpty)
        #expect(bench.counters == "0 0")
    }

    // MARK: - Two tasks

    private func twoTasks(_ bench: inout Bench) throws {
        bench.machine.tasks.append(PageCache.Task(name: "other"))
        try bench.run(.pwrite(first: 4, pages: 1, value: 6))
        try bench.run(.reclaim(page: 4))
    }

    /// shmem_add_to_page_cache: the expected entry has gone, -ENOENT.
    @Test func theEntryGoesWhileAReaderFetchesIt() throws {
        var bench = Self.bench(.v4_5)
        try twoTasks(&bench)
        try bench.run(.pread(first: 4, pages: 1), task: 0, to: "shmem_add_to_page_cache")
        try bench.kernel.start(.truncate(size: 0), on: &bench.machine, task: 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.machine.tasks[0].outcome.code == 0)
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.inode.swapped == 0)
        #expect(bench.machine.swap.slots.isEmpty)
        #expect(bench.machine.pages.isEmpty)
    }

    /// shmem_free_swap: the entry is a page again, -ENOENT; the second pass takes the page.
    @Test func theEntryBecomesAPageUnderTruncation() throws {
        var bench = Self.bench(.v4_5)
        try twoTasks(&bench)
        try bench.run(.truncate(size: 0), task: 0, to: "shmem_free_swap")
        // The reader looks at the size first: the file must seem to have its page still.
        bench.machine.inode.size = 1 << 20
        try bench.kernel.start(.pread(first: 4, pages: 1), on: &bench.machine, task: 1)
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.value == 6)
        #expect(bench.state == "1 0 {4:page}")
        #expect(bench.kernel.run(&bench.machine) == .finished)
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.inode.swapped == 0)
        #expect(bench.machine.pages.isEmpty)
    }

    // MARK: - Random sequences

    private static func operation(_ numbers: inout Numbers) -> Kernel.Operation {
        let page = UInt64.random(in: 0..<5, using: &numbers) * 33
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0...3: return .pwrite(first: page, pages: 2, value: UInt8(page + 1))
        case 4, 5: return .pread(first: page, pages: 2)
        case 6: return .reclaim(page: page)
        case 7: return .reclaim(page: nil)
        case 8: return .truncate(size: page * 4096 + (page % 2) * 77)
        default: return .dropCaches
        }
    }

    /// What is read is what was written, wherever the page has been; counts agree after each.
    @Test(arguments: [KernelVersion.v4_4, .v8, .v4_5])
    func oneTask(version: KernelVersion) throws {
        for seed in 0..<40 as Range<UInt64> {
            var numbers = Numbers(state: seed)
            var bench = Self.bench(version)
            var file: [UInt64: UInt8] = [:]
            for step in 0..<60 {
                let operation = Self.operation(&numbers)
                let result = try bench.run(operation)
                try #require(result == .finished)
                let machine = bench.machine
                switch operation {
                case .pwrite(let offset, let length, let value):
                    for page in (offset..<offset + length).pages { file[page] = value }
                case .truncate(let size):
                    file = file.filter { $0.key < Geometry.pages(size) }
                case .pread(let offset, _) where offset < machine.inode.size:
                    let read = machine.tasks[0].outcome.value
                    #expect(read == file[offset / 4096] ?? 0, "seed \(seed), step \(step)")
                default: break
                }
                let counts = Audit.counts(machine)
                let indices = machine.mapping.radixTree.entries().map(\.index.rawValue)
                #expect(Set(indices) == Set(file.keys))
                #expect(machine.inode.swapped == counts.swap)
                #expect(machine.inode.alloced == counts.swap + counts.pages)
                #expect(UInt64(machine.swap.slots.count) == counts.swap)
                #expect(UInt64(machine.pages.count) == counts.pages)
                #expect(
                    machine.pages.allSatisfy { id, page in
                        page.references == 1 + machine.otherHolders(of: id)
                    })
                #expect(Audit.findings(machine) == [], "seed \(seed), step \(step)")
            }
            #expect(try bench.evict() == .finished)
        }
    }

    /// Two tasks, statement by statement: nothing is lost, and the inode can be evicted.
    @Test func twoTasksInAnyOrder() throws {
        for seed in 0..<40 as Range<UInt64> {
            var numbers = Numbers(state: seed &* 77)
            var bench = Self.bench(.v4_5)
            bench.machine.tasks.append(PageCache.Task(name: "other"))
            for _ in 0..<3000 {
                let task = Int.random(in: 0..<2, using: &numbers)
                if bench.machine.tasks[task].frames.isEmpty {
                    let operation = Self.operation(&numbers)
                    try bench.kernel.start(operation, on: &bench.machine, task: task)
                }
                let result = bench.kernel.step(&bench.machine, task: task)
                try #require(result != .bug, "seed \(seed)")
            }
            for _ in 0..<4 { for task in 0..<2 { bench.kernel.run(&bench.machine, task: task) } }
            try #require(bench.machine.tasks.allSatisfy { $0.frames.isEmpty }, "seed \(seed)")
            let counts = Audit.counts(bench.machine)
            #expect(bench.machine.mapping.nrpages == counts.pages, "seed \(seed)")
            #expect(bench.machine.inode.swapped == counts.swap, "seed \(seed)")
            let named = bench.machine.swap.slots.values.count { $0.isNamed }
            #expect(UInt64(named) == counts.swap, "seed \(seed)")
            // A page that somebody looked at while it was written stays in the swap cache, even
            // when its entry is freed meanwhile: free_swap_and_cache does not wait for its lock.
            let cached = bench.machine.swap.slots.values.count { $0.page != nil }
            #expect(bench.machine.pages.count == Int(counts.pages) + cached, "seed \(seed)")
            #expect(Audit.findings(bench.machine) == [], "seed \(seed)")
            #expect(try bench.evict() == .finished)
        }
    }
}
