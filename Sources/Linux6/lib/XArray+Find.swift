// lib/xarray.c: xas_find, xas_find_conflict, xas_pause, __xas_next, __xas_prev; xa_find.
// include/linux/xarray.h: xas_next_entry.
//
// Searches go slot by slot, under RCU or the lock.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayFind: [Function] = [
        .xasFind, .xasFindConflict, .xasPause, .xasNext, .xasPrev, .xaFind,
        .xasNextEntry,
    ]

    /// locals.end: the last index. Returns the next entry, zero and retry too.
    public static let xasFind = Function("xas_find", "lib/xarray.c") { l in
        let next = l.label()
        let test = l.label()
        let climb = l.label()
        l.add("X41", 1246, 1260, "an error, or out of bounds? NULL; behind the last? out") { m in
            if m.xas.error != nil || m.xas.position == .bounds || m.xas.position == .endless {
                return m.finishXas()
            }
            guard m.xas.index.rawValue > m.locals.end else { return .next }
            m.xas.position = .bounds
            return m.finishXas()
        }
        l.add("X41", 1251, 1265, "the head was found before? out; not begun? look up") { m in
            switch m.xas.position {
            case .head:
                m.xas.index = 1
                m.xas.position = .bounds
                return m.finishXas()
            case .node(let node):
                let place = Int(m.xas.index.rawValue & 63)
                if m.xa.shift(of: node) == 0, m.xas.offset != place {
                    m.xas.offset = Int((m.xas.index.rawValue &- 1) & 63) + 1
                }
                return .jump(next)
            default: return m.callXas(.xasLoad)
            }
        }
        l.add("X41", 1255, 1269, "an entry, or not in a node? return it") { m in
            m.returnedSlot != .empty || m.xas.node == nil
                ? m.finishXas(m.returnedSlot) : .next
        }
        l.place(next)
        l.add("X41", 1263, 1277, "the next slot") { m in
            let shift = m.xa.shift(of: m.xas.node!)
            m.xas.offset += 1
            m.xas.moveIndex(to: m.xas.offset, shift: shift)
            return .next
        }
        l.place(test)
        l.add("X41", 1265, 1279, "past the top: out; behind the last index: NULL") { m in
            guard m.xas.node != nil else {
                m.xas.position = .bounds
                return m.finishXas()
            }
            if m.xas.index.rawValue > m.locals.end { return m.finishXas() }
            return m.xas.offset == 64 ? .jump(climb) : .next
        }
        l.add("X41", 1272, 1286, "a node: go in; an entry: return it; else the next") { m in
            let content = m.xa.slot(m.xas.offset, of: m.xas.node!)
            if let node = content.node {
                m.xas.position = .node(node)
                m.xas.offset = 0
                return .jump(test)
            }
            return content == .empty || content.isSibling ? .jump(next) : m.finishXas(content)
        }
        l.place(climb)
        l.add("X41", 1267, 1281, "the node ends: the slot behind it in its parent") { m in
            var state = m.xas
            state.climb(m.xa, by: 1)
            m.xas = state
            return .jump(test)
        }
    }

    /// The same, the short way within a leaf.
    public static let xasNextEntry = Function("xas_next_entry", "include/linux/xarray.h") { l in
        let next = l.label()
        let far = l.label()
        l.add("X41", nil, nil, "at an entry of one index in a leaf? else search") { m in
            guard let node = m.xas.node, m.xa.shift(of: node) == 0,
                m.xas.offset == Int(m.xas.index.rawValue & 63)
            else { return .jump(far) }
            return .next
        }
        l.place(next)
        l.add("X41", nil, nil, "the slot beside it; the last, or a sibling? search") { m in
            guard m.xas.index.rawValue < m.locals.end, m.xas.offset < 63 else { return .next }
            let content = m.xa.slot(m.xas.offset + 1, of: m.xas.node!)
            switch content {
            case .sibling, .node, .retry, .entry(.zero): return .next
            case .empty, .entry: break
            }
            m.xas.offset += 1
            m.xas.index = XArray.Index(m.xas.index.rawValue + 1)
            return content == .empty ? .jump(next) : m.finishXas(content)
        }
        l.place(far)
        l.add("X41", nil, nil, "xas_find") { m in
            let end = m.locals.end
            return m.callXas(.xasFind) { $0.end = end }
        }
        l.add("", nil, nil, "return what it found") { m in m.finishXas(m.returnedSlot) }
    }

    /// Returns the next entry that lies in the state's range or reaches into it.
    public static let xasFindConflict = Function("xas_find_conflict", "lib/xarray.c") { l in
        let level = l.label()
        let begun = l.label()
        let next = l.label()
        let enter = l.label()
        l.add("X44", 1403, 1417, "an error, or the head was found before? NULL") { m in
            if m.xas.node != nil { return .jump(begun) }
            return m.xas.isTop && m.xas.position != .head ? .next : m.finishXas()
        }
        l.addStart()
        l.add("X44", 1411, 1425, "nothing there? NULL") { m in
            m.locals.xas.entry == .empty ? m.finishXas() : .next
        }
        l.place(level)
        l.add("X44", 1413, 1427, "down to the slot; something is there? return it") { m in
            let content = m.locals.xas.entry
            m.locals.node = content.node
            if content.node != nil { return .next }
            return content == .empty ? .jump(begun) : m.finishXas(content)
        }
        l.addDescend()
        l.add("X44", 1415, 1429, "one level lower") { _ in .jump(level) }
        l.place(begun)
        l.add("X44", 1421, 1435, "an empty slot as large as the range? NULL") { m in
            m.xa.shift(of: m.xas.node!) > m.xas.shift ? m.finishXas() : .next
        }
        l.place(next)
        l.add("X44", 1424, 1438, "the range's last slot? NULL; a node's? climb; else on") { m in
            let node = m.xas.node!
            if m.xa.shift(of: node) == m.xas.shift {
                if m.xas.offset & m.xas.siblings == m.xas.siblings {
                    m.xas.offset -= m.xas.siblings
                    return m.finishXas()
                }
            } else if m.xas.offset == 63 {
                var state = m.xas
                state.climb(m.xa, by: 0)
                m.xas = state
                if state.node != nil { return .jump(next) }
                m.xas.offset -= m.xas.siblings
                return m.finishXas()
            }
            m.xas.offset += 1
            return .next
        }
        l.add("X44", 1435, 1449, "a sibling: the next slot; a node: go in") { m in
            let content = m.xa.slot(m.xas.offset, of: m.xas.node!)
            m.locals.xas.entry = content
            return content.isSibling ? .jump(next) : .next
        }
        l.place(enter)
        l.add("X44", 1438, 1452, "a node: its slot 0; an entry: return it; else on") { m in
            let content = m.locals.xas.entry
            if let node = content.node {
                m.xas.position = .node(node)
                m.xas.offset = 0
                m.locals.xas.entry = m.xa.slot(0, of: node)
                return .jump(enter)
            }
            return content == .empty ? .jump(next) : m.finishXas(content)
        }
    }

    public static let xasPause = Function("xas_pause", "lib/xarray.c") { l in
        l.add("X45", 1129, 1143, "at a place? go on behind its entry, from the head") { m in
            if m.xas.isInvalid { return m.finishXas() }
            guard let node = m.xas.node else {
                m.xas.index = XArray.Index(m.xas.index.rawValue &+ 1)
                m.xas.position = .restart
                return m.finishXas()
            }
            var offset = m.xas.offset + 1
            while offset < 64, m.xa.slot(offset, of: node).isSibling { offset += 1 }
            let width = UInt64(offset - m.xas.offset) << UInt64(m.xa.shift(of: node))
            m.xas.index = XArray.Index(m.xas.index.rawValue &+ width)
            m.xas.position = m.xas.index == 0 ? .bounds : .restart
            return m.finishXas()
        }
    }

    /// Returns the raw content: NULL, siblings and zero too.
    public static let xasNext = Function("__xas_next", "lib/xarray.c") { l in
        l.addNeighbour(by: 1, from: (1194, 1208))
    }

    public static let xasPrev = Function("__xas_prev", "lib/xarray.c") { l in
        l.addNeighbour(by: -1, from: (1155, 1169))
    }

    /// locals.end: the last index; locals.isDirty: only entries with locals.xas.mark. The index is
    /// left in the task's returnedIndex.
    public static let xaFind = Function("xa_find", "lib/xarray.c") { l in
        let again = l.label()
        l.add("", 2035, 2055, "enter RCU") { m in m.readLock() }
        l.place(again)
        l.add("", 2037, 2057, "search from the index on") { m in
            let here = m.locals
            return m.callXas(here.isDirty ? .xasFindMarked : .xasFind) {
                $0.end = here.end
                $0.xas.mark = here.xas.mark
            }
        }
        l.add("", 2041, 2061, "only reserved, or retry? search on") { m in
            let content = m.returnedSlot
            m.locals.xas.entry = content
            return m.retries(content) ? .jump(again) : .next
        }
        l.add("", 2042, 2062, "leave RCU") { m in m.readUnlock() }
        l.add("", 2044, 2064, "return the entry and its index") { m in
            m.tasks[m.current].returnedIndex = m.xas.index.rawValue
            return m.finishXas(m.locals.xas.entry)
        }
    }
}

