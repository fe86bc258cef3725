// fs/ext4/extents.c: the tree of extents.
//
// Blocks that a write through the cache allocates become part of the extent before or behind them
// when they continue it. What is made ready for a write past the cache (EXT4_GET_BLOCKS_PRE_IO) is
// split and inserted as it is, so that ending the write needs no room; then it is merged.

import PageCache

extension ExtentTree {
    private struct Path {
        var leaf: Int
        var item: Int
    }

    private subscript(path: Path) -> Extent {
        get { leaves[path.leaf][path.item] }
        set { leaves[path.leaf][path.item] = newValue }
    }

    private static func lastIndex<T>(of items: [T], where isIn: (T) -> Bool) -> Int? {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if isIn(items[middle]) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    /// ext4_find_extent: the last extent that does not begin behind `block`, or the first of all;
    /// nil: there is none.
    private func find(_ block: UInt64) -> Path? {
        let leaf = Self.lastIndex(of: leaves) { ($0.first?.first ?? 0) <= block } ?? 0
        guard !leaves[leaf].isEmpty else { return nil }
        let item = Self.lastIndex(of: leaves[leaf]) { $0.first <= block } ?? 0
        return Path(leaf: leaf, item: item)
    }

    /// The extent that block stands in.
    private func path(to block: UInt64) -> Path? {
        guard let path = find(block), self[path].first <= block, block < self[path].end else {
            return nil
        }
        return path
    }

    // MARK: - Merging

    /// ext4_can_extents_be_merged.
    private func canMerge(_ a: Extent, _ b: Extent) -> Bool {
        let limit = Self.longest(isUnwritten: a.isUnwritten)
        return a.isUnwritten == b.isUnwritten && a.end == b.first
            && a.physical + a.count == b.physical && a.count + b.count <= limit
            && !(a.isUnwritten && keepsApart)
    }

    /// ext4_ext_try_to_merge_right, which does not look at the next leaf.
    private mutating func mergeRight(_ leaf: Int, _ item: Int) -> Bool {
        var hasMerged = false
        while item + 1 < leaves[leaf].count,
            canMerge(leaves[leaf][item], leaves[leaf][item + 1])
        {
            leaves[leaf][item].count += leaves[leaf][item + 1].count
            leaves[leaf].remove(at: item + 1)
            hasMerged = true
        }
        return hasMerged
    }

    /// ext4_ext_try_to_merge, and _up: a single leaf goes back into the inode where there is room.
    private mutating func merge(_ path: Path) {
        let hasMerged = path.item > 0 && mergeRight(path.leaf, path.item - 1)
        if !hasMerged { _ = mergeRight(path.leaf, path.item) }
        if isDeep, leaves.count == 1, leaves[0].count <= Self.inInode { isDeep = false }
    }

    // MARK: - Inserting

    /// ext4_ext_insert_extent.
    ///
    /// - Parameter merges: not EXT4_GET_BLOCKS_PRE_IO.
    public mutating func insert(_ new: Extent, merges: Bool) {
        var rest = new
        let limit = Self.longest(isUnwritten: new.isUnwritten)
        while rest.count > limit {
            var part = rest
            part.count = limit
            insertOne(part, merges: merges)
            rest.first += limit
            rest.physical += limit
            rest.count -= limit
        }
        insertOne(rest, merges: merges)
    }

    private mutating func insertOne(_ new: Extent, merges: Bool) {
        guard let found = find(new.first) else {
            leaves[0] = [new]
            return
        }
        if merges, extend(found, by: new) { return }
        let path = makeRoom(found, for: new)
        leaves[path.leaf].insert(new, at: path.item)
        if merges { merge(path) }
    }

    /// Appends or prepends the new blocks to an extent that they continue.
    private mutating func extend(_ found: Path, by new: Extent) -> Bool {
        var path = found
        var appends = true
        if path.item + 1 < leaves[path.leaf].count, self[path].end < new.first {
            path.item += 1
            appends = false
        } else if path.item > 0, new.end < self[path].first {
            path.item -= 1
        }
        if appends, canMerge(self[path], new) {
            self[path].count += new.count
        } else if canMerge(new, self[path]) {
            self[path].first = new.first
            self[path].physical = new.physical
            self[path].count += new.count
        } else {
            return false
        }
        merge(path)
        return true
    }

    /// Where the new extent goes in; a leaf that is full is split, or the inode's becomes a block.
    private mutating func makeRoom(_ found: Path, for new: Extent) -> Path {
        var path = found
        if leaves[path.leaf].count >= (isDeep ? Self.inBlock : Self.inInode) {
            let last = leaves[path.leaf].last!
            if isDeep, new.first > last.first, path.leaf + 1 < leaves.count,
                leaves[path.leaf + 1].count < Self.inBlock
            {
                return Path(leaf: path.leaf + 1, item: 0)
            }
            if !isDeep {
                isDeep = true
            } else if path.item + 1 < leaves[path.leaf].count {
                let border = path.item + 1
                let moved = Array(leaves[path.leaf][border...])
                leaves[path.leaf].removeSubrange(border...)
                leaves.insert(moved, at: path.leaf + 1)
            } else {
                leaves.insert([], at: path.leaf + 1)
                return Path(leaf: path.leaf + 1, item: 0)
            }
        }
        if new.first > self[path].first { path.item += 1 }
        return path
    }

    // MARK: - Splitting and converting

    /// ext4_split_extent_at, of the extent that `block` stands in. Both parts get the states that
    /// are asked for; where the extent begins with the block it is not split.
    private mutating func split(
        at block: UInt64, leftUnwritten: Bool, rightUnwritten: Bool, merges: Bool
    ) {
        guard let path = path(to: block) else { return }
        let old = self[path]
        guard block > old.first else {
            self[path].isUnwritten = rightUnwritten
            if merges { merge(path) }
            return
        }
        self[path].count = block - old.first
        self[path].isUnwritten = leftUnwritten
        insertOne(
            Extent(
                first: block, count: old.end - block, physical: old.physical + (block - old.first),
                isUnwritten: rightUnwritten), merges: merges)
    }

    /// ext4_split_extent: the range becomes an extent of its own, unwritten if that is asked for
    /// and the extent was.
    private mutating func split(
        first: UInt64, count: UInt64, staysUnwritten: Bool, merges: Bool
    ) {
        guard let path = path(to: first) else { return }
        let isUnwritten = self[path].isUnwritten
        if first + count < self[path].end {
            split(
                at: first + count, leftUnwritten: isUnwritten, rightUnwritten: isUnwritten,
                merges: false)
        }
        split(
            at: first, leftUnwritten: isUnwritten,
            rightUnwritten: isUnwritten && staysUnwritten, merges: merges)
    }

    /// Each piece of the range that lies in one extent, and what is unwritten of it.
    private mutating func forEachPiece(
        _ first: UInt64, _ end: UInt64, where isUnwritten: Bool,
        _ body: (inout Self, UInt64, UInt64) -> Void
    ) {
        var block = first
        while block < end {
            guard let path = find(block) else { return }
            let found = self[path]
            if block < found.first {
                block = found.first
            } else if block >= found.end {
                guard let next = next(behind: path) else { return }
                block = next.first
            } else {
                if found.isUnwritten == isUnwritten { body(&self, block, end - block) }
                block = min(found.end, end)
            }
        }
    }

    private func next(behind path: Path) -> Extent? {
        if path.item + 1 < leaves[path.leaf].count { return leaves[path.leaf][path.item + 1] }
        return path.leaf + 1 < leaves.count ? leaves[path.leaf + 1].first : nil
    }

    /// EXT4_GET_BLOCKS_PRE_IO over an unwritten extent: the part that is written to is split off.
    public mutating func prepare(first: UInt64, count: UInt64) {
        guard let path = path(to: first), self[path].isUnwritten else { return }
        split(
            first: first, count: min(count, self[path].end - first), staysUnwritten: true,
            merges: false)
        keepsApart = true
    }

    /// ext4_convert_unwritten_extents: what was written past the cache is written now.
    public mutating func convert(first: UInt64, count: UInt64) {
        change(first: first, count: count, isUnwritten: false)
    }

    /// EXT4_GET_BLOCKS_CONVERT_UNWRITTEN: written blocks become unwritten.
    public mutating func makeUnwritten(first: UInt64, count: UInt64) {
        change(first: first, count: count, isUnwritten: true)
    }

    /// ext4_convert_unwritten_extents_endio, convert_initialized_extent.
    private mutating func change(first: UInt64, count: UInt64, isUnwritten: Bool) {
        forEachPiece(first, first + count, where: !isUnwritten) { tree, block, count in
            let old = tree[tree.path(to: block)!]
            if old.first != block || old.count > count {
                tree.split(
                    first: block, count: count, staysUnwritten: !isUnwritten, merges: false)
            }
            let path = tree.path(to: block)!
            tree[path].isUnwritten = isUnwritten
            tree.merge(path)
        }
    }

    // MARK: - Writing through the cache

    /// s_extent_max_zeroout_kb is 32: 8 blocks.
    private static let maxZeroout: UInt64 = 8

    /// ext4_ext_convert_to_initialized: an unwritten extent that is written to.
    ///
    /// Rather than splitting an extent three ways ext4 writes zeroes where little is left: over all
    /// of an extent of at most 8 blocks, over a rest of at most 8 behind the write, or of fewer
    /// than 8 before and with it. It does so only where the extent ends inside the file, and not
    /// when the blocks can be given to a written neighbour.
    ///
    /// - Parameter end: of the file, in blocks.
    /// - Returns: the blocks that are written now.
    public mutating func initialize(
        first: UInt64, count: UInt64, end: UInt64
    ) -> (blocks: Range<UInt64>, physical: UInt64)? {
        guard let path = path(to: first), self[path].isUnwritten else { return nil }
        let extent = self[path]
        let count = min(count, extent.end - first)
        var blocks = first..<first + count
        func result() -> (Range<UInt64>, UInt64) {
            (blocks, extent.physical + (blocks.lowerBound - extent.first))
        }
        if giveToNeighbour(path, blocks) { return result() }
        let mayZero = extent.end <= max(end, first + count)
        if mayZero, extent.count <= Self.maxZeroout {
            self[path].isUnwritten = false
            merge(path)
            blocks = extent.first..<extent.end
            return result()
        }
        let rest = extent.end - first
        if mayZero, rest > count {
            if rest <= Self.maxZeroout {
                blocks = first..<extent.end
            } else if first - extent.first + count < Self.maxZeroout {
                blocks = extent.first..<first + count
            }
        }
        split(
            first: blocks.lowerBound, count: UInt64(blocks.count), staysUnwritten: false,
            merges: true)
        return result()
    }

    /// A written extent in the same leaf, right before or behind, on the device too, takes over the
    /// blocks from either end of an extent.
    private mutating func giveToNeighbour(_ path: Path, _ blocks: Range<UInt64>) -> Bool {
        let extent = self[path]
        let count = UInt64(blocks.count)
        guard count < extent.count else { return false }
        if blocks.lowerBound == extent.first {
            guard path.item > 0 else { return false }
            let before = leaves[path.leaf][path.item - 1]
            guard !before.isUnwritten, before.end == extent.first,
                before.physical + before.count == extent.physical,
                before.count < Self.longest(isUnwritten: false) - count
            else { return false }
            leaves[path.leaf][path.item - 1].count += count
            self[path].first += count
            self[path].physical += count
            self[path].count -= count
            return true
        }
        guard blocks.upperBound == extent.end, path.item + 1 < leaves[path.leaf].count else {
            return false
        }
        let behind = leaves[path.leaf][path.item + 1]
        guard !behind.isUnwritten, behind.first == extent.end,
            behind.physical == extent.physical + extent.count,
            behind.count < Self.longest(isUnwritten: false) - count
        else { return false }
        leaves[path.leaf][path.item + 1].first -= count
        leaves[path.leaf][path.item + 1].physical -= count
        leaves[path.leaf][path.item + 1].count += count
        self[path].count -= count
        return true
    }

    // MARK: - Removing and moving

    /// ext4_ext_remove_space. An extent that goes on behind the hole is split there first.
    ///
    /// - Parameter end: nil: to the end, as a truncation does.
    public mutating func remove(from first: UInt64, to end: UInt64?) {
        if let end, let path = path(to: end - 1), self[path].end > end {
            let isUnwritten = self[path].isUnwritten
            split(
                at: end, leftUnwritten: isUnwritten, rightUnwritten: isUnwritten, merges: false)
        }
        for leaf in leaves.indices {
            guard let last = leaves[leaf].last, last.end > first,
                leaves[leaf][0].first < end ?? .max
            else { continue }
            leaves[leaf] = leaves[leaf].compactMap { extent in
                guard extent.end > first, extent.first < end ?? .max else { return extent }
                guard extent.first < first else { return nil }
                var kept = extent
                kept.count = first - extent.first
                return kept
            }
        }
        leaves.removeAll(where: \.isEmpty)
        if leaves.isEmpty {
            leaves = [[]]
            isDeep = false
        }
    }

    /// ext4_ext_shift_extents, downwards, after the blocks in front were removed.
    public mutating func moveDown(from start: UInt64, by distance: UInt64) {
        for leaf in leaves.indices {
            guard var item = leaves[leaf].firstIndex(where: { $0.first >= start }) else { continue }
            while item < leaves[leaf].count {
                leaves[leaf][item].first -= distance
                if item == 0 || !mergeRight(leaf, item - 1) { item += 1 }
            }
        }
    }

    /// ext4_insert_range: an extent that goes on in front of `start` is split, those from there on
    /// move up.
    public mutating func moveUp(from start: UInt64, by distance: UInt64) {
        if let path = path(to: start), self[path].first < start {
            let isUnwritten = self[path].isUnwritten
            split(
                at: start, leftUnwritten: isUnwritten, rightUnwritten: isUnwritten, merges: false)
        }
        for leaf in leaves.indices.reversed() {
            for item in leaves[leaf].indices.reversed() where leaves[leaf][item].first >= start {
                leaves[leaf][item].first += distance
                _ = mergeRight(leaf, item)
            }
        }
    }
}
