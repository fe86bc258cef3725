import NodeMemory

// lib/xarray.c: the normal interface, which needs no state.
//
// - NULL and the zero entry read alike; only `xa_insert` and `xa_cmpxchg` tell them apart.
// - When memory lacks, the store is tried again after each node that could be fetched.

extension XArray {
    /// Stores, and fetches nodes until that works or no node can be had.
    ///
    /// - Parameter attempt: one store; sets the cursor's error to end with it.
    private mutating func retrying(
        _ c: inout Cursor, _ allocator: inout Allocator,
        _ attempt: (inout XArray, inout Cursor, inout Allocator) -> Void
    ) throws(XArrayError) {
        nodes.makeUnique()
        repeat {
            attempt(&self, &c, &allocator)
        } while fetchNode(&c, &allocator)
        if c.stand == .error { throw c.error }
    }

    /// `xas_result`: what the caller of the normal interface gets.
    private static func result(_ word: UInt64) -> Entry? {
        word == Word.zero ? nil : entry(word)
    }

    /// `xa_store`: puts an entry at an index, instead of what is there. Inside an entry of many
    /// indices it takes the place of all of it.
    ///
    /// - Parameter entry: nil erases; with `trackFree` it reserves the index.
    /// - Returns: what was there.
    /// - Throws: `noMemory`. Levels and nodes made before that stay.
    @discardableResult
    public mutating func store(
        _ entry: Entry?, at index: Index, allocator: inout Allocator
    ) throws(XArrayError) -> Entry? {
        nodes.makeUnique()
        if let entry, storeInLargeLeaf(entry, index.rawValue) { return nil }
        return try storeAnywhere(entry, at: index, &allocator)
    }

    @inline(never)
    private mutating func storeAnywhere(
        _ entry: Entry?, at index: Index, _ allocator: inout Allocator
    ) throws(XArrayError) -> Entry? {
        var c = Cursor(index.rawValue)
        if let entry {
            switch storeWhereNothingIs(entry, index.rawValue, &allocator) {
            case .stored: return nil
            case .unfit: break
            case .noMemory:
                c.fail(.noMemory)
                guard fetchNode(&c, &allocator) else { throw .noMemory }
            }
        }
        var old: UInt64 = 0
        let word = entry?.word ?? (tracksFree ? Word.zero : 0)
        try retrying(&c, &allocator) { array, c, allocator in
            old = array.store(word, &c, &allocator)
            if array.tracksFree { array.clearMark(0, &c) }
        }
        return Self.result(old)
    }

    /// `xa_erase`: takes the entry at an index out, all of it.
    ///
    /// - Returns: what was there.
    @discardableResult
    public mutating func erase(at index: Index, allocator: inout Allocator) -> Entry? {
        nodes.makeUnique()
        if let entry = eraseFromLargeLeaf(index.rawValue) { return entry }
        return eraseAnywhere(index.rawValue, &allocator)
    }

    @inline(never)
    private mutating func eraseAnywhere(
        _ index: UInt64, _ allocator: inout Allocator
    ) -> Entry? {
        var c = Cursor(index)
        return Self.result(store(0, &c, &allocator))
    }

    /// `xa_insert`: puts an entry where nothing is.
    ///
    /// - Parameter entry: nil reserves the index.
    /// - Throws: `busy` if anything is there, also a reservation; `noMemory`.
    public mutating func insert(
        _ entry: Entry?, at index: Index, allocator: inout Allocator
    ) throws(XArrayError) {
        var c = Cursor(index.rawValue)
        try retrying(&c, &allocator) { array, c, allocator in
            if array.load(&c) != 0 {
                c.fail(.busy)
                return
            }
            array.store(entry?.word ?? Word.zero, &c, &allocator)
            if array.tracksFree { array.clearMark(0, &c) }
        }
    }

    /// `xa_cmpxchg`: puts an entry where a certain one is. A reserved index holds the zero entry
    /// for this, not nothing.
    ///
    /// - Returns: what was there; if that is `old`, `entry` is there now.
    /// - Throws: `noMemory`.
    @discardableResult
    public mutating func compareExchange(
        _ old: Entry?, with entry: Entry?, at index: Index, allocator: inout Allocator
    ) throws(XArrayError) -> Entry? {
        var c = Cursor(index.rawValue)
        var found: UInt64 = 0
        try retrying(&c, &allocator) { array, c, allocator in
            found = array.load(&c)
            guard found == old?.word ?? 0 else { return }
            array.store(entry?.word ?? 0, &c, &allocator)
            if array.tracksFree, entry != nil, found == 0 { array.clearMark(0, &c) }
        }
        return Self.result(found)
    }

    /// `xa_reserve`: an index that holds nothing gets the zero entry, so that a later store needs
    /// no memory.
    ///
    /// - Throws: `noMemory`.
    public mutating func reserve(
        _ index: Index, allocator: inout Allocator
    ) throws(XArrayError) {
        try compareExchange(nil, with: .zero, at: index, allocator: &allocator)
    }

