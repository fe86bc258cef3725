import Kernel
import Scenario

/// What a person said to a question of the story.
public struct Answer: Equatable, Sendable {
    public var text: String
    public var isRight: Bool
}

extension InterfaceState {
    /// The question that stands before the next operation: its step of the scenario.
    var openQuestion: Int? {
        guard moment.place == .start || moment.place == .between else { return nil }
        let next = moment.span.map { $0 + 1 } ?? 0
        guard timeline.spans.indices.contains(next) else { return nil }
        let step = timeline.spans[next].directive
        return run.scenario.steps[step].ask == nil ? nil : step
    }

    /// What the model, or the scenario, answers after a step.
    func rightAnswer(_ step: Int) -> String? {
        guard let question = run.scenario.steps[step].ask else { return nil }
        switch question.answer {
        case .observable(let observable): return run.answer(to: observable, after: step)
        case .text(let text): return text.text(for: run.version)
        }
    }

    mutating func answer(_ text: String) {
        guard let step = openQuestion, let right = rightAnswer(step) else {
            choices.message = "nothing is asked here"
            return
        }
        let isRight = Grading.agrees(text, right)
        choices.answers[QuestionSpot(version: run.version, step: step)] = Answer(
            text: text, isRight: isRight)
        choices.message =
            isRight
            ? "right: \(right)" : "not what happens; run the operation and look (n)"
    }

    /// While an answer is typed, a clicked slot is the answer; clicked again it is taken away.
    mutating func addToAnswer(_ index: UInt64) {
        guard case .answer(let line) = choices.mode else { return }
        var indices = Grading.indices(line.text) ?? []
        if let at = indices.firstIndex(of: index) {
            indices.remove(at: at)
        } else {
            indices.append(index)
        }
        let list = indices.sorted().map { "\($0)" }.joined(separator: ", ")
        choices.mode = .answer(LineEdit(list.isEmpty ? "" : "index \(list)"))
    }

    /// Questions answered, and answered well, on any kernel.
    var score: (answered: Int, right: Int) {
        (choices.answers.count, choices.answers.values.count { $0.isRight })
    }
}

/// Where a question stands.
public struct QuestionSpot: Hashable, Sendable {
    public var version: KernelVersion
    /// In the scenario's steps.
    public var step: Int
}

/// Compares what a person typed with what is right, as a teacher would.
enum Grading {
    static func agrees(_ given: String, _ right: String) -> Bool {
        if let a = number(given), let b = number(right) { return a == b }
        if let slots = indices(given) { return Set(slots) == numbers(right) }
        let said = words(given)
        guard !said.isEmpty else { return false }
        // What stands behind a comma explains the answer.
        let short = words(String(right.split(separator: ",").first ?? ""))
        let whole = words(right)
        return said == short || said == whole || Set(said) == Set(whole)
            || !short.isEmpty && said.first == short.first && Set(short).isSubset(of: said)
    }

    /// A number in any spelling that the scenario format has, wrapped to 64 bits.
    static func number(_ text: String) -> UInt64? {
        var text = text.trimmingBlanks.lowercased().replacing("−", with: "-")
        text.removeAll { $0 == " " || $0 == "_" || $0 == "," }
        if text.hasPrefix("2^64-") { return UInt64(text.dropFirst(5)).map { 0 &- $0 } }
        if text.hasPrefix("-") { return UInt64(text.dropFirst()).map { 0 &- $0 } }
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
        return UInt64(text)
    }

    /// The slots of an answer that was selected, `index 3, 512`; nil for one that was typed.
    static func indices(_ text: String) -> [UInt64]? {
        let text = text.trimmingBlanks
        guard text.hasPrefix("index ") else { return nil }
        let parts = text.dropFirst(6).split(separator: ",")
        let numbers = parts.compactMap { UInt64(String($0).trimmingBlanks) }
        return numbers.count == parts.count && !numbers.isEmpty ? numbers : nil
    }

    /// Every number in a text.
    private static func numbers(_ text: String) -> Set<UInt64> {
        Set(text.split { !$0.isNumber }.compactMap { UInt64($0) })
    }

    /// Words in lower case, without articles and signs.
    private static func words(_ text: String) -> [String] {
        let empty: Set<String> = ["the", "a", "an", "it", "is", "at", "of"]
        return text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            .filter { !empty.contains($0) }
    }
}
