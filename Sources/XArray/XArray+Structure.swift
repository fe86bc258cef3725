import NodeMemory

// Two arrays are equal if a reader of the kernel's structures could not tell them apart. And the
// text that shows those structures.

extension XArray: Equatable {
    /// The same head, array marks, nodes, counts, mark bitmaps and slots, and the same nodes on the
    /// list of those with values only. Names of nodes do not count, nor whose rules the arrays
    /// have.
    public static func == (a: XArray, b: XArray) -> Bool { a.nodes == b.nodes }

    /// Whether both are one unchanged value: copies of each other that nobody has written to since.
    /// Costs nothing, and may be false for equal arrays.
    public func isCopy(of other: XArray) -> Bool { nodes.isCopy(of: other.nodes) }
}

extension XArray: CustomStringConvertible {
    /// The whole structure as text, a line for the array and one for each node in `preorder()`:
    ///
    ///     2 *                              array marks as a number, content of the head
    ///     6 0 2 0 0 1 0 0 0:* 1:p5         shift, offset, count, values, three mark bitmaps
    ///     0 0 2 1 0 1 0 0 4:p1 5:v9        (hexadecimal), whether the node is on the list; then
    ///                                      the slots in use, as `Slot.description` has them
    public var description: String { structure().joined(separator: "\n") }

    /// The lines of `description`.
    public func structure() -> [String] {
        ["\(marks.rawValue) \(head)"] + preorder().map { node($0).snapshot.description }
    }
}

extension XArray.Snapshot: CustomStringConvertible {
    public var description: String {
        var line = words
        for content in slots { line += " \(content.offset):\(content.slot)" }
        return line
    }

    /// The line without the slots, and without whether the node is listed.
    public var head: String {
        var line = "\(shift) \(offset) \(count) \(values)"
        for bits in marks { line += " " + String(bits, radix: 16) }
        return line
    }

    private var words: String { head + (isListed ? " 1" : " 0") }
}
