import Canvas
import Scenario

/// One thing that a person can do. The table of these feeds the keys, the line after `:` and its
/// completion, the help, and the line of keys at the bottom.
public struct Command: Sendable {
    /// Where the help lists it.
    public enum Section: String, CaseIterable, Sendable {
        case time = "Through time"
        case marks = "Marks and breakpoints"
        case study = "Study"
        case views = "Views"
        case look = "Around the screen"
        case find = "Find"
        case kernels = "Kernels"
        case program = "Program"
    }

    /// What may stand after the name, or before the key.
    public enum Argument: Sendable {
        case none
        /// A number, on the line or typed before the key.
        case count
        /// A text that must be there; what it is, as the help calls it.
        case required(String)
        case optional(String)
    }

    /// What is typed after `:`. Lower-case letters and `-`.
    public let name: String
    public let aliases: [String]
    /// The keys that it has unless the configuration says otherwise; see `KeyMap`.
    public let keys: [Key]
    public let argument: Argument
    /// It writes the file that it is given; with a `!` behind its name also over one that is there.
    public let writesFile: Bool
    /// One line for the help.
    public let summary: String
    public let section: Section
    /// A word or two for the line of keys; nil: it never stands there.
    let label: String?
    /// The place in the line of keys; small ones come first and are the last to go.
    let rank: Int
    /// What completes the argument.
    let values: Values
    /// When it can do anything.
    let condition: Condition
    /// What it means with an argument; nil when the argument is not understood.
    let action: @Sendable (String?) -> Action?

    init(
        _ name: String, _ keys: [Key] = [], _ section: Section, _ summary: String,
        aliases: [String] = [], argument: Argument = .none, writesFile: Bool = false,
        label: String? = nil, rank: Int = 99, values: Values = .any,
        when condition: Condition = .always,
        action: @escaping @Sendable (String?) -> Action?
    ) {
        self.name = name
        self.aliases = aliases
        self.keys = keys
        self.argument = argument
        self.writesFile = writesFile
        self.summary = summary
        self.section = section
        self.label = label
        self.rank = rank
        self.values = values
        self.condition = condition
        self.action = action
    }

    /// The name with its argument, as the help shows it.
    public var usage: String {
        let name = name + (writesFile ? "[!]" : "")
        return switch argument {
        case .none: name
        case .count: "\(name) [COUNT]"
        case .required(let what): "\(name) \(what)"
        case .optional(let what): "\(name) [\(what)]"
        }
    }

    /// Whether the help's filter finds it: every word in its keys, its name or its summary.
    func matches(_ filter: String, _ map: KeyMap) -> Bool {
        let keys = map.keys(of: self)
        let text = ([name, summary, section.rawValue] + aliases).joined(separator: " ")
            .lowercased()
        return filter.lowercased().split(separator: " ").allSatisfy { word in
            text.contains(word) || keys.contains { $0.description.lowercased() == word }
        }
    }
}

extension Command {
    /// The command that a name or an alias means; a beginning is enough when it is the only one.
    static func named(_ word: String) -> Command? {
        if let exact = exactly(word) { return exact }
        let candidates = all.filter { $0.name.hasPrefix(word) }
        return candidates.count == 1 ? candidates[0] : nil
    }

    /// The command with this very name or alias.
    static func exactly(_ word: String) -> Command? {
        all.first { $0.name == word || $0.aliases.contains(word) }
    }

    /// Whether a line begins with an operation of the scenario language.
    static func isOperation(_ line: String, _ scenario: Scenario) -> Bool {
        let word = String(line.prefix { !":, ".contains($0) })
        return scenario.operationNames.contains(word)
    }
}
