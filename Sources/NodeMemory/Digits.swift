/// The slot numbers of an index, from the top node down to the leaf: its digits in base 64 or 16.
///
/// The fewer instructions a descent takes, the more of them the processor runs at the same time,
/// and the less their cache misses cost. So the next digit is always in the uppermost bits,
/// where a constant shift gets it.
@usableFromInline
package struct Digits {
    /// The next digit in the uppermost bits, then the one below, and so on; not the last one,
    /// which is always in the lowest bits of the index.
    @usableFromInline package var path: UInt64

    /// - Parameters:
    ///   - height: the tree's, high enough for the index.
    ///   - bits: of a digit, 6 or 4, a constant.
    @inlinable @inline(__always)
    package init(of index: UInt64, height: Int, bits: UInt64) {
        let significant = bits &* UInt64(truncatingIfNeeded: height)
        // 11 digits of 6 bits are more than 64: the first has only 4. The two bits that a shift
        // to the right loses are the last digit's.
        path = significant > 64 ? index &>> (significant &- 64) : index &<< (64 &- significant)
    }

    /// The slot number at the present level, which is not the leaf.
    @inlinable @inline(__always)
    package mutating func next(bits: UInt64) -> Int {
        let digit = path &>> (64 &- bits)
        path = path &<< bits
        return Int(truncatingIfNeeded: digit)
    }

    /// The slot number in the leaf.
    @inlinable @inline(__always)
    package static func last(of index: UInt64, bits: UInt64) -> Int {
        Int(truncatingIfNeeded: index & ((1 &<< bits) &- 1))
    }
}
