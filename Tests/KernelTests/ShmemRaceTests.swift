import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// tmpfs: what one task finds after another has changed it.
@Suite struct ShmemRaceTests {
    /// Page 0 holds sixes.
    private func bench(inSwap: Bool) throws -> Bench {
        var bench = Bench(.v4_5, .tmpfs, dax: false, size: 1 << 14)
        try bench.run(.pwrite(first: 0, pages: 1, value: 6))
        if inSwap { try bench.run(.reclaim(page: 0)) }
        return bench
    }

    /// Nothing is left of the file, and nothing of what it was kept in.
    private func checkGone(_ bench: Bench) {
        #expect(bench.state == "0 0 {}")
        #expect(bench.machine.inode.swapped == 0)
        #expect(bench.machine.swap.slots.isEmpty)
        #expect(bench.machine.pages.isEmpty)
        #expect(Audit.findings(bench.machine) == [])
    }

    /// -EINVAL of shmem_getpage is the end of the file to a read.
    @Test func aReadThatTheTruncationOvertakesIsShort() throws {
        var bench = try bench(inSwap: false)
        try bench.run(.pread(first: 0, pages: 1), task: 1, to: "shmem_getpage_gfp")
        try bench.run(.truncate(size: 0))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.code == 0)
        checkGone(bench)
    }

    /// shmem_radix_tree_replace: another page stands where the reader's entry was.
    @Test func theEntryIsAnotherPageByNow() throws {
        var bench = try bench(inSwap: true)
        try bench.run(.pread(first: 0, pages: 1), task: 1, to: "shmem_add_to_page_cache")
        try bench.run(.truncate(size: 0))
        try bench.run(.pwrite(first: 0, pages: 1, value: 9))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.tasks[1].outcome.value == 9)
        #expect(bench.state == "1 0 {0:page}")
        try bench.run(.truncate(size: 0))
        checkGone(bench)
    }

    /// The second pass of a truncation waits for a page that goes to swap, and frees the entry.
    @Test func thePageGoesToSwapUnderTruncation() throws {
        var bench = try bench(inSwap: false)
        try bench.run(.reclaim(page: 0), task: 1, to: "shmem_writepage")
        #expect(try bench.run(.truncate(size: 0)) == .blocked(.pageLock(PageID(1))))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.state == "0 0 {0:swap}")
        #expect(bench.kernel.run(&bench.machine) == .finished)
        checkGone(bench)
    }

    /// A page that somebody looked at stays in the swap cache; it goes with its entry.
    @Test func theSwapCacheLetsGoOfItsPage() throws {
        var bench = try bench(inSwap: false)
        try bench.run(.reclaim(page: 0), task: 1, to: "shmem_writepage")
        try bench.run(.pread(first: 0, pages: 1), task: 2, to: "shmem_getpage_gfp")
        #expect(bench.kernel.run(&bench.machine, task: 2) == .blocked(.pageLock(PageID(1))))
        #expect(bench.kernel.run(&bench.machine, task: 1) == .finished)
        #expect(bench.machine.swap.slots.values.map(\.page) == [PageID(1)])
        try bench.run(.truncate(size: 0))
        #expect(bench.kernel.run(&bench.machine, task: 2) == .finished)
        checkGone(bench)
    }

    /// What a truncation leaves of a page ends with zeroes, wherever the page was.
    @Test(arguments: [false, true]) func theRestOfThePageIsZero(inSwap: Bool) throws {
        var bench = try bench(inSwap: inSwap)
        try bench.run(.truncate(size: 100))
        try bench.run(.truncate(size: 4096))
        try bench.run(.pread(first: 0, pages: 1))
        let runs = bench.machine.tasks[0].outcome.data.runs
        #expect(runs.map(\.length) == [100, 3996] && runs.map(\.value) == [6, 0])
    }
}