extension ListingBuilder {
    /// `__xas_next` or `__xas_prev`, with the short way of xas_next or xas_prev before it.
    ///
    /// - Parameter lines: of the function's first line.
    fileprivate mutating func addNeighbour(by step: Int, from lines: (Int, Int)) {
        let level = label()
        let climb = label()
        let isNext = step > 0
        add("X46", nil, nil, "in a leaf, not at its end? the slot beside it; return it") { m in
            guard let node = m.xas.node, m.xa.shift(of: node) == 0,
                m.xas.offset != (isNext ? 63 : 0)
            else { return .next }
            m.xas.index = XArray.Index(
                m.xas.index.rawValue &+ UInt64(bitPattern: Int64(step)))
            m.xas.offset += step
            return m.finishXas(m.xa.slot(m.xas.offset, of: node))
        }
        add("X46", lines.0 + 4, lines.1 + 4, "begun? one index on; not in a node? look up") { m in
            if m.xas.position != .restart, m.xas.error == nil, m.xas.position != .endless {
                m.xas.index = XArray.Index(
                    m.xas.index.rawValue &+ UInt64(bitPattern: Int64(step)))
            }
            if m.xas.position == .head {
                m.xas.position = .bounds
                return m.finishXas()
            }
            guard let node = m.xas.node else { return m.callXas(.xasLoad) }
            let place = XArray.slotNumber(m.xas.index, shift: m.xa.shift(of: node))
            if m.xas.offset != place { m.xas.offset += step }
            return .jump(climb)
        }
        add("X46", lines.0 + 9, lines.1 + 9, "return what was found") { m in
            m.finishXas(m.returnedSlot)
        }
        place(climb)
        add("X46", lines.0 + 14, lines.1 + 14, "outside the node? beside it in its parent") { m in
            guard m.xas.offset == (isNext ? 64 : 255) else { return .jump(level) }
            var state = m.xas
            state.climb(m.xa, by: step)
            m.xas = state
            if state.node != nil { return .jump(climb) }
            m.xas.position = .bounds
            return m.finishXas()
        }
        place(level)
        add("X46", lines.0 + 22, lines.1 + 22, "a node: go in; else return what is there") { m in
            let content = m.xa.slot(m.xas.offset, of: m.xas.node!)
            guard let node = content.node else { return m.finishXas(content) }
            m.xas.position = .node(node)
            m.xas.offset = XArray.slotNumber(m.xas.index, shift: m.xa.shift(of: node))
            return .jump(level)
        }
    }
}
