import Canvas

/// What a person prefers in every scenario: what the configuration file says.
public struct Settings: Equatable, Sendable {
    /// Which signs to draw with.
    public enum Signs: String, CaseIterable, Sendable {
        /// What the locale can show.
        case auto
        case utf8, ascii
    }

    public var theme = Theme.default
    public var signs = Signs.auto
    /// Whether the terminal is asked for the mouse.
    public var mouse = false
    /// Steps a second while the story plays.
    public var speed = 4
    /// Whether the place in each scenario is kept for the next time.
    public var remembers = true
    /// Which key means which command.
    public var keys = KeyMap.standard

    public init() {}
}

/// A line of a configuration file that cannot be used.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1.
    public var line: Int
    public var message: String

    public var description: String { "\(file):\(line):1: \(message)" }
}

extension Settings {
    /// One setting: feeds the reader, the default file and the manual page.
    struct Entry: Sendable {
        let name: String
        /// What may stand after the `=`.
        let values: String
        /// What it does.
        let comment: String
        let get: @Sendable (Settings) -> String
        /// False: not a value.
        let set: @Sendable (inout Settings, String) -> Bool
    }

    static let entries: [Entry] = [
        Entry(
            name: "theme", values: Theme.all.map(\.name).joined(separator: ", "),
            comment: "The colours. NO_COLOR in the environment means mono, whatever stands here."
        ) {
            $0.theme.name
        } set: { settings, value in
            guard let theme = Theme.named(value) else { return false }
            settings.theme = theme
            return true
        },
        Entry(
            name: "signs", values: Signs.allCases.map(\.rawValue).joined(separator: ", "),
            comment: "The signs to draw with; auto takes what the locale can show."
        ) {
            $0.signs.rawValue
        } set: { settings, value in
            guard let signs = Signs(rawValue: value) else { return false }
            settings.signs = signs
            return true
        },
        toggle(
            "mouse", \.mouse,
            "Take the mouse: select slots, move along the timeline. The terminal's own selection\n"
                + "then needs the Shift key."),
        Entry(
            name: "speed", values: "1 to 60", comment: "Steps a second while the story plays."
        ) {
            "\($0.speed)"
        } set: { settings, value in
            guard let speed = Int(value), (1...60).contains(speed) else { return false }
            settings.speed = speed
            return true
        },
        toggle(
            "remember", \.remembers,
            "Come back to each scenario where it was left, with its marks and breakpoints."),
    ]

    private static func toggle(
        _ name: String, _ path: any WritableKeyPath<Settings, Bool> & Sendable, _ comment: String
    ) -> Entry {
        Entry(name: name, values: "on, off", comment: comment) {
            $0[keyPath: path] ? "on" : "off"
        } set: { settings, value in
            guard value == "on" || value == "off" else { return false }
            settings[keyPath: path] = value == "on"
            return true
        }
    }

    /// A configuration file that says what holds without one, every setting commented out.
    public static var defaultFile: String {
        var text = "# What radixscope does unless it is told otherwise. Take the # away before a\n"
        text += "# setting to change it.\n"
        for entry in entries {
            text += "\n"
            for line in entry.comment.split(separator: "\n") { text += "# \(line)\n" }
            text += "# One of: \(entry.values).\n#\(entry.name) = \(entry.get(Settings()))\n"
        }
        return text + defaultKeys
    }

    /// Reads a configuration file: `name = value`, comments after `#`, blank lines. A key of the
    /// keyboard has its command in a line such as `key.x = next`.
    ///
    /// - Parameter file: how messages call it.
    public static func parse(_ text: String, file: String) throws(SettingsError) -> Settings {
        var settings = Settings()
        var seen: [String: Int] = [:]
        var bound: [Key: (line: Int, command: String)] = [:]
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (number, line) in lines.enumerated() {
            let content = String(line.prefix { $0 != "#" }).trimmingSpace
            guard !content.isEmpty else { continue }
            func fail(_ message: String) -> SettingsError {
                SettingsError(file: file, line: number + 1, message: message)
            }
            guard let equals = Self.equals(in: content) else {
                throw fail("expected NAME = VALUE, found \(Self.quoted(content))")
            }
            let name = String(content[..<equals]).trimmingSpace
            let value = String(content[content.index(after: equals)...]).trimmingSpace
            if name.hasPrefix(keyPrefix) {
                do throws(KeyProblem) {
                    let key = try Self.key(String(name.dropFirst(keyPrefix.count)))
                    if let (line, command) = bound[key] {
                        throw KeyProblem(
                            "\(key) is \(command) in line \(line) already and cannot be "
                                + "\(Self.quoted(value)) too: a key has one command")
                    }
                    let binding = try Self.binding(value)
                    bound[key] = (number + 1, binding?.text ?? "none")
                    settings.keys.bind(key, to: binding)
                } catch {
                    throw fail(error.message)
                }
                continue
            }
            guard let entry = entries.first(where: { $0.name == name }) else {
                let known = (entries.map(\.name) + [keyPrefix + "KEY"]).joined(separator: ", ")
                throw fail("no setting is named \(Self.quoted(name)); there are \(known)")
            }
            if let first = seen[name] { throw fail("\(name) stands in line \(first) already") }
            seen[name] = number + 1
            guard entry.set(&settings, value) else {
                throw fail("\(name) cannot be \(Self.quoted(value)); expected \(entry.values)")
            }
        }
        return settings
    }

    /// A word of a file as a message shows it: short, without control characters.
    static func quoted(_ word: String) -> String {
        let (shown, _) = prefix(of: word, columns: 40)
        return "'\(shown)'"
    }
}

extension String {
    /// The text without blanks and tabs at both ends.
    fileprivate var trimmingSpace: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
