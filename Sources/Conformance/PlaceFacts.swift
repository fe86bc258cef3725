import PageCache

/// What the lines of one run say about where blocks lie, each fact for itself.
struct PlaceFacts {
    /// Whether a fact is about blocks that were there before the step's end, or about those that
    /// are there after it.
    enum Time { case before, after }

    private enum Place {
        /// A block of the device.
        case device(UInt64)
        /// Blocks behind the place of relative sector 0.
        case relative(Int64)
        /// One run, somewhere; and whether it begins at a multiple of 2 MiB, if that is known.
        case somewhere(isAligned: Bool?)
    }

    private struct Fact {
        var position: Int
        var time: Time
        var first: UInt64
        var count: UInt64
        var place: Place

        func contains(_ block: UInt64) -> Bool { block >= first && block - first < count }

        /// Of a relative fact: the place of file block 0 if the run went back as far.
        var shift: Int64? {
            guard case .relative(let blocks) = place else { return nil }
            return blocks &- Int64(bitPattern: first)
        }
    }

    private var facts: [Fact] = []
    private let freed: FreedBlocks
    private(set) var origin: UInt64 = 0

    init(_ steps: [KernelRecording.Step]) {
        freed = FreedBlocks(steps)
        // A line that says `same` does not repeat the entries.
        var known: [KernelRecording.Entry] = []
        for (position, step) in steps.enumerated() {
            let isSame = step.same == true || !step.hasState
            let entries = isSame ? known : step.entries ?? []
            // An entry that was there before tells nothing new: its block may be gone by now.
            let new = entries.filter { entry in
                !known.contains { $0.index == entry.index && $0.sector == entry.sector }
            }
            known = entries
            add(step, new, at: position)
        }
        origin = findOrigin()
    }

    private mutating func add(
        _ step: KernelRecording.Step, _ entries: [KernelRecording.Entry], at position: Int
    ) {
        func add(_ time: Time, _ first: UInt64, _ count: UInt64, _ place: Place) {
            facts.append(
                Fact(position: position, time: time, first: first, count: count, place: place))
        }
        for flush in PMDLine.flushes(of: step) {
            let count = flush.isPMD ? Geometry.pagesPerPMD : 1
            add(.before, flush.index, count, .relative(flush.sector / 8))
        }
        if let index = step.do.index {
            let head = Geometry.pmdHead(index)
            for line in PMDLine.lines(of: step).reversed() where line.isMapped {
                // What lies behind the 2 MiB is not told: the length is cut off there.
                let place: Place =
                    line.start.map { .device($0) } ?? .somewhere(isAligned: line.isAligned)
                add(.after, head, line.length / Geometry.pageSize, place)
            }
            for sector in PMDLine.mappedSectors(of: step) {
                add(.after, head, Geometry.pagesPerPMD, .relative(sector / 8))
            }
        }
        for entry in entries {
            guard let sector = entry.sector, let type = entry.type, type.hasPrefix("dax") else {
                continue
            }
            if type == "dax-pmd" {
                add(.after, entry.index, Geometry.pagesPerPMD, .relative(sector / 8))
            } else {
                // Several pages of one entry lie one behind the other only by their sectors.
                add(.after, entry.index, 1, .relative(sector / 8))
            }
        }
    }

    /// What the facts of one step say, with everything else that is known.
    func spans(_ time: Time, at position: Int) -> [Placement.Span] {
        facts.filter { $0.position == position && $0.time == time }.compactMap { fact in
            var span = Placement.Span(first: fact.first, count: fact.count, physical: 0)
            switch fact.place {
            case .device(let block): span.physical = block
            case .relative(let blocks): span.physical = origin &+ UInt64(bitPattern: blocks)
            case .somewhere(let isAligned):
                guard let shift = shift(inside: fact) else {
                    return isAligned.map { RecordedPlaces.span(fact.first, isAligned: $0) }
                }
                let blocks = shift &+ Int64(bitPattern: fact.first)
                span.physical = origin &+ UInt64(bitPattern: blocks)
            }
            return span
        }
    }

    /// The place that another fact tells of a block in a run whose own place is not told; nearest
    /// in time, while the blocks stay.
    private func shift(inside run: Fact) -> Int64? {
        facts.filter { fact in
            fact.shift != nil && run.contains(fact.first)
                && !freed.overlaps(
                    run.first, count: run.count, between: run.position, fact.position)
        }
        .min { abs($0.position - run.position) < abs($1.position - run.position) }?.shift
    }

    /// A device block beside a sector gives it exactly. Else what is mapped by a PMD is aligned,
    /// and what could not be is not.
    private func findOrigin() -> UInt64 {
        for fact in facts {
            guard case .device(let block) = fact.place, let shift = shift(inside: fact) else {
                continue
            }
            return block &- fact.first &- UInt64(bitPattern: shift)
        }
        var aligned: [Int64] = []
        var misaligned: [Int64] = []
        for fact in facts {
            switch fact.place {
            case .relative(let blocks) where fact.count == Geometry.pagesPerPMD:
                aligned.append(blocks)
            case .somewhere(let isAligned?):
                guard let shift = shift(inside: fact) else { continue }
                let blocks = shift &+ Int64(bitPattern: fact.first)
                if isAligned { aligned.append(blocks) } else { misaligned.append(blocks) }
            default: break
            }
        }
        if let head = aligned.first { return UInt64(bitPattern: (1 << 24) - (head % 512)) }
        let skew = (0..<512).first { skew in misaligned.allSatisfy { ($0 + skew) % 512 != 0 } }
        return UInt64(bitPattern: (1 << 24) + (skew ?? 0))
    }
}

/// The blocks that the operations of a run gave back: what was known of their places ends there.
struct FreedBlocks {
    private var ranges: [(position: Int, blocks: Range<UInt64>)] = []

    init(_ steps: [KernelRecording.Step]) {
        for (position, step) in steps.enumerated() {
            guard let blocks = Self.blocks(of: step) else { continue }
            ranges.append((position, blocks))
        }
    }

    private static func blocks(of step: KernelRecording.Step) -> Range<UInt64>? {
        let it = step.do
        let size = Geometry.pageSize
        let first = it.offset.map { $0 / size } ?? it.index ?? 0
        switch it.op {
        case "create": return 0..<UInt64.max
        case "ftruncate": return Geometry.pages(it.size ?? 0)..<UInt64.max
        case "collapse", "insert": return first..<UInt64.max
        case "punch", "zero_range":
            // XFS zeroes a range by a hole that it fills again.
            guard it.op == "punch" || step.fs == "xfs" else { return nil }
            let end = it.offset.map { ($0 &+ (it.length ?? 0)) / size } ?? first + (it.pages ?? 1)
            return first..<max(first, end)
        default: return nil
        }
    }

    /// Some of `count` blocks from `first` on were given back between two steps.
    func overlaps(_ first: UInt64, count: UInt64, between a: Int, _ b: Int) -> Bool {
        let blocks = first..<(first + count)
        return ranges.contains {
            $0.position > min(a, b) && $0.position <= max(a, b) && $0.blocks.overlaps(blocks)
        }
    }

    /// The last step up to `position` that gave block `block` back.
    func last(_ block: UInt64, upTo position: Int) -> Int? {
        ranges.last { $0.position <= position && $0.blocks.contains(block) }?.position
    }
}
