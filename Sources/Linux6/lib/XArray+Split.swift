// lib/xarray.c: xas_split_alloc, xas_split: a large entry becomes many, in two steps. The first
// gets the nodes, without the lock; the second cannot fail.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArraySplit: [Function] = [.xasSplitAlloc, .xasSplit]

    /// locals.count: the order of the entry that is there; locals.xas.entry: what fills the nodes.
    static let xasSplitAlloc = Function("xas_split_alloc", "lib/xarray.c") { l in
        let again = l.label()
        l.add("X36", 1012, 1025, "more than a level apart? -ENOMEM; same node? nothing") { m in
            if m.xas.shift + 12 < m.locals.count {
                m.warnOnce("lib/xarray.c:xas_split_alloc")
                m.xas.fail(.noMemory)
                return m.finishXas()
            }
            m.locals.item = 1 << (m.locals.count % 6)
            return m.xas.shift + 6 > m.locals.count ? m.finishXas() : .next
        }
        l.place(again)
        l.add("X36", 1025, 1038, "allocate a node, full of the entry; it may sleep") { m in
            guard m.allocateSpare() else {
                m.destroySpares()
                m.xas.fail(.noMemory)
                return m.finishXas()
            }
            m.locals.item -= 1
            return .next
        }
        l.add("X36", 1039, 1052, "one for each slot of the entry? done") { m in
            m.locals.item > 0 ? .jump(again) : m.finishXas()
        }
    }

    /// locals.count: the order of the entry that is there; locals.xas.entry: what each of the new
    /// ones is.
    static let xasSplit = Function("xas_split", "lib/xarray.c") { l in
        let group = l.label()
        let within = l.label()
        let done = l.label()
        l.add("X37", 1064, 1077, "look the entry up") { m in m.callXas(.xasLoad) }
        l.add("X37", 1068, 1081, "not in a node? nothing; else its marks, its last slot") { m in
            guard let node = m.xas.node else { return m.finishXas() }
            m.locals.xas.first = m.returnedSlot
            m.locals.xas.marks = m.xa.marks(of: node, at: m.xas.offset)
            m.locals.offset = m.xas.offset + (1 << (m.locals.count % 6)) - 1
            m.locals.item = 0
            return .next
        }
        l.place(group)
        l.add("X37", 1075, 1088, "do the new entries go below the slot, or into it?") { m in
            m.locals.xas.mark = .dirty
            return m.xas.shift < m.xa.shift(of: m.xas.node!) ? .next : .jump(within)
        }
        l.addSplitBelow(again: group, done: done)
        l.place(within)
        l.addSplitWithin(again: group)
        l.place(done)
        l.add("X40", 1104, 1118, "the node's values") { m in
            let (node, values) = (m.xas.node!, m.locals.item)
            m.xa.setValueCount(m.xa.valueCount(of: node) + values, of: node)
            return .next
        }
        l.add("X25", 1105, 1119, "only values? list it; return") { m in
            m.updateNode(m.xas.node!)
            return m.finishXas()
        }
    }
}

extension ListingBuilder {
    /// A node takes the place of the slot locals.offset.
    fileprivate mutating func addSplitBelow(again group: Label, done: Label) {
        let mark = label()
        let hook = label()
        let isOld = version == .v6_1
        add("X37", 1078, 1091, "take a node that waits: shift, slot, counts, parent") { m in
            let offset = m.locals.offset
            guard let entry = m.locals.xas.entry.entry else {
                preconditionFailure("a split into nothing")
            }
            var state = m.xas
            m.locals.xas.next = .node(m.xa.takeFilledNode(&state, entry: entry, offset: offset))
            m.xas = state
            return .next
        }
        place(mark)
        add(
            "X37", 974, 986,
            isOld
                ? "a mark of the entry: on the slot, on all of the node's"
                : "a mark of the entry: on the slot, on the new entries'"
        ) { m in
            guard let mark = m.nextMark() else { return .jump(hook) }
            let (node, child, offset) = (m.xas.node!, m.locals.xas.next.node!, m.locals.offset)
            m.xa.setMarks(mark, of: node, m.xa.marks(mark, of: node) | 1 << UInt64(offset))
            let siblings = m.xas.siblings
            m.xa.markSlots(child, mark, every: isOld ? 1 : siblings + 1)
            return .next
        }
        add("X37", 984, 997, "the next mark") { m in m.advanceMark() ? .jump(mark) : .next }
        place(hook)
        add("X38", 1086, 1100, "hook it in: readers find the new entries there") { m in
            let (node, child, offset) = (m.xas.node!, m.locals.xas.next, m.locals.offset)
            m.xa.setSlot(child, of: node, at: offset)
            if m.locals.xas.first.isValue { m.locals.item -= 1 }
            return .next
        }
        add("X38 X25", 1090, 1104, "only values? list it; the slot before; the first? on") { m in
            m.updateNode(m.locals.xas.next.node!)
            m.locals.offset -= 1
            return m.locals.offset >= m.xas.offset ? .jump(group) : .jump(done)
        }
    }

