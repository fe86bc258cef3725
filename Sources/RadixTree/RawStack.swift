/// A stack of numbers or addresses in memory of its own: an array without the checks that every
/// change of an array makes, which took a quarter of the instructions of a sparse insert.
///
/// It is no value: copies share the memory, and its owner frees it. `NodeStore` and its pools
/// own one each and never copy it.
struct RawStack<Element: BitwiseCopyable> {
    private var memory = UnsafeMutablePointer<Element>.allocate(capacity: 0)
    private(set) var count = 0
    private var capacity = 0

    @inline(__always)
    mutating func push(_ element: Element) {
        if count == capacity { grow(to: max(8, 2 * capacity)) }
        memory[count] = element
        count &+= 1
    }

    @inline(__always)
    mutating func pop() -> Element? {
        if count == 0 { return nil }
        count &-= 1
        return memory[count]
    }

    /// The element that was pushed as number `index`, from 0. The caller guarantees the range.
    subscript(index: Int) -> Element {
        @inline(__always) get { memory[index] }
        @inline(__always) nonmutating set { memory[index] = newValue }
    }

    /// Another stack with the same elements.
    func copy() -> RawStack {
        var copy = RawStack()
        copy.memory.deallocate()
        copy.memory = .allocate(capacity: count)
        copy.memory.initialize(from: memory, count: count)
        copy.count = count
        copy.capacity = count
        return copy
    }

    func deallocate() { memory.deallocate() }

    @inline(never)
    private mutating func grow(to capacity: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        larger.initialize(from: memory, count: count)
        memory.deallocate()
        memory = larger
        self.capacity = capacity
    }
}
