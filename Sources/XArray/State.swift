import NodeMemory

extension XArray {
    /// `struct xa_state`: where an operation stands, and what it is about to store.
    ///
    /// A state belongs to the array that it was walked on, as long as no other state or operation
    /// changes the array; after that it must be `reset`, as in the kernel after the lock was
    /// dropped.
    public struct State: Hashable, Sendable {
        /// `xa_node`, with the values that are no node.
        public enum Position: Hashable, Sendable {
            /// `XAS_RESTART`: the next operation walks from the head.
            case restart
            /// `XAS_BOUNDS`: the index lies outside the array.
            case bounds
            /// NULL: the state stands at the head.
            case head
            case node(NodeID)
            case error(XArrayError)
            /// Not the kernel's: a search for marked entries met a mark on an empty slot. The
            /// kernel's loop does not end (only 6.1, after a split that it never asks for).
            case endless
        }

        /// The index that the state is at; searches move it.
        public var index: Index
        public var position = Position.restart
        // Bytes, as the kernel's are: call stacks hold many states.
        private var shiftByte: UInt8
        private var siblingsByte: UInt8
        private var offsetByte: UInt8 = 0
        private var spareCountByte: UInt8 = 0
        private var firstSpare: UInt16 = 0
        /// `xa_update` is `workingset_update_node`: nodes that hold nothing but values are put on a
        /// list.
        public var updates: Bool

        /// `xa_shift`: the index bits below a slot of the entry to store.
        public var shift: Int {
            get { Int(shiftByte) }
            set { shiftByte = UInt8(truncatingIfNeeded: newValue) }
        }

        /// `xa_sibs`: the slots that the entry to store takes beside the first.
        public var siblings: Int {
            get { Int(siblingsByte) }
            set { siblingsByte = UInt8(truncatingIfNeeded: newValue) }
        }

        /// `xa_offset`: the slot of the node that the state stands at; 64 or 255 on the way out of
        /// it.
        public var offset: Int {
            get { Int(offsetByte) }
            set { offsetByte = UInt8(truncatingIfNeeded: newValue) }
        }

        /// `xa_alloc`: nodes that wait for use.
        public var spareCount: Int { Int(spareCountByte) }

        /// Their numbers in the log.
        var spares: Range<Int> {
            get { Int(firstSpare)..<(Int(firstSpare) + Int(spareCountByte)) }
            set {
                firstSpare = UInt16(truncatingIfNeeded: newValue.lowerBound)
                spareCountByte = UInt8(truncatingIfNeeded: newValue.count)
            }
        }

        /// A state for an aligned range of 2^order indices: `XA_STATE_ORDER`, `xas_set_order`.
        ///
        /// - Parameters:
        ///   - index: any of the range; it is rounded down.
        ///   - order: 0 to 64.
        public init(_ index: Index, order: Int = 0, updates: Bool = false) {
            precondition(0...64 ~= order, "no such order")
            let mask = order == 64 ? UInt64.max : (1 << UInt64(order)) - 1
            self.index = Index(index.rawValue & ~mask)
            shiftByte = UInt8(order - order % XArray.bitsPerLevel)
            siblingsByte = UInt8((1 << (order % XArray.bitsPerLevel)) - 1)
            self.updates = updates
        }

        /// `xas_error`: what went wrong, if something did.
        public var error: XArrayError? {
            if case .error(let error) = position { return error }
            return nil
        }

        /// The order of the entry to store.
        public var order: Int { shift + (siblings + 1).trailingZeroBitCount }

        /// `xas_reset`: the next operation walks from the head. Errors are forgotten.
        public mutating func reset() { position = .restart }

        /// `xas_set`.
        public mutating func set(_ index: Index) {
            self.index = index
            position = .restart
        }

        /// `xas_set_err`.
        public mutating func fail(_ error: XArrayError) { position = .error(error) }

        /// `xas_size`: the indices of the entry to store.
        public var size: UInt64 { UInt64(siblings + 1) << UInt64(shift) }

        /// The node that the state stands at.
        public var node: NodeID? {
            if case .node(let node) = position { return node }
            return nil
        }

        /// `xas_top`: not at a node, and no error.
        public var isTop: Bool {
            switch position {
            case .head, .bounds, .restart: true
            default: false
            }
        }

        /// `xas_invalid`: not at a node or the head.
        public var isInvalid: Bool {
            switch position {
            case .node, .head: false
            default: true
            }
        }
    }

    /// A state within one operation: with the place of the node in memory instead of its name.
    struct Cursor {
        enum Stand: UInt8 { case node, head, bounds, restart, error, endless }

        var index: UInt64
        var shift: Int
        var siblings: Int
        var offset = 0
        var stand = Stand.restart
        /// Where `stand` is `node`.
        var node = NodeRef(word: 0)
        var error = XArrayError.noMemory
        var updates = false
        var spares = 0..<0
        /// Keeps the fetching of a search from being left out.
        var fetched: UInt32 = 0

        @inline(__always)
        init(_ index: UInt64) {
            self.index = index
            shift = 0
            siblings = 0
        }

        /// `xas_invalid`.
        @inline(__always)
        var isInvalid: Bool { stand != .node && stand != .head }

        /// `xas_top`.
        @inline(__always)
        var isTop: Bool { stand == .head || stand == .bounds || stand == .restart }

        var isError: Bool { stand == .error || stand == .endless }

        /// `xas_not_node`.
        @inline(__always)
        var isNotNode: Bool { stand != .node }

        mutating func fail(_ error: XArrayError) {
            stand = .error
            self.error = error
        }

        /// The node that was made last of those that wait.
        mutating func takeSpare() -> Int? {
            guard let last = spares.last else { return nil }
            spares = spares.lowerBound..<last
            return last
        }

        /// `xas_size`.
        var size: UInt64 { UInt64(siblings + 1) << UInt64(shift) }
    }

    func cursor(_ state: State) -> Cursor {
        var cursor = Cursor(state.index.rawValue)
        cursor.shift = state.shift
        cursor.siblings = state.siblings
        cursor.offset = state.offset
        cursor.updates = state.updates
        cursor.spares = state.spares
        switch state.position {
        case .restart: cursor.stand = .restart
        case .bounds: cursor.stand = .bounds
        case .head: cursor.stand = .head
        case .endless: cursor.stand = .endless
        case .error(let error): cursor.fail(error)
        case .node(let id):
            cursor.stand = .node
            cursor.node = nodes.reference(id)
        }
        return cursor
    }

    func write(_ cursor: Cursor, to state: inout State) {
        state.index = Index(cursor.index)
        state.shift = cursor.shift
        state.siblings = cursor.siblings
        state.offset = cursor.offset
        state.spares = cursor.spares
        state.position =
            switch cursor.stand {
            case .node: .node(cursor.node.id)
            case .head: .head
            case .bounds: .bounds
            case .restart: .restart
            case .endless: .endless
            case .error: .error(cursor.error)
            }
    }

    /// Does something with a state that changes the array.
    mutating func change<Result>(
        _ state: inout State, _ body: (inout XArray, inout Cursor) -> Result
    ) -> Result {
        nodes.makeUnique()
        var cursor = cursor(state)
        let result = body(&self, &cursor)
        write(cursor, to: &state)
        return result
    }

    /// Does something with a state that only reads.
    func read<Result>(_ state: inout State, _ body: (inout Cursor) -> Result) -> Result {
        var cursor = cursor(state)
        let result = body(&cursor)
        write(cursor, to: &state)
        return result
    }
}
