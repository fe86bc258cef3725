import Canvas

extension InterfaceState {
    /// What an event means in the mode that keys go to; nil: nothing.
    func action(for event: Event) -> Action? {
        switch event {
        case .key(let key): action(for: key)
        case .mouse(let mouse): .pointer(mouse)
        case .resize(let size): .resize(size)
        case .timeout: choices.isPlaying ? .tick : nil
        case .endOfInput: .quit
        }
    }

    private func action(for key: Key) -> Action? {
        // These mean the same everywhere: nobody must be trapped in a text line.
        if key == "C-c" { return .quit }
        if key == "C-l" { return .redraw }
        if key == "C-z" { return .suspend }
        if choices.mode == .normal { return normalAction(for: key) }
        if case .why = choices.mode { return whyAction(for: key) }
        return textAction(for: key)
    }

    private func normalAction(for key: Key) -> Action? {
        if let digit = key.typed.flatMap({ Int(String($0)) }), digit > 0 || choices.count != nil {
            return .digit(digit)
        }
        guard let binding = keys.binding(of: key), let command = binding.command else {
            return .say(keys.spell("\(key) does nothing here; {help} lists every key"))
        }
        guard command.applies(self) else { return .say(keys.spell(command.refusal)) }
        if let argument = binding.argument { return command.action(argument) }
        // What needs more to be said is said on the line.
        if case .required = command.argument { return .commandLine(command.name + " ") }
        let action = command.action(choices.count.map { "\($0)" })
        return action ?? command.action(nil)
    }

    /// The list of causes takes the keys that move in it; Enter stays where it led to.
    private func whyAction(for key: Key) -> Action? {
        switch (key, keys.binding(of: key)?.name) {
        case ("Esc", _): .escape
        case ("Enter", _): .submit
        case ("Tab", _), (_, "why"): .why(nil)
        case (_, "up"), (_, "back"): .recall(-1)
        case (_, "down"), (_, "next"): .recall(1)
        case (_, "quit"): .quit
        default:
            .say(
                keys.spell(
                    "Up and Down move, {why} shows the next finding, Enter stays, Esc goes back"))
        }
    }

    private func textAction(for key: Key) -> Action? {
        if let scalar = key.typed { return .type(scalar) }
        switch key {
        case "Esc", "C-g": return .escape
        case "Enter": return .submit
        case "Tab": return .complete
        case "Backspace", "C-h": return .edit(.eraseBefore)
        case "Delete": return .edit(.eraseAfter)
        case "C-w": return .edit(.eraseWord)
        case "C-u": return .edit(.clear)
        case "Left": return .edit(.left)
        case "Right": return .edit(.right)
        case "Home", "C-a": return .edit(.home)
        case "End", "C-e": return .edit(.end)
        case "Up", "C-p": return .recall(-1)
        case "Down", "C-n": return .recall(1)
        case "PageUp": return .page(-1)
        case "PageDown": return .page(1)
        default: return nil
        }
    }
}
