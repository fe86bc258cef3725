import Yams

/// A YAML value with its place in the file: Yams's tree, bounded in depth and without tags, anchors
/// and aliases. Scalars keep their spelling; what `0x200` means is for the reader to say.
struct YAMLNode {
    enum Content {
        /// `plain`: written without quotation marks, so that `~` and `null` mean nothing.
        case scalar(String, plain: Bool)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    var content: Content
    var position: SourcePosition

    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of a scalar that is not null.
    var text: String? {
        guard !isNull, case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// What the value is, for "expected …, found …".
    var kind: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : quoted(text)
        case .sequence(let items): items.isEmpty ? "an empty list" : "a list"
        case .mapping(let pairs): pairs.isEmpty ? "an empty mapping" : "a mapping"
        }
    }
}

/// Parses YAML into `YAMLNode`s and collects what the format does not allow.
struct YAMLTree {
    let file: String
    var diagnostics: [Diagnostic] = []
    /// Keys that came twice, by the noncharacter that stands for them.
    private var hiddenKeys: [UInt32: String] = [:]
    private var isTooDeep = false

    init(file: String) { self.file = file }

    /// The only document of the text, or nil after an error.
    mutating func parse(_ source: SourceText) -> YAMLNode? {
        var text = source.text
        // Every repeated key costs a parse of the whole text: many for a short file, none for a
        // long one.
        let attempts = min(8, Limits.fileBytes / 16 / max(1, text.utf8.count))
        while true {
            do {
                guard let root = try compose(yaml: text, .basic) else {
                    report(
                        SourcePosition(line: 1, column: 1), "the file is empty",
                        "a scenario starts with 'scenario: name'")
                    return nil
                }
                let tree = convert(root, depth: 1)
                return isTooDeep ? nil : tree
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let name = names.first ?? ""
                if hiddenKeys.count < attempts, hide(name, at: context.mark, in: &text) { continue }
                report(
                    context.mark.position, "the key \(quoted(name)) is there twice",
                    "remove one of them")
            } catch let error as YamlError {
                report(error)
            } catch {
                report(SourcePosition(line: 1, column: 1), "this is not YAML", nil)
            }
            return nil
        }
    }

    private mutating func report(_ position: SourcePosition, _ message: String, _ hint: String?) {
        diagnostics.append(
            Diagnostic(
                file: file, line: position.line, column: position.column,
                message: SourceText.restored(message), hint: hint))
    }

