/// A stack of numbers or addresses in memory of its own: an array without the checks that every
/// change of an array makes, which took a quarter of the instructions of a sparse insert.
///
/// It is no value: copies share the memory, and its owner frees it. `NodeStore` and its pools
/// own one each and never copy it.
@usableFromInline
package struct RawStack<Element: BitwiseCopyable> {
    /// Nil while there is no room for any: an empty stack costs nothing.
    @usableFromInline var start: UnsafeMutablePointer<Element>?
    @usableFromInline package internal(set) var count = 0
    @usableFromInline var capacity = 0

    /// Only where `count` says that there are elements.
    @inlinable @inline(__always)
    var memory: UnsafeMutablePointer<Element> { start.unsafelyUnwrapped }

    @inlinable @inline(__always)
    package mutating func push(_ element: Element) {
        if count == capacity { reserve(max(8, 2 * capacity)) }
        memory[count] = element
        count &+= 1
    }

    @inlinable @inline(__always)
    package mutating func pop() -> Element? {
        if count == 0 { return nil }
        count &-= 1
        return memory[count]
    }

    /// The element that was pushed as number `index`, from 0. The caller guarantees the range.
    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) get { memory[index] }
        @inline(__always) nonmutating set { memory[index] = newValue }
    }

    /// Another stack with the same elements.
    package func copy() -> RawStack {
        var copy = RawStack()
        if count > 0 {
            copy.reserve(count)
            copy.memory.initialize(from: memory, count: count)
            copy.count = count
        }
        return copy
    }

    /// Makes room for so many elements, no fewer than there are.
    @inline(never) @usableFromInline
    package mutating func reserve(_ capacity: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        if let start {
            larger.initialize(from: start, count: count)
            start.deallocate()
        }
        start = larger
        self.capacity = capacity
    }

    package func deallocate() { start?.deallocate() }
}
