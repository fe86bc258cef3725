import Foundation
import Kernel
import PageCache
import RadixTree
import Scenario
import Testing

@testable import Stepping

/// What two machines must share to be the same moment.
struct Fingerprint: Equatable {
    var tree: RadixTree
    var counters: [UInt64]
    var inode: Inode
    var vmas: [VMA]
    var pages: SortedMap<PageID, Page>
    var runs: [BlockMap.Run]
    var memory: PersistentMemory
    var locks: LockTable
    var console: [ConsoleLine]
    var statistics: Statistics
    var stacks: [[[Int]]]
    var outcomes: [Outcome]

    init(_ machine: Machine) {
        tree = machine.mapping.radixTree
        counters = [machine.mapping.nrpages, machine.mapping.nrexceptional]
        inode = machine.inode
        vmas = machine.vmas
        pages = machine.pages
        runs = machine.blocks.runs
        memory = machine.memory
        locks = machine.locks
        console = machine.console
        statistics = machine.statistics
        stacks = machine.tasks.map { $0.frames.map { [$0.function, $0.statement] } }
        outcomes = machine.tasks.map(\.outcome)
    }
}

enum Plans {
    static let file = FileConfiguration(size: 4 << 20, fileSystem: .xfs)

    static let seed: [Directive] = [
        Directive(.mmap(name: "small", first: 512, pages: 1, shared: true, aligned: false)),
        Directive(.load(map: "small", page: 512)),
        Directive(.mmap(name: "huge", first: 0, pages: 1024, shared: true, aligned: true)),
        Directive(.store(map: "huge", page: 512, value: 0xa5)),
        Directive(.fsync),
        Directive(.umount),
    ]

    static func timeline(
        _ version: KernelVersion, _ plan: [Directive] = seed, interval: Int = 2048
    ) -> Timeline {
        Timeline(
            kernel: .of(version), machine: Machine(file: file), plan: plan, interval: interval)
    }
}

@Suite struct TimelineTests {
    @Test(arguments: KernelVersion.allCases)
    func everyMomentIsFoundAgain(_ version: KernelVersion) throws {
        // Kept at every step, and kept almost never: the same moments.
        let dense = Plans.timeline(version, interval: 1)
        let sparse = Plans.timeline(version, interval: 1000)
        #expect(dense.end == sparse.end)
        #expect(dense.steps == sparse.steps)
        for position in stride(from: dense.end, through: 0, by: -7) {
            #expect(
                Fingerprint(dense.machine(at: position))
                    == Fingerprint(sparse.machine(at: position)), "position \(position)")
        }
    }

    @Test func positionZeroIsTheMachineBeforeAnything() {
        let machine = Plans.timeline(.v6).machine(at: 0)
        #expect(machine.mapping.pageTree.isEmpty)
        #expect(machine.vmas.isEmpty)
        #expect(machine.tasks[0].frames.isEmpty)
    }

    @Test func aStepIsOneStatementOfTheListing() {
        let timeline = Plans.timeline(.v6)
        for position in 0..<timeline.end where timeline.steps[position].kind == .ran {
            let before = timeline.machine(at: position)
            let frames = before.tasks[0].frames
            let step = timeline.steps[position]
            #expect(Int(step.depth) == frames.count - 1)
            #expect(Int(step.function) == frames[frames.count - 1].function)
            #expect(Int(step.statement) == frames[frames.count - 1].statement)
        }
    }

    @Test func anOperationSpansFromItsBeginningToItsEnd() {
        let timeline = Plans.timeline(.v4_5)
        #expect(timeline.spans.count == Plans.seed.count)
        for (i, span) in timeline.spans.enumerated() {
            #expect(span.directive == i)
            #expect(timeline.steps[span.start - 1].kind == .began)
            #expect(timeline.machine(at: span.end).tasks[0].frames.isEmpty)
            #expect(timeline.span(at: span.start) == i)
            #expect(timeline.span(at: span.end) == i)
        }
        #expect(timeline.span(at: 0) == nil)
    }

    @Test func theSeedBugEndsInABUGOnV6Alone() throws {
        for version in KernelVersion.allCases {
            let timeline = Plans.timeline(version)
            #expect((timeline.bugPosition != nil) == (version == .v6), "\(version)")
        }
        let timeline = Plans.timeline(.v6)
        let machine = timeline.machine(at: try #require(timeline.bugPosition))
        #expect(machine.bug?.location == "fs/inode.c:497")
        #expect(machine.mapping.nrpages == 1)
        #expect(machine.mapping.nrexceptional == UInt64.max)
        #expect(machine.locks.writer(of: .tree) == 0)
        #expect(machine.tasks[0].state == .dead)
    }

    @Test func findingsAreBornAtAStatementAndKnowIt() throws {
        let timeline = Plans.timeline(.v6)
        let end = timeline.spans[3].end
        let leak = try #require(timeline.findings(at: end).first { $0.kind == .leakedPage })
        let birth = try #require(timeline.episode(of: leak, at: end)?.born)
        #expect(!timeline.findings(at: birth - 1).contains(leak))
        #expect(timeline.findings(at: birth).contains(leak))
        // The page leaves the tree under tree_lock; the audit can judge when that is released.
        let step = timeline.steps[birth - 1]
        #expect(timeline.kernel.listings[Int(step.function)].name == "radix_tree_delete_item")
        let seen = try #require(timeline.episode(of: leak, at: end)?.seen)
        let release = timeline.steps[seen - 1]
        #expect(timeline.kernel.listings[Int(release.function)].name == "dax_radix_entry")
        #expect(timeline.machine(at: birth).locks.writer(of: .tree) != nil)
        #expect(timeline.machine(at: seen).locks.writer(of: .tree) == nil)
        // The orphan is born where get_block allocates under the zero page.
        let orphanBirth = try #require(
            timeline.findingChanges.first { $0.findings.contains { $0.kind == .orphan } })
        #expect(orphanBirth.position < birth)
        let allocation = timeline.steps[orphanBirth.position - 1]
        #expect(
            timeline.kernel.listings[Int(allocation.function)].name == "xfs_get_blocks_dax_fault")
    }

    @Test(arguments: [KernelVersion.v7, .v8, .v4_5, .v4_4])
    func aPageInHandIsNoOrphan(_ version: KernelVersion) {
        let timeline = Plans.timeline(version)
        let kinds = Set(timeline.findingChanges.flatMap(\.findings).map(\.kind))
        #expect(kinds.isDisjoint(with: [.orphan, .leakedPage, .miscount, .overlap]))
    }

    @Test func noKernelEverBreaksTheTree() {
        for version in KernelVersion.allCases {
            let findings = Plans.timeline(version).findingChanges.flatMap(\.findings)
            #expect(!findings.contains { $0.kind == .brokenTree })
        }
    }
}

