import Kernel
import Linux4
import PageCache
import RadixTree

/// What the model says of one aspect of a state, in the words of the recordings.
///
/// nil: the model does not know this yet. The comparison then puts `notModelled` beside what was
/// recorded. Whoever teaches the model something new fills in the function here.
struct ModelState {
    static let notModelled = "not modelled"

    let machine: Machine
    let kernel: KernelModel

    // MARK: - Pages of the tree

    /// The flags that the model has, by the recording's name, in the recording's order.
    static let flagNames: [(flag: PageFlags?, name: String)] = [
        (.locked, "locked"), (.error, "error"), (.referenced, "referenced"),
        (.uptodate, "uptodate"), (.dirty, "dirty"), (.lru, "lru"), (.active, "active"),
        (nil, "checked"), (.hasBuffers, "private"), (nil, "private_2"),
        (.writeback, "writeback"), (.reclaim, "reclaim"), (.mappedToDisk, "mappedtodisk"),
        (.swapBacked, "swapbacked"), (nil, "unevictable"),
    ]

    /// The flags that are set, a bit for each of `flagNames`. One that the model does not have is
    /// never set.
    func flags(of page: PageID) -> UInt32 {
        let flags = machine[page].flags
        var set: UInt32 = 0
        for (i, known) in Self.flagNames.enumerated() {
            if let flag = known.flag, flags.contains(flag) { set |= 1 << UInt32(i) }
        }
        return set
    }

    /// page_count.
    func references(of page: PageID) -> Int? { machine[page].references }

    /// page_mapcount.
    func mapCount(of page: PageID) -> Int? { machine[page].mapCount }

    /// The state of the page's buffer_head by the recording's names, or "none".
    func buffer(of page: PageID) -> String? {
        let found = machine[page]
        guard found.flags.contains(.hasBuffers) else { return "none" }
        return found.buffer.spelled.joined(separator: " ")
    }

    /// All 4096 bytes; empty when the page was never filled.
    func bytes(of page: PageID) -> [KernelRecording.Run]? {
        let found = machine[page]
        let isFilled =
            found.flags.contains(.uptodate) || found.buffer.contains(.uptodate)
            || found.isZeroPage
        return isFilled ? runs(found.bytes) : []
    }

    private func runs(_ bytes: PageBytes) -> [KernelRecording.Run] {
        bytes.segments.map {
            KernelRecording.Run(length: UInt64($0.offsets.count), value: $0.value)
        }
    }

    // MARK: - Shadows

    /// The parts of a shadow's word: "low 2 zone_index 0 node 0".
    func shadow(_ entry: RadixTree.Entry) -> String? {
        "low \(entry.rawValue & 3) zone_index \(entry.shadowZone) node \(entry.shadowNode)"
    }

    /// The refault distance if the page came back now.
    func distance(of entry: RadixTree.Entry) -> Int? {
        Int(Int64(bitPattern: machine.statistics.inactiveAge &- entry.shadowAge))
    }

    // MARK: - Blocks and contents

    /// The state of the blocks that are no holes, as runs.
    func blocks() -> [(index: UInt64, pages: UInt64, state: String)]? {
        machine.blocks.runs.map { ($0.first, $0.count, $0.state.rawValue) }
    }

    /// st_blocks, units of 512 bytes.
    func blockCount() -> UInt64? { machine.blockCount }

    /// Where a fresh read finds page `index`: page, block or zero.
    func source(of index: UInt64) -> String? {
        if Audit.filledPage(index, machine) != nil { return "page" }
        return machine.blocks.state(index) == .written ? "block" : "zero"
    }

    /// What a fresh read of page `index` sees, to the end of the file.
    func contents(of index: UInt64) -> [KernelRecording.Run]? {
        runs(Audit.contents(of: index, machine), toTheEndOf: index)
    }

    /// As far as the file reaches.
    private func runs(
        _ bytes: PageBytes, toTheEndOf index: UInt64
    ) -> [KernelRecording.Run] {
        let end = (0..<machine.inode.size).offsets(inPage: index).upperBound
        var found: [KernelRecording.Run] = []
        for part in bytes.segments where part.offsets.lowerBound < end {
            let length = min(part.offsets.upperBound, end) - part.offsets.lowerBound
            found.append(KernelRecording.Run(length: UInt64(length), value: part.value))
        }
        return found
    }

