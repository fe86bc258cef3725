import Kernel
import Scenario
import Stepping

/// A story that a person made: some steps of a scenario, then operations of their own.
struct Branch: Sendable {
    let scenario: Scenario
    let version: KernelVersion
    /// Where the person was in it.
    var position: Int
    /// Nil for one of an earlier evening that nobody has looked at yet.
    private(set) var run: ScenarioRun?

    init(_ run: ScenarioRun, at position: Int) {
        (scenario, version, self.position, self.run) = (run.scenario, run.version, position, run)
    }

    /// A branch that was kept; it runs when somebody looks at it.
    init(_ scenario: Scenario, on version: KernelVersion, at position: Int) {
        (self.scenario, self.version, self.position) = (scenario, version, position)
    }

    /// Runs it, unless it has run.
    ///
    /// - Returns: its run.
    @discardableResult
    mutating func load() -> ScenarioRun {
        if let run { return run }
        let run = ScenarioRun(scenario, on: version)
        position = min(position, run.timeline.end)
        self.run = run
        return run
    }

    /// Runs those that the screen shows something of.
    static func settle(_ state: inout InterfaceState) {
        switch state.choices.view {
        case .stops: for number in state.branches.indices { state.branches[number].load() }
        case .versions:
            for number in state.choices.comparedBranches
            where state.branches.indices.contains(number) {
                state.branches[number].load()
            }
        default: break
        }
    }
}

extension InterfaceState {
    mutating func reduceBranch(_ action: Action) -> [Effect] {
        switch action {
        case .perform(let text): perform(text)
        case .branch(let number): goToBranch(number)
        case .removeBranch(let number): removeBranch(number)
        case .compareBranches(let numbers): compareBranches(numbers)
        case .save(let path, let overwrites):
            return [.save(text: run.scenario.yaml(), path: path, overwrites: overwrites)]
        default: break
        }
        return []
    }

    /// Runs an operation of the scenario language after the operation that has begun, as a branch.
    private mutating func perform(_ text: String) {
        guard machine.bug == nil, machine.hasPower else {
            choices.message = "nothing runs any more at this point; go back first"
            return
        }
        let kept = moment.span.map { timeline.spans[$0].directive + 1 } ?? 0
        var base = run.scenario
        base.steps = Array(base.steps.prefix(kept))
        do {
            let scenario = try Branching.scenario(base, adding: text)
            let other = ScenarioRun(scenario, on: run.version)
            if let last = other.timeline.spans.last, let refusal = last.refusal {
                choices.message = refusal
                return
            }
            remember()
            branches.append(Branch(other, at: other.timeline.end))
            choices.branch = branches.count - 1
            show(other, at: other.timeline.end)
            choices.message =
                "branch \(choices.branch): \(scenario.steps.count) operations; "
                + ":branch 0 goes back to the story, :save FILE writes this"
        } catch {
            choices.message = error.diagnostics.first?.message ?? "not understood"
        }
    }

    private mutating func compareBranches(_ numbers: [Int]) {
        guard numbers.allSatisfy(branches.indices.contains) else {
            choices.message = noSuchBranch
            return
        }
        remember()
        choices.comparedBranches = numbers
        reduce(&self, .view(.versions))
    }

    private var noSuchBranch: String {
        branches.isEmpty
            ? "there is no branch; :do runs an operation from here as one"
            : "branches go from 0, the story, to \(branches.count - 1)"
    }

    /// Keeps the place in the branch that is left.
    private mutating func remember() {
        if branches.isEmpty { branches = [Branch(run, at: position)] }
        branches[choices.branch] = Branch(run, at: position)
    }

    /// Those after it move up. Who stands in it stands in the story then.
    private mutating func removeBranch(_ number: Int) {
        guard branches.indices.contains(number) else {
            choices.message = noSuchBranch
            return
        }
        guard number > 0 else {
            choices.message = "the story stays"
            return
        }
        if choices.branch == number { goToBranch(0) }
        remember()
        branches.remove(at: number)
        if choices.branch > number { choices.branch -= 1 }
        choices.comparedBranches = choices.comparedBranches.filter { $0 != number }
            .map { $0 > number ? $0 - 1 : $0 }
        if branches.count == 1 { branches = [] }
        choices.message = "branch \(number) removed"
    }

    private mutating func goToBranch(_ number: Int) {
        guard branches.indices.contains(number) else {
            choices.message = noSuchBranch
            return
        }
        remember()
        choices.branch = number
        let run = branches[number].load()
        show(run, at: branches[number].position)
        choices.message = number == 0 ? "the story" : "branch \(number)"
    }
}

/// Adds to a scenario by writing it down, adding a line, and reading it again: what can be typed is
/// what a file can hold, with the same complaints.
enum Branching {
    static func scenario(
        _ base: Scenario, adding text: String
    ) throws(ScenarioError) -> Scenario {
        var base = base
        // Room for the letters that say what this is.
        if !base.name.hasSuffix("-branch"), base.name.count <= 57 { base.name += "-branch" }
        let written = base.yaml()
        let item = "- \(text)\n"
        let lines = written.split(separator: "\n", omittingEmptySubsequences: false)
        let steps = lines.lastIndex { $0.hasPrefix("steps:") } ?? lines.count - 1
        if base.steps.isEmpty {
            let head = lines[..<steps].joined(separator: "\n")
            return try Scenario.parse("\(head)\nsteps:\n\(item)", file: ":do")
        }
        let first = lines[(steps + 1)...].first { $0.drop { $0 == " " }.hasPrefix("- ") } ?? ""
        let indent = String(first.prefix { $0 == " " })
        return try Scenario.parse(written + indent + item, file: ":do")
    }
}
