/// The memory of a tree's nodes. It owns chunks of nodes and a stack of the free ones.
///
/// - Nodes never move while the store lives, so links between them are plain addresses.
/// - Chunks double in size: the first has 16 nodes, chunk k > 0 begins with node 16 x 2^(k-1).
///   Hence a node's number tells its chunk, and a copy of the store has the same numbers.
/// - Numbers below `used` have been handed out at least once. A freed node goes on the stack and
///   is the next one handed out, so that its memory is still in the cache.
///   The stack is outside the nodes: a list threaded through them would make every allocation
///   wait for a cold node.
///
/// Sendable is unchecked because the compiler cannot see the rule that makes it true: only the
/// holder of a unique reference writes (`RadixTree.makeUnique`).
final class NodeStore: @unchecked Sendable {
    /// Bytes from one node to the next, a multiple of a cache line.
    let stride: Int
    private let slotsPerNode: SlotsPerNode
    private var chunks: [UnsafeMutableRawPointer] = []
    private var free: [NodeRef] = []
    private var used = 0
    private var capacity = 0

    private static let firstChunkNodes = 16
    private static let alignment = 64

    init(slotsPerNode: SlotsPerNode) {
        self.slotsPerNode = slotsPerNode
        stride = NodeRef.headBytes + slotsPerNode.rawValue * 8
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    var liveCount: Int { used - free.count }

    /// Bytes of all chunks.
    var allocatedBytes: Int { capacity * stride }

    /// A node by its number. The caller guarantees that the number has been handed out.
    @inline(__always)
    func node(number: Int) -> NodeRef {
        let chunk = Self.chunk(of: number)
        let index = number - Self.firstNode(ofChunk: chunk)
        return NodeRef(address: chunks[chunk] + index * stride)
    }

    func node(_ id: RadixTree.NodeID) -> NodeRef { node(number: Int(id.number)) }

    /// Whether a number belongs to a node that is in the tree now.
    func isLive(_ id: RadixTree.NodeID) -> Bool {
        Int(id.number) < used && node(id).height > 0
    }

    /// A node without slots in use.
    ///
    /// - Parameter parent: the link to the node above, 0 for none.
    func allocate(height: Int, offset: Int, parent: UInt64) -> NodeRef {
        let node = free.popLast() ?? freshNode()
        node.open(height: height, offset: offset, parent: parent)
        return node
    }

    func release(_ node: NodeRef) {
        node.close()
        free.append(node)
    }

    private func freshNode() -> NodeRef {
        if used == capacity { addChunk() }
        let node = node(number: used)
        UnsafeMutableRawPointer(bitPattern: UInt(node.word)).unsafelyUnwrapped
            .initializeMemory(as: UInt64.self, repeating: 0, count: stride / 8)
        node.number = UInt32(used)
        used += 1
        return node
    }

    private func addChunk() {
        let nodes = Self.nodes(inChunk: chunks.count)
        chunks.append(
            UnsafeMutableRawPointer.allocate(
                byteCount: nodes * stride, alignment: Self.alignment))
        capacity += nodes
    }

    private static func nodes(inChunk chunk: Int) -> Int {
        chunk == 0 ? firstChunkNodes : firstNode(ofChunk: chunk)
    }

    @inline(__always)
    private static func firstNode(ofChunk chunk: Int) -> Int {
        chunk == 0 ? 0 : firstChunkNodes << (chunk - 1)
    }

    @inline(__always)
    private static func chunk(of number: Int) -> Int {
        let half = number / firstChunkNodes
        return half == 0 ? 0 : Int.bitWidth - half.leadingZeroBitCount
    }
}

// MARK: - Copies

extension NodeStore {
    /// An equal store in memory of its own, with the same numbers for the same nodes.
    func clone() -> NodeStore {
        let copy = NodeStore(slotsPerNode: slotsPerNode)
        copy.used = used
        for chunk in chunks.indices where Self.firstNode(ofChunk: chunk) < used {
            copy.addChunk()
            let nodes = min(
                Self.nodes(inChunk: chunk), used - Self.firstNode(ofChunk: chunk))
            copy.chunks[chunk].copyMemory(from: chunks[chunk], byteCount: nodes * stride)
        }
        for number in 0..<used { copy.relocate(copy.node(number: number)) }
        copy.free = free.map { copy.node(number: Int($0.number)) }
        return copy
    }

    /// Turns the links of a node that was copied from another store into links of this one.
    private func relocate(_ node: NodeRef) {
        if let parent = node.parent { node.parentWord = self.node(parent.id).word }
        guard node.height > 1 else { return }
        var rest = node.occupied
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            node.fillSlot(offset, self.node(NodeRef(word: node.slot(offset)).id).word)
            rest &= rest &- 1
        }
    }
}

// MARK: - Going back in a history

extension NodeStore {
    /// Reverses `allocate` of a node that has no slot in use any more.
    func takeBack(_ node: NodeRef, wasFresh: Bool) {
        node.close()
        if wasFresh {
            precondition(Int(node.number) == used - 1, "allocations are undone in reverse order")
            used -= 1
        } else {
            free.append(node)
        }
    }

    /// Reverses `release`: the node is again what `allocate` made of it.
    func restore(height: Int, offset: Int, parent: UInt64) -> NodeRef {
        guard let node = free.popLast() else { preconditionFailure("no node was freed") }
        node.open(height: height, offset: offset, parent: parent)
        return node
    }

    /// Whether the next `allocate` takes a node that was never used.
    var nextIsFresh: Bool { free.isEmpty }
}
