// lib/radix-tree.c: __radix_tree_lookup, level by level. 4.4.0 and 4.5.0 differ in nothing here.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let ofRadixTreeLookup: [Function] = [.radixTreeLookup]

    /// locals.index; the entry is left in the task's returnedEntry. Under tree_lock.
    static let radixTreeLookup = Function(
        "__radix_tree_lookup", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let level = l.label()
        l.add("A4", (498, 498), "read the root: nothing, the entry of index 0, or a node") { m in
            m.tasks[m.current].returnedEntry = nil
            switch m.mapping.radixTree.root {
            case .empty: return m.finish()
            case .entry(let entry):
                if m.locals.index == 0 { m.tasks[m.current].returnedEntry = entry }
                return m.finish(m.locals.index == 0 ? 1 : 0)
            case .node(let top):
                m.locals.node = top
                return .next
            }
        }
        l.add("A4", (515, 515), "does the index lie beyond the tree's height? NULL") { m in
            let height = m.mapping.radixTree.node(m.locals.node!).height
            m.locals.height = height
            let reach = m.mapping.radixTree.maxIndex(height: height).rawValue
            return m.locals.index > reach ? m.finish() : .next
        }
        l.place(level)
        l.add("A4", (523, 523), "read the slot on the way; empty? NULL; one level lower") { m in
            let shift = UInt64((m.locals.height - 1) * 6)
            let offset = Int(m.locals.index >> shift & 63)
            m.locals.height -= 1
            switch m.mapping.radixTree.node(m.locals.node!).slot(offset) {
            case .empty: return m.finish()
            case .node(let child):
                m.locals.node = child
                return .jump(level)
            case .entry(let entry):
                m.tasks[m.current].returnedEntry = entry
                return m.finish(1)
            }
        }
    }
}
