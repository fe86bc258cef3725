import ArgumentParser
import CHeap
import Canvas
import Foundation
import Interface
import Scenario
import Terminal

/// `radixscope-bench screen`: from key to canvas, bytes to the terminal, start and idling.
struct ScreenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Time from a key to its picture, bytes a step, start, and idling.",
        discussion: """
            Times from key to canvas are processor time of the one thread, so that other work on \
            the machine is not in them. Bytes are counted on a pseudo terminal. The start is \
            processor and real time until the last line of the first screen has come, the \
            best of twenty.
            """)

    @Option(help: "The folder of scenarios.") var scenarios = "scenarios"
    @Option(help: "Entries of the large file.") var entries: UInt64 = 10_000_000
    @Flag(help: "Print JSON.") var json = false

    /// One line of the report.
    private struct Row {
        var workload: String
        var size: Size
        var times: Quantiles
        var drawing: Quantiles
        /// From key to canvas, a statement back.
        var back: Quantiles
        var bytes: Quantiles
    }

    func run() throws {
        // As `radixscope run` does.
        rs_keep_freed_memory()
        let curriculum = try ScreenWorkload.curriculum(scenarios)
        let large = [try ScreenWorkload.large(entries: entries)]
        var rows: [Row] = []
        for size in [Size(80, 24), Size(300, 100)] {
            rows.append(try measure("curriculum", curriculum, size, ["--scenarios", scenarios]))
            rows.append(try measure("large", large, size, ["--entries", "\(entries)"]))
        }
        var maps: [Map] = []
        for isSparse in [false, true] {
            let run = try ScreenWorkload.mapped(entries: entries, isSparse: isSparse)
            maps += [Size(80, 24), Size(300, 100)].map {
                map(isSparse ? "1 TiB" : "dense", run, $0)
            }
        }
        let start = try startTime()
        let idle = try idleTime()
        json ? printJSON(rows, maps, start, idle) : printTable(rows, maps, start, idle)
    }

    /// A line about the file map.
    private struct Map {
        var workload: String
        var size: Size
        var times: Quantiles
    }

    /// From key to canvas while somebody looks around in the file map.
    private func map(_ name: String, _ run: ScenarioRun, _ size: Size) -> Map {
        var state = InterfaceState(run: run)
        state.handle(.resize(size))
        state.handle(.key("F2"))
        var times: [UInt64] = []
        let keys: [Key] = ["+", "L", "+", "L", "j", "+", "H", "k", "-", "L", "-", "H", "-"]
        for key in Array(repeating: keys, count: 20).joined() {
            let start = processorTime()
            state.handle(.key(key))
            let canvas = view(state, size: size)
            times.append(processorTime() - start)
            precondition(canvas.size == size)
        }
        return Map(workload: name, size: size, times: Quantiles(times))
    }

    private func measure(
        _ name: String, _ runs: [ScenarioRun], _ size: Size, _ source: [String]
    ) throws -> Row {
        var times: [UInt64] = []
        var drawing: [UInt64] = []
        var back: [UInt64] = []
        for run in runs {
            var state = InterfaceState(run: run)
            state.handle(.resize(size))
            _ = view(state, size: size)
            // Once through the story, a statement a key.
            for _ in 0..<min(run.timeline.end, 2000) {
                let start = processorTime()
                state.handle(.key("l"))
                let handled = processorTime()
                let canvas = view(state, size: size)
                let end = processorTime()
                precondition(canvas.size == size)
                times.append(end - start)
                drawing.append(end - handled)
            }
            // And back, as far.
            for _ in 0..<min(state.position, 500) {
                let start = processorTime()
                state.handle(.key("h"))
                let canvas = view(state, size: size)
                back.append(processorTime() - start)
                precondition(canvas.size == size)
            }
        }
        return Row(
            workload: name, size: size, times: Quantiles(times), drawing: Quantiles(drawing),
            back: Quantiles(back), bytes: try bytes(size, source))
    }

    /// What each step of the same stories sends.
    private func bytes(_ size: Size, _ source: [String]) throws -> Quantiles {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let terminal = try PseudoTerminal(
            [program, "screen-peer"] + source, columns: size.width, rows: size.height,
            environment: [:])
        guard terminal.waitFor("ready") else {
            throw ValidationError("the peer did not start")
        }
        _ = terminal.drain(quiet: 50)
        var found: [UInt64] = []
        while true {
            terminal.send("l")
            let count = terminal.drain(quiet: 4, patience: 5000)
            guard count > 0, found.count < 3000 else { return Quantiles(found) }
            found.append(UInt64(count))
        }
    }

    // MARK: The program itself

    private func program() throws -> PseudoTerminal {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let path = folder.appendingPathComponent("radixscope").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ValidationError("\(path) is not built")
        }
        return try PseudoTerminal(
            [path, "run", "--fresh", "--no-config"], columns: 120, rows: 40,
            environment: ["RADIXSCOPE_SCENARIOS": scenarios])
    }

    private struct Start {
        var processor: UInt64
        var real: UInt64
    }

    /// Microseconds from the start to the last line of the first screen.
    private func startTime() throws -> Start {
        let found = try (0..<20).map { _ in
            let start = ContinuousClock.now
            let terminal = try program()
            guard terminal.waitFor("quit") else {
                throw ValidationError("the program shows no screen")
            }
            let real = (ContinuousClock.now - start) / .microseconds(1)
            return Start(processor: terminal.processorTime() / 1000, real: UInt64(real))
        }
        return Start(
            processor: found.map(\.processor).min() ?? 0, real: found.map(\.real).min() ?? 0)
    }

    /// Microseconds of processor time that two seconds of nothing cost.
    private func idleTime() throws -> UInt64 {
        let terminal = try program()
        _ = terminal.waitFor("quit")
        _ = terminal.drain(quiet: 200)
        let before = terminal.processorTime()
        usleep(2_000_000)
        return (terminal.processorTime() - before) / 1000
    }

    // MARK: The report

    private func printTable(_ rows: [Row], _ maps: [Map], _ start: Start, _ idle: UInt64) {
        print("key to canvas in microseconds of processor time, bytes to the terminal, per step")
        for row in rows {
            let times = "key to canvas p50 \(row.times[0.5] / 1000), p99 \(row.times[0.99] / 1000)"
            let drawing =
                "drawing p99 \(row.drawing[0.99] / 1000); back p99 \(row.back[0.99] / 1000)"
            let bytes = "bytes p50 \(row.bytes[0.5]), p99 \(row.bytes[0.99])"
            print(
                "\(row.workload) \(row.size): \(row.times.count) steps; \(times), "
                    + "worst \(row.times.largest / 1000); \(drawing); \(bytes)")
        }
        for map in maps {
            print(
                "file map, \(map.workload) \(map.size): \(map.times.count) keys; key to canvas p50 "
                    + "\(map.times[0.5] / 1000), p99 \(map.times[0.99] / 1000), worst "
                    + "\(map.times.largest / 1000)")
        }
        print(
            "first screen: \(start.processor) us of processor time, \(start.real) us on the clock; "
                + "idle for 2 s: \(idle) us")
    }

    private func printJSON(_ rows: [Row], _ maps: [Map], _ start: Start, _ idle: UInt64) {
        let lines = rows.map { row in
            """
              {"workload": "\(row.workload)", "size": "\(row.size)", \
            "steps": \(row.times.count), "canvas_p50_us": \(row.times[0.5] / 1000), \
            "canvas_p99_us": \(row.times[0.99] / 1000), \
            "drawing_p99_us": \(row.drawing[0.99] / 1000), \
            "back_p99_us": \(row.back[0.99] / 1000), \
            "bytes_p50": \(row.bytes[0.5]), "bytes_p99": \(row.bytes[0.99])}
            """
        }
        let charts = maps.map { map in
            """
              {"workload": "\(map.workload)", "size": "\(map.size)", \
            "canvas_p50_us": \(map.times[0.5] / 1000), \
            "canvas_p99_us": \(map.times[0.99] / 1000)}
            """
        }
        print("{\"rows\": [\n\(lines.joined(separator: ",\n"))\n],")
        print("\"maps\": [\n\(charts.joined(separator: ",\n"))\n],")
        print(
            "\"first_screen_us\": \(start.processor), \"first_screen_real_us\": \(start.real), "
                + "\"idle_us\": \(idle)}")
    }
}

/// The other end of the pseudo terminal: shows the stories, a statement a key.
struct ScreenPeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen-peer", abstract: "Shows stories to `screen`.", shouldDisplay: false)

    @Option var scenarios: String?
    @Option var entries: UInt64 = 0

    func run() throws {
        let runs =
            try scenarios.map { try ScreenWorkload.curriculum($0) }
            ?? [ScreenWorkload.large(entries: entries)]
        print("ready")
        fflush(nil)
        let driver = try CursesDriver()
        for run in runs {
            var state = InterfaceState(run: run)
            state.handle(.resize(driver.size))
            for _ in 0...min(run.timeline.end, 500) {
                driver.draw(view(state, size: driver.size))
                guard driver.nextEvent(timeout: nil) != .endOfInput else { return }
                state.handle(.key("l"))
            }
        }
        driver.close()
    }
}
