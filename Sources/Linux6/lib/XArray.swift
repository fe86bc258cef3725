// What the functions of lib/xarray.c share: the array, their state, RCU, and the lines of the two
// sources.

import Kernel
import PageCache
import PageTree
import XArray

extension ListingBuilder {
    /// Adds a statement with its lines in 6.1.192 and 6.12.117, nil where they are not known.
    mutating func add(
        _ row: String, _ older: Int?, _ newer: Int?, _ text: String,
        _ action: @escaping Action
    ) {
        add(row, line: version == .v6_1 ? older : newer, text, action)
    }
}

extension Machine {
    /// `i_pages`.
    var xa: XArray {
        _read { yield mapping.xarray! }
        _modify { yield &mapping.xarray! }
    }

    /// The state of the function that runs.
    var xas: XArray.State {
        _read { yield locals.xas.state }
        _modify { yield &locals.xas.state }
    }

    var returnedSlot: XArray.Slot { tasks[current].returnedSlot }

    /// Calls a function on the state of this one.
    mutating func callXas(
        _ function: Function, _ set: (inout Locals) -> Void = { _ in }
    ) -> Next {
        let state = xas
        return call(function) {
            $0.xas.state = state
            set(&$0)
        }
    }

    /// Returns, and hands the state back.
    mutating func finishXas(_ content: XArray.Slot = .empty, _ value: Int = 0) -> Next {
        let state = xas
        let caller = tasks[current].frames.count - 2
        tasks[current].returnedSlot = content
        tasks[current].returnedState = state
        if caller >= 0 {
            tasks[current].frames[caller].locals.xas.state = state
        } else {
            tasks[current].outcome.code = value
            if case .entry(let entry) = content {
                tasks[current].outcome.found = PageTree.Entry(entry)
            }
        }
        return finish(value)
    }

    /// `xas_destroy`.
    mutating func destroySpares() {
        var state = xas
        allocator.giveBack(xa.dropSpares(of: &state))
        xas = state
    }

    /// `kmem_cache_alloc_lru` into the state.
    ///
    /// - Returns: false for NULL.
    mutating func allocateSpare() -> Bool {
        guard allocator.takeFromSlab() else { return false }
        var state = xas
        xa.addSpare(to: &state)
        xas = state
        return true
    }

    /// `xa_node_free`.
    mutating func freeNode(_ node: XArray.NodeID) {
        xa.retire(node)
        rcu.add(node, by: current)
        allocator.giveBack()
    }

    mutating func unlockArray() -> Next {
        for node in rcu.unlock(current) { xa.release(retired: node) }
        return unlock(.tree)
    }

    mutating func readLock() -> Next {
        rcu.enter(current)
        return .next
    }

    mutating func readUnlock() -> Next {
        for node in rcu.leave(current) { xa.release(retired: node) }
        return .next
    }

    /// `xas_retry`: whether to look again, from the head if what was read is no longer there.
    mutating func retries(_ content: XArray.Slot) -> Bool {
        if content == .retry { xas.reset() }
        return content == .retry || content == .entry(.zero)
    }

    /// `xas_update`.
    mutating func updateNode(_ node: XArray.NodeID) { xa.update(node, xas) }
}

extension XArray.Slot {
    var isValue: Bool { entry?.isValue ?? false }
    var isSibling: Bool { if case .sibling = self { true } else { false } }

    /// The node that the slot leads to.
    var node: XArray.NodeID? { if case .node(let node) = self { node } else { nil } }
}

extension XArray.State {
    /// `xas_move_index`: to the first index of a slot of the state's node. Wraps at 2^64.
    mutating func moveIndex(to offset: Int, shift: Int) {
        let bits = UInt64(shift)
        index = XArray.Index(index.rawValue & (~63 << bits) &+ UInt64(offset) << bits)
    }

    /// One level up, beside the slot that the node hangs in; past the top it stands at the head.
    mutating func climb(_ array: XArray, by step: Int) {
        guard let node else { return }
        offset = array.offset(of: node) + step
        position = array.parent(of: node).map { .node($0) } ?? .head
    }
}
