import Kernel
import PageCache

// Where a key press leads: positions before and after, by statement, function, operation, finding.
extension Timeline {
    /// The span that position `position` lies in: of the operation that has begun at or before it.
    public func span(at position: Int) -> Int? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].start <= position { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    /// The findings at a position: what is true there and was seen there or later.
    public func findings(at position: Int) -> [Finding] {
        findingChanges[change(at: position)].findings
    }

    private func change(at position: Int) -> Int {
        var low = 0
        var high = findingChanges.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if findingChanges[middle].position <= position {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }

    /// The time of a finding that stands at `position`; nil if it does not stand there.
    public func episode(of finding: Finding, at position: Int) -> Episode? {
        episodes.last { $0.finding == finding && $0.contains(position) }
    }

    /// The positions at which a finding is born, ascending.
    public var findingBirths: [Int] { Set(episodes.map(\.born)).sorted() }

    /// The end of the operation that runs, or of the next one.
    public func nextOperation(after position: Int) -> Int {
        spans.first { $0.end > position }?.end ?? end
    }

    /// The end of the operation before: the moment before the present one began.
    public func previousOperation(before position: Int) -> Int {
        spans.last { $0.end < position }?.end ?? 0
    }

    /// Over a call: the next position at which the function that runs, or its caller, is on top.
    public func stepOver(from position: Int) -> Int {
        guard position < end else { return end }
        let here = steps[position]
        guard here.kind == .ran else { return position + 1 }
        var next = position + 1
        while next < end, steps[next].task == here.task, steps[next].depth > here.depth,
            steps[next].kind != .began
        {
            next += 1
        }
        return next
    }

    /// Out of the function: the position after it has returned.
    public func stepOut(from position: Int) -> Int {
        guard position < end else { return end }
        let here = steps[position]
        var next = position
        while next < end, steps[next].task == here.task, steps[next].depth >= here.depth {
            if steps[next].kind == .began, next > position { break }
            next += 1
        }
        return max(next, min(position + 1, end))
    }

    /// Back over a call.
    public func stepOverBack(from position: Int) -> Int {
        guard position > 0 else { return 0 }
        let depth = position < end ? steps[position].depth : 0
        var before = position - 1
        while before > 0, steps[before].depth > depth, steps[before].kind != .began { before -= 1 }
        return before
    }

    /// Back out of the function: the position at which its caller was about to call it.
    public func stepOutBack(from position: Int) -> Int {
        guard position > 0 else { return 0 }
        let depth = position < end ? steps[position].depth : 0
        var before = position - 1
        while before > 0, steps[before].depth >= depth, steps[before].kind != .began {
            before -= 1
        }
        return before
    }

    /// The next position that a finding is born at, or the BUG, or the end.
    public func nextFinding(after position: Int) -> Int {
        let stops = findingBirths + (bugPosition.map { [$0] } ?? [])
        return stops.sorted().first { $0 > position } ?? end
    }

    public func previousFinding(before position: Int) -> Int {
        let stops = findingBirths + (bugPosition.map { [$0] } ?? [])
        return stops.sorted().last { $0 < position } ?? 0
    }

    /// The statement that has just run at `position`, with the function it belongs to and the task
    /// that ran it, a position in `Machine.tasks`; nil where an operation has just begun.
    public func lastStatement(
        at position: Int
    ) -> (listing: Listing, number: Int, step: Step)? {
        guard position > 0 else { return nil }
        let step = steps[position - 1]
        switch step.kind {
        case .began, .refused, .blocked: return nil
        case .ran, .finished, .bug:
            return (kernel.listings[Int(step.function)], Int(step.statement), step)
        }
    }

    /// The statement that runs next at `position`, with the function it belongs to.
    public func nextStatement(at position: Int) -> (listing: Listing, number: Int)? {
        guard position < end, steps[position].kind != .began, steps[position].kind != .refused
        else { return nil }
        let step = steps[position]
        return (kernel.listings[Int(step.function)], Int(step.statement))
    }
}
