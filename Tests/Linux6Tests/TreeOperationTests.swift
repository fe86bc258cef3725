import Kernel
import Linux6
import PageCache
import Testing
import XArray

/// Operations on a bare array, as they are typed.
@Suite struct TreeOperationTests {
    private struct Bare {
        var machine = Machine(file: FileConfiguration(size: 0))
        let model: KernelModel

        init(_ version: KernelVersion) {
            model = KernelModel(version, of: .linux6)
            KernelFamily.linux6.begin(&machine, version)
        }

        var array: XArray { machine.mapping.xarray! }
        var found: XArray.Entry? { machine.tasks[0].returnedSlot.entry }

        mutating func run(_ operation: TreeOperation) throws -> Int {
            try model.start(.tree(operation), on: &machine)
            let result = model.run(&machine, limit: 100_000)
            #expect(result == .finished)
            return machine.tasks[0].outcome.code
        }
    }

    @Test(arguments: KernelVersion.linux6)
    func eachDoesWhatItSays(_ version: KernelVersion) throws {
        var bare = Bare(version)
        var code = try bare.run(.store(.pointer(1), index: 700, order: 9))
        #expect(code == 0 && bare.array.order(at: 512) == 9)
        #expect(bare.array.version == (version == .v6_1 ? .linux61 : .linux612))
        code = try bare.run(.load(513))
        #expect(bare.found == .pointer(1))
        code = try bare.run(.mark(.dirty, index: 600))
        #expect(bare.array.hasMark(.dirty, at: 512))
        code = try bare.run(.find(0...5000, marked: .dirty))
        #expect(bare.found == .pointer(1) && bare.machine.tasks[0].returnedIndex == 512)
        code = try bare.run(.find(0...5000, marked: .towrite))
        #expect(bare.found == nil)
        code = try bare.run(.split(index: 512, order: 0))
        #expect(code == 0 && bare.array.order(at: 700) == 0 && bare.array.nodeCount == 9)
        #expect(bare.array.hasMark(.dirty, at: 1023))
        code = try bare.run(.unmark(.dirty, index: 512))
        #expect(!bare.array.hasMark(.dirty, at: 512) && bare.array.hasMark(.dirty, at: 513))
        code = try bare.run(.erase(700))
        #expect(bare.found == .pointer(1) && bare.array.load(700) == nil)
        #expect(bare.array.violations().isEmpty)
    }

    @Test func whatCannotBeSplitIsSaid() throws {
        var bare = Bare(.v6_12)
        #expect(try bare.run(.split(index: 5, order: 0)) == -2)
        _ = try bare.run(.store(.value(1), index: 0, order: 12))
        #expect(try bare.run(.split(index: 5, order: 0)) == -22)
        #expect(try bare.run(.split(index: 5, order: 12)) == -22)
        #expect(try bare.run(.split(index: 5, order: 6)) == 0)
        #expect(bare.array.order(at: 5) == 6)
    }

    /// What xa_store_range has left behind an entry is no part of it, and no split.
    @Test func whatIsNoEntryOfItsOrderIsNotSplit() throws {
        var bare = Bare(.v6_1)
        var allocator = XArray.Allocator()
        try bare.machine.mapping.xarray!.storeRange(
            .pointer(15), first: 2, last: 129, allocator: &allocator)
        _ = try bare.run(.store(.pointer(16), index: 1, order: 3))
        #expect(bare.array.order(at: 2) == 6, "as xa_get_order counts it")
        #expect(try bare.run(.split(index: 2, order: 2)) == -22)
    }

    @Test func aStoreThatFindsNoNodeIsTriedAgain() throws {
        var bare = Bare(.v6_12)
        try bare.model.start(.fail(call: 2), on: &bare.machine)
        #expect(try bare.run(.store(.pointer(1), index: 5000)) == 0)
        #expect(bare.array.load(5000) == .pointer(1))
        #expect(bare.machine.allocator.calls == 4, "three nodes, and the call that failed")
    }

    @Test func otherOperationsAreNotModelled() {
        var machine = Machine(file: FileConfiguration(size: 0))
        let model = KernelModel(.v6_12, of: .linux6)
        #expect(throws: StartError.notModelled("fsync", .v6_12)) {
            try model.start(.fsync, on: &machine)
        }
    }

    @Test func theyAreTold() {
        let texts: [(TreeOperation, String)] = [
            (.store(.pointer(1), index: 512, order: 9), "store p1 at 512, order 9"),
            (.store(.value(2), index: 3), "store v2 at 3"), (.load(5), "load 5"),
            (.erase(5), "erase 5"), (.mark(.towrite, index: 5), "mark 5 towrite"),
            (.unmark(.dirty, index: 5), "unmark 5 dirty"),
            (.split(index: 512, order: 0), "split 512, order 0"),
            (.find(3...9, marked: .dirty), "find 3..9 marked dirty"),
        ]
        for (operation, text) in texts { #expect("\(Operation.tree(operation))" == text) }
    }
}

/// What holds for every statement.
@Suite struct ListingTests {
    @Test(arguments: KernelVersion.linux6)
    func statementsFitTheListingPane(_ version: KernelVersion) {
        for listing in KernelModel(version, of: .linux6).listings {
            #expect(!listing.statements.isEmpty, "\(listing.name)")
            for statement in listing.statements {
                #expect(statement.text.count <= 60, "\(listing.name): \(statement.text)")
                let hasLine = statement.line != nil
                #expect(listing.file.hasPrefix("lib/") || !hasLine, "\(listing.name)")
            }
        }
    }

    /// The table of micro-steps, row by row: each is a statement somewhere.
    @Test(arguments: KernelVersion.linux6)
    func everyRowOfTheTableIsAStatement(_ version: KernelVersion) {
        let rows = Set(
            KernelModel(version, of: .linux6).listings.flatMap(\.statements)
                .flatMap { $0.row.split(separator: " ").map(String.init) })
        #expect(rows == Set((1...47).map { "X\($0)" }))
    }

    /// Between the lines that the table tells, statements of one function stand in the order of
    /// the source, but for what is written out where it is called.
    @Test func linesOfBothSourcesAreTold() {
        let old = KernelModel(.v6_1, of: .linux6).listings
        let new = KernelModel(.v6_12, of: .linux6).listings
        for (a, b) in zip(old, new) {
            for (first, second) in zip(a.statements, b.statements) {
                #expect((first.line == nil) == (second.line == nil), "\(a.name)")
                guard let line = first.line, let other = second.line else { continue }
                #expect((-1...20).contains(other - line), "\(a.name): \(first.text)")
            }
        }
    }
}
