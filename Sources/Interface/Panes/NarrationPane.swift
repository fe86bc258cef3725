import Canvas
import Kernel
import PageCache
import Scenario
import Stepping

/// What happens, in sentences: the story of the scenario, the statement that is next, and at the
/// end what the console says.
enum NarrationPane {
    static func title(_ scene: Scene) -> (title: StyledText, note: StyledText?) {
        if let (why, _) = scene.state.why {
            let what =
                why.finding.map { FindingsPane.describe($0, scene) }
                ?? why.counter?.rawValue ?? ""
            return (StyledText("why", .title) + StyledText(scene.look.dot + what), nil)
        }
        let operation = StyledText(scene.look.dot + operation(scene))
        switch scene.moment.place {
        case .start: return (StyledText("how to go on", .title), nil)
        case .bug:
            let noun = scene.machine.bug?.noun ?? "BUG"
            return (StyledText("kernel \(noun)", .bug) + operation, nil)
        case .between, .end: return (StyledText("what happened", .title) + operation, nil)
        case .inside:
            // Without a pane for the task its locks are told here.
            let locks = scene.form == .compact ? TaskPane.held(TaskPane.task(scene), scene) : nil
            // The story tells the end of the operation until a text for this place is told.
            let title = told(scene).isEmpty ? "what will happen" : "what happens"
            return (StyledText(title, .title) + operation, locks)
        }
    }

    /// `store huge[512] = 0xa5`, with the task when there are several.
    private static func operation(_ scene: Scene) -> String {
        guard let span = scene.moment.span else { return "" }
        let operation = scene.timeline.spans[span]
        let hasTasks = scene.timeline.plan.contains { $0.task != operation.task }
        let task = hasTasks ? scene.look.text(operation.task) + ": " : ""
        return task + scene.look.operation(operation)
    }

    static func text(_ scene: Scene, _ size: Size) -> PaneText {
        let width = max(1, size.width - 2)
        if let (why, cause) = scene.state.why { return WhyText.causes(why, cause, scene, size) }
        let paragraphs: [StyledText]
        var fixed: [StyledText] = []
        var now = 0..<0
        switch scene.moment.place {
        case .start: paragraphs = start(scene) + QuestionText.open(scene)
        case .inside:
            fixed = size.height >= 6 && scene.form == .compact ? excerpt(scene, size) : []
            let next = fixed.isEmpty ? [next(scene)] : []
            let told = told(scene)
            paragraphs = next + told + ahead(scene, hasTold: !told.isEmpty)
            now = next.count + max(0, told.count - 1)..<next.count + told.count
        case .between, .end:
            paragraphs =
                story(scene) + outcome(scene) + QuestionText.answered(scene) + afterwards(scene)
        case .bug: paragraphs = bug(scene) + QuestionText.answered(scene) + story(scene)
        }
        let lines = paragraphs.map { $0.wrapped(to: width) }
        // What is so now stays in sight; what was before scrolls out.
        let first = lines[..<now.lowerBound].reduce(0) { $0 + $1.count }
        let end = lines[..<now.upperBound].reduce(0) { $0 + $1.count }
        let top = min(first, max(0, end - (size.height - fixed.count)))
        return PaneText(fixed: fixed, Array(lines.joined()), top: top)
    }

    // MARK: Parts

    private static func start(_ scene: Scene) -> [StyledText] {
        let look = scene.look
        guard scene.timeline.end > 0 else { return sandbox(look) }
        return [
            look.sentence(
                "Nothing has run yet. Press {next} to begin and again for each statement of the "
                    + "kernel; {next-operation} runs a whole operation. {back} and "
                    + "{previous-operation} take it back, nothing is lost."),
            look.sentence(
                "{continue} runs to the next thing that goes wrong, {next-kernel} shows the same "
                    + "on another kernel, {help} lists every key, {quit} leaves."),
        ]
    }

    /// A scenario without a step: what happens is up to the person.
    private static func sandbox(_ look: Look) -> [StyledText] {
        var text = look.sentence(
            "Nothing happens by itself here. Type {command} and an operation; ")
        text.append("Tab", .key)
        return [text + look.sentence(" completes, {help} lists every key, {quit} leaves.")]
    }

    /// The sentences of the scenario for this kernel.
    private static func story(_ scene: Scene) -> [StyledText] {
        if isWithheld(scene) {
            let way = "Quiz: {previous-operation} goes back to the question, {answer} answers it."
            return [scene.look.sentence(way, .dim)]
        }
        return said(scene).map { StyledText(scene.look.text($0).reflowed, .narration) }
    }

    private static func said(_ scene: Scene) -> [String] {
        let version = scene.state.run.version
        return [scene.step?.say, scene.step?.note].compactMap { $0?.text(for: version) }
    }

