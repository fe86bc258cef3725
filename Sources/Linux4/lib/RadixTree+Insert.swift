// lib/radix-tree.c: radix_tree_insert, __radix_tree_create, radix_tree_extend.
//
// The statements call the primitives of the RadixTree room one by one; what they do together is
// what RadixTree.insert does at once. 4.4.0 and 4.5.0 differ in nothing here.
//
// States: a tree can be higher than it needs to be, and hold nodes without entries, after an
// allocation failed; neither is repaired.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let radixTreeInsert = Function(
        "radix_tree_insert", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        l.add("A1", (457, 457), "find the slot, building the tree as far as needed") { m in
            let index = m.locals.index
            return m.call(.radixTreeCreate) { $0.index = index }
        }
        l.add("A5", (458, 458), "no memory for a node?") { m in
            m.locals.node = m.tasks[m.current].returnedNode
            m.locals.offset = m.tasks[m.current].returnedOffset
            return m.returned == 0 ? .next : m.finish(m.returned)
        }
        l.add("A5", (460, 460), "is the slot occupied? -EEXIST") { m in
            let isOccupied = m.mapping.radixTree.lookup(PageIndex(m.locals.index)) != nil
            return isOccupied ? m.finish(Errno.eexist) : .next
        }
        l.add("A5", (462, 462), "store the entry; the node counts one more") { m in
            let here = m.locals
            m.mapping.radixTree.store(here.entry!, in: here.node, offset: here.offset)
            return m.finish()
        }
    }

    static let radixTreeCreate = Function(
        "__radix_tree_create", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let level = l.label()
        let lower = l.label()
        let found = l.label()
        l.add("A1", (398, 398), "is the index beyond the tree's height? extend it") { m in
            m.tasks[m.current].returned = 0
            let index = m.locals.index
            let tree = m.mapping.radixTree
            guard PageIndex(index) > tree.maxIndex(height: tree.height) else { return .next }
            return m.call(.radixTreeExtend) { $0.index = index }
        }
        l.add("A1", (400, 400), "no memory for a level?") { m in
            guard m.returned == 0 else { return m.finish(Errno.enomem) }
            m.locals.height = m.mapping.radixTree.height
            m.locals.node = nil
            m.locals.offset = 0
            return m.locals.height == 0 ? .jump(found) : .next
        }
        l.place(level)
        l.add("A4", (411, 411), "go down: is there a child on the way?") { m in
            m.descend() ? .jump(lower) : .next
        }
        l.add("A3", (413, 413), "no: add a node, count it in the one above") { m in
            let here = m.locals
            let child = m.mapping.radixTree.addChild(
                under: here.node, offset: here.offset, allocator: &m.allocator)
            guard let child else { return m.finish(Errno.enomem) }
            m.locals.node = child
            return .next
        }
        l.place(lower)
        l.add("A4", (426, 426), "one level lower") { m in
            m.locals.height -= 1
            let shift = UInt64(m.locals.height * 6)
            m.locals.offset = Int(m.locals.index >> shift & 63)
            return m.locals.height > 0 ? .jump(level) : .next
        }
        l.place(found)
        l.add("A4", (435, 435), "return node and slot") { m in
            m.tasks[m.current].returnedNode = m.locals.node
            m.tasks[m.current].returnedOffset = m.locals.offset
            return m.finish()
        }
    }

    static let radixTreeExtend = Function(
        "radix_tree_extend", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let again = l.label()
        l.add("A1", (334, 334), "find the height that the index needs") { m in
            m.locals.height = m.mapping.radixTree.heightNeeded(for: PageIndex(m.locals.index))
            return .next
        }
        l.add("A1", (338, 338), "an empty tree: only note the height") { m in
            guard case .empty = m.mapping.radixTree.root else { return .next }
            m.mapping.radixTree.raiseHeightOfEmptyTree(to: m.locals.height)
            return m.finish()
        }
        l.place(again)
        l.add("A2", (345, 345), "add a level on top; it inherits the root's tags at slot 0") { m in
            let isAdded = m.mapping.radixTree.addLevel(allocator: &m.allocator)
            return isAdded ? .next : m.finish(Errno.enomem)
        }
        l.add("A2", (369, 369), "high enough?") { m in
            m.mapping.radixTree.height < m.locals.height ? .jump(again) : m.finish()
        }
    }
}

extension Machine {
    /// Follows the slot that the locals stand at; false when a node has to be made there.
    fileprivate mutating func descend() -> Bool {
        let here = locals
        let child: RadixTree.NodeID?
        if let node = here.node {
            child = mapping.radixTree.child(of: node, at: here.offset)
        } else if case .node(let top) = mapping.radixTree.root {
            child = top
        } else {
            child = nil
        }
        if let child { locals.node = child }
        return child != nil
    }
}

extension Function {
    static let ofRadixTreeInsert: [Function] = [
        .radixTreeInsert, .radixTreeCreate, .radixTreeExtend,
    ]
}
