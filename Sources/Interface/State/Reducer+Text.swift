import Canvas

extension InterfaceState {
    mutating func reduceText(_ action: Action) -> [Effect] {
        switch action {
        case .commandLine(let text): choices.mode = .command(LineEdit(text))
        case .searchLine: choices.mode = .search(LineEdit())
        case .answerLine:
            if openQuestion == nil {
                choices.message = "nothing is asked here"
            } else {
                choices.mode = .answer(LineEdit())
            }
        case .help: choices.mode = .help(LineEdit(), selected: 0)
        case .type(let scalar): editLine { $0.insert(Character(scalar)) }
        case .edit(let edit):
            // Erasing before the beginning of an empty line closes it.
            if edit == .eraseBefore, isLineEmpty {
                choices.mode = .normal
            } else {
                editLine { $0.apply(edit) }
            }
        case .recall(let direction): recall(direction)
        case .complete: complete()
        case .submit: return submit()
        case .find(let pattern): find(pattern)
        case .match(let direction): goToMatch(direction)
        case .escape: escape()
        default: break
        }
        return []
    }

    private var isLineEmpty: Bool {
        switch choices.mode {
        case .normal, .why: false
        case .command(let line), .search(let line), .answer(let line), .help(let line, _):
            line.isEmpty
        }
    }

    private mutating func editLine(_ change: (inout LineEdit) -> Void) {
        switch choices.mode {
        case .normal, .why: break
        case .answer(var line):
            change(&line)
            choices.mode = .answer(line)
        case .command(var line):
            change(&line)
            choices.mode = .command(line)
        case .search(var line):
            change(&line)
            choices.mode = .search(line)
        case .help(var line, let selected):
            let before = line.text
            change(&line)
            choices.mode = .help(line, selected: line.text == before ? selected : 0)
        }
    }

    private mutating func recall(_ direction: Int) {
        switch choices.mode {
        case .help(let filter, let selected):
            let count = HelpScreen.commands(filter.text, keys).count
            let to = min(max(0, selected + direction), max(0, count - 1))
            choices.mode = .help(filter, selected: to)
        case .command(let line):
            let back = min(max(0, line.recalled - direction), choices.entered.count)
            var recalled = LineEdit(
                back == 0 ? "" : choices.entered[choices.entered.count - back])
            recalled.recalled = back
            choices.mode = .command(recalled)
        case .why: moveCause(direction)
        // An answer can be a slot of the tree.
        case .answer(let line):
            // First the one that the screen is about.
            if line.isEmpty, let subject, machine.mapping.pageTree.lookup(.init(subject)) != nil {
                choices.selected = subject
                addToAnswer(subject)
            } else {
                selectEntry(by: direction)
            }
        case .normal, .search: break
        }
    }

    private mutating func complete() {
        guard case .command(let line) = choices.mode else { return }
        choices.mode = .command(LineEdit(CommandLine.completed(line.text, self)))
    }

    private mutating func submit() -> [Effect] {
        let mode = choices.mode
        choices.mode = .normal
        switch mode {
        case .normal, .why: return []
        case .answer(let line):
            if !line.isEmpty { answer(line.text) }
            return []
        case .search(let line):
            guard !line.isEmpty else { return [] }
            find(line.text)
            return []
        case .help(let filter, let selected):
            let commands = HelpScreen.commands(filter.text, keys)
            guard commands.indices.contains(selected) else { return [] }
            return run(commands[selected])
        case .command(let line):
            let text = line.text.trimmingBlanks
            guard !text.isEmpty else { return [] }
            choices.entered.removeAll { $0 == text }
            choices.entered.append(text)
            switch CommandLine.parse(text, self) {
            case .success(let action): return reduce(&self, action)
            case .failure(let error):
                choices.message = error.message
                return []
            }
        }
    }

    /// A command chosen from the help: at once, or on the line when it needs an argument.
    private mutating func run(_ command: Command) -> [Effect] {
        if case .required = command.argument {
            return reduce(&self, .commandLine(command.name + " "))
        }
        guard command.applies(self), let action = command.action(nil) else {
            choices.message = keys.spell(command.refusal)
            return []
        }
        return reduce(&self, action)
    }

    /// One level back, the innermost first.
    private mutating func escape() {
        switch choices.mode {
        case .help(let filter, _) where !filter.isEmpty:
            choices.mode = .help(LineEdit(), selected: 0)
            return
        case .command, .search, .answer, .help:
            choices.mode = .normal
            return
        case .why(_, _, let origin):
            choices.mode = .normal
            move(to: origin)
            return
        case .normal: break
        }
        if choices.count != nil {
            choices.count = nil
        } else if choices.isPlaying {
            choices.isPlaying = false
        } else if choices.selected != nil {
            choices.selected = nil
        } else if choices.view != .tree {
            choices.view = .tree
            choices.focus = .tree
        } else if choices.focus != .tree {
            choices.focus = .tree
        }
    }
}

extension String {
    /// The text without blanks at both ends.
    var trimmingBlanks: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
