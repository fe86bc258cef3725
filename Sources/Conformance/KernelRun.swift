import Kernel
import Linux4
import PageCache
import Stepping

/// One kernel on one file system, in the middle of a recording.
struct KernelRun {
    let kernel: KernelModel
    let fileSystem: FileSystem
    let header: KernelRecording.Header
    let steps: [KernelRecording.Step]
    let places: RecordedPlaces
    var machine: Machine
    /// The machine after the operation, before the per-CPU lists of pages were emptied.
    var undrained: Machine
    /// Counters as they were before the operation.
    var statistics = Statistics()
    /// What the recording says after the last step.
    var recorded = RecordedState()
    /// What runs and what stands, by the recording's name of the task; "" is the first.
    var tasks = ReplayTasks()
    /// The paths that the last operation ran.
    var paths: Set<Path> = []
    /// By function and statement: the path that it is on.
    let rows: [[Path?]]
    /// A range that the recording shows to be misaligned on the device, which the input did not
    /// say.
    private(set) var misaligned: RecordedPlaces.Misaligned?
    /// Why the model cannot go on: the operation that it does not know.
    private var notModelled: String?

    var isDAX: Bool { header.dax ?? true }
    /// Device block that relative sector 0 stands for.
    var origin: UInt64 { places.origin }

    init(
        _ version: KernelVersion, _ fileSystem: FileSystem, header: KernelRecording.Header,
        steps: [KernelRecording.Step], places: RecordedPlaces
    ) {
        kernel = .recorded(version)
        rows = Path.rows(of: version)
        self.fileSystem = fileSystem
        self.header = header
        self.steps = steps
        self.places = places
        machine = Self.freshMachine(fileSystem, header)
        undrained = machine
    }

    /// Plays every step that the recorded kernel ran, or until it finds a misaligned range.
    mutating func playAll(file: String, _ outcome: inout KernelReplay.Outcome) throws {
        var hasDiffered = false
        for position in steps.indices where steps[position].got.notrun != true {
            let step = steps[position]
            var fields: [ComparedField]
            do {
                fields = try play(position, file: file)
            } catch let error as Malformed where hasDiffered {
                // What the recorded kernel could still do the model cannot.
                fields = [
                    ComparedField(name: "operation", recorded: step.do.op, ours: error.reason)
                ]
            }
            if let range = misalignedRange(position, fields), places.allows(range) {
                misaligned = range
                return
            }
            outcome.count(step, of: header.sequence, paths, fields)
            if let notModelled {
                outcome.notModelled[header.sequence, default: []].insert(notModelled)
            }
            if !hasDiffered, let found = fields.first(where: { !$0.agrees }) {
                hasDiffered = true
                outcome.differences.append(
                    KernelReplay.Difference(
                        file: file, line: step.line, kernel: step.kernel, fileSystem: step.fs,
                        step: step.step, operation: step.do.op, field: found.name,
                        recorded: found.recorded, ours: found.ours))
            }
        }
    }

    /// v4.4 does not say why a PMD fault fell back. Where the model, with everything else equal,
    /// maps 2 MiB of blocks and the recorded kernel mapped one of them, they were not aligned.
    private func misalignedRange(
        _ position: Int, _ fields: [ComparedField]
    ) -> RecordedPlaces.Misaligned? {
        guard kernel.version == .v4_4pmd, let index = steps[position].do.index,
            let after = fields.first(where: { $0.name == "pt_after" }), !after.agrees,
            after.recorded.hasPrefix("pte") && after.recorded.hasSuffix("special=1"),
            after.ours.hasPrefix("pmd") && after.ours.hasSuffix("zero=0"),
            fields.contains(where: { $0.name == "pt_before" && $0.agrees })
        else { return nil }
        return RecordedPlaces.Misaligned(position: position, head: Geometry.pmdHead(index))
    }

    /// Lets the model do what the step did, and compares.
    private mutating func play(_ position: Int, file: String) throws -> [ComparedField] {
        let step = steps[position]
        machine.placement.base = RecordedPlaces.base
        machine.placement.given = places.spans(from: position)
        machine.placement.again = placesAgain(step) + places.spans(from: position, again: true)
        machine.flushes = []
        machine.console = []
        statistics = machine.statistics
        paths = []
        // Page tables are shared by the mappings that lie in one 2 MiB range of addresses, and how
        // the recorded process lies there is an input too.
        if step.ptBefore == "ptenone" { shareNeighboursTable(step) }
        if notModelled == nil {
            notModelled = try perform(step, file: file)
        }
        if let notModelled {
            let text = "\(ModelState.notModelled): \(notModelled)"
            return [ComparedField(name: "operation", recorded: step.do.op, ours: text)]
        }
        // The recorder asks for the blocks before it looks at pages.
        if header.isDetailed, machine.inode.size < 1 << 34 { machine.askForBlocks() }
        undrained = machine
        machine.drainPageLists()
        recorded.follow(step)
        var comparison = Comparison(run: self, step: step)
        comparison.compareAll()
        return comparison.fields
    }

    /// - Returns: what the model has no operation for.
    private mutating func perform(
        _ step: KernelRecording.Step, file: String
    ) throws -> String? {
        guard step.do.op != "resume" else {
            resume(step)
            return nil
        }
        switch try operation(step, file: file) {
        case .notModelled(let reason): return reason
        case .operations(let operations):
            if step.do.op == "create" {
                makeFile()
            }
            do {
                try run(operations, for: step)
            } catch StartError.outsideMapping {
                // Nothing is mapped there.
                machine.tasks[tasks.current].outcome = Outcome()
                machine.tasks[tasks.current].outcome.signal = "SIGSEGV"
                tasks.ptAfter = tasks.ptBefore
            } catch {
                throw Malformed(file: file, line: step.line, reason: "\(error)")
            }
            return nil
        }
    }

    /// A new file. One that follows another on the same machine finds what that one has left: the
    /// bytes on the device, the counters, and, as the inode takes the memory of the old one and its
    /// constructor does not run again, the nodes in its tree.
    private mutating func makeFile() {
        let old = machine
        machine = Self.freshMachine(fileSystem, header)
        guard !old.inode.isCached else { return }
        machine.memory = old.memory
        machine.statistics = old.statistics
        machine.metadata = old.metadata
        machine.pageLists = old.pageLists
        machine.mapping.radixTree = old.mapping.radixTree
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

    /// The page table state of the address that a load or store accesses.
    func access(_ it: KernelRecording.Operation) -> String? {
        guard it.op == "load" || it.op == "store", let page = it.index,
            let vma = machine.vma(named: it.map ?? "")
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
}
