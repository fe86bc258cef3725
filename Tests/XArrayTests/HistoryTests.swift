import Testing
import XArray

@Suite struct HistoryTests {
    /// Goes back and forth at random over everything that a random sequence did.
    @Test(arguments: Scope.allCases)
    func everyMomentComesBackExactly(_ scope: Scope) {
        let sequences = Sequences(scope: scope, version: .linux612, failures: true)
        var pair = Pair()
        var moments = [pair.array]
        for operation in sequences.make(isLong ? 3000 : 200, seed: 7) {
            _ = pair.apply(operation)
            while moments.count <= pair.history.count { moments.append(pair.array) }
        }
        var history = pair.history
        var random = SeededRandom(state: 1)
        for _ in 0..<(isLong ? 300 : 30) {
            let moment = Int.random(in: 0...history.count, using: &random)
            history.go(to: moment)
            #expect(history.array == moments[moment])
            #expect(history.array.preorder() == moments[moment].preorder())
        }
        history.go(to: 0)
        #expect(history.array == XArray())
        #expect(history.array.violations().isEmpty)
        history.go(to: history.count)
        #expect(history.array.violations().isEmpty)
    }

    /// What a large store frees comes back with all that was below it.
    @Test func aFreedSubtreeComesBack() throws {
        var allocator = XArray.Allocator()
        var history = XArray.History()
        try history.record { array in
            for index: UInt64 in [0, 1, 63, 64, 4000, 4095, 5000] {
                try array.store(.value(index), at: .init(index), allocator: &allocator)
            }
            array.setMark(.towrite, at: 4000)
        }
        let before = history.array
        history.record { array in
            var state = XArray.State(0, order: 12)
            repeat {
                array.store(.pointer(1), at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
        }
        #expect(history.array.structure().contains("12 0 2 0 0 0 1 0 0:p1 1:*"))
        history.undo()
        #expect(history.array == before)
        #expect(history.array.preorder() == before.preorder())
        history.redo()
        #expect(history.array.hasMark(.towrite, at: 17))
        history.go(to: 0)
        #expect(history.array == XArray())
    }

    @Test func aFailedStoreIsUndoneWithTheNodesItLeft() {
        var allocator = XArray.Allocator()
        var history = XArray.History()
        allocator.beginOperation(failingFrom: 2)
        let error = history.record { array -> XArrayError? in
            do throws(XArrayError) {
                try array.store(.pointer(1), at: 4095, allocator: &allocator)
                return nil
            } catch {
                return error
            }
        }
        #expect(error == .noMemory)
        #expect(history.array.structure() == ["0 *", "6 0 0 0 0 0 0 0"])
        history.undo()
        #expect(history.array.structure() == ["0 -"])
        history.redo()
        #expect(history.array.structure() == ["0 *", "6 0 0 0 0 0 0 0"])
    }

    @Test func aRecordedOperationTakesAtMost100Bytes() throws {
        var allocator = XArray.Allocator()
        var history = XArray.History()
        for index: UInt64 in 0..<4096 {
            try history.record {
                _ = try $0.store(.pointer(1), at: .init(index), allocator: &allocator)
            }
        }
        for index: UInt64 in 0..<4096 {
            history.record { $0.setMark(.dirty, at: .init(index)) }
        }
        for index: UInt64 in 0..<4096 {
            history.record { _ = $0.erase(at: .init(index), allocator: &allocator) }
        }
        #expect(history.bytes <= 100 * history.count)
    }

    @Test func aChangeMustNotReplaceTheArray() async {
        await #expect(processExitsWith: .failure) {
            var history = XArray.History()
            history.record { $0 = XArray() }
        }
    }
}
