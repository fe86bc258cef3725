// lib/xarray.c: xas_store with xas_squash_marks and update_node; xas_nomem, __xas_nomem.
//
// - An entry replaces whatever lies in its range, slot by slot from the lowest up; nodes below a
//   slot are freed when it has been written.
// - NULL clears the marks first, then the slots, and goes on over siblings behind the range.
// - Counts change at the end.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayStore: [Function] = [.xasStore, .xasNomem, .xasNomemLocked]

    /// locals.xas.entry: what is stored, of nothing NULL. Returns the content that was replaced, of
    /// several the last that was no sibling; a node that was replaced is gone.
    static let xasStore = Function("xas_store", "lib/xarray.c") { l in
        l.add("X17", 787, 786, "storing: make the slot; erasing: look it up") { m in
            let entry = m.locals.xas.entry
            m.locals.xas.isValue = entry.isValue
            if entry == .empty { return m.callXas(.xasLoad) }
            return m.callXas(.xasCreate) { $0.xas.allowsHead = entry != .entry(.zero) }
        }
        l.add("X17", 794, 793, "no memory, or nothing there: return") { m in
            m.locals.xas.first = m.returnedSlot
            return m.xas.isInvalid ? m.finishXas(m.returnedSlot) : .next
        }
        l.add("X17", 797, 796, "a larger entry is there: one slot stands for it") { m in
            if let node = m.xas.node, m.xas.shift < m.xa.shift(of: node) { m.xas.siblings = 0 }
            return .next
        }
        l.add("X17", 799, 798, "the same entry in one slot? nothing to do") { m in
            let first = m.locals.xas.first
            if first == m.locals.xas.entry, m.xas.siblings == 0 { return m.finishXas(first) }
            m.locals.xas.next = first
            m.locals.offset = m.xas.offset
            m.locals.end = UInt64(m.xas.offset + m.xas.siblings)
            return .next
        }
        let slot = l.label()
        l.addSquashMarks()
        l.add("X19", 811, 810, "erasing: clear all marks before the slot") { m in
            m.locals.xas.entry == .empty ? m.callXas(.xasInitMarks) : .next
        }
        l.place(slot)
        l.addStoreSlots(again: slot)
        l.addUpdateNode()
        l.add("", 847, 846, "return what was there") { m in m.finishXas(m.locals.xas.first) }
    }

    /// After a store, without the lock. Returns 1 if the caller is to store again.
    static let xasNomem = Function("xas_nomem", "lib/xarray.c") { l in
        l.add("X35", 301, 300, "did memory lack? else give spare nodes back") { m in
            if m.xas.error == .noMemory { return .next }
            m.destroySpares()
            return m.finishXas()
        }
        l.add("X35", 308, 307, "allocate one; it may sleep; none? give up") { m in
            m.allocateSpare() ? .next : m.finishXas()
        }
        l.add("X35", 313, 312, "begin at the head again") { m in
            m.xas.reset()
            return m.finishXas(.empty, 1)
        }
    }

    /// The same under the lock, which is let go for the allocation.
    static let xasNomemLocked = Function("__xas_nomem", "lib/xarray.c") { l in
        l.add("X35", 332, 331, "did memory lack? else give spare nodes back") { m in
            if m.xas.error == .noMemory { return .next }
            m.destroySpares()
            return m.finishXas()
        }
        l.add("X35", 339, 338, "let the lock go: others may change the array") { m in
            m.unlockArray()
        }
        l.add("X35", 340, 339, "allocate one; it may sleep") { m in
            m.locals.count = m.allocateSpare() ? 1 : 0
            return .next
        }
        l.add("X35", 341, 340, "take the lock again") { m in m.lock(.tree) }
        l.add("X35", 345, 344, "none? give up; else begin at the head again") { m in
            let fetched = m.locals.count
            if fetched == 1 { m.xas.reset() }
            return m.finishXas(.empty, fetched)
        }
    }
}

