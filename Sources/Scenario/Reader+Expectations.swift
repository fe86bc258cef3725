import Kernel
import PageCache

extension Reader {
    /// `expect:`, either conditions or conditions for each kernel.
    mutating func expectations(_ node: YAMLNode, of kernels: [KernelVersion]) -> [Expectation] {
        guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
            reportExpected("conditions such as { nrpages: 1 }", node)
            return []
        }
        guard isByKernel(pairs) else {
            return expectation(node, for: nil, at: node.position).map { [$0] } ?? []
        }
        var expectations: [Expectation] = []
        var seen: Set<KernelVersion> = []
        for (name, key, value) in namedPairs(pairs) {
            if Condition.Key(rawValue: name) != nil {
                report(
                    key.position, "conditions and kernels stand side by side in 'expect'",
                    "put '\(name)' under 'all'")
                continue
            }
            let selected = selection(key, name, of: kernels, seen: &seen)
            if value.isNull {
                report(
                    key.position, "nothing is expected of \(quoted(name))",
                    "between braces, put quotation marks around a list such as \"v6, v7\"")
            } else if let found = expectation(value, for: selected, at: key.position) {
                expectations.append(found)
            }
        }
        return expectations
    }

    /// Whether the keys are kernels: one of them is, or none is a condition and one nearly is.
    private func isByKernel(_ pairs: [(key: YAMLNode, value: YAMLNode)]) -> Bool {
        let kernels = KernelVersion.known.map(\.name) + [Format.all]
        let names = pairs.compactMap(\.key.text)
        let parts = names.flatMap { $0.split(separator: ",").map { trimmed(String($0)) } }
        if parts.contains(where: kernels.contains) { return true }
        if names.contains(where: { Condition.Key(rawValue: $0) != nil }) { return false }
        return parts.contains { suggestion(for: $0, among: kernels) != nil }
    }

    private mutating func expectation(
        _ node: YAMLNode, for kernels: [KernelVersion]?, at position: SourcePosition
    ) -> Expectation? {
        guard let fields = fields(node, of: "'expect'", keys: Format.conditions) else { return nil }
        if fields.all.isEmpty, case .mapping(let pairs) = node.content, pairs.isEmpty {
            reportExpected("conditions such as { nrpages: 1 }", node)
        }
        var conditions: [Located<Condition>] = []
        for field in fields.all {
            guard let key = Condition.Key(rawValue: field.key.name),
                let condition = condition(key, field)
            else { continue }
            conditions.append(Located(condition, origin: Origin(field.keyPosition)))
        }
        return Expectation(kernels: kernels, conditions, origin: Origin(position))
    }

    private mutating func condition(_ key: Condition.Key, _ field: Fields.Field) -> Condition? {
        let node = field.value
        switch key {
        case .nrpages: return number(node, .counter).map { .nrpages($0) }
        case .nrexceptional: return number(node, .counter).map { .nrexceptional($0) }
        case .height: return number(field).map { .height(Int($0)) }
        case .nodes: return number(field).map { .nodes($0) }
        case .rootTags: return tagLetters(node).map { .rootTags($0) }
        case .entries:
            return runs(node, .index) { $0.entry($1, orNone: false) ?? nil }.map { .entries($0) }
        case .entry: return runs(node, .index) { $0.entry($1, orNone: true) }.map { .entry($0) }
        case .blocks: return blocks(node).map { .blocks($0) }
        case .size: return number(field).map { .size($0) }
        case .value: return number(field).map { .value(UInt8($0)) }
        case .result: return result(node).map { .result($0) }
        case .faults: return faults(node)
        case .findings: return findings(node)
        case .bug: return bug(node)
        case .warn: return node.isNull ? .warn([]) : lines(node).map { .warn($0) }
        case .log: return lines(node).map { .log($0) }
        case .pte: return mappings(node).map { .pte($0) }
        case .durable:
            return runs(node, .page) { $0.number($1, .byte).map { UInt8($0) } }.map { .durable($0) }
        case .resident: return ranges(node).map { .resident($0) }
        case .met: return bool(node).map { .met($0) }
        }
    }

    private mutating func number(_ field: Fields.Field) -> UInt64? {
        guard case .number(let rule) = field.key.shape else { return nil }
        return number(field.value, rule)
    }

    mutating func blocks(_ node: YAMLNode) -> [IndexRun<BlockState>]? {
        runs(node, .page) { $0.choice($1, "block state") }
    }

    /// Values by index or range, in ascending order. Reports ranges that overlap.
    private mutating func runs<Value>(
        _ node: YAMLNode, _ rule: NumberRule, value: (inout Reader, YAMLNode) -> Value?
    ) -> [IndexRun<Value>]? {
        guard case .mapping(let pairs) = node.content else {
            reportExpected("a mapping from \(rule.noun) or a range to values", node)
            return nil
        }
        var runs: [(run: IndexRun<Value>, position: SourcePosition)] = []
        for (_, key, valueNode) in namedPairs(pairs) where !hasSeenEnough {
            let indices = range(key, rule)
            let value = value(&self, valueNode)
            guard let indices, let value else { continue }
            runs.append((IndexRun(indices, value), key.position))
        }
        runs.sort { $0.run.indices.lowerBound < $1.run.indices.lowerBound }
        reportOverlaps(runs.map { ($0.run.indices, $0.position) }, "name each index once")
        return runs.map(\.run)
    }

    /// A list of pages and ranges of pages, in ascending order.
    private mutating func ranges(_ node: YAMLNode) -> [ClosedRange<UInt64>]? {
        guard case .sequence(let items) = node.content else {
            reportExpected("a list of pages and ranges such as [0..3, 7], or []", node)
            return nil
        }
        var ranges: [(indices: ClosedRange<UInt64>, position: SourcePosition)] = []
        for item in items where !hasSeenEnough {
            if let pages = range(item, .page) { ranges.append((pages, item.position)) }
        }
        ranges.sort { $0.indices.lowerBound < $1.indices.lowerBound }
        reportOverlaps(ranges, "name each page once")
        return ranges.map(\.indices)
    }

    /// - Parameter ranges: in ascending order of where they begin.
    private mutating func reportOverlaps(
        _ ranges: [(indices: ClosedRange<UInt64>, position: SourcePosition)], _ hint: String
    ) {
        for (a, b) in zip(ranges, ranges.dropFirst())
        where a.indices.upperBound >= b.indices.lowerBound {
            report(
                max(a.position, b.position),
                "\(spelledRange(a.indices)) and \(spelledRange(b.indices)) overlap", hint)
        }
    }
}

