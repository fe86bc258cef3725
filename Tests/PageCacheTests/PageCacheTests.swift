import RadixTree
import Testing

@testable import PageCache

@Suite struct BlockMapTests {
    /// Against a plain array, over random changes.
    @Test func agreesWithAnArray() {
        var random = SystemRandomNumberGenerator.seeded(7)
        for _ in 0..<200 {
            var map = BlockMap()
            var states = Array(repeating: BlockState.hole, count: 64)
            var places = Array(repeating: UInt64(0), count: 64)
            for _ in 0..<30 {
                let first = UInt64.random(in: 0..<60, using: &random)
                let count = UInt64.random(in: 1...min(20, 64 - first), using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    map.remove(first: first, count: count)
                    for i in first..<(first + count) { states[Int(i)] = .hole }
                case 1:
                    map.convert(first: first, count: count)
                    for i in first..<(first + count) where states[Int(i)] == .unwritten {
                        states[Int(i)] = .written
                    }
                default:
                    let state = Bool.random(using: &random) ? BlockState.written : .unwritten
                    let place = UInt64.random(in: 100..<400, using: &random)
                    map.set(first: first, count: count, state: state, physical: place)
                    for i in 0..<count {
                        states[Int(first + i)] = state
                        places[Int(first + i)] = place + i
                    }
                }
                check(map, states, places)
            }
        }
    }

