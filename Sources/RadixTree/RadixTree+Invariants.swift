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
        var found = rootViolations()
        var reached = 0
        if let top { check(top.id, path: "/", &found, &reached) }
        if reached != nodeCount {
            found.append(
                Violation(path: "/", reason: "\(reached) nodes of \(nodeCount) can be reached"))
        }
        return found
    }

    /// Checks one node: its count against its slots, its place in its parent, and its tags against
    /// those of its children.
    public func violations(of id: NodeID) -> [Violation] {
        local(node(id), path: "/…/\(node(id).offset)")
    }

    private func rootViolations() -> [Violation] {
        var reasons: [String] = []
        if !(0...slotsPerNode.maximumHeight ~= height) { reasons.append("height \(height)") }
        switch root {
        case .empty where !rootTags.isEmpty: reasons.append("tags without an entry")
        case .entry(let entry) where entry.rawValue & 1 == 1: reasons.append("a link as an entry")
        case .node(let id):
            let top = node(id)
            if top.height != height {
                reasons.append("height \(height), but the top node has \(top.height)")
            }
            if top.parent != nil || top.offset != 0 { reasons.append("the top node has a parent") }
            for tag in Tag.allCases where rootTags.contains(tag) != (top.tags(tag) != 0) {
                reasons.append("tag \(tag) differs from the top node's")
            }
        default: break
        }
        return reasons.map { Violation(path: "/", reason: $0) }
    }

    private func check(
        _ id: NodeID, path: String, _ found: inout [Violation], _ reached: inout Int
    ) {
        reached += 1
        let node = node(id)
        found += local(node, path: path)
        for offset in Self.bits(node.occupied) {
            guard case .node(let child) = node.slot(offset) else { continue }
            let below = path == "/" ? "/\(offset)" : "\(path)/\(offset)"
            // A wrong height could lead round in circles.
            guard self.node(child).height == node.height - 1 else { continue }
            check(child, path: below, &found, &reached)
        }
    }

    private func local(_ node: Node, path: String) -> [Violation] {
        var reasons: [String] = []
        let occupied = node.occupied.nonzeroBitCount
        for offset in Self.bits(node.occupied) { reasons += slotReasons(node, offset) }
        for tag in Tag.allCases where node.tags(tag) & ~node.occupied != 0 {
            reasons.append("an empty slot has the tag \(tag)")
        }
        if !store.node(node.id).isConsistent(slotsPerNode) {
            reasons.append("the layout contradicts itself")
        }
        if node.pagesCount + node.shadowsCount != occupied {
            reasons.append("count \(node.count), but \(occupied) slots in use")
        }
        if let parent = node.parent {
            if !contains(parent) {
                reasons.append("the parent is not in the tree")
            } else if self.node(parent).slot(node.offset) != .node(node.id) {
                reasons.append("the parent's slot \(node.offset) does not hold it")
            }
        } else if root != .node(node.id) {
            reasons.append("it has no parent and is not the top node")
        }
        return reasons.map { Violation(path: path, reason: $0) }
    }

    private static func bits(_ map: UInt64) -> [Int] {
        var rest = map
        return (0..<map.nonzeroBitCount).map { _ in
            defer { rest &= rest &- 1 }
            return rest.trailingZeroBitCount
        }
    }

    private func slotReasons(_ node: Node, _ offset: Int) -> [String] {
        var reasons: [String] = []
        let tags = node.tags(at: offset)
        let bits = (node.height - 1) * slotsPerNode.shift
        if bits + slotsPerNode.shift > 64, offset >> (64 - bits) != 0 {
            reasons.append("slot \(offset) lies above 2^64-1")
        }
        switch node.slot(offset) {
        case .empty: reasons.append("slot \(offset) is empty and counts as occupied")
        case .entry(let entry):
            if entry.rawValue & 1 == 1 { reasons.append("slot \(offset) holds a link") }
        case .node(let id):
            let child = self.node(id)
            if child.height != node.height - 1 { reasons.append("slot \(offset): wrong height") }
            if child.parent != node.id || child.offset != offset {
                reasons.append("slot \(offset): the child names another place")
            }
            for tag in Tag.allCases where tags.contains(tag) != (child.tags(tag) != 0) {
                reasons.append("slot \(offset): tag \(tag) differs from the child's")
            }
        }
        return reasons
    }
}