extension Reader {
    /// An entry; inner nil is `none`, outer nil an error.
    fileprivate mutating func entry(_ node: YAMLNode, orNone: Bool) -> ExpectedEntry?? {
        guard let text = node.text else {
            reportExpected("an entry such as 'page' or 'dax-pmd dirty'", node)
            return nil
        }
        let words = text.split(separator: " ").map(String.init)
        if words == ["none"] {
            if orNone { return .some(nil) }
            report(
                node.position, "'entries' lists everything that is in the tree",
                "leave the index out, or say it with 'entry'")
            return nil
        }
        let kinds = ExpectedEntry.Kind.allCases.map(\.rawValue)
        guard let kind = words.first.flatMap(ExpectedEntry.Kind.init) else {
            let names = orNone ? kinds + ["none"] : kinds
            report(
                node.position, "unknown entry \(quoted(text))",
                hint(for: words.first ?? "", among: names))
            return nil
        }
        var tags: ExpectedTags = []
        for word in words.dropFirst() {
            guard let spelling = ExpectedTags.spellings.first(where: { $0.word == word }) else {
                report(
                    node.position, "unknown tag \(quoted(word))",
                    hint(for: word, among: ExpectedTags.spellings.map(\.word)))
                return nil
            }
            tags.insert(spelling.tag)
        }
        return .some(ExpectedEntry(kind, tags))
    }

    fileprivate mutating func tagLetters(_ node: YAMLNode) -> ExpectedTags? {
        guard let text = node.text, !text.isEmpty else {
            reportExpected("none, or letters out of D, W, T", node)
            return nil
        }
        if text == "none" { return [] }
        var tags: ExpectedTags = []
        for letter in text {
            guard let spelling = ExpectedTags.spellings.first(where: { $0.letter == letter }),
                tags.insert(spelling.tag).inserted
            else {
                reportExpected("none, or letters out of D, W, T", node)
                return nil
            }
        }
        return tags
    }

