// What a caller of the advanced interface does around one operation on a bare array: a state, the
// lock, and the loop for memory. The page cache has more around it.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofBareArray: [Function] = [
        .bareStore, .bareCreateRange, .bareSplit, .bareLoad, .bareInitMarks, .bareInsert,
        .bareDeleteNode,
    ]

    /// locals.xas.state: an order; locals.xas.entry, of nothing NULL; locals.isSync: xas_nomem is
    /// called; locals.isDirty: the marks are cleared afterwards, as page_cache_delete does.
    public static let bareStore = Function("store", "") { l in
        let again = l.label()
        l.place(again)
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "xas_store") { m in
            let entry = m.locals.xas.entry
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.add("", nil, nil, "clear the marks, if that is wanted") { m in
            m.locals.xas.first = m.returnedSlot
            return m.locals.isDirty && m.xas.error == nil ? m.callXas(.xasInitMarks) : .next
        }
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "xas_nomem: did memory lack?") { m in
            m.tasks[m.current].returned = 0
            return m.locals.isSync ? m.callXas(.xasNomem) : .next
        }
        l.add("", nil, nil, "a node could be fetched: store again; else return") { m in
            if m.returned == 1 { return .jump(again) }
            return m.finishXas(m.locals.xas.first, m.errorOfState)
        }
    }

    public static let bareCreateRange = Function("create range", "") { l in
        let again = l.label()
        l.place(again)
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "xas_create_range") { m in m.callXas(.xasCreateRange) }
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "xas_nomem: did memory lack?") { m in m.callXas(.xasNomem) }
        l.add("", nil, nil, "a node could be fetched: again; else return") { m in
            m.returned == 1 ? .jump(again) : m.finishXas(.empty, m.errorOfState)
        }
    }

    /// locals.xas.state: the new order; locals.xas.entry: what each of the new entries is, of
    /// nothing the old one. From order 12 to below 6 the kernel does not say no, and makes entries
    /// of order 6; here that is refused, as is what is no split.
    public static let bareSplit = Function("split", "") { l in
        let out = l.label()
        l.add("", nil, nil, "which entry is there, and of which order?") { m in
            let index = m.xas.index
            guard let entry = m.xa.load(index) else { return m.finishXas(.empty, Errno.enoent) }
            m.locals.xas.next = .entry(entry)
            if m.locals.xas.entry == .empty { m.locals.xas.entry = .entry(entry) }
            let (order, new) = (m.xa.order(at: index), m.xas.order)
            m.locals.count = order
            return new < order && order / 6 - new / 6 <= 1 && m.xa.isAligned(at: index)
                ? .next : m.finishXas(.empty, Errno.einval)
        }
        l.add("X36", nil, nil, "xas_split_alloc: the nodes, without the lock") { m in
            let here = m.locals
            return m.callXas(.xasSplitAlloc) { $0.count = here.count }
        }
        l.add("", nil, nil, "no memory?") { m in
            m.xas.error == nil ? .next : m.finishXas(.empty, m.errorOfState)
        }
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "is that entry still there? else give the nodes back") { m in
            let index = m.xas.index
            let content = m.xa.load(index).map { XArray.Slot.entry($0) } ?? .empty
            if content == m.locals.xas.next, m.xa.order(at: index) == m.locals.count {
                return .next
            }
            m.destroySpares()
            m.locals.error = Errno.enoent
            return .jump(out)
        }
        l.add("", nil, nil, "xas_split") { m in
            let here = m.locals
            return m.callXas(.xasSplit) {
                $0.count = here.count
                $0.xas.entry = here.xas.entry
            }
        }
        l.place(out)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "return") { m in
            let error = m.locals.error
            return m.finishXas(.empty, error)
        }
    }

    /// Under RCU, with the order of the state: what is there, raw.
    public static let bareLoad = Function("load", "") { l in
        l.add("", nil, nil, "enter RCU") { m in m.readLock() }
        l.add("", nil, nil, "xas_load") { m in m.callXas(.xasLoad) }
        l.add("", nil, nil, "leave RCU") { m in
            m.locals.xas.entry = m.returnedSlot
            return m.readUnlock()
        }
        l.add("", nil, nil, "return what was read") { m in m.finishXas(m.locals.xas.entry) }
    }

    public static let bareInitMarks = Function("no marks", "") { l in
        let out = l.label()
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "xas_load") { m in m.callXas(.xasLoad) }
        l.add("", nil, nil, "is anything there?") { m in
            m.returnedSlot == .empty ? .jump(out) : .next
        }
        l.add("", nil, nil, "xas_init_marks") { m in m.callXas(.xasInitMarks) }
        l.place(out)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "return") { m in m.finishXas() }
    }

    /// The array's part of `__filemap_add_folio`: an entry goes where values are or nothing is; a
    /// value of a larger order is split first. locals.xas.state: an order; locals.xas.entry.
    /// Returns the last of the values that were there.
    public static let bareInsert = Function("insert", "") { l in
        let again = l.label()
        let conflict = l.label()
        let store = l.label()
        let unlock = l.label()
        l.place(again)
        l.add("", nil, nil, "take the array's lock") { m in
            m.locals.xas.next = .empty
            m.locals.height = 0
            return m.lock(.tree)
        }
        l.place(conflict)
        l.add("X44", nil, nil, "xas_find_conflict: is anything in the range?") { m in
            m.callXas(.xasFindConflict)
        }
        l.add("", nil, nil, "an entry that is no value? -EEXIST; a value: more?") { m in
            let found = m.returnedSlot
            if found == .empty { return .next }
            m.locals.xas.next = found
            m.locals.height = m.xa.order(at: m.xas)
            if found.isValue { return .jump(conflict) }
            m.xas.fail(.exists)
            return .jump(unlock)
        }
        l.add("", nil, nil, "is the value larger than the entry? split it") { m in
            guard m.locals.xas.next != .empty, m.locals.height > m.xas.order else {
                return .jump(store)
            }
            if m.locals.count == 0 { return m.unlockArray() }
            let here = m.locals
            return m.callXas(.xasSplit) {
                $0.count = here.height
                $0.xas.entry = here.xas.next
            }
        }
        l.add("X36", nil, nil, "xas_split_alloc: the nodes, without the lock") { m in
            guard m.locals.count == 0 else {
                m.xas.reset()
                return .jump(store)
            }
            let order = m.locals.height
            m.locals.count = order
            return m.callXas(.xasSplitAlloc) { $0.count = order }
        }
        l.add("", nil, nil, "no memory? return; else look again") { m in
            if m.xas.error != nil { return m.finishXas(.empty, m.errorOfState) }
            m.xas.reset()
            return .jump(again)
        }
        l.place(store)
        l.add("", nil, nil, "xas_store") { m in
            let entry = m.locals.xas.entry
            if m.locals.xas.next != .empty { m.locals.xas.first = m.locals.xas.next }
            return m.callXas(.xasStore) { $0.xas.entry = entry }
        }
        l.place(unlock)
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("X35", nil, nil, "xas_nomem: did memory lack?") { m in m.callXas(.xasNomem) }
        l.add("", nil, nil, "a node could be fetched: again; else return") { m in
            if m.returned == 1 { return .jump(again) }
            return m.finishXas(m.locals.xas.first, m.errorOfState)
        }
    }

    /// What reclaim does with a node of values only, locals.node.
    public static let bareDeleteNode = Function("delete node", "") { l in
        l.add("", nil, nil, "take the array's lock") { m in m.lock(.tree) }
        l.add("", nil, nil, "take the node off the list") { m in
            let node = m.locals.node!
            m.xa.setListed(false, of: node)
            return .next
        }
        l.add("", nil, nil, "xa_delete_node") { m in
            let node = m.locals.node
            return m.callXas(.xaDeleteNode) { $0.node = node }
        }
        l.add("", nil, nil, "let the lock go") { m in m.unlockArray() }
        l.add("", nil, nil, "return") { m in m.finishXas() }
    }
}

extension XArray {
    /// Whether the entry at an index has 2^n slots at a multiple of that, and the order that the
    /// array reads there: xa_store_range makes others, too, and leaves slots behind that say that
    /// they are siblings of what is none any more.
    func isAligned(at index: Index) -> Bool {
        var state = State(index)
        _ = load(&state)
        guard let node = state.node else { return true }
        var end = state.offset + 1
        while end < 64, slot(end, of: node) == .sibling(of: state.offset) { end += 1 }
        let count = end - state.offset
        return count == 1 << (order(at: index) % 6) && state.offset % count == 0
    }
}
