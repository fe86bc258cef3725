import PageCache

/// Where a recording puts the blocks of its file. The allocators of the file systems are not
/// modelled, so their choice is an input of the replay.
///
/// DAX entries, flushes and PMD mappings tell the sector of their block, relative to the first
/// one of the run; fallbacks of PMD faults tell the device block at the start of the 2 MiB, or only
/// how far it goes on and that it is not aligned. v4.4 tells no sectors: it is given those of a
/// kernel that does, which did the same operations on the same file system, but what its own page
/// tables prove goes first.
struct RecordedPlaces {
    /// Device block that relative sector 0 stands for.
    let origin: UInt64
    /// Device block of file block 0 where nothing is told; a multiple of 512.
    static let base: UInt64 = 1 << 26
    /// By position of the step: what the state after it tells, and what was so before it.
    private let told: [(after: [Placement.Span], before: [Placement.Span])]
    /// By position of the step: what the run's own page tables prove.
    private var proved: [Int: [Placement.Span]] = [:]
    /// The same for blocks that were freed and allocated again, as their bytes show.
    private let reused: ReusedBlocks
    private let freed: FreedBlocks
    /// What is told is of the run itself, not of another kernel's.
    private let isOwn: Bool
    /// By position of the step: it gives blocks other indices.
    private let isShifting: [Bool]

    /// A 2 MiB range that a PMD fault did not map, though it was one run of blocks: it is not
    /// aligned on the device.
    struct Misaligned: Hashable {
        /// Of the step.
        var position: Int
        /// The first page of the range.
        var head: UInt64
    }

    /// - Parameters:
    ///   - steps: the steps of a kernel that records sectors (v6 to v4.5).
    ///   - own: the steps of the run itself, where that is another one.
    init(
        _ steps: [KernelRecording.Step], own: [KernelRecording.Step]? = nil,
        misaligned: Set<Misaligned> = []
    ) {
        let facts = PlaceFacts(steps)
        origin = facts.origin
        freed = FreedBlocks(own ?? steps)
        isOwn = own == nil
        isShifting = steps.map {
            ($0.do.op == "collapse" || $0.do.op == "insert") && $0.got.ret == 0
        }
        told = steps.indices.map { i in (facts.spans(.after, at: i), facts.spans(.before, at: i)) }
        reused = ReusedBlocks(own ?? steps, base: Self.base)
        addShort(own ?? steps)
        guard let own else { return }
        for (position, step) in own.enumerated() {
            guard let head = Self.mappedHuge(step) else { continue }
            proved[position, default: []].append(Self.span(head, isAligned: true))
        }
        for range in misaligned {
            proved[range.position, default: []].append(Self.span(range.head, isAligned: false))
        }
        addMoved(own)
    }

    /// A PMD fault on ext2 asks for the whole range: where fewer blocks are there afterwards, the
    /// allocator found no longer run.
    private mutating func addShort(_ steps: [KernelRecording.Step]) {
        var state = RecordedState()
        for (position, step) in steps.enumerated() {
            let before = state.blocks
            state.follow(step)
            guard step.fs == "ext2", step.do.op == "store", let index = step.do.index else {
                continue
            }
            let head = Geometry.pmdHead(index)
            let end = head + Geometry.pagesPerPMD
            guard !before.contains(where: { $0.range.overlaps(head..<end) }),
                let run = state.blocks.first(where: { $0.index == head }), run.pages > 1,
                run.range.upperBound < end
            else { continue }
            proved[position, default: []].append(
                Placement.Span(
                    first: run.range.upperBound,
                    physical: 2 * Self.base + run.range.upperBound))
        }
    }

    /// A page table entry that shows other bytes than the file's block maps a block that the page
    /// had before: the new one lies elsewhere.
    private mutating func addMoved(_ own: [KernelRecording.Step]) {
        var state = RecordedState()
        var found: Set<UInt64> = []
        for (position, step) in own.enumerated() {
            state.follow(step)
            for mapped in state.maps where mapped.kind == "block" && mapped.pages == nil {
                let page = mapped.index
                let isOther = state.contents.contains {
                    $0.index == page && $0.pages == nil && $0.from == "block"
                        && $0.bytes != mapped.bytes
                }
                guard isOther, let start = freed.last(page, upTo: position),
                    found.insert(page).inserted
                else { continue }
                for (at, block) in [(start, Self.base + page), (position, 2 * Self.base + page)] {
                    proved[at, default: []].append(
                        Placement.Span(first: page, physical: block))
                }
            }
        }
    }

    /// The head of the 2 MiB range of blocks that an access finds, or makes, mapped by one PMD.
    private static func mappedHuge(_ step: KernelRecording.Step) -> UInt64? {
        guard let index = step.do.index, let after = step.ptAfter, after.hasPrefix("pmd"),
            after.hasSuffix("zero=0")
        else { return nil }
        return Geometry.pmdHead(index)
    }

    /// A range of which only the alignment is known.
    static func span(_ head: UInt64, isAligned: Bool) -> Placement.Span {
        Placement.Span(
            first: head, count: Geometry.pagesPerPMD, physical: base + head + (isAligned ? 0 : 40))
    }

    /// Nothing says that the range was aligned then: it was not mapped by a PMD with the same
    /// blocks before or after.
    func allows(_ range: Misaligned) -> Bool {
        let span = Self.span(range.head, isAligned: true)
        return !proved.contains { position, spans in
            spans.contains(span)
                && !freed.overlaps(
                    span.first, count: span.count, between: position, range.position)
        }
    }

    /// The places that count from step `position` on: of two for one block the earlier.
    ///
    /// - Parameter again: only of what is allocated in that step after it has freed blocks.
    func spans(from position: Int, again: Bool = false) -> [Placement.Span] {
        var spans: [Placement.Span] = []
        func add(_ more: [Placement.Span]) {
            for span in more where !spans.contains(where: { contradicts(span, $0) }) {
                spans.append(span)
            }
        }
        func add(_ more: [Placement.Span], at: Int, isRelative: Bool = false) {
            add(
                more.compactMap {
                    reused.place($0, at: at, from: position, isRelative: isRelative)
                })
        }
        for (at, span) in proved.sorted(by: { $0.key < $1.key }) where at >= position {
            add(span, at: at, isRelative: true)
        }
        // What another kernel's sectors tell is less than what this one's bytes show.
        if !isOwn { add(reusedSpans(at: position)) }
        for (i, step) in told.enumerated().dropFirst(position) {
            // Blocks are at other indices after these.
            if isShifting[position...i].contains(true) { break }
            // What is allocated in this step is there after it.
            add(i == position ? step.after : step.before, at: i)
            if again, i == position { continue }
            add(i == position ? step.before : step.after, at: i)
        }
        add(reusedSpans(at: position))
        return spans
    }

    private func reusedSpans(at position: Int) -> [Placement.Span] {
        reused.moved.filter { $0.position == position }.map(\.span)
    }

    /// The two overlap and disagree, or the later one says nothing new.
    private func contradicts(_ later: Placement.Span, _ earlier: Placement.Span) -> Bool {
        guard later.first < earlier.first + earlier.count,
            earlier.first < later.first + later.count
        else { return false }
        if later.physical &- later.first != earlier.physical &- earlier.first { return true }
        return later.first >= earlier.first
            && later.first + later.count <= earlier.first + earlier.count
    }
}
