import Kernel
import PageCache
import PageTree

/// The machine as data: what differs from the step before. A part that is nil is the same.
struct RecordedState: Encodable {
    var counters: Counters?
    var tree: Tree?
    var tasks: Changed<RecordedTask, String>?
    var mappings: Changed<Mapping, Int>?
    var blocks: Changed<Blocks, UInt64>?
    var memory: Changed<Memory, UInt64>?
    var pages: Changed<RecordedPage, Int>?
    var locks: [Held]?
    /// The lines that are new.
    var console: [Line]?
    var size: UInt64?

    /// - Parameters:
    ///   - counts: a recount of the machine's tree.
    ///   - old: the machine of the step before; nil: everything is different.
    init(
        _ machine: Machine, _ kernel: KernelModel, counts: Audit.Counts, since old: Machine?
    ) {
        tree = Tree(machine, since: old)
        if tree != nil || old?.mapping.nrpages != machine.mapping.nrpages
            || old?.mapping.nrexceptional != machine.mapping.nrexceptional
            || old?.inode.swapped != machine.inode.swapped
        {
            counters = Counters(machine, counts)
        }
        tasks = Self.tasks(machine, kernel, since: old)
        mappings = Changed(
            set: machine.vmas.indices.compactMap { number in
                let before = old.flatMap { number < $0.vmas.count ? $0.vmas[number] : nil }
                return Mapping(number, machine.vmas[number], since: before)
            }, gone: [])
        let runs = { (map: BlockMap) in map.runs.lazy.map { (key: $0.first, value: $0) } }
        if old?.blocks.runs != machine.blocks.runs {
            blocks = Changed(runs(old?.blocks ?? BlockMap()), runs(machine.blocks)) {
                Blocks($0.value)
            }
        }
        memory = Changed(old?.memory.lines, machine.memory.lines, item: Memory.init)
        pages = Self.pages(machine, since: old)
        if old?.locks != machine.locks {
            locks = Lock.allCases.filter { machine.locks.isHeld($0) }.map { Held($0, machine) }
        }
        let told = old?.console.count ?? 0
        if told != machine.console.count || old == nil {
            console = machine.console[told...].map(Line.init)
        }
        if old?.inode.size != machine.inode.size { size = machine.inode.size }
        if old == nil { fill() }
    }

    /// The first step has every part.
    private mutating func fill() {
        (tasks, mappings) = (.first(tasks), .first(mappings))
        (blocks, memory, pages) = (.first(blocks), .first(memory), .first(pages))
    }

    /// A step changes its task's stack nearly always, and no other.
    private static func tasks(
        _ machine: Machine, _ kernel: KernelModel, since old: Machine?
    ) -> Changed<RecordedTask, String>? {
        let before = old?.tasks.map { RecordedTask($0, kernel) } ?? []
        let after = machine.tasks.map { RecordedTask($0, kernel) }
        return Changed(
            set: after.indices.filter { $0 >= before.count || before[$0] != after[$0] }
                .map { after[$0] }, gone: [])
    }

    private static func pages(
        _ machine: Machine, since old: Machine?
    ) -> Changed<RecordedPage, Int>? {
        let before = old?.pages ?? SortedMap()
        guard !before.isCopy(of: machine.pages) else { return nil }
        return Changed(
            before.map { (key: $0.key.number, value: $0.value) },
            machine.pages.map { (key: $0.key.number, value: $0.value) },
            item: RecordedPage.init)
    }

    /// What the kernel recorded, and what a recount finds.
    struct Counters: Encodable {
        struct Counter: Encodable {
            var recorded: UInt64
            var counted: UInt64
        }

        var nrpages: Counter
        /// Linux 4 only.
        var nrexceptional: Counter?
        /// tmpfs only: `info->swapped`.
        var swapped: Counter?

        init(_ machine: Machine, _ counts: Audit.Counts) {
            nrpages = Counter(recorded: machine.mapping.nrpages, counted: counts.pages)
            if machine.counters.contains(.nrexceptional) {
                nrexceptional = Counter(
                    recorded: machine.mapping.nrexceptional, counted: counts.exceptional)
            }
            if machine.inode.fileSystem == .tmpfs {
                swapped = Counter(recorded: machine.inode.swapped, counted: counts.swap)
            }
        }
    }

    struct Tree: Encodable {
        struct Node: Encodable {
            var height: Int
            var index: UInt64
            var count: Int
            /// Linux 4 only.
            var shadows: Int?
            /// Linux 6 only: `nr_values`.
            var values: Int?
            /// 64 bits each, in hexadecimal: bit n is slot n.
            var dirty: String
            var writeback: String
            var towrite: String

            init(_ key: NodeKey, _ value: NodeValue) {
                (height, index) = (key.height, key.index)
                (count, shadows, values) = (value.count, value.shadows, value.values)
                let bits = value.tags.map { String($0, radix: 16) }
                (dirty, writeback, towrite) = (bits[0], bits[1], bits[2])
            }
        }

        struct Entry: Encodable {
            var index: UInt64
            var kind: String
            var page: Int?
            var sector: UInt64?
            var shadow: Shadow?
            /// The entry has 2^order indices; nil: one.
            var order: Int?
            /// Of a value: what the word holds above bit 0.
            var value: UInt64?
            var tags: [String]

            init(_ item: PageTree.Item, _ machine: Machine) {
                let entry = item.entry
                let kind = Audit.kind(of: entry, in: machine)
                index = item.indices.lowerBound.rawValue
                order = item.order > 0 ? item.order : nil
                value = kind == .value ? entry.value : nil
                self.kind = kind.rawValue
                page = entry.page?.number
                sector = kind == .daxPTE || kind == .daxPMD ? entry.daxSector : nil
                shadow = kind == .shadow ? Shadow(entry) : nil
                tags = item.tags.tags.map { "\($0)" }
            }
        }

        /// What a shadow remembers of its page.
        struct Shadow: Encodable {
            var age: UInt64
            var node: UInt64
            var zone: UInt64

            init(_ entry: PageTree.Entry) {
                (age, node, zone) = (entry.shadowAge, entry.shadowNode, entry.shadowZone)
            }
        }

        /// Levels of nodes.
        var height: Int
        var tags: [String]
        var nodes: Changed<Node, NodeKey>?
        var entries: Changed<Entry, UInt64>?
    }

    struct RecordedTask: Encodable, Equatable {
        struct Call: Encodable, Equatable {
            var function: String
            /// The statement that runs next, from 1.
            var statement: Int
        }

        var name: String
        var state: String
        /// Outermost first.
        var stack: [Call]
        var code: Int
        var value: UInt8?
        /// All that a read brought, where it is not one value.
        var bytes: [ByteRun]?
        /// mincore: the pages of the mapping that are in memory.
        var resident: [UInt64]?
        var signal: String?

        init(_ task: PageCache.Task, _ kernel: KernelModel) {
            name = Caption.line(task.name)
            state =
                switch task.state {
                case .idle: "idle"
                case .running: "running"
                case .waiting: "waiting"
                case .dead: "dead"
                }
            stack = task.frames.map {
                Call(function: kernel.listing(of: $0).name, statement: $0.statement + 1)
            }
            code = task.outcome.code
            value = task.outcome.value
            let runs = task.outcome.data.runs
            bytes = runs.count > 1 ? runs.map { ByteRun(length: $0.length, value: $0.value) } : nil
            resident = task.outcome.resident
            signal = task.outcome.signal
        }
    }
}
