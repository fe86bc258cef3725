import Testing
import XArray

/// Arrays as values: copies, and what they share.
@Suite struct ValueTests {
    private static func filled(_ count: UInt64) throws -> XArray {
        var array = XArray()
        var allocator = XArray.Allocator()
        for index in 0..<count {
            try array.store(.pointer(index + 1), at: .init(index), allocator: &allocator)
        }
        return array
    }

    @Test func eachOfTwoCopiesChangesAlone() throws {
        var allocator = XArray.Allocator()
        for count: UInt64 in [1, 3, 64, 70, 5000] {
            let original = try Self.filled(count)
            let before = original.structure()
            var copy = original
            #expect(copy.isCopy(of: original))
            copy.setMark(.dirty, at: 0)
            try copy.store(.value(7), at: .init(count), allocator: &allocator)
            var state = XArray.State(0, order: 5)
            repeat {
                copy.store(.pointer(9), at: &state, allocator: &allocator)
            } while copy.fetchNode(&state, allocator: &allocator)
            #expect(original.structure() == before)
            #expect(copy != original)
            #expect(copy.violations().isEmpty)
            #expect(original.violations().isEmpty)
            #expect(copy.load(31) == .pointer(9))
            copy.destroy(allocator: &allocator)
            #expect(original.structure() == before)
        }
    }

    @Test func copiesShareLargeLeaves() throws {
        var allocator = XArray.Allocator()
        let original = try Self.filled(100_000)
        var copies = [original]
        for index in 1..<20 {
            var copy = copies[index - 1]
            copy.setMark(.towrite, at: .init(UInt64(index) * 4096))
            copy.erase(at: .init(UInt64(index) * 4096 + 1), allocator: &allocator)
            copies.append(copy)
        }
        for (number, copy) in copies.enumerated() {
            #expect(copy.violations().isEmpty)
            #expect(copy.entries(marked: .towrite).map(\.index.rawValue).count == number)
            let missing = (1..<20).filter { copy.load(.init(UInt64($0) * 4096 + 1)) == nil }
            #expect(missing.count == number)
        }
    }

    @Test func copiesChangeOnManyThreadsAtOnce() async throws {
        let original = try Self.filled(20_000)
        let before = original.entries().map(\.index)
        let rest = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var copy = original
                    var allocator = XArray.Allocator()
                    for index in stride(from: UInt64(task), to: 20_000, by: 8) {
                        copy.erase(at: .init(index), allocator: &allocator)
                    }
                    return copy.entries().reduce(0) { count, _ in count + 1 }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(rest == Array(repeating: 17_500, count: 8))
        #expect(original.entries().map(\.index) == before)
    }

    @Test func aViewShowsTheMomentItWasTaken() throws {
        var allocator = XArray.Allocator()
        var array = XArray()
        try array.store(.value(1), at: 70, allocator: &allocator)
        let leaf = array.node(array.preorder()[1])
        try array.store(.pointer(2), at: 71, allocator: &allocator)
        array.setMark(.dirty, at: 71)
        #expect(leaf.snapshot.description == "0 1 1 1 0 0 0 0 6:v1")
        #expect((leaf.shift, leaf.offset, leaf.count, leaf.valueCount) == (0, 1, 1, 1))
        #expect(leaf.firstIndex() == 64)
        #expect(leaf.lastIndex(ofSlot: 6) == 70)
        #expect(leaf.marks(at: 7) == [])
        #expect(array.node(leaf.id).marks(at: 7) == .dirty)
        #expect(array.node(leaf.id).slot(7) == .entry(.pointer(2)))
        #expect(array.contains(leaf.id))
    }

