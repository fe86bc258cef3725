import ArgumentParser
import Canvas
import Foundation
import Interface
import Kernel
import PageCache
import Recording
import Scenario

/// `radixscope record`: pictures, films and handouts of scenarios.
struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record scenarios: pictures, a film, a page, a handout.",
        discussion: """
            Moments: a step (12), the end of an operation (op3), so many steps into one (op3+4), a \
            range (op3..op5, 10..20), the first run of a kernel function (dax_radix_entry) or of \
            a statement of it (dax_radix_entry:3), start, end, bug, finding, findings, every-op, \
            every-step. Several with commas.

            Exit codes: 0 recorded; 1 a scenario has no such moment; 2 the command, a scenario or \
            the place to write to was not as needed. A file is whole or untouched.
            """)

    @Option(
        name: [.customShort("k"), .customLong("kernel")],
        help: ArgumentHelp(
            "Kernels, with commas: side by side. Known are "
                + KernelVersion.known.map(\.name).joined(separator: ", ") + ".",
            valueName: "kernels"))
    var kernels: String?

    @Option(help: ArgumentHelp("Which moments; see above.", valueName: "moments"))
    var at: [String] = []

    @Option(
        help: ArgumentHelp(
            Format.allCases.map(\.rawValue).joined(separator: ", ")
                + "; without it, what the name after -o ends in, or text.",
            valueName: "format"))
    var format: String?

    @Option(help: ArgumentHelp("What fills the screen: \(Self.views).", valueName: "view"))
    var view: String = ViewKind.tree.rawValue

    @Option(help: ArgumentHelp("Columns and rows of one kernel's screen.", valueName: "size"))
    var size: String = "120x40"

    @Option(help: ArgumentHelp("The colours: \(Self.themes).", valueName: "theme"))
    var theme: String = Theme.default.name

    @Option(help: "The version of asciicast: 2, which everything reads, or 3.")
    var castVersion: Int = 2

    @Flag(help: "Only ASCII signs on the screen.")
    var ascii = false

    @Flag(inversion: .prefixedNo, help: "A line before each picture of text that names it.")
    var header: Bool?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A file; - for standard output; a folder, or a name with / at its end.",
            valueName: "path"))
    var output: String = OutputFile.standardOutput

    @Argument(
        help: ArgumentHelp(
            "Scenario files or names, each with @MOMENTS or not.", valueName: "scenario"))
    var scenarios: [String]

    private static let views = ViewKind.allCases.map(\.rawValue).joined(separator: ", ")
    private static let themes = Theme.all.map(\.name).joined(separator: ", ")

    func run() throws {
        do {
            try record()
        } catch RecordingError.unread {
            throw Main.unread
        } catch let error as RecordingError {
            guard case .noSuchMoment(let text) = error else {
                throw UserError(description: error.description)
            }
            Output.complain("radixscope: \(text)")
            throw Main.failure
        }
    }

    private func record() throws {
        let format = try chosenFormat()
        let films = try scenarios.map { try film(of: $0, format: format) }
        if output == OutputFile.standardOutput, format == .png || format == .gif,
            isatty(STDOUT_FILENO) == 1
        {
            throw UserError(description: "\(format.rawValue) to a terminal; name a file with -o")
        }
        var recorder = Recorder(format, look: Look(try chosenTheme()))
        guard let version = CastWriter.Version(rawValue: castVersion) else {
            throw UserError(description: "asciicast has no version \(castVersion); expected 2 or 3")
        }
        recorder.castVersion = version
        recorder.header = header
        let bar = ProgressBar(
            total: films.reduce(0) { $0 + $1.info.count },
            isBesideOutput: output == OutputFile.standardOutput && isatty(STDOUT_FILENO) == 1)
        recorder.progress = bar.show
        defer { bar.clear() }
        try recorder.record(films, to: Recorder.Target(path: output))
    }

    // MARK: What the words mean

    private func film(of word: String, format: Recording.Format) throws -> Film {
        let address = Address(word)
        let scenario = try ScenarioFiles.read(address.scenario)
        let versions = try chosenKernels() ?? [address.kernel ?? scenario.defaultKernel!]
        if versions.count > 1, format == .json || format == .dot {
            throw UserError(description: "\(format.rawValue) holds one kernel; name one")
        }
        for version in versions { try ScenarioFiles.require(version, for: scenario) }
        let words = [address.moments].compactMap(\.self) + at
        let moments =
            words.isEmpty
            ? format.usualMoments : try Moments(parsing: words.joined(separator: ","))
        let runs = versions.map { ScenarioRun(scenario, on: $0) }
        return try Film(
            of: runs, at: moments, size: try chosenSize(), view: try chosenView(),
            glyphs: ascii ? .ascii : .utf8)
    }

    private func chosenFormat() throws -> Recording.Format {
        guard let format else {
            guard case .file(let path) = Recorder.Target(path: output),
                Format.ending(ofPath: path) != nil
            else { return .text }
            return try Format(endingOf: path, orOption: "--format")
        }
        if let known = Format(rawValue: format) { return known }
        throw UserError.unknown("format", format, among: Format.allCases.map(\.rawValue))
    }

    private func chosenKernels() throws -> [KernelVersion]? {
        try kernels.map { list in
            try list.split(separator: ",", omittingEmptySubsequences: false).map { name in
                if let version = KernelVersion(rawValue: String(name)) { return version }
                throw UserError.unknown(
                    "kernel", String(name), among: KernelVersion.known.map(\.name))
            }
        }
    }

    private func chosenTheme() throws -> Theme {
        if let theme = Theme.named(theme) { return theme }
        throw UserError.unknown("theme", theme, among: Theme.all.map(\.name))
    }

    private func chosenView() throws -> ViewKind {
        if let view = ViewKind(rawValue: view) { return view }
        throw UserError.unknown("view", view, among: ViewKind.allCases.map(\.rawValue))
    }

    private func chosenSize() throws -> Size {
        let sides = size.split(separator: "x", omittingEmptySubsequences: false)
            .map { $0.count <= 3 ? Int($0) ?? 0 : 0 }
        guard sides.count == 2, sides.allSatisfy({ $0 > 0 }) else {
            throw UserError(
                description: "no size is written \(printableArgument(size)); expected columns and "
                    + "rows, each from 1 to 999, such as 120x40")
        }
        return Size(sides[0], sides[1])
    }
}

