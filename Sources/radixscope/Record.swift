import ArgumentParser

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Record pictures of a scenario.")
    func run() throws {}
}
