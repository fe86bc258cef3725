// Slots of a node in its three layouts. The caller guarantees the range of every offset.

extension NodeRef {
    /// The content of a slot; zero if it is empty.
    @inlinable @inline(__always)
    package func slot(_ offset: Int) -> UInt64 {
        isLarge ? largeSlot(offset) : lesserSlot(offset)
    }

    @inlinable @inline(__always)
    package func largeSlot(_ offset: Int) -> UInt64 {
        UnsafeRawPointer(bitPattern: UInt(word &- 6)).unsafelyUnwrapped
            .load(fromByteOffset: Self.largeHeadBytes &+ offset &* 8, as: UInt64.self)
    }

    @inlinable @inline(__always)
    package func lesserSlot(_ offset: Int) -> UInt64 {
        if isTiny {
            let address = UnsafeRawPointer(bitPattern: UInt(word &- 10)).unsafelyUnwrapped
            let number = address.load(fromByteOffset: 6, as: UInt8.self)
            if number != UInt8(truncatingIfNeeded: offset) { return 0 }
            return address.load(fromByteOffset: 24, as: UInt64.self)
        }
        let address = UnsafeRawPointer(bitPattern: UInt(word &- 2)).unsafelyUnwrapped
        let places = address.load(fromByteOffset: 24, as: UInt64.self)
        let found = Self.matches(places, UInt64(truncatingIfNeeded: offset))
        if found == 0 { return 0 }
        return address.load(
            fromByteOffset: 32 &+ (found.trailingZeroBitCount & ~7), as: UInt64.self)
    }

    /// Finds a byte among eight: bit 7 of the lowest that is equal, perhaps others above it.
    @inlinable @inline(__always)
    package static func matches(_ bytes: UInt64, _ byte: UInt64) -> UInt64 {
        let difference = bytes ^ (byte &* 0x0101_0101_0101_0101)
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    }

    @inlinable
    package var places: UInt64 {
        @inline(__always) get { load(24) }
        @inline(__always) nonmutating set { store(newValue, at: 24) }
    }

    @inlinable
    package var tinySlotNumber: UInt8 {
        @inline(__always) get { load(6) }
        @inline(__always) nonmutating set { store(newValue, at: 6) }
    }

    @inlinable
    var largeOccupied: UInt64 {
        @inline(__always) get { load(24) }
        @inline(__always) nonmutating set { store(newValue, at: 24) }
    }

    /// The place of a slot in a small node; nil if the slot is empty.
    @inlinable @inline(__always)
    package func place(_ offset: Int) -> Int? {
        let found = Self.matches(places, UInt64(truncatingIfNeeded: offset))
        return found == 0 ? nil : found.trailingZeroBitCount / 8
    }

    /// The slots in use, bit n for slot n.
    @inlinable
    package var occupied: UInt64 {
        if isLarge { return largeOccupied }
        // Numbers of 64 and more stand for no slot: their bit is shifted out.
        if isTiny { return 1 << UInt64(tinySlotNumber) }
        var bits: UInt64 = 0
        var rest = places
        for _ in 0..<8 {
            bits |= 1 << (rest & 255)
            rest >>= 8
        }
        return bits
    }

    /// Whether a slot is in use. Of a large node it reads only the head, which those who change
    /// a slot need anyway; so a miss on the slot itself holds nobody up.
    @inlinable @inline(__always)
    package func isOccupied(_ offset: Int) -> Bool {
        if isLarge { return (largeOccupied &>> UInt64(truncatingIfNeeded: offset)) & 1 != 0 }
        if isTiny { return tinySlotNumber == UInt8(truncatingIfNeeded: offset) }
        return Self.matches(places, UInt64(truncatingIfNeeded: offset)) != 0
    }

    /// Whether a slot can be filled without a larger layout.
    @inlinable @inline(__always)
    package func hasRoom(for offset: Int) -> Bool {
        if isLarge { return true }
        if isTiny { return tinySlotNumber == 255 || isOccupied(offset) }
        return Self.matches(places, 255) != 0 || isOccupied(offset)
    }

    /// Puts something into a slot. The caller has made sure that there is room.
    @inlinable @inline(__always)
    package func fillSlot(_ offset: Int, _ word: UInt64) {
        if isLarge {
            store(word, at: Self.largeHeadBytes &+ offset &* 8)
            largeOccupied |= 1 &<< UInt64(truncatingIfNeeded: offset)
        } else {
            fillLesserSlot(offset, word)
        }
    }

    @inline(never) @usableFromInline
    func fillLesserSlot(_ offset: Int, _ word: UInt64) {
        if isTiny {
            tinySlotNumber = UInt8(truncatingIfNeeded: offset)
            store(word, at: 24)
        } else {
            var found = Self.matches(places, UInt64(truncatingIfNeeded: offset))
            if found == 0 { found = Self.matches(places, 255) }
            let place = found.trailingZeroBitCount / 8
            store(UInt8(truncatingIfNeeded: offset), at: 24 &+ place)
            store(word, at: 32 &+ place &* 8)
        }
    }

    /// Empties a slot. In a tiny or small node it has no tag.
    @inlinable @inline(__always)
    package func clearSlot(_ offset: Int) {
        if isLarge {
            store(UInt64(0), at: Self.largeHeadBytes &+ offset &* 8)
            largeOccupied &= ~(1 &<< UInt64(truncatingIfNeeded: offset))
        } else {
            clearLesserSlot(offset)
        }
    }

    @inline(never) @usableFromInline
    func clearLesserSlot(_ offset: Int) {
        if isTiny {
            if isOccupied(offset) { tinySlotNumber = 255 }
        } else if let place = place(offset) {
            store(UInt8(255), at: 24 &+ place)
        }
    }

    /// Calls a function for every slot in use, in ascending order.
    @inlinable @inline(__always)
    package func forEachOccupied(_ body: (Int) -> Void) {
        var rest = occupied
        while rest != 0 {
            body(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
    }

    /// The slots that do not have the same content, of two large nodes.
    package func differingSlots(_ other: NodeRef, _ slotsPerNode: SlotsPerNode) -> UInt64 {
        var differing: UInt64 = 0
        for offset in 0..<slotsPerNode.rawValue {
            let differs: UInt64 = largeSlot(offset) == other.largeSlot(offset) ? 0 : 1
            differing |= differs &<< UInt64(truncatingIfNeeded: offset)
        }
        return differing
    }

    /// The slots in use of a node above leaves that do not lead to large nodes.
    package func lesserLinks(_ slotsPerNode: SlotsPerNode) -> UInt64 {
        guard isLarge else { return occupied }
        var large: UInt64 = 0
        for offset in 0..<slotsPerNode.rawValue {
            let isLarge: UInt64 = Self.isLinkToLarge(largeSlot(offset)) ? 1 : 0
            large |= isLarge &<< UInt64(truncatingIfNeeded: offset)
        }
        return largeOccupied & ~large
    }
}
