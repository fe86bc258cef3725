// lib/xarray.c: xas_load with xas_start and xas_descend; xa_load, xa_get_mark.
//
// They need no lock but RCU's: between two statements the array may change, and a node that was
// freed meanwhile is read as it was left.

import Kernel
import PageCache
import XArray

extension ListingBuilder {
    /// `xas_start` of a state that has not been walked; locals.xas.entry is the head, or NULL
    /// outside.
    mutating func addStart() {
        add("X1", 188, 190, "start: read the head; the index beyond it? out of bounds") { m in
            let head = m.xa.head
            let index = m.xas.index
            let isInside =
                if let top = head.node {
                    index.rawValue >> UInt64(m.xa.shift(of: top)) <= 63
                } else {
                    index == 0
                }
            m.locals.xas.entry = isInside ? head : .empty
            m.xas.position = isInside ? .head : .bounds
            return .next
        }
    }

    /// `xas_descend` into locals.node; locals.xas.entry is what is there.
    mutating func addDescend() {
        let sibling = label()
        let done = label()
        add("X3", 204, 207, "descend: read the slot for the index") { m in
            let node = m.locals.node!
            let offset = XArray.slotNumber(m.xas.index, shift: m.xa.shift(of: node))
            m.xas.position = .node(node)
            m.xas.offset = offset
            m.locals.xas.entry = m.xa.slot(offset, of: node)
            return m.locals.xas.entry.isSibling ? .next : .jump(done)
        }
        place(sibling)
        add("X4", 207, 210, "a sibling: read the slot that it names; a node? retry") { m in
            guard case .sibling(let first) = m.locals.xas.entry else { return .next }
            let content = m.xa.slot(first, of: m.locals.node!)
            m.xas.offset = first
            m.locals.xas.entry = content.node == nil ? content : .retry
            return content.isSibling ? .jump(sibling) : .next
        }
        place(done)
    }
}

extension Function {
    static let ofXArrayLoad: [Function] = [.xasLoad, .xaLoad, .xaGetMark]

    /// Returns the raw content: also a node, where the order of the state ends above it.
    public static let xasLoad = Function("xas_load", "lib/xarray.c") { l in
        let level = l.label()
        l.add("X2", 184, 186, "walked already? read its slot again; an error: NULL") { m in
            switch m.xas.position {
            case .restart, .bounds: return .next
            case .error, .endless: return m.finishXas()
            case .head: m.locals.xas.entry = m.xa.head
            case .node(let node):
                let shift = m.xa.shift(of: node)
                var content = m.xa.slot(XArray.slotNumber(m.xas.index, shift: shift), of: node)
                if case .sibling(let first) = content { content = m.xa.slot(first, of: node) }
                m.locals.xas.entry = content
            }
            return .jump(level)
        }
        l.addStart()
        l.place(level)
        l.add("X5", 240, 243, "no node, or the order ends above it? return it") { m in
            let content = m.locals.xas.entry
            guard let node = content.node, m.xas.shift <= m.xa.shift(of: node) else {
                return m.finishXas(content)
            }
            m.locals.node = node
            return .next
        }
        l.addDescend()
        l.add("X5", 243, 246, "a leaf? return what was read; else go on") { m in
            let content = m.locals.xas.entry
            return m.xa.shift(of: m.locals.node!) == 0 ? m.finishXas(content) : .jump(level)
        }
    }

    public static let xaLoad = Function("xa_load", "lib/xarray.c") { l in
        let again = l.label()
        l.add("", 1464, 1478, "enter RCU") { m in m.readLock() }
        l.place(again)
        l.add("", 1466, 1480, "look the index up") { m in m.callXas(.xasLoad) }
        l.add("", 1467, 1481, "only reserved? that reads as NULL") { m in
            let content = m.returnedSlot
            m.locals.xas.entry = content == .entry(.zero) ? .empty : content
            return .next
        }
        l.add("", 1469, 1483, "retry? the node is gone: look again from the head") { m in
            let content = m.locals.xas.entry
            return m.retries(content) ? .jump(again) : .next
        }
        l.add("", 1470, 1484, "leave RCU") { m in m.readUnlock() }
        l.add("", 1472, 1486, "return the entry") { m in m.finishXas(m.locals.xas.entry) }
    }

    /// locals.xas.mark; returns 1 if the entry has it.
    public static let xaGetMark = Function("xa_get_mark", "lib/xarray.c") { l in
        let level = l.label()
        let out = l.label()
        l.add("", 1961, 1981, "enter RCU") { m in m.readLock() }
        l.addStart()
        l.place(level)
        l.add("X47", 1963, 1983, "has the place the mark? no: out") { m in
            m.locals.count = m.hasMark ? 1 : 0
            return m.locals.count == 1 ? .next : .jump(out)
        }
        l.add("X47", 1964, 1984, "an entry? it has the mark") { m in
            guard let node = m.locals.xas.entry.node else { return .jump(out) }
            m.locals.node = node
            return .next
        }
        l.addDescend()
        l.add("X47", 1966, 1986, "one level lower") { _ in .jump(level) }
        l.place(out)
        l.add("", 1968, 1988, "leave RCU") { m in m.readUnlock() }
        l.add("", 1972, 1992, "return whether it has it") { m in
            let found = m.locals.count
            return m.finishXas(.empty, found)
        }
    }
}

extension Machine {
    /// `xas_get_mark` of locals.xas.mark.
    fileprivate var hasMark: Bool {
        let mark = locals.xas.mark
        switch xas.position {
        case .head: return xa.marks.contains(mark)
        case .node(let node): return xa.marks(mark, of: node) >> UInt64(xas.offset) & 1 != 0
        default: return false
        }
    }
}
