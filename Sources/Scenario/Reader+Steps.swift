import Kernel

extension Reader {
    /// One step, or nil when its operation is not known well enough to go on with it.
    mutating func step(
        _ node: YAMLNode, number: Int, _ kernels: [KernelVersion], _ story: inout Story
    ) -> ScenarioStep? {
        guard let (operations, fields) = parts(of: node) else { return nil }
        guard let (format, key, value) = operations.first else {
            if !diagnostics.contains(where: { $0.position >= node.position }) {
                report(
                    node.position, "this step does nothing",
                    "a step has an operation such as 'fsync'")
            }
            return nil
        }
        for (second, key, _) in operations.dropFirst() {
            report(
                key.position, "a second operation '\(second.name)' in one step",
                "start it with '- \(second.name):' as a step of its own")
        }
        let read = operation(format, key: key, value: value, story: story)
        var step = step(fields, kernels, resumes: format.name == Format.resume)
        step.origin = Origin(node.position)
        if fields["task"] == nil {
            guard let task = task(of: format, key, story) else { return nil }
            step.task = task
        }
        if let operation = read?.operation {
            step.action = .start(operation)
        } else if format.name != Format.resume {
            if format.name == "mmap", let name = read?.fields["name"]?.value.text {
                story.assumeMapping(name, step: number)
            }
            return nil
        }
        for problem in story.take(step, number: number) {
            let field = problem.key.flatMap { read?.fields[$0] ?? fields[$0] }
            report(field?.value.position ?? key.position, problem.message, problem.hint)
        }
        for expectation in step.expect {
            for (origin, problem) in story.problems(with: expectation, after: step) {
                report(origin.position ?? node.position, problem.message, problem.hint)
            }
        }
        return step
    }

    private typealias OperationPair = (format: FormatOperation, key: YAMLNode, value: YAMLNode)

    /// Takes the keys of a step apart: its operation, ideally one, and what goes with it.
    private mutating func parts(of node: YAMLNode) -> ([OperationPair], Fields)? {
        var operations: [OperationPair] = []
        var fields = Fields(position: node.position)
        let operationNames = Format.operations(on: tree).map(\.name)
        let names = operationNames + Format.step.map(\.name)
        let pairs: [(key: YAMLNode, value: YAMLNode)]
        switch node.content {
        case .mapping(let found): pairs = found
        case .scalar where node.text != nil:
            let nothing = YAMLNode(content: .scalar("", plain: true), position: node.position)
            pairs = [(node, nothing)]
        default:
            reportExpected("a step", node, "such as '- fsync' or '- load: { map: m, page: 0 }'")
            return nil
        }
        for (name, key, value) in namedPairs(pairs) where !hasSeenEnough {
            if let format = Format.operation(named: name, on: tree) {
                operations.append((format, key, value))
            } else if let formatKey = Format.step.first(where: { $0.name == name }) {
                fields.all.append(
                    Fields.Field(key: formatKey, keyPosition: key.position, value: value))
            } else {
                let near = suggestion(for: name, among: names).map { "did you mean '\($0)'?" }
                report(
                    key.position, "unknown operation or key \(quoted(name)) in a step",
                    near ?? "the operations are "
                        + operationNames.joined(separator: ", "))
            }
        }
        return (operations, fields)
    }

    /// The step without its operation.
    private mutating func step(
        _ fields: Fields, _ kernels: [KernelVersion], resumes: Bool
    ) -> ScenarioStep {
        var step = ScenarioStep(.resume)
        if let task = name("task", in: fields) { step.task = task }
        let function = fields["until"].flatMap { self.function($0.value) }
        let statements = number("statements", in: fields)
        // Also a stop that has an error leaves its task in the middle.
        if fields["until"] != nil || fields["statements"] != nil {
            step.stop = ScenarioStep.Stop(
                function: function, statements: Int(statements ?? 0),
                origin: Origin((fields["until"] ?? fields["statements"])?.value.position))
        }
        if let say = fields["say"] { step.say = narration(say.value, of: kernels) }
        if let sayAt = fields["say-at"] { step.sayAt = placedTexts(sayAt.value, of: kernels) }
        if let note = fields["note"] { step.note = narration(note.value, of: kernels) }
        step.ask = fields["ask"].flatMap { question($0.value, of: kernels) }
        if let expect = fields["expect"] { step.expect = expectations(expect.value, of: kernels) }
        return step
    }

    /// The name of a function that some kernel has.
    private mutating func function(_ node: YAMLNode) -> String? {
        guard
            let name = identifier(node, limit: 64, more: "_", "the name of a kernel function")
        else { return nil }
        guard !KernelModel.functionNames.contains(name) else { return name }
        let near = suggestion(for: name, among: KernelModel.functionNames.sorted())
        report(
            node.position, "no kernel function is called \(quoted(name))",
            near.map { "did you mean '\($0)'?" } ?? "the listing pane shows those there are")
        return nil
    }
}

extension KernelModel {
    /// The functions of every modelled kernel.
    fileprivate static let functionNames = Set(
        KernelVersion.known.flatMap { KernelModel.of($0).listings.map(\.name) })
}
