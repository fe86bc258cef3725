import NodeMemory

// What differs between two arrays, range by range. Copies share leaves that nobody has written to
// since, so that what did not change is not looked at.

extension XArray {
    /// An entry with all its indices and its marks.
    public struct Item: Hashable, Sendable {
        public var entry: Entry
        public var indices: ClosedRange<Index>
        public var marks: MarkSet

        public init(entry: Entry, indices: ClosedRange<Index>, marks: MarkSet) {
            self.entry = entry
            self.indices = indices
            self.marks = marks
        }
    }

    /// What stands at an index; nil if nothing does. A reserved index has the zero entry.
    public func item(at index: Index) -> Item? {
        var c = Cursor(index.rawValue)
        let word = load(&c)
        if word == 0 { return nil }
        guard c.stand == .node else {
            return Item(entry: Entry(word: word), indices: 0...0, marks: marks)
        }
        let base = index.rawValue & (~63 << UInt64(c.node.shift))
        return Part.item(c.node, c.offset, base)
    }

    /// Calls a function for every range of indices at which another item stands than in `old`, in
    /// ascending order.
    ///
    /// - Parameter body: is given the range, what stands there in `old` and what stands there here;
    ///   either may reach beyond the range.
    public func forEachChange(
        since old: XArray,
        _ body: (_ range: ClosedRange<Index>, _ before: Item?, _ after: Item?) -> Void
    ) {
        if isCopy(of: old) { return }
        let height = Swift.max(nodes.height, old.nodes.height)
        var merged = Merged()
        Part(self).compare(with: Part(old), height: height, first: 0, &merged, body)
        merged.finish(body)
    }
}

/// Joins changes of ranges side by side that are of the same items.
private struct Merged {
    typealias Body = (ClosedRange<XArray.Index>, XArray.Item?, XArray.Item?) -> Void

    private var range: ClosedRange<XArray.Index>?
    private var before: XArray.Item?
    private var after: XArray.Item?

    mutating func add(
        _ first: UInt64, _ last: UInt64, _ before: XArray.Item?, _ after: XArray.Item?, _ body: Body
    ) {
        if let range, range.upperBound.rawValue &+ 1 == first, before == self.before,
            after == self.after
        {
            self.range = range.lowerBound...XArray.Index(last)
            return
        }
        finish(body)
        range = XArray.Index(first)...XArray.Index(last)
        (self.before, self.after) = (before, after)
    }

    mutating func finish(_ body: Body) {
        if let range { body(range, before, after) }
        range = nil
    }
}

/// What lies below a slot, or below the head: a node, or one item, or nothing.
private struct Part {
    var node: NodeRef?
    var item: XArray.Item?

    init(_ array: XArray) {
        node = array.nodes.top
        if node == nil { item = array.item(at: 0) }
    }

    private init(_ node: NodeRef?, _ item: XArray.Item?) {
        self.node = node
        self.item = item
    }

    /// The item of which a slot is part.
    ///
    /// - Parameter base: the first index of the node.
    static func item(_ node: NodeRef, _ offset: Int, _ base: UInt64) -> XArray.Item? {
        let word = node.slot(offset)
        if word == 0 { return nil }
        let first = XArray.Word.isSibling(word) ? XArray.Word.slot(word) : offset
        var last = first
        while last < XArray.lastSlot, node.slot(last + 1) == XArray.Word.sibling(first) {
            last += 1
        }
        let shift = UInt64(node.shift)
        let end = base + UInt64(last) << shift | ((1 << shift) - 1)
        return XArray.Item(
            entry: XArray.Entry(word: node.slot(first)),
            indices: XArray.Index(base + UInt64(first) << shift)...XArray.Index(end),
            marks: XArray.MarkSet(rawValue: node.tagSet(at: first)))
    }

    /// What lies in a slot of a node of a height that has this in it.
    private func child(_ offset: Int, below height: Int, _ base: UInt64) -> Part {
        guard let node else {
            // A head entry is in the lowest slot; a large item is everywhere.
            guard let item else { return self }
            let shift = UInt64((height - 1) * XArray.bitsPerLevel)
            let first = base + UInt64(offset) << shift
            let isInside =
                item.indices.lowerBound.rawValue <= first | ((1 << shift) - 1)
                && first <= item.indices.upperBound.rawValue
            return Part(nil, isInside ? item : nil)
        }
        if node.height < height { return offset == 0 ? self : Part(nil, nil) }
        let word = node.slot(offset)
        if NodeRef.isLink(word) { return Part(NodeRef(word: word), nil) }
        return Part(nil, Self.item(node, offset, base))
    }

    /// The slots in which the two may differ.
    private func slotsToCompare(with old: Part, height: Int) -> UInt64 {
        guard let new = node, let old = old.node, new.height == height, old.height == height else {
            return .max
        }
        let occupied = new.occupied | old.occupied
        guard new.isLarge, old.isLarge, !new.mayHoldOwnWords else { return occupied }
        // A slot that is no sibling stands for itself; the same link is to a leaf that both share.
        let marks = (0..<3).reduce(into: UInt64(0)) { $0 |= new.tags($1) ^ old.tags($1) }
        return occupied & (new.differingSlots(old, .sixtyFour) | marks)
    }

    /// - Parameters:
    ///   - height: the level that both are at: 0 for what is in a slot of a leaf.
    ///   - first: the lowest index there.
    func compare(
        with old: Part, height: Int, first: UInt64, _ merged: inout Merged, _ body: Merged.Body
    ) {
        if node == nil, old.node == nil, height == 0 || isWhole(old) {
            guard item != old.item else { return }
            let bits = UInt64(height * XArray.bitsPerLevel)
            merged.add(first, bits > 63 ? .max : first | ((1 << bits) - 1), old.item, item, body)
            return
        }
        // The same memory: a leaf that both share.
        if let node, node == old.node { return }
        var rest = slotsToCompare(with: old, height: height)
        let shift = UInt64((height - 1) * XArray.bitsPerLevel)
        // Of the topmost level only 16 slots are used.
        if shift == 60 { rest &= 0xffff }
        while rest != 0 {
            let offset = rest.trailingZeroBitCount
            rest &= rest &- 1
            child(offset, below: height, first).compare(
                with: old.child(offset, below: height, first), height: height - 1,
                first: first + UInt64(offset) << shift, &merged, body)
        }
    }

    /// Whether neither is an item that fills only a part: of an array without nodes.
    private func isWhole(_ old: Part) -> Bool {
        item?.indices != 0...0 && old.item?.indices != 0...0
    }
}
