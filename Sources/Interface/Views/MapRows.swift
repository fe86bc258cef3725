import Canvas
import PageCache
import PageTree

/// The rows of the file map. Each looks only at the pages of its columns, and in each column only
/// at the first few things, whatever else there is.
struct MapRows {
    struct Row {
        var name: String
        /// What a column of these pages shows.
        var cell: (ClosedRange<UInt64>) -> Cell
    }

    /// A sign, dim when it does not stand for every page of its column.
    typealias Cell = (glyph: Glyph, style: Style)

    private(set) var rows: [Row] = []
    private let scene: Scene
    private let window: FileMap.Window

    /// So many runs of blocks, page tables or lines of memory are looked at in a column. Behind
    /// them something may be that the column does not show: it says so.
    static let patience = 64
    /// More than was looked at, and nothing found in that.
    static let unknown: Cell = (.ellipsis, .dim)
    private static let nothing: Cell = (.unmapped, Style(.unmapped))
    private static let empty: Cell = (.empty, .empty)

    init(_ scene: Scene, _ window: FileMap.Window) {
        self.scene = scene
        self.window = window
        addBlocks()
        for vma in scene.machine.vmas where vma.isMapped { addMapping(vma) }
        addTree()
        addReadAhead()
        addMemory()
        addFindings()
    }

    private static func cell(_ glyph: Glyph, _ role: Role, isWhole: Bool = true) -> Cell {
        (glyph, Style(role, isWhole ? [] : .dim))
    }

    // MARK: Blocks

    private mutating func addBlocks() {
        let blocks = scene.machine.blocks
        rows.append(
            Row(name: "blocks") { pages in
                var state: BlockState?
                var isWhole = true
                for run in Runs(of: pages, blocks).prefix(Self.patience) {
                    isWhole = isWhole && (state == nil || state == run.state)
                    // What is worth most is shown.
                    if run.state.worth > state?.worth ?? -1 { state = run.state }
                    if state == .written, !isWhole { break }
                }
                return Self.sign(state ?? .hole, isWhole: isWhole)
            })
    }

    private static func sign(_ state: BlockState, isWhole: Bool) -> Cell {
        switch state {
        case .hole: cell(.hole, .hole, isWhole: isWhole)
        case .delalloc: cell(.delayed, .unwritten, isWhole: isWhole)
        case .unwritten: cell(.unwritten, .unwritten, isWhole: isWhole)
        case .written: cell(.written, .written, isWhole: isWhole)
        }
    }

    // MARK: Page tables

    private mutating func addMapping(_ vma: VMA) {
        let machine = scene.machine
        rows.append(
            Row(name: scene.look.text(vma.name)) { range in
                guard range.upperBound >= vma.first, range.lowerBound < vma.end else {
                    return Self.empty
                }
                let last = min(range.upperBound, vma.end - 1)
                let pages = max(range.lowerBound, vma.first)..<last + 1
                let slots = vma.ptes.positions(of: pages)
                let small = slots.isEmpty ? nil : vma.ptes.element(at: slots.lowerBound)
                let huge = HugePages(vma, pages)
                // What comes first is shown.
                if let first = huge.first, small.map({ $0.key > first.page }) ?? true {
                    return Self.cell(.mappedHuge, first.role, isWhole: huge.isWhole)
                }
                guard let pte = small?.value else {
                    return huge.isKnown ? Self.nothing : Self.unknown
                }
                let isWhole = slots.count == pages.count
                if case .page(let id) = pte.target, machine[id].isZeroPage {
                    return Self.cell(.zeroPage, .zeroPage, isWhole: isWhole)
                }
                return pte.isWritable
                    ? Self.cell(.mappedWrite, .mappedWrite, isWhole: isWhole)
                    : Self.cell(.mappedRead, .mappedRead, isWhole: isWhole)
            })
    }

    // MARK: Tree

    private mutating func addTree() {
        let tree = scene.machine.mapping.pageTree
        let machine = scene.machine
        let window = window
        let findings = scene.moment.findings.lazy.filter { $0.kind == .orphan }
        let orphans = Set(findings.compactMap { $0.index.flatMap(window.column) })
        rows.append(
            Row(name: "tree") { pages in
                if let column = window.column(of: pages.lowerBound), orphans.contains(column) {
                    return (.orphan, .orphan)
                }
                let found = tree.next(atOrAfter: PageIndex(pages.lowerBound))
                if let found, pages.contains(found.index.rawValue) {
                    let kind = Audit.kind(of: found.entry, in: machine)
                    return (kind.glyph, kind.style)
                }
                let isCovered = machine.isCovered(pages.lowerBound)
                return isCovered ? (.covered, Style(.covered)) : Self.empty
            })
        for tag in PageTree.Tag.allCases where tree.isTagged(tag) {
            rows.append(
                Row(name: tag.name.lowercased()) { pages in
                    let found = tree.next(atOrAfter: PageIndex(pages.lowerBound), tagged: tag)
                    let isHere = found.map { $0.index.rawValue <= pages.upperBound } ?? false
                    return isHere ? (.tagBar, tag.style) : Self.empty
                })
        }
    }

