import PageCache

/// Where blocks must lie that were given back and allocated again: the bytes that the device holds
/// under them tell whether they are the same ones. Which of its free blocks a file system takes is
/// not modelled.
struct ReusedBlocks {
    /// By position of the step that allocated them: runs that lie elsewhere than before.
    private(set) var moved: [(position: Int, span: Placement.Span)] = []

    /// What was last seen on the device under a page, while it had a block.
    private var held: [UInt64: [UInt8?]] = [:]
    private var allocated: [KernelRecording.Blocks] = []
    private let base: UInt64

    /// - Parameter base: device block of file block 0 where nothing else is known; what is moved
    ///   goes to multiples of it, so that it stays as aligned as it was.
    init(_ steps: [KernelRecording.Step], base: UInt64) {
        self.base = base
        var state = RecordedState()
        for (position, step) in steps.enumerated() {
            if step.do.op == "create" || step.do.op == "collapse" || step.do.op == "insert" {
                held = [:]
                allocated = []
            }
            state.follow(step)
            let now = state.blocks.filter { $0.state != "delalloc" }
            for contents in state.contents {
                for page in contents.index..<contents.index + (contents.pages ?? 1) {
                    follow(page, contents, now, at: position)
                }
            }
            allocated = now
        }
    }

    private mutating func follow(
        _ page: UInt64, _ contents: KernelRecording.Contents, _ now: [KernelRecording.Blocks],
        at position: Int
    ) {
        guard let run = now.first(where: { $0.range.contains(page) }) else { return }
        let bytes = Self.onDevice(contents)
        let isNew = !allocated.contains { $0.range.contains(page) }
        let isKnown = moved.contains { $0.position == position && $0.span.contains(page) }
        // Of a block that was written at once nothing is left of before.
        let isUntouched = contents.disk != nil || run.state == "unwritten"
        if isNew, !isKnown, isUntouched, let before = held[page],
            Self.differ(before, bytes)
        {
            let first = newPart(of: run, around: page)
            let place = base * UInt64(2 + moved.count)
            moved.append(
                (
                    position,
                    Placement.Span(
                        first: first.lowerBound, count: UInt64(first.count),
                        physical: place + first.lowerBound)
                ))
        }
        held[page] = bytes
    }

    /// The blocks of a run that were allocated together with the one under `page`.
    private func newPart(of run: KernelRecording.Blocks, around page: UInt64) -> Range<UInt64> {
        var part = run.range
        for old in allocated where old.range.overlaps(part) {
            if old.index > page {
                part = part.lowerBound..<min(part.upperBound, old.index)
            } else {
                part = max(part.lowerBound, old.index + old.pages)..<part.upperBound
            }
        }
        return part
    }

    /// The bytes at 0, 1, 2047 and 4095; nil: behind the end of the file, not told.
    private static func onDevice(_ contents: KernelRecording.Contents) -> [UInt8?] {
        contents.disk ?? contents.bytes
    }

    private static func differ(_ a: [UInt8?], _ b: [UInt8?]) -> Bool {
        zip(a, b).contains { $0 != nil && $1 != nil && $0 != $1 }
    }

    /// Of the places that are told or proved at step `at`, one that belongs to the blocks which are
    /// allocated from step `position` on: not to a later life of theirs, and moved with them.
    func place(
        _ span: Placement.Span, at: Int, from position: Int, isRelative: Bool
    ) -> Placement.Span? {
        var span = span
        for (start, other) in moved where start <= at && other.overlaps(span) {
            if start > position { return nil }
            guard isRelative else { continue }
            span.physical = span.physical &+ (other.physical &- other.first &- base)
        }
        return span
    }
}

extension KernelRecording.Blocks {
    var range: Range<UInt64> { index..<index + pages }
}

extension Placement.Span {
    func contains(_ block: UInt64) -> Bool { block >= first && block - first < count }

    func overlaps(_ other: Self) -> Bool {
        first < other.first + other.count && other.first < first + count
    }
}
