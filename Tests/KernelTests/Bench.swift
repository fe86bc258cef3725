import Kernel
import Linux4
import PageCache
import RadixTree
import Stepping
import Testing

/// A machine and a kernel under test: operations run to their end.
struct Bench {
    var kernel: KernelModel
    var machine: Machine

    init(
        _ version: KernelVersion, _ fileSystem: FileSystem = .xfs, dax: Bool = true,
        size: UInt64 = 4 << 20, extents: [FileConfiguration.Extent] = [], isRecorded: Bool = false
    ) {
        kernel = KernelModel(version, of: .linux4, isRecorded: isRecorded)
        machine = Machine(
            file: FileConfiguration(
                size: size, fileSystem: fileSystem, dax: dax, extents: extents,
                advice: fileSystem == .tmpfs ? .normal : .random))
    }

    /// Runs one operation, and returns how it ended.
    @discardableResult
    mutating func run(_ operation: Kernel.Operation) throws -> KernelModel.StepResult {
        try kernel.start(operation, on: &machine)
        return kernel.run(&machine)
    }

    /// Lets a task begin an operation and run until the next statement is the first of a function.
    /// The tasks that there are not yet are made.
    mutating func run(_ operation: Kernel.Operation, task: Int, to name: String) throws {
        while machine.tasks.count <= task {
            machine.tasks.append(PageCache.Task(name: "task \(machine.tasks.count)"))
        }
        try kernel.start(operation, on: &machine, task: task)
        try resume(task, to: name)
    }

    mutating func resume(_ task: Int, to name: String) throws {
        var result = KernelModel.StepResult.ran
        while result == .ran {
            if let frame = machine.tasks[task].frames.last, frame.statement == 0,
                kernel.listings[frame.function].name == name
            {
                return
            }
            result = kernel.step(&machine, task: task)
        }
        throw NeverCalled(function: name, end: result)
    }

    struct NeverCalled: Error {
        var function: String
        var end: KernelModel.StepResult
    }

    /// A mapping of one page that cannot take a PMD fault, and an access to that page.
    mutating func load(_ page: UInt64, map: String) throws {
        try run(.mmap(name: map, first: page, pages: 1, shared: true, aligned: false))
        try run(.load(map: map, page: page))
    }

    /// An aligned mapping of 2 MiB, and a store to a page of it.
    mutating func storeHuge(_ page: UInt64, map: String, value: UInt8 = 1) throws {
        try run(
            .mmap(
                name: map, first: Geometry.pmdHead(page), pages: 512, shared: true, aligned: true))
        try run(.store(map: map, page: page, value: value))
    }

    /// Everything unmapped, closed, unlinked: the inode is evicted.
    mutating func evict() throws -> KernelModel.StepResult {
        for vma in machine.vmas where vma.isMapped { try run(.munmap(map: vma.name)) }
        try run(.unlink)
        return try run(.close)
    }

    /// "P X {index:kind+tags …}".
    var state: String {
        let tree = machine.mapping.pageTree
        let entries = tree.entries().map { item -> String in
            var text = "\(item.index):"
            let kind = Audit.kind(of: item.entry, in: machine)
            text +=
                kind == .swap
                ? "swap" : item.entry.page != nil ? "page" : item.entry.isDAXPMD ? "PMD" : "PTE"
            if tree.hasTag(.dirty, at: item.index) { text += "+D" }
            if tree.hasTag(.towrite, at: item.index) { text += "+T" }
            return text
        }
        return "\(Int64(bitPattern: machine.mapping.nrpages)) "
            + "\(Int64(bitPattern: machine.mapping.nrexceptional)) "
            + "{\(entries.joined(separator: " "))}"
    }

    var counters: String {
        "\(Int64(bitPattern: machine.mapping.nrpages)) "
            + "\(Int64(bitPattern: machine.mapping.nrexceptional))"
    }

    /// Why PMD faults fell back, oldest first.
    var fallbacks: [String] {
        machine.console.compactMap { line in
            line.text.split(separator: ": ").last.flatMap {
                line.text.contains(" fallback: ") ? String($0) : nil
            }
        }
    }
}

extension Machine {
    /// References on a page beside that of the page cache and those of its mappings: of a buffer,
    /// and one of each list of the CPU that it stands in.
    func otherHolders(of page: PageID) -> Int {
        let lists = [pageLists.add, pageLists.activate, pageLists.deactivate, pageLists.rotate]
        return lists.reduce(0) { $0 + $1.count { $0 == page } }
            + (self[page].flags.contains(.hasBuffers) ? 1 : 0)
    }
}
