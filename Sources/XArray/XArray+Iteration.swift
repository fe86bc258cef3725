import NodeMemory

// include/linux/xarray.h: xa_for_each, xa_for_each_marked: entries in ascending order, each once,
// also those of many indices. Reserved indices are left out.

extension XArray {
    /// Entries with their first indices. The sequence holds the array as it was when it was made.
    public struct Entries: Sequence, IteratorProtocol {
        private let array: XArray
        private var place: Place
        private let max: UInt64
        private let mark: Int?
        private var hasBegun = false

        /// Lets a sequence cross to another thread: nobody writes to memory that is shared, and the
        /// sequence shares it.
        private struct Place: @unchecked Sendable {
            var cursor: Cursor
        }

        init(_ array: XArray, _ first: Index, _ max: Index, _ mark: Mark?) {
            self.array = array
            place = Place(cursor: Cursor(first.rawValue))
            self.max = max.rawValue
            self.mark = mark?.rawValue
        }

        /// The next entry with its index: the first of the entry, or where the walk began if that
        /// lies inside.
        public mutating func next() -> (index: Index, entry: Entry)? {
            while true {
                let word = step()
                if word == 0 { return nil }
                if !Word.isInternal(word) {
                    return (Index(place.cursor.index), Entry(word: word))
                }
            }
        }

        private mutating func step() -> UInt64 {
            if hasBegun {
                if let mark { return array.nextMarked(&place.cursor, max: max, mark) }
                return array.nextEntry(&place.cursor, max: max)
            }
            hasBegun = true
            if let mark { return array.findMarked(&place.cursor, max: max, mark) }
            return array.find(&place.cursor, max: max)
        }
    }

    /// The entries of a range of indices.
    public func entries(from first: Index = 0, through last: Index = .max) -> Entries {
        Entries(self, first, last, nil)
    }

    /// The entries of a range of indices that carry a mark.
    public func entries(
        from first: Index = 0, through last: Index = .max, marked mark: Mark
    ) -> Entries {
        Entries(self, first, last, mark)
    }
}
