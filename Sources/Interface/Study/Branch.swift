import Kernel
import PageCache
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

    /// Runs an operation of the scenario language at this very statement, as a branch: what is in
    /// the middle of an operation stays there, beside it.
    private mutating func perform(_ text: String) {
        guard machine.bug == nil, machine.hasPower else {
            choices.message = "nothing runs any more at this point; go back first"
            return
        }
        let parked = run.parked(at: position)
        do {
            let scenario = try Branching.scenario(
                run.scenario(upTo: position), adding: text, parked: parked)
            let other = ScenarioRun(scenario, on: run.version)
            if let last = other.timeline.spans.last, let refusal = last.refusal {
                choices.message = refusal
                return
            }
            let place = Branching.place(self, scenario, parked)
            remember()
            branches.append(Branch(other, at: other.timeline.end))
            choices.branch = branches.count - 1
            show(other, at: other.timeline.end)
            choices.message =
                "branch \(choices.branch): \(place ?? counted(scenario.steps.count, "operation"))"
                + "; :branch 0 goes back\(place == nil ? " to the story" : "")"
                + ", :save FILE writes this"
        } catch {
            choices.message = Branching.complaint(error, text, parked, run.scenario(upTo: position))
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

/// What is typed is what a file can hold, with the same complaints.
enum Branching {
    static func scenario(
        _ base: Scenario, adding text: String, parked: [String] = []
    ) throws(ScenarioError) -> Scenario {
        var base = base
        // Room for the letters that say what this is.
        if !base.name.hasSuffix("-branch"), base.name.count <= 57 { base.name += "-branch" }
        do {
            return try base.adding(line: text, file: ":do", parked: parked)
        } catch {
            // On a bare tree values stand one after the other: store 512 order 9.
            guard base.tree != nil, let spelled = base.respelled(text) else { throw error }
            return try base.adding(line: spelled, file: ":do", parked: parked)
        }
    }

    /// `beside app, parked at step 150 in dax_writeback_one`; nil between operations.
    static func place(_ state: InterfaceState, _ scenario: Scenario, _ parked: [String]) -> String?
    {
        guard let step = scenario.steps.last, !parked.isEmpty else { return nil }
        if step.action == .resume { return "\(step.task) goes on from step \(state.position)" }
        let running = state.moment.place == .inside ? state.run.task(at: state.position) : nil
        let others = parked.filter { $0 != running }
        let places = ([running].compactMap(\.self) + others).map { name in
            let frame = state.machine.tasks.first { $0.name == name }?.frames.last
            let function = frame.map { state.timeline.kernel.listing(of: $0).name } ?? ""
            let step = name == running ? " at step \(state.position)" : ""
            return "\(name), parked\(step) in \(function)"
        }
        return "\(step.task) beside \(places.joined(separator: ", and "))"
    }

    /// What is wrong with a line, and how it is written when that can be guessed.
    static func complaint(
        _ error: ScenarioError, _ text: String, _ parked: [String], _ base: Scenario
    ) -> String {
        let first = error.diagnostics.first
        let message = [first?.message, first?.hint].compactMap(\.self).joined(separator: "; ")
        guard let spelled = base.respelled(text) else { return message }
        do {
            _ = try scenario(base, adding: spelled, parked: parked)
            return "did you mean :\(spelled)?"
        } catch {
            let reason = error.diagnostics.first?.message ?? message
            return "it is written :\(spelled), but \(reason)"
        }
    }
}
