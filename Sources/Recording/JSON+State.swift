import Kernel
import PageCache
import RadixTree

/// The machine as data. A part that is nil is as in the step before.
struct RecordedState: Encodable {
    var counters: Counters?
    var tree: Tree?
    var tasks: [RecordedTask]?
    var mappings: [Mapping]?
    var blocks: [Blocks]?
    var memory: [Memory]?
    var pages: [RecordedPage]?
    var locks: [Held]?
    var console: [String]?
    var size: UInt64?

    init(_ machine: Machine, _ kernel: KernelModel, previous old: Machine?) {
        let isSameTree = old?.mapping.pageTree == machine.mapping.pageTree
        // What an entry is depends on its page.
        let arePagesSame = old?.pages == machine.pages
        if !isSameTree || !arePagesSame { tree = Tree(machine) }
        if !isSameTree || old?.mapping.nrpages != machine.mapping.nrpages
            || old?.mapping.nrexceptional != machine.mapping.nrexceptional
            || old?.inode.swapped != machine.inode.swapped
        {
            counters = Counters(machine)
        }
        // A step changes its task's stack nearly always.
        tasks = machine.tasks.map { RecordedTask($0, kernel) }
        if old?.vmas != machine.vmas { mappings = machine.vmas.map(Mapping.init) }
        if old?.blocks.runs != machine.blocks.runs {
            blocks = machine.blocks.runs.map(Blocks.init)
        }
        if old?.memory != machine.memory {
            memory = machine.memory.lines.map { Memory(($0.key, $0.value)) }
        }
        if !arePagesSame {
            pages = machine.pages.map { RecordedPage($0.key, $0.value) }
        }
        if old?.locks != machine.locks {
            locks = Lock.allCases.filter { machine.locks.isHeld($0) }.map { Held($0, machine) }
        }
        if old?.console != machine.console {
            console = machine.console.map { Caption.line($0.text) }
        }
        if old?.inode.size != machine.inode.size { size = machine.inode.size }
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

        init(_ machine: Machine) {
            let counts = Audit.counts(machine)
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
        }

        struct Entry: Encodable {
            var index: UInt64
            var kind: String
            var page: Int?
            var sector: UInt64?
            var tags: [String]
        }

        var height: Int
        var tags: [String]
        var nodes: [Node]
        var entries: [Entry]

        init(_ machine: Machine) {
            let tree = machine.mapping.pageTree
            height = tree.height
            tags = tree.rootTags.tags.map { "\($0)" }
            nodes = tree.preorder().map { id in
                let node = tree.node(id)
                let bits = { (tag: RadixTree.Tag) in String(node.tags(tag), radix: 16) }
                return Node(
                    height: node.height, index: node.firstIndex.rawValue, count: node.pagesCount,
                    shadows: node.shadowsCount, dirty: bits(.dirty), writeback: bits(.writeback),
                    towrite: bits(.towrite))
            }
            entries = tree.entries().map { index, entry in
                let kind = Audit.kind(of: entry, in: machine)
                let isDAX = kind == .daxPTE || kind == .daxPMD
                return Entry(
                    index: index.rawValue, kind: kind.rawValue, page: entry.page?.number,
                    sector: isDAX ? entry.daxSector : nil,
                    tags: RadixTree.Tag.allCases.filter { tree.hasTag($0, at: index) }
                        .map { "\($0)" })
            }
        }
    }

    struct RecordedTask: Encodable {
        struct Call: Encodable {
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
        struct Translation: Encodable {
            /// A file page; for 2 MiB, the first.
            var page: Int64
            var to: String
            var block: UInt64?
            var frame: Int?
            var writable: Bool
        }

        var name: String
        var first: UInt64
        var pages: UInt64
        var shared: Bool
        var mapped: Bool
        var translations: [Translation]

        init(_ vma: VMA) {
            name = Caption.line(vma.name)
            first = vma.first
            pages = vma.count
            shared = vma.isShared
            mapped = vma.isMapped
            let small = vma.ptes.map { Self.translation(of: $0.key, $0.value) }
            let huge = vma.pmds.compactMap {
                Self.translation(vma.firstPage(ofRegion: $0.key), $0.value)
            }
            translations = (small + huge).sorted { ($0.page, $0.to) < ($1.page, $1.to) }
        }

        private static func translation(of page: UInt64, _ pte: PTE) -> Translation {
            var item = Translation(page: Int64(page), to: "", writable: pte.isWritable)
            switch pte.target {
            case .page(let page): (item.to, item.frame) = ("page", page.number)
            case .block(let block): (item.to, item.block) = ("block", block)
            case .copy: item.to = "copy"
            }
            return item
        }

        private static func translation(_ page: Int64, _ pmd: PMD) -> Translation? {
            switch pmd {
            case .none, .table: nil
            case .huge(let block, let isWritable, _):
                Translation(page: page, to: "huge", block: block, writable: isWritable)
            case .hugeZeroPage: Translation(page: page, to: "huge-zero", writable: false)
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

        init(_ id: PageID, _ page: Page) {
            self.page = id.number
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
