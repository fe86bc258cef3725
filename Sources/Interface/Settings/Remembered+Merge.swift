// Two programs at one scenario: what each of them changed is kept.
extension Remembered {
    /// This state with what another program has kept meanwhile: what that one added stays, what
    /// this one removed is gone. Where both changed the same, this one decides; so it does about
    /// the place.
    ///
    /// - Parameter base: the state that this program began with.
    public func merged(with theirs: Remembered, since base: Remembered) -> Remembered {
        var result = self
        let marks = Changes(base.marks.sorted { $0.key < $1.key }, marks.sorted { $0.key < $1.key })
        result.marks = Dictionary(
            uniqueKeysWithValues: marks.applied(to: theirs.marks.sorted { $0.key < $1.key }))
        result.bookmarks = Changes(base.bookmarks, bookmarks, by: \.spotKey)
            .applied(to: theirs.bookmarks, by: \.spotKey)
            .sorted { ($0.kernel, $0.position) < ($1.kernel, $1.position) }
        result.breakpoints = Changes(base.breakpoints, breakpoints, by: \.self)
            .applied(to: theirs.breakpoints, by: \.self)
        result.answers = Changes(base.answers, answers, by: \.questionKey)
            .applied(to: theirs.answers, by: \.questionKey)
            .sorted { ($0.kernel, $0.step) < ($1.kernel, $1.step) }
        let typed = entered.typed(since: base.entered)
        let before = theirs.entered.filter { !typed.contains($0) }
        result.entered = Array((before + typed).suffix(Self.enteredLimit))
        if pattern == base.pattern { result.pattern = theirs.pattern }
        mergeBranches(theirs, base, into: &result)
        return result
    }

    private func mergeBranches(
        _ theirs: Remembered, _ base: Remembered, into result: inout Remembered
    ) {
        let all = Changes(base.branches ?? [], branches ?? [], by: \.story)
            .applied(to: theirs.branches ?? [], by: \.story)
        let kept = Array(all.suffix(Self.branchLimit))
        result.branches = kept.isEmpty ? nil : kept
        guard let branch, let shown = branches?[branch - 1].story else { return }
        result.branch = kept.firstIndex { $0.story == shown }.map { $0 + 1 }
    }
}

/// What somebody changed in a list of values by key: put in, changed, or taken out.
private struct Changes<Key: Hashable, Value: Equatable> {
    private let base: [Key: Value]
    private let mine: [Key: Value]
    private let order: [Key]

    init(_ base: [(key: Key, value: Value)], _ mine: [(key: Key, value: Value)]) {
        self.base = Dictionary(base.map { ($0.key, $0.value) }) { $1 }
        self.mine = Dictionary(mine.map { ($0.key, $0.value) }) { $1 }
        order = mine.map(\.key)
    }

    init(_ base: [Value], _ mine: [Value], by key: (Value) -> Key) {
        self.init(base.map { (key($0), $0) }, mine.map { (key($0), $0) })
    }

    /// The same changes made to another list; what is new comes last.
    func applied(to theirs: [(key: Key, value: Value)]) -> [(Key, Value)] {
        var seen: Set<Key> = []
        var result: [(Key, Value)] = []
        for (key, value) in theirs where seen.insert(key).inserted {
            guard let own = mine[key] else {
                if base[key] == nil { result.append((key, value)) }
                continue
            }
            result.append((key, own == base[key] ? value : own))
        }
        for key in order where seen.insert(key).inserted {
            guard let own = mine[key], own != base[key] else { continue }
            result.append((key, own))
        }
        return result
    }

    func applied(to theirs: [Value], by key: (Value) -> Key) -> [Value] {
        applied(to: theirs.map { (key($0), $0) }).map(\.1)
    }
}

extension Remembered.Place {
    fileprivate var spotKey: String { "\(kernel) \(position)" }
}

extension Remembered.Said {
    fileprivate var questionKey: String { "\(kernel) \(step)" }
}

extension [String] {
    /// The lines at the end that were typed since; one that is typed again moves there.
    fileprivate func typed(since base: [String]) -> [String] {
        var rest = base[...]
        for (number, line) in enumerated() {
            guard let place = rest.firstIndex(of: line) else { return Array(dropFirst(number)) }
            rest = rest[(place + 1)...]
        }
        return []
    }
}