    /// `xa_release`: takes a reservation back.
    public mutating func release(_ index: Index, allocator: inout Allocator) {
        // To store NULL needs no memory.
        _ = try? compareExchange(.zero, with: nil, at: index, allocator: &allocator)
    }

    /// `xa_alloc`: puts an entry at the lowest free index of a range. For arrays with `trackFree`.
    ///
    /// - Parameter entry: nil reserves the index.
    /// - Returns: the index.
    /// - Throws: `busy` if none is free; `noMemory`.
    public mutating func allocate(
        _ entry: Entry?, in range: ClosedRange<Index>, allocator: inout Allocator
    ) throws(XArrayError) -> Index {
        guard tracksFree else { throw .invalid }
        var c = Cursor(0)
        var found = range.lowerBound
        try retrying(&c, &allocator) { array, c, allocator in
            c.index = range.lowerBound.rawValue
            _ = array.findMarked(&c, max: range.upperBound.rawValue, 0)
            if c.stand == .restart { c.fail(.busy) } else { found = Index(c.index) }
            array.store(entry?.word ?? Word.zero, &c, &allocator)
            array.clearMark(0, &c)
        }
        return found
    }

    /// `xa_store_range`: puts one entry at all indices of a range, in as few pieces as slots allow:
    /// a piece may have any number of slots.
    ///
    /// Where the range cuts an entry of many indices, neither keeps what it promised. A range that
    /// ends at 2^64-1 never ends in the kernel: not allowed here.
    ///
    /// - Throws: `noMemory`: pieces stored before stay; `invalid` if the range is empty.
    public mutating func storeRange(
        _ entry: Entry?, first: Index, last: Index, allocator: inout Allocator
    ) throws(XArrayError) {
        guard first <= last else { throw .invalid }
        precondition(last != .max, "xa_store_range never returns from 2^64-1")
        var c = Cursor(0)
        var next = first.rawValue
        try retrying(&c, &allocator) { array, c, allocator in
            if entry != nil {
                array.set(&c, last.rawValue, order: (last.rawValue + 1).trailingZeroBitCount)
                _ = array.create(&c, allowHead: true, &allocator)
                if c.isError { return }
            }
            repeat {
                array.setRange(&c, next, last.rawValue)
                array.store(entry?.word ?? 0, &c, &allocator)
                if c.isError { return }
                next += c.size
            } while next <= last.rawValue
        }
    }

    /// `xas_set_order`.
    private func set(_ c: inout Cursor, _ index: UInt64, order: Int) {
        let bits = order % Self.bitsPerLevel
        c.shift = order - bits
        c.siblings = (1 << bits) - 1
        c.index = index & ~(c.size &- 1)
        c.stand = .restart
    }

    /// `xas_set_range`: the next piece: the largest slots that begin at `first` and of which one
    /// fits, and as many of them as fit into their node.
    private func setRange(_ c: inout Cursor, _ first: UInt64, _ last: UInt64) {
        let bits = UInt64(Self.bitsPerLevel)
        var shift: UInt64 = 0
        while shift + bits < 64, first & (1 << (shift + bits) - 1) == 0,
            (last - first) >> shift >= 63
        {
            shift += bits
        }
        let offset = Int(first >> shift & 63)
        let whole = (last - first &+ 1) >> shift
        c.shift = Int(shift)
        c.siblings = Int(Swift.min(whole, UInt64(Self.slotsPerNode - offset))) - 1
        c.index = first
        c.stand = .restart
    }

    /// `xa_find`: the first entry in a range that carries a mark, or any.
    public func find(
        in range: ClosedRange<Index>, marked mark: Mark? = nil
    ) -> (index: Index, entry: Entry)? {
        var c = Cursor(range.lowerBound.rawValue)
        while true {
            let word = step(&c, range.upperBound.rawValue, mark)
            if word == Word.zero { continue }
            return word == 0 ? nil : (Index(c.index), Entry(word: word))
        }
    }

    /// `xa_find_after`: the first entry behind the one at an index, up to `max`, that carries a
    /// mark, or any.
    public func find(
        after index: Index, max: Index, marked mark: Mark? = nil
    ) -> (index: Index, entry: Entry)? {
        var c = Cursor(index.rawValue &+ 1)
        if c.index == 0 { return nil }
        while true {
            let word = step(&c, max.rawValue, mark)
            if !c.isInvalid, isInside(c) || word == Word.zero { continue }
            return word == 0 ? nil : (Index(c.index), Entry(word: word))
        }
    }

    /// `xas_sibling`: whether the index lies behind the first of the slot.
    private func isInside(_ c: Cursor) -> Bool {
        guard c.stand == .node else { return false }
        let bits = c.node.shift + Self.bitsPerLevel
        let mask = bits > 63 ? UInt64.max : (1 << UInt64(bits)) - 1
        return c.index & mask > UInt64(c.offset) << UInt64(c.node.shift)
    }

    private func step(_ c: inout Cursor, _ max: UInt64, _ mark: Mark?) -> UInt64 {
        if let mark { return findMarked(&c, max: max, mark.rawValue) }
        return find(&c, max: max)
    }
}
