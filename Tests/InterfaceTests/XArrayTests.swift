import Canvas
import GoldenSupport
import Kernel
import PageCache
import PageTree
import RadixTree
import Scenario
import Testing
import XArray

@testable import Interface

/// The screens of a file whose tree is an XArray: siblings, orders, marks, values, `nr_values`, and
/// a head without a node.
@Suite struct XArrayTests {
    private static let text = """
        scenario: array
        title: A file with an XArray
        kernels: [v4.5]
        file: { size: 4MiB }
        steps: [fsync]
        """

    /// What a test puts into the array.
    private struct Writer {
        var array = XArray()
        var allocator = XArray.Allocator()

        mutating func store(_ entry: XArray.Entry, at index: UInt64, order: Int = 0) {
            var state = XArray.State(PageIndex(index), order: order, updates: true)
            repeat {
                array.store(entry, at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
        }
    }

    /// A folio of 512 pages and one of four, values, one of them of eight indices, a pointer, a
    /// reserved index.
    private static func fill(_ machine: inout Machine) throws {
        var writer = Writer()
        for (index, order) in [(UInt64(512), 9), (20, 2), (130, 0)] {
            let page = machine.allocatePage()
            machine[page].hasMapping = true
            machine[page].index = index
            machine[page].flags = [.uptodate, .lru]
            machine[page].references = 1
            writer.store(
                XArray.Entry(RadixTree.Entry.page(page).rawValue), at: index, order: order)
        }
        writer.store(.value(0x35), at: 8, order: 3)
        for index: UInt64 in 192..<196 { writer.store(.value(index), at: index) }
        writer.store(.pointer(77), at: 40)
        try writer.array.reserve(41, allocator: &writer.allocator)
        writer.array.setMark(.dirty, at: 700)
        writer.array.setMark(.towrite, at: 21)
        machine.mapping.xarray = writer.array
        machine.mapping.nrpages = 518
    }

    /// After the file was opened and synced.
    ///
    /// - Parameter subject: the index that is selected.
    private func state(
        _ size: Size, subject: UInt64, _ glyphs: Glyphs = .utf8,
        fill: (inout Machine) throws -> Void = Self.fill
    ) throws -> InterfaceState {
        let scenario = try Scenario.parse(Self.text, file: "array.yml")
        var machine = Machine(file: scenario.file)
        try fill(&machine)
        var state = InterfaceState(
            run: ScenarioRun(scenario, on: .v4_5, from: machine), glyphs: glyphs)
        state.handle(.resize(size))
        state.move(to: state.timeline.end)
        state.choices.selected = subject
        return state
    }

    static let kinds: [ViewKind] = [.tree, .map, .diagram, .inspector]

    @Test(arguments: kinds, PictureTests.sizes)
    func views(_ kind: ViewKind, _ size: Size) throws {
        var state = try state(size, subject: 12)
        state.show(kind)
        #expect(golden(view(state, size: size).dump(), "xarray-\(kind.rawValue)-\(size)") == nil)
    }

    @Test(arguments: kinds, PictureTests.sizes)
    func viewsInASCII(_ kind: ViewKind, _ size: Size) throws {
        var state = try state(size, subject: 600, .ascii)
        state.show(kind)
        let picture = view(state, size: size)
        #expect(picture == picture.asciiOnly())
        guard size == Size(80, 24) else { return }
        #expect(golden(picture.dump(), "xarray-\(kind.rawValue)-ascii") == nil)
    }

    @Test func theInspectorTellsEveryBit() throws {
        let size = Size(100, 60)
        func text(_ subject: UInt64) throws -> String {
            var state = try state(size, subject: subject)
            state.show(.inspector)
            return view(state, size: size).text()
        }
        let value = try text(12)
        #expect(value.contains("value 53, order 3") && value.contains("0x000000000000006b"))
        #expect(value.contains("bit 0       1  a value, no pointer"))
        #expect(value.contains("bits 63..1  0x35") && value.contains("indices     8–15"))
        #expect(value.contains("slots 0 → 8") && value.contains("count       14"))
        #expect(value.contains("nr_values   8") && value.contains("marks[2]    0x0000000000100000"))
        let folio = try text(600)
        #expect(folio.contains("folio p1, order 9") && folio.contains("struct folio p1"))
        #expect(folio.contains("marks         DIRTY") && folio.contains("shift       6"))
        #expect(try text(41).contains("XA_ZERO_ENTRY"))
        #expect(try text(40).contains("pointer 77"))
    }

    /// All words of the screen are those of Linux 6.
    @Test func noWordOfLinux4IsLeft() throws {
        let size = Size(200, 60)
        for kind in Self.kinds {
            var state = try state(size, subject: 12)
            state.show(kind)
            let text = view(state, size: size).text()
            for word in ["page_tree", "nrexceptional", "tree_lock", "shadow", "height", "tags"] {
                #expect(!text.contains(word), "\(kind): \(word)")
            }
        }
    }

    @Test func theNextEntryIsBehindTheWholeOfThis() throws {
        var state = try state(Size(120, 40), subject: 8)
        var seen: [UInt64] = []
        for _ in 0..<9 {
            state.selectEntry(by: 1)
            seen.append(state.choices.selected ?? .max)
        }
        #expect(seen == [20, 40, 41, 130, 192, 193, 194, 195, 512])
        state.selectEntry(by: -5)
        #expect(state.choices.selected == 130)
    }

    @Test func everyColumnOfALargeFolioIsCovered() throws {
        let state = try state(Size(120, 40), subject: 8)
        let scene = Scene(state, form: state.layout.form)
        let window = FileMap.Window(first: 500, shift: 0, columns: 40)
        let row = try #require(MapRows(scene, window).rows.first { $0.name == "tree" })
        let signs = (0..<40).map { row.cell(window.pages($0)!).glyph }
        #expect(signs[..<12].allSatisfy { $0 == .empty })
        #expect(signs[12] == .page && signs[13...].allSatisfy { $0 == .covered })
        let dirty = try #require(MapRows(scene, window).rows.first { $0.name == "dirty" })
        #expect(dirty.cell(600...600).glyph == .tagBar && dirty.cell(511...511).glyph == .empty)
    }

    @Test func aCountOfFoliosCountsTheirPages() throws {
        let state = try state(Size(120, 40), subject: 8)
        #expect(state.moment.counts.pages == 518 && state.moment.counts.exceptional == 12)
        #expect(state.moment.counts.dirty == 1 && state.moment.findings == [])
        #expect(state.machine.counters == [.nrpages])
    }

    // MARK: Without a node

    @Test func aHeadWithoutANode() throws {
        let size = Size(80, 24)
        var state = try state(size, subject: 0) { machine in
            var writer = Writer()
            writer.store(.value(6), at: 0)
            writer.array.setMark(.writeback, at: 0)
            machine.mapping.xarray = writer.array
        }
        #expect(golden(view(state, size: size).dump(), "xarray-head") == nil)
        state.show(.diagram)
        #expect(view(state, size: size).text().contains("▣ value 6 at index 0, no node"))
    }

    @Test func anEmptyArray() throws {
        let size = Size(80, 24)
        let state = try state(size, subject: 0) { $0.mapping.xarray = XArray() }
        #expect(view(state, size: size).text().contains("xa_head ·  empty: no folio and no entry"))
    }

    /// What no whole operation leaves is told, as of a radix tree.
    @Test func aWrongCountIsFound() throws {
        let wrong = try state(Size(120, 40), subject: 8) { machine in
            try Self.fill(&machine)
            let leaf = PageTree.xarray(machine.mapping.xarray!).find(8)!.node!
            machine.mapping.xarray!.setValueCount(9, of: leaf)
        }
        let finding = Finding(.brokenTree, index: 0, height: 1, part: .shadows)
        #expect(wrong.moment.findings == [finding])
    }
}
