extension InterfaceState {
    mutating func reduceStudy(_ action: Action) {
        switch action {
        case .why(let counter): askWhy(counter)
        case .answer(let text): answer(text)
        default: break
        }
    }

    /// What the list of causes is about, while it is open.
    var why: (why: Why, cause: Int)? {
        guard case .why(let subject, let cause, let origin) = choices.mode else { return nil }
        if let known = explained, known.subject == subject, known.origin == origin {
            return (known.why, cause)
        }
        return explain(subject, at: origin).map { ($0, cause) }
    }

    private func explain(_ subject: Why.Subject, at origin: Int) -> Why? {
        Why(subject, origin == position ? self : at(origin))
    }

    private func at(_ position: Int) -> InterfaceState {
        var copy = self
        copy.move(to: position)
        return copy
    }

    /// Opens the causes of the moment's first finding, then of the next, after them those of the
    /// counters; where nothing is wrong, or a counter is asked for, at once those.
    private mutating func askWhy(_ counter: Why.Counter?) {
        var origin = position
        let subjects: [Why.Subject]
        var number = 0
        if case .why(let last, _, let start) = choices.mode {
            origin = start
            move(to: origin)
            subjects = Why.subjects(self)
            number = (subjects.firstIndex(of: last) ?? -1) + 1
        } else {
            subjects = counter.map { [.counter($0)] } ?? Why.subjects(self)
        }
        let subject = subjects[number % subjects.count]
        guard let why = Why(subject, self), !why.causes.isEmpty else {
            choices.mode = .normal
            choices.message = "nothing has changed the counters yet"
            return
        }
        explained = (subject, origin, why)
        choices.mode = .why(subject, cause: why.guilty, origin: origin)
        guard why.causes.indices.contains(why.guilty) else { return }
        move(to: why.causes[why.guilty].position)
    }

    /// To the cause before or after.
    mutating func moveCause(_ direction: Int) {
        guard case .why(let subject, let cause, let origin) = choices.mode, let why else { return }
        let next = min(max(0, cause + direction), why.why.causes.count - 1)
        guard why.why.causes.indices.contains(next) else { return }
        choices.mode = .why(subject, cause: next, origin: origin)
        move(to: why.why.causes[next].position)
    }
}
