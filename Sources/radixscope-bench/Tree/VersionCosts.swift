import HashTreeCollections
import RadixTree

/// What it costs to be able to go back: a recorded operation of a `History` beside a kept copy of a
/// TreeDictionary for every operation; and a copy of a tree of a scenario's size.
struct VersionCosts: Codable {
    /// One kind of recorded operation. Times in nanoseconds an operation, bytes an operation.
    struct Recorded: Codable {
        let operation: String
        var time = 0.0
        var bytes = 0.0
        var undo = 0.0
        var redo = 0.0
        var treeDictionaryTime = 0.0
        var treeDictionaryBytes = 0.0
    }

    var recorded: [Recorded] = []
    /// Nodes of the small tree.
    var smallTreeNodes = 0
    /// Nanoseconds to copy the small tree and change the copy once.
    var smallTreeCopy = 0.0

    /// - Parameter entries: of the dense tree; also the number of recorded operations.
    static func measure(entries: Int, rounds: Int) -> VersionCosts {
        var costs = VersionCosts()
        let versions = max(entries / 10, 1)
        for operation in ["insert", "tag"] {
            var rows: [Recorded] = []
            // The first round is not counted: it pays for memory that the kernel has yet to give.
            for _ in 0...rounds {
                var row = Recorded(operation: operation)
                recordRadixTree(&row, entries)
                keepTreeDictionaries(&row, entries, versions)
                rows.append(row)
            }
            costs.recorded.append(medianOf(Array(rows.dropFirst())))
        }
        let copies = (0..<rounds).map { _ in copySmallTree() }
        costs.smallTreeNodes = smallTree().nodeCount
        costs.smallTreeCopy = median(copies)
        return costs
    }

    private static func medianOf(_ rows: [Recorded]) -> Recorded {
        var row = rows[0]
        for path in [
            \Recorded.time, \.bytes, \.undo, \.redo, \.treeDictionaryTime, \.treeDictionaryBytes,
        ] { row[keyPath: path] = median(rows.map { $0[keyPath: path] }) }
        return row
    }

    // Loops instead of closures around them: a variable that two closures share is checked for
    // overlapping accesses at run time, which would be measured too.

    private static func recordRadixTree(_ row: inout Recorded, _ entries: Int) {
        var history = History()
        if row.operation == "insert" {
            let start = ProcessorClock.now()
            insert(entries, &history)
            row.time = since(start, entries)
        } else {
            insert(entries, &history)
            history = History(history.tree)
            let start = ProcessorClock.now()
            for key in 0..<UInt64(entries) {
                history.record { _ = $0.setTag(.dirty, at: RadixTree.Index(key)) }
            }
            row.time = since(start, entries)
        }
        row.bytes = Double(history.bytes) / Double(history.count)
        let start = ProcessorClock.now()
        while history.undo() {}
        let middle = ProcessorClock.now()
        while history.redo() {}
        row.redo = since(middle, entries)
        row.undo = Double(middle - start) / Double(entries)
        precondition(history.position == entries)
    }

    private static func insert(_ entries: Int, _ history: inout History) {
        var allocator = NodeAllocator()
        for key in 0..<UInt64(entries) {
            let entry = RadixTree.Entry(Keys.value(key))
            history.record {
                _ = $0.insert(entry, at: RadixTree.Index(key), allocator: &allocator)
            }
        }
    }

    private static func since(_ start: UInt64, _ operations: Int) -> Double {
        Double(ProcessorClock.now() - start) / Double(operations)
    }

    private static func keepTreeDictionaries(
        _ row: inout Recorded, _ entries: Int, _ versions: Int
    ) {
        var map: TreeDictionary<UInt64, UInt64> = [:]
        for key in 0..<UInt64(entries) { map[key] = Keys.value(key) }
        var kept: [TreeDictionary<UInt64, UInt64>] = []
        kept.reserveCapacity(versions)
        let before = heapInUse()
        let isInsert = row.operation == "insert"
        let start = ProcessorClock.now()
        for number in 0..<UInt64(versions) {
            kept.append(map)
            map[isInsert ? UInt64(entries) + number : number &* 7] = 1
        }
        row.treeDictionaryTime = since(start, versions)
        row.treeDictionaryBytes = Double(heapInUse() - before) / Double(versions)
    }

    /// Twelve nodes: a file of 3 MiB with pages here and there.
    private static func smallTree() -> RadixTree {
        var tree = RadixTree()
        var allocator = NodeAllocator()
        for leaf: UInt64 in 0..<11 {
            for page: UInt64 in 0..<(leaf + 1) {
                let index = RadixTree.Index(leaf * 64 + page * 5)
                _ = tree.insert(.page(page + 1), at: index, allocator: &allocator)
            }
        }
        return tree
    }

    private static func copySmallTree() -> Double {
        let tree = smallTree()
        let times = 100_000
        var count = 0
        let start = ProcessorClock.now()
        for _ in 0..<times {
            var copy = tree
            if copy.setTag(.dirty, at: 64) == .tagged { count += 1 }
        }
        let each = since(start, times)
        precondition(count == times)
        return each
    }
}