    /// Whether the story would answer a question that a quiz still asks.
    private static func isWithheld(_ scene: Scene) -> Bool {
        guard let step = scene.step, let span = scene.moment.span else { return false }
        let number = scene.timeline.spans[span].directive
        let key = QuestionSpot(version: scene.state.run.version, step: number)
        return scene.state.choices.isQuiz && step.ask != nil
            && scene.state.choices.answers[key] == nil
    }

    /// What the scenario says about the places that the operation has come to. The last is so now;
    /// those before it were so from their step on, and stand back.
    private static func told(_ scene: Scene) -> [StyledText] {
        guard let span = scene.moment.span, !isWithheld(scene) else { return [] }
        let number = scene.timeline.spans[span].directive
        let told = scene.state.run.told(in: number, upTo: scene.state.position)
        return told.enumerated().map { index, telling in
            let text = scene.look.text(telling.text).reflowed
            guard index < told.count - 1 else { return StyledText(text, .narration) }
            return StyledText("\(telling.position) ", Style(.lineNumber)) + StyledText(text, .dim)
        }
    }

    /// The story while the operation runs: what it says is not so yet.
    private static func ahead(_ scene: Scene, hasTold: Bool) -> [StyledText] {
        if isWithheld(scene) { return story(scene) }
        return said(scene).enumerated().map { number, text in
            let head = number == 0 && hasTold ? "What will happen: " : ""
            return StyledText(head + scene.look.text(text).reflowed, .dim)
        }
    }

    /// The statement that runs next, as a sentence.
    private static func next(_ scene: Scene) -> StyledText {
        guard let next = statement(scene) else { return StyledText() }
        var text = StyledText(scene.look[.current] + " ", .key)
        text.append(scene.look.text(next.name), Style(.function))
        text.append(": ")
        text.append(scene.look.text(next.text), Style(.statement).with(.current))
        return text
    }

    private static func statement(_ scene: Scene) -> (name: String, text: String)? {
        guard let next = scene.timeline.nextStatement(at: scene.state.position) else { return nil }
        return (next.listing.name, next.listing.statements[next.number].text)
    }

    /// Where there is no pane for the task: the way to the function, the statement that has just
    /// run, wherever that was, the next one and the one below it.
    private static func excerpt(_ scene: Scene, _ size: Size) -> [StyledText] {
        guard let next = scene.timeline.nextStatement(at: scene.state.position) else { return [] }
        let look = scene.look
        let frames = scene.machine.tasks[TaskPane.task(scene)].frames
        let names = frames.map { scene.timeline.kernel.listing(of: $0).name }
        var way = StyledText(names.dropLast().suffix(2).map { $0 + " > " }.joined(), .dim)
        if names.count > 3 { way = StyledText(look[.ellipsis] + " ", .dim) + way }
        way.append(next.listing.name, Style(.function))
        let line = next.listing.statements[next.number].line
        var lines = [TaskPane.withSource(way, next.listing, line, scene, size.width)]
        lines.append(TaskPane.lastStatement(scene, TaskPane.task(scene)) ?? StyledText())
        let statements = next.listing.statements
        let current = Style(.statement).with(.current)
        lines.append(
            StyledText(look[.current] + " ", .key)
                + StyledText(look.text(statements[next.number].text), current))
        let below = next.number + 1
        let text = statements.indices.contains(below) ? look.text(statements[below].text) : ""
        lines.append(StyledText("  ") + StyledText(text, Style(.statement)))
        return lines
    }

    /// What the operation came back with.
    static func outcome(_ scene: Scene) -> [StyledText] {
        guard let span = scene.moment.span else { return [] }
        let operation = scene.timeline.spans[span]
        if let refusal = operation.refusal {
            return [StyledText("It could not begin: " + scene.look.text(refusal), .warning)]
        }
        let unmet = unmet(scene, operation)
        guard let task = scene.machine.tasks.first(where: { $0.name == operation.task }),
            operation.operation?.name != "fail"
        else { return unmet }
        if case .waiting(let wait) = task.state { return unmet + [waiting(for: wait, scene)] }
        // What a resume of nothing came back with is of an earlier operation.
        guard task.frames.isEmpty, operation.unmet != .nothingToResume else { return unmet }
        let faults = task.outcome.minorFaults + task.outcome.majorFaults
        if task.outcome.signal == "livelock" {
            return unmet + [
                StyledText(
                    "It does not end: each page fault leads to the same one again (livelock). "
                        + "\(faults) is where the model stops counting.", .warning)
            ]
        }
        var facts: [String] = []
        let isAccess = task.outcome.value != nil
        if let signal = task.outcome.signal {
            facts.append("ended with \(signal)")
        } else if let value = scene.look.value(of: task.outcome),
            operation.operation?.isRead == true
        {
            let data = task.outcome.data
            facts.append("read \(data.runs.count > 1 ? scene.look.runs(data) : value)")
        } else if task.outcome.code < 0 {
            facts.append("failed with \(task.outcome.code)")
        } else if operation.operation == .powerLoss {
            return unmet + [StyledText("Nothing returned: the power is gone.", .dim)]
        } else if !isAccess, task.outcome.reclaim == nil {
            facts.append("returned \(task.outcome.code)")
        }
        if let found = task.outcome.found {
            facts.append("found \(scene.machine.describe(found, at: 0...0).name)")
        }
        if let resident = task.outcome.resident {
            facts.append("found \(counted(resident.count, "page")) in memory")
        }
        if let reclaim = task.outcome.reclaim {
            facts.append("freed \(counted(reclaim.reclaimed, "page"))")
            if reclaim.active + reclaim.kept > 0 {
                facts.append(
                    "left \(reclaim.active) active and \(counted(reclaim.kept, "other"))")
            }
        }
        if faults > 0 { facts.append("took \(counted(faults, "page fault"))") }
        guard !facts.isEmpty else { return unmet }
        return unmet + [StyledText("It " + facts.joined(separator: " and ") + ".", .dim)]
    }