    fileprivate mutating func result(_ node: YAMLNode) -> ExpectedResult? {
        let expected = "a number, an errno name such as EIO, or SIGBUS"
        guard let text = node.text else {
            reportExpected(expected, node)
            return nil
        }
        if let errno = ExpectedErrno(rawValue: text) { return .error(errno) }
        if let signal = ExpectedSignal(rawValue: text) { return .signal(signal) }
        if let number = Int64(text.filter { $0 != "_" }) {
            // -5 and EIO are one result.
            let errno = ExpectedErrno.allCases.first { -$0.number == number }
            return errno.map { .error($0) } ?? .returns(number)
        }
        let names =
            ExpectedErrno.allCases.map(\.rawValue) + ExpectedSignal.allCases.map(\.rawValue)
        reportExpected(
            expected, node, suggestion(for: text, among: names).map { "did you mean '\($0)'?" })
        return nil
    }

    fileprivate mutating func faults(_ node: YAMLNode) -> Condition? {
        guard let fields = fields(node, of: "'faults'", keys: Format.faults) else { return nil }
        if fields.all.isEmpty { reportExpected("minor, major, or both", node) }
        return .faults(minor: number("minor", in: fields), major: number("major", in: fields))
    }

    fileprivate mutating func findings(_ node: YAMLNode) -> Condition? {
        guard case .sequence(let items) = node.content else {
            reportExpected("a list of findings such as [orphan], or []", node)
            return nil
        }
        var findings: Set<Finding.Kind> = []
        for item in items {
            guard let finding: Finding.Kind = choice(item, "finding") else { continue }
            if !findings.insert(finding).inserted {
                report(item.position, "the finding '\(finding.rawValue)' is there twice")
            }
        }
        return .findings(findings.sorted { $0.rawValue < $1.rawValue })
    }

    fileprivate mutating func bug(_ node: YAMLNode) -> Condition? {
        if node.isNull { return .bug(nil) }
        let text = node.text ?? ""
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isPath = parts[0].allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "_./-".contains($0))
        }
        guard parts.count == 2, isPath, !parts[0].isEmpty, parts[0].count <= Limits.line,
            parts[1].allSatisfy({ ("0"..."9").contains($0) }), let line = Int(parts[1]), line > 0,
            parts[1].first != "0"
        else {
            reportExpected(Format.bugText, node, "null says that there is no BUG")
            return nil
        }
        return .bug(text)
    }

    fileprivate mutating func lines(_ node: YAMLNode) -> [String]? {
        let items: [YAMLNode]
        if case .sequence(let list) = node.content { items = list } else { items = [node] }
        if items.isEmpty { reportExpected("a text or a list of texts", node) }
        var lines: [String] = []
        for item in items {
            if let line = text(item, limit: Limits.line, lines: false) { lines.append(line) }
        }
        return lines
    }

    fileprivate mutating func mappings(_ node: YAMLNode) -> [ExpectedMapping]? {
        let items: [YAMLNode]
        if case .sequence(let list) = node.content { items = list } else { items = [node] }
        if items.isEmpty { reportExpected("what a page table holds", node) }
        var mappings: [ExpectedMapping] = []
        for item in items {
            guard let fields = fields(item, of: "'pte'", keys: Format.pte) else { continue }
            let map = name("map", in: fields)
            let page = number("page", in: fields)
            guard let state = fields["is"]?.value, let (target, access) = pteState(state),
                let map, let page
            else { continue }
            mappings.append(
                ExpectedMapping(map: map, page: page, target: target, access: access))
        }
        return mappings
    }

    private mutating func pteState(
        _ node: YAMLNode
    ) -> (target: ExpectedMapping.Target?, access: ExpectedMapping.Access?)? {
        let words = (node.text ?? "").split(separator: " ").map(String.init)
        let target = words.first.flatMap(ExpectedMapping.Target.init)
        let rest = target == nil ? words[...] : words.dropFirst()
        let access = rest.first.flatMap(ExpectedMapping.Access.init)
        if rest.count == (access == nil ? 0 : 1), target != nil || access != nil,
            target != ExpectedMapping.Target.none || access == nil
        {
            return (target, access)
        }
        let names =
            ExpectedMapping.Target.allCases.map(\.rawValue)
            + ExpectedMapping.Access.allCases.map(\.rawValue)
        let wrong = rest.first { !names.contains($0) } ?? ""
        reportExpected("what a page table holds", node, hint(for: wrong, among: names))
        return nil
    }
}
