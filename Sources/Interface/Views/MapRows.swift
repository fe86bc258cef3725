import Canvas
import PageCache
import RadixTree

/// The rows of the file map. Each looks only at the pages of its columns, whatever else there is.
struct MapRows {
    struct Row {
        var name: String
        /// What a column of these pages shows.
        var cell: (ClosedRange<UInt64>) -> (Glyph, Style)
    }

    private(set) var rows: [Row] = []
    private let scene: Scene
    private let window: FileMap.Window

    private static let nothing: (Glyph, Style) = (.unmapped, Style(.unmapped))

    init(_ scene: Scene, _ window: FileMap.Window) {
        self.scene = scene
        self.window = window
        addBlocks()
        for vma in scene.machine.vmas where vma.isMapped { addMapping(vma) }
        addTree()
        addMemory()
        addFindings()
    }

    // MARK: Blocks

    private mutating func addBlocks() {
        let blocks = scene.machine.blocks
        rows.append(
            Row(name: "blocks") { pages in
                var block = pages.lowerBound
                let first = blocks.lookup(block)
                let isWhole = first.length > pages.upperBound - pages.lowerBound
                guard !isWhole else { return Self.sign(first.state, isWhole: true) }
                var states: Set<BlockState> = []
                var found = first
                while true {
                    states.insert(found.state)
                    guard pages.upperBound - block >= found.length else { break }
                    block += found.length
                    found = blocks.lookup(block)
                }
                let state: BlockState =
                    states.contains(.written) ? .written : .unwritten
                return Self.sign(
                    states.count == 1 ? first.state : state, isWhole: states.count == 1)
            })
    }

    private static func sign(_ state: BlockState, isWhole: Bool) -> (Glyph, Style) {
        let (glyph, role): (Glyph, Role) =
            switch state {
            case .hole: (.hole, .hole)
            case .unwritten: (.unwritten, .unwritten)
            case .written: (.written, .written)
            }
        return (glyph, Style(role, isWhole ? [] : .dim))
    }

    // MARK: Page tables

    private mutating func addMapping(_ vma: VMA) {
        let pages = FileMap.Window.buckets(vma.ptes.keys, window)
        let machine = scene.machine
        let window = window
        rows.append(
            Row(name: scene.look.text(vma.name)) { range in
                guard range.upperBound >= vma.first, range.lowerBound < vma.end else {
                    return (.empty, Style(.empty))
                }
                let from = max(range.lowerBound, vma.first)
                let to = min(range.upperBound, vma.end - 1)
                if let huge = Self.huge(vma, from, to) { return huge }
                guard let column = window.column(of: range.lowerBound),
                    let here = pages[column], let page = here.min(), let pte = vma.ptes[page]
                else { return Self.nothing }
                let isWhole = UInt64(here.count) > to - from
                let attributes: Attributes = isWhole ? [] : .dim
                if case .page(let id) = pte.target, machine[id].isZeroPage {
                    return (.zeroPage, Style(.zeroPage, attributes))
                }
                return pte.isWritable
                    ? (.mappedWrite, Style(.mappedWrite, attributes))
                    : (.mappedRead, Style(.mappedRead, attributes))
            })
    }

    /// A 2 MiB mapping of the first page, or of the last.
    private static func huge(_ vma: VMA, _ from: UInt64, _ to: UInt64) -> (Glyph, Style)? {
        for (page, other) in [(from, to), (to, from)] {
            switch vma.pmd(of: page) {
            case .huge:
                let isWhole = vma.region(of: page) == vma.region(of: other)
                return (.mappedHuge, Style(.mappedHuge, isWhole ? [] : .dim))
            case .hugeZeroPage: return (.mappedHuge, Style(.zeroPage))
            case .none, .table: continue
            }
        }
        return nil
    }

    // MARK: Tree

    private mutating func addTree() {
        let tree = scene.machine.mapping.pageTree
        let machine = scene.machine
        let orphans = scene.moment.findings.filter { $0.kind == .orphan }.compactMap(\.index)
        rows.append(
            Row(name: "tree") { pages in
                if orphans.contains(where: { pages.contains($0) }) { return (.orphan, .orphan) }
                let found = tree.next(atOrAfter: PageIndex(pages.lowerBound))
                if let found, found.index.rawValue <= pages.upperBound {
                    let kind = Audit.kind(of: found.entry, in: machine)
                    return (kind.glyph, kind.style)
                }
                let head = PageCache.Geometry.pmdHead(pages.lowerBound)
                let isCovered =
                    machine.inode.isDAX && tree.lookup(PageIndex(head))?.isDAXPMD == true
                return isCovered ? (.covered, Style(.covered)) : (.empty, .empty)
            })
        for tag in RadixTree.Tag.allCases where tree.isTagged(tag) {
            rows.append(
                Row(name: tag.name.lowercased()) { pages in
                    let found = tree.next(atOrAfter: PageIndex(pages.lowerBound), tagged: tag)
                    guard let found, found.index.rawValue <= pages.upperBound else {
                        return (.empty, .empty)
                    }
                    return (.tagBar, tag.style)
                })
        }
    }

    // MARK: Memory

    private mutating func addMemory() {
        guard scene.machine.inode.isDAX else { return }
        let machine = scene.machine
        let window = window
        var known: [UInt64: PersistentMemory.Line] = [:]
        for (block, line) in machine.memory.lines {
            guard let page = machine.blocks.fileBlock(ofPhysical: block) else { continue }
            known[page] = line
        }
        let columns = FileMap.Window.buckets(known.keys, window)
        func lines(_ pages: ClosedRange<UInt64>) -> [PersistentMemory.Line] {
            guard let column = window.column(of: pages.lowerBound) else { return [] }
            return (columns[column] ?? []).compactMap { known[$0] }
        }
        rows.append(
            Row(name: "CPU cache") { pages in
                let isCached = lines(pages).contains { $0.cached != nil || $0.pending != nil }
                return isCached ? (.cachedOnly, Style(.cachedOnly)) : (.empty, .empty)
            })
        rows.append(
            Row(name: "durable") { pages in
                let isDurable = lines(pages).contains { $0.durable != 0 }
                return isDurable ? (.durable, Style(.durable)) : (.empty, .empty)
            })
    }

    private mutating func addFindings() {
        let findings = scene.moment.findings.filter { $0.index != nil }
        let look = scene.look
        rows.append(
            Row(name: "findings") { pages in
                guard let found = findings.first(where: { pages.contains($0.index!) }) else {
                    return (.empty, .empty)
                }
                let glyph: Glyph =
                    FindingsPane.sign(found, look) == look[.leak]
                    ? .leak : found.kind == .orphan ? .orphan : .wrong
                return (glyph, FindingsPane.style(of: found))
            })
    }
}

extension FileMap.Window {
    /// Pages by the column that shows them; those outside of the window are left out.
    static func buckets(
        _ pages: some Sequence<UInt64>, _ window: FileMap.Window
    ) -> [Int: [UInt64]] {
        var columns: [Int: [UInt64]] = [:]
        for page in pages {
            if let column = window.column(of: page) { columns[column, default: []].append(page) }
        }
        return columns
    }
}
