import NodeMemory

// mm/filemap.c: page_cache_next_hole, page_cache_prev_hole. In 4.4 and 4.5 they are functions of
// the page cache, not of lib/radix-tree.c.
//
// To both an exceptional entry is a hole, because it is no page.

extension RadixTree {
    /// `page_cache_next_hole`: the first index at or above `index` without a page.
    ///
    /// - Parameter limit: the most indices to look at (`max_scan`). If all of them have pages, the
    ///   result is `index + limit`.
    /// - Returns: 0 if the search went past 2^64-1.
    public func nextHole(from index: Index, limit: Int) -> Index {
        var hole = index
        for _ in 0..<max(limit, 0) {
            guard isPage(at: hole) else { break }
            hole = hole + 1
            if hole == 0 { break }
        }
        return hole
    }

    /// `page_cache_prev_hole`: the first index at or below `index` without a page.
    ///
    /// - Parameter limit: the most indices to look at (`max_scan`). If all of them have pages, the
    ///   result is `index - limit`.
    /// - Returns: 2^64-1 if the search went past 0.
    public func previousHole(from index: Index, limit: Int) -> Index {
        var hole = index
        for _ in 0..<max(limit, 0) {
            guard isPage(at: hole) else { break }
            hole = hole - 1
            if hole == .max { break }
        }
        return hole
    }

    private func isPage(at index: Index) -> Bool {
        guard let entry = lookup(index) else { return false }
        return !entry.isExceptional
    }
}
