// lib/xarray.c: xas_delete_node, xas_shrink, xas_free_nodes.
//
// What is freed goes to RCU: until the readers that are inside have gone, it can be read as it was
// left, with retry in place of the entries that went with it.

import Kernel
import PageCache
import XArray

extension Function {
    static let ofXArrayDelete: [Function] = [.xasDeleteNode, .xasShrink, .xasFreeNodes]

    static let xasDeleteNode = Function("xas_delete_node", "lib/xarray.c") { l in
        let again = l.label()
        let top = l.label()
        l.add("X28", 485, 484, "begin with the state's node") { m in
            m.locals.node = m.xas.node
            return .next
        }
        l.place(again)
        l.add("X28", 491, 490, "does it hold anything? it stays") { m in
            m.xa.count(of: m.locals.node!) != 0 ? .jump(top) : .next
        }
        l.add("X28", 494, 493, "empty: the state goes to its parent; to RCU with it") { m in
            let node = m.locals.node!
            m.xas.position = m.xa.parent(of: node).map { .node($0) } ?? .head
            m.xas.offset = m.xa.offset(of: node)
            m.freeNode(node)
            return .next
        }
        l.add("X29", 499, 498, "no parent? the array is empty: head NULL; done") { m in
            guard m.xas.node == nil else { return .next }
            m.xa.setHead(.empty)
            m.xa.emptyRetired()
            m.xas.position = .bounds
            return m.finishXas()
        }
        l.add("X30", 505, 504, "empty the parent's slot; it counts one less") { m in
            let (parent, offset) = (m.xas.node!, m.xas.offset)
            m.xa.setSlot(.empty, of: parent, at: offset)
            m.xa.setCount(m.xa.count(of: parent) - 1, of: parent)
            m.xa.emptyRetired()
            m.locals.node = parent
            return .next
        }
        l.add("X25", 509, 508, "only values left? list it; is it empty, too?") { m in
            m.updateNode(m.locals.node!)
            return .jump(again)
        }
        l.place(top)
        l.add("X31", 512, 511, "is it the top? drop levels if that can be") { m in
            m.xa.parent(of: m.locals.node!) == nil ? m.callXas(.xasShrink) : .next
        }
        l.add("", 514, 513, "return") { m in m.finishXas() }
    }

    static let xasShrink = Function("xas_shrink", "lib/xarray.c") { l in
        let again = l.label()
        l.add("X31", 442, 441, "begin with the top") { m in
            m.locals.node = m.xas.node
            return .next
        }
        l.place(again)
        l.add("X31", 448, 447, "one slot in use, slot 0, a node or of a leaf? else done") { m in
            let node = m.locals.node!
            let content = m.xa.slot(0, of: node)
            guard m.xa.count(of: node) == 1, content != .empty,
                content.node != nil || m.xa.shift(of: node) == 0
            else { return m.finishXas() }
            let isNothing = content == .entry(.zero) && m.xa.options.contains(.zeroBusy)
            m.locals.xas.entry = isNothing ? .empty : content
            m.xas.position = .bounds
            return .next
        }
        l.add("X32", 459, 458, "what it holds is the head") { m in
            let content = m.locals.xas.entry
            m.xa.setHead(content)
            return .next
        }
        l.add("X32", 460, 459, "free slots are tracked: is index 0 taken?") { m in
            let isFree = m.xa.marks(.free, of: m.locals.node!) & 1 != 0
            if m.xa.options.contains(.trackFree), !isFree { m.xa.setArrayMark(.free, false) }
            return .next
        }
        l.add("X33", 463, 462, "counts 0; an entry's slot reads retry; to RCU") { m in
            let node = m.locals.node!
            m.xa.setCount(0, of: node)
            m.xa.setValueCount(0, of: node)
            if m.locals.xas.entry.node == nil { m.xa.setSlot(.retry, of: node, at: 0) }
            m.updateNode(node)
            m.freeNode(node)
            m.xa.emptyRetired()
            return m.locals.xas.entry.node == nil ? m.finishXas() : .next
        }
        l.add("X34", 472, 471, "the new top has no parent; again with it") { m in
            let node = m.locals.xas.entry.node!
            m.xa.setParent(nil, of: node)
            m.locals.node = node
            return .jump(again)
        }
    }

    /// locals.node: the top of what nothing leads to any more.
    static let xasFreeNodes = Function("xas_free_nodes", "lib/xarray.c") { l in
        let slot = l.label()
        let enter = l.label()
        let end = l.label()
        l.add("X21", 528, 527, "begin with slot 0 of the top") { m in
            m.locals.xas.first = .node(m.locals.node!)
            m.locals.offset = 0
            return .next
        }
        l.place(slot)
        l.add("X21", 531, 530, "the next slot in use; none? the node can go") { m in
            let node = m.locals.node!
            while m.locals.offset < 64 {
                let content = m.xa.slot(m.locals.offset, of: node)
                m.locals.xas.entry = content
                if content != .empty { return content.node == nil ? .next : .jump(enter) }
                m.locals.offset += 1
            }
            return .jump(end)
        }
        l.add("X21", 539, 538, "an entry: readers find retry there from now on") { m in
            let (node, offset) = (m.locals.node!, m.locals.offset)
            m.xa.setSlot(.retry, of: node, at: offset)
            m.locals.offset += 1
            return .jump(slot)
        }
        l.place(enter)
        l.add("X21", 534, 533, "a node: go in") { m in
            m.locals.node = m.locals.xas.entry.node
            m.locals.offset = 0
            return .jump(slot)
        }
        l.place(end)
        l.add("X22", 546, 545, "counts 0, off the list, to RCU") { m in
            let node = m.locals.node!
            m.xa.setCount(0, of: node)
            m.xa.setValueCount(0, of: node)
            m.updateNode(node)
            m.freeNode(node)
            return .next
        }
        l.add("X22", 550, 549, "was it the top? done; else on in its parent") { m in
            let node = m.locals.node!
            if m.locals.xas.first == .node(node) {
                m.xa.emptyRetired()
                return m.finishXas()
            }
            m.locals.offset = m.xa.offset(of: node) + 1
            m.locals.node = m.xa.parent(of: node)
            return .jump(slot)
        }
    }
}
