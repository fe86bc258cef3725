import Testing

@testable import PageCache
@testable import RadixTree

/// Each rule for a node alone: with one thing wrong, that one is told.
@Suite struct NodeFindingTests {
    /// A file without DAX with pages at 3 and 100, in two leaves below the top node.
    private func machine() -> Machine {
        var machine = Machine(file: FileConfiguration(size: 1 << 22, dax: false))
        for index in [3, 100] as [UInt64] {
            let page = machine.allocatePage()
            machine[page].hasMapping = true
            machine[page].index = index
            _ = machine.mapping.radixTree.insert(
                .page(page), at: PageIndex(index), allocator: &machine.allocator)
        }
        machine.mapping.nrpages = 2
        return machine
    }

    private func leaf(_ machine: Machine) throws -> RadixTree.NodeID {
        try #require(machine.mapping.radixTree.find(100)?.node)
    }

    private func check(
        _ machine: Machine, _ part: Finding.Part, index: UInt64 = 64, height: Int = 1
    ) {
        let broken = Finding(.brokenTree, index: index, height: height, part: part)
        #expect(Audit.findings(machine) == [broken])
        #expect(Audit.holds(broken, in: machine))
    }

    @Test func aSoundTreeIsSound() { #expect(Audit.findings(machine()) == []) }

    @Test func aCountOfPages() throws {
        var machine = machine()
        machine.mapping.radixTree.adjustCount(of: try leaf(machine), by: 1)
        check(machine, .pages)
    }

    @Test func aCountOfShadows() throws {
        var machine = machine()
        machine.mapping.radixTree.adjustCount(of: try leaf(machine), by: 128)
        check(machine, .shadows)
    }

    @Test func aTagOfAnEmptySlot() throws {
        var machine = machine()
        let leaf = try leaf(machine)
        _ = machine.mapping.radixTree.setTagBit(.towrite, of: leaf, at: 1)
        let top = try #require(machine.mapping.radixTree.node(leaf).parent)
        _ = machine.mapping.radixTree.setTagBit(.towrite, of: top, at: 1)
        _ = machine.mapping.radixTree.setRootTag(.towrite)
        check(machine, .tags)
    }

    @Test func aTagThatDoesNotRise() throws {
        var machine = machine()
        _ = machine.mapping.radixTree.setTagBit(.towrite, of: try leaf(machine), at: 36)
        check(machine, .tags, index: 0, height: 2)
    }

    @Test func aTagThatTheRootDoesNotHave() throws {
        var machine = machine()
        _ = machine.mapping.radixTree.setTag(.towrite, at: 100)
        #expect(Audit.findings(machine) == [])
        _ = machine.mapping.radixTree.clearRootTag(.towrite)
        check(machine, .tags, index: 0, height: 2)
    }

    @Test func aWayUpThatLeadsNowhere() throws {
        var machine = machine()
        let leaf = try leaf(machine)
        machine.mapping.radixTree.makeUnique()
        var node = machine.mapping.radixTree.reference(leaf)
        machine.mapping.radixTree.nodes.writeParent(&node, nil)
        check(machine, .links, index: 0, height: 2)
    }
}
