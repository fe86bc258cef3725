import Kernel
import PageCache
import RadixTree

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
        var nrexceptional: Counter
        /// tmpfs only: `info->swapped`.
        var swapped: Counter?

        init(_ machine: Machine, _ counts: Audit.Counts) {
            nrpages = Counter(recorded: machine.mapping.nrpages, counted: counts.pages)
            nrexceptional = Counter(
                recorded: machine.mapping.nrexceptional, counted: counts.exceptional)
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
            var shadows: Int
            /// 64 bits each, in hexadecimal: bit n is slot n.
            var dirty: String
            var writeback: String
            var towrite: String

            init(_ key: NodeKey, _ value: NodeValue) {
                (height, index) = (key.height, key.index)
                (count, shadows) = (value.count, value.shadows)
                let bits = value.tags.map { String($0, radix: 16) }
                (dirty, writeback, towrite) = (bits[0], bits[1], bits[2])
            }
        }

        struct Entry: Encodable {
            var index: UInt64
            var kind: String
            var page: Int?
            var sector: UInt64?
            var tags: [String]

            init(_ item: RadixTree.Item, at index: UInt64, _ machine: Machine) {
                let entry = item.entry
                let kind = Audit.kind(of: entry, in: machine)
                self.index = index
                self.kind = kind.rawValue
                page = entry.page?.number
                sector = kind == .daxPTE || kind == .daxPMD ? entry.daxSector : nil
                tags = item.tags.tags.map { "\($0)" }
            }
        }

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
            signal = task.outcome.signal
        }
    }
}

extension RecordedState {
    struct Mapping: Encodable {
        /// What maps 4 KiB.
        struct Small: Encodable {
            /// A file page.
            var page: UInt64
            var to: String
            var block: UInt64?
            var frame: Int?
            var writable: Bool

            init(_ page: UInt64, _ pte: PTE) {
                self.page = page
                writable = pte.isWritable
                switch pte.target {
                case .page(let page): (to, frame) = ("page", page.number)
                case .block(let block): (to, self.block) = ("block", block)
                case .copy: to = "copy"
                }
            }
        }

        /// What maps 2 MiB.
        struct Huge: Encodable {
            /// The first file page; before the file where the mapping is off alignment.
            var page: Int64
            var to: String
            var block: UInt64?
            var writable: Bool

            init(_ page: Int64, _ pmd: PMD) {
                self.page = page
                (to, writable) = ("huge-zero", false)
                if case .huge(let block, let isWritable, _) = pmd {
                    (to, self.block, writable) = ("huge", block, isWritable)
                }
            }
        }

        /// From 0: a name may be used again.
        var number: Int
        var name: String
        var first: UInt64
        var pages: UInt64
        var shared: Bool
        var mapped: Bool
        var ptes: Changed<Small, UInt64>?
        var pmds: Changed<Huge, Int64>?

        /// Nil: it is as it was.
        init?(_ number: Int, _ vma: VMA, since old: VMA?) {
            guard old != vma else { return nil }
            self.number = number
            name = Caption.line(vma.name)
            first = vma.first
            pages = vma.count
            shared = vma.isShared
            mapped = vma.isMapped
            ptes = Changed(old?.ptes, vma.ptes) { Small($0.key, $0.value) }
            pmds = Changed(Self.huge(old), Self.huge(vma)) { Huge($0.key, $0.value) }
        }

        private static func huge(_ vma: VMA?) -> [(key: Int64, value: PMD)] {
            guard let vma else { return [] }
            return vma.pmds.filter { $0.value.isHuge }.map {
                (vma.firstPage(ofRegion: $0.key), $0.value)
            }
        }
    }

    /// A run of file blocks; what is in none is a hole.
    struct Blocks: Encodable {
        var first: UInt64
        var count: UInt64
        var state: String
        var physical: UInt64

        init(_ run: BlockMap.Run) {
            (first, count, physical) = (run.first, run.count, run.physical)
            state = run.state.rawValue
        }
    }

    /// The byte that stands for a device block, in the CPU's cache and on the media.
    struct Memory: Encodable {
        var block: UInt64
        var durable: UInt8
        var pending: UInt8?
        var cached: UInt8?
        var promised: UInt8?

        init(_ line: (key: UInt64, value: PersistentMemory.Line)) {
            block = line.key
            (durable, pending) = (line.value.durable, line.value.pending)
            (cached, promised) = (line.value.cached, line.value.promised)
        }
    }

    struct RecordedPage: Encodable {
        var page: Int
        var index: UInt64
        var mapping: Bool
        var references: Int
        var zero: Bool
        var flags: [String]

        init(_ item: (key: Int, value: Page)) {
            let (number, page) = item
            self.page = number
            index = page.index
            mapping = page.hasMapping
            references = page.references
            zero = page.isZeroPage
            let names: [(PageFlags, String)] = [
                (.locked, "locked"), (.uptodate, "uptodate"), (.dirty, "dirty"),
                (.writeback, "writeback"), (.referenced, "referenced"), (.active, "active"),
                (.lru, "lru"), (.error, "error"),
            ]
            flags = names.filter { page.flags.contains($0.0) }.map(\.1)
        }
    }

    struct Line: Encodable {
        var level: String
        var text: String

        init(_ line: ConsoleLine) {
            level = "\(line.level)"
            text = Caption.line(line.text)
        }
    }

    struct Held: Encodable {
        var lock: String
        /// Numbers of tasks.
        var tasks: [Int]

        init(_ lock: Lock, _ machine: Machine) {
            self.lock = lock.name
            tasks = machine.locks.holders(of: lock)
        }
    }
}