extension ListingBuilder {
    /// `xas_squash_marks`: what any slot of the range carries goes to the first.
    fileprivate mutating func addSquashMarks() {
        let next = label()
        let done = label()
        add("X18", 807, 806, "several slots? their marks go to the first") { m in
            m.locals.height = 0
            return m.xas.node != nil && m.xas.siblings > 0 ? .next : .jump(done)
        }
        place(next)
        add("X18", 134, 136, "which mark has any of the others? none is left: on") { m in
            let others = m.xas.siblingBits
            while let mark = XArray.Mark(rawValue: m.locals.height) {
                if m.xa.marks(mark, of: m.xas.node!) & others != 0 {
                    m.locals.xas.mark = mark
                    return .next
                }
                m.locals.height += 1
            }
            return .jump(done)
        }
        add("X18", 136, 138, "set it on the first") { m in
            let (node, mark, offset) = (m.xas.node!, m.locals.xas.mark, m.xas.offset)
            m.xa.setMarks(mark, of: node, m.xa.marks(mark, of: node) | 1 << UInt64(offset))
            return .next
        }
        add("X18", 137, 139, "clear it on the others; the next mark") { m in
            let (node, mark, others) = (m.xas.node!, m.locals.xas.mark, m.xas.siblingBits)
            m.xa.setMarks(mark, of: node, m.xa.marks(mark, of: node) & ~others)
            m.locals.height += 1
            return .jump(next)
        }
        place(done)
    }

    /// The loop over the slots. What is written is locals.xas.entry: the entry, then siblings.
    fileprivate mutating func addStoreSlots(again slot: Label) {
        let sums = label()
        let update = label()
        add("X20", 821, 820, "write the slot: the entry, a sibling of it, or NULL") { m in
            let (content, offset) = (m.locals.xas.entry, m.locals.offset)
            if let node = m.xas.node {
                m.xa.setSlot(content, of: node, at: offset)
            } else {
                m.xa.setHead(content)
            }
            return m.locals.xas.next.node == nil ? .jump(sums) : .next
        }
        add("X22", 823, 822, "it led to nodes: free them all") { m in
            let top = m.locals.xas.next.node
            return m.callXas(.xasFreeNodes) { $0.node = top }
        }
        place(sums)
        add("X23", 826, 825, "sum up; was it the last slot?") { m in
            guard m.xas.node != nil else { return .jump(update) }
            let here = m.locals.xas
            let isEmpty = here.entry == .empty
            m.locals.count += (here.next == .empty ? 1 : 0) - (isEmpty ? 1 : 0)
            m.locals.item += (here.first.isValue ? 0 : 1) - (here.isValue ? 0 : 1)
            if m.locals.offset == (isEmpty ? 63 : Int(m.locals.end)) { return .jump(update) }
            if !isEmpty { m.locals.xas.entry = .sibling(of: m.xas.offset) }
            return .next
        }
        add("X23", 837, 836, "look at the next slot: does the range go on?") { m in
            m.locals.offset += 1
            let content = m.xa.slot(m.locals.offset, of: m.xas.node!)
            m.locals.xas.next = content
            if content.isSibling { return .jump(slot) }
            if m.locals.xas.entry == .empty, m.locals.offset > Int(m.locals.end) {
                return .jump(update)
            }
            m.locals.xas.first = content
            return .jump(slot)
        }
        place(update)
    }

    /// `update_node`.
    fileprivate mutating func addUpdateNode() {
        let done = label()
        add("X24", 755, 754, "a node, and a sum not 0? change its counts") { m in
            let (count, values) = (m.locals.count, m.locals.item)
            guard let node = m.xas.node, count != 0 || values != 0 else { return .jump(done) }
            m.xa.setCount(m.xa.count(of: node) + count, of: node)
            m.xa.setValueCount(m.xa.valueCount(of: node) + values, of: node)
            return .next
        }
        add("X25", 759, 758, "only values? on the list of such nodes; else off it") { m in
            m.updateNode(m.xas.node!)
            return .next
        }
        add("X28", 760, 759, "it counts less: free what is empty") { m in
            m.locals.count < 0 ? m.callXas(.xasDeleteNode) : .next
        }
        place(done)
    }
}

extension XArray.State {
    /// The slots of the entry behind the first.
    fileprivate var siblingBits: UInt64 { ((1 << UInt64(siblings)) - 1) << UInt64(offset + 1) }
}
