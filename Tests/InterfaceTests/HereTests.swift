import Canvas
import Foundation
import Kernel
import PageCache
import PageTree
import Scenario
import Testing

@testable import Interface

/// What two machines must share to be the same moment.
private struct Twin: Equatable {
    var tree: String
    var counters: [UInt64]
    var vmas: [VMA]
    var inode: Inode
    var pages: SortedMap<PageID, Page>
    var blocks: [BlockMap.Run]
    var memory: PersistentMemory
    var locks: LockTable
    var console: [ConsoleLine]
    var bug: PageCache.Bug?
    var stacks: [String: [[Int]]]
    var outcomes: [String: Outcome]

    init(_ machine: Machine) {
        let pageTree = machine.mapping.pageTree
        tree = pageTree.entries().map { item in
            let tags = PageTree.Tag.allCases.filter { pageTree.hasTag($0, at: item.index) }
            return "\(item.index) \(item.entry) \(tags)"
        }.joined(separator: "\n")
        counters = [machine.mapping.nrpages, machine.mapping.nrexceptional]
        vmas = machine.vmas
        inode = machine.inode
        pages = machine.pages
        blocks = machine.blocks.runs
        memory = machine.memory
        locks = machine.locks
        console = machine.console
        bug = machine.bug
        // A task that nothing has begun yet is no task.
        let tasks = machine.tasks.filter { !$0.frames.isEmpty || $0.outcome != Outcome() }
        stacks = Dictionary(
            uniqueKeysWithValues: tasks.map { task in
                (task.name, task.frames.map { [$0.function, $0.statement] })
            })
        outcomes = Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, $0.outcome) })
    }
}

