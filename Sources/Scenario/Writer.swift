import Kernel
import PageCache
import Yams

extension Scenario {
    /// The scenario as YAML in the format of `docs/scenario-format.md`.
    ///
    /// What the parser accepted is written so that it parses to an equal value, unless the file was
    /// so near to the limits of size that the wider spelling exceeds them. Texts are expected
    /// without white space at their ends, as the parser gives them.
    public func yaml() -> String {
        var top: [(Node, Node)] = [
            ("scenario", .words(name)), ("title", .words(title)),
        ]
        if let course { top.append(("course", .plain("\(course)"))) }
        if !teaches.isEmpty { top.append(("teaches", .words(teaches))) }
        top.append(("kernels", .flow(list: kernels.map { .plain($0.name) })))
        if !config.isEmpty {
            top.append(("config", .flow(list: config.spelled.map { .plain($0) })))
        }
        if !about.isEmpty { top.append(("about", .words(about))) }
        if let tree {
            top.append(("tree", .plain(tree.rawValue)))
        } else {
            top.append(("file", file.node))
        }
        top.append(("steps", Node(steps.map(\.node), .implicit, .block)))
        // A tree of plain nodes cannot fail to be emitted: only writing to a stream can.
        let text = try? serialize(
            node: Node(top, .implicit, .block), indent: 2, width: 100, allowUnicode: true)
        return text ?? ""
    }
}

extension FileConfiguration {
    fileprivate var node: Node {
        var pairs: [(Node, Node)] = [
            ("size", .plain(spelledSize(size))), ("filesystem", .plain(fileSystem.rawValue)),
            ("dax", .plain("\(dax)")),
        ]
        if !extents.isEmpty {
            let runs = extents.map { IndexRun($0.blocks, $0.state) }
            pairs.append(("blocks", .runs(runs) { .plain($0.rawValue) }))
        }
        if advice != .normal { pairs.append(("advice", .plain(advice.rawValue))) }
        if !delaysAllocation {
            pairs.append(("mount", .plain(Format.MountOption.nodelalloc.rawValue)))
        }
        return .block(pairs)
    }
}

extension ScenarioStep {
    fileprivate var node: Node {
        var pairs: [(Node, Node)] = []
        let name: String
        let arguments: [(Node, Node)]
        switch action {
        case .resume: (name, arguments) = (Format.resume, [])
        case .start(let operation): (name, arguments) = (operation.name, operation.arguments)
        }
        pairs.append((.plain(name), arguments.isEmpty ? .plain("") : .flow(arguments)))
        if task != ScenarioStep.defaultTask { pairs.append(("task", .words(task))) }
        if let function = stop?.function { pairs.append(("until", .words(function))) }
        if let stop, stop.statements > 0 || stop.function == nil {
            pairs.append(("statements", .plain("\(stop.statements)")))
        }
        if !say.isEmpty { pairs.append(("say", say.node)) }
        if !sayAt.isEmpty {
            pairs.append(("say-at", Node(sayAt.map(\.node), .implicit, .block)))
        }
        if !note.isEmpty { pairs.append(("note", note.node)) }
        if let ask { pairs.append(("ask", ask.node)) }
        if let expect = expectNode { pairs.append(("expect", expect)) }
        // A step that only does something is the bare name, as in `- fsync`.
        if pairs.count == 1, arguments.isEmpty { return .plain(name) }
        return .block(pairs)
    }

    private var expectNode: Node? {
        guard !expect.isEmpty else { return nil }
        if expect.count == 1, expect[0].kernels == nil { return expect[0].node }
        return .block(
            expect.map { item -> (Node, Node) in
                let key = item.kernels.map { $0.map(\.name).joined(separator: ", ") }
                return (.words(key ?? Format.all), item.node)
            })
    }
}

extension Narration {
    fileprivate var node: Node {
        if byKernel.isEmpty, let all { return .words(all) }
        return byName
    }

    /// As a mapping, even when it is the same for all.
    fileprivate var byName: Node {
        var pairs: [(Node, Node)] = []
        if let all { pairs.append((.plain(Format.all), .words(all))) }
        for kernel in byKernel.keys.sorted() {
            pairs.append((.plain(kernel.name), .words(byKernel[kernel] ?? "")))
        }
        return .block(pairs)
    }
}

extension PlacedText {
    fileprivate var node: Node {
        .block([("at" as Node, .words(place.description)), ("say" as Node, say.node)])
    }
}

extension Question {
    fileprivate var node: Node {
        switch answer {
        case .observable(let observable):
            .block([("question", .words(question)), ("answer", .plain(observable.rawValue))])
        case .text(let narration):
            .block([("question", .words(question)), ("answer" as Node, narration.byName)])
        }
    }
}

extension Expectation {
    fileprivate var node: Node {
        .flow(conditions.map { (.plain($0.value.key.rawValue), $0.value.node) })
    }
}

extension Condition {
    fileprivate var node: Node {
        switch self {
        case .nrpages(let value), .nrexceptional(let value): return .plain(spelledCounter(value))
        case .height(let value): return .plain("\(value)")
        case .nodes(let value): return .plain("\(value)")
        case .rootTags(let tags):
            let letters = ExpectedTags.spellings.filter { tags.contains($0.tag) }.map(\.letter)
            return .plain(letters.isEmpty ? "none" : String(letters))
        case .entries(let runs): return .runs(runs) { .plain($0.spelling) }
        case .entry(let runs): return .runs(runs) { .plain($0?.spelling ?? "none") }
        case .blocks(let runs): return .runs(runs) { .plain($0.rawValue) }
        case .size(let size): return .plain(spelledSize(size))
        case .value(let value): return .byte(value)
        case .result(.returns(let value)): return .plain("\(value)")
        case .result(.error(let errno)): return .plain(errno.rawValue)
        case .result(.signal(let signal)): return .plain(signal.rawValue)
        case .faults(let minor, let major):
            var pairs: [(Node, Node)] = []
            if let minor { pairs.append(("minor", .plain("\(minor)"))) }
            if let major { pairs.append(("major", .plain("\(major)"))) }
            return .flow(pairs)
        case .findings(let findings): return .flow(list: findings.map { .plain($0.rawValue) })
        case .bug(let place): return place.map { .words($0) } ?? .nothing
        case .warn(let texts):
            return texts.isEmpty ? .nothing : .flow(list: texts.map { .words($0) })
        case .log(let texts): return .flow(list: texts.map { .words($0) })
        case .pte(let mappings): return .flow(list: mappings.map(\.node))
        case .durable(let runs): return .runs(runs) { .byte($0) }
        case .resident(let pages): return .flow(list: pages.map { .plain(spelledRange($0)) })
        case .met(let isMet): return .plain("\(isMet)")
        }
    }
}

extension ExpectedEntry {
    /// `dax-pmd dirty towrite`.
    public var spelling: String {
        let words = ExpectedTags.spellings.filter { tags.contains($0.tag) }.map(\.word)
        return ([kind.rawValue] + words).joined(separator: " ")
    }
}

extension ExpectedMapping {
    /// `huge writable`, `none`.
    public var spelling: String {
        [target?.rawValue, access?.rawValue].compactMap { $0 }.joined(separator: " ")
    }

    fileprivate var node: Node {
        .flow([("map", .words(map)), ("page", .plain("\(page)")), ("is", .plain(spelling))])
    }
}