    private func check(_ map: BlockMap, _ states: [BlockState], _ places: [UInt64]) {
        for i in 0..<64 {
            let found = map.lookup(UInt64(i))
            #expect(found.state == states[i])
            if states[i] != .hole { #expect(found.physical == places[i]) }
            for j in 0..<min(Int(found.length), 64 - i) {
                #expect(states[i + j] == states[i], "the run from \(i) ends before \(i + j)")
            }
        }
        for (a, b) in zip(map.runs, map.runs.dropFirst()) {
            #expect(a.end <= b.first)
            let continues =
                a.end == b.first && a.state == b.state && a.physical + a.count == b.physical
            #expect(!continues, "two runs that are one")
        }
    }
}

extension SystemRandomNumberGenerator {
    static func seeded(_ seed: UInt64) -> SplitMix { SplitMix(state: seed) }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct PersistentMemoryTests {
    @Test func aStoreIsDurableAfterWriteBackAndFenceOnly() {
        var memory = PersistentMemory()
        memory.store(7, block: 3)
        #expect(memory.visible(3)[0] == 7)
        #expect(memory.line(3).durable[0] == 0)
        memory.drain()
        #expect(memory.line(3).durable[0] == 0, "a fence orders what was written back, no more")
        memory.writeBack(first: 0, count: 8)
        #expect(memory.line(3).durable[0] == 0)
        memory.drain()
        #expect(memory.line(3).durable[0] == 7)
        memory.store(8, block: 3)
        memory.losePower()
        #expect(memory.visible(3)[0] == 7)
    }

    @Test func aPromiseIsKeptOrShows() {
        var memory = PersistentMemory()
        memory.store(7, block: 3)
        memory.promise(first: 0, count: 8)
        #expect(memory.line(3).promised[0] == 7)
        memory.writeBack(first: 3, count: 1)
        memory.drain()
        #expect(memory.line(3).promised.isEmpty)
        memory.store(9, block: 3)
        memory.promise(first: 3, count: 1)
        memory.losePower()
        #expect(memory.line(3).promised[0] == 9)
        #expect(memory.line(3).durable[0] == 7)
    }

    /// What is on its way stays so when more is written back, and a store is newer than both.
    @Test func bytesOfOneBlockGoTheirWays() {
        var memory = PersistentMemory()
        memory.storePending(7, block: 3, offsets: 0..<30)
        memory.store(8, block: 3, offset: 20)
        memory.writeBack(first: 3, count: 1)
        memory.store(9, block: 3, offset: 25)
        memory.drain()
        let durable = memory.line(3).durable
        #expect([0, 20, 25, 30].map { durable[$0] } == [7, 8, 7, 0])
        #expect(memory.visible(3)[25] == 9)
        memory.storePending(6, block: 3, offsets: 24..<26)
        #expect(memory.visible(3)[25] == 6, "it goes past the cache")
    }

    /// What was promised is the store that a reader saw, not an older one that is on its way.
    @Test func anOlderStoreKeepsNoPromise() {
        var memory = PersistentMemory()
        memory.storePending(6, block: 3, offsets: 0..<8)
        memory.store(7, block: 3)
        memory.promise(first: 3, count: 1)
        memory.drain()
        #expect(memory.line(3).durable[0] == 6 && memory.line(3).isUndurable)
        #expect(memory.line(3).promised[0] == 7 && memory.line(3).promised[1] == nil)
        memory.writeBack(first: 3, count: 1)
        memory.drain()
        #expect(!memory.line(3).isUndurable)
    }

    /// Behind the end of the file nothing is promised.
    @Test func aPromiseIsAboutItsBytes() {
        var memory = PersistentMemory()
        memory.promise(PageBytes(5), block: 3, offsets: 10..<100)
        let promised = memory.line(3).promised
        #expect([9, 10, 99, 100].map { promised[$0] } == [nil, 5, 5, nil])
    }

    @Test func clearingGoesPastTheCache() {
        var memory = PersistentMemory()
        memory.store(7, block: 3)
        memory.clear(first: 0, count: 512)
        memory.drain()
        #expect(memory.line(3).durable[0] == 0)
        #expect(memory.visible(3)[0] == 0)
    }
}

@Suite struct LockTableTests {
    @Test func writersExcludeReadersShare() {
        var locks = LockTable()
        var taken = locks.acquireShared(.iMmap, by: 0)
        #expect(taken)
        taken = locks.acquireShared(.iMmap, by: 1)
        #expect(taken)
        taken = locks.acquire(.iMmap, by: 2)
        #expect(!taken)
        #expect(locks.holders(of: .iMmap) == [0, 1])
        locks.release(.iMmap, by: 0)
        taken = locks.acquire(.iMmap, by: 2)
        #expect(!taken)
        locks.release(.iMmap, by: 1)
        taken = locks.acquire(.iMmap, by: 2)
        #expect(taken)
        taken = locks.acquireShared(.iMmap, by: 0)
        #expect(!taken)
        #expect(locks.writer(of: .iMmap) == 2)
        #expect(locks.writer(of: .tree) == nil)
    }
}

@Suite struct EntryTests {
    @Test func wordsAreTheKernels() {
        #expect(RadixTree.Entry.daxPTE(sector: 0x2000).rawValue == 0x20006)
        #expect(RadixTree.Entry.daxPMD(sector: 0x2000).rawValue == 0x2000a)
        #expect(RadixTree.Entry.daxPMD(sector: 0x2000).daxSector == 0x2000)
        let page = RadixTree.Entry.page(PageID(7))
        #expect(page.page == PageID(7))
        #expect(!page.isExceptional)
        #expect(page.daxType == 0)
        #expect(RadixTree.Entry.shadow(age: 5).page == nil)
        // Node and zone, both 0, stand between the age and the mark of an exceptional entry.
        let shadow = RadixTree.Entry.shadow(age: 5)
        #expect(shadow.rawValue == 5 << 10 | 2 && shadow.shadowAge == 5)
        #expect(shadow.shadowNode == 0 && shadow.shadowZone == 0 && shadow.isExceptional)
        #expect(RadixTree.Entry.evictionMask == (1 << 54) - 1)
        #expect(RadixTree.Entry.swap(slot: 3).rawValue == 3 << 2 | 2)
        #expect(RadixTree.Entry.swap(slot: 3).swapSlot == 3)
    }
}

@Suite struct AuditTests {
    /// A machine with a zero page at 3 in the tree, counted and referenced.
    private func machine(page index: UInt64 = 3) -> (Machine, PageID) {
        var machine = Machine(file: FileConfiguration(size: 1 << 22))
        let page = machine.allocatePage()
        machine[page].isZeroPage = true
        machine[page].hasMapping = true
        machine[page].index = index
        _ = machine.mapping.radixTree.insert(
            .page(page), at: PageIndex(index), allocator: &machine.allocator)
        machine.mapping.nrpages = 1
        return (machine, page)
    }

    private func kinds(_ machine: Machine) -> [Finding.Kind] {
        (Audit.findings(machine) ?? []).map(\.kind)
    }

    @Test func aZeroPageOverAHoleIsFine() {
        #expect(kinds(machine().0).isEmpty)
    }

    @Test func overAWrittenBlockItIsAnOrphanUnlessInHand() {
        var (machine, page) = machine()
        machine.blocks.set(first: 3, count: 1, state: .unwritten, physical: 100)
        #expect(kinds(machine).isEmpty, "an unwritten block reads as zeroes too")
        machine.blocks.convert(first: 3, count: 1)
        #expect(kinds(machine) == [.orphan])
        machine[page].flags.insert(.locked)
        #expect(kinds(machine).isEmpty)
        machine[page].flags.remove(.locked)
        var locals = Locals()
        locals.removing = 0...511
        machine.tasks[0].frames = [Frame(function: 0, locals: locals)]
        #expect(kinds(machine).isEmpty)
    }

