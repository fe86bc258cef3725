// lib/radix-tree.c: radix_tree_range_tag_if_tagged, as tag_pages_for_writeback calls it: every
// entry of a range that is DIRTY gets TOWRITE too.
//
// The tag rises from each leaf until an ancestor has it already; the root gets it at the end. What
// comes back as the index to go on from is 0 when the range ended at 2^64-1. 4.4.0 and 4.5.0 differ
// in nothing here.

import Kernel
import PageCache
import RadixTree

extension Function {
    /// locals.start, locals.end: indices, the end inclusive; locals.count: the most entries to tag.
    /// Returns how many were tagged, and in returnedIndex where to go on.
    static let radixTreeRangeTag = Function(
        "radix_tree_range_tag_if_tagged", "lib/radix-tree.c", seriesLines: .v4_5
    ) { l in
        let again = l.label()
        let done = l.label()
        l.add("A11", (905, 905), "is anything in the range, and the root DIRTY? else done") {
            m in
            m.tasks[m.current].returnedIndex = m.locals.start
            let tree = m.mapping.radixTree
            let last = min(m.locals.end, tree.maxIndex(height: tree.height).rawValue)
            guard m.locals.start <= last else { return m.finish(0) }
            m.locals.end = last
            m.locals.index = m.locals.start
            m.locals.item = 0
            guard !tree.isTagged(.dirty) else { return .next }
            m.tasks[m.current].returnedIndex = last &+ 1
            return m.finish(0)
        }
        l.add("A13", (911, 911), "the root holds the only entry: tag the root") { m in
            guard m.mapping.radixTree.height == 0 else { return .next }
            _ = m.mapping.radixTree.setRootTag(.towrite)
            m.tasks[m.current].returnedIndex = m.locals.end &+ 1
            return m.finish(1)
        }
        l.place(again)
        l.add("A11", (937, 937), "the next DIRTY entry: tag its slot in the leaf") { m in
            let next = m.mapping.radixTree.next(
                atOrAfter: PageIndex(m.locals.index), tagged: .dirty)
            guard let next, next.index.rawValue <= m.locals.end,
                let place = m.mapping.radixTree.find(next.index), let node = place.node
            else {
                m.locals.index = m.locals.end &+ 1
                return .jump(done)
            }
            _ = m.mapping.radixTree.setTagBit(.towrite, of: node, at: place.offset)
            m.locals.index = next.index.rawValue
            m.locals.node = node
            m.locals.item += 1
            return .next
        }
        l.add("A12", (946, 946), "tag the nodes above, up to the first that has it") { m in
            while let node = m.locals.node {
                guard let (parent, offset) = m.mapping.radixTree.link(above: node),
                    m.mapping.radixTree.setTagBit(.towrite, of: parent, at: offset)
                else { break }
                m.locals.node = parent
            }
            return .next
        }
        l.add("A11", (965, 965), "the end of the range, or enough tagged? else on to the next") {
            m in
            m.locals.index &+= 1
            let isEnd = m.locals.index > m.locals.end || m.locals.index == 0
            return isEnd || m.locals.item >= m.locals.count ? .next : .jump(again)
        }
        l.place(done)
        l.add("A13", (983, 983), "any tagged? tag the root; return where to go on") { m in
            if m.locals.item > 0 { _ = m.mapping.radixTree.setRootTag(.towrite) }
            m.tasks[m.current].returnedIndex = m.locals.index
            return m.finish(m.locals.item)
        }
    }
}

extension Function {
    static let ofRadixTreeRangeTag: [Function] = [.radixTreeRangeTag]
}
