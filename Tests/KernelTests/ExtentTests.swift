import Kernel
import Linux4
import PageCache
import Stepping
import Testing

/// ext4's extents: what it merges when, and what `st_blocks` counts for them.
@Suite struct ExtentTests {
    private typealias Extent = ExtentTree.Extent

    private func tree(_ extents: [(first: UInt64, count: UInt64, isUnwritten: Bool)]) -> ExtentTree
    {
        var tree = ExtentTree()
        for it in extents {
            tree.insert(
                Extent(
                    first: it.first, count: it.count, physical: 1000 + it.first,
                    isUnwritten: it.isUnwritten), merges: true)
        }
        return tree
    }

    private func text(_ tree: ExtentTree) -> String {
        tree.extents.map { "\($0.first)+\($0.count)\($0.isUnwritten ? "u" : "w")" }
            .joined(separator: " ")
    }

    // MARK: - The tree

    @Test func blocksThatContinueAnExtentBecomePartOfIt() {
        #expect(text(tree([(4, 2, false), (6, 1, false), (3, 1, false)])) == "3+4w")
        #expect(text(tree([(4, 2, false), (6, 1, true)])) == "4+2w 6+1u")
        // The one between closes the gap.
        #expect(text(tree([(0, 2, false), (3, 2, false), (2, 1, false)])) == "0+5w")
    }

    /// EXT4_GET_BLOCKS_PRE_IO: nothing is merged, not even what could be.
    @Test func whatIsMadeReadyIsNotMerged() {
        var tree = tree([(0, 2, false)])
        tree.insert(
            Extent(first: 2, count: 1, physical: 1002, isUnwritten: false), merges: false)
        #expect(text(tree) == "0+2w 2+1w")
        tree.insert(Extent(first: 3, count: 1, physical: 1003, isUnwritten: false), merges: true)
        // The next one that is merged takes its neighbours with it.
        #expect(text(tree) == "0+4w")
    }

    /// After a store through a mapping unwritten extents are left apart, until a write(2) past the
    /// cache has ended.
    @Test func unwrittenExtentsAreKeptApartWhileTheInodeSaysSo() {
        var tree = tree([(0, 12, true)])
        tree.prepare(first: 4, count: 2)
        #expect(text(tree) == "0+4u 4+2u 6+6u" && tree.keepsApart)
        tree.convert(first: 4, count: 2)
        tree.makeUnwritten(first: 4, count: 2)
        #expect(text(tree) == "0+4u 4+2u 6+6u")
        tree.keepsApart = false
        tree.convert(first: 4, count: 2)
        tree.makeUnwritten(first: 4, count: 2)
        #expect(text(tree) == "0+12u")
    }

    @Test func aFifthExtentNeedsABlockWhichGoesWhenExtentsAreMerged() {
        var tree = tree([(0, 1, false), (2, 1, false), (4, 1, false), (6, 1, false)])
        #expect(tree.blockCount == 0)
        tree.insert(Extent(first: 8, count: 1, physical: 1008, isUnwritten: false), merges: true)
        #expect(tree.blockCount == 1)
        // Removing gives the block back only with the last extent.
        tree.remove(from: 2, to: nil)
        #expect(tree.blockCount == 1)
        tree.insert(Extent(first: 1, count: 1, physical: 1001, isUnwritten: false), merges: true)
        #expect(text(tree) == "0+2w" && tree.blockCount == 0)
        tree = self.tree((0..<5).map { ($0 * 2, 1, false) })
        tree.remove(from: 0, to: nil)
        #expect(tree.blockCount == 0 && tree == ExtentTree())
    }

    /// A hole in an extent splits it first: for a moment there is one more.
    @Test func aHoleSplitsWhatGoesOnBehindIt() {
        var tree = tree([(0, 4, false), (8, 2, false), (12, 1, false), (14, 1, false)])
        tree.remove(from: 0, to: 2)
        #expect(text(tree) == "2+2w 8+2w 12+1w 14+1w" && tree.blockCount == 1)
    }

