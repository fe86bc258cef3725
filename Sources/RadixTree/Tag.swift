import NodeMemory

extension RadixTree {
    public typealias Tag = TreeTag
    public typealias TagSet = TreeTagSet
}
