import PageTree

/// What is asked of a bare tree: one with no file, pages or counters around it.
///
/// `order` 0 is one index; entries of more, and splitting, are the XArray's. Tags and marks are
/// called alike.
public enum TreeOperation: Hashable, Sendable {
    /// Puts an entry at the aligned 2^order indices around `index`. Where something is, the radix
    /// tree refuses (-EEXIST), and the XArray replaces it.
    case store(Item, index: UInt64, order: Int = 0)
    case load(UInt64)
    case erase(UInt64)
    case mark(Mark, index: UInt64)
    case unmark(Mark, index: UInt64)
    /// Splits the entry at `index` into entries of a lower order, each the same as it.
    case split(index: UInt64, order: Int)
    /// The first entry of a range, or the first with a mark.
    case find(ClosedRange<UInt64>, marked: Mark? = nil)

    /// An entry: a pointer by its number from 1, or a value (an exceptional entry).
    public enum Item: Hashable, Sendable, CustomStringConvertible {
        case pointer(UInt64)
        case value(UInt64)

        /// `p1` or `v7`, as scenario files spell them.
        public var description: String {
            switch self {
            case .pointer(let number): "p\(number)"
            case .value(let number): "v\(number)"
            }
        }
    }

    public typealias Mark = PageTree.Tag

    public var name: String {
        switch self {
        case .store: "store"
        case .load: "load"
        case .erase: "erase"
        case .mark: "mark"
        case .unmark: "unmark"
        case .split: "split"
        case .find: "find"
        }
    }
}

extension TreeOperation: CustomStringConvertible {
    /// One line for people, such as `store p1 at 512, order 9`.
    public var description: String {
        func order(_ order: Int) -> String { order == 0 ? "" : ", order \(order)" }
        switch self {
        case .store(let item, let index, let n): return "store \(item) at \(index)\(order(n))"
        case .load(let index), .erase(let index): return "\(name) \(index)"
        case .mark(let mark, let index), .unmark(let mark, let index):
            return "\(name) \(index) \(mark)"
        case .split(let index, let order): return "split \(index), order \(order)"
        case .find(let range, let mark):
            let what = mark.map { " marked \($0)" } ?? ""
            let end = range.upperBound == .max ? " on" : "..\(range.upperBound)"
            return "find \(range.lowerBound)\(end)\(what)"
        }
    }
}
