// lib/xarray.c: xas_find_marked; include/linux/xarray.h: xas_next_marked.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayFindMarked: [Function] = [.xasFindMarked, .xasNextMarked]

    /// locals.end: the last index; locals.xas.mark. Returns the next entry that has the mark.
    public static let xasFindMarked = Function("xas_find_marked", "lib/xarray.c") { l in
        let loop = l.label()
        let climb = l.label()
        let out = l.label()
        l.add("X42", 1317, 1331, "an error? NULL; behind the last index? restart") { m in
            if m.xas.error != nil || m.xas.position == .endless { return m.finishXas() }
            guard m.xas.index.rawValue > m.locals.end else { return .next }
            m.xas.position = .restart
            return m.finishXas()
        }
        l.add("X42", 1322, 1336, "the head was found before? out; in a node? go on") { m in
            m.locals.xas.advances = true
            if m.xas.node != nil { return .jump(loop) }
            guard m.xas.position == .head else { return .next }
            m.xas.index = 1
            return .jump(out)
        }
        l.add("X43", 1327, 1341, "not begun: the head has it? return it; or its node") { m in
            m.locals.xas.advances = false
            let head = m.xa.head
            m.xas.position = .head
            if m.xas.index.rawValue > m.xa.reach(of: head) { return .jump(out) }
            guard let node = head.node else {
                if m.xa.isMarked(m.locals.xas.mark) { return m.finishXas(head) }
                m.xas.index = 1
                return .jump(out)
            }
            m.xas.position = .node(node)
            m.xas.offset = Int(m.xas.index.rawValue >> UInt64(m.xa.shift(of: node)))
            return .next
        }
        l.place(loop)
        l.add("X42", 1341, 1355, "behind the last index? out; the node ends? climb") { m in
            if m.xas.index.rawValue > m.locals.end { return .jump(out) }
            return m.xas.offset == 64 ? .jump(climb) : .next
        }
        l.add("X42", 1352, 1366, "a sibling? back to the entry's first slot") { m in
            guard !m.locals.xas.advances,
                case .sibling(let first) = m.xa.slot(m.xas.offset, of: m.xas.node!)
            else { return .next }
            let shift = m.xa.shift(of: m.xas.node!)
            m.xas.offset = first
            m.xas.moveIndex(to: first, shift: shift)
            return .next
        }
        l.add("X42", 1359, 1373, "the next slot with the mark; behind the last? restart") { m in
            let node = m.xas.node!
            let offset = m.nextMarkedSlot(from: m.xas.offset + (m.locals.xas.advances ? 1 : 0))
            guard offset > m.xas.offset else { return .next }
            let shift = m.xa.shift(of: node)
            m.locals.xas.advances = false
            m.xas.moveIndex(to: offset, shift: shift)
            if m.xas.index.rawValue &- 1 >= m.locals.end {
                m.xas.position = .restart
                return m.finishXas()
            }
            m.xas.offset = offset
            return offset == 64 ? .jump(loop) : .next
        }
        l.add("X43", 1371, 1385, "a node: go in; an entry: return it; NULL: once more") { m in
            let content = m.xa.slot(m.xas.offset, of: m.xas.node!)
            let tracksFree = m.xa.options.contains(.trackFree) && m.locals.xas.mark == .free
            if content == .empty, !tracksFree { return .jump(loop) }
            guard let node = content.node else { return m.finishXas(content) }
            m.xas.position = .node(node)
            m.xas.offset = XArray.slotNumber(m.xas.index, shift: m.xa.shift(of: node))
            return .jump(loop)
        }
        l.place(climb)
        l.add("X42", 1342, 1356, "the slot behind the node in its parent; none? out") { m in
            var state = m.xas
            state.climb(m.xa, by: 1)
            m.xas = state
            m.locals.xas.advances = false
            return state.node == nil ? .next : .jump(loop)
        }
        l.place(out)
        l.add("X42", 1380, 1394, "behind the last index? restart; else out of bounds") { m in
            m.xas.position = m.xas.index.rawValue > m.locals.end ? .restart : .bounds
            return m.finishXas()
        }
    }

    /// The same, the short way within a leaf.
    public static let xasNextMarked = Function("xas_next_marked", "include/linux/xarray.h") { l in
        let far = l.label()
        l.add("X42", nil, nil, "in a leaf? the next slot with the mark; else search") { m in
            guard let node = m.xas.node, m.xa.shift(of: node) == 0 else { return .jump(far) }
            let offset = m.nextMarkedSlot(from: m.xas.offset + 1)
            m.xas.offset = offset
            m.xas.index = XArray.Index((m.xas.index.rawValue & ~63) &+ UInt64(offset))
            if m.xas.index.rawValue > m.locals.end { return m.finishXas() }
            return offset == 64 ? .jump(far) : .next
        }
        l.add("X43", nil, nil, "what is there; nothing? search") { m in
            let content = m.xa.slot(m.xas.offset, of: m.xas.node!)
            return content == .empty ? .next : m.finishXas(content)
        }
        l.place(far)
        l.add("X42", nil, nil, "xas_find_marked") { m in
            let here = m.locals
            return m.callXas(.xasFindMarked) {
                $0.end = here.end
                $0.xas.mark = here.xas.mark
            }
        }
        l.add("", nil, nil, "return what it found") { m in m.finishXas(m.returnedSlot) }
    }
}

extension Machine {
    /// The next slot of the state's node that has locals.xas.mark, 64 if there is none.
    fileprivate func nextMarkedSlot(from first: Int) -> Int {
        guard first < 64, let node = xas.node else { return 64 }
        let bits = xa.marks(locals.xas.mark, of: node) & (~0 << UInt64(first))
        return bits == 0 ? 64 : bits.trailingZeroBitCount
    }
}
