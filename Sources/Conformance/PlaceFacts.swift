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
        /// One run that does not begin at a multiple of 2 MiB.
        case misaligned
        /// One run, somewhere.
        case somewhere
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
    private let freeing: [Int]
    private(set) var origin: UInt64 = 0

    init(_ steps: [KernelRecording.Step]) {
        freeing = Self.freeing(steps)
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

    /// The positions of steps that give blocks back: what was known of them ends.
    static func freeing(_ steps: [KernelRecording.Step]) -> [Int] {
        let names: Set = ["create", "ftruncate", "punch", "collapse", "insert"]
        return steps.indices.filter { names.contains(steps[$0].do.op) }
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
                    line.start.map { .device($0) }
                    ?? (line.reason == "pfn unaligned" ? .misaligned : .somewhere)
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
            case .misaligned, .somewhere:
                if let shift = shift(inside: fact) {
                    span.physical =
                        origin &+ UInt64(bitPattern: shift &+ Int64(bitPattern: fact.first))
                } else if case .misaligned = fact.place {
                    return RecordedPlaces.span(fact.first, isAligned: false)
                } else {
                    return nil
                }
            }
            return span
        }
    }

    /// The place that another fact tells of a block in a run whose own place is not told; nearest
    /// in time, while no blocks were given back.
    private func shift(inside run: Fact) -> Int64? {
        facts.filter { $0.shift != nil && run.contains($0.first) && sameBlocks(run, $0) }
            .min { abs($0.position - run.position) < abs($1.position - run.position) }?.shift
    }

    private func sameBlocks(_ a: Fact, _ b: Fact) -> Bool {
        let between = (min(a.position, b.position), max(a.position, b.position))
        return !freeing.contains { $0 > between.0 && $0 <= between.1 }
    }

    /// A device block beside a sector gives it exactly. Else what is mapped by a PMD is aligned, and
    /// what could not be is not.
    private func findOrigin() -> UInt64 {
        for fact in facts {
            guard case .device(let block) = fact.place, let shift = shift(inside: fact) else {
                continue
            }
            return block &- fact.first &- UInt64(bitPattern: shift)
        }
        let huge = facts.first { $0.shift != nil && $0.count == Geometry.pagesPerPMD }
        if let huge, case .relative(let blocks) = huge.place {
            return UInt64(bitPattern: (1 << 24) - (blocks % 512))
        }
        let heads = facts.compactMap { fact -> Int64? in
            guard case .misaligned = fact.place else { return nil }
            return shift(inside: fact).map { $0 &+ Int64(bitPattern: fact.first) }
        }
        let skew = (0..<512).first { skew in heads.allSatisfy { ($0 + skew) % 512 != 0 } }
        return UInt64(bitPattern: (1 << 24) + (skew ?? 0))
    }
}
