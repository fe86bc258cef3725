// lib/xarray.c: xa_store, xa_erase, xa_insert, xa_cmpxchg, xa_alloc, xa_store_range,
// xa_delete_node, xa_destroy: the normal interface, with its lock.
//
// When memory lacks, the store is tried again after each node that could be fetched; the lock is
// off while it is.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayNormal: [Function] = [
        .xaStore, .xaStoreLocked, .xaErase, .xaInsert, .xaCmpxchg, .xaAlloc, .xaStoreRange,
        .xaDeleteNode, .xaDestroy,
    ]

    /// locals.xas.entry, locals.index. Returns what was there, or -ENOMEM.
    public static let xaStore = Function("xa_store", "lib/xarray.c") { l in
        l.add("", 1584, 1598, "take the array's lock") { m in m.lock(.tree) }
        l.add("", 1585, 1599, "store") { m in
            let entry = m.locals.xas.entry
            return m.callXas(.xaStoreLocked) { $0.xas.entry = entry }
        }
        l.add("", 1586, 1600, "let the lock go") { m in
            m.locals.xas.entry = m.returnedSlot
            m.locals.error = m.returned
            return m.unlockArray()
        }
        l.add("", 1588, 1602, "return what was there") { m in
            let error = m.locals.error
            return m.finishXas(m.locals.xas.entry, error)
        }
    }

    static let xaStoreLocked = Function("__xa_store", "lib/xarray.c") { l in
        let again = l.label()
        l.add("", 1550, 1564, "NULL where free slots are tracked reserves the index") { m in
            if m.locals.xas.entry == .empty, m.xa.options.contains(.trackFree) {
                m.locals.xas.entry = .entry(.zero)
            }
            return .next
        }
        l.place(again)
        l.add("", 1554, 1568, "store it") { m in
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", 1556, 1570, "free slots are tracked: the index is not free") { m in
            m.locals.xas.first = m.returnedSlot
            return m.xa.options.contains(.trackFree)
                ? m.callXas(.xasClearMark) { $0.xas.mark = .free } : .next
        }
        l.addRetry(1557, 1571, "a node could be fetched: store again", again)
        l.add("", 1559, 1573, "return what was there, or the error") { m in
            let content = m.locals.xas.first
            return m.finishXas(content == .entry(.zero) ? .empty : content, m.errorOfState)
        }
    }

    public static let xaErase = Function("xa_erase", "lib/xarray.c") { l in
        l.add("", 1520, 1534, "take the array's lock") { m in m.lock(.tree) }
        l.add("", 1500, 1514, "store NULL") { m in m.callXas(.xasStore) }
        l.add("", 1522, 1536, "let the lock go") { m in
            m.locals.xas.entry = m.returnedSlot
            return m.unlockArray()
        }
        l.add("", 1524, 1538, "return what was there") { m in
            let content = m.locals.xas.entry
            return m.finishXas(content == .entry(.zero) ? .empty : content)
        }
    }

    /// Returns 0, -EBUSY, -ENOMEM.
    public static let xaInsert = Function("xa_insert", "lib/xarray.c") { l in
        let again = l.label()
        let nomem = l.label()
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", 1653, 1667, "NULL reserves the index") { m in
            if m.locals.xas.entry == .empty { m.locals.xas.entry = .entry(.zero) }
            return .next
        }
        l.place(again)
        l.add("", 1657, 1671, "look the index up") { m in m.callXas(.xasLoad) }
        l.add("", 1658, 1672, "is anything there? -EBUSY; else store") { m in
            guard m.returnedSlot == .empty else {
                m.xas.fail(.busy)
                return .jump(nomem)
            }
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", 1661, 1675, "free slots are tracked: the index is not free") { m in
            m.xa.options.contains(.trackFree)
                ? m.callXas(.xasClearMark) { $0.xas.mark = .free } : .next
        }
        l.place(nomem)
        l.addRetry(1665, 1679, "a node could be fetched: again", again)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", 1667, 1681, "return 0, or the error") { m in m.finishXas(.empty, m.errorOfState) }
    }

    /// locals.xas.next: what must be there. Returns what was there.
    public static let xaCmpxchg = Function("xa_cmpxchg", "lib/xarray.c") { l in
        let again = l.label()
        let nomem = l.label()
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.place(again)
        l.add("", 1618, 1632, "look the index up") { m in m.callXas(.xasLoad) }
        l.add("", 1619, 1633, "is it what was expected? store") { m in
            m.locals.xas.first = m.returnedSlot
            guard m.returnedSlot == m.locals.xas.next else { return .jump(nomem) }
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", 1621, 1635, "free slots are tracked: is one taken now?") { m in
            let here = m.locals.xas
            let isTaken = here.entry != .empty && here.first == .empty
            return m.xa.options.contains(.trackFree) && isTaken
                ? m.callXas(.xasClearMark) { $0.xas.mark = .free } : .next
        }
        l.place(nomem)
        l.addRetry(1624, 1638, "a node could be fetched: again", again)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", 1626, 1640, "return what was there, or the error") { m in
            let content = m.locals.xas.first
            return m.finishXas(content == .entry(.zero) ? .empty : content, m.errorOfState)
        }
    }

    /// locals.start, locals.end: the range. Returns 0, -EBUSY, -ENOMEM; the index is left in the
    /// task's returnedIndex.
    public static let xaAlloc = Function("xa_alloc", "lib/xarray.c") { l in
        let again = l.label()
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", 1838, 1855, "NULL reserves an index") { m in
            if m.locals.xas.entry == .empty { m.locals.xas.entry = .entry(.zero) }
            return .next
        }
        l.place(again)
        l.add("", 1842, 1859, "search for a free index from the first on") { m in
            let end = m.locals.end
            m.xas.index = XArray.Index(m.locals.start)
            return m.callXas(.xasFindMarked) {
                $0.end = end
                $0.xas.mark = .free
            }
        }
        l.add("", 1844, 1861, "none in the range? -EBUSY; else that is it") { m in
            if m.xas.position == .restart {
                m.xas.fail(.busy)
            } else {
                m.locals.index = m.xas.index.rawValue
            }
            return .next
        }
        l.add("", 1848, 1865, "store there") { m in
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", 1849, 1866, "it is not free any more") { m in
            m.callXas(.xasClearMark) { $0.xas.mark = .free }
        }
        l.addRetry(1850, 1867, "a node could be fetched: again", again)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", 1852, 1869, "return 0, or the error") { m in
            m.tasks[m.current].returnedIndex = m.locals.index
            return m.finishXas(.empty, m.errorOfState)
        }
    }

    /// locals.start, locals.end: first and last index. Returns 0 or -ENOMEM.
    public static let xaStoreRange = Function("xa_store_range", "lib/xarray.c") { l in
        let again = l.label()
        let piece = l.label()
        let unlock = l.label()
        l.add("", 1728, 1742, "is the range empty? -EINVAL") { m in
            m.locals.end < m.locals.start ? m.finishXas(.empty, Errno.einval) : .next
        }
        l.place(again)
        l.add("", 1732, 1746, "take the array's lock") { m in m.lock(.tree) }
        l.add("", 1738, 1752, "make the path to the last index, as large as it ends") { m in
            if m.locals.xas.entry == .empty { return .jump(piece) }
            let last = m.locals.end
            let order = last == .max ? 64 : (last + 1).trailingZeroBitCount
            XArray.set(&m.xas, XArray.Index(last), order: order)
            return m.callXas(.xasCreate) { $0.xas.allowsHead = true }
        }
        l.add("", 1739, 1753, "no memory?") { m in m.xas.error == nil ? .next : .jump(unlock) }
        l.place(piece)
        l.add("", 1743, 1757, "the largest piece that begins at the first index") { m in
            let (first, last) = (m.locals.start, m.locals.end)
            m.xas.setRange(first, last)
            return .next
        }
        l.add("", 1744, 1758, "store it") { m in
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", 1747, 1761, "no memory? else the next piece, if there is one") { m in
            guard m.xas.error == nil else { return .jump(unlock) }
            m.locals.start &+= m.xas.size
            return m.locals.start <= m.locals.end ? .jump(piece) : .next
        }
        l.place(unlock)
        l.add("", 1750, 1764, "let the lock go") { m in m.unlockArray() }
        l.add("X35", 1751, 1765, "did memory lack?") { m in m.callXas(.xasNomem) }
        l.add("X35", 1751, 1765, "a node could be fetched: on from that piece") { m in
            m.returned == 1 ? .jump(again) : .next
        }
        l.add("", 1753, 1767, "return 0, or the error") { m in m.finishXas(.empty, m.errorOfState) }
    }

    /// Under the lock. locals.node: a node, which is to go with all below it; the state's callback
    /// is run.
    static let xaDeleteNode = Function("xa_delete_node", "lib/xarray.c") { l in
        l.add("", nil, nil, "a state at the node's slot, as large as the node") { m in
            let node = m.locals.node!
            let (shift, offset) = (m.xa.shift(of: node) + 6, m.xa.offset(of: node))
            m.xas.index = XArray.Index(shift > 63 ? 0 : UInt64(offset) << UInt64(shift))
            m.xas.shift = shift
            m.xas.siblings = 0
            m.xas.offset = offset
            m.xas.position = m.xa.parent(of: node).map { .node($0) } ?? .head
            return .next
        }
        l.add("", nil, nil, "store NULL there") { m in m.callXas(.xasStore) }
        l.add("", nil, nil, "return") { m in m.finishXas() }
    }

    public static let xaDestroy = Function("xa_destroy", "lib/xarray.c") { l in
        let unlock = l.label()
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "the head is NULL") { m in
            m.xas.position = .head
            m.locals.xas.entry = m.xa.head
            m.xa.setHead(.empty)
            return .next
        }
        l.add("", nil, nil, "the array's marks as at the start") { m in m.callXas(.xasInitMarks) }
        l.add("", nil, nil, "index 0 of it is never free: no mark for that") { m in
            if m.xa.options.contains(.zeroBusy) { m.xa.setArrayMark(.free, false) }
            return m.locals.xas.entry.node == nil ? .jump(unlock) : .next
        }
        l.add("X22", nil, nil, "free all nodes") { m in
            let top = m.locals.xas.entry.node
            return m.callXas(.xasFreeNodes) { $0.node = top }
        }
        l.place(unlock)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "return") { m in m.finishXas() }
    }
}

extension ListingBuilder {
    /// The loop around a store under the lock.
    fileprivate mutating func addRetry(
        _ older: Int, _ newer: Int, _ text: String, _ again: Label
    ) {
        add("X35", older, newer, "did memory lack?") { m in m.callXas(.xasNomemLocked) }
        add("X35", older, newer, text) { m in m.returned == 1 ? .jump(again) : .next }
    }
}

extension Machine {
    /// `xas_error`.
    var errorOfState: Int { xas.error?.rawValue ?? 0 }
}

extension XArray.State {
    /// `xas_set_range`: the largest slots that begin at `first` and of which one fits, and as many
    /// of them as fit into their node.
    fileprivate mutating func setRange(_ first: UInt64, _ last: UInt64) {
        var bits: UInt64 = 0
        while bits + 6 < 64, first & (1 << (bits + 6) - 1) == 0, (last - first) >> bits >= 63 {
            bits += 6
        }
        let offset = Int(first >> bits & 63)
        let whole = (last - first &+ 1) >> bits
        index = XArray.Index(first)
        shift = Int(bits)
        siblings = Int(Swift.min(whole, UInt64(64 - offset))) - 1
        position = .restart
    }
}
