import RadixTree

/// What the tree is tested against: a dictionary with tags, and the set of the nodes that there
/// are.
///
/// Everything else follows from these and is worked out anew each time: counts, slots, tag
/// bitmaps and root tags. So nothing can go wrong here in the way in which it can in a tree of
/// nodes. Only which nodes come and go is by rules, those of docs/kernel/radix-tree.md,
/// sections 5, 7, 8 and 10.
struct ReferenceTree {
    /// A node's place: its height, and the digits above it of every index that lies below it.
    struct Place: Hashable {
        let height: Int
        let prefix: UInt64
    }

    let slotsPerNode: SlotsPerNode
    private(set) var entries: [UInt64: RadixTree.Entry] = [:]
    private var tagged: [UInt64: RadixTree.TagSet] = [:]
    private(set) var height = 0
    /// In preorder, each once.
    private(set) var nodes: [Place] = []
    private(set) var pool = 0

    init(_ slotsPerNode: SlotsPerNode) { self.slotsPerNode = slotsPerNode }

    private var shift: Int { slotsPerNode.shift }
    private var isEmpty: Bool { nodes.isEmpty && entries.isEmpty }

    private func top(_ height: Int) -> UInt64 {
        height * shift >= 64 ? .max : (1 << UInt64(height * shift)) - 1
    }

    /// The place at a height that an index lies below.
    private func place(_ index: UInt64, _ height: Int) -> Place {
        Place(height: height, prefix: index >> UInt64(height * shift))
    }

    var sorted: [UInt64] { entries.keys.sorted() }

    func tags(_ index: UInt64) -> RadixTree.TagSet { tagged[index] ?? [] }

    var rootTags: RadixTree.TagSet { tagged.values.reduce([]) { $0.union($1) } }

    // MARK: The set of nodes

    /// Where a place is in `nodes`, or would be.
    private func position(of place: Place) -> Int {
        func first(_ place: Place) -> UInt64 { place.prefix << UInt64(place.height * shift) }
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            let other = nodes[middle]
            // A node comes before what hangs below it, whose first index may be the same.
            if (first(other), -other.height) < (first(place), -place.height) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private func contains(_ place: Place) -> Bool {
        let position = position(of: place)
        return position < nodes.count && nodes[position] == place
    }

    private mutating func add(_ place: Place) { nodes.insert(place, at: position(of: place)) }

    private mutating func remove(_ place: Place) { nodes.remove(at: position(of: place)) }
}

// MARK: - Operations

extension ReferenceTree {
    mutating func preload(failing call: Int?) -> Bool {
        var calls = 0
        while pool < slotsPerNode.preloadSize {
            calls += 1
            if calls == call { return false }
            pool += 1
        }
        return true
    }

    mutating func insert(
        _ entry: RadixTree.Entry, at index: UInt64, failing call: Int?
    ) -> RadixTree.InsertResult {
        var calls = 0
        func takeNode(_ pool: inout Int) -> Bool {
            if pool > 0 {
                pool -= 1
                return true
            }
            calls += 1
            return calls != call
        }
        var needed = height
        while index > top(needed) { needed += 1 }
        if isEmpty { height = needed }
        while height < needed {
            guard takeNode(&pool) else { return .outOfMemory }
            height += 1
            add(Place(height: height, prefix: 0))
        }
        for level in stride(from: height, to: 0, by: -1) where !contains(place(index, level)) {
            guard takeNode(&pool) else { return .outOfMemory }
            add(place(index, level))
        }
        if entries[index] != nil { return .exists }
        entries[index] = entry
        return .inserted
    }

    mutating func delete(_ index: UInt64, expecting expected: RadixTree.Entry?)
        -> RadixTree.Entry?
    {
        guard let entry = entries[index], expected == nil || expected == entry else { return nil }
        entries[index] = nil
        tagged[index] = nil
        for level in 1..<(height + 1) {
            guard slots(of: place(index, level)).isEmpty else {
                if level == height { shrink() }
                return entry
            }
            remove(place(index, level))
        }
        height = 0
        return entry
    }

    private mutating func shrink() {
        while height > 0, slots(of: Place(height: height, prefix: 0)) == [0] {
            remove(Place(height: height, prefix: 0))
            height -= 1
        }
    }

    /// The slots in use of a node, in any order.
    private func slots(of place: Place) -> [UInt64] {
        let mask = UInt64(slotsPerNode.rawValue - 1)
        if place.height == 1 {
            return entries.keys.filter { $0 >> UInt64(shift) == place.prefix }.map { $0 & mask }
        }
        return nodes.filter { $0.height == place.height - 1 && self.place(above: $0) == place }
            .map { $0.prefix & mask }
    }

    private func place(above node: Place) -> Place {
        Place(
            height: node.height + 1,
            prefix: node.height * shift >= 64 ? 0 : node.prefix >> UInt64(shift))
    }

    mutating func setTag(_ tag: RadixTree.Tag, _ index: UInt64) {
        tagged[index, default: []].insert(.init(tag))
    }

    mutating func clearTag(_ tag: RadixTree.Tag, _ index: UInt64) -> RadixTree.Entry? {
        tagged[index]?.remove(.init(tag))
        return entries[index]
    }

    /// Whether a slot of a node at a height has an entry with a tag below it.
    private func has(_ tag: RadixTree.Tag, _ index: UInt64, below height: Int) -> Bool {
        let bits = UInt64((height - 1) * shift)
        return tagged.contains { $0 >> bits == index >> bits && $1.contains(tag) }
    }

    mutating func tagRange(
        first: inout UInt64, last: UInt64, limit: UInt64, from old: RadixTree.Tag,
        to new: RadixTree.Tag
    ) -> UInt64 {
        let end = min(last, top(height))
        if first > end || limit == 0 { return 0 }
        guard rootTags.contains(old) else {
            first = end &+ 1
            return 0
        }
        var count: UInt64 = 0
        var level = max(height, 1)
        while true {
            if has(old, first, below: level) {
                if level > 1 {
                    level -= 1
                    continue
                }
                count += 1
                setTag(new, first)
            }
            let bits = UInt64((level - 1) * shift)
            first = ((first >> bits) &+ 1) << bits
            if first > end || first == 0 || count >= limit { return count }
            while first & top(level) == 0 { level += 1 }
        }
    }
}

// MARK: - What the tree must look like

extension ReferenceTree {
    var shape: Shape {
        let root: UInt64 =
            if isEmpty { 0 } else if height == 0 { entries[0]!.rawValue } else { Shape.node }
        var shape = Shape(height: height, rootTags: rootTags, root: root)
        let mask = UInt64(slotsPerNode.rawValue - 1)
        let indices = sorted
        var next = 0
        // Where the node is that was appended last at each height: what hangs below it follows.
        var open = [Int](repeating: 0, count: height + 1)
        for node in nodes {
            let isTop = node.height == height
            let offset = node.prefix & mask
            open[node.height] = shape.append(height: node.height, offset: isTop ? 0 : Int(offset))
            if !isTop { shape.use(offset, at: open[node.height + 1]) }
            while node.height == 1, next < indices.count, place(indices[next], 1) == node {
                let index = indices[next]
                shape.use(index & mask, at: open[1])
                shape.append(entries[index]!)
                for level in 1...height where !tags(index).isEmpty {
                    let offset = index >> UInt64((level - 1) * shift) & mask
                    shape.tag(tags(index), offset, at: open[level])
                }
                next += 1
            }
        }
        return shape
    }
}