    /// Yams gives up at a key that is in a mapping twice, and names the first of the two. Filled
    /// with a noncharacter of its own that first one no longer collides, and the reader can find
    /// all other errors of the file too. False when the key cannot be found in the text as it is.
    private mutating func hide(_ name: String, at mark: Mark, in text: inout String) -> Bool {
        let scalar = Unicode.Scalar(SourceText.firstHiddenKey + UInt32(hiddenKeys.count))
        let width = name.unicodeScalars.count
        guard let scalar, width > 0 else { return false }
        var lines = text.unicodeScalars.split(
            separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
        guard lines.indices.contains(mark.line - 1) else { return false }
        let line = Array(lines[mark.line - 1])
        let start = mark.column - 1
        guard start + width <= line.count,
            line[start..<start + width].elementsEqual(name.unicodeScalars)
        else { return false }
        var changed = line
        changed.replaceSubrange(
            start..<start + width, with: repeatElement(scalar, count: width))
        var view = String.UnicodeScalarView()
        view.append(contentsOf: changed)
        lines[mark.line - 1] = Substring.UnicodeScalarView(Substring(String(view)).unicodeScalars)
        text = String(String.UnicodeScalarView(lines.joined(separator: ["\n"])))
        hiddenKeys[scalar.value] = name
        return true
    }

    private mutating func convert(_ node: Node, depth: Int) -> YAMLNode {
        let position = node.mark?.position ?? SourcePosition(line: 1, column: 1)
        guard depth <= Limits.nesting else {
            if !isTooDeep {
                report(position, "nested more than \(Limits.nesting) levels deep", nil)
            }
            isTooDeep = true
            return YAMLNode(content: .scalar("", plain: true), position: position)
        }
        switch node {
        case .scalar(let scalar):
            check(scalar.tag, at: position)
            return YAMLNode(content: content(of: scalar, at: position), position: position)
        case .sequence(let sequence):
            check(sequence.tag, at: position)
            var items: [YAMLNode] = []
            for item in sequence { items.append(convert(item, depth: depth + 1)) }
            return YAMLNode(content: .sequence(items), position: position)
        case .mapping(let mapping):
            check(mapping.tag, at: position)
            var pairs: [(key: YAMLNode, value: YAMLNode)] = []
            for (key, value) in mapping {
                pairs.append(
                    (convert(key, depth: depth + 1), convert(value, depth: depth + 1)))
            }
            return YAMLNode(content: .mapping(pairs), position: position)
        case .alias:
            report(position, YAMLTree.noAliases, YAMLTree.quoteHint)
            return YAMLNode(content: .scalar("", plain: true), position: position)
        }
    }

    private mutating func content(
        of scalar: Node.Scalar, at position: SourcePosition
    ) -> YAMLNode.Content {
        let plain = scalar.style == .plain
        let scalars = scalar.string.unicodeScalars
        if plain, let first = scalars.first {
            if first == SourceText.hiddenAnchor || first == SourceText.hiddenAlias {
                report(position, YAMLTree.noAliases, YAMLTree.quoteHint)
            }
            if let name = hiddenKeys[first.value] { return .scalar(name, plain: true) }
        }
        return .scalar(SourceText.restored(scalar.string), plain: plain)
    }

    private mutating func check(_ tag: Tag, at position: SourcePosition) {
        let allowed = [
            "", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq",
        ]
        if !allowed.contains(tag.description) {
            report(position, "YAML tags are not part of the format", YAMLTree.quoteHint)
        }
    }

    static let noAliases = "YAML anchors (&) and aliases (*) are not part of the format"
    static let quoteHint = "put quotation marks around a text that starts like this"
}

extension Mark {
    fileprivate var position: SourcePosition {
        SourcePosition(line: max(1, line), column: max(1, column))
    }
}

extension YAMLTree {
    private mutating func report(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, let yaml),
            .parser(let context, let problem, let mark, let yaml),
            .composer(let context, let problem, let mark, let yaml):
            if problem.contains("nesting level") {
                report(mark.position, "nested more than \(Limits.nesting) levels deep", nil)
            } else {
                if let step = bareStep(mark, yaml),
                    problem.contains("mapping values") || problem.contains("'-' indicator")
                {
                    report(
                        step.position,
                        "'- \(step.name):' needs the colon as soon as a key follows", nil)
                    return
                }
                let text = (context.map { $0.text + ": " } ?? "") + problem
                report(mark.position, "not YAML: " + text, advice(problem, mark, yaml))
            }
        case .reader(let problem, _, _, _):
            report(SourcePosition(line: 1, column: 1), "not YAML: " + problem, nil)
        default:
            report(SourcePosition(line: 1, column: 1), "not YAML", nil)
        }
    }

    /// The step above that is a bare word, `- fsync`: the most natural slip is to give it a key.
    private func bareStep(_ mark: Mark, _ yaml: String) -> (name: String, position: SourcePosition)?
    {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        var number = min(mark.line, lines.count) - 1
        guard number > 0, lines[number].contains(":") else { return nil }
        while number > 0 {
            number -= 1
            let line = lines[number]
            let text = line.drop { $0 == " " }
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard text.hasPrefix("- ") else { return nil }
            let word = text.dropFirst(2).drop { $0 == " " }
            let name = word.prefix { $0.isLetter || $0 == "-" || $0 == "_" }
            let rest = word.dropFirst(name.count).drop { $0 == " " }
            guard !name.isEmpty, rest.isEmpty || rest.hasPrefix("#") else { return nil }
            let column = line.count - word.count + 1
            return (String(name), SourcePosition(line: number + 1, column: column))
        }
        return nil
    }

    /// What most often causes such an error of the YAML parser.
    private func advice(_ problem: String, _ mark: Mark, _ yaml: String) -> String? {
        let lines = yaml.split(
            separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
        let near = lines.prefix(mark.line).suffix(2).joined()
        let hidden: Set = [SourceText.hiddenAnchor, SourceText.hiddenAlias]
        if near.unicodeScalars.contains(where: hidden.contains) {
            return "anchors (&) and aliases (*) are not part of the format"
        }
        if problem.contains("mapping values") {
            return "put quotation marks around a text that contains ': '"
        }
        if near.contains("\t") { return "indent with spaces, not tabs" }
        if problem.contains("another document") { return "one file holds one scenario" }
        if problem.contains("cannot start any token") {
            return "put quotation marks around the text"
        }
        if problem.contains("did not find expected") {
            return "look for a missing bracket, comma or quotation mark, or a wrong indentation"
        }
        return nil
    }
}
