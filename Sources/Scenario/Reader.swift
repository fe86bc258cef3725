import PageTree

/// Turns YAML values into the types of a scenario and collects every error on the way.
///
/// Every method reports what is wrong with its own value and returns nil then; the caller goes on
/// with the rest of the file. A scenario is only handed out when nothing was reported.
struct Reader {
    let file: String
    var diagnostics: [Diagnostic] = []
    /// The tasks in the middle of an operation where a line is typed; nil: a file is read.
    var parked: [String]?
    /// The scenario has nothing but a tree of this kind.
    var tree: PageTree.Family?

    init(file: String) { self.file = file }

    mutating func report(_ position: SourcePosition, _ message: String, _ hint: String? = nil) {
        diagnostics.append(
            Diagnostic(
                file: file, line: position.line, column: position.column, message: message,
                hint: hint))
    }

    /// Whether so much is wrong that looking on would only cost time: a file of nothing but errors
    /// must not take longer than a good one.
    var hasSeenEnough: Bool { diagnostics.count >= 10 * Limits.diagnostics }

    mutating func report(_ node: YAMLNode, _ refusal: Refusal) {
        report(node.position, refusal.message, refusal.hint)
    }

    mutating func reportExpected(_ expected: String, _ node: YAMLNode, _ hint: String? = nil) {
        report(node.position, "expected \(expected), found \(node.kind)", hint)
    }
}

/// The keys and values of one mapping that its table knows, each once.
struct Fields {
    struct Field {
        var key: FormatKey
        var keyPosition: SourcePosition
        var value: YAMLNode
    }

    var position: SourcePosition
    /// In the order of the file.
    var all: [Field] = []

    subscript(name: String) -> Field? { all.first { $0.key.name == name } }

    /// Where the value of a key stands, or the mapping when the key is absent.
    func position(of name: String) -> SourcePosition { self[name]?.value.position ?? position }
}

extension Reader {
    /// The mapping's known keys. Reports what is unknown, there twice, or missing.
    mutating func fields(_ node: YAMLNode, of what: String, keys: [FormatKey]) -> Fields? {
        guard case .mapping(let pairs) = node.content else {
            reportExpected("\(what) with keys such as '\(keys.first?.name ?? "")'", node)
            return nil
        }
        var fields = Fields(position: node.position)
        var meant: Set<String> = []
        for (name, keyNode, value) in namedPairs(pairs) where !hasSeenEnough {
            guard let key = keys.first(where: { $0.name == name }) else {
                // A misspelled key is one mistake: it is not missing as well.
                if let near = suggestion(for: name, among: keys.map(\.name)) { meant.insert(near) }
                report(
                    keyNode.position, "unknown key \(quoted(name)) in \(what)",
                    hint(for: name, among: keys.map(\.name)))
                continue
            }
            fields.all.append(
                Fields.Field(key: key, keyPosition: keyNode.position, value: value))
        }
        for key in keys where key.required && fields[key.name] == nil {
            if !meant.contains(key.name) {
                report(node.position, "\(what) has no '\(key.name)'", key.summary.lowercasedFirst)
            }
        }
        return fields
    }

    /// The pairs of a mapping whose key is a text that was not there before; others are reported.
    mutating func namedPairs(
        _ pairs: [(key: YAMLNode, value: YAMLNode)]
    ) -> [(name: String, key: YAMLNode, value: YAMLNode)] {
        var first: [String: Int] = [:]
        var named: [(name: String, key: YAMLNode, value: YAMLNode)] = []
        for (key, value) in pairs where !hasSeenEnough {
            guard let name = key.text else {
                reportExpected("a key", key)
                continue
            }
            if let line = first[name] {
                report(
                    key.position, "the key \(quoted(name)) is there twice",
                    "the first one is on line \(line)")
                continue
            }
            first[name] = key.position.line
            named.append((name, key, value))
        }
        return named
    }
}

extension Reader {
    /// The number of a key, or nil when it is absent or wrong.
    mutating func number(_ name: String, in fields: Fields) -> UInt64? {
        guard let field = fields[name], case .number(let rule) = field.key.shape else { return nil }
        return number(field.value, rule)
    }