    @Test func aFullLeafIsSplit() {
        var tree = ExtentTree()
        let count = UInt64(ExtentTree.inBlock)
        func insert(_ first: UInt64) {
            tree.insert(
                Extent(first: first, count: 1, physical: 5000 + first, isUnwritten: false),
                merges: true)
        }
        for i in 0..<count { insert(i * 4) }
        #expect(tree.blockCount == 1)
        insert(count * 4)
        #expect(tree.leaves.map(\.count) == [340, 1] && tree.blockCount == 2)
        // In the middle: what lies behind goes to a leaf of its own.
        insert(402)
        #expect(tree.leaves.map(\.count) == [102, 239, 1])
        #expect(tree.extents.map(\.first) == tree.extents.map(\.first).sorted())
        // More leaves than the inode can name: a block that names them.
        for i in 0..<2000 as Range<UInt64> { insert((count + 1 + i) * 4) }
        #expect(tree.leaves.count > 4)
        #expect(tree.blockCount == UInt64(tree.leaves.count) + 1)
    }

    @Test func extentsMoveWithTheFile() {
        var tree = tree([(0, 2, false), (6, 4, true), (12, 1, false)])
        tree.moveUp(from: 8, by: 3)
        #expect(text(tree) == "0+2w 6+2u 11+2u 15+1w")
        tree.moveDown(from: 11, by: 3)
        #expect(text(tree) == "0+2w 6+4u 12+1w")
    }

    /// No extent is longer than its length field can say.
    @Test func longRunsAreSeveralExtents() {
        let tree = tree([(0, 100_000, true)])
        #expect(text(tree) == "0+32767u 32767+32767u 65534+32767u 98301+1699u")
        #expect(text(self.tree([(0, 70_000, false)])) == "0+32768w 32768+32768w 65536+4464w")
    }

    // MARK: - The file

    private func count(_ bench: Bench) -> UInt64 { bench.machine.blockCount / 8 }

    /// 4.5's store through a mapping leaves its blocks apart, 4.4's merges them when it is done.
    @Test(arguments: [(KernelVersion.v4_4, UInt64(0)), (.v4_5, 1)])
    func aStoreThroughAMapping(version: KernelVersion, leaves: UInt64) throws {
        var bench = Bench(version, .ext4, size: 1 << 16)
        try bench.run(.mmap(name: "m", first: 0, pages: 16, shared: true, aligned: false))
        for page in 0..<6 as Range<UInt64> {
            try bench.run(.store(map: "m", page: page, value: 1))
        }
        #expect(bench.machine.blocks.runs.count == 1)
        #expect(bench.machine.inode.extents.extents.count == (leaves == 0 ? 1 : 6))
        #expect(count(bench) == 6 + leaves)
    }

    /// Whatever happens to a file, its extents say what the block map says.
    @Test(arguments: [(KernelVersion.v4_4, true), (.v4_4, false), (.v4_5, true), (.v4_5, false)])
    func extentsAreTheBlockMap(version: KernelVersion, dax: Bool) throws {
        var random = Numbers(state: 7)
        for _ in 0..<12 {
            var bench = Bench(
                version, .ext4, dax: dax, size: UInt64.random(in: 1...64, using: &random) << 12)
            try bench.run(.mmap(name: "m", first: 0, pages: 64, shared: true, aligned: true))
            for _ in 0..<60 {
                try bench.run(operation(&random))
                let runs = bench.machine.blocks.runs.filter(\.isAllocated)
                var map = BlockMap()
                for it in bench.machine.inode.extents.extents {
                    map.set(
                        first: it.first, count: it.count,
                        state: it.isUnwritten ? .unwritten : .written, physical: it.physical)
                }
                try #require(map.runs == runs)
                // No block of the device stands under two of the file.
                let all = runs.flatMap { $0.physical..<$0.physical + $0.count }
                try #require(Set(all).count == all.count)
            }
        }
    }

    private func operation(_ random: inout Numbers) -> Kernel.Operation {
        let first = UInt64.random(in: 0..<40, using: &random)
        let pages = UInt64.random(in: 1...8, using: &random)
        let (offset, length) = (first << 12, pages << 12)
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: return .pwrite(first: first, pages: pages, value: 3)
        case 2: return .store(map: "m", page: first, value: 4)
        case 3: return .load(map: "m", page: first)
        case 4: return .fallocate(offset: offset, length: length)
        case 5: return .zeroRange(offset: offset, length: length, keepSize: true)
        case 6: return .punch(offset: offset, length: length)
        case 7: return .fsync
        case 8: return .dwrite(offset: offset, length: length, value: 5)
        case 9: return .truncate(size: (first << 12) + 100)
        case 10: return .collapse(offset: offset, length: length)
        default: return .insert(offset: offset, length: length)
        }
    }
}
