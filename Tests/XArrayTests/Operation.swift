import XArray

/// Something that can be done to an array, and to what it is compared with.
enum Operation: CustomStringConvertible {
    /// `fail`: the call of the allocator from which on all fail.
    case store(UInt64, order: Int, Item, fail: Int?)
    case simpleStore(UInt64, Item)
    case erase(UInt64)
    case eraseRange(UInt64, order: Int)
    case insert(UInt64, Item)
    case exchange(UInt64, right: Bool, Item)
    case reserve(UInt64)
    case release(UInt64)
    case storeRange(UInt64, UInt64, Item)
    case createRange(UInt64, order: Int, fail: Int?)
    case split(UInt64, to: Int, Item, fail: Int?)
    case setMark(XArray.Mark, UInt64)
    case clearMark(XArray.Mark, UInt64)
    case initMarks(UInt64)
    case destroy
    /// Reads in every way from an index on.
    case read(UInt64)
    /// Claims that an index is absent: a failure when wanted.
    case wrong(UInt64)

    enum Item: String, CaseIterable {
        case pointer, value
    }

    var description: String {
        func failing(_ call: Int?) -> String { call.map { " failing from \($0)" } ?? "" }
        return switch self {
        case .store(let index, let order, let item, let call):
            "store \(item) \(index) order \(order)" + failing(call)
        case .simpleStore(let index, let item): "simply store \(item) \(index)"
        case .erase(let index): "erase \(index)"
        case .eraseRange(let index, let order): "erase \(index) order \(order)"
        case .insert(let index, let item): "insert \(item) \(index)"
        case .exchange(let index, let right, let item):
            "exchange \(index) if \(right ? "it" : "other") for \(item)"
        case .reserve(let index): "reserve \(index)"
        case .release(let index): "release \(index)"
        case .storeRange(let first, let last, let item): "store \(item) \(first)...\(last)"
        case .createRange(let index, let order, let call):
            "create \(index) order \(order)" + failing(call)
        case .split(let index, let order, let item, let call):
            "split \(index) to \(order) of \(item)" + failing(call)
        case .setMark(let mark, let index): "set \(mark) \(index)"
        case .clearMark(let mark, let index): "clear \(mark) \(index)"
        case .initMarks(let index): "no marks \(index)"
        case .destroy: "destroy"
        case .read(let index): "read \(index)"
        case .wrong(let index): "wrong \(index)"
        }
    }
}
