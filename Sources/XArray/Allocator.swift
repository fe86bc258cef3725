extension XArray {
    /// Where the kernel gets nodes from: the slab cache.
    ///
    /// The array keeps the memory itself. This is the kernel's accounting: which calls reach the
    /// slab, and which of them fail. There is no pool: what a failed store needs is fetched with
    /// the lock dropped, one node at a time, and kept in the operation's state.
    public struct Allocator: Hashable, Sendable {
        /// Calls since `beginOperation`, also failed ones.
        public private(set) var calls = 0
        /// Nodes that the slab gave, since the start.
        public private(set) var allocated = 0
        /// Nodes given back since the start, through RCU or unused from a state.
        public internal(set) var freed = 0
        /// Which call returns NULL, counted from 1; nil if none.
        private var failingCall: Int?
        /// The first of the calls that return NULL from there on; nil if none.
        private var failingFrom: Int?

        /// An allocator that never fails.
        public init() {}

        /// Starts counting calls again.
        ///
        /// - Parameters:
        ///   - failingCall: the one call that fails, from 1.
        ///   - failingFrom: the first call, from 1, that fails with all after it.
        public mutating func beginOperation(failingCall: Int? = nil, failingFrom: Int? = nil) {
            calls = 0
            self.failingCall = failingCall
            self.failingFrom = failingFrom
        }

        /// - Returns: false for NULL.
        mutating func takeNode() -> Bool {
            calls += 1
            if calls == failingCall { return false }
            if let failingFrom, calls >= failingFrom { return false }
            allocated += 1
            return true
        }
    }
}
