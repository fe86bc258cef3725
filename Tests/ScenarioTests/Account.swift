import Kernel
import PageCache

/// A file as its users know it: its bytes, its size, the private copies of its pages, and what
/// fsync has promised.
///
/// It is written from what the calls promise (read(2), write(2), mmap(2), fsync(2) and so on), and
/// knows nothing of how a kernel keeps a file: no cache, no tree, no blocks.
struct Account {
    /// The bytes of a page, and those of which nobody can say which of some values they have.
    struct Contents {
        var bytes = [UInt8](repeating: 0, count: Account.pageSize)
        var doubts: [Int: Set<UInt8>] = [:]

        /// Whether a byte may be seen as `value`.
        func allows(_ value: UInt8, at offset: Int) -> Bool {
            doubts[offset]?.contains(value) ?? (bytes[offset] == value)
        }

        mutating func fill(_ offsets: Range<Int>, _ value: UInt8) {
            for offset in offsets { bytes[offset] = value }
            if !doubts.isEmpty { for offset in offsets { doubts[offset] = nil } }
        }
    }

    struct Mapping {
        var first: UInt64
        var pages: UInt64
        var isShared: Bool
        var isWritable: Bool
        var copies: [UInt64: Contents] = [:]
    }

    static let pageSize = 4096

    let isXFS: Bool
    private(set) var size: UInt64
    /// By page of the file; zeroes where there is none. Those behind the end are in the last page.
    private(set) var pages: [UInt64: Contents] = [:]
    private(set) var mappings: [String: Mapping] = [:]
    /// What must be left when the power goes, by page.
    private(set) var kept: [UInt64: Contents] = [:]
    /// What was changed since, by page.
    private(set) var changed: [UInt64: [Range<Int>]] = [:]

    init(size: UInt64, isXFS: Bool) {
        self.size = size
        self.isXFS = isXFS
    }

    func contents(_ page: UInt64) -> Contents { pages[page] ?? Contents() }

    /// What a mapping shows.
    func contents(_ page: UInt64, through map: Mapping) -> Contents {
        map.copies[page] ?? contents(page)
    }

    /// Pages that have a byte of the file, and can be accessed through a mapping.
    var pageCount: UInt64 { (size + UInt64(Self.pageSize) - 1) / UInt64(Self.pageSize) }

    // MARK: Changes

    mutating func map(_ name: String, _ mapping: Mapping) { mappings[name] = mapping }

    mutating func unmap(_ name: String) { mappings[name] = nil }

    mutating func store(_ value: UInt8, _ name: String, _ page: UInt64, _ offset: Int) {
        guard let map = mappings[name] else { return }
        if map.isShared {
            change(page, offset..<(offset + 1), value)
        } else {
            var copy = contents(page, through: map)
            copy.fill(offset..<(offset + 1), value)
            mappings[name]!.copies[page] = copy
        }
    }

    mutating func write(_ value: UInt8, at offset: UInt64, count: UInt64) {
        guard count > 0 else { return }
        if offset > size { grow(to: offset) }
        change(offset..<(offset + count), value)
        size = max(size, offset + count)
    }

    mutating func truncate(to new: UInt64) {
        if new > size { return grow(to: new) }
        let end = pageCount
        size = new
        for page in pages.keys where page >= pageCount { pages[page] = nil }
        for page in kept.keys where page >= pageCount {
            kept[page] = nil
            changed[page] = nil
        }
        // A page of which a part stays is cleared behind the end, whatever copies hold.
        let rest = Int(new % UInt64(Self.pageSize))
        if rest > 0, pageCount <= end { change(pageCount - 1, rest..<Self.pageSize, 0) }
        for name in mappings.keys {
            mappings[name]!.copies = mappings[name]!.copies.filter { $0.key < pageCount }
        }
    }

    /// The file gets longer: what was stored behind its end through a mapping may be seen now, but
    /// on XFS, which clears it.
    mutating func grow(to new: UInt64) {
        let page = size / UInt64(Self.pageSize)
        let exposed = (size..<new).offsets(inPage: page)
        if var last = pages[page] {
            for offset in exposed where last.bytes[offset] != 0 {
                last.doubts[offset] = isXFS ? [0] : [0, last.bytes[offset]]
                if isXFS { last.bytes[offset] = 0 }
            }
            pages[page] = last
        }
        size = new
    }

    mutating func clear(_ bytes: Range<UInt64>) {
        // What lies behind the end may stay.
        guard bytes.lowerBound < size else { return }
        let inside = bytes.clamped(to: 0..<size)
        for page in Array(pages.keys) {
            let offsets = inside.offsets(inPage: page)
            if !offsets.isEmpty { change(page, offsets, 0) }
        }
    }

