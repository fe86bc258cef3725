import Canvas
import Scenario

/// The line after `:`: a command's name and its argument.
enum CommandLine {
    struct ParseError: Error, Equatable {
        var message: String
    }

    private static func split(_ text: String) -> (name: String, argument: String?) {
        guard let blank = text.firstIndex(of: " ") else { return (text, nil) }
        let argument = String(text[text.index(after: blank)...]).trimmingBlanks
        return (String(text[..<blank]), argument.isEmpty ? nil : argument)
    }

    /// What a line means.
    static func parse(_ text: String, _ state: InterfaceState) -> Result<Action, ParseError> {
        func fail(_ message: String) -> Result<Action, ParseError> {
            .failure(ParseError(message: message))
        }
        let text = text.trimmingBlanks
        // As in other programs, a bare number goes there.
        if let position = Int(text) { return .success(.goto(position)) }
        if Command.isOperation(text, state.run.scenario) { return .success(.perform(text)) }
        let (word, argument) = split(text)
        // As in vi, a ! means: even so.
        let insists = word.hasSuffix("!") && Command.exactly(word) == nil
        let name = insists ? String(word.dropLast()) : word
        guard let command = Command.named(name) else {
            return fail("no command is named \(name)\(hint(for: name, state))")
        }
        if argument == nil, case .required(let what) = command.argument {
            let values = command.values(state)
            let hint = values.isEmpty ? "" : ": \(values.joined(separator: ", "))"
            return fail("\(command.name) needs \(what)\(hint)")
        }
        if argument != nil, case .none = command.argument {
            return fail("\(command.name) takes nothing after its name")
        }
        guard !insists || command.writesFile else {
            return fail("\(command.name) takes no !")
        }
        guard let action = command.action(argument) else {
            let values = command.values(state)
            let hint = values.isEmpty ? "" : ": \(values.joined(separator: ", "))"
            return fail("\(command.name) does not understand \(argument ?? "that")\(hint)")
        }
        guard command.applies(state) else { return fail(state.keys.spell(command.refusal)) }
        return .success((insists ? action.overwriting : nil) ?? action)
    }

    /// What may have been meant by a name that no command has.
    private static func hint(for name: String, _ state: InterfaceState) -> String {
        let near = Command.all.filter { $0.name.hasPrefix(name) }.map(\.name)
        guard near.isEmpty else { return "; did you mean \(near.joined(separator: ", "))?" }
        if let key = Key(name), let binding = state.keys.binding(of: key) {
            return "; the key \(name), without the colon, is \(binding.name)"
        }
        // With a colon behind it, it was to be an operation.
        let names = name.contains(":") ? [] : Command.all.map(\.name)
        let plain = name.filter { $0 != ":" }
        if let near = suggestion(for: plain, among: names + state.run.scenario.operationNames) {
            return "; did you mean :\(near)?"
        }
        return state.keys.spell("; {help} lists them")
    }

    /// Whole lines that the text can be completed to, in the order of the table.
    static func candidates(_ text: String, _ state: InterfaceState) -> [String] {
        let operations = text.isEmpty ? [] : Command.operationValues(state)
        guard text.contains(" ") else {
            return Command.all.map(\.name).filter { $0.hasPrefix(text) }
                + operations.filter { $0.hasPrefix(text) }
        }
        let (name, argument) = split(text)
        if Command.isOperation(text, state.run.scenario) {
            return operations.filter { $0.hasPrefix(text) }
        }
        guard let command = Command.named(name) else { return [] }
        return command.values(state).filter { $0.hasPrefix(argument ?? "") }
            .map { "\(command.name) \($0)" }
    }

    /// The text, as far as all candidates agree; after the only one comes a blank when it takes an
    /// argument.
    static func completed(_ text: String, _ state: InterfaceState) -> String {
        let candidates = candidates(text, state)
        guard let first = candidates.first else { return text }
        guard candidates.count > 1 else {
            if let command = Command.exactly(first) {
                if case .none = command.argument { return first }
                return first + " "
            }
            return first
        }
        let common = candidates.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        return common.count > text.count ? common : text
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
