// Tags of a node in its three layouts. A tag is given by its number, 0 to 2.

extension NodeRef {
    @inlinable
    var tinyTags: UInt8 {
        @inline(__always) get { load(7) }
        @inline(__always) nonmutating set { store(newValue, at: 7) }
    }

    @inlinable @inline(__always)
    func smallTags(_ tag: Int) -> UInt8 { load(20 &+ tag) }

    @inlinable @inline(__always)
    func setSmallTags(_ tag: Int, _ bits: UInt8) { store(bits, at: 20 &+ tag) }

    @inlinable @inline(__always)
    func largeTags(_ tag: Int) -> UInt64 { load(32 &+ tag &* 8) }

    @inlinable @inline(__always)
    func setLargeTags(_ tag: Int, _ bits: UInt64) { store(bits, at: 32 &+ tag &* 8) }

    /// The bitmap of one tag.
    @inlinable
    package func tags(_ tag: Int) -> UInt64 {
        if isLarge { return largeTags(tag) }
        if isTiny {
            return (tinyTags >> UInt8(tag)) & 1 == 0 ? 0 : 1 << UInt64(tinySlotNumber)
        }
        var bits: UInt64 = 0
        var rest = smallTags(tag)
        while rest != 0 {
            bits |= 1 << UInt64(load(24 + rest.trailingZeroBitCount, as: UInt8.self))
            rest &= rest - 1
        }
        return bits
    }

    /// Whether any slot has a tag.
    @inlinable @inline(__always)
    package func hasTags(_ tag: Int) -> Bool {
        if isLarge { return largeTags(tag) != 0 }
        if isTiny { return (tinyTags >> UInt8(tag)) & 1 != 0 }
        return smallTags(tag) != 0
    }

    @inlinable @inline(__always)
    package func hasTag(_ tag: Int, at offset: Int) -> Bool {
        if isLarge { return (largeTags(tag) &>> UInt64(truncatingIfNeeded: offset)) & 1 != 0 }
        if isTiny { return isOccupied(offset) && hasTags(tag) }
        guard let place = place(offset) else { return false }
        return (smallTags(tag) &>> UInt8(truncatingIfNeeded: place)) & 1 != 0
    }

    /// The tags of one slot, bit t for tag t.
    @inlinable @inline(__always)
    package func tagSet(at offset: Int) -> UInt8 {
        if isLarge {
            let tags = largeTags(0) | largeTags(1) | largeTags(2)
            if (tags &>> UInt64(truncatingIfNeeded: offset)) & 1 == 0 { return 0 }
        } else if isTiny {
            return isOccupied(offset) ? tinyTags : 0
        } else if load(20, as: UInt32.self) == 0 {
            return 0
        }
        return someTagSet(at: offset)
    }

    @inline(never) @usableFromInline
    func someTagSet(at offset: Int) -> UInt8 {
        var set: UInt8 = 0
        if hasTag(0, at: offset) { set |= 1 }
        if hasTag(1, at: offset) { set |= 2 }
        if hasTag(2, at: offset) { set |= 4 }
        return set
    }

    /// Sets or clears one bit. In a tiny or small node the slot is in use.
    @inlinable @inline(__always)
    package func setTag(_ tag: Int, at offset: Int, _ isSet: Bool) {
        if isLarge {
            let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset)
            setLargeTags(tag, isSet ? largeTags(tag) | bit : largeTags(tag) & ~bit)
        } else if isTiny {
            let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: tag)
            tinyTags = isSet ? tinyTags | bit : tinyTags & ~bit
        } else if let place = place(offset) {
            let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: place)
            setSmallTags(tag, isSet ? smallTags(tag) | bit : smallTags(tag) & ~bit)
        }
    }

    /// Sets a bit, whether it was set or not, without asking: a branch on a bit that is not in
    /// the cache would be guessed wrong.
    ///
    /// - Returns: false if the slot is empty, and nothing has changed.
    @inlinable @inline(__always)
    package func mark(_ tag: Int, at offset: Int) -> Bool {
        guard isLarge else { return markLesser(tag, at: offset) }
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset)
        if load(24, as: UInt64.self) & bit == 0 { return false }
        setLargeTags(tag, largeTags(tag) | bit)
        return true
    }

    @inline(never) @usableFromInline
    func markLesser(_ tag: Int, at offset: Int) -> Bool {
        guard isOccupied(offset) else { return false }
        setTag(tag, at: offset, true)
        return true
    }

    /// `mark`, and what else a walk needs of the slot, found once.
    ///
    /// - Returns: the content of the slot, 0 if it is empty and nothing has changed; and whether
    ///   the bit was clear.
    @inlinable @inline(__always)
    package func markSlot(_ tag: Int, at offset: Int) -> (word: UInt64, wasClear: Bool) {
        guard isLarge else { return markLesserSlot(tag, at: offset) }
        let bits = largeTags(tag)
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: offset)
        if load(24, as: UInt64.self) & bit == 0 { return (0, false) }
        setLargeTags(tag, bits | bit)
        return (largeSlot(offset), bits & bit == 0)
    }

    @inline(never) @usableFromInline
    func markLesserSlot(_ tag: Int, at offset: Int) -> (word: UInt64, wasClear: Bool) {
        if isTiny {
            guard isOccupied(offset) else { return (0, false) }
            let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: tag)
            let bits = tinyTags
            tinyTags = bits | bit
            return (load(24), bits & bit == 0)
        }
        guard let place = place(offset) else { return (0, false) }
        let bit: UInt8 = 1 &<< UInt8(truncatingIfNeeded: place)
        let bits = smallTags(tag)
        setSmallTags(tag, bits | bit)
        return (load(32 &+ place &* 8), bits & bit == 0)
    }

    /// Sets the whole bitmap of one tag. In a tiny or small node all those slots are in use.
    package func setTags(_ tag: Int, _ bits: UInt64) {
        if isLarge { return setLargeTags(tag, bits) }
        forEachOccupied { setTag(tag, at: $0, (bits >> UInt64($0)) & 1 == 1) }
    }
}
