import XArray

/// Who reads without a lock (`rcu_read_lock`), and what waits until they have gone.
///
/// Tasks are counted by their position in `Machine.tasks`, at most 64. A freed node waits for every
/// task that is inside when the writer that freed it lets its spinlock go, and for the writer.
public struct RCU: Hashable, Sendable {
    /// One bit for each task that reads.
    public private(set) var readers: UInt64 = 0
    /// Freed nodes, oldest first, each with the tasks that it waits for.
    private var waiting: [Waiting] = []

    private struct Waiting: Hashable, Sendable {
        var node: XArray.NodeID
        var tasks: UInt64
    }

    public init() {}

    /// Nodes that are free, and whose memory somebody may still read.
    public var nodes: [XArray.NodeID] { waiting.map(\.node) }

    /// `rcu_read_lock`.
    public mutating func enter(_ task: Int) { readers |= 1 << UInt64(task) }

    /// `call_rcu`, by a task that holds the array's lock.
    public mutating func add(_ node: XArray.NodeID, by task: Int) {
        waiting.append(Waiting(node: node, tasks: 1 << UInt64(task)))
    }

    /// `rcu_read_unlock`.
    ///
    /// - Returns: the nodes for which it was the last.
    public mutating func leave(_ task: Int) -> [XArray.NodeID] {
        readers &= ~(1 << UInt64(task))
        return settle(task)
    }

    /// The lock is let go under which the task has freed nodes: they wait for those who read now.
    ///
    /// - Returns: the nodes for which nobody does.
    public mutating func unlock(_ task: Int) -> [XArray.NodeID] {
        guard !waiting.isEmpty else { return [] }
        let bit: UInt64 = 1 << UInt64(task)
        for place in waiting.indices where waiting[place].tasks & bit != 0 {
            waiting[place].tasks |= readers
        }
        return readers & bit == 0 ? settle(task) : []
    }

    private mutating func settle(_ task: Int) -> [XArray.NodeID] {
        guard !waiting.isEmpty else { return [] }
        let bit: UInt64 = 1 << UInt64(task)
        var done: [XArray.NodeID] = []
        for place in waiting.indices {
            waiting[place].tasks &= ~bit
            if waiting[place].tasks == 0 { done.append(waiting[place].node) }
        }
        waiting.removeAll { $0.tasks == 0 }
        return done
    }
}
