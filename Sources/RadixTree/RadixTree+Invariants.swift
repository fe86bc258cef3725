import NodeMemory

// What is true of every tree that only whole operations have changed, checked by code that shares
// nothing with them. The kernel has no such check; its test harness has a part of it
// (tools/testing/radix-tree/tag_check.c, test.c).
//
// Two strengths. `violations(of:)` looks at one node and its neighbours, in time that does not
// depend on the tree: after each micro-step. `violations()` looks at everything: after each
// operation.

extension RadixTree {
    /// Something that is not as it must be.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// The slots on the way from the root to the node: "/0/63". Of the root: "/".
        public let path: String
        public let reason: String

        public var description: String { "\(path): \(reason)" }
    }

    /// Checks the root and all nodes.
    ///
    /// - Returns: nothing if all is well. Trees between two micro-steps, trees whose counts the
    ///   page cache is just changing, and trees after a BUG have violations.
    public func violations() -> [Violation] {
        var check = InvariantCheck(tree: self)
        check.root()
        var reached = 0
        if let top { check.all(top, &reached) }
        if reached != nodeCount {
            check.path = []
            check.add("\(reached) nodes of \(nodeCount) can be reached")
        }
        return check.found
    }

    /// Checks one node: its count against its slots, its place in its parent, and its tags against
    /// those of its children.
    public func violations(of id: NodeID) -> [Violation] {
        var check = InvariantCheck(tree: self)
        let node = reference(id)
        check.one(node)
        return check.found.map { Violation(path: "/…/\(node.offset)", reason: $0.reason) }
    }
}

/// Makes text only of what is wrong: it runs after every operation.
private struct InvariantCheck {
    let tree: RadixTree
    var path: [Int] = []
    var found: [RadixTree.Violation] = []

    mutating func add(_ reason: String) {
        let path = "/" + path.map { "\($0)" }.joined(separator: "/")
        found.append(RadixTree.Violation(path: path, reason: reason))
    }

    private static func tag(_ number: Int) -> String { "\(RadixTree.Tag.allCases[number])" }

    mutating func root() {
        let height = tree.height
        if !(0...tree.slotsPerNode.maximumHeight ~= height) { add("height \(height)") }
        guard let top = tree.top else {
            if tree.rootWord == 0 {
                if !tree.rootTags.isEmpty { add("tags without an entry") }
            } else if tree.rootWord & 1 == 1 {
                add("a link as an entry")
            }
            return
        }
        if top.height != height { add("height \(height), but the top node has \(top.height)") }
        if top.hasParent || top.offset != 0 { add("the top node has a parent") }
        for tag in 0..<3 where (tree.rootTags.rawValue >> UInt8(tag) & 1 == 1) != top.hasTags(tag) {
            add("tag \(Self.tag(tag)) differs from the top node's")
        }
    }

    mutating func all(_ node: NodeRef, _ reached: inout Int) {
        reached += 1
        one(node)
        if node.height == 1 { return }
        var rest = node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            rest &= rest &- 1
            let child = NodeRef(word: node.slot(offset))
            // A wrong height could lead round in circles.
            guard child.word != 0, child.height == node.height - 1 else { continue }
            path.append(offset)
            all(child, &reached)
            path.removeLast()
        }
    }

    mutating func one(_ node: NodeRef) {
        let occupied = node.occupied
        var rest = occupied
        while rest != 0 {
            slot(rest.trailingZeroBitCount, of: node)
            rest &= rest &- 1
        }
        for tag in 0..<3 where node.tags(tag) & ~occupied != 0 {
            add("an empty slot has the tag \(Self.tag(tag))")
        }
        if !node.isConsistent(tree.slotsPerNode) { add("the layout contradicts itself") }
        let countBits = UInt32(tree.slotsPerNode.countShift)
        let counted = node.count & ((1 << countBits) - 1) + node.count >> countBits
        if counted != UInt32(occupied.nonzeroBitCount) {
            add("count \(node.count), but \(occupied.nonzeroBitCount) slots in use")
        }
        if let parent = tree.store.parent(of: node) {
            if !tree.store.isLive(parent.id) || tree.store.node(parent.id) != parent {
                add("the parent is not in the tree")
            } else if parent.slot(node.offset) != node.word {
                add("the parent's slot \(node.offset) does not hold it")
            }
        } else if node.hasParent {
            add("the parent is not in the tree")
        } else if tree.top != node {
            add("it has no parent and is not the top node")
        }
    }

    private mutating func slot(_ offset: Int, of node: NodeRef) {
        let bits = (node.height - 1) * tree.slotsPerNode.shift
        if bits + tree.slotsPerNode.shift > 64, offset >> (64 - bits) != 0 {
            add("slot \(offset) lies above 2^64-1")
        }
        let word = node.slot(offset)
        if word == 0 {
            add("slot \(offset) is empty and counts as occupied")
        } else if node.height == 1 {
            if word & 1 == 1 { add("slot \(offset) holds a link") }
        } else {
            child(NodeRef(word: word), at: offset, of: node)
        }
    }

    private mutating func child(_ child: NodeRef, at offset: Int, of node: NodeRef) {
        if child.height != node.height - 1 { add("slot \(offset): wrong height") }
        if tree.store.parent(of: child) != node || child.offset != offset {
            add("slot \(offset): the child names another place")
        }
        if tree.store.node(child.id) != child { add("slot \(offset): the child has another name") }
        for tag in 0..<3 where node.hasTag(tag, at: offset) != child.hasTags(tag) {
            add("slot \(offset): tag \(Self.tag(tag)) differs from the child's")
        }
    }
}
