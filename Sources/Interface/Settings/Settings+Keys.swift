import Canvas
import Scenario

extension Settings {
    /// What a line such as `key.x = next` has before its key.
    static let keyPrefix = "key."

    /// The part of the default file that is about keys: each as it is.
    static var defaultKeys: String {
        var text = """

            # Keys: key.KEY = COMMAND, with what the command takes after its name, or none.
            # A key has one command, a command any number of keys. Keys are written x, X, Space,
            # Left, F9, C-x (with Control) and S-Tab (with Shift).

            """
        for section in Command.Section.allCases {
            let commands = Command.all.filter { $0.section == section }
            let lines = commands.flatMap { command in
                command.keys.filter { KeyMap.fixed[$0] == nil }.map {
                    "#\(keyPrefix)\($0) = \(command.name)\n"
                }
            }
            if !lines.isEmpty { text += "# \(section.rawValue)\n" + lines.joined() }
        }
        return text
    }

    /// Where the `=` of a line stands that gives a key its command: behind the key, which can be
    /// that very sign.
    static func equals(in line: String) -> String.Index? {
        guard line.hasPrefix(keyPrefix) else { return line.firstIndex(of: "=") }
        let key = line.dropFirst(keyPrefix.count)
        guard !key.isEmpty else { return nil }
        return key.dropFirst().firstIndex(of: "=")
    }

    /// The key of a line such as `key.C-x = next`.
    static func key(_ name: String) throws(KeyProblem) -> Key {
        guard let key = Key(name) else {
            throw KeyProblem(
                "no key is named \(quoted(name)); "
                    + (nearKey(name).map { "did you mean '\($0)'?" }
                        ?? "keys are written x, X, Space, Left, F9, C-x or S-Tab"))
        }
        if let meaning = KeyMap.fixed[key] {
            throw KeyProblem("\(key) is \(meaning) everywhere and cannot be anything else")
        }
        if let typed = key.typed, ("0"..."9").contains(typed) {
            throw KeyProblem("\(key) begins a count and cannot be a command")
        }
        return key
    }

    /// The key that somebody may have meant who writes keys as other programs do.
    private static func nearKey(_ name: String) -> String? {
        var rest = name.lowercased().filter { $0 != "<" && $0 != ">" }
        var modifiers = ""
        let spellings = [
            ("ctrl", "C-"), ("control", "C-"), ("^", "C-"), ("alt", "M-"), ("meta", "M-"),
            ("shift", "S-"),
        ]
        for (spelling, modifier) in spellings where rest.hasPrefix(spelling) {
            modifiers += modifier
            rest = String(rest.dropFirst(spelling.count).drop { $0 == "-" || $0 == "+" })
        }
        if let key = Key(modifiers + rest) { return key.description }
        let others = ["pgup": "PageUp", "pgdn": "PageDown", "return": "Enter", "del": "Delete"]
        return others[rest].map { modifiers + $0 }
            ?? suggestion(for: rest, among: Key.names).map { modifiers + $0 }
    }

    /// What stands behind the `=` of a key's line; nil: the key means nothing.
    static func binding(_ text: String) throws(KeyProblem) -> KeyMap.Binding? {
        guard text != "none" else { return nil }
        let name = String(text.prefix { $0 != " " })
        let argument = String(text.dropFirst(name.count)).trimmingBlanks
        guard let command = Command.exactly(name) else {
            let near = suggestion(for: name, among: Command.all.map(\.name))
            throw KeyProblem(
                "no command is named \(quoted(name)); "
                    + (near.map { "did you mean '\($0)'?" } ?? "radixscope manual lists them"))
        }
        guard !argument.isEmpty else {
            return KeyMap.Binding(name: command.name, argument: nil)
        }
        if case .none = command.argument {
            throw KeyProblem("\(command.name) takes nothing after its name")
        }
        guard command.action(argument) != nil else {
            throw KeyProblem("\(command.name) does not understand \(quoted(argument))")
        }
        return KeyMap.Binding(name: command.name, argument: argument)
    }
}

/// Why a line about a key cannot be used.
struct KeyProblem: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
