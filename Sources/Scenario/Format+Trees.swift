import Kernel
import PageTree
import Yams

// What can be done with a bare tree: a table beside that of the operations on a file.

extension Format {
    /// The operations that a step can have.
    ///
    /// - Parameter tree: the scenario has nothing but a tree of this kind.
    static func operations(on tree: PageTree.Family?) -> [FormatOperation] {
        tree.map { structure(orders: $0.hasOrders) + common } ?? operations
    }

    /// All there are, also those with equal names.
    static let tables = [operations, structure(orders: true)]

    private static let common = operations.filter { $0.name == resume || $0.name == "fail" }

    /// The marks, as files name them.
    static let marks = PageTree.Tag.allCases.map { "\($0)" }

    private static let index = FormatKey(
        name: "index", shape: .number(.index), required: true, summary: "Index in the tree.")
    private static let mark = FormatKey(
        name: "mark", shape: .choice(marks), required: true,
        summary: "The mark; the radix tree calls it a tag.")
    private static let order = FormatKey(
        name: "order", shape: .number(NumberRule(noun: "an order", range: 0...Limits.order)),
        summary: "2^order indices in a row; 0 when absent.")
    private static let entry = FormatKey(
        name: "entry",
        shape: .words(
            expected: "an entry such as p1 (a pointer) or v7 (a value)",
            pattern: "^[pv][0-9]{1,6}$"),
        summary: "A pointer, p1, p2 ..., or a value, v0, v1 ...; the next pointer when absent.")

    private static func structure(orders: Bool) -> [FormatOperation] {
        var range: [FormatKey] = [
            FormatKey(
                name: "from", shape: .number(.index), summary: "The first index; 0 when absent."),
            FormatKey(
                name: "to", shape: .number(.index), summary: "The last; of all when absent."),
        ]
        range.append(
            FormatKey(name: "mark", shape: mark.shape, summary: "Only entries with this mark."))
        var all = [
            FormatOperation(
                name: "store", keys: [index] + (orders ? [order] : []) + [entry],
                shorthand: "index", summary: "Put an entry into the tree."),
            FormatOperation(
                name: "load", keys: [index], shorthand: "index", summary: "Look an entry up."),
            FormatOperation(
                name: "erase", keys: [index], shorthand: "index", summary: "Take an entry out."),
            FormatOperation(name: "mark", keys: [index, mark], summary: "Mark an entry."),
            FormatOperation(name: "unmark", keys: [index, mark], summary: "Take a mark away."),
        ]
        if orders {
            all.append(
                FormatOperation(
                    name: "split", keys: [index, order], shorthand: "index",
                    summary: "Split an entry into entries of a lower order."))
            all.append(
                FormatOperation(
                    name: "find", keys: range, summary: "The first entry of a range of indices."))
        }
        return all
    }
}

extension Reader {
    /// An operation on the bare tree.
    mutating func treeOperation(_ read: ReadOperation, _ story: Story) -> Operation? {
        let fields = read.fields
        if read.format.name == "find" { return find(fields) }
        guard let index = number("index", in: fields) else { return nil }
        switch read.format.name {
        case "store":
            let order = Int(number("order", in: fields) ?? 0)
            guard let node = fields["entry"]?.value else {
                return .tree(.store(.pointer(story.stores + 1), index: index, order: order))
            }
            return item(node).map { .tree(.store($0, index: index, order: order)) }
        case "load": return .tree(.load(index))
        case "erase": return .tree(.erase(index))
        case "split":
            return .tree(.split(index: index, order: Int(number("order", in: fields) ?? 0)))
        default:
            guard let node = fields["mark"]?.value,
                let mark = self.mark(node)
            else { return nil }
            return .tree(
                read.format.name == "mark"
                    ? .mark(mark, index: index) : .unmark(mark, index: index))
        }
    }

    private mutating func find(_ fields: Fields) -> Operation? {
        let first = number("from", in: fields) ?? 0
        let last = number("to", in: fields) ?? .max
        guard first <= last else {
            report(fields.position(of: "to"), "the range ends before it begins")
            return nil
        }
        let mark = fields["mark"].flatMap { self.mark($0.value) }
        return .tree(.find(first...last, marked: mark))
    }

    private mutating func mark(_ node: YAMLNode) -> PageTree.Tag? {
        let name = choice(node, "mark", among: Format.marks)
        return PageTree.Tag.allCases.first { "\($0)" == name }
    }

    private mutating func item(_ node: YAMLNode) -> TreeOperation.Item? {
        if let text = node.text, let kind = text.first, let number = UInt64(text.dropFirst()),
            number <= Limits.entryNumber
        {
            if kind == "v" { return .value(number) }
            if kind == "p", number > 0 { return .pointer(number) }
        }
        reportExpected("an entry such as p1 (a pointer) or v7 (a value)", node)
        return nil
    }
}

extension TreeOperation {
    /// The keys and values under the operation's name.
    var arguments: [(Node, Node)] {
        func index(_ index: UInt64) -> (Node, Node) { ("index", .plain("\(index)")) }
        func order(_ order: Int) -> [(Node, Node)] {
            order == 0 ? [] : [("order", .plain("\(order)"))]
        }
        func mark(_ mark: Mark) -> (Node, Node) { ("mark", .plain("\(mark)")) }
        switch self {
        case .store(let item, let place, let n):
            return [index(place)] + order(n) + [("entry", .plain("\(item)"))]
        case .load(let place), .erase(let place): return [index(place)]
        case .mark(let set, let place), .unmark(let set, let place):
            return [index(place), mark(set)]
        case .split(let place, let n): return [index(place)] + order(n)
        case .find(let range, let wanted):
            return [
                ("from", .plain("\(range.lowerBound)")), ("to", .plain("\(range.upperBound)")),
            ] + (wanted.map { [mark($0)] } ?? [])
        }
    }
}