    /// The slots up to locals.offset that one new entry takes.
    fileprivate mutating func addSplitWithin(again group: Label) {
        let mark = label()
        let first = label()
        let sibling = label()
        let sum = label()
        place(mark)
        add("X37", 1094, 1108, "a mark of the entry: on the first slot of the group") { m in
            guard let mark = m.nextMark() else { return .jump(first) }
            let (node, canonical) = (m.xas.node!, m.locals.offset - m.xas.siblings)
            m.xa.setMarks(mark, of: node, m.xa.marks(mark, of: node) | 1 << UInt64(canonical))
            return .next
        }
        add("X37", 984, 997, "the next mark") { m in m.advanceMark() ? .jump(mark) : .next }
        place(first)
        add("X39", 1095, 1109, "the new entry goes into the first slot") { m in
            let (node, content) = (m.xas.node!, m.locals.xas.entry)
            let canonical = m.locals.offset - m.xas.siblings
            m.xa.setSlot(content, of: node, at: canonical)
            m.locals.height = canonical
            return .next
        }
        place(sibling)
        add("X39", 1096, 1110, "siblings above it, from the last down") { m in
            let (node, offset, canonical) = (m.xas.node!, m.locals.offset, m.locals.height)
            guard offset > canonical else { return .jump(sum) }
            m.xa.setSlot(.sibling(of: canonical), of: node, at: offset)
            m.locals.offset -= 1
            return .jump(sibling)
        }
        place(sum)
        add("X39", 1099, 1113, "sum up the values; the group before; the first? on") { m in
            let here = m.locals.xas
            m.locals.item +=
                ((here.entry.isValue ? 1 : 0) - (here.first.isValue ? 1 : 0))
                * (m.xas.siblings + 1)
            m.locals.offset -= 1
            return m.locals.offset >= m.xas.offset ? .jump(group) : .next
        }
    }
}

extension Machine {
    /// The next mark of the entry to be split, from locals.xas.mark on.
    fileprivate mutating func nextMark() -> XArray.Mark? {
        let here = locals.xas
        let mark = XArray.Mark.allCases.first {
            $0.rawValue >= here.mark.rawValue && here.marks.contains($0)
        }
        if let mark { locals.xas.mark = mark }
        return mark
    }

    fileprivate mutating func advanceMark() -> Bool {
        guard let mark = XArray.Mark(rawValue: locals.xas.mark.rawValue + 1) else { return false }
        locals.xas.mark = mark
        return true
    }
}

extension XArray {
    /// The marks of one slot.
    fileprivate func marks(of id: NodeID, at offset: Int) -> MarkSet {
        var set = MarkSet()
        for mark in Mark.allCases where marks(mark, of: id) >> UInt64(offset) & 1 != 0 {
            set.insert(MarkSet(mark))
        }
        return set
    }

    /// `node_mark_slots`.
    fileprivate mutating func markSlots(_ id: NodeID, _ mark: Mark, every step: Int) {
        if step == 1 { return setMarks(mark, of: id, .max) }
        for slot in stride(from: 0, to: 64, by: step) {
            setMarks(mark, of: id, marks(mark, of: id) | 1 << UInt64(slot))
        }
    }
}
