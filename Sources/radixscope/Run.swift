import ArgumentParser
import CHeap
import Canvas
import Foundation
import Interface
import Kernel
import PageCache
import PageTree
import Recording
import Scenario
import Terminal

/// `radixscope run`: the terminal program.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Step through a scenario on the terminal.",
        discussion: """
            SCENARIO is a file or the name of one in the library, with a moment behind an @ if \
            you like, and a kernel behind a colon: pmd-orphan@41, pmd-orphan@bug:v6. The key y \
            copies such an address. Without one the story that radixscope was built for opens.
            """)

    @OptionGroup var kernel: KernelOption
    @OptionGroup var screen: ScreenOptions

    @Argument(help: "A scenario file, a name of the library, or - for standard input.")
    var scenario: String = ScenarioFiles.seed

    func run() throws {
        let settings = try screen.settings()
        let address = Address(scenario)
        let version = try kernel.version ?? address.kernel
        let story = try ScenarioFiles.read(address.scenario)
        if ScenarioFiles.isStandardInput(address.scenario) { Keyboard.move() }
        if let version { try ScenarioFiles.require(version, for: story) }
        let file =
            settings.remembers
            ? StateFile(scenario: story.name, file: ScenarioFiles.file(of: address.scenario)) : nil
        let kept = file?.load()
        // Whoever names a moment or a kernel means it.
        let isFree = address.moments == nil && version == nil
        let run = ScenarioRun(
            story, on: version ?? (isFree ? kept?.memory?.version : nil) ?? story.kernels[0])
        let position = try position(address, run)
        try Screen(settings: settings, options: screen, file: file).show(run, position) { state in
            if let memory = kept?.memory { state.recall(memory, goesThere: isFree) }
            if let complaint = kept?.complaint { state.report(complaint) }
        }
    }

    private func position(_ address: Address, _ run: ScenarioRun) throws -> Int {
        guard let word = address.moments else { return 0 }
        do {
            return try Moments(parsing: word).positions(in: run)[0]
        } catch {
            throw UserError(description: error.description)
        }
    }
}

/// `radixscope sandbox`: an empty file, and whatever a person does to it.
struct Sandbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start with an empty file; the line after : runs operations on it.")

    @OptionGroup var kernel: KernelOption
    @OptionGroup var screen: ScreenOptions

    @Option(help: "The file's size, such as 4MiB.")
    var size = "4MiB"

    @Option(
        help: "The file system: \(FileSystem.allCases.map(\.rawValue).joined(separator: ", ")).")
    var filesystem = FileSystem.xfs.rawValue

    @Option(
        help: ArgumentHelp(
            "The states of blocks, such as \"0..7: written, 9: unwritten\".", valueName: "blocks"))
    var blocks: String?

    @Flag(name: .customLong("no-dax"), help: "A file of pages instead of a DAX file.")
    var isPlain = false

    @Option(
        help: ArgumentHelp(
            "Nothing but the data structure: radix-tree or xarray.", valueName: "tree"))
    var tree: String?

    func run() throws {
        let settings = try screen.settings()
        let scenario = try sandbox()
        let run = ScenarioRun(scenario, on: scenario.kernels[0])
        // It begins empty each time; what was made of it before is kept as branches.
        let place =
            tree ?? "\(size)\(isPlain ? " no-dax" : "")"
            + (filesystem == FileSystem.xfs.rawValue ? "" : " \(filesystem)")
            + (blocks.map { " \($0)" } ?? "")
        let file = settings.remembers ? StateFile(scenario: "sandbox", file: place) : nil
        let kept = file?.load()
        try Screen(settings: settings, options: screen, file: file).show(run, 0) { state in
            if let memory = kept?.memory { state.recall(memory, goesThere: false) }
            if let complaint = kept?.complaint { state.report(complaint) }
        }
    }
}

extension Sandbox {
    /// The scenario that has no step yet.
    private func sandbox() throws -> Scenario {
        let family = try tree.map { name in
            guard let family = PageTree.Family(rawValue: name) else {
                throw UserError.unknown(
                    "tree", name, among: PageTree.Family.allCases.map(\.rawValue))
            }
            return family
        }
        do {
            var scenario = try Scenario.parse(family.map(text(of:)) ?? fileText, file: "sandbox")
            scenario.kernels = try kernels(scenario)
            // The format wants a step; a sandbox begins with none.
            scenario.steps = []
            return scenario
        } catch let error as ScenarioError {
            let problem = error.diagnostics[0]
            let hint = problem.hint.map { "; " + $0 } ?? ""
            throw UserError(description: problem.message + hint)
        }
    }

    /// Every kernel that it can run on, the one to begin with first.
    private func kernels(_ scenario: Scenario) throws -> [KernelVersion] {
        let able = Scenario.kernels(for: scenario.tree)
        let first = try kernel.version ?? (scenario.tree == nil ? .v6 : able[0])
        try ScenarioFiles.require(first, for: scenario)
        return [first] + able.filter { $0 != first }
    }

