import Testing
import XArray

/// What `violations()` says of arrays that are not in order.
@Suite struct InvariantTests {
    /// Index 1 in a leaf, an entry of order 2 at 4, one of order 7 at 128; 200 leads to no node.
    private static func array() throws -> XArray {
        var array = XArray()
        var allocator = XArray.Allocator()
        try array.store(.value(1), at: 1, allocator: &allocator)
        for (index, order) in [(4, 2), (128, 7)] as [(UInt64, Int)] {
            var state = XArray.State(.init(index), order: order)
            repeat {
                array.store(.pointer(index), at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
        }
        array.setMark(.dirty, at: 1)
        return array
    }

    @Test func anArrayInOrderHasNoViolations() throws {
        #expect(try Self.array().violations().isEmpty)
        #expect(XArray(options: .trackFree).violations().isEmpty)
    }

    @Test(arguments: Damage.allCases)
    func damageIsFoundWhereItIs(_ damage: Damage) throws {
        var array = try Self.array()
        let names = array.preorder()
        damage.apply(&array, top: names[0], leaf: names[1])
        #expect(array.violations().map(\.description) == damage.found)
    }

    enum Damage: CaseIterable {
        case count, values, mark, siblingMark, markAbove, arrayMark, sibling, retry, listed, slot
        case parent

        func apply(_ array: inout XArray, top: XArray.NodeID, leaf: XArray.NodeID) {
            switch self {
            case .count: array.setCount(9, of: leaf)
            case .values: array.setValueCount(2, of: leaf)
            case .mark: array.setMarks(.dirty, of: leaf, 0b11)
            case .siblingMark: array.setMarks(.dirty, of: leaf, 0b100010)
            case .markAbove: array.setMarks(.towrite, of: top, 1)
            case .arrayMark: array.setArrayMark(.dirty, false)
            case .sibling: array.setSlot(.sibling(of: 1), of: leaf, at: 7)
            case .retry: array.setSlot(.retry, of: leaf, at: 1)
            case .listed: array.setListed(true, of: leaf)
            case .slot: array.setSlot(.empty, of: leaf, at: 4)
            case .parent: array.setParent(nil, of: leaf)
            }
        }

        var found: [String] {
            switch self {
            case .count: ["/0: count 9, but 5 slots in use"]
            case .values: ["/0: nr_values 2, but 1 values"]
            case .mark: ["/0: an empty slot has dirty"]
            case .siblingMark: ["/0: slot 5: a sibling has a mark"]
            case .markAbove:
                [
                    "/: towrite differs from the top node's",
                    "/: slot 0: towrite differs from the child's",
                ]
            case .arrayMark: ["/: dirty differs from the top node's"]
            case .sibling:
                [
                    "/0: slot 7: not beside its sibling", "/0: nr_values 1, but 2 values",
                ]
            case .retry: ["/0: slot 1 holds retry", "/0: nr_values 1, but 0 values"]
            case .listed: ["/0: listed, but it holds more than values"]
            case .slot:
                [
                    "/0: slot 5: sibling of no entry", "/0: slot 6: sibling of no entry",
                    "/0: slot 7: sibling of no entry",
                    "/0: count 5, but 4 slots in use",
                ]
            case .parent: ["/: slot 0: the child names another place"]
            }
        }
    }
}
