import Foundation
import Kernel
import PageCache
import RadixTree

/// Replays recorded kernels through the model and compares the state after every operation.
public enum KernelReplay {
    /// A field in which recording and model differ.
    public struct Difference: Sendable, Equatable, CustomStringConvertible {
        public var file: String
        /// From 1.
        public var line: Int
        public var kernel: String
        public var fileSystem: String
        public var step: Int
        /// The operation's name.
        public var operation: String
        public var field: String
        public var recorded: String
        public var ours: String

        public var description: String {
            "\(file):\(line):1: \(kernel) \(fileSystem) step \(step) (\(operation)): \(field): "
                + "recorded \(recorded), ours \(ours)"
        }
    }

    /// What one file, or several, came to.
    public struct Outcome: Sendable {
        public struct Count: Sendable, Equatable {
            public var agreed = 0
            public var compared = 0
        }

        public var states = Count()
        public var byKernel: [String: Count] = [:]
        public var byOperation: [String: Count] = [:]
        /// By path of the specification's table: the states after operations that ran it.
        public var byPath: [String: Count] = [:]
        /// The first difference of each run of one kernel on one file system: the later ones may
        /// only follow from it, but count as states that do not agree.
        public var differences: [Difference] = []

        public init() {}

        mutating func count(_ step: KernelRecording.Step, _ paths: Set<Path>, agrees: Bool) {
            let one = agrees ? 1 : 0
            states.agreed += one
            states.compared += 1
            byKernel[step.kernel, default: Count()].agreed += one
            byKernel[step.kernel, default: Count()].compared += 1
            byOperation[step.do.op, default: Count()].agreed += one
            byOperation[step.do.op, default: Count()].compared += 1
            for path in paths {
                byPath[path.description, default: Count()].agreed += one
                byPath[path.description, default: Count()].compared += 1
            }
        }

        public mutating func add(_ other: Outcome) {
            func sum(_ a: Count, _ b: Count) -> Count {
                Count(agreed: a.agreed + b.agreed, compared: a.compared + b.compared)
            }
            states = sum(states, other.states)
            byKernel.merge(other.byKernel, uniquingKeysWith: sum)
            byOperation.merge(other.byOperation, uniquingKeysWith: sum)
            byPath.merge(other.byPath, uniquingKeysWith: sum)
            differences += other.differences
        }
    }

    /// Replays every kernel and file system of one recording.
    ///
    /// - Throws: `Malformed` if the file cannot be read as a recording.
    public static func replay(contentsOf path: String) throws -> Outcome {
        let recording = try KernelRecording(contentsOf: path)
        var outcome = Outcome()
        for fileSystem in recording.header.filesystems {
            for kernel in recording.header.kernels {
                let steps = recording.steps.filter { $0.kernel == kernel && $0.fs == fileSystem }
                guard let version = KernelVersion(rawValue: kernel),
                    let system = FileSystem(rawValue: fileSystem)
                else {
                    throw Malformed(
                        file: path, line: 1,
                        reason: "unknown kernel or file system: \(kernel), \(fileSystem)")
                }
                var run = KernelRun(
                    version, system, isDAX: recording.header.dax ?? true, steps: steps,
                    places: recording.places(for: kernel, fileSystem))
                try run.playAll(file: path, &outcome)
            }
        }
        return outcome
    }
}

/// One kernel on one file system, in the middle of a recording.
struct KernelRun {
    let kernel: KernelModel
    let fileSystem: FileSystem
    let isDAX: Bool
    let steps: [KernelRecording.Step]
    var machine: Machine
    /// Device block that relative sector 0 stands for.
    var origin: UInt64 { places.origin }
    let places: RecordedPlaces
    /// The task that runs the operations.
    var task: Int { machine.tasks.count - 1 }
    /// The tree of the step before, for lines that say `same`.
    var entries: [KernelRecording.Entry] = []
    var nodes: [KernelRecording.Node] = []
    /// The paths that the last operation ran.
    private var paths: Set<Path> = []

    init(
        _ version: KernelVersion, _ fileSystem: FileSystem, isDAX: Bool,
        steps: [KernelRecording.Step], places: RecordedPlaces
    ) {
        kernel = .recorded(version)
        self.fileSystem = fileSystem
        self.isDAX = isDAX
        self.steps = steps
        machine = Machine(
            file: FileConfiguration(size: 0, fileSystem: fileSystem, dax: isDAX))
        self.places = places
    }

    /// Plays every step that the recorded kernel ran.
    mutating func playAll(file: String, _ outcome: inout KernelReplay.Outcome) throws {
        var hasDiffered = false
        for position in steps.indices where steps[position].got.notrun != true {
            let found: KernelReplay.Difference?
            do {
                found = try play(position, file: file)
            } catch  where hasDiffered {
                // What the recorded kernel could still do the model cannot.
                outcome.count(steps[position], paths, agrees: false)
                continue
            }
            outcome.count(steps[position], paths, agrees: found == nil)
            if let found, !hasDiffered { outcome.differences.append(found) }
            hasDiffered = hasDiffered || found != nil
        }
    }

