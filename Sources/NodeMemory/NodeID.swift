/// The name of a node. Copies of a tree have the same names for the same nodes; a freed name is
/// given again to a later node, the most recently freed one first.
public struct NodeID: Hashable, Sendable {
    @usableFromInline package let number: UInt32

    @inlinable @inline(__always)
    package init(number: UInt32) { self.number = number }

    /// A small number: how many other nodes had been made when this one first was.
    public var rawValue: Int { Int(number) }
}