    mutating func number(_ node: YAMLNode, _ rule: NumberRule) -> UInt64? {
        guard let text = node.text else {
            reportExpected(rule.noun, node)
            return nil
        }
        do throws(Refusal) {
            return try rule.parse(text)
        } catch {
            report(node, error)
            return nil
        }
    }

    mutating func range(_ node: YAMLNode, _ rule: NumberRule) -> ClosedRange<UInt64>? {
        guard let text = node.text else {
            reportExpected("\(rule.noun) or a range", node)
            return nil
        }
        do throws(Refusal) {
            return try rule.parseRange(text)
        } catch {
            report(node, error)
            return nil
        }
    }

    mutating func bool(_ name: String, in fields: Fields) -> Bool? {
        fields[name].flatMap { bool($0.value) }
    }

    mutating func bool(_ node: YAMLNode) -> Bool? {
        switch node.text {
        case "true": return true
        case "false": return false
        default:
            reportExpected("true or false", node)
            return nil
        }
    }

    /// One of the raw values of an enumeration.
    mutating func choice<Choice>(_ node: YAMLNode, _ noun: String) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        choice(node, noun, among: Choice.allCases.map(\.rawValue)).flatMap(Choice.init)
    }

    /// A list out of a few words, each once; nil when something is wrong with it.
    mutating func options<Options: OptionSet>(
        _ node: YAMLNode, _ noun: String, among names: [(Options, name: String)],
        _ example: String
    ) -> Options? where Options.Element == Options {
        guard case .sequence(let items) = node.content else {
            reportExpected("a list of \(noun)s such as \(example)", node)
            return nil
        }
        var options: Options = []
        for item in items {
            guard let name = choice(item, noun, among: names.map(\.name)),
                let option = names.first(where: { $0.name == name })?.0
            else { return nil }
            if !options.insert(option).inserted {
                report(item.position, "the \(noun) '\(name)' is there twice")
            }
        }
        return options
    }

    /// One of a few words.
    mutating func choice(_ node: YAMLNode, _ noun: String, among names: [String]) -> String? {
        guard let text = node.text else {
            reportExpected(noun, node, "one of: " + names.joined(separator: ", "))
            return nil
        }
        if names.contains(text) { return text }
        report(node.position, "unknown \(noun) \(quoted(text))", hint(for: text, among: names))
        return nil
    }

    /// A text without white space at its ends, of limited length; one line when `lines` is false.
    mutating func text(_ node: YAMLNode, limit: Int, lines: Bool) -> String? {
        guard let raw = node.text else {
            reportExpected("a text", node)
            return nil
        }
        let text = trimmed(raw)
        if text.isEmpty {
            reportExpected("a text", node)
            return nil
        }
        // As the schema counts them: a single letter can carry a million accents.
        let count = text.unicodeScalars.count
        if count > limit {
            report(
                node.position, "the text has \(count) characters", "at most \(limit) are allowed")
            return nil
        }
        for scalar in text.unicodeScalars where scalar.isUnprintable {
            if scalar == "\n", lines { continue }
            let name =
                scalar == "\n"
                ? "a line break"
                : scalar == "\t"
                    ? "a tab"
                    : "U+"
                        + String(scalar.value, radix: 16, uppercase: true)
            report(node.position, "the text holds \(name)", scalar == "\n" ? "use one line" : nil)
            return nil
        }
        return text
    }

    mutating func line(_ name: String, in fields: Fields) -> String? {
        guard let node = fields[name]?.value else { return nil }
        return text(node, limit: Limits.line, lines: false)
    }

    /// The name of a mapping or task.
    mutating func name(_ name: String, in fields: Fields) -> String? {
        guard let node = fields[name]?.value else { return nil }
        return identifier(
            node, limit: Limits.name, more: "_-", "a name of letters, digits, '_' and '-'")
    }

    /// A letter or `_`, then letters, digits and `more`, all ASCII.
    mutating func identifier(
        _ node: YAMLNode, limit: Int, more: String, _ expected: String
    ) -> String? {
        guard let text = node.text, let first = text.first, text.count <= limit,
            first.isASCII, first.isLetter || first == "_",
            text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || more.contains($0)) })
        else {
            reportExpected(expected, node, "at most \(limit) characters, a letter first")
            return nil
        }
        return text
    }
}

extension String {
    fileprivate var lowercasedFirst: String {
        let text = hasSuffix(".") ? String(dropLast()) : self
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
