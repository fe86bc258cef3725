import ArgumentParser
import Canvas
import Foundation
import Kernel
import PageCache
import Recording
import Scenario

/// `radixscope-bench record`: what a step of a recording costs, and that memory does not grow with
/// a recording's length.
struct RecordBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Time, size and memory of recordings, beside a plain copy and python's rich.",
        discussion: """
            A scenario of --steps statements is recorded at every step, to a file that is then \
            given up. "draw" is the screen alone, which every format needs; "step" is the screen \
            and the format. "copy" is the time of writing as many bytes to such a file, in \
            pieces of one step. Peak memory is measured over the recording of a quarter of the \
            steps and of all of them. rich makes the same pictures (svg, html) from the same cells.
            """)

    @Option(help: "Steps of the scenario, 100 or more.") var steps = 10_000
    @Option(help: "Measured rounds; figures are medians.") var rounds = 3
    @Option(help: "A python3 that has rich.") var python = "python3"
    @Flag(help: "Print JSON.") var json = false

    private static let size = Size(120, 40)
    private static let formats: [Recording.Format] = [.text, .ansi, .cast, .html, .svg, .json]

    struct Row {
        var format: Recording.Format
        var micros: Double
        var copyMicros: Double
        var bytes: Int
        /// Growth of peak memory over the recording: a quarter, and the whole.
        var quarter: Int
        var whole: Int
        var richMicros: Double?
    }

    func validate() throws {
        guard steps >= 100 else { throw ValidationError("--steps must be at least 100") }
        guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1") }
    }

    func run() throws {
        let run = longRun()
        let draw = try median { try seconds { for _ in try film(run, steps) {} } } / perStep
        let rich = try RichPeer(python: python).map { try $0.measure(film(run, steps)) }
        let rows = try Self.formats.map { try measure($0, run, rich) }
        if json {
            let list = rows.map { row in
                """
                {"format": "\(row.format.rawValue)", "us_per_step": \(short(row.micros)), \
                "copy_us_per_step": \(short(row.copyMicros)), "bytes": \(row.bytes), \
                "peak_growth_quarter": \(row.quarter), "peak_growth_whole": \(row.whole), \
                "rich_us_per_step": \(row.richMicros.map(short) ?? "null")}
                """
            }
            print(
                "{\"steps\": \(steps), \"draw_us_per_step\": \(short(draw)), \"formats\": [\n"
                    + list.joined(separator: ",\n") + "\n]}")
            return
        }
        print("\(steps) steps, \(Self.size), medians of \(rounds); draw \(short(draw)) us a step")
        print("format      us/step  kB/step    MB/s  vs copy  peak KiB 1/4, all  vs rich")
        for row in rows { print(line(row)) }
        if rich == nil { print("rich is missing: \(python) -m pip install rich") }
    }

    private func line(_ row: Row) -> String {
        let rate = Double(row.bytes) / (row.micros * perStep) / 1e6
        let ratio = row.richMicros.map { "\(short($0 / row.micros)) x" } ?? "-"
        let columns: [(String, Int)] = [
            (short(row.micros), 10), (short(Double(row.bytes) / Double(steps + 1) / 1000), 9),
            (short(rate), 8), ("\(short(row.micros / row.copyMicros)) x", 9),
            ("\(row.quarter / 1024), \(row.whole / 1024)", 19), (ratio, 9),
        ]
        return columns.reduce(row.format.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0))
        {
            $0 + String(repeating: " ", count: max(1, $1.1 - $1.0.count)) + $1.0
        }
    }

    private var perStep: Double { Double(steps + 1) / 1e6 }

    private func short(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
    }

    // MARK: What is measured

    private func measure(
        _ format: Recording.Format, _ run: ScenarioRun, _ rich: [Recording.Format: Double]?
    ) throws -> Row {
        let quarter = try peakGrowth { _ = try record(format, film(run, steps / 4)) }
        let whole = try peakGrowth { _ = try record(format, film(run, steps)) }
        var bytes = 0
        let time = try median {
            try seconds { bytes = try record(format, film(run, steps)) }
        }
        let copy = try median { try seconds { try write(bytes, pieces: steps + 1) } }
        return Row(
            format: format, micros: time / perStep, copyMicros: copy / perStep, bytes: bytes,
            quarter: quarter, whole: whole, richMicros: rich?[format])
    }

    /// Records and returns how many bytes it made.
    private func record(_ format: Recording.Format, _ film: Film) throws -> Int {
        let file = try OutputFile(path: scratch)
        var writer: any FilmWriter =
            switch format {
            case .ansi: ANSIWriter(theme: .default, header: true)
            case .svg: SVGWriter(look: Look())
            case .html: HTMLWriter(look: Look())
            case .cast: CastWriter(look: Look())
            case .json: JSONWriter(film.runs[0])
            default: TextWriter(header: true)
            }
        var bytes = 0
        func put(_ text: String) throws {
            bytes += text.utf8.count
            try file.write(text)
        }
        try put(writer.begin(film.info))
        for picture in film { try put(writer.add(picture)) }
        try put(writer.end())
        return bytes
    }

    private func write(_ bytes: Int, pieces: Int) throws {
        let file = try OutputFile(path: scratch)
        let piece = [UInt8](repeating: 0x20, count: bytes / pieces)
        for _ in 0..<pieces { try file.write(piece) }
    }

    /// Nothing is left here: no file is finished.
    private var scratch: String { NSTemporaryDirectory() + "/radixscope-bench" }

    private func film(_ run: ScenarioRun, _ last: Int) throws -> Film {
        try Film(of: [run], at: Moments(parsing: "0..\(last)"), size: Self.size)
    }

    /// A file whose pages are read and punched out again.
    private func longRun() -> ScenarioRun {
        var operations: [Kernel.Operation] = [
            .mmap(name: "m", first: 0, pages: 4096, shared: true, aligned: false)
        ]
        // Each pair takes more statements than this.
        for number in 0...steps / 40 {
            let page = UInt64(number * 37 % 4096)
            operations.append(.load(map: "m", page: page))
            operations.append(.punch(offset: page * 4096, length: 4096))
        }
        let scenario = Scenario(
            name: "long", title: "Reads and punches", kernels: [.v4_5],
            file: FileConfiguration(size: 16 << 20),
            steps: operations.map { ScenarioStep(.start($0)) })
        let run = ScenarioRun(scenario, on: .v4_5)
        precondition(run.timeline.end >= steps, "only \(run.timeline.end) steps")
        return run
    }

    // MARK: Measuring

    private func median(_ body: () throws -> Double) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<rounds { times.append(try body()) }
        return times.sorted()[rounds / 2]
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let passed = try ContinuousClock().measure(body)
        return Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
    }

    /// How far peak memory rises above what is there before, in bytes.
    private func peakGrowth(_ body: () throws -> Void) throws -> Int {
        // 5 makes the peak start again from the present (Linux, proc(5), clear_refs).
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = try status("VmHWM:")
        try body()
        return try status("VmHWM:") - before
    }

    private func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return
            (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
            ?? 0) * 1024
    }
}