    /// The pages are taken out; those behind them move down. On ext4 copies of what
    /// moves are gone.
    mutating func collapse(_ gone: Range<UInt64>) {
        let count = gone.upperBound - gone.lowerBound
        move(from: gone.lowerBound) { page in gone.contains(page) ? nil : page - count }
        size -= count * UInt64(Self.pageSize)
        // The end comes down as it does in a truncation.
        for name in mappings.keys {
            mappings[name]!.copies = mappings[name]!.copies.filter { $0.key < pageCount }
        }
    }

    mutating func insert(_ new: Range<UInt64>) {
        let count = new.upperBound - new.lowerBound
        move(from: new.lowerBound) { $0 + count }
        size += count * UInt64(Self.pageSize)
    }

    /// What was promised of pages that move is not followed.
    private mutating func move(from first: UInt64, _ place: (UInt64) -> UInt64?) {
        let old = pages
        pages = old.filter { $0.key < first }
        for (page, contents) in old where page >= first {
            if let place = place(page) { pages[place] = contents }
        }
        kept = kept.filter { $0.key < first }
        changed = changed.filter { $0.key < first }
        // XFS unmaps pages of the cache only.
        guard !isXFS else { return }
        for name in mappings.keys {
            mappings[name]!.copies = mappings[name]!.copies.filter { $0.key < first }
        }
    }

    /// Every mapping is gone.
    mutating func closeAll() { mappings = [:] }

    private mutating func change(_ bytes: Range<UInt64>, _ value: UInt8) {
        for page in bytes.pages { change(page, bytes.offsets(inPage: page), value) }
    }

    private mutating func change(_ page: UInt64, _ offsets: Range<Int>, _ value: UInt8) {
        pages[page, default: Contents()].fill(offsets, value)
        changed[page, default: []].append(offsets)
    }

    /// A truncation has failed, perhaps after it cleared the rest of the last page.
    mutating func doubtEnd(from new: UInt64) {
        let end = (new / UInt64(Self.pageSize) + 1) * UInt64(Self.pageSize)
        if new < size { doubt(new..<end, 0) }
    }

    /// Nobody knows any more what these bytes are: one of two values each.
    mutating func doubt(_ bytes: Range<UInt64>, _ value: UInt8) {
        guard bytes.lowerBound < size else { return }
        let bytes = bytes.clamped(to: 0..<(pageCount * UInt64(Self.pageSize)))
        for page in bytes.pages {
            let offsets = bytes.offsets(inPage: page)
            var contents = contents(page)
            for offset in offsets {
                contents.doubts[offset, default: [contents.bytes[offset]]].insert(value)
            }
            pages[page] = contents
            changed[page, default: []].append(offsets)
        }
    }

    /// fsync or msync has returned 0.
    mutating func keep(_ range: Range<UInt64>) {
        for page in Set(pages.keys).union(kept.keys) where range.contains(page) {
            kept[page] = pages[page]
            // Behind the end nothing is promised.
            let end = Int(clamping: size - min(size, page * UInt64(Self.pageSize)))
            changed[page] = end < Self.pageSize ? [end..<Self.pageSize] : nil
        }
    }

    /// Nothing is promised any more of what was changed: writing it has failed.
    mutating func forgetPromises() {
        kept = [:]
        changed = [:]
    }

    // MARK: Questions

    /// Whether a load of a byte may see `value`: behind the end of the file, in its last page, what
    /// was stored there or nothing.
    func allows(_ value: UInt8, _ page: UInt64, _ offset: Int, through map: Mapping) -> Bool {
        if map.copies[page] == nil, page * UInt64(Self.pageSize) + UInt64(offset) >= size,
            value == 0
        {
            return true
        }
        return contents(page, through: map).allows(value, at: offset)
    }

    /// The first byte of `found` that the file cannot have at `offset`.
    func wrong(_ found: [(count: UInt64, value: UInt8)], at offset: UInt64) -> UInt64? {
        var position = offset
        for run in found {
            let end = position + run.count
            for page in (position..<end).pages {
                let contents = contents(page)
                for byte in (position..<end).offsets(inPage: page)
                where !contents.allows(run.value, at: byte) {
                    return page * UInt64(Self.pageSize) + UInt64(byte)
                }
            }
            position = end
        }
        return nil
    }

    /// The first byte that a device does not hold although it was promised.
    ///
    /// - Parameter block: what the device holds of a page; nil: nobody knows.
    func lost(_ block: (UInt64) -> PageBytes?) -> UInt64? {
        for (page, contents) in kept.sorted(by: { $0.key < $1.key }) where page < pageCount {
            guard let found = block(page) else { continue }
            let end = Int(min(size - page * UInt64(Self.pageSize), UInt64(Self.pageSize)))
            let since = changed[page] ?? []
            for part in found.segments {
                for offset in part.offsets.clamped(to: 0..<end)
                where !contents.allows(part.value, at: offset)
                    && !since.contains(where: { $0.contains(offset) })
                {
                    return page * UInt64(Self.pageSize) + UInt64(offset)
                }
            }
        }
        return nil
    }
}
