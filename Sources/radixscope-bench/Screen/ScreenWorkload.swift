import Canvas
import Foundation
import Interface
import Kernel
import PageCache
import RadixTree
import Scenario

/// What is stepped through on the screen.
enum ScreenWorkload {
    /// The scenarios of a folder, on the kernel that each runs on by default.
    static func curriculum(_ folder: String) throws -> [ScenarioRun] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".yml") }.sorted()
        guard !files.isEmpty else { throw CocoaError(.fileReadNoSuchFile) }
        return try files.map {
            let scenario = try Scenario.read(path: folder + "/" + $0)
            return ScenarioRun(scenario, on: scenario.kernels[0])
        }
    }

    /// A DAX file with an entry for each of its pages, and a few operations on it.
    static func large(entries: UInt64) throws -> ScenarioRun {
        let middle = entries / 2
        let text = """
            scenario: large
            title: A file with \(entries) entries
            kernels: [v4.5]
            file: { size: \((entries + 1024) * 4096), blocks: { 0..\(entries + 1023): written } }
            steps:
              - mmap: { name: m, pages: \(middle)..\(middle + 511), aligned: false }
              - load: { map: m, page: \(middle + 7) }
              - store: { map: m, page: \(middle + 8), value: 1 }
              - pread: { pages: \(middle) }
            """
        let scenario = try Scenario.parse(text, file: "large")
        return ScenarioRun(scenario, on: .v4_5, from: machine(scenario.file, entries))
    }

    /// The same file with a page table entry and a line of memory for each page too, or with all
    /// of them so far apart that the file has a terabyte.
    static func mapped(entries: UInt64, isSparse: Bool) throws -> ScenarioRun {
        let apart = isSparse ? max(1, (1 << 28) / entries) : 1
        let pages = entries * apart
        let text = """
            scenario: mapped
            title: A file with \(entries) page table entries
            kernels: [v4.5]
            file: { size: \(pages * 4096), blocks: { 0..\(pages - 1): written } }
            steps: [pread: 0]
            """
        let scenario = try Scenario.parse(text, file: "mapped")
        var machine = machine(scenario.file, entries, apart: apart)
        var vma = VMA(name: "m", first: 0, count: pages, isShared: true, skew: 1)
        for number in 0..<entries {
            let page = number * apart
            let block = machine.placement.block(for: page)
            vma.ptes[page] = PTE(target: .block(block), isWritable: false, isDirty: false)
            if vma.pmd(of: page) == .none { vma.pmds[vma.region(of: page)] = .table }
            machine.memory.store(1, block: block)
        }
        machine.vmas = [vma]
        return ScenarioRun(scenario, on: .v4_5, from: machine)
    }

    /// A file with entries in its tree, so many pages apart.
    private static func machine(
        _ file: FileConfiguration, _ entries: UInt64, apart: UInt64 = 1
    ) -> Machine {
        var machine = Machine(file: file)
        for number in 0..<entries {
            let index = number * apart
            let result = machine.mapping.radixTree.insert(
                .daxPTE(sector: index * 8), at: PageIndex(index), allocator: &machine.allocator)
            precondition(result == .inserted)
        }
        machine.mapping.nrexceptional = entries
        return machine
    }
}

/// Nanoseconds that this thread has computed: what else the machine does is not in it.
func processorTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Sorted figures and their quantiles.
struct Quantiles {
    private let sorted: [UInt64]

    init(_ values: [UInt64]) {
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    var largest: UInt64 { sorted.last ?? 0 }

    /// - Parameter share: 0 to 1.
    subscript(share: Double) -> UInt64 {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