    private func text(of family: PageTree.Family) -> String {
        text(
            "An empty \(family.title)", "A tree with nothing around it", for: family,
            examples: [
                ":store 512" + (family.hasOrders ? " order 9" : ""), ":mark 512 dirty",
                ":erase 512",
            ],
            """
            tree: \(family.rawValue)
            steps: [load: 0]
            """)
    }

    private var fileText: String {
        text(
            "An empty file", "An empty file", for: nil,
            examples: [
                ":mmap: { name: m, pages: 0..1023 }", ":store: { map: m, page: 512, value: 7 }",
                ":fsync",
            ],
            """
            file:
              size: \(size)
              filesystem: \(filesystem)
              dax: \(!isPlain && filesystem != FileSystem.tmpfs.rawValue)
            \(blocks.map { "  blocks: { \($0) }" } ?? "")
            steps: [syncfs]
            """)
    }

    private func text(
        _ title: String, _ what: String, for family: PageTree.Family?, examples: [String],
        _ rest: String
    ) -> String {
        """
        scenario: sandbox
        title: \(title)
        kernels: [\(Scenario.kernels(for: family).map(\.name).joined(separator: ", "))]
        about: |
          \(what). Type : and an operation, such as

            \(examples.joined(separator: "\n    "))

          Tab completes. Every operation runs as a branch: :branch goes back to an earlier one,
          also of an earlier evening, :save FILE writes what you did as a scenario.
        \(rest)
        """
    }
}

/// What both of the terminal programs take.
struct ScreenOptions: ParsableArguments {
    @Flag(help: "Draw with ASCII characters only.")
    var ascii = false

    @Option(help: "Colours by role: \(Theme.all.map(\.name).joined(separator: ", ")).")
    var theme: String?

    @Flag(help: "Take the mouse from the start.")
    var mouse = false

    @Flag(help: "For people who look on: no line of keys, the story in the foreground.")
    var presenter = false

    @Flag(help: "Tell what an operation does only after its question was answered.")
    var quiz = false

    @Flag(help: "Do not come back to where the scenario was left, and do not keep it.")
    var fresh = false

    @Flag(help: "Read no configuration file.")
    var noConfig = false

    /// The configuration file, and over it what the options say.
    func settings() throws -> Settings {
        var settings = noConfig ? Settings() : try Settings.load()
        if ascii { settings.signs = .ascii }
        if mouse { settings.mouse = true }
        if fresh { settings.remembers = false }
        if let theme {
            guard let found = Theme.named(theme) else {
                throw UserError.unknown("theme", theme, among: Theme.all.map(\.name))
            }
            settings.theme = found
        }
        return settings
    }
}

/// Where keys and signals come from.
enum Keyboard {
    /// A scenario that came through standard input has used it up: keys are then those of the
    /// terminal that the program was started on.
    static func move() {
        guard isatty(STDIN_FILENO) == 0 else { return }
        let descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        dup2(descriptor, STDIN_FILENO)
        close(descriptor)
    }

    /// Ends the program as the signal would have, had it not waited for what was to be kept.
    static func end(by ending: Int32) {
        signal(ending, SIG_DFL)
        raise(ending)
    }
}

/// The terminal from its opening to its end.
struct Screen {
    let settings: Settings
    let options: ScreenOptions
    let file: StateFile?

    /// - Parameter prepare: changes the state before it is shown.
    func show(
        _ run: ScenarioRun, _ position: Int, prepare: (inout InterfaceState) -> Void
    ) throws {
        // Of a large file each step copies a part of the tree and frees another. With memory that
        // went back to the kernel, a step took 3.2 ms instead of 1.0 (`radixscope-bench screen`).
        rs_keep_freed_memory()
        let signs: Bool? = settings.signs == .auto ? nil : settings.signs == .utf8
        let driver: CursesDriver
        do {
            driver = try CursesDriver(options: .init(utf8: signs), theme: settings.theme)
        } catch {
            throw UserError(description: "\(error)")
        }
        var state = InterfaceState(
            run: run, position: position, glyphs: driver.capabilities.glyphs)
        state.prefer(settings, quiz: options.quiz, presenter: options.presenter)
        prepare(&state)
        // What this program changes is what differs from now on.
        let before = Remembered(state)
        state.handle(.resize(driver.size))
        if settings.mouse { driver.setMouse(true) }
        var loop = EventLoop(driver: driver, state: state)
        let last = loop.run()
        var problem: String?
        driver.close { problem = file?.save(Remembered(loop.state), since: before) }
        if let problem { Output.complain("radixscope: the place was not kept: \(problem)") }
        if let ending = driver.endingSignal { Keyboard.end(by: ending) }
        if let last { try Output.write(last.text()) }
        // Ctrl-C ends the wait, and leaves what was there.
        for recording in loop.recordings {
            try Output.line("recording \(sanitised(recording.path)) ...")
            if let told = recording.wait() { try Output.line(told) }
        }
    }
}
