import Kernel
import PageCache
import XArray

/// Holds of every statement: it makes at most one change that a reader without the lock could tell
/// from others, and only under the lock.
struct StatementWatch {
    private(set) var fault: String?
    /// The nodes that a reader may be in.
    private var published: Set<XArray.NodeID> = []
    private var seen = 0

    mutating func begin(_ machine: Machine) {
        guard let array = machine.mapping.xarray else { return }
        published = Set(array.preorder())
        seen = array.runningLog?.changes.count ?? 0
    }

    /// The statement that comes next.
    func place(_ machine: Machine, _ model: KernelModel) -> String {
        guard let frame = machine.tasks[0].frames.last else { return "" }
        let listing = model.listing(of: frame)
        return "\(listing.name): \(listing.statements[frame.statement].text)"
    }

    mutating func check(_ machine: Machine, _ statement: String) {
        guard let changes = machine.mapping.xarray?.runningLog?.changes else { return }
        let new = changes[min(seen, changes.count)...]
        seen = changes.count
        let visible = new.filter { isVisible($0) }
        if visible.count > 1 { fault = fault ?? "\(statement) makes \(visible)" }
        if !visible.isEmpty, machine.locks.writer(of: .tree) != 0 {
            fault = fault ?? "\(statement) changes the array without its lock"
        }
    }

    /// After the last statement nothing is left over.
    mutating func end(_ machine: Machine, _ result: KernelModel.StepResult) {
        if result != .finished { fault = fault ?? "the operation ended as \(result)" }
        if machine.locks.isHeld(.tree) || machine.rcu.readers != 0 {
            fault = fault ?? "the lock is held, or RCU, at the end"
        }
        if machine.mapping.xarray?.retiredCount != 0 || !machine.rcu.nodes.isEmpty {
            fault = fault ?? "freed nodes wait, and nobody reads"
        }
    }

    private mutating func isVisible(_ change: XArray.Change) -> Bool {
        switch change {
        case .joined(_, let id):
            published.remove(id)
            return false
        case .head(let slot):
            publish(slot)
            return true
        case .marks: return true
        case .slot(let id, _, let slot):
            guard published.contains(id) else { return false }
            publish(slot)
            return true
        case .shift(let id, _), .offset(let id, _), .parent(let id, _), .bitmap(let id, _, _):
            return published.contains(id)
        // Nobody reads counts and lists without the lock.
        case .made, .unused, .freed, .count, .values, .listed: return false
        }
    }

    private mutating func publish(_ slot: XArray.Slot) {
        if case .node(let id) = slot { published.insert(id) }
    }
}
