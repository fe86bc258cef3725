import ArgumentParser

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Step through a scenario.")
    @OptionGroup var kernel: KernelOption
    @Argument(help: "A scenario file or name.") var file: String?
    func run() throws {}
}
