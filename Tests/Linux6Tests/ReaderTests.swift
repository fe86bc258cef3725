import Kernel
import PageCache
import Testing
import XArray

@testable import Linux6

/// A reader without the lock, between the statements of a writer.
@Suite struct ReaderTests {
    /// What is in the array, what the writer does, and the indices that the reader loads.
    struct Case: CustomTestStringConvertible {
        let name: String
        let before: [Deed]
        let write: Deed
        let reads: [UInt64]
        var testDescription: String { name }

        init(_ name: String, _ before: [Deed], _ write: Deed, _ reads: [UInt64]) {
            self.name = name
            self.before = before
            self.write = write
            self.reads = reads
        }
    }

    private static func store(
        _ index: UInt64, _ number: UInt64, order: Int = 0
    ) -> Deed {
        .store(index, order: order, .pointer(number), fail: nil, from: nil)
    }

    private static func eraseRange(_ index: UInt64, order: Int) -> Deed {
        .store(index, order: order, nil, fail: nil, from: nil)
    }

    static let cases: [Case] = [
        Case("the first level", [store(0, 1)], store(5, 2), [0, 5, 7]),
        Case("a higher top", [store(3, 1), store(70, 2)], store(5000, 3), [3, 70, 5000, 9000]),
        Case("a new leaf", [store(3, 1), store(200, 2)], store(70, 3), [3, 70, 200]),
        Case("shrinking to a leaf", [store(3, 1), store(70, 2)], .erase(70), [3, 70]),
        Case("shrinking to the head", [store(0, 1), store(5000, 2)], .erase(5000), [0, 5000]),
        Case("the last entry", [store(5000, 2)], .erase(5000), [5000]),
        Case(
            "many over few", [store(512, 1), store(600, 2), store(1023, 3), store(5, 4)],
            store(512, 5, order: 9), [5, 512, 513, 600, 700, 1023]),
        Case(
            "a large entry goes", [store(512, 1, order: 9), store(5, 4)],
            eraseRange(512, order: 9), [5, 512, 600, 1023]),
        Case(
            "a subtree goes", [store(5, 1), store(4096, 2), store(4200, 3), store(8000, 4)],
            eraseRange(4096, order: 12), [5, 4096, 4200, 8000]),
        Case(
            "a split into nodes", [store(512, 1, order: 9), store(5, 4)],
            .split(512, order: 0, .pointer(1), fail: nil), [5, 512, 513, 700, 1023]),
        Case(
            "a split within a node", [store(512, 1, order: 9), store(5, 4)],
            .split(512, order: 7, .pointer(1), fail: nil), [5, 512, 640, 700, 1023]),
        Case("everything goes", [store(3, 1), store(5000, 2)], .destroy, [3, 5000, 7]),
    ]

    /// A load that begins after any statement of the writer, and stands still after any statement of
    /// its own until the writer has done, finds what was there before or what is there after.
    @Test(arguments: cases, KernelVersion.linux6)
    func aLoadFindsTheOldOrTheNew(_ c: Case, _ version: KernelVersion) throws {
        var twin = Twin(version)
        try twin.prepare(c.before)
        let old = twin.library
        twin.machine.tasks.append(Task(name: "reader"))
        var writer = twin
        try writer.begin(c.write)
        var after = writer
        after.finish(task: 0)
        let new = after.listed
        var pauses = 0
        while true {
            for index in c.reads {
                let expected = [old.load(XArray.Index(index)), new.load(XArray.Index(index))]
                var steps = 0
                while true {
                    var run = writer
                    try run.start(.xaLoad, run.state(index), task: 1)
                    guard run.step(task: 1, count: steps) else { break }
                    run.finish(task: 0)
                    run.finish(task: 1)
                    let found = run.machine.tasks[1].returnedSlot.entry
                    #expect(
                        expected.contains(found),
                        "\(index) after \(pauses) and \(steps) statements: \(found as Any)")
                    #expect(run.listed.retiredCount == 0 && run.machine.rcu.nodes.isEmpty)
                    #expect(run.listed.structure() == new.structure())
                    #expect(run.listed.nodeCount == new.nodeCount)
                    steps += 1
                }
            }
            guard writer.step(task: 0, count: 1) else { break }
            pauses += 1
        }
        #expect(pauses > 10)
    }

    /// In a leaf that is freed under it a reader meets retry, and looks again.
    @Test func aReaderInAFreedLeafMeetsRetry() throws {
        var twin = Twin(.v6_12)
        try twin.prepare([Self.store(0, 1), Self.store(5, 2)])
        twin.machine.tasks.append(Task(name: "reader"))
        try twin.start(.xaLoad, twin.state(0), task: 1)
        while twin.machine.tasks[1].frames.last?.locals.node == nil {
            _ = twin.step(task: 1, count: 1)
        }
        try twin.begin(.erase(5))
        twin.finish(task: 0)
        #expect(twin.listed.retiredCount == 1, "the reader is in the leaf")
        #expect(twin.listed.head == .entry(.pointer(1)))
        var retries = 0
        while twin.machine.tasks[1].isBusy {
            if twin.machine.tasks[1].frames.last?.locals.xas.entry == .retry { retries += 1 }
            _ = twin.step(task: 1, count: 1)
        }
        #expect(retries > 0)
        #expect(twin.machine.tasks[1].returnedSlot == .entry(.pointer(1)))
        #expect(twin.listed.retiredCount == 0)
    }

    /// A freed node waits for those who were inside when the lock was let go, and for nobody else.
    @Test func aFreedNodeWaitsForItsReadersAlone() throws {
        var twin = Twin(.v6_12)
        try twin.prepare([Self.store(3, 1), Self.store(70, 2)])
        for name in ["early", "late"] { twin.machine.tasks.append(Task(name: name)) }
        try twin.start(.xaLoad, twin.state(70), task: 1)
        _ = twin.step(task: 1, count: 2)
        try twin.begin(.erase(70))
        twin.finish(task: 0)
        try twin.start(.xaLoad, twin.state(3), task: 2)
        _ = twin.step(task: 2, count: 2)
        #expect(twin.listed.retiredCount == 2)
        twin.finish(task: 1)
        #expect(twin.listed.retiredCount == 0, "the late one came when they were gone")
        twin.finish(task: 2)
        #expect(twin.machine.tasks[2].returnedSlot == .entry(.pointer(1)))
    }
}

extension Twin {
    mutating func prepare(_ deeds: [Deed]) throws {
        for deed in deeds {
            let difference = try apply(deed)
            #expect(difference == nil)
        }
    }

    /// Lets task 0 begin.
    mutating func begin(_ deed: Deed) throws {
        switch deed {
        case .store(let index, let order, let entry, _, _):
            try start(.bareStore, state(index, order)) {
                $0.xas.entry = Self.slot(entry)
                $0.isSync = true
            }
        case .erase(let index): try start(.xaErase, state(index))
        case .split(let index, let order, let entry, _):
            try start(.bareSplit, state(index, order)) { $0.xas.entry = .entry(entry) }
        case .destroy: try start(.xaDestroy, state(0))
        default: preconditionFailure("not one of the writers")
        }
    }

    /// - Returns: false if the task ends before.
    mutating func step(task: Int, count: Int) -> Bool {
        for _ in 0..<count where model.step(&machine, task: task) != .ran { return false }
        return true
    }

    mutating func finish(task: Int) {
        while machine.tasks[task].isBusy {
            guard model.run(&machine, task: task, limit: 100_000) == .finished else { return }
        }
    }
}
