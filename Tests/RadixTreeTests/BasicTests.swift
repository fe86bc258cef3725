import RadixTree
import Testing

@Suite struct BasicTests {
    @Test func copyIsIndependent() {
        var allocator = NodeAllocator()
        var tree = RadixTree()
        #expect(tree.insert(.page(1), at: 5, allocator: &allocator) == .inserted)
        let copy = tree
        #expect(tree.delete(at: 5, allocator: &allocator) == .page(1))
        #expect(copy.lookup(5) == .page(1))
        #expect(tree.lookup(5) == nil)
    }
}
