import Canvas
import Foundation
import GoldenSupport
import Kernel
import PageCache
import RadixTree
import Testing
import XArray

@testable import Recording

/// The data and the graph of a file whose tree is an XArray.
@Suite struct XArrayTests {
    /// A folio of 512 pages, values of four indices, one value.
    private func machine(_ change: (inout XArray) throws -> Void = { _ in }) throws -> Machine {
        var machine = Machine(file: FileConfiguration(size: 4 << 20))
        var array = XArray()
        var allocator = XArray.Allocator()
        let page = machine.allocatePage()
        let folio = XArray.Entry(RadixTree.Entry.page(page).rawValue)
        for (entry, index, order) in [(folio, 512, 9), (.value(3), 4, 2), (.value(9), 64, 0)]
            as [(XArray.Entry, PageIndex, Int)]
        {
            var state = XArray.State(index, order: order, updates: true)
            repeat {
                array.store(entry, at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
        }
        array.setMark(.dirty, at: 600)
        try change(&array)
        machine.mapping.xarray = array
        machine.mapping.nrpages = 512
        return machine
    }

    private func json(_ machine: Machine, since old: Machine? = nil) throws -> String {
        let state = RecordedState(
            machine, .of(.v4_5), counts: Audit.counts(machine), since: old)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return String(decoding: try encoder.encode(state.tree), as: UTF8.self) + "\n"
            + String(decoding: try encoder.encode(state.counters), as: UTF8.self) + "\n"
    }

    @Test func dataHasOrdersValuesAndMarks() throws {
        #expect(golden(try json(machine()), "xarray-json") == nil)
    }

    /// A large entry takes the place of small ones, and is told once.
    @Test func dataTellsWhatALargeEntryHasReplaced() throws {
        let before = try machine { array in
            var allocator = XArray.Allocator()
            array.erase(at: 512, allocator: &allocator)
            for index: PageIndex in [520, 600] {
                _ = try array.store(.value(1), at: index, allocator: &allocator)
            }
        }
        let after = try machine()
        let tree = try #require(
            RecordedState(after, .of(.v4_5), counts: Audit.counts(after), since: before).tree)
        #expect(tree.entries?.gone == [520, 600])
        #expect(tree.entries?.set?.map(\.index) == [512])
        #expect(tree.entries?.set?.first?.order == 9)
        let back = try #require(
            RecordedState(before, .of(.v4_5), counts: Audit.counts(before), since: after).tree)
        #expect(back.entries?.gone == [512])
        #expect(back.entries?.set?.map(\.index) == [520, 600])
    }

    @Test func theGraphHasSiblingsAndOrders() throws {
        let caption = try Library.picture("op1").caption
        #expect(golden(DOT.graph(of: try machine(), caption), "xarray-dot") == nil)
        var head = Machine(file: FileConfiguration(size: 4096))
        var array = XArray()
        var allocator = XArray.Allocator()
        _ = try array.store(.value(5), at: 0, allocator: &allocator)
        head.mapping.xarray = array
        let graph = DOT.graph(of: head, caption)
        #expect(graph.contains("{i_pages|no node|marks none|nrpages 0}"))
        #expect(graph.contains("root -> e_0") && graph.contains("0: value 5"))
    }
}
