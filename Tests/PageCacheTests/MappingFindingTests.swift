import RadixTree
import Testing

@testable import PageCache

/// What page tables show beside what they should.
@Suite struct MappingFindingTests {
    /// A mapping of the whole file over written blocks from device block 1024 on.
    private func machine(dax: Bool = true) -> Machine {
        var machine = Machine(
            file: FileConfiguration(
                size: 4 << 20, dax: dax,
                extents: [FileConfiguration.Extent(blocks: 0...1023, state: .written)]))
        machine.vmas = [VMA(name: "m", first: 0, count: 1024, isShared: true, skew: 0)]
        return machine
    }

    private func put(
        _ entry: RadixTree.Entry, at index: UInt64, dirty: Bool, _ machine: inout Machine
    ) {
        _ = machine.mapping.radixTree.insert(
            entry, at: PageIndex(index), allocator: &machine.allocator)
        if dirty { _ = machine.mapping.radixTree.setTag(.dirty, at: PageIndex(index)) }
        machine.mapping.nrexceptional += 1
    }

    private func findings(_ machine: Machine) -> [Finding] { Audit.findings(machine) ?? [] }

    private func map(
        _ target: PTE.Target, at page: UInt64, writable: Bool = false, _ machine: inout Machine
    ) {
        machine.vmas[0].pmds[page / 512] = .table
        machine.vmas[0].ptes[page] = PTE(target: target, isWritable: writable, isDirty: false)
    }

    @Test func aBlockThatTheFileGaveBack() {
        var machine = machine()
        map(.block(1027), at: 3, &machine)
        #expect(findings(machine).isEmpty)
        machine.blocks.remove(first: 3, count: 1)
        let stale = Finding(.staleMapping, index: 3, vma: 0, map: "m")
        #expect(findings(machine) == [stale])
        // Given back and taken again elsewhere.
        machine.blocks.set(first: 3, count: 1, state: .written, physical: 5000)
        #expect(findings(machine) == [stale])
        machine.blocks.set(first: 3, count: 1, state: .unwritten, physical: 1027)
        #expect(findings(machine).isEmpty)
    }

    @Test func oneBlockOfAHugeMapping() {
        var machine = machine()
        machine.vmas[0].pmds[1] = .huge(block: 1536, isWritable: false, isDirty: false)
        #expect(findings(machine).isEmpty)
        machine.blocks.remove(first: 700, count: 2)
        #expect(findings(machine) == [Finding(.staleMapping, index: 700, vma: 0, map: "m")])
    }

    @Test func theHugePageOfZeroesOverData() {
        var machine = machine()
        machine.blocks.remove(first: 0, count: 1024)
        machine.vmas[0].pmds[0] = .hugeZeroPage
        #expect(findings(machine).isEmpty)
        machine.blocks.set(first: 9, count: 1, state: .unwritten, physical: 3000)
        #expect(findings(machine).isEmpty, "an unwritten block reads as zeroes too")
        machine.blocks.convert(first: 9, count: 1)
        #expect(findings(machine) == [Finding(.staleMapping, index: 9, vma: 0, map: "m")])
        var locals = Locals()
        locals.removing = 0...511
        machine.tasks[0].frames = [Frame(function: 0, locals: locals)]
        #expect(findings(machine).isEmpty, "in hand")
    }

    @Test func aPrivateCopyIsWhatItWasMeantToBe() {
        var machine = machine()
        map(.copy(PageID(7)), at: 3, writable: true, &machine)
        #expect(findings(machine).isEmpty)
    }

    @Test func aPageThatTheTreeDoesNotHave() {
        var machine = machine()
        let page = machine.allocatePage()
        map(.page(page), at: 3, &machine)
        machine[page].mapCount = 1
        machine[page].index = 3
        machine[page].isZeroPage = true
        #expect(findings(machine).map(\.kind) == [.staleMapping])
    }

    @Test func aStoreThatNobodyWouldFlush() {
        var machine = machine()
        map(.block(1027), at: 3, writable: true, &machine)
        let clean = Finding(.writableClean, index: 3, vma: 0, map: "m")
        #expect(findings(machine) == [clean], "no entry")
        put(.daxPTE(sector: 1027 * 8), at: 3, dirty: false, &machine)
        #expect(findings(machine) == [clean], "an entry that is not dirty")
        _ = machine.mapping.radixTree.setTag(.dirty, at: 3)
        #expect(findings(machine).isEmpty)
    }

    @Test func anEntryOfTwoMebibytesStandsForItsPages() {
        var machine = machine()
        map(.block(1027), at: 3, writable: true, &machine)
        put(.daxPMD(sector: 1024 * 8), at: 0, dirty: true, &machine)
        #expect(findings(machine).isEmpty)
        machine.vmas[0].pmds[0] = .huge(block: 1024, isWritable: true, isDirty: true)
        #expect(findings(machine).isEmpty)
        _ = machine.mapping.radixTree.clearTag(.dirty, at: 0)
        #expect(findings(machine) == [Finding(.writableClean, index: 0, vma: 0, map: "m")])
    }

    /// An entry of one page stands for no other, wherever it is.
    @Test func anEntryAtTheHeadStandsForItsPageOnly() {
        var machine = machine()
        map(.block(1027), at: 3, writable: true, &machine)
        put(.daxPTE(sector: 1027 * 8), at: 3, dirty: false, &machine)
        put(.daxPTE(sector: 1024 * 8), at: 0, dirty: true, &machine)
        #expect(findings(machine) == [Finding(.writableClean, index: 3, vma: 0, map: "m")])
    }

