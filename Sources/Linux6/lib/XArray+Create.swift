// lib/xarray.c: xas_alloc, xas_expand, xas_create, xas_create_range: growing the array until the
// state's index has a slot.
//
// - Each node may fail. What was made before stays: levels, nodes without slots in use.
// - A parent counts its new child before the slot leads to it.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayCreate: [Function] = [.xasAlloc, .xasExpand, .xasCreate, .xasCreateRange]

    /// locals.height: the shift of the node, below the state's or as a new top. It is left in the
    /// task's returnedNode, nil for -ENOMEM.
    static let xasAlloc = Function("xas_alloc", "lib/xarray.c") { l in
        l.add("X7", 377, 376, "the node that waits, or one from the slab; -ENOMEM?") { m in
            m.tasks[m.current].returnedNode = nil
            if m.xas.isInvalid { return m.finishXas() }
            if m.xas.spareCount == 0, !m.allocator.takeFromSlab() {
                m.xas.fail(.noMemory)
                return m.finishXas()
            }
            var state = m.xas
            let shift = m.locals.height
            m.locals.node = m.xa.takeNode(&state, shift: shift)
            m.xas = state
            return .next
        }
        l.add("X8", 384, 383, "below a node: note the slot; the parent counts it") { m in
            let node = m.locals.node!
            m.xa.countChild(node)
            if let parent = m.xas.node { m.updateNode(parent) }
            return .next
        }
        l.add("X9", 392, 391, "shift, counts 0, parent, array; return the node") { m in
            let node = m.locals.node!
            m.xa.initialize(node)
            m.tasks[m.current].returnedNode = node
            return m.finishXas()
        }
    }

    /// locals.xas.entry: what the head holds, or counts as holding. Returns the shift above the
    /// top, or -ENOMEM.
    static let xasExpand = Function("xas_expand", "lib/xarray.c") { l in
        let level = l.label()
        l.add("X6", 566, 565, "how far it must reach; empty? only say the shift") { m in
            let max = m.xas.highestIndex
            m.locals.end = max
            m.locals.height = 0
            switch m.locals.xas.entry {
            case .empty:
                if max == 0 { return m.finishXas() }
                var shift = 0
                while max >> UInt64(shift) > 63 { shift += 6 }
                return m.finishXas(.empty, shift + 6)
            case .node(let top):
                m.locals.node = top
                m.locals.height = m.xa.shift(of: top) + 6
            default: break
            }
            m.xas.position = .head
            return .next
        }
        l.place(level)
        l.add("X6", 580, 579, "does the top reach far enough? done") { m in
            let reach = m.xa.reach(of: m.locals.xas.entry)
            guard m.locals.end <= reach else { return .next }
            m.xas.position = m.locals.node.map { .node($0) } ?? .head
            let shift = m.locals.height
            return m.finishXas(.empty, shift)
        }
        l.add("X7", 584, 583, "no: a new top node") { m in
            let shift = m.locals.height
            return m.callXas(.xasAlloc) { $0.height = shift }
        }
        l.add("X7", 586, 585, "no memory? the levels so far stay") { m in
            guard let node = m.tasks[m.current].returnedNode else {
                return m.finishXas(.empty, Errno.enomem)
            }
            m.locals.node = node
            return .next
        }
        l.add("X10", 588, 587, "the head goes into its slot 0, with the array's marks") { m in
            let (node, head) = (m.locals.node!, m.locals.xas.entry)
            m.xa.fillTop(node, with: head)
            return .next
        }
        l.add("X11", 613, 612, "was it a node? the new one is its parent") { m in
            let new = m.locals.node!
            if let old = m.locals.xas.entry.node { m.xa.setParent(new, of: old) }
            return .next
        }
        l.add("X12", 618, 617, "the new node is the head") { m in
            let node = m.locals.node!
            m.xa.setHead(.node(node))
            return .next
        }
        l.add("X12 X25", 619, 618, "only values? list it; go on") { m in
            let node = m.locals.node!
            m.updateNode(node)
            m.locals.xas.entry = .node(node)
            m.locals.height += 6
            return .jump(level)
        }
    }

    /// locals.xas.allowsHead. Returns the content of the slot that the entry goes to; the state has
    /// the place, or -ENOMEM.
    static let xasCreate = Function("xas_create", "lib/xarray.c") { l in
        let level = l.label()
        let lower = l.label()
        l.add("X13", 650, 649, "begin where the state stands, or grow from the head") { m in
            if let node = m.xas.node {
                m.locals.height = m.xa.shift(of: node)
                m.locals.xas.entry = m.xa.slot(m.xas.offset, of: node)
                return .jump(level)
            }
            guard m.xas.isTop else { return m.finishXas() }
            m.xas.position = .head
            var head = m.xa.head
            if head == .empty, m.xa.options.contains(.zeroBusy) { head = .entry(.zero) }
            return m.callXas(.xasExpand) { $0.xas.entry = head }
        }
        l.add("X13", 656, 655, "no memory? NULL; else begin with the head") { m in
            guard m.returned >= 0 else { return m.finishXas() }
            m.locals.height = m.returned == 0 && !m.locals.xas.allowsHead ? 6 : m.returned
            m.locals.xas.entry = m.xa.head
            return .next
        }
        l.place(level)
        l.add("X13", 676, 675, "low enough for the order? return what is there") { m in
            guard m.locals.height > m.xas.shift else { return m.finishXas(m.locals.xas.entry) }
            m.locals.height -= 6
            return .next
        }
        l.add("X15", 687, 686, "a node: go in; a larger entry: stop there") { m in
            let content = m.locals.xas.entry
            if content == .empty { return .next }
            guard let node = content.node else { return m.finishXas(content) }
            m.locals.node = node
            return .jump(lower)
        }
        l.add("X7", 679, 678, "nothing: a new node") { m in
            let shift = m.locals.height
            return m.callXas(.xasAlloc) { $0.height = shift }
        }
        l.add("X7", 680, 679, "no memory? what was made so far stays") { m in
            m.locals.node = m.tasks[m.current].returnedNode
            return m.locals.node == nil ? m.finishXas() : .next
        }
        l.add("", 683, 682, "does the array track free slots? all of it is free") { m in
            let node = m.locals.node!
            if m.xa.options.contains(.trackFree) { m.xa.setMarks(.free, of: node, .max) }
            return .next
        }
        l.add("X14", 684, 683, "hook it in: readers find an empty node") { m in
            let child = XArray.Slot.node(m.locals.node!)
            let offset = m.xas.offset
            if let node = m.xas.node {
                m.xa.setSlot(child, of: node, at: offset)
            } else {
                m.xa.setHead(child)
            }
            return .next
        }
        l.place(lower)
        l.addDescend()
        l.add("X13", 691, 690, "that slot comes next") { _ in .jump(level) }
    }

    /// Makes every leaf for the state's range; afterwards the state is for one index, its first.
    static let xasCreateRange = Function("xas_create_range", "lib/xarray.c") { l in
        let leaf = l.label()
        let climb = l.label()
        let failed = l.label()
        l.add("X16", 712, 711, "begin with the last index, order 0") { m in
            let state = m.xas
            m.locals.start = state.index.rawValue
            m.locals.height = state.shift
            m.locals.count = state.siblings
            m.xas.index = XArray.Index(state.index.rawValue | (state.size &- 1))
            if let node = state.node, m.xa.shift(of: node) == state.shift {
                m.xas.offset |= state.siblings
            }
            m.xas.shift = 0
            m.xas.siblings = 0
            return .next
        }
        l.place(leaf)
        l.add("X16", 719, 718, "make the path to the index") { m in
            m.callXas(.xasCreate) { $0.xas.allowsHead = true }
        }
        l.add("X16", 720, 719, "no memory? give the order back") { m in
            m.xas.error == nil ? .next : .jump(failed)
        }
        l.add("X16", 722, 721, "the lowest leaf? done; else 64 indices down") { m in
            guard m.xas.index.rawValue <= m.locals.start | 63 else {
                m.xas.index = XArray.Index(m.xas.index.rawValue - 64)
                return .next
            }
            m.xas.index = XArray.Index(m.locals.start)
            if let node = m.xas.node {
                m.xas.offset = XArray.slotNumber(m.xas.index, shift: m.xa.shift(of: node))
            }
            return m.finishXas()
        }
        l.place(climb)
        l.add("X16", 728, 727, "climb to the slot before, within the range's node") { m in
            guard let node = m.xas.node, m.xa.shift(of: node) < m.locals.height,
                m.xa.parent(of: node) != nil
            else { return .jump(leaf) }
            var state = m.xas
            state.climb(m.xa, by: -1)
            m.xas = state
            return m.xa.offset(of: node) == 0 ? .jump(climb) : .jump(leaf)
        }
        l.place(failed)
        l.add("X16", 738, 737, "the order and the index as they were") { m in
            m.xas.index = XArray.Index(m.locals.start)
            m.xas.shift = m.locals.height
            m.xas.siblings = m.locals.count
            return m.finishXas()
        }
    }
}

extension XArray.State {
    /// `xas_max`: the index that the array must reach.
    fileprivate var highestIndex: UInt64 {
        if shift == 0, siblings == 0 { return index.rawValue }
        let mask = size &- 1
        let last = index.rawValue | mask
        // An entry at index 0 never lands in the head.
        return last == mask ? last &+ 1 : last
    }
}

extension XArray {
    /// `max_index`.
    func reach(of head: Slot) -> UInt64 {
        guard let top = head.node else { return 0 }
        return (64 << UInt64(shift(of: top))) &- 1
    }

    /// A new top node, which is not yet one, takes what the head holds.
    fileprivate mutating func fillTop(_ node: NodeID, with head: Slot) {
        setCount(1, of: node)
        if head.isValue { setValueCount(1, of: node) }
        setSlot(head, of: node, at: 0)
        for mark in Mark.allCases {
            if mark == .free, options.contains(.trackFree) {
                setMarks(.free, of: node, .max)
                if !isMarked(.free) {
                    setMarks(.free, of: node, .max - 1)
                    setArrayMark(.free, true)
                }
            } else if isMarked(mark) {
                setMarks(mark, of: node, 1)
            }
        }
    }
}
