import Canvas

/// Which key means which command: what the table says, and over it what the configuration says.
public struct KeyMap: Equatable, Sendable {
    /// What a key is bound to: a command, with what it takes after its name or without.
    public struct Binding: Equatable, Sendable {
        /// The command's name.
        let name: String
        let argument: String?

        var command: Command? { Command.exactly(name) }

        /// As it is written in the configuration.
        var text: String { name + (argument.map { " " + $0 } ?? "") }
    }

    private var bindings: [Key: Binding] = [:]
    /// By the command's name; keys that the configuration gave it come first.
    private var keysByCommand: [String: [Key]] = [:]

    /// The keys of the table.
    public static let standard: KeyMap = {
        var map = KeyMap()
        for command in Command.all {
            for key in command.keys {
                precondition(map.bindings[key] == nil, "two commands on \(key)")
                map.bindings[key] = Binding(name: command.name, argument: nil)
            }
        }
        map.collect()
        return map
    }()

    /// Mean the same in every mode, so that nobody is trapped in a text line.
    static let fixed: [Key: String] = ["C-c": "quit", "C-l": "redraw", "C-z": "suspend"]

    /// What a key means; nil: nothing.
    func binding(of key: Key) -> Binding? { bindings[key] }

    /// The keys that run a command, the one to name first.
    func keys(of command: Command) -> [Key] { keysByCommand[command.name] ?? [] }

    /// Gives a key another meaning, or none.
    mutating func bind(_ key: Key, to binding: Binding?) {
        bindings[key] = binding
        collect()
    }

    private mutating func collect() {
        keysByCommand = [:]
        let own = bindings.filter { key, binding in
            binding.argument == nil && binding.command?.keys.contains(key) == false
        }
        for (key, binding) in own.sorted(by: { $0.key.description < $1.key.description }) {
            keysByCommand[binding.name, default: []].append(key)
        }
        for command in Command.all {
            let kept = command.keys.filter {
                bindings[$0] == Binding(name: command.name, argument: nil)
            }
            if !kept.isEmpty { keysByCommand[command.name, default: []] += kept }
        }
    }

    // MARK: In sentences

    /// The key to name for a command, or how it is typed when it has none.
    func name(of command: String) -> String {
        keysByCommand[command]?.first?.description ?? ":" + command
    }

    /// A sentence in which `{next}` stands for the key of the command `next`.
    func spell(_ sentence: String) -> String {
        Self.pieces(sentence).map { $0.isCommand ? name(of: $0.text) : $0.text }.joined()
    }

    /// A sentence in pieces: text, and names of commands.
    static func pieces(_ sentence: String) -> [(text: String, isCommand: Bool)] {
        sentence.split(separator: "{", omittingEmptySubsequences: false).enumerated().flatMap {
            number, part -> [(text: String, isCommand: Bool)] in
            guard number > 0, let end = part.firstIndex(of: "}") else {
                return [(String(part), false)]
            }
            return [
                (String(part[..<end]), true), (String(part[part.index(after: end)...]), false),
            ]
        }
    }
}

extension Look {
    /// The key to name for a command; an arrow is drawn, not spelled.
    func key(of command: String) -> String {
        guard let command = Command.exactly(command), let key = keys.keys(of: command).first else {
            return keys.name(of: command)
        }
        return self.key(key)
    }

    /// A sentence in which `{next}` stands for the key of the command `next`.
    func sentence(_ text: String, _ style: Style = .text) -> StyledText {
        var result = StyledText()
        for piece in KeyMap.pieces(text) where !piece.text.isEmpty {
            result.append(
                piece.isCommand ? key(of: piece.text) : piece.text, piece.isCommand ? .key : style)
        }
        return result
    }
}
