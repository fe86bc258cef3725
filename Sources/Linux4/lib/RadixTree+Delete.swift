// lib/radix-tree.c: radix_tree_delete_item, __radix_tree_delete_node (with radix_tree_shrink), and
// the two tag functions.
//
// Tags are cleared before the entry goes, because freeing a node does not look at its parent's
// tags. The tree shrinks only while the top node's count word is 1 and its slot 0 is in use; a
// shadow counts 128 there.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let radixTreeDelete = Function(
        "radix_tree_delete_item", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let tags = l.label()
        let empty = l.label()
        l.add("A4", (1377, 1385), "look it up; absent, or another than expected? return NULL") {
            m in
            m.tasks[m.current].returnedEntry = nil
            guard let place = m.mapping.radixTree.find(PageIndex(m.locals.index)) else {
                return m.finish()
            }
            if let expected = m.locals.expected, expected != place.entry { return m.finish() }
            m.locals.entry = place.entry
            m.locals.node = place.node
            m.locals.offset = place.offset
            return .next
        }
        l.add("A7", (1384, 1392), "the root holds it directly: clear the root's tags, empty it") {
            m in
            guard m.locals.node == nil else { return .next }
            for tag in RadixTree.Tag.allCases { _ = m.mapping.radixTree.clearRootTag(tag) }
            m.mapping.radixTree.emptySlot(in: nil, offset: 0)
            m.tasks[m.current].returnedEntry = m.locals.entry
            return m.finish(1)
        }
        l.place(tags)
        l.add("A6", (1397, 1405), "clear the tags it carries, up to the root") { m in
            let index = m.locals.index
            let tag = RadixTree.Tag.allCases.first {
                m.mapping.radixTree.hasTag($0, at: PageIndex(index))
            }
            guard let tag else { return .jump(empty) }
            let next = m.call(.radixTreeTagClear) {
                $0.index = index
                $0.tag = tag
            }
            m.repeatStatementOfCaller()
            return next
        }
        l.place(empty)
        l.add("A7", (1401, 1409), "empty the slot; the node counts one less") { m in
            let here = m.locals
            m.mapping.radixTree.emptySlot(in: here.node, offset: here.offset)
            return .next
        }
        l.add("A8", (1404, 1412), "free what became empty") { m in
            let node = m.locals.node
            return m.call(.radixTreeDeleteNode) { $0.node = node }
        }
        l.add("", (1406, 1414), "return the entry") { m in
            m.tasks[m.current].returnedEntry = m.locals.entry
            return m.finish(1)
        }
    }

    static let radixTreeDeleteNode = Function(
        "__radix_tree_delete_node", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let again = l.label()
        let shrink = l.label()
        l.place(again)
        l.add("A8", (1326, 1334), "is anything left in the node?") { m in
            let node = m.locals.node!
            return m.mapping.radixTree.node(node).count == 0 ? .next : .jump(shrink)
        }
        l.add("A8", (1348, 1356), "free it; its parent counts one less") { m in
            let parent = m.mapping.radixTree.freeEmptyNode(
                m.locals.node!, allocator: &m.allocator)
            m.mapping.shadowNodes.remove(m.locals.node!)
            m.locals.count = 1
            m.locals.node = parent
            return parent == nil ? m.finish(1) : .jump(again)
        }
        l.place(shrink)
        l.add("A9", (1261, 1269), "the top node with one child, in slot 0? drop the level") { m in
            guard case .node(let top) = m.mapping.radixTree.root, top == m.locals.node else {
                return m.finish(m.locals.count)
            }
            guard m.mapping.radixTree.shrinkOneLevel(allocator: &m.allocator) else {
                return m.finish(m.locals.count)
            }
            m.mapping.shadowNodes.remove(top)
            guard case .node(let next) = m.mapping.radixTree.root else { return m.finish(1) }
            m.locals.node = next
            return .jump(shrink)
        }
    }

    static let radixTreeTagSet = Function(
        "radix_tree_tag_set", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let level = l.label()
        let root = l.label()
        l.add("A10", (598, 598), "start at the top") { m in
            m.locals.height = m.mapping.radixTree.height
            guard case .node(let top) = m.mapping.radixTree.root else { return .jump(root) }
            m.locals.node = top
            return .next
        }
        l.place(level)
        l.add("A10", (609, 609), "set the tag in this level's node, go down") { m in
            let here = m.locals
            let node = here.node!
            let shift = UInt64((here.height - 1) * 6)
            let offset = Int(here.index >> shift & 63)
            _ = m.mapping.radixTree.setTagBit(here.tag, of: node, at: offset)
            m.locals.height -= 1
            guard m.locals.height > 0 else { return .next }
            m.locals.node = m.mapping.radixTree.child(of: node, at: offset)
            return m.locals.node == nil
                ? m.bug("lib/radix-tree.c", 611, "radix_tree_tag_set", "no entry to tag")
                : .jump(level)
        }
        l.place(root)
        l.add("A10", (617, 617), "set the root's tag") { m in
            let isEmpty = m.mapping.radixTree.isEmpty
            if !isEmpty { _ = m.mapping.radixTree.setRootTag(m.locals.tag) }
            return m.finish()
        }
    }

    static let radixTreeTagClear = Function(
        "radix_tree_tag_clear", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let level = l.label()
        let root = l.label()
        l.add("A6", (646, 646), "go down to the entry") { m in
            guard let place = m.mapping.radixTree.find(PageIndex(m.locals.index)) else {
                return m.finish()
            }
            m.locals.node = place.node
            m.locals.offset = place.offset
            return place.node == nil ? .jump(root) : .next
        }
        l.place(level)
        l.add("A6", (669, 669), "clear the tag in this node; others have it? done") { m in
            let here = m.locals
            let found = m.mapping.radixTree.clearTagBit(here.tag, of: here.node!, at: here.offset)
            guard found == .lastCleared else { return m.finish() }
            let node = m.mapping.radixTree.node(here.node!)
            m.locals.node = node.parent
            m.locals.offset = node.offset
            return node.parent == nil ? .next : .jump(level)
        }
        l.place(root)
        l.add("A6", (679, 679), "it was the last: clear the root's tag") { m in
            _ = m.mapping.radixTree.clearRootTag(m.locals.tag)
            return m.finish()
        }
    }
}

extension Machine {
    /// After a call: the caller runs the statement that called again, not the one below it. For
    /// statements that stand for a loop.
    mutating func repeatStatementOfCaller() {
        tasks[current].frames[tasks[current].frames.count - 2].statement -= 1
    }
}

extension Function {
    static let ofRadixTreeDelete: [Function] = [
        .radixTreeDelete, .radixTreeDeleteNode, .radixTreeTagSet, .radixTreeTagClear,
    ]
}
