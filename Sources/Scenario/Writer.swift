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
        if !about.isEmpty { top.append(("about", .words(about))) }
        top.append(("file", file.node))
        top.append(("steps", Node(steps.map(\.node), .implicit, .block)))
        // A tree of plain nodes cannot fail to be emitted: only writing to a stream can.
        let text = try? serialize(
            node: Node(top, .implicit, .block), indent: 2, width: 100, allowUnicode: true)
        return text ?? ""
    }
}

extension Node {
    /// Text, quoted where YAML needs it, in lines of its own when it has several.
    fileprivate static func words(_ text: String) -> Node {
        let looksNull = ["", "~", "null", "Null", "NULL"].contains(text)
        let style: Scalar.Style =
            looksNull ? .doubleQuoted : text.contains("\n") ? .literal : .any
        return .scalar(Scalar(text, .implicit, style))
    }

    /// A word of the format, which never needs quotation marks.
    fileprivate static func plain(_ text: String) -> Node {
        .scalar(Scalar(text, .implicit, .plain))
    }

    fileprivate static var nothing: Node { .plain("null") }

    fileprivate static func flow(list: [Node]) -> Node { Node(list, .implicit, .flow) }

    fileprivate static func flow(_ pairs: [(Node, Node)]) -> Node { Node(pairs, .implicit, .flow) }

    fileprivate static func block(_ pairs: [(Node, Node)]) -> Node {
        Node(pairs, .implicit, .block)
    }

    fileprivate static func runs<Value>(
        _ runs: [IndexRun<Value>], _ node: (Value) -> Node
    ) -> Node {
        .flow(runs.map { (.plain(spelledRange($0.indices)), node($0.value)) })
    }

    fileprivate static func byte(_ value: UInt8) -> Node {
        .plain(value < 10 ? "\(value)" : "0x" + String(value, radix: 16))
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

extension Operation {
    /// The keys and values under the operation's name.
    fileprivate var arguments: [(Node, Node)] {
        func pages(_ first: UInt64, _ count: UInt64) -> (Node, Node) {
            ("pages", .plain(spelledRange(first...(first + max(count, 1) - 1))))
        }
        func page(_ page: UInt64) -> (Node, Node) { ("page", .plain("\(page)")) }
        switch self {
        case .mmap(let name, let first, let count, let shared, let aligned):
            return [
                ("name", .words(name)), pages(first, count),
                ("aligned", .plain("\(aligned)")), ("shared", .plain("\(shared)")),
            ]
        case .munmap(let map): return [("map", .words(map))]
        case .load(let map, let index): return [("map", .words(map)), page(index)]
        case .store(let map, let index, let value):
            return [("map", .words(map)), page(index), ("value", .byte(value))]
        case .pread(let first, let count): return [pages(first, count)]
        case .pwrite(let first, let count, let value):
            return [pages(first, count), ("value", .byte(value))]
        case .msync(let map, let first, let count):
            return [("map", .words(map)), pages(first, count)]
        case .truncate(let size): return [("size", .plain(spelledSize(size)))]
        case .fallocate(let first, let count): return [pages(first, count)]
        case .punch(let offset, let length):
            return [
                ("offset", .plain(spelledSize(offset))), ("length", .plain(spelledSize(length))),
            ]
        case .reclaim(let index): return index.map { [page($0)] } ?? []
        case .fsync, .syncfs, .dropCaches, .unlink, .close, .umount, .powerLoss: return []
        case .fail(let call): return [("allocation", .plain("\(call)"))]
        }
    }
}
