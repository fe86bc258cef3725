import Kernel

extension Reader {
    /// The list of `kernels:`.
    mutating func kernels(_ node: YAMLNode) -> [KernelVersion] {
        let items: [YAMLNode]
        switch node.content {
        case .sequence(let nodes) where !nodes.isEmpty: items = nodes
        default:
            reportExpected("a list of kernels such as [v6, v4.5]", node)
            return []
        }
        var kernels: [KernelVersion] = []
        for item in items {
            guard let kernel = kernel(item) else { continue }
            if kernels.contains(kernel) {
                report(item.position, "the kernel '\(kernel.name)' is there twice")
            } else {
                kernels.append(kernel)
            }
        }
        return kernels
    }

    /// A kernel that knows what this scenario is about.
    private mutating func kernel(_ node: YAMLNode) -> KernelVersion? {
        let able = Scenario.kernels(for: tree).map(\.name)
        if let text = node.text, let kernel = KernelVersion(rawValue: text) {
            if able.contains(text) { return kernel }
            report(
                node.position, "the kernel '\(text)' has not what this scenario is about",
                "one of " + able.joined(separator: ", "))
            return nil
        }
        let kernel: KernelVersion? = choice(node, "kernel")
        return kernel
    }

    /// The list of `config:`.
    mutating func config(_ node: YAMLNode) -> KernelConfig {
        options(node, "option", among: KernelConfig.names, "[DEBUG_VM]") ?? []
    }

    /// The kernels that a key such as `v6, v7` or `all` selects; nil stands for all.
    ///
    /// Reports unknown kernels, kernels that the scenario does not run on, and those that `seen`
    /// has already; the selection is then empty or smaller.
    mutating func selection(
        _ key: YAMLNode, _ name: String, of kernels: [KernelVersion],
        seen: inout Set<KernelVersion>
    ) -> [KernelVersion]? {
        if name == Format.all { return nil }
        var selected: [KernelVersion] = []
        for part in name.split(separator: ",", omittingEmptySubsequences: false) {
            let part = trimmed(String(part))
            guard let kernel = KernelVersion(rawValue: part) else {
                let names = KernelVersion.known.map(\.name) + [Format.all]
                report(
                    key.position, "unknown kernel \(quoted(part))", hint(for: part, among: names))
                continue
            }
            if !kernels.isEmpty, !kernels.contains(kernel) {
                report(
                    key.position, "this scenario does not run on \(kernel.name)",
                    "its kernels are " + kernels.map(\.name).joined(separator: ", "))
            } else if !seen.insert(kernel).inserted {
                report(key.position, "the kernel '\(kernel.name)' is there twice")
            } else {
                selected.append(kernel)
            }
        }
        return selected
    }

    /// Text, or a text for each kernel.
    mutating func narration(_ node: YAMLNode, of kernels: [KernelVersion]) -> Narration {
        guard case .mapping(let pairs) = node.content else {
            return Narration(text(node, limit: Limits.text, lines: true))
        }
        var narration = Narration()
        var seen: Set<KernelVersion> = []
        if pairs.isEmpty { reportExpected("a text, or a text for each kernel", node) }
        for (name, key, value) in namedPairs(pairs) {
            let selected = selection(key, name, of: kernels, seen: &seen)
            let text = text(value, limit: Limits.text, lines: true)
            if let selected {
                for kernel in selected { narration.byKernel[kernel] = text }
            } else {
                narration.all = text
            }
        }
        return narration
    }

    mutating func question(_ node: YAMLNode, of kernels: [KernelVersion]) -> Question? {
        guard let fields = fields(node, of: "a question", keys: Format.ask),
            let questionNode = fields["question"]?.value, let answerNode = fields["answer"]?.value
        else { return nil }
        let question = text(questionNode, limit: Limits.text, lines: true)
        let answer: Question.Answer?
        if case .mapping = answerNode.content {
            answer = .text(narration(answerNode, of: kernels))
        } else {
            let before = diagnostics.count
            let observable: Observable? = choice(answerNode, "answer")
            if observable == nil, diagnostics.count > before {
                diagnostics[diagnostics.count - 1].hint? +=
                    " (a text is written as { all: \"...\" })"
            }
            answer = observable.map { .observable($0) }
        }
        guard let question, let answer else { return nil }
        return Question(question, answer: answer)
    }
}
