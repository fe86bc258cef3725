import ArgumentParser

@main
struct RadixscopeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "radixscope-bench",
        abstract: "Measures what radixscope claims, beside its peers, as ratios in one run.",
        subcommands: [
            TreeCommand.self, StepBenchmark.self, RecordBenchmark.self, ScreenCommand.self,
            TreePeerCommand.self, ScreenPeerCommand.self,
        ])
}