/// An operation that is typed runs at the statement where the screen stands.
@Suite struct HereTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("scenarios")

    private func library(
        _ name: String, _ version: KernelVersion? = nil, at position: Int = 0
    ) throws -> InterfaceState {
        let scenario = try Scenario.read(
            path: Self.folder.appendingPathComponent(name + ".yml").path)
        return InterfaceState(
            run: ScenarioRun(scenario, on: version ?? scenario.kernels[0]), position: position)
    }

    @discardableResult
    private func type(_ line: String, _ state: inout InterfaceState) -> [Effect] {
        state.press(":")
        for scalar in line.unicodeScalars { state.handle(.key(Key(scalar))) }
        return state.handle(.key("Enter"))
    }

    private func durable(_ page: UInt64, _ machine: Machine) -> UInt8 {
        let block = machine.blocks.lookup(page)
        return machine.memory.line(block.physical).durable[0]
    }

    /// The first position at which dax_writeback_one holds tree_lock.
    private static func underTreeLock(_ run: ScenarioRun) throws -> Int {
        try #require(
            (0..<run.timeline.end).first {
                run.timeline.nextStatement(at: $0)?.listing.name == "dax_writeback_one"
                    && run.timeline.machine(at: $0).locks.isHeld(.tree)
            })
    }

    /// The power fails before the msync has flushed: what it would have saved is lost.
    @Test(arguments: [KernelVersion.v4_5, .v6])
    func powerFailsInTheMiddle(_ version: KernelVersion) throws {
        var state = try library("power-loss", version)
        let run = state.run
        let msync = run.timeline.spans[3]
        #expect(durable(1, run.timeline.machine(at: msync.end)) == 5)
        // The first statement of dax_writeback_one, before it looks at the entry.
        let place = try #require(
            (msync.start..<msync.end).first {
                run.timeline.nextStatement(at: $0)?.listing.name == "dax_writeback_one"
            })
        for position in [place, try Self.underTreeLock(run)] {
            state.move(to: position)
            type("power-loss", &state)
            #expect(state.machine.hasPower == false)
            #expect(durable(1, state.machine) == 0)
            let said = state.choices.message ?? ""
            #expect(
                said.contains("you beside app, parked at step \(position) in dax_writeback_one"),
                "\(said)")
            #expect(state.run.scenario.kernels == [version])
            type("branch 0", &state)
        }
    }

    /// Not one statement of the writer runs on the way.
    @Test func theWriterStaysWhereItIs() throws {
        var state = try library("race-v7-window", at: 60)
        #expect(state.moment.place == .inside)
        let before = state.machine.tasks.map { ($0.name, $0.frames.map(\.statement)) }
        let start = state.position
        type("fsync", &state)
        #expect(
            state.choices.message?.hasPrefix(
                "branch 1: app beside writer, parked at step 60 in unmap_mapping_range, and "
                    + "reader, parked in dax_load_hole;") == true,
            "\(state.choices.message ?? "")")
        let ran = state.timeline.steps[start...].map { state.machine.tasks[Int($0.task)].name }
        #expect(Set(ran) == ["app"])
        for (name, statements) in before where name != "app" {
            let task = state.machine.tasks.first { $0.name == name }
            #expect(task?.frames.map(\.statement) == statements, "\(name)")
        }
        // And it can go on: the only parked ones are reader and writer.
        type("resume", &state)
        #expect(
            state.choices.message?.hasPrefix("reader and writer are in the middle") == true,
            "\(state.choices.message ?? "")")
        type("resume: , task: reader", &state)
        type("resume", &state)
        #expect(state.run.parked(at: state.position) == [])
    }

    /// Who waits is told so, in every layout.
    @Test(arguments: [Size(80, 24), Size(120, 40)])
    func whoeverHasToWaitIsTold(_ size: Size) throws {
        var state = try library("power-loss", .v4_5)
        let position = try Self.underTreeLock(state.run)
        state.move(to: position)
        state.handle(.resize(size))
        type("fsync", &state)
        let screen = view(state, size: size).text()
        #expect(screen.contains("It waits for tree_lock, which app holds."))
        #expect(
            screen.contains("you beside app, parked at step \(position) in dax_writeback_one"))
    }

    /// Positions at the beginning of an operation and inside of one that resumes.
    @Test func edgesOfAnOperation() throws {
        var state = try library("race-v7-window")
        for span in state.timeline.spans where span.start < span.end {
            for position in [span.start, span.start + 1, span.end - 1, span.end] {
                state.move(to: position)
                let machine = state.machine
                type("drop-caches", &state)
                #expect(
                    Twin(state.timeline.machine(at: position)) == Twin(machine),
                    "at \(position): \(state.choices.message ?? "")")
                type("branch 0", &state)
                state.branches = []
            }
        }
    }

    /// What `:save` writes gives the same machine, to the statement.
    @Test(
        arguments: [
            "power-loss", "race-v7-window", "pmd-orphan", "race-two-fsyncs", "race-fsync-punch",
            "race-fault-truncate", "race-mkwrite-fsync", "unwritten-ext4", "tree-grows", "no-node",
            "swap-entries", "punch-head",
        ])
    func whatIsSavedIsTheSame(_ name: String) throws {
        var random = SplitMix(state: UInt64(name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }))
        var state = try library(name)
        var cuts = 0
        for round in 0..<24 {
            if round.isMultiple(of: 4) {
                // Also on one that the scenario does not name.
                let kernels = state.run.scenario.kernels + KernelVersion.allCases
                state = try library(name, kernels.randomElement(using: &random))
            }
            state.move(to: Int.random(in: 0...state.timeline.end, using: &random))
            guard let line = Command.operationValues(state).randomElement(using: &random) else {
                continue
            }
            let (position, machine, number) = (state.position, state.machine, state.branches.count)
            let isInside = state.moment.place == .inside
            type(line, &state)
            // Refused, with a reason: after a BUG, after umount, a second mapping of a name.
            guard state.branches.count > number else {
                #expect(state.choices.message != nil)
                continue
            }
            cuts += isInside ? 1 : 0
            let text = try #require(save(&state))
            let again = try Scenario.parse(text, file: "saved.yml")
            #expect(again == state.run.scenario)
            let run = ScenarioRun(again, on: again.kernels[0])
            if isInside { #expect(again.kernels == [state.run.version]) }
            let same = ScenarioRun(again, on: state.run.version).timeline
            #expect(Twin(same.machine(at: same.end)) == Twin(state.timeline.machine(at: same.end)))
            #expect(Twin(same.machine(at: position)) == Twin(machine), "\(line) at \(position)")
            // A call that is to fail and is the last of the story fails nothing, and says so.
            if isInside { #expect(run.failures().isEmpty || line.hasPrefix("fail"), "\(text)") }
            if round % 2 == 0 { type("branch 0", &state) }
        }
        #expect(cuts > 2)
    }

    private func save(_ state: inout InterfaceState) -> String? {
        guard case .save(let text, _, _)? = type("save x.yml", &state).first else { return nil }
        return text
    }

    /// A branch that was cut comes back the next evening.
    @Test func branchesAreRemembered() throws {
        var state = try library("power-loss", .v4_5, at: 150)
        type("power-loss", &state)
        let machine = state.machine
        var later = try library("power-loss", .v4_5)
        later.recall(Remembered(state), goesThere: true)
        #expect(later.choices.branch == 1)
        #expect(later.run.scenario == state.run.scenario)
        #expect(Twin(later.machine) == Twin(machine))
    }

    /// Another kernel counts other statements: it is not shown, and not compared.
    @Test func aCutIsAboutOneKernel() throws {
        var state = try library("power-loss", .v4_5, at: 150)
        type("power-loss", &state)
        type("kernel v6", &state)
        #expect(state.run.version == .v4_5)
        #expect(
            state.choices.message == "it counts statements as v4.5 has them; v6 has others")
        type("compare v4.5 v6", &state)
        #expect(
            state.choices.message == "it counts statements as v4.5 has them; v6 has others")
        #expect(state.siblings.map(\.run.version) == [.v4_5])
        #expect(
            view(state, size: Size(120, 40)).text()
                .contains("a branch that counts statements has one kernel"))
        type("branch 0", &state)
        #expect(state.siblings.map(\.run.version) == [.v4_5, .v6])
    }

    /// The help knows of what may follow.
    @Test(arguments: ["until", "task", "operation here"]) func help(_ words: String) {
        #expect(HelpScreen.commands(words, .standard).contains { $0.name == "do" })
    }

    // MARK: The line

    private func sandbox() throws -> InterfaceState {
        var empty = try story()
        empty.steps = []
        var state = InterfaceState(run: ScenarioRun(empty, on: .v6))
        type("mmap: { name: m, pages: 0..15 }", &state)
        return state
    }

    @Test(arguments: [
        "load: { map: m, page: 3 }, task: reader, until: dax_load_hole",
        "do load: { map: m, page: 3 }, task: reader, until: dax_load_hole",
        "do { load: { map: m, page: 3 }, task: reader, until: dax_load_hole }",
    ])
    func keysBehindACommaAreTaken(_ line: String) throws {
        var state = try sandbox()
        type(line, &state)
        #expect(state.run.scenario.steps.last?.task == "reader")
        #expect(state.run.parked(at: state.position) == ["reader"])
        type("resume: , task: reader, statements: 3", &state)
        #expect(state.run.scenario.steps.last?.stop?.statements == 3)
        #expect(state.run.parked(at: state.position) == ["reader"])
        type("resume", &state)
        #expect(state.run.parked(at: state.position) == [])
        type("resume", &state)
        #expect(state.choices.message == "no task is in the middle of anything here")
    }

    /// Each with something that can be run as it stands.
    @Test func everyOperationIsOffered() throws {
        var state = try sandbox()
        type("load: { map: m, page: 3 }, until: dax_load_hole", &state)
        let offered = Command.operationValues(state)
        for name in Scenario.operationNames {
            let own = offered.filter { $0 == name || $0.hasPrefix(name + ":") }
            #expect(!own.isEmpty, "\(name) is not offered")
            #expect(
                CommandLine.candidates(String(name.dropLast()), state).contains(own.first ?? ""))
        }
        for line in offered {
            var here = state
            type(line, &here)
            #expect(here.branches.count == state.branches.count + 1, "\(line)")
        }
    }

    @Test func aTaskOfItsOwn() throws {
        var state = try sandbox()
        type("load: { map: m, page: 3 }, until: dax_load_hole", &state)
        #expect(state.run.parked(at: state.position) == ["app"])
        #expect(CommandLine.candidates("res", state) == ["resume"])
        type("pread: 5", &state)
        #expect(state.run.scenario.steps.last?.task == "you")
        type("load: { map: m, page: 4 }, until: dax_load_hole", &state)
        type("load: { map: m, page: 5 }", &state)
        #expect(state.run.scenario.steps.map(\.task) == ["app", "app", "you", "you", "you2"])
        #expect(CommandLine.candidates("res", state).contains("resume: , task: you"))
        type("fsync, task: app", &state)
        #expect(
            state.choices.message == "the task 'app' is still in step 2; end that with "
                + "'resume', or name another task")
    }

    @Test(arguments: [
        ("pread 3", "did you mean :pread: 3?"),
        ("store m 3 7", "did you mean :store: { map: m, page: 3, value: 7 }?"),
        ("punch: 9", "did you mean :punch: { pages: 9 }?"),
        ("mmap n 0..1023", "did you mean :mmap: { name: n, pages: 0..1023 }?"),
        ("do pwrite 3 7", "did you mean :pwrite: { pages: 3, value: 7 }?"),
        ("msync m", "did you mean :msync: m?"),
        ("load x 3", "it is written :load: { map: x, page: 3 }, but there is no mapping 'x'"),
        ("drop_caches", "no command is named drop_caches; did you mean :drop-caches?"),
        ("lode: { map: m, page: 3 }", "no command is named lode:; did you mean :load?"),
        ("G", "no command is named G; the key G, without the colon, is end"),
    ])
    func theRightSpelling(_ line: String, _ message: String) throws {
        var state = try sandbox()
        let branches = state.branches.count
        type(line, &state)
        #expect(state.choices.message == message)
        #expect(state.branches.count == branches)
    }
}
