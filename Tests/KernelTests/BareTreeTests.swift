import Kernel
import PageCache
import RadixTree
import Stepping
import Testing

/// Operations on a bare radix tree, as they are typed.
@Suite struct BareTreeTests {
    private struct Bare {
        var machine = Machine(file: FileConfiguration(size: 0))
        let model: KernelModel

        var tree: RadixTree { machine.mapping.radixTree }
        var found: RadixTree.Entry? { machine.returnedEntry }

        mutating func run(_ operation: TreeOperation) throws -> Int {
            try model.start(.tree(operation), on: &machine)
            let result = model.run(&machine, limit: 100_000)
            #expect(result == .finished)
            return machine.tasks[0].outcome.code
        }
    }

    @Test(arguments: KernelVersion.allCases)
    func eachDoesWhatItSays(_ version: KernelVersion) throws {
        var bare = Bare(model: .of(version))
        #expect(try bare.run(.store(.pointer(1), index: 0)) == 0)
        _ = try bare.run(.load(0))
        #expect(bare.found == .page(1))
        _ = try bare.run(.load(1))
        #expect(bare.found == nil)
        #expect(try bare.run(.store(.value(2), index: 5000)) == 0)
        #expect(try bare.run(.store(.value(3), index: 5000)) == -17)
        for (index, entry) in [(0, .page(1)), (5000, .exceptional(2)), (64, nil), (1 << 40, nil)]
            as [(UInt64, RadixTree.Entry?)]
        {
            _ = try bare.run(.load(index))
            #expect(bare.found == entry, "\(index)")
        }
        _ = try bare.run(.mark(.towrite, index: 5000))
        #expect(bare.tree.hasTag(.towrite, at: 5000))
        _ = try bare.run(.unmark(.towrite, index: 5000))
        #expect(!bare.tree.isTagged(.towrite))
        _ = try bare.run(.erase(5000))
        #expect(bare.found == .exceptional(2) && bare.tree.height == 0)
        #expect(!bare.machine.locks.isHeld(.tree))
    }

    @Test func whatTheRadixTreeHasNotIsSaid() {
        var machine = Machine(file: FileConfiguration(size: 0))
        let model = KernelModel.of(.v4_5)
        #expect(throws: StartError.notModelled("store of order 9", .v4_5)) {
            try model.start(.tree(.store(.pointer(1), index: 0, order: 9)), on: &machine)
        }
        #expect(throws: StartError.notModelled("split", .v4_5)) {
            try model.start(.tree(.split(index: 0, order: 0)), on: &machine)
        }
        #expect(
            "\(StartError.notModelled("split", .v4_5))" == "split of v4.5 is not modelled")
    }
}