    @Test func aPageThatLeftTheTreeAloneIsLeakedAndMiscounted() {
        var (machine, _) = machine()
        _ = machine.mapping.radixTree.delete(at: 3, allocator: &machine.allocator)
        #expect(kinds(machine) == [.leakedPage, .miscount])
        machine.mapping.nrpages = 0
        #expect(kinds(machine) == [.leakedPage])
    }

    @Test func entriesUnderAPMDEntryOverlap() {
        var (machine, _) = machine()
        _ = machine.mapping.radixTree.insert(
            .daxPMD(sector: 0), at: 0, allocator: &machine.allocator)
        machine.mapping.nrexceptional = 1
        #expect(kinds(machine) == [.overlap])
        _ = machine.mapping.radixTree.insert(
            .daxPTE(sector: 0), at: 512, allocator: &machine.allocator)
        machine.mapping.nrexceptional = 2
        #expect(kinds(machine) == [.overlap], "512 is the next 2 MiB")
        _ = machine.mapping.radixTree.insert(
            .daxPTE(sector: 0), at: 511, allocator: &machine.allocator)
        machine.mapping.nrexceptional = 3
        #expect(Audit.findings(machine)?.map(\.index) == [3, 511])
    }

    /// info->swapped and references go up and down while a task runs: that nothing is wrong for a
    /// moment is no end.
    @Test func whatNeedsQuietIsNotOverWhileATaskRuns() {
        var (machine, page) = machine()
        for finding in [
            Finding(.miscount, counter: .swapped),
            Finding(.brokenPage, index: 3, page: page, part: .references),
        ] {
            machine.tasks[0].frames = []
            #expect(!Audit.holds(finding, in: machine))
            #expect(Audit.isOver(finding, in: machine))
            machine.tasks[0].frames = [Frame(function: 0, locals: Locals())]
            #expect(!Audit.isOver(finding, in: machine))
            #expect(Audit.isOver(Finding(.miscount, counter: .nrpages), in: machine))
        }
    }

    /// The loudest kind first, then by place.
    @Test func findingsAreToldInOrder() {
        let findings = [
            Finding(.orphan, index: 9, page: PageID(1)), Finding(.leakedPage, index: 1),
            Finding(.lostStore, index: 2), Finding(.lostStore, index: 7),
            Finding(.miscount, counter: .nrpages), Finding(.miscount, counter: .nrexceptional),
            Finding(.overlap, index: 0), Finding(.brokenTree, index: 0, height: 1, part: .pages),
        ]
        #expect(findings.reversed().sorted(by: Finding.isTold) == findings)
    }

    @Test(arguments: [(0, 1, "0–63"), (64, 1, "64–127"), (4096, 2, "4096–8191")])
    func nodesAreCalledByTheirFirstAndLast(first: UInt64, height: Int, name: String) {
        let finding = Finding(.brokenTree, index: first, height: height, part: .tags)
        #expect(finding.nodeName == "node \(name)")
        let top = Finding(.brokenTree, index: 0, height: 11, part: .tags)
        #expect(top.nodeName == "node 0–\(UInt64.max)")
    }

    @Test func aPageThatIsFreeHasNoReference() {
        var (machine, page) = machine()
        #expect(machine[page].references == 1)
        machine.free(page)
        #expect(machine[page].references == 0 && machine.pages.isEmpty)
    }

    @Test func nothingIsJudgedUnderTreeLock() {
        var (machine, _) = machine()
        machine.mapping.nrpages = 5
        let isTaken = machine.locks.acquire(.tree, by: 0)
        #expect(isTaken)
        #expect(Audit.findings(machine) == nil)
        machine.locks.release(.tree, by: 0)
        #expect(kinds(machine) == [.miscount])
    }

    @Test func aBrokenPromiseIsUndurable() {
        var (machine, _) = machine(page: 9)
        machine.blocks.set(first: 3, count: 1, state: .written, physical: 100)
        machine.memory.store(1, block: 100)
        #expect(kinds(machine).isEmpty)
        machine.memory.promise(first: 100, count: 1)
        #expect(Audit.findings(machine)?.contains(Finding(.undurable, index: 3)) == true)
    }

    @Test func tagsThatContradictTheirChildrenAreSeen() {
        var (machine, _) = machine(page: 9)
        var allocator = NodeAllocator()
        _ = machine.mapping.radixTree.insert(.daxPTE(sector: 8), at: 100, allocator: &allocator)
        let broken = Finding(.brokenTree, index: 0, height: 2, part: .tags)
        #expect(Audit.findings(machine)?.contains(broken) == false)
        guard case .node(let top) = machine.mapping.radixTree.root else {
            Issue.record("100 needs nodes")
            return
        }
        _ = machine.mapping.radixTree.setTagBit(.dirty, of: top, at: 1)
        #expect(Audit.findings(machine)?.contains(broken) == true)
    }
}