    mutating func play(_ position: Int, file: String) throws -> KernelReplay.Difference? {
        let step = steps[position]
        machine.placement.base = 1 << 26
        machine.placement.given = places.spans(from: position)
        machine.flushes = []
        machine.console = []
        paths = []
        // Page tables are shared by the mappings that lie in one 2 MiB range of addresses, and how
        // the recorded process lies there is an input too.
        if step.ptBefore == "ptenone" { shareNeighboursTable(step) }
        let before = access(step)
        if let operation = try operation(step, file: file) {
            // What follows a BUG is another process's doing.
            if machine.tasks[task].state == .dead {
                machine.tasks.append(PageCache.Task(name: "app"))
            }
            do {
                try kernel.start(operation, on: &machine, task: task)
            } catch {
                throw Malformed(file: file, line: step.line, reason: "\(error)")
            }
            runNotingPaths()
        }
        if !(step.same ?? false), step.hasState {
            entries = step.entries ?? []
            nodes = step.nodes ?? []
        }
        var comparison = Comparison(run: self, step: step, ptBefore: before)
        guard let (field, recorded, ours) = comparison.first() else { return nil }
        return KernelReplay.Difference(
            file: file, line: step.line, kernel: step.kernel, fileSystem: step.fs,
            step: step.step, operation: step.do.op, field: field, recorded: recorded, ours: ours)
    }

    /// Runs the operation that has begun to its end.
    private mutating func runNotingPaths() {
        repeat {
            guard let frame = machine.tasks[task].frames.last else { return }
            let row = kernel.listing(of: frame).statements[frame.statement].row
            if let path = row.first.flatMap(Path.init) { paths.insert(path) }
        } while kernel.step(&machine, task: task) == .ran
    }

    /// A range that the mapping covers only in part, and whose page table was made for a
    /// neighbour.
    private mutating func shareNeighboursTable(_ step: KernelRecording.Step) {
        guard let vma = machine.vma(named: step.do.map ?? ""), let page = step.do.index else {
            return
        }
        let region = machine.vmas[vma].region(of: page)
        let first = machine.vmas[vma].firstPage(ofRegion: region)
        let isPartial =
            first < Int64(machine.vmas[vma].first)
            || first + Int64(Geometry.pagesPerPMD) > Int64(machine.vmas[vma].end)
        guard isPartial, machine.vmas[vma].pmd(of: page) == PMD.none else { return }
        machine.vmas[vma].pmds[region] = .table
    }

    /// The page table state of the address that the step accesses.
    func access(_ step: KernelRecording.Step) -> String? {
        guard step.do.op == "load" || step.do.op == "store", let page = step.do.index,
            let vma = machine.vma(named: step.do.map ?? "")
        else { return nil }
        switch machine.vmas[vma].pmd(of: page) {
        case .none: return "none"
        case .huge(_, let isWritable, let isDirty):
            return "pmd write=\(isWritable ? 1 : 0) dirty=\(isDirty ? 1 : 0) zero=0"
        case .hugeZeroPage: return "pmd write=0 dirty=0 zero=1"
        case .table:
            guard let pte = machine.vmas[vma].ptes[page] else { return "ptenone" }
            let isBlock = if case .block = pte.target { 1 } else { 0 }
            return "pte present=1 write=\(pte.isWritable ? 1 : 0) "
                + "dirty=\(pte.isDirty ? 1 : 0) special=\(isBlock)"
        }
    }

    private mutating func operation(
        _ step: KernelRecording.Step, file: String
    ) throws -> Kernel.Operation? {
        let it = step.do
        let first = it.index ?? 0
        let pages = it.pages ?? 1
        switch it.op {
        case "create":
            machine = Machine(
                file: FileConfiguration(size: 0, fileSystem: fileSystem, dax: isDAX))
            return .truncate(size: it.size ?? 0)
        case "mmap":
            return .mmap(
                name: it.map ?? "", first: first, pages: pages, shared: true, aligned: true)
        case "munmap": return .munmap(map: it.map ?? "")
        case "load": return .load(map: it.map ?? "", page: first)
        case "store": return .store(map: it.map ?? "", page: first, value: it.value ?? 0)
        case "pread": return .pread(first: first, pages: pages)
        case "pwrite": return .pwrite(first: first, pages: pages, value: it.value ?? 0)
        case "fsync": return .fsync
        case "syncfs": return .syncfs
        case "msync": return .msync(map: it.map ?? "", first: first, pages: pages)
        case "fallocate": return .fallocate(first: first, pages: pages)
        case "punch": return .punch(offset: it.offset ?? 0, length: it.length ?? 0)
        case "ftruncate": return .truncate(size: it.size ?? 0)
        case "drop_caches": return .dropCaches
        case "stream", "pressure": return .reclaim(page: nil)
        case "unlink": return .unlink
        case "close": return .close
        case "umount": return .umount
        default:
            throw Malformed(file: file, line: step.line, reason: "unknown operation \(it.op)")
        }
    }
}
