import NodeMemory

/// Where the kernel gets nodes from: the slab cache and this CPU's preload pool.
///
/// The tree keeps the memory itself. This is the kernel's accounting: which calls reach the slab
/// allocator, which of them fails, and what the pool holds. It is a value of its own, since the
/// pool belongs to a CPU and not to a tree (`lib/radix-tree.c:radix_tree_preloads`).
public struct NodeAllocator: Sendable, Equatable {
    /// Nodes that the pool is filled up to: `RADIX_TREE_PRELOAD_SIZE`, 21 with 64 slots, 31 with
    /// 16.
    public let preloadSize: Int
    /// Nodes in the pool, 0 to `preloadSize`.
    public private(set) var poolCount = 0
    /// What one task has asked the slab allocator for in its operation.
    public struct Account: Hashable, Sendable {
        /// Calls since `beginOperation`, also failed ones.
        public internal(set) var calls = 0
        /// Which of those calls returns NULL, counted from 1; nil if none.
        public internal(set) var failingCall: Int?
        /// The first of the calls, counted from 1, that return NULL from there on; nil if none.
        public internal(set) var failingFrom: Int?

        public init() {}
    }

    /// Of the task that runs. Who lets another task run keeps the account of the one that stops.
    public var account = Account()
    public var calls: Int { account.calls }
    public var failingCall: Int? { account.failingCall }
    /// Nodes that joined a tree, from the slab or from the pool, since the start.
    public private(set) var allocated = 0
    /// Nodes that left a tree since the start.
    public private(set) var freed = 0

    /// An allocator that never fails, with an empty pool.
    public init(slotsPerNode: SlotsPerNode = .sixtyFour) {
        preloadSize = slotsPerNode.preloadSize
    }

    /// Starts counting calls again.
    ///
    /// - Parameters:
    ///   - failingCall: the call that fails, from 1; none fails if the operation makes fewer calls.
    ///   - failingFrom: the first call, from 1, that fails with all after it.
    public mutating func beginOperation(failingCall: Int? = nil, failingFrom: Int? = nil) {
        account.calls = 0
        account.failingCall = failingCall
        account.failingFrom = failingFrom
    }

    /// `radix_tree_preload(GFP_KERNEL)`: fills the pool from the slab.
    ///
    /// - Returns: false if a call failed (-ENOMEM); the pool keeps what it got.
    public mutating func preload() -> Bool {
        while poolCount < preloadSize {
            guard callSlab() else { return false }
            poolCount += 1
        }
        return true
    }

    /// `radix_tree_node_alloc` for a root that does not allow blocking (GFP_ATOMIC, as the page
    /// cache's): the pool first, then the slab.
    ///
    /// - Returns: false for NULL.
    mutating func takeNode() -> Bool {
        if poolCount > 0 {
            poolCount -= 1
        } else if !callSlab() {
            return false
        }
        allocated += 1
        return true
    }

    /// `radix_tree_node_free`. A freed node goes to the slab, never to the pool.
    mutating func returnNode() { freed += 1 }

    /// A node straight from the slab, as the XArray takes it: Linux 6 has no pool.
    ///
    /// - Returns: false for NULL.
    public mutating func takeFromSlab() -> Bool {
        guard callSlab() else { return false }
        allocated += 1
        return true
    }

    /// Nodes go back to the slab, unused or through RCU.
    public mutating func giveBack(_ count: Int = 1) { freed += count }

    private mutating func callSlab() -> Bool {
        account.calls += 1
        if let first = account.failingFrom, account.calls >= first { return false }
        return account.calls != account.failingCall
    }
}