    /// The bytes of the block under page `index` on the device, where they are other than what the
    /// whole page reads as, also behind the end of the file; empty: the same, or a hole.
    func disk(of index: UInt64) -> [KernelRecording.Run]? {
        let block = machine.blocks.lookup(index)
        guard block.isAllocated else { return [] }
        let bytes = machine.memory.visible(block.physical)
        return bytes == Audit.contents(of: index, machine) ? [] : runs(bytes)
    }

    // MARK: - Page tables

    /// A present entry of a page table.
    struct Mapped {
        var map: String
        var index: UInt64
        var pages: UInt64 = 1
        /// page, private, block, huge-block or zero.
        var kind: String
        var isWritable: Bool
        var isDirty: Bool
        /// The accessed bit.
        var isYoung: Bool?
        /// flags, refs and mapcount of a copy's page.
        var copy: String?
        /// As seen through the mapping.
        var bytes: [KernelRecording.Run]?
    }

    /// The present entries of all mappings.
    func mapped() -> [Mapped] {
        machine.vmas.filter(\.isMapped).flatMap(mapped)
    }

    private func mapped(_ vma: VMA) -> [Mapped] {
        var found = vma.ptes.map { index, pte in
            let kind =
                switch pte.target {
                case .page: "page"
                case .block: "block"
                case .copy: "private"
                }
            return Mapped(
                map: vma.name, index: index, kind: kind, isWritable: pte.isWritable,
                isDirty: pte.isDirty, isYoung: pte.isYoung, copy: copy(pte),
                bytes: machine.bytes(of: index, through: vma).map(runs))
        }
        for (region, pmd) in vma.pmds where pmd.isHuge {
            found += mapped(vma, pmd, from: UInt64(max(0, vma.firstPage(ofRegion: region))))
        }
        return found
    }

    /// The pages under a huge entry: each shows bytes of its own.
    private func mapped(_ vma: VMA, _ pmd: PMD, from head: UInt64) -> [Mapped] {
        var entry = Mapped(
            map: vma.name, index: head, pages: Geometry.pagesPerPMD, kind: "zero",
            isWritable: false, isDirty: false)
        guard case .huge(_, let isWritable, let isDirty) = pmd else { return [entry] }
        entry.pages = 1
        entry.kind = "huge-block"
        entry.isWritable = isWritable
        entry.isDirty = isDirty
        // Made young, and nobody ages it.
        entry.isYoung = true
        return (head..<head + Geometry.pagesPerPMD).map { index in
            entry.index = index
            entry.bytes = machine.bytes(of: index, through: vma).map(runs)
            return entry
        }
    }

    private func copy(_ pte: PTE) -> String? {
        guard case .copy(let page) = pte.target else { return nil }
        let found = machine[page]
        return "\(found.flags.spelled.joined(separator: " ")), refs \(found.references), "
            + "mapcount \(found.mapCount)"
    }

    // MARK: - The open file and the machine

    /// `file_ra_state`, as the comparison writes a recorded one.
    func readAhead() -> KernelRecording.ReadAhead? {
        let file = machine.file
        return KernelRecording.ReadAhead(
            start: file.readAhead.start, size: file.readAhead.size,
            asyncSize: file.readAhead.asyncSize, pages: file.readAhead.maximum,
            mmapMiss: Int(file.readAhead.mmapMiss), position: file.readAhead.previousPosition,
            random: file.isRandom)
    }

    /// s_maxbytes.
    func sizeLimit() -> UInt64? { machine.inode.fileSystem.largestSize }

    // MARK: - What a call gave back beside its result

    /// Everything that the task's pread read.
    func data(of task: Int) -> [KernelRecording.Run]? {
        machine.tasks[task].outcome.data.runs.map {
            KernelRecording.Run(length: $0.length, value: $0.value)
        }
    }

    /// The resident pages that the task's mincore found.
    func resident(of task: Int) -> Set<UInt64>? {
        machine.tasks[task].outcome.resident.map(Set.init)
    }

    /// What became of the pages that reclaim was to take: "reclaimed 1 active 0 absent 0 kept 0".
    func reclaimed(of task: Int) -> String? {
        machine.tasks[task].outcome.reclaim.map {
            "reclaimed \($0.reclaimed) active \($0.active) absent \($0.absent) kept \($0.kept)"
        }
    }
}
