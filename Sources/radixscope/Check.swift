import ArgumentParser
import Kernel
import PageCache
import Scenario

/// `radixscope check`: runs scenarios without a screen and checks what they expect.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run scenarios on every kernel that they name and check what they expect.")

    @OptionGroup var kernel: KernelOption

    @Flag(help: "Say nothing about what agrees.")
    var quiet = false

    @Argument(help: "Scenario files, names of the library, or - for standard input.")
    var files: [String]

    func run() throws {
        let chosen = try kernel.version
        var isAllRead = true
        var failures = 0
        for file in files {
            do {
                let scenario = try ScenarioFiles.read(file)
                for version in chosen.map({ [$0] }) ?? scenario.kernels {
                    try ScenarioFiles.require(version, for: scenario)
                    failures += try check(scenario, on: version, file: file)
                }
            } catch let error as UserError {
                isAllRead = false
                Output.complain(error.text)
            }
        }
        if !isAllRead { throw Main.misuse }
        if failures > 0 { throw Main.failure }
    }

    /// Returns the number of expectations that do not hold.
    private func check(_ scenario: Scenario, on version: KernelVersion, file: String) throws -> Int
    {
        let run = ScenarioRun(scenario, on: version)
        let failures = run.failures()
        let name = ScenarioFiles.shownName(file)
        for failure in failures + run.remarks() {
            try Output.line(run.describe(failure, file: name))
        }
        let steps = counted(run.timeline.spans.count, "step")
        let statements = counted(run.timeline.end, "statement")
        let end = run.timeline.bugPosition.map { position in
            let machine = run.timeline.machine(at: position)
            let bug = machine.bug?.headline ?? ""
            return ", ends in \(bug) (nrpages \(machine.mapping.nrpages), "
                + "nrexceptional \(machine.mapping.nrexceptional))"
        }
        if !quiet {
            let failed = counted(failures.count, "expectation") + " failed"
            try Output.line(
                "\(scenario.name) on \(version.name): \(steps), \(statements): "
                    + "\(failures.isEmpty ? "ok" : failed)\(end ?? "")")
        }
        return failures.count
    }
}
