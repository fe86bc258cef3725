import ArgumentParser
import Kernel
import Scenario

/// `radixscope check`: runs scenarios without a screen and checks what they expect.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run scenarios on every kernel that they name and check what they expect.")

    @OptionGroup var kernel: KernelOption

    @Flag(help: "Say nothing about what agrees.")
    var quiet = false

    @Argument(help: "Scenario files, or names of the library.")
    var files: [String]

    func run() throws {
        let chosen = try kernel.version
        var errors: [String] = []
        var failures = 0
        for file in files {
            do {
                let scenario = try ScenarioFiles.read(file)
                for version in chosen.map({ [$0] }) ?? scenario.kernels {
                    failures += check(scenario, on: version, file: file)
                }
            } catch let error as UserError {
                errors.append(error.description)
            }
        }
        if !errors.isEmpty { throw UserError(description: errors.joined(separator: "\n")) }
        if failures > 0 { throw Main.failure }
    }

    /// Returns the number of expectations that do not hold.
    private func check(_ scenario: Scenario, on version: KernelVersion, file: String) -> Int {
        let run = ScenarioRun(scenario, on: version)
        let failures = run.failures()
        for failure in failures { print(run.describe(failure, file: file)) }
        let steps = "\(run.timeline.spans.count) steps, \(run.timeline.end) statements"
        let end = run.timeline.bugPosition.map { position in
            let machine = run.timeline.machine(at: position)
            let bug = machine.bug?.location ?? ""
            return ", ends in kernel BUG at \(bug)! (nrpages \(machine.mapping.nrpages), "
                + "nrexceptional \(machine.mapping.nrexceptional))"
        }
        if !quiet {
            let verdict = failures.isEmpty ? "ok" : "\(failures.count) expectations failed"
            print("\(scenario.name) on \(version.name): \(steps): \(verdict)\(end ?? "")")
        }
        return failures.count
    }
}