    /// What the step was to do and did not; a warning unless the scenario expects it.
    private static func unmet(_ scene: Scene, _ operation: OperationSpan) -> [StyledText] {
        guard let unmet = operation.unmet, let step = scene.step else { return [] }
        let isMeant = step.conditions(for: scene.state.run.version)
            .contains { $0.value == .met(false) }
        let text = "The step " + scene.look.text(unmet.description) + "."
        return [StyledText(text, isMeant ? .dim : .warning)]
    }

    /// `It waits for tree_lock, which app holds.`
    private static func waiting(for wait: Wait, _ scene: Scene) -> StyledText {
        let names = Audit.holders(wait, scene.machine)
            .map { scene.look.text(scene.machine.tasks[$0].name) }
        let owner = names.isEmpty ? "" : ", which \(names.joined(separator: " and ")) holds"
        return StyledText(
            "It waits for \(wait.name(scene.machine.vocabulary))\(owner).", Style(.warning))
    }

    /// What comes next between two operations.
    private static func afterwards(_ scene: Scene) -> [StyledText] {
        let look = scene.look
        guard scene.state.position < scene.timeline.end else { return ending(scene) }
        let next = scene.moment.span.map { $0 + 1 } ?? 0
        guard scene.timeline.spans.indices.contains(next) else { return [] }
        var text = StyledText("Next: ", .dim)
        text.append(look.operation(scene.timeline.spans[next]), .title)
        text += look.sentence("  ({next-operation} runs it, {next} steps into it)", .dim)
        return [text] + QuestionText.open(scene)
    }

    private static func ending(_ scene: Scene) -> [StyledText] {
        guard scene.state.choices.branch == 0 else {
            return [
                scene.look.sentence(
                    "This is the end of your branch. {command} and an operation goes on, {start} "
                        + "goes to its start, :branch 0 to the story.")
            ]
        }
        let isAlone = scene.scenario.kernels.count == 1
        let text = scene.look.sentence(
            "This is the end of the story. {start} goes back to the start"
                + (isAlone ? "." : ", {next-kernel} shows the end on another kernel."))
        let score = scene.state.score
        guard score.answered > 0 else { return [text] }
        let count = counted(score.answered, "question")
        return [
            text, StyledText("You answered \(count), \(score.right) of them right.", .title),
        ]
    }

    // MARK: BUG

    /// What the console prints, what the check found, and what is left behind.
    private static func bug(_ scene: Scene) -> [StyledText] {
        guard let bug = scene.machine.bug else { return [] }
        let look = scene.look
        let mapping = scene.machine.mapping
        var lines = [StyledText(" \(bug.headline) ", .bug)]
        guard bug.kind == .bug else {
            return lines + [StyledText("\(bug.function): \(bug.reason).", .text)]
        }
        var found = StyledText("\(bug.function) found nrpages ", .text)
        found.append(look.longCounter(mapping.nrpages), .counterWrong)
        let counts = scene.moment.counts
        var held = counted(Int(counts.pages), scene.machine.vocabulary.page)
        if scene.machine.counters.contains(.nrexceptional) {
            let name = FindingsPane.name(of: .nrexceptional, scene.state.run.version)
            found.append(" and \(name) ")
            found.append(look.longCounter(mapping.nrexceptional), .counterWrong)
            held += " and \(counts.exceptional) exceptional"
        }
        found.append("; the tree holds \(held).")
        lines.append(found)
        let task = TaskPane.task(scene)
        let lock = scene.machine.vocabulary.lock
        if scene.machine.locks.writer(of: .tree) == task {
            lines.append(
                StyledText(
                    "Task \(look.text(scene.machine.tasks[task].name)) died holding \(lock), "
                        + "with interrupts off.", .warning))
        }
        return lines
    }
}