    @Test func whereNoEntriesAreKeptNobodyAsksForThem() {
        var machine = machine()
        machine.hasDAXEntries = false
        map(.block(1027), at: 3, writable: true, &machine)
        #expect(findings(machine).isEmpty)
    }

    @Test func aPageOfTheCacheThatIsWritableIsDirty() {
        var machine = machine(dax: false)
        let page = machine.allocatePage()
        machine[page].hasMapping = true
        machine[page].index = 3
        machine[page].references = 2
        machine[page].mapCount = 1
        _ = machine.mapping.radixTree.insert(.page(page), at: 3, allocator: &machine.allocator)
        machine.mapping.nrpages = 1
        map(.page(page), at: 3, writable: true, &machine)
        let clean = Finding(.writableClean, index: 3, vma: 0, map: "m")
        #expect(findings(machine) == [clean])
        machine[page].flags.insert(.locked)
        #expect(findings(machine) == [], "in hand")
        #expect(Audit.holds(clean, in: machine))
        machine[page].flags = .writeback
        #expect(findings(machine) == [], "what is stored comes after")
        machine[page].flags = .dirty
        let untagged = Finding(.brokenPage, index: 3, page: page, part: .dirtyTag)
        #expect(findings(machine) == [untagged])
        _ = machine.mapping.radixTree.setTag(.dirty, at: 3)
        #expect(findings(machine).isEmpty)
        machine[page].references = 3
        #expect(
            findings(machine) == [Finding(.brokenPage, index: 3, page: page, part: .references)])
        machine[page].mapCount = 2
        #expect(findings(machine) == [Finding(.brokenPage, index: 3, page: page, part: .mappings)])
    }

    // MARK: What was stored

    @Test func aStoreIsLostWhenAReadSeesSomethingElse() {
        var machine = machine()
        machine.memory.store(5, block: 1027)
        machine.claim(5, at: 12_288..<12_289)
        #expect(findings(machine).isEmpty)
        machine.memory.clear(first: 1027, count: 1)
        #expect(findings(machine) == [Finding(.lostStore, index: 3)])
        machine.memory.store(5, block: 1027)
        machine.blocks.remove(first: 3, count: 1)
        #expect(findings(machine) == [Finding(.lostStore, index: 3)])
    }

    @Test func nobodyKnowsWhatAPageHoldsWhileItIsChanged() {
        var machine = machine()
        machine.tasks.append(Task(name: "other"))
        machine.claim(5, at: 12_288..<12_289)
        #expect(findings(machine) == [Finding(.lostStore, index: 3)])
        machine.beginChange(of: 8_192..<16_384, task: 1)
        #expect(findings(machine).isEmpty)
        machine.claim(6, at: 12_288..<12_289)
        #expect(findings(machine).isEmpty, "the other may come later")
        machine.tasks[1].changing = nil
        machine.claim(7, at: 12_288..<12_289)
        #expect(findings(machine) == [Finding(.lostStore, index: 3)])
    }

    /// Only the bytes that a call changes are in doubt.
    @Test func theRestOfThePageStaysKnown() throws {
        var machine = machine()
        machine.claim(5, at: 12_288..<16_384)
        machine.beginChange(of: 12_300..<12_400, task: 0)
        let known = try #require(machine.claims.values[3])
        #expect(known[11] == 5 && known[12] == nil && known[111] == nil && known[112] == 5)
    }

    /// A write that waits for the file comes after whatever is stored meanwhile; one that is under
    /// way cannot tell.
    @Test(arguments: [true, false]) func whoWaitsForTheFileComesLater(waits: Bool) {
        var machine = machine()
        machine.tasks.append(Task(name: "writer"))
        machine.beginChange(of: 12_288..<16_384, task: 1)
        if waits { machine.tasks[1].state = .waiting(.lock(.inode)) }
        machine.claim(5, at: 12_288..<12_289)
        #expect(machine.claims.values.isEmpty)
        machine.tasks[1].state = .running
        machine.run(task: 1)
        machine.claim(6, at: 12_288..<16_384)
        machine.endChange(task: 1)
        let known = machine.claims.values[3]
        #expect(known?[0] == (waits ? 6 : nil))
        #expect(known?[1] == 6)
    }

    @Test func thePowerTakesWhatNobodyPromised() {
        var machine = machine()
        machine.memory.store(5, block: 1027)
        machine.claim(5, at: 12_288..<12_289)
        machine.losePower()
        #expect(findings(machine).isEmpty)
    }

    /// The auditor that looks again and again says the same as one that looks for the first time.
    @Test func lookingAgainIsLookingAnew() {
        var machine = machine()
        var auditor = Auditor()
        _ = auditor.look(at: machine)
        func look() {
            _ = auditor.look(at: machine)
            #expect(auditor.findings == Audit.findings(machine))
        }
        map(.block(1027), at: 3, writable: true, &machine)
        look()
        put(.daxPTE(sector: 1027 * 8), at: 3, dirty: true, &machine)
        machine.judgements += 1
        look()
        machine.memory.store(5, block: 1027)
        machine.claim(5, at: 12_288..<12_289)
        look()
        machine.memory.clear(first: 1027, count: 1)
        look()
        machine.blocks.remove(first: 3, count: 1)
        look()
        machine.vmas[0].ptes.remove(3)
        look()
    }
}
