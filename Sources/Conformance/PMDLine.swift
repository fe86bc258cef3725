/// A message of dax_pmd_dbg: why a PMD fault fell back, with what get_block had answered.
struct PMDLine {
    var reason: String
    var device: String?
    var state: String?
    /// Device block; nil where the recording leaves it out ("start X").
    var start: UInt64?
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
        start = word(after: "start").flatMap { UInt64($0) }
        length = word(after: "length").flatMap { UInt64($0) } ?? 0
    }

    /// There are blocks at the start of the 2 MiB.
    var isMapped: Bool { state != nil && state != "0" }

    /// Whether the blocks are 2 MiB aligned on the device, where the reason says it: these checks
    /// come after the one for alignment.
    var isAligned: Bool? {
        switch reason {
        case "pfn unaligned": false
        case "pfn not in memmap", "PMD radix insertion failed": true
        default: nil
        }
    }

    /// What is compared: the place of the blocks is an input.
    var comparable: String {
        state.map { "\(reason) (\(device ?? "-"), state \($0), length \(length))" } ?? reason
    }

    static func lines(of step: KernelRecording.Step) -> [PMDLine] {
        (step.log ?? []).compactMap { PMDLine($0) }
    }

    /// The relative sector of "block pmem0: __dax_pmd_fault: … sector S", which a PMD fault says
    /// before it maps 2 MiB.
    static func mappedSectors(of step: KernelRecording.Step) -> [Int64] {
        (step.log ?? []).compactMap { line in
            guard line.hasPrefix("block pmem0: __dax_pmd_fault:") else { return nil }
            let words = line.split(separator: " ")
            guard words.dropLast().last == "sector" else { return nil }
            return words.last.flatMap { Int64($0) }
        }
    }

    /// "dax_flush: index I type T sector S size N": which blocks were written back.
    static func flushes(
        of step: KernelRecording.Step
    ) -> [(index: UInt64, isPMD: Bool, sector: Int64)] {
        (step.log ?? []).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 9, words[0] == "dax_flush:", let index = UInt64(words[2]),
                let sector = Int64(words[6])
            else { return nil }
            return (index, words[4] == "PMD", sector)
        }
    }
}