@Suite struct WalkingTests {
    @Test func operationsForwardAndBack() {
        let timeline = Plans.timeline(.v6)
        var position = 0
        var ends: [Int] = []
        while position < timeline.end {
            position = timeline.nextOperation(after: position)
            ends.append(position)
        }
        #expect(ends == timeline.spans.map(\.end))
        for end in ends.dropLast().reversed() {
            position = timeline.previousOperation(before: position)
            #expect(position == end)
        }
        #expect(timeline.previousOperation(before: position) == 0)
    }

    @Test func overACallAndOutOfAFunction() {
        let timeline = Plans.timeline(.v6)
        for position in 0..<timeline.end where timeline.steps[position].kind == .ran {
            let over = timeline.stepOver(from: position)
            #expect(over > position)
            if over < timeline.end, timeline.steps[over].kind != .began {
                #expect(timeline.steps[over].depth <= timeline.steps[position].depth)
            }
            let out = timeline.stepOut(from: position)
            #expect(out > position)
            if out < timeline.end, timeline.steps[out].kind == .ran {
                #expect(timeline.steps[out].depth < timeline.steps[position].depth)
            }
        }
    }

    @Test func backIsBeforeAndEndsAtZero() {
        let timeline = Plans.timeline(.v4_5)
        for walk in [Timeline.stepOverBack(from:), Timeline.stepOutBack(from:)] {
            var position = timeline.end
            while position > 0 {
                let before = walk(timeline)(position)
                #expect(before < position)
                position = before
            }
        }
    }

    @Test func fromFindingToFinding() throws {
        let timeline = Plans.timeline(.v6)
        var stops: [Int] = []
        var position = 0
        while position < timeline.end {
            position = timeline.nextFinding(after: position)
            stops.append(position)
        }
        #expect(stops.contains(try #require(timeline.bugPosition)))
        for stop in stops.dropLast().reversed() {
            position = timeline.previousFinding(before: position)
            #expect(position == stop)
        }
    }
}

@Suite struct InterleavingTests {
    @Test func twoTasksStopAndGoOn() {
        let plan: [Directive] = [
            Directive(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: false)),
            Directive(
                task: "reader", .load(map: "m", page: 0),
                stop: .function("dax_load_hole", statements: 0)),
            Directive(task: "writer", .store(map: "m", page: 0, value: 1)),
            Directive(task: "reader", nil),
        ]
        let timeline = Plans.timeline(.v8, plan)
        let paused = timeline.machine(at: timeline.spans[1].end)
        #expect(
            paused.tasks[1].frames.last.map { timeline.kernel.listing(of: $0).name }
                == "dax_load_hole")
        // The writer was first: the reader's page cannot go where a DAX entry stands.
        let end = timeline.machine(at: timeline.end)
        #expect(end.tasks[1].outcome.signal == "OOM")
        #expect(end.console.contains { $0.level == .warning })
    }

    @Test func aTaskThatNeedsALockWaitsAndSaysForWhat() {
        let plan: [Directive] = [
            Directive(.mmap(name: "m", first: 0, pages: 8, shared: true, aligned: false)),
            Directive(
                task: "a", .load(map: "m", page: 0),
                stop: .function("page_cache_tree_insert", statements: 0)),
            Directive(task: "b", .load(map: "m", page: 1)),
            Directive(task: "a", nil),
            Directive(task: "b", nil),
        ]
        let timeline = Plans.timeline(.v4_5, plan)
        let blocked = timeline.machine(at: timeline.spans[2].end)
        #expect(blocked.tasks[2].state == .waiting(.lock(.tree)))
        #expect(blocked.locks.holders(of: .tree) == [1])
        let end = timeline.machine(at: timeline.end)
        #expect(end.mapping.nrpages == 2)
        #expect(end.tasks.allSatisfy { $0.state == .idle })
    }
}
