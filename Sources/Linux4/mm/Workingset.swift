// mm/workingset.c: the shrinker of tree nodes that hold only shadows.
//
// Such a node is on a list of the zone; when the list is longer than one node for every sixteen
// pages of memory, reclaim empties nodes from its cold end. nrexceptional must count every shadow
// that goes: the shrinker asserts it under tree_lock.

import Kernel
import PageCache
import RadixTree

extension Function {
    static let scanShadowNodes = Function("scan_shadow_nodes", "mm/workingset.c") { l in
        let again = l.label()
        l.place(again)
        l.add("N6", (298, 298), "count_shadow_nodes: no more than allowed? done") { m in
            let pages = m.statistics.presentPages
            return m.mapping.shadowNodes.count <= pages >> (1 + 6 - 3) ? m.finish() : .next
        }
        l.add("N6", (380, 380), "isolate the next node of the list") { m in
            // In the order of the file: the list's own order is that of the zone.
            let node = m.mapping.shadowNodes.min { a, b in
                m.mapping.radixTree.node(a).firstIndex < m.mapping.radixTree.node(b).firstIndex
            }
            return m.call(.shadowLRUIsolate) { $0.node = node }
        }
        l.add("N6", (380, 380), "on to the next") { _ in .jump(again) }
    }

    /// locals.node: a node of the list.
    static let shadowLRUIsolate = Function("shadow_lru_isolate", "mm/workingset.c") { l in
        let v = l.version
        let slot = l.label()
        let empty = l.label()
        let counter = v.exceptionalCounter
        l.add("N6", (330, 330), "try to take tree_lock") { m in m.lock(.tree) }
        l.add("N6", (336, 336), "take the node off the list") { m in
            m.mapping.shadowNodes.remove(m.locals.node!)
            return .next
        }
        l.add("N6", (346, 346), "BUG if it holds a page") { m in
            guard m.mapping.radixTree.node(m.locals.node!).pagesCount == 0 else {
                return m.bugInShrinker(346, "a page stands in a node of shadows")
            }
            return .next
        }
        l.place(slot)
        l.add("N6", (351, 351), "empty the next slot in use") { m in
            let node = m.locals.node!
            let slots = m.mapping.radixTree.node(node)
            let used = (m.locals.offset..<64).first { slots.slot($0) != .empty }
            guard let used else { return .jump(empty) }
            m.mapping.radixTree.replaceSlot(with: nil, in: node, offset: used)
            m.mapping.radixTree.adjustCount(of: node, by: -128)
            m.locals.offset = used + 1
            return .next
        }
        l.add("N6", (354, 354), "BUG if \(counter) is 0; else \(counter) − 1") { m in
            guard m.mapping.nrexceptional != 0 else {
                return m.bugInShrinker(354, "\(counter) is 0")
            }
            m.mapping.nrexceptional &-= 1
            return .jump(slot)
        }
        l.place(empty)
        l.add("N6", (360, 360), "free the node") { m in
            let node = m.locals.node
            return m.call(.radixTreeDeleteNode) { $0.node = node }
        }
        l.add("N6", (363, 363), "release tree_lock") { m in
            _ = m.unlock(.tree)
            return m.finish()
        }
    }
}

extension Machine {
    fileprivate mutating func bugInShrinker(_ line: Int, _ reason: String) -> Next {
        bug("mm/workingset.c", line, "shadow_lru_isolate", reason)
    }
}

extension Function {
    static let ofWorkingset: [Function] = [.scanShadowNodes, .shadowLRUIsolate]
}
