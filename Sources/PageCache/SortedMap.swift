/// A map for few keys that mostly come and go in order, such as the numbers of pages or the file
/// pages of a mapping: keys and values in one array, sorted.
///
/// A lookup halves the array, and hashes nothing. Putting a key in or taking it out moves those
/// on its shorter side; at the lower end a gap stays, which is closed when it is the larger part.
public struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    public typealias Element = (key: Key, value: Value)

    /// Not a tuple: one that holds references is copied by the runtime, member by member.
    @usableFromInline struct Slot: Sendable {
        @usableFromInline var key: Key
        @usableFromInline var value: Value

        @inlinable init(_ key: Key, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    @usableFromInline var elements: [Slot] = []
    /// Where the live elements begin.
    @usableFromInline var start = 0
    /// Grows with every change, so that who looks again and again knows when to look again. No part
    /// of the value.
    public var changes: Int { changeCount }
    @usableFromInline var changeCount = 0

    @inlinable public init() {}

    @inlinable public var count: Int { elements.count - start }
    @inlinable public var isEmpty: Bool { count == 0 }

    /// Every position in the map, ascending like the keys.
    @inlinable public var positions: Range<Int> { start..<elements.count }

    /// The positions of the keys in a range.
    @inlinable public func positions(of keys: Range<Key>) -> Range<Int> {
        position(of: keys.lowerBound)..<position(of: keys.upperBound)
    }

    /// What stands at a position.
    @inlinable public func element(at position: Int) -> Element {
        (elements[position].key, elements[position].value)
    }

    /// The position of the first key that is not below `key`.
    @inlinable @inline(__always)
    func position(of key: Key) -> Int {
        // Most ask for the newest, or put one behind it.
        guard let last = elements.last, last.key >= key, start < elements.count else {
            return elements.count
        }
        var low = start
        var high = elements.count &- 1
        while low < high {
            let middle = (low &+ high) &>> 1
            if elements[middle].key < key { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    @inlinable @inline(__always)
    func isKey(_ key: Key, at i: Int) -> Bool { i < elements.count && elements[i].key == key }

    /// The value of a key. Setting nil takes the key out.
    @inlinable public subscript(key: Key) -> Value? {
        get {
            let i = position(of: key)
            return isKey(key, at: i) ? elements[i].value : nil
        }
        _modify {
            let i = position(of: key)
            let isThere = isKey(key, at: i)
            var value = isThere ? elements[i].value : nil
            yield &value
            changeCount &+= 1
            switch (value, isThere) {
            case (let value?, true): elements[i].value = value
            case (let value?, false): insert(key, value, at: i)
            case (nil, true): remove(at: i)
            case (nil, false): break
            }
        }
    }

    /// The value of a key, which is put in with `value` when it is absent and written to.
    @inlinable public subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get {
            let i = position(of: key)
            return isKey(key, at: i) ? elements[i].value : value()
        }
        _modify {
            let i = position(of: key)
            if !isKey(key, at: i) { insert(key, value(), at: i) }
            changeCount &+= 1
            yield &elements[i].value
        }
    }

    @inlinable mutating func insert(_ key: Key, _ value: Value, at i: Int) {
        if i == elements.count {
            elements.append(Slot(key, value))
        } else {
            elements.insert(Slot(key, value), at: i)
        }
    }

    /// Takes a key out, if it is there.
    @inlinable public mutating func remove(_ key: Key) {
        let i = position(of: key)
        guard isKey(key, at: i) else { return }
        changeCount &+= 1
        remove(at: i)
    }

    @inlinable public mutating func removeAll() {
        changeCount &+= 1
        elements.removeAll()
        start = 0
    }

    /// Takes out what stands at some positions and `isOut` says yes to.
    @inlinable public mutating func removeAll(
        in positions: Range<Int>, where isOut: (Element) -> Bool
    ) {
        guard !positions.isEmpty else { return }
        changeCount &+= 1
        let kept = elements[positions].filter { !isOut(($0.key, $0.value)) }
        elements.replaceSubrange(positions, with: kept)
    }

    @inlinable mutating func remove(at i: Int) {
        guard i - start < elements.count - i - 1 else {
            elements.remove(at: i)
            return
        }
        for j in stride(from: i, to: start, by: -1) { elements[j] = elements[j - 1] }
        start += 1
        if start > elements.count / 2 {
            elements.removeFirst(start)
            start = 0
        }
    }

    /// Calls `body` for the value at each position, which it may change.
    @inlinable public mutating func forEachValue(
        in positions: Range<Int>, _ body: (inout Value) -> Void
    ) {
        if !positions.isEmpty { changeCount &+= 1 }
        for i in positions { body(&elements[i].value) }
    }
}

extension SortedMap {
    /// Whether both are copies of one map that nobody has changed since, without looking at what is
    /// in them.
    public func isCopy(of other: Self) -> Bool {
        guard start == other.start, elements.count == other.elements.count else { return false }
        return elements.withUnsafeBufferPointer { own in
            other.elements.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
        }
    }
}

// MARK: - In order of the keys

extension SortedMap: Sequence {
    public struct Iterator: IteratorProtocol {
        @usableFromInline let map: SortedMap
        @usableFromInline var position: Int

        @inlinable init(_ map: SortedMap) {
            self.map = map
            position = map.start
        }

        @inlinable public mutating func next() -> Element? {
            guard position < map.elements.count else { return nil }
            defer { position += 1 }
            return map.element(at: position)
        }
    }

    @inlinable public func makeIterator() -> Iterator { Iterator(self) }

    @inlinable public var keys: [Key] { map { $0.key } }
    @inlinable public var values: [Value] { map { $0.value } }
}

extension SortedMap: Equatable where Value: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        if a.isCopy(of: b) { return true }
        return a.count == b.count
            && zip(a.positions, b.positions).allSatisfy { i, j in
                a.elements[i].key == b.elements[j].key && a.elements[i].value == b.elements[j].value
            }
    }
}

extension SortedMap: Hashable where Key: Hashable, Value: Hashable {
    public func hash(into hasher: inout Hasher) {
        for i in positions {
            hasher.combine(elements[i].key)
            hasher.combine(elements[i].value)
        }
    }
}
