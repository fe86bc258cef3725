import NodeMemory
import RadixTree
import Testing
import XArray

@testable import PageTree

/// What a page tree says beside what the tree says that it was made from.
@Suite struct PageTreeTests {
    /// Entries in two leaves far apart, some of them with tags.
    private func radixTree() -> RadixTree {
        var tree = RadixTree()
        var allocator = NodeAllocator()
        for index: UInt64 in [0, 5, 63, 64, 4096 + 7] {
            let entry: RadixTree.Entry = index % 2 == 0 ? .page(index + 1) : .exceptional(index)
            #expect(tree.insert(entry, at: TreeIndex(index), allocator: &allocator) == .inserted)
        }
        _ = tree.setTag(.dirty, at: 5)
        _ = tree.setTag(.towrite, at: 4103)
        return tree
    }

    @Test func aRadixTreeReadsAsItIs() throws {
        let tree = radixTree()
        let view = PageTree.radixTree(tree)
        #expect(view.height == 3 && view.reach == "height 3" && view.nodeCount == tree.nodeCount)
        #expect(view.rootTags == [.dirty, .towrite] && view.lastIndex == tree.maxIndex(height: 3))
        let found = view.entries().map { ($0.index, $0.entry.rawValue) }
        let real = tree.entries().map { ($0.index, $0.entry.rawValue) }
        #expect(found.elementsEqual(real, by: ==))
        for (index, entry) in tree.entries() {
            #expect(view.lookup(index) == PageTree.Entry(entry))
            let item = try #require(view.item(at: index))
            #expect(item.indices == index...index && item.order == 0)
            #expect(item.tags == tree.item(at: index)?.tags)
            let place = try #require(view.find(index))
            #expect(place.node == tree.find(index)?.node)
            #expect(view.way(to: index).last == place.offset)
        }
        for id in tree.preorder() {
            let (node, real) = (view.node(id), tree.node(id))
            #expect(node.height == real.height && node.offset == real.offset)
            #expect(node.count == real.pagesCount && node.valueCount == real.shadowsCount)
            #expect(node.occupied == real.occupied && node.parent == real.parent)
            #expect(node.links == (real.height > 1 ? real.occupied : 0))
            #expect(node.lastIndex == real.lastIndex(ofSlot: 63) && node.words.isEmpty)
            #expect(view.node(at: node.firstIndex, height: node.height)?.id == id)
        }
        #expect(view.entries(from: 6, through: 64).map(\.index) == [63, 64])
        #expect(view.entries(tagged: .towrite).map(\.index) == [4103])
        #expect(view.next(atOrAfter: 65)?.index == 4103 && view.violations().isEmpty)
        #expect(view.way(to: 4103) == [1, 0, 7] && view.way(to: 262_144).isEmpty)
    }

    @Test func differencesOfRadixTreesAreOfSingleIndices() {
        let before = radixTree()
        var after = before
        var allocator = NodeAllocator()
        _ = after.delete(at: 63, allocator: &allocator)
        _ = after.setTag(.writeback, at: 0)
        var changed: [ClosedRange<TreeIndex>] = []
        PageTree.radixTree(after).forEachChange(since: .radixTree(before)) { indices, was, now in
            #expect((was?.entry == now?.entry) == (indices == 0...0))
            changed.append(indices)
        }
        #expect(changed == [0...0, 63...63])
        #expect(PageTree.radixTree(before) != .radixTree(after))
        #expect(PageTree.radixTree(before).isCopy(of: .radixTree(before)))
    }

    // MARK: XArray

    /// 512 indices, 8 indices of values, a reserved index, a pointer.
    private func xarray() throws -> XArray {
        var array = XArray()
        var allocator = XArray.Allocator()
        var state = XArray.State(512, order: 9)
        _ = array.store(.pointer(7), at: &state, allocator: &allocator)
        while array.fetchNode(&state, allocator: &allocator) {
            _ = array.store(.pointer(7), at: &state, allocator: &allocator)
        }
        array.setMark(.dirty, at: 700)
        state = XArray.State(8, order: 3)
        _ = array.store(.value(5), at: &state, allocator: &allocator)
        while array.fetchNode(&state, allocator: &allocator) {
            _ = array.store(.value(5), at: &state, allocator: &allocator)
        }
        try array.reserve(40, allocator: &allocator)
        _ = try array.store(.pointer(9), at: 41, allocator: &allocator)
        return array
    }

