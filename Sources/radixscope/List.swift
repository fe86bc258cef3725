import ArgumentParser
import Scenario

/// `radixscope list`: the course.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Name the scenarios of the library, in the order of the course.")

    func run() throws {
        var scenarios: [Scenario] = []
        for file in try ScenarioFiles.all() { scenarios.append(try ScenarioFiles.read(file.path)) }
        scenarios.sort { ($0.course ?? .max, $0.name) < ($1.course ?? .max, $1.name) }
        let width = scenarios.map(\.name.count).max() ?? 0
        for scenario in scenarios {
            let number = scenario.course.map { String($0) } ?? "-"
            let name = scenario.name.padding(to: width)
            let text = scenario.teaches.isEmpty ? scenario.title : scenario.teaches
            try Output.line("\(number.leftPadding(to: 3))  \(name)  \(text)")
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    fileprivate func leftPadding(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
