import XArray

extension XArrayLibrary {
    func look(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        switch op {
        case "xas_load": return try load(line)
        case "find", "find_after":
            let (index, max, mark) = (
                try line.index(), try line.index("max"), try line.optionalMark()
            )
            let found =
                if op == "find_after" {
                    array.find(after: index, max: max, marked: mark)
                } else if index <= max {
                    array.find(in: index...max, marked: mark)
                } else {
                    (index: XArray.Index, entry: XArray.Entry)?.none
                }
            var results: Results = ["r": TraceValue(found?.entry)]
            results["idx_out"] = found.map { TraceValue($0.index) }
            return results
        case "for_each", "for_each_marked": return try forEach(op, line)
        case "conflict":
            var state = XArray.State(try line.index(), order: try line.number("order", in: 0...64))
            var found: [TraceValue] = []
            while let entry = array.findConflict(&state) {
                found.append(.list([TraceValue(entry), .number(array.order(at: state))]))
            }
            return ["r": .list(found)]
        case "next", "prev":
            var state = XArray.State(try line.index())
            let found = (0..<(try line.number("n", in: 0...100_000))).map { _ in
                let slot = op == "next" ? array.next(&state) : array.previous(&state)
                return TraceValue.list([TraceValue(state.index), TraceValue(slot)])
            }
            return ["r": .list(found), "st": Self.standing(state)]
        case "next_miss":
            let limit = try line.number("max", in: 0...100_000)
            return ["r": TraceValue(array.nextMiss(from: try line.index(), limit: limit))]
        case "prev_miss":
            let limit = try line.number("max", in: 0...100_000)
            return ["r": TraceValue(array.previousMiss(from: try line.index(), limit: limit))]
        default: throw TraceTextError("unknown operation \"\(op)\"")
        }
    }

    static func standing(_ state: XArray.State) -> TraceValue {
        switch state.position {
        case .node: .text("node")
        case .head: .text("head")
        case .bounds: .text("bounds")
        case .restart: .text("restart")
        case .error: .text("error")
        case .endless: .text("endless")
        }
    }

    private func load(_ line: XArrayTraceLine) throws -> Results {
        var state = XArray.State(try line.index(), order: try line.number("order", in: 0...64))
        var results: Results = ["r": TraceValue(array.load(&state))]
        results["st"] = Self.standing(state)
        if case .node(let id) = state.position {
            results["at"] = .list([.number(array.node(id).shift), .number(state.offset)])
        }
        return results
    }

    /// `xas_for_each`, `xas_for_each_marked`: zero entries are skipped; with `pause`, `xas_pause`
    /// after each entry but the last.
    private func forEach(_ op: String, _ line: XArrayTraceLine) throws -> Results {
        let max = try line.index("max")
        let count = try line.number("n", in: 0...100_000)
        let pauses = line["pause"] != nil
        let mark = op == "for_each_marked" ? try line.mark() : nil
        var state = XArray.State(try line.index("first"))
        var found: [TraceValue] = []
        func step(isFirst: Bool) -> XArray.Slot {
            if let mark {
                return isFirst
                    ? array.findMarked(&state, max: max, mark)
                    : array.nextMarked(&state, max: max, mark)
            }
            let entry =
                isFirst ? array.find(&state, max: max) : array.nextEntry(&state, max: max)
            return entry.map { .entry($0) } ?? .empty
        }
        var slot = step(isFirst: true)
        while slot != .empty {
            if slot != .entry(.zero) {
                found.append(.list([TraceValue(state.index), TraceValue(slot)]))
                if found.count == count { break }
                if pauses { array.pause(&state) }
            }
            slot = step(isFirst: false)
        }
        return [
            "r": .list(found), "st": Self.standing(state), "idx_out": TraceValue(state.index),
        ]
    }
}
