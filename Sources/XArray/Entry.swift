extension XArray {
    /// What an index holds: one word whose two low bits say what it is.
    ///
    ///     ...00   a pointer (in the page cache: to a folio)
    ///     ...x1   a value of 63 bits: a shadow, a swap entry, or a DAX entry
    ///     ...10   internal: here only the zero entry, 0x406, which keeps an index reserved
    ///
    /// Source: `include/linux/xarray.h`.
    public struct Entry: Hashable, Sendable {
        public let rawValue: UInt64

        /// - Parameter rawValue: not zero, and no internal entry but `zero`.
        public init(_ rawValue: UInt64) {
            precondition(rawValue != 0, "zero is an empty slot, not an entry")
            precondition(
                rawValue & 3 != 2 || rawValue == Self.zero.rawValue, "internal to the array")
            self.rawValue = rawValue
        }

        /// What a slot holds that is neither empty, nor a sibling, nor a link.
        @inlinable @inline(__always)
        init(word: UInt64) { rawValue = word == Word.zero ? 0x406 : word }

        private init(unchecked rawValue: UInt64) { self.rawValue = rawValue }

        /// The pointer that stands for folio or page number `number`, 1 to 2^62-1.
        public static func pointer(_ number: UInt64) -> Entry { Entry(number << 2) }

        /// `xa_mk_value`.
        ///
        /// - Parameter value: 0 to 2^63-1; a higher bit would be lost.
        public static func value(_ value: UInt64) -> Entry { Entry(value << 1 | 1) }

        /// `XA_ZERO_ENTRY`: the index is taken, and reads as NULL.
        public static let zero = Entry(unchecked: 0x406)

        /// `xa_is_value`.
        @inlinable @inline(__always)
        public var isValue: Bool { rawValue & 1 != 0 }

        /// `xa_is_zero`.
        public var isZero: Bool { rawValue == 0x406 }

        /// The word as the nodes keep it.
        @inline(__always)
        var word: UInt64 { rawValue == 0x406 ? Word.zero : rawValue }
    }

    /// Words of slots. Pointers and values are as the kernel has them. Internal entries are not:
    /// with three low bits 010 they cannot be taken for a link to a large node, so that a lookup
    /// needs one test at each level.
    @usableFromInline
    enum Word {
        @usableFromInline static let retry: UInt64 = 256 << 3 | 2
        @usableFromInline static let zero: UInt64 = 257 << 3 | 2

        @inline(__always)
        static func sibling(_ slot: Int) -> UInt64 { UInt64(slot) << 3 | 2 }

        /// `xa_is_sibling`.
        @inlinable @inline(__always)
        static func isSibling(_ word: UInt64) -> Bool { word & 3 == 2 && word < 63 << 3 }

        /// The slot that a sibling names.
        @inline(__always)
        static func slot(_ word: UInt64) -> Int { Int(word >> 3) }

        @inline(__always)
        static func isValue(_ word: UInt64) -> Bool { word & 1 != 0 }

        /// `xa_is_internal`.
        @inlinable @inline(__always)
        static func isInternal(_ word: UInt64) -> Bool { word & 3 == 2 }
    }

    /// The content of the head or of a slot.
    public enum Slot: Hashable, Sendable {
        case empty
        case entry(Entry)
        /// The slot belongs to the entry in a lower one of the same node.
        case sibling(of: Int)
        case node(NodeID)
        /// `XA_RETRY_ENTRY`: what a late reader finds in a node that is no longer in the array.
        case retry
    }
}

extension XArray.Slot {
    init(word: UInt64) {
        if word == 0 {
            self = .empty
        } else if word & 3 != 2 || word == XArray.Word.zero {
            self = .entry(XArray.Entry(word: word))
        } else if word == XArray.Word.retry {
            self = .retry
        } else if XArray.Word.isSibling(word) {
            self = .sibling(of: XArray.Word.slot(word))
        } else {
            self = .node(XArray.link(word).id)
        }
    }

    /// The entry, if there is one: not of a sibling.
    public var entry: XArray.Entry? {
        if case .entry(let entry) = self { return entry }
        return nil
    }
}

extension XArray.Entry: CustomStringConvertible {
    /// `p7` for `pointer(7)`, `v7` for `value(7)`, `z` for the zero entry.
    public var description: String {
        if isZero { return "z" }
        return isValue ? "v\(rawValue >> 1)" : "p\(rawValue >> 2)"
    }
}

extension XArray.Slot: CustomStringConvertible {
    /// An entry's own text; `-` for nothing, `s5` for a sibling of slot 5, `*` for a node, `r` for
    /// retry.
    public var description: String {
        switch self {
        case .empty: "-"
        case .entry(let entry): entry.description
        case .sibling(let slot): "s\(slot)"
        case .node: "*"
        case .retry: "r"
        }
    }
}
