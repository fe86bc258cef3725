import NodeMemory

extension XArray {
    /// A change of a word of the array or of a node, or the coming and going of a node.
    public enum Change: Hashable, Sendable {
        /// The allocator gave a node: number 1, 2 ... of the log.
        case made(Int)
        /// That node has a name from now on, and so a place in the array.
        case joined(Int, NodeID)
        /// That node was given back from the state.
        case unused(Int)
        /// The node was given to RCU. Its name may be given again.
        case freed(NodeID)
        case head(Slot)
        case marks(MarkSet)
        case shift(NodeID, Int)
        case offset(NodeID, Int)
        /// Nil for NULL.
        case parent(NodeID, NodeID?)
        case count(NodeID, Int)
        case values(NodeID, Int)
        case slot(NodeID, Int, Slot)
        case bitmap(NodeID, Mark, UInt64)
        /// On or off the list of nodes that hold nothing but values.
        case listed(NodeID, Bool)
    }

    /// A node as it was at some moment, to be shown.
    public struct Snapshot: Hashable, Sendable {
        public var shift: Int
        public var firstIndex: Index
        public var offset: Int
        public var count: Int
        public var values: Int
        public var isListed: Bool
        public var marks: [UInt64]
        /// Slots that are not empty, ascending.
        public var slots: [Content]

        public struct Content: Hashable, Sendable {
            public var offset: Int
            public var slot: Slot
        }
    }

    /// What operations have changed, word by word, in the kernel's order.
    ///
    /// Only changes are listed: a new node starts all zero, and a value written over the same value
    /// does not show. The filling of the nodes that `allocateForSplit` makes does not show either.
    public struct Log: Sendable {
        public private(set) var changes: [Change] = []
        /// The nodes for which `xas_update` ran, as they were at its end.
        public private(set) var updates: [Snapshot] = []
        /// The nodes given to RCU, as a late reader finds them.
        public private(set) var freed: [Snapshot] = []
        private var made = 0

        public init() {}

        mutating func add(_ change: Change) { changes.append(change) }

        mutating func addNode() -> Int {
            made += 1
            add(.made(made))
            return made
        }

        mutating func addUpdate(of node: NodeRef, in store: NodeStore) {
            var snapshot = Snapshot(node, slots: false)
            var place = node
            var index: UInt64 = 0
            while let parent = store.parent(of: place) {
                index |= UInt64(place.offset) << UInt64(parent.shift)
                place = parent
            }
            snapshot.firstIndex = Index(index)
            updates.append(snapshot)
        }

        mutating func addFree(of node: NodeRef) { add(.freed(node.id)) }

        /// Keeps what a late reader will find: retry in the slots that are no links.
        ///
        /// - Parameter isCleared: both counts will be 0.
        mutating func addSnapshot(of node: NodeRef, isCleared: Bool) {
            var snapshot = Snapshot(node, slots: true)
            snapshot.slots = snapshot.slots.map { content in
                if case .node = content.slot { return content }
                return Snapshot.Content(offset: content.offset, slot: .retry)
            }
            if isCleared {
                snapshot.count = 0
                snapshot.values = 0
            }
            snapshot.isListed = false
            freed.append(snapshot)
        }

        /// A node that was given to RCU as it is.
        mutating func addRetired(_ node: NodeRef) {
            var snapshot = Snapshot(node, slots: true)
            snapshot.isListed = false
            freed.append(snapshot)
        }

        /// What was taken before the children went is listed after them.
        mutating func moveSnapshotToEnd(_ place: Int) { freed.append(freed.remove(at: place)) }
    }

    /// Begins a new log.
    public mutating func beginLog() { log = Log() }

    /// Ends the log.
    ///
    /// - Returns: what has changed since `beginLog`.
    public mutating func takeLog() -> Log {
        defer { log = nil }
        return log ?? Log()
    }
}

extension XArray.Snapshot {
    init(_ node: NodeRef, slots: Bool) {
        shift = node.shift
        firstIndex = 0
        offset = node.offset
        count = node.slotCount
        values = node.valueCount
        isListed = node.isListed
        marks = (0..<3).map { node.tags($0) }
        self.slots = []
        guard slots else { return }
        node.forEachOccupied {
            self.slots.append(Content(offset: $0, slot: XArray.Slot(word: node.slot($0))))
        }
    }
}