    @Test func anXArrayShowsSiblingsOrdersAndValues() throws {
        let array = try xarray()
        let view = PageTree.xarray(array)
        #expect(view.reach == "shift 6" && view.height == 2 && view.rootTags == [.dirty])
        let found = view.entries().map { "\($0.index)/\($0.order)" }
        #expect(found == ["8/3", "40/0", "41/0", "512/9"])
        #expect(view.lookup(15)?.value == 5 && view.lookup(16) == nil)
        #expect(view.lookup(40)?.isZero == true && view.lookup(41)?.isPointer == true)
        #expect(view.item(at: 1000)?.indices == 512...1023)
        #expect(view.item(at: 1000)?.tags == [.dirty] && view.hasTag(.dirty, at: 1000))
        #expect(view.entries(from: 600, tagged: .dirty).map(\.index) == [512])
        #expect(view.entries(from: 9, through: 40).map(\.index) == [8, 40])
        guard case .node(let top) = view.root else { throw Failure() }
        let node = view.node(top)
        #expect(node.slot(8) == view.lookup(512).map(PageTree.Slot.entry))
        #expect(node.slot(9) == .sibling(of: 8) && node.slot(15) == .sibling(of: 8))
        #expect(node.links == 1 && node.head(ofSlot: 12) == 8 && node.count == 9)
        #expect(node.words.map(\.name).prefix(4) == ["shift", "offset", "count", "nr_values"])
        let leaf = view.node(try #require(view.child(of: top, at: 0)))
        #expect(leaf.counts == ["count 10", "nr_values 8"] && leaf.level == "shift 0")
        #expect(view.find(14)?.offset == 8 && view.find(14)?.node == leaf.id)
        #expect(view.way(to: 1000) == [8] && view.way(to: 14) == [0, 8])
        #expect(view.way(to: 200) == [3, 8] && view.violations().isEmpty)
    }

    @Test func aHeadHoldsAnEntryWithoutANode() throws {
        var array = XArray()
        var allocator = XArray.Allocator()
        #expect(PageTree.xarray(array).root == .empty)
        _ = try array.store(.value(3), at: 0, allocator: &allocator)
        array.setMark(.towrite, at: 0)
        let view = PageTree.xarray(array)
        #expect(view.root == .entry(PageTree.Entry(XArray.Entry.value(3))))
        #expect(view.reach == "no node" && view.height == 0 && view.way(to: 0).isEmpty)
        #expect(view.find(0)?.node == nil && view.find(0)?.entry.value == 3)
        #expect(view.item(at: 0)?.tags == [.towrite] && view.nodeCount == 0)
    }

    @Test func differencesOfAnXArrayAreOfRanges() throws {
        let before = try xarray()
        var after = before
        var allocator = XArray.Allocator()
        _ = after.erase(at: 700, allocator: &allocator)
        var changed: [ClosedRange<TreeIndex>] = []
        PageTree.xarray(after).forEachChange(since: .xarray(before)) { indices, was, now in
            #expect(was?.entry.rawValue == 28 && now == nil)
            changed.append(indices)
        }
        #expect(changed == [512...1023])
    }

    @Test func ofAnotherFamilyEverythingIsDifferent() throws {
        var gone = 0
        var come = 0
        PageTree.xarray(try xarray()).forEachChange(since: .radixTree(radixTree())) {
            gone += $1 == nil ? 0 : 1
            come += $2 == nil ? 0 : 1
        }
        #expect(gone == 5 && come == 4)
    }

    @Test func eachFamilyHasItsWords() {
        #expect(PageTree.radixTree(RadixTree()).vocabulary.tag == "tag")
        #expect(PageTree.xarray(XArray()).vocabulary.page == "folio")
    }

    private struct Failure: Error {}
}
