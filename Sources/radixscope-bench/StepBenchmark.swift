import ArgumentParser
import Foundation
import Kernel
import PageCache
import Scenario
import Stepping

/// `radixscope-bench step`: how fast listings run, with and without the audit; what a recorded step
/// costs; how long a jump takes.
struct StepBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Statements a second, memory a step, time of a jump.")

    @Option(help: "The folder of scenarios.")
    var scenarios = "scenarios"

    @Option(help: "Statements to run for each figure.")
    var statements = 2_000_000

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: scenarios)
            .filter { $0.hasSuffix(".yml") }.sorted()
        let library = try files.map { try Scenario.read(path: scenarios + "/" + $0) }
        let runs = library.flatMap { scenario in scenario.kernels.map { Run(scenario, on: $0) } }
        let headless = measure(runs, audited: false)
        let audited = measure(runs, audited: true)
        let timeline = longTimeline()
        let jump = jumps(timeline)
        let bytes = bytesPerStep()
        if json {
            print(
                """
                {"scenarios": \(library.count), "headless_per_second": \(headless.real), \
                "headless_per_processor_second": \(headless.processor), \
                "audited_per_second": \(audited.real), \
                "audited_per_processor_second": \(audited.processor), \
                "steps": \(timeline.end), "jump_median_us": \(jump.median), \
                "jump_worst_us": \(jump.worst), \
                "jump_worst_processor_us": \(jump.worstOfProcessor), \
                "bytes_per_step": \(bytes)}
                """)
            return
        }
        print("\(library.count) scenarios, every kernel that each names, medians of five")
        print("headless           \(headless.text)")
        print("audit after each   \(audited.text)")
        print("timeline of        \(timeline.end) steps")
        print(
            "jump               \(jump.median) us median, \(jump.worst) us worst of 1000, "
                + "\(jump.worstOfProcessor) us of processor time")
        print("memory             \(bytes) bytes a recorded step")
    }

    /// Statements a second, by the clock on the wall and by the processor time of the thread: on
    /// a machine with other work the two differ.
    private struct Rate {
        var real: Int
        var processor: Int

        var text: String { "\(real) statements a second, \(processor) of processor time" }
    }

    /// What is measured of a scenario on one kernel: the operations of its first task.
    private struct Run {
        let kernel: KernelModel
        let file: FileConfiguration
        let operations: [Kernel.Operation]

        init(_ scenario: Scenario, on version: KernelVersion) {
            kernel = .of(version)
            file = scenario.file
            operations = scenario.steps.compactMap { step in
                let isOfFirst = step.stop == nil && step.task == ScenarioStep.defaultTask
                return isOfFirst ? step.operation : nil
            }
        }
    }

    /// Runs the whole library again and again; medians of five runs.
    private func measure(_ runs: [Run], audited: Bool) -> Rate {
        var rates: [Rate] = []
        for _ in 0..<5 {
            var count = 0
            let start = ContinuousClock.now
            let processor = processorTime()
            while count < statements {
                for run in runs { count += play(run, audited: audited) }
            }
            rates.append(
                Rate(
                    real: Int(Double(count) / seconds(since: start)),
                    processor: Int(Double(count) / Double(processorTime() - processor) * 1e9)))
        }
        return Rate(
            real: rates.map(\.real).sorted()[2],
            processor: rates.map(\.processor).sorted()[2])
    }

    /// Plays one run without a timeline; returns the statements that ran.
    private func play(_ run: Run, audited: Bool) -> Int {
        var machine = Machine(file: run.file)
        var count = 0
        var auditor = Auditor()
        var changes = 0
        for operation in run.operations {
            guard (try? run.kernel.start(operation, on: &machine)) != nil else { continue }
            while run.kernel.step(&machine) == .ran {
                count += 1
                if audited, auditor.look(at: machine) { changes += 1 }
            }
        }
        return count + (changes < 0 ? 1 : 0)
    }

    /// A plan of about a million statements over one file.
    private func longTimeline() -> Timeline {
        var plan: [Directive] = [
            Directive(.mmap(name: "m", first: 0, pages: 4096, shared: true, aligned: false))
        ]
        var page: UInt64 = 0
        for _ in 0..<24_000 {
            plan.append(Directive(.load(map: "m", page: page)))
            plan.append(Directive(.punch(offset: page * 4096, length: 4096)))
            page = (page + 37) % 4096
        }
        return Timeline(
            kernel: .of(.v4_5), machine: Machine(file: FileConfiguration(size: 16 << 20)),
            plan: plan)
    }

    /// Microseconds of a thousand jumps; the worst also in processor time, without what the
    /// scheduler adds to a jump now and then.
    private func jumps(_ timeline: Timeline) -> (median: Int, worst: Int, worstOfProcessor: Int) {
        var times: [Int] = []
        var worst: UInt64 = 0
        var position = 12345
        for _ in 0..<1000 {
            position = (position &* 7919 &+ 104729) % timeline.end
            let start = ContinuousClock.now
            let processor = processorTime()
            let machine = timeline.machine(at: position)
            worst = max(worst, processorTime() - processor)
            times.append(Int(seconds(since: start) * 1e6))
            precondition(machine.hasPower)
        }
        times.sort()
        return (times[500], times[999], Int(worst / 1000))
    }

    /// Growth of the process over the making of a long timeline.
    private func bytesPerStep() -> Int {
        let before = residentBytes()
        let timeline = longTimeline()
        let after = residentBytes()
        return withExtendedLifetime(timeline) { (after - before) / timeline.end }
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4096
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double {
        let passed = ContinuousClock.now - start
        return Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
    }
}
