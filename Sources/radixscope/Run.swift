import ArgumentParser
import Canvas
import Interface
import Kernel
import Scenario
import Terminal

/// `radixscope run`: the terminal program.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Step through a scenario on the terminal.",
        discussion: """
            SCENARIO is a file or the name of one in the library, with a step behind an @ if you \
            like: pmd-orphan@41. Without one the story that radixscope was built for opens.
            """)

    @OptionGroup var kernel: KernelOption

    @Flag(help: "Draw with ASCII characters only.")
    var ascii = false

    @Option(help: "Colours by role: \(Theme.all.map(\.name).joined(separator: ", ")).")
    var theme: String?

    @Argument(help: "A scenario file, or a name of the library.")
    var scenario: String = ScenarioFiles.seed

    func run() throws {
        let chosen = try chosenTheme()
        let version = try kernel.version
        let (word, position) = try split(scenario)
        let scenario = try ScenarioFiles.read(word)
        let run = ScenarioRun(scenario, on: version ?? scenario.kernels[0])
        guard (0...run.timeline.end).contains(position) else {
            throw UserError(
                description: "\(scenario.name) has the steps 0 to \(run.timeline.end) on "
                    + "\(run.version.name), not \(position)")
        }
        let driver: CursesDriver
        do {
            driver = try CursesDriver(options: .init(utf8: ascii ? false : nil), theme: chosen)
        } catch {
            throw UserError(description: "\(error)")
        }
        let state = InterfaceState(
            run: run, position: position, glyphs: driver.capabilities.glyphs)
        var loop = EventLoop(driver: driver, state: state)
        let last = loop.run()
        driver.close()
        if let last { print(last.text(), terminator: "") }
        // Ctrl-C ends the wait, and leaves what was there.
        for recording in loop.recordings {
            print("recording \(sanitised(recording.path)) ...")
            if let told = recording.wait() { print(told) }
        }
    }

    private func chosenTheme() throws -> Theme {
        guard let theme else { return .default }
        guard let found = Theme.named(theme) else {
            let known = Theme.all.map(\.name).joined(separator: ", ")
            throw UserError(
                description: "unknown theme \(printableArgument(theme)); known are \(known)")
        }
        return found
    }

    /// `NAME@STEP`. A file whose own name holds an @ is taken as it is.
    private func split(_ word: String) throws -> (word: String, position: Int) {
        guard let at = word.lastIndex(of: "@"), !ScenarioFiles.exists(word) else {
            return (word, 0)
        }
        let number = word[word.index(after: at)...]
        guard let position = Int(number), position >= 0 else {
            throw UserError(
                description: "\(printableArgument(word)): what follows the @ is the number of a "
                    + "step, such as pmd-orphan@41")
        }
        return (String(word[..<at]), position)
    }
}
