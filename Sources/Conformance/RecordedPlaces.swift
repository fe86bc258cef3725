import PageCache

/// Where a recording puts the blocks of its file. The allocators of the file systems are not
/// modelled, so their choice is an input of the replay.
///
/// DAX entries tell the sector of their block, relative to the first entry of the run; the debug
/// lines of PMD faults tell the device block at the start of the 2 MiB, and how far it goes on.
struct RecordedPlaces {
    /// Device block that relative sector 0 stands for.
    let origin: UInt64
    /// By position of the step: the places that it tells.
    private let told: [[Placement.Span]]

    /// - Parameter steps: the steps of a kernel that records sectors (v6 to v4.5).
    init(_ steps: [KernelRecording.Step]) {
        // A line that says `same` does not repeat the entries.
        var entries: [[KernelRecording.Entry]] = [[]]
        for step in steps {
            let isSame = step.same == true || !step.hasState
            entries.append(isSame ? entries.last! : step.entries ?? [])
        }
        let origin = Self.origin(of: Array(zip(steps, entries.dropFirst())))
        self.origin = origin
        told = steps.indices.map { i in
            // An entry that was there before tells nothing new: its block may be gone by now.
            let new = entries[i + 1].filter { entry in
                !entries[i].contains { $0.index == entry.index && $0.sector == entry.sector }
            }
            return Self.spans(of: steps[i], new, origin)
        }
    }

    /// The places that count from step `position` on: of two for one block the earlier.
    func spans(from position: Int) -> [Placement.Span] {
        var spans: [Placement.Span] = []
        for step in told.dropFirst(position) {
            for span in step where !spans.contains(where: { contradicts(span, $0) }) {
                spans.append(span)
            }
        }
        return spans
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

    private static func spans(
        of step: KernelRecording.Step, _ entries: [KernelRecording.Entry], _ origin: UInt64
    ) -> [Placement.Span] {
        var spans: [Placement.Span] = []
        for entry in entries {
            guard let sector = entry.sector, let type = entry.type, type.hasPrefix("dax") else {
                continue
            }
            spans.append(
                Placement.Span(
                    first: entry.index,
                    count: type == "dax-pmd" ? Geometry.pagesPerPMD : 1,
                    physical: origin &+ UInt64(bitPattern: sector / 8)))
        }
        for line in PMDLine.lines(of: step) {
            guard let index = step.do.index, let block = line.mappedBlock else { continue }
            let head = Geometry.pmdHead(index)
            // What lies behind the 2 MiB is not told: the length is cut off there.
            spans.insert(
                Placement.Span(
                    first: head, count: line.length / Geometry.pageSize, physical: block),
                at: 0)
        }
        return spans
    }

    /// The first debug line whose extent holds an entry gives it exactly; else a PMD entry gives
    /// its alignment.
    private static func origin(
        of steps: [(KernelRecording.Step, [KernelRecording.Entry])]
    ) -> UInt64 {
        for (step, entries) in steps {
            for line in PMDLine.lines(of: step) {
                guard let index = step.do.index, let block = line.mappedBlock else { continue }
                let head = Geometry.pmdHead(index)
                let end = head + line.length / Geometry.pageSize
                for entry in entries where entry.index >= head && entry.index < end {
                    guard let sector = entry.sector else { continue }
                    return block &+ (entry.index - head) &- UInt64(bitPattern: sector / 8)
                }
            }
        }
        let pmd = steps.lazy.map(\.1).joined().first { $0.type == "dax-pmd" }
        let pages = (pmd?.sector ?? 0) / 8
        return UInt64(bitPattern: (1 << 24) - (pages % 512))
    }
}

/// A message of dax_pmd_dbg: why a PMD fault fell back, with what get_block had answered.
struct PMDLine {
    var reason: String
    var device: String?
    var state: String?
    var start: UInt64 = 0
    var length: UInt64 = 0

    /// "dax_pmd: COMM addr: A dev D state S start B length L fallback: REASON".
    init?(_ text: String) {
        guard text.hasPrefix("dax_pmd: "), let range = text.range(of: " fallback: ") else {
            return nil
        }
        reason = String(text[range.upperBound...])
        let words = text[..<range.lowerBound].split(separator: " ")
        func word(after name: String) -> Substring? {
            guard let i = words.firstIndex(where: { $0 == name }), i + 1 < words.count else {
                return nil
            }
            return words[i + 1]
        }
        device = word(after: "dev").map(String.init)
        state = word(after: "state").map(String.init)
        start = word(after: "start").flatMap { UInt64($0) } ?? 0
        length = word(after: "length").flatMap { UInt64($0) } ?? 0
    }

    /// The device block at the start of the 2 MiB, when it is mapped.
    var mappedBlock: UInt64? { state == nil || state == "0" ? nil : start }

    /// What is compared: the place of the blocks is an input.
    var comparable: String {
        state.map { "\(reason) (\(device ?? "-"), state \($0), length \(length))" } ?? reason
    }

    static func lines(of step: KernelRecording.Step) -> [PMDLine] {
        (step.log ?? []).compactMap { PMDLine($0) }
    }
}
