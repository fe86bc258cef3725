extension InterfaceState {
    mutating func reduceStudy(_ action: Action) {
        switch action {
        case .why: askWhy()
        case .answer(let text): answer(text)
        default: break
        }
    }

    /// What the list of causes is about, while it is open.
    var why: (why: Why, cause: Int)? {
        guard case .why(let finding, let cause, let origin) = choices.mode else { return nil }
        let there = origin == position ? self : at(origin)
        let findings = Why.findings(there)
        guard findings.indices.contains(finding) else { return nil }
        return (Why(findings[finding], there), cause)
    }

    private func at(_ position: Int) -> InterfaceState {
        var copy = self
        copy.move(to: position)
        return copy
    }

    /// Opens the causes of the moment's first finding, then of the next.
    private mutating func askWhy() {
        var finding = 0
        var origin = position
        if case .why(let last, _, let start) = choices.mode {
            finding = last + 1
            origin = start
            move(to: origin)
        }
        let findings = Why.findings(self)
        guard !findings.isEmpty else {
            choices.message = "nothing is wrong here; c goes to the next finding"
            choices.mode = .normal
            return
        }
        finding %= findings.count
        let why = Why(findings[finding], self)
        choices.mode = .why(finding: finding, cause: why.guilty, origin: origin)
        guard why.causes.indices.contains(why.guilty) else { return }
        move(to: why.causes[why.guilty].position)
    }

    /// To the cause before or after.
    mutating func moveCause(_ direction: Int) {
        guard case .why(let finding, let cause, let origin) = choices.mode, let why else { return }
        let next = min(max(0, cause + direction), why.why.causes.count - 1)
        guard why.why.causes.indices.contains(next) else { return }
        choices.mode = .why(finding: finding, cause: next, origin: origin)
        move(to: why.why.causes[next].position)
    }
}
