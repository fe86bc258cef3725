import NodeMemory

// What is true of every array that only whole operations have changed, checked by code that shares
// nothing with them. The kernel has a part of it under XA_DEBUG.

extension XArray {
    /// Something that is not as it must be.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// The slots on the way from the head to the node: "/0/63". Of the head: "/".
        public let path: String
        public let reason: String

        public var description: String { "\(path): \(reason)" }
    }

    /// Checks the head and all nodes.
    ///
    /// - Returns: nothing if all is well. Arrays between two single changes have violations; and so
    ///   has what the kernel itself gets wrong: `nr_values` after an entry took the place of a
    ///   larger one of the other kind, and marks of siblings after 6.1 has split a marked entry
    ///   into larger ones.
    public func violations() -> [Violation] {
        var check = XArrayCheck(array: self)
        check.head()
        var reached = 0
        if let top = nodes.top { check.all(top, &reached) }
        if reached != nodeCount {
            check.path = []
            check.add("\(reached) nodes of \(nodeCount) can be reached")
        }
        return check.found
    }
}

/// Makes text only of what is wrong: it runs after every operation.
private struct XArrayCheck {
    let array: XArray
    var path: [Int] = []
    var found: [XArray.Violation] = []

    mutating func add(_ reason: String) {
        let path = "/" + path.map { "\($0)" }.joined(separator: "/")
        found.append(XArray.Violation(path: path, reason: reason))
    }

    private static func mark(_ number: Int) -> String { "\(XArray.Mark.allCases[number])" }

    mutating func head() {
        let word = array.nodes.rootWord
        guard let top = array.nodes.top else {
            if NodeRef.isLink(word) { add("a link, but no height") }
            if word & 3 == 2, word != XArray.Word.zero { add("an internal entry") }
            if word == 0, array.nodes.rootTags != 0, !array.tracksFree {
                add("marks without an entry")
            }
            return
        }
        if !NodeRef.isLink(word) { add("a height, but no node") }
        if array.nodes.store.parent(of: top) != nil || top.offset != 0 {
            add("the top node has a parent")
        }
        if top.height != array.nodes.height { add("the height is not the top node's") }
        for mark in 0..<3 {
            let isMarked = array.nodes.rootTags >> UInt8(mark) & 1 == 1
            if isMarked != top.hasTags(mark) {
                add("\(Self.mark(mark)) differs from the top node's")
            }
        }
    }

    mutating func all(_ node: NodeRef, _ reached: inout Int) {
        reached += 1
        one(node)
        if node.height == 1 { return }
        node.forEachOccupied { offset in
            let word = node.slot(offset)
            guard NodeRef.isLink(word) else { return }
            let child = NodeRef(word: word)
            // A wrong height could lead round in circles.
            guard child.height == node.height - 1 else { return }
            path.append(offset)
            all(child, &reached)
            path.removeLast()
        }
    }

    private mutating func one(_ node: NodeRef) {
        let occupied = node.occupied
        var values = 0
        for offset in 0..<XArray.slotsPerNode where occupied >> UInt64(offset) & 1 != 0 {
            slot(offset, of: node)
            if isValue(node.slot(offset), node) { values += 1 }
        }
        if node.slotCount != occupied.nonzeroBitCount {
            add("count \(node.slotCount), but \(occupied.nonzeroBitCount) slots in use")
        }
        if node.valueCount != values { add("nr_values \(node.valueCount), but \(values) values") }
        if !node.isConsistent(.sixtyFour) { add("the layout contradicts itself") }
        for mark in 0..<3 where !(mark == 0 && array.tracksFree) {
            if node.tags(mark) & ~occupied != 0 { add("an empty slot has \(Self.mark(mark))") }
        }
        if node.isListed, node.slotCount == 0 || node.slotCount != node.valueCount {
            add("listed, but it holds more than values")
        }
    }

    private func isValue(_ word: UInt64, _ node: NodeRef) -> Bool {
        if XArray.Word.isSibling(word) {
            return XArray.Word.isValue(node.slot(XArray.Word.slot(word)))
        }
        return XArray.Word.isValue(word)
    }

    private mutating func slot(_ offset: Int, of node: NodeRef) {
        if node.shift == 60, offset > 15 { add("slot \(offset) lies above 2^64-1") }
        let word = node.slot(offset)
        if word == 0 {
            add("slot \(offset) is empty and counts as occupied")
        } else if NodeRef.isLink(word) {
            if node.height == 1 {
                add("slot \(offset) of a leaf holds a link")
            } else {
                child(NodeRef(word: word), at: offset, of: node)
            }
        } else if XArray.Word.isSibling(word) {
            sibling(word, at: offset, of: node)
        } else if word == XArray.Word.retry {
            add("slot \(offset) holds retry")
        }
    }

    private mutating func sibling(_ word: UInt64, at offset: Int, of node: NodeRef) {
        let first = XArray.Word.slot(word)
        guard first < offset else { return add("slot \(offset): sibling of a higher slot") }
        let entry = node.slot(first)
        if entry == 0 || NodeRef.isLink(entry) || XArray.Word.isSibling(entry) {
            add("slot \(offset): sibling of no entry")
        }
        if offset - 1 != first, node.slot(offset - 1) != word {
            add("slot \(offset): not beside its sibling")
        }
        for mark in 0..<3 where !(mark == 0 && array.tracksFree) {
            if node.hasTag(mark, at: offset) { add("slot \(offset): a sibling has a mark") }
        }
    }

    private mutating func child(_ child: NodeRef, at offset: Int, of node: NodeRef) {
        if child.height != node.height - 1 { add("slot \(offset): wrong shift") }
        if array.nodes.store.parent(of: child) != node || child.offset != offset {
            add("slot \(offset): the child names another place")
        }
        if array.nodes.store.node(child.id) != child {
            add("slot \(offset): the child has another name")
        }
        for mark in 0..<3 where node.hasTag(mark, at: offset) != child.hasTags(mark) {
            add("slot \(offset): \(Self.mark(mark)) differs from the child's")
        }
    }
}
