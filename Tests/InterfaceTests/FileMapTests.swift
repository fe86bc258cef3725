import Canvas
import Kernel
import PageCache
import RadixTree
import Scenario
import Testing

@testable import Interface

/// What a column of the file map shows, and that it looks at no more than its columns.
@Suite struct FileMapTests {
    private static let text = """
        scenario: map
        title: A file
        kernels: [v4.5]
        file: { size: SIZE }
        steps: [fsync]
        """

    /// A file of so many pages; what it holds is put there by `fill`.
    private func state(
        pages: UInt64, fill: (inout Machine) -> Void = { _ in }
    ) throws -> InterfaceState {
        let text = Self.text.replacing("SIZE", with: "\(pages * 4096)")
        let scenario = try Scenario.parse(text, file: "map.yml")
        var machine = Machine(file: scenario.file)
        fill(&machine)
        var state = InterfaceState(run: ScenarioRun(scenario, on: .v4_5, from: machine))
        state.handle(.resize(Size(120, 40)))
        state.press("F2")
        return state
    }

    /// Page tables, blocks and cached lines for `count` pages, every `stride`th.
    private func fill(_ machine: inout Machine, _ count: UInt64, stride: UInt64 = 1) {
        var vma = VMA(name: "m", first: 0, count: count * stride, isShared: true, skew: 1)
        machine.blocks.set(first: 0, count: count * stride, state: .written, physical: 4096)
        for number in 0..<count {
            let page = number * stride
            vma.ptes[page] = PTE(target: .block(4096 + page), isWritable: true, isDirty: true)
            if vma.pmd(of: page) == .none { vma.pmds[vma.region(of: page)] = .table }
            machine.memory.store(1, block: 4096 + page)
        }
        machine.vmas = [vma]
    }

    private func rows(_ state: InterfaceState, width: Int = 111) -> [String: [MapRows.Cell]] {
        let window = FileMap.window(state, width: width)
        let map = MapRows(Scene(state, form: .full), window)
        var found: [String: [MapRows.Cell]] = [:]
        for row in map.rows {
            found[row.name] = (0..<window.columns).compactMap(window.pages).map(row.cell)
        }
        return found
    }

    /// The window that was read, and the mark in it, page by page: page 1 of the first four.
    @Test func theReadAheadWindowAndItsMark() throws {
        let state = try state(pages: 64) { machine in
            machine.inode = Inode(size: 64 * 4096, isDAX: false, fileSystem: .ext4)
            machine.blocks.set(first: 0, count: 64, state: .written, physical: 1024)
            let kernel = KernelModel.of(.v4_5)
            try! kernel.start(.pread(first: 0, pages: 1), on: &machine)
            while kernel.step(&machine) == .ran {}
        }
        let signs = rows(state)["read-ahead"]!.prefix(6).map(\.glyph)
        #expect(signs == [.readAhead, .readAheadMark, .readAhead, .readAhead, .empty, .empty])
    }

    /// Against what looking at every page says.
    @Test(arguments: 0..<40) func columnsSayWhatTheirPagesSay(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let pages = UInt64.random(in: 1...3000, using: &random)
        let state = try state(pages: pages) { machine in
            var vma = VMA(name: "m", first: 0, count: pages, isShared: true, skew: 0)
            for page in 0..<pages where Int.random(in: 0..<20, using: &random) == 0 {
                vma.pmds[page / 512] = .table
                vma.ptes[page] = PTE(
                    target: .block(page), isWritable: .random(using: &random), isDirty: false)
            }
            for region in 0..<(pages / 512) where Int.random(in: 0..<3, using: &random) == 0 {
                for page in region * 512..<region * 512 + 512 { vma.ptes[page] = nil }
                vma.pmds[region] = .huge(block: 0, isWritable: true, isDirty: false)
            }
            machine.vmas = [vma]
            for _ in 0..<Int.random(in: 0..<8, using: &random) {
                let first = UInt64.random(in: 0..<pages, using: &random)
                let count = min(pages - first, UInt64.random(in: 1...500, using: &random))
                machine.blocks.set(
                    first: first, count: count,
                    state: [.written, .unwritten, .delalloc].randomElement(using: &random)!,
                    physical: 10_000 + first)
            }
            for _ in 0..<Int.random(in: 0..<8, using: &random) {
                let page = UInt64.random(in: 0..<pages, using: &random)
                guard [.written, .unwritten].contains(machine.blocks.state(page)) else { continue }
                machine.memory.store(7, block: machine.blocks.lookup(page).physical)
            }
        }
        let machine = state.machine
        let vma = machine.vmas[0]
        let window = FileMap.window(state, width: 111)
        let found = rows(state)
        for column in 0..<window.columns {
            let all = window.pages(column)!
            let inside = (all.lowerBound...all.upperBound).filter { $0 < pages }
            let states = all.map { machine.blocks.state($0) }
            let wanted: BlockState =
                [.written, .unwritten, .delalloc].first(where: states.contains) ?? .hole
            let glyphs: [BlockState: Glyph] = [
                .hole: .hole, .delalloc: .delayed, .unwritten: .unwritten, .written: .written,
            ]
            let block = found["blocks"]![column]
            #expect(block.glyph == glyphs[wanted], "column \(column)")
            #expect(block.style.attributes.contains(.dim) == (Set(states).count > 1))
            let cached = inside.contains { page in
                let place = machine.blocks.lookup(page)
                return place.state != .hole && place.state != .delalloc
                    && !machine.memory.line(place.physical).cached.isEmpty
            }
            #expect((found["CPU cache"]![column].glyph == .cachedOnly) == cached)
            guard !inside.isEmpty else { continue }
            func sign(_ page: UInt64) -> Glyph? {
                if vma.pmd(of: page).isHuge { return .mappedHuge }
                return vma.ptes[page].map { $0.isWritable ? .mappedWrite : .mappedRead }
            }
            let first = inside.lazy.compactMap(sign).first
            #expect(found["m"]![column].glyph == first ?? .unmapped, "column \(column)")
        }
    }

    /// What no column has room for is said, not left out.
    @Test func tooMuchIsSaid() throws {
        let state = try state(pages: 1 << 20) { machine in
            fill(&machine, 8192)
            machine.memory.writeBack(first: 4096, count: 1 << 20)
            machine.memory.drain()
        }
        let found = rows(state)
        #expect(found["durable"]![0].glyph == .durable)
        // 8192 lines a column, and none of the first few is cached only.
        #expect(found["CPU cache"]![0].glyph == .ellipsis)
        #expect(found["CPU cache"]![1].glyph == .empty)
        #expect(view(state, size: Size(120, 40)).text().contains("too much to look at, zoom in"))
    }

    @Test func pagesBehindTheEndHaveNoNumber() throws {
        let text = view(try state(pages: 20), size: Size(120, 40)).text()
        #expect(text.contains("page       0               16  end of file"))
        #expect(!text.contains("32"))
        #expect(view(try state(pages: 1 << 28), size: Size(120, 40)).text().contains("file map"))
    }
}
