import Canvas
import Foundation
import Recording

/// Python's rich, which makes SVG and HTML of a terminal's text, as people record with it.
struct RichPeer {
    let python: String

    /// Pictures that it makes: enough for a figure, few enough to wait for.
    private static let pictures = 100

    /// Times the export alone: the text is read and laid out before.
    private static let script = """
        import io, json, sys, time
        from rich.console import Console
        from rich.text import Text
        times = {"svg": 0.0, "html": 0.0}
        pictures = json.load(open(sys.argv[1], encoding="utf-8"))
        for picture in pictures:
            for name in times:
                console = Console(record=True, width=120, file=io.StringIO(), force_terminal=True)
                console.print(Text.from_ansi(picture), end="")
                start = time.perf_counter()
                console.export_svg(title="") if name == "svg" else console.export_html()
                times[name] += time.perf_counter() - start
        print(json.dumps({name: t / len(pictures) * 1e6 for name, t in times.items()}))
        """

    /// Nil when there is no rich.
    init?(python: String) throws {
        self.python = python
        guard try run(["-c", "import rich"], output: nil) == 0 else { return nil }
    }

    /// Microseconds a picture, by format.
    func measure(_ film: Film) throws -> [Recording.Format: Double] {
        var writer = ANSIWriter(theme: .default, header: false)
        let stride = max(1, film.info.count / Self.pictures)
        var texts: [String] = []
        for (number, picture) in film.enumerated() where number % stride == 0 {
            texts.append(writer.add(picture))
        }
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("radixscope-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appendingPathComponent("pictures")
        let output = folder.appendingPathComponent("times")
        try JSONEncoder().encode(texts).write(to: input)
        try Data().write(to: output)
        guard try run(["-c", Self.script, input.path], output: output) == 0 else { return [:] }
        let times = try JSONDecoder().decode(
            [String: Double].self, from: Data(contentsOf: output))
        return [.svg: times["svg"] ?? 0, .html: times["html"] ?? 0]
    }

    private func run(_ arguments: [String], output: URL?) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput =
            try output.map { try FileHandle(forWritingTo: $0) } ?? FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