/// A scenario, and moments of it: `pmd-orphan@op3..op5`, as the program shows it
/// `pmd-orphan@12:v4.5`.
struct Address {
    var scenario: String
    var moments: String?
    var kernel: KernelVersion?

    init(_ word: String) {
        scenario = word
        // A file may have an @ in its name.
        guard let at = word.lastIndex(of: "@"), !FileManager.default.fileExists(atPath: word) else {
            return
        }
        scenario = String(word[..<at])
        var rest = word[word.index(after: at)...]
        if let colon = rest.lastIndex(of: ":"),
            let version = KernelVersion(rawValue: String(rest[rest.index(after: colon)...]))
        {
            kernel = version
            rest = rest[..<colon]
        }
        moments = String(rest)
    }
}

/// How far a long recording is, on a terminal.
private final class ProgressBar {
    private let total: Int
    private let isShown: Bool
    private var shown = -1

    /// - Parameter isBesideOutput: the recording itself goes to the terminal.
    init(total: Int, isBesideOutput: Bool) {
        self.total = total
        // Nobody waits for a few pictures.
        isShown = total > 200 && isatty(STDERR_FILENO) == 1 && !isBesideOutput
    }

    func show(_ made: Int) {
        let percent = made * 100 / total
        guard isShown, percent != shown else { return }
        shown = percent
        let filled = percent * 30 / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
        write("\r[\(bar)] \(percent) % of \(counted(total, "picture"))")
    }

    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