    // MARK: Read-ahead

    /// The window that the open file has read last, and the marked pages.
    private mutating func addReadAhead() {
        let machine = scene.machine
        let tree = machine.mapping.pageTree
        let state = machine.file.readAhead
        guard !machine.inode.isDAX, state.size > 0 else { return }
        let last = state.start + state.size - 1
        rows.append(
            Row(name: "read-ahead") { pages in
                for found in tree.entries(from: PageIndex(pages.lowerBound))
                    .prefix(Self.patience)
                {
                    guard found.index.rawValue <= pages.upperBound else { break }
                    if let page = found.entry.page, machine[page].isReadAheadMark {
                        return (.readAheadMark, Style(.key))
                    }
                }
                guard pages.lowerBound <= last, pages.upperBound >= state.start else {
                    return Self.empty
                }
                let isWhole = pages.lowerBound >= state.start && pages.upperBound <= last
                return Self.cell(.readAhead, .mappedRead, isWhole: isWhole)
            })
    }

    // MARK: Memory

    private mutating func addMemory() {
        guard scene.machine.inode.isDAX else { return }
        addMemory("CPU cache", .cachedOnly, .cachedOnly) {
            !$0.cached.isEmpty || !$0.pending.isEmpty
        }
        addMemory("durable", .durable, .durable) { $0.durable != .zero }
    }

    private mutating func addMemory(
        _ name: String, _ glyph: Glyph, _ role: Role,
        _ isMeant: @escaping (PersistentMemory.Line) -> Bool
    ) {
        let blocks = scene.machine.blocks
        let lines = scene.machine.memory.lines
        rows.append(
            Row(name: name) { pages in
                var left = Self.patience
                for run in Runs(of: pages, blocks) where run.isAllocated {
                    let device = run.physical..<run.physical + run.length
                    for position in lines.positions(of: device) {
                        if isMeant(lines.element(at: position).value) {
                            return Self.cell(glyph, role)
                        }
                        left -= 1
                        guard left > 0 else { return Self.unknown }
                    }
                    left -= 1
                    guard left > 0 else { return Self.unknown }
                }
                return Self.empty
            })
    }

    private mutating func addFindings() {
        let look = scene.look
        let window = window
        var columns: [Int: Finding] = [:]
        for finding in scene.moment.findings {
            guard let column = finding.index.flatMap(window.column) else { continue }
            if columns[column] == nil { columns[column] = finding }
        }
        rows.append(
            Row(name: "findings") { pages in
                guard let column = window.column(of: pages.lowerBound), let found = columns[column]
                else { return Self.empty }
                let glyph: Glyph =
                    FindingsPane.sign(found, look) == look[.leak]
                    ? .leak : found.kind == .orphan ? .orphan : .wrong
                return (glyph, FindingsPane.style(of: found))
            })
    }
}

extension BlockState {
    /// What of several states is shown in one column: the one of most worth.
    fileprivate var worth: Int {
        switch self {
        case .hole: 0
        case .delalloc: 1
        case .unwritten: 2
        case .written: 3
        }
    }
}

/// The runs of blocks that some pages of a file lie on, in order, one looked up at a time.
private struct Runs: Sequence, IteratorProtocol {
    private var block: UInt64
    private let last: UInt64
    private let blocks: BlockMap
    private var isDone = false

    init(of pages: ClosedRange<UInt64>, _ blocks: BlockMap) {
        (block, last, self.blocks) = (pages.lowerBound, pages.upperBound, blocks)
    }

    /// The next run, cut where the pages end.
    mutating func next() -> BlockMap.Lookup? {
        guard !isDone else { return nil }
        var found = blocks.lookup(block)
        isDone = found.length == 0 || last - block < found.length
        if isDone { found.length = Swift.min(found.length, last - block &+ 1) }
        block &+= found.length
        return found
    }
}

/// What of some pages is mapped 2 MiB at a time.
private struct HugePages {
    /// The first page that is, of the few that were looked at.
    private(set) var first: (page: UInt64, role: Role)?
    /// All of them are.
    private(set) var isWhole = false
    /// No page table was left out.
    let isKnown: Bool

    init(_ vma: VMA, _ pages: Range<UInt64>) {
        let regions = vma.region(of: pages.lowerBound)..<vma.region(of: pages.upperBound - 1) + 1
        let tables = vma.pmds.positions(of: regions)
        isKnown = tables.count <= MapRows.patience
        var count = 0
        for position in tables.prefix(MapRows.patience) {
            let (region, pmd) = vma.pmds.element(at: position)
            guard pmd.isHuge else { continue }
            count += 1
            guard first == nil else { continue }
            let start = UInt64(max(vma.firstPage(ofRegion: region), Int64(pages.lowerBound)))
            first = (start, pmd == .hugeZeroPage ? .zeroPage : .mappedHuge)
        }
        isWhole = count == regions.count
    }
}