    @Test func slotsSayWhatTheyHold() throws {
        var allocator = XArray.Allocator()
        var array = XArray()
        var state = XArray.State(128, order: 7)
        repeat {
            array.store(.pointer(1), at: &state, allocator: &allocator)
        } while array.fetchNode(&state, allocator: &allocator)
        try array.reserve(5, allocator: &allocator)
        let top = array.node(array.preorder()[0])
        #expect(top.slot(1) == .empty)
        #expect(top.slot(2) == .entry(.pointer(1)))
        #expect(top.slot(3) == .sibling(of: 2))
        #expect(top.lastIndex(ofSlot: 3) == 255)
        guard case .node(let leaf) = top.slot(0) else {
            Issue.record("no leaf")
            return
        }
        #expect(array.node(leaf).slot(5) == .entry(.zero))
        #expect(array.load(5) == nil)
        #expect(array.load(255) == .pointer(1))
        #expect(
            "\(XArray.Entry.zero) \(XArray.Entry.value(3)) \(XArray.Entry.pointer(4))" == "z v3 p4")
        #expect(XArray.Entry.value(3).rawValue == 7)
        #expect(XArray.Entry.zero.rawValue == 0x406)
    }

    /// A node that gets more slots must still know that some are siblings.
    @Test func aMarkInsideALargeEntryIsItsOwn() throws {
        var allocator = XArray.Allocator()
        var array = XArray()
        try array.store(.pointer(1), at: 0, allocator: &allocator)
        var state = XArray.State(0x20000, order: 2)
        repeat {
            array.store(.pointer(2), at: &state, allocator: &allocator)
        } while array.fetchNode(&state, allocator: &allocator)
        for index: UInt64 in 0x20008..<0x20018 {
            try array.store(.pointer(3), at: .init(index), allocator: &allocator)
        }
        array.setMark(.dirty, at: 0x20003)
        #expect(array.violations().isEmpty)
        #expect(array.entries(marked: .dirty).map(\.index) == [0x20000])
        array.setMark(.towrite, at: 0x20020)
        #expect(array.marks == .dirty)
    }

    @Test func anInternalEntryIsRefused() async {
        await #expect(processExitsWith: .failure) { _ = XArray.Entry(0x402) }
    }

    /// `page_cache_next_miss` when everything was looked at: the two kernels differ.
    @Test func aSearchThatRunsOut() throws {
        var allocator = XArray.Allocator()
        for (version, last) in [(XArray.Version.linux61, 14), (.linux612, 15)] {
            var array = XArray(version: version)
            for index: UInt64 in 10..<30 {
                try array.store(.pointer(1), at: .init(index), allocator: &allocator)
            }
            #expect(array.nextMiss(from: 10, limit: 5).rawValue == UInt64(last))
            #expect(array.nextMiss(from: 28, limit: 5) == 30)
        }
    }

    /// Marks of new nodes of large entries: 6.1 gives them to siblings, and then a search does not
    /// end.
    @Test func aMarkedSplitIntoLargeEntries() throws {
        for version in XArray.Version.allCases {
            var array = XArray(version: version)
            var allocator = XArray.Allocator()
            var state = XArray.State(0, order: 6)
            repeat {
                array.store(.pointer(1), at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
            array.setMark(.dirty, at: 0)
            var split = XArray.State(0, order: 3)
            array.allocateForSplit(order: 6, &split, allocator: &allocator)
            #expect(split.spareCount == 1)
            array.split(into: .pointer(2), order: 6, &split)
            #expect(split.spareCount == 0)
            let isRight = version == .linux612
            #expect(array.violations().isEmpty == isRight)
            array.erase(at: 8, allocator: &allocator)
            var search = XArray.State(8)
            let found = array.findMarked(&search, max: 15, .dirty)
            #expect(found == .empty)
            #expect(search.position == (isRight ? .restart : .endless))
        }
    }

    @Test func free() throws {
        var allocator = XArray.Allocator()
        var array = XArray(options: .trackFree)
        #expect(array.isMarked(.free))
        #expect(try array.allocate(.pointer(1), in: 0...9, allocator: &allocator) == 0)
        #expect(try array.allocate(nil, in: 0...9, allocator: &allocator) == 1)
        #expect(array.load(1) == nil)
        array.erase(at: 0, allocator: &allocator)
        #expect(try array.allocate(.pointer(3), in: 0...1, allocator: &allocator) == 0)
        #expect(throws: XArrayError.busy) {
            try array.allocate(.pointer(4), in: 0...1, allocator: &allocator)
        }
        var one = XArray(options: .alloc1)
        #expect(try one.allocate(.pointer(1), in: 0...9, allocator: &allocator) == 1)
        var plain = XArray()
        #expect(throws: XArrayError.invalid) {
            try plain.allocate(.pointer(4), in: 0...1, allocator: &allocator)
        }
    }
}
