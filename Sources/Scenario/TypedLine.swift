import Kernel

// A step as a person types it on one line: what a file could hold, with the same complaints.
extension Scenario {
    /// The scenario with one more step, as it stands on a line: `load: { map: m, page: 3 }`, what
    /// goes with it behind commas (`task: reader, until: dax_load_hole`), braces around all of it
    /// or none.
    ///
    /// - Parameters:
    ///   - file: the line's name in errors.
    ///   - parked: the tasks that are in the middle of an operation there. A step that names no
    ///     task resumes the only one of them, and begins an operation beside them: as `app` when
    ///     that is free, else as `you`.
    public func adding(
        line: String, file: String, parked: [String] = []
    ) throws(ScenarioError) -> Scenario {
        let isWhole = line.drop { $0 == " " }.hasPrefix("{")
        let text = isWhole ? "- \(line)\n" : "- { \(line)\n  }\n"
        let source = try SourceText(bytes: Array(text.utf8), file: file)
        var tree = YAMLTree(file: file)
        let root = tree.parse(source)
        var reader = Reader(file: file)
        reader.parked = parked
        reader.tree = self.tree
        var story = Story(on: self.file.fileSystem)
        for (number, step) in steps.enumerated() { _ = story.take(step, number: number + 1) }
        var scenario = self
        if case .sequence(let items)? = root?.content {
            for item in items {
                let step = reader.step(item, number: scenario.steps.count + 1, kernels, &story)
                if let step { scenario.steps.append(step) }
            }
        }
        if scenario.steps.count > Limits.steps {
            reader.report(
                SourcePosition(line: 1, column: 1), "at most \(Limits.steps) steps are allowed")
        }
        let diagnostics = tree.diagnostics + reader.diagnostics
        guard diagnostics.isEmpty else { throw ScenarioError(diagnostics) }
        return scenario
    }

    /// How a line is written that has an operation's name and its values one after the other:
    /// `store: { map: m, page: 3, value: 7 }` for `store m 3 7`. Nil when it is no such line.
    ///
    /// A value may have its name in front: `store 512 order 9`.
    public func respelled(_ line: String) -> String? {
        guard !line.contains(where: { "{}[],\"'#".contains($0) }) else { return nil }
        let words = line.split(separator: " ").map(String.init)
        guard let first = words.first else { return nil }
        let name = first.hasSuffix(":") ? String(first.dropLast()) : first
        let values = Array(words.dropFirst())
        guard let operation = Format.operation(named: name, on: self.tree), !values.isEmpty,
            values.allSatisfy({ !$0.contains(":") })
        else { return nil }
        if values.count == 1, operation.shorthand != nil { return "\(name): \(values[0])" }
        // Those that must be there come first; bytes of the file can be given in pages.
        let needed = operation.needs.last ?? []
        let required = operation.keys.filter { $0.required || needed.contains($0.name) }
        let optional = operation.keys.filter {
            !$0.required && !needed.contains($0.name)
                && !["offset", "length"].contains($0.name)
        }
        let keys = (required + optional).map(\.name)
        var pairs: [String] = []
        var given: Set<String> = []
        var left = values[...]
        while let value = left.popFirst() {
            let isName = keys.contains(value) && !given.contains(value) && !left.isEmpty
            guard let key = isName ? value : keys.first(where: { !given.contains($0) }) else {
                return nil
            }
            given.insert(key)
            pairs.append("\(key): \(isName ? left.removeFirst() : value)")
        }
        return "\(name): { \(pairs.joined(separator: ", ")) }"
    }
}

extension Reader {
    /// The task of a typed step that names none, or nil after a complaint.
    mutating func task(of format: FormatOperation, _ key: YAMLNode, _ story: Story) -> String? {
        guard let parked else { return ScenarioStep.defaultTask }
        guard format.name == Format.resume else {
            let names =
                [ScenarioStep.defaultTask, "you"] + (2..<parked.count + 3).map { "you\($0)" }
            return names.first { !parked.contains($0) && !story.isStopped($0) }
        }
        guard parked.count <= 1 else {
            report(
                key.position, "\(parked.joined(separator: " and ")) are in the middle of something",
                "say which goes on: resume: , task: \(parked[0])")
            return nil
        }
        if parked.isEmpty {
            report(key.position, "no task is in the middle of anything here")
        }
        return parked.first
    }
}
