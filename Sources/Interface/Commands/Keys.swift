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
        guard let command = Command.on(key) else {
            return .say("\(key) does nothing here; ? lists every key")
        }
        guard command.applies(self) else { return .say(command.refusal) }
        let action = command.action(choices.count.map { "\($0)" })
        return action ?? command.action(nil)
    }

    /// The list of causes takes the keys that move in it; Enter stays where it led to.
    private func whyAction(for key: Key) -> Action? {
        switch key {
        case "Up", "k", "Left", "h": .recall(-1)
        case "Down", "j", "Right", "l": .recall(1)
        case "w", "Tab": .why(nil)
        case "Esc": .escape
        case "Enter": .submit
        case "q": .quit
        default: .say("Up and Down move, w shows the next finding, Enter stays, Esc goes back")
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
