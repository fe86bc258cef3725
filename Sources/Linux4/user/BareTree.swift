// What a caller of lib/radix-tree.c does around one operation on a bare tree: the lock.

import Kernel
import PageCache
import PageTree
import RadixTree

extension Function {
    static let ofBareTree: [Function] = [
        .bareInsert, .bareLookup, .bareDelete, .bareTagSet, .bareTagClear,
    ]

    static let bareInsert = Function("store", "") { l in
        l.addBareCall("radix_tree_insert") { m in
            let here = m.locals
            return m.call(.radixTreeInsert) {
                $0.index = here.index
                $0.entry = here.entry
            }
        }
    }

    static let bareLookup = Function("load", "") { l in
        l.addBareCall("radix_tree_lookup", looks: true) { m in
            let index = m.locals.index
            return m.call(.radixTreeLookup) { $0.index = index }
        }
    }

    static let bareDelete = Function("erase", "") { l in
        l.addBareCall("radix_tree_delete") { m in
            let index = m.locals.index
            return m.call(.radixTreeDelete) { $0.index = index }
        }
    }

    static let bareTagSet = Function("mark", "") { l in
        l.addBareCall("radix_tree_tag_set") { m in
            let here = m.locals
            return m.call(.radixTreeTagSet) {
                $0.index = here.index
                $0.tag = here.tag
            }
        }
    }

    static let bareTagClear = Function("unmark", "") { l in
        l.addBareCall("radix_tree_tag_clear") { m in
            let here = m.locals
            return m.call(.radixTreeTagClear) {
                $0.index = here.index
                $0.tag = here.tag
            }
        }
    }
}

extension ListingBuilder {
    /// - Parameter looks: it returns an entry.
    fileprivate mutating func addBareCall(
        _ name: String, looks: Bool = false, _ call: @escaping Action
    ) {
        add("", (nil, nil), "take tree_lock") { m in m.lock(.tree) }
        add("", (nil, nil), name, call)
        add("", (nil, nil), "let tree_lock go") { m in
            m.locals.error = m.returned
            if looks, let entry = m.tasks[m.current].returnedEntry {
                m.tasks[m.current].outcome.found = PageTree.Entry(entry)
            }
            return m.unlock(.tree)
        }
        add("", (nil, nil), "return") { m in
            let code = m.locals.error
            m.tasks[m.current].outcome.code = code
            return m.finish(code)
        }
    }
}

/// Where operations on a bare tree begin.
enum BareTree {
    static func function(
        _ operation: TreeOperation, _ version: KernelVersion, _ locals: inout Locals
    ) throws(StartError) -> Function {
        switch operation {
        case .store(let item, let index, 0):
            locals.index = index
            switch item {
            case .pointer(let number): locals.entry = .page(number)
            case .value(let payload): locals.entry = .exceptional(payload)
            }
            return .bareInsert
        case .load(let index):
            locals.index = index
            return .bareLookup
        case .erase(let index):
            locals.index = index
            return .bareDelete
        case .mark(let mark, let index):
            locals.index = index
            locals.tag = mark
            return .bareTagSet
        case .unmark(let mark, let index):
            locals.index = index
            locals.tag = mark
            return .bareTagClear
        case .store(_, _, let order):
            throw .notModelled("store of order \(order)", version)
        case .split, .find: throw .notModelled(operation.name, version)
        }
    }
}
