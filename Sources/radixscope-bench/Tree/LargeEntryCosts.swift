import XArray

/// Entries of order 9, of 512 indices each, in the XArray, beside the same indices one by one in
/// JudyL, which has no other way.
struct LargeEntryCosts: Codable {
    /// One operation on 512 indices. Times in nanoseconds.
    struct Row: Codable {
        let operation: String
        /// For 512 indices in the XArray.
        var time = 0.0
        /// For the same in JudyL; nil without the library.
        var judy: Double?
        /// Times of rounds over JudyL's of the same round, their median.
        var overJudy: Double?
    }

    static let order = 9
    static let indices = 512

    let entries: Int
    var rows: [Row] = []

    /// - Parameter indices: indices covered, rounded up to whole entries.
    static func measure(indices: Int, rounds: Int) -> LargeEntryCosts {
        let entries = (indices + Self.indices - 1) / Self.indices
        let judy = JudyLibrary.load()
        var times: [[Double]] = []
        var judyTimes: [[Double]] = []
        // The first round is not counted: it pays for memory that the kernel has yet to give.
        for round in 0...rounds {
            let own = ownTimes(entries)
            let other = judy.map { judyTimesOf($0, entries) }
            guard round > 0 else { continue }
            times.append(own)
            if let other { judyTimes.append(other) }
        }
        var costs = LargeEntryCosts(entries: entries)
        for (place, operation) in ["store", "load", "split to order 0", "erase"].enumerated() {
            var row = Row(operation: operation)
            row.time = median(times.map { $0[place] })
            if !judyTimes.isEmpty {
                row.judy = median(judyTimes.map { $0[place] })
                row.overJudy = median(zip(times, judyTimes).map { $0[place] / $1[place] })
            }
            costs.rows.append(row)
        }
        return costs
    }

    /// Store, load of each index, split, and erase of each index, of all entries.
    private static func ownTimes(_ entries: Int) -> [Double] {
        var array = XArray()
        var allocator = XArray.Allocator()
        var marks = [ProcessorClock.now()]
        for number in 0..<entries {
            var state = XArray.State(index(number), order: order)
            repeat {
                array.store(.pointer(UInt64(number) + 1), at: &state, allocator: &allocator)
            } while array.fetchNode(&state, allocator: &allocator)
        }
        marks.append(ProcessorClock.now())
        var sum: UInt64 = 0
        for key in 0..<UInt64(entries * indices) {
            sum &+= array.load(XArray.Index(key))?.rawValue ?? 0
        }
        marks.append(ProcessorClock.now())
        precondition(sum != 0, "nothing was found")
        for number in 0..<entries {
            var state = XArray.State(index(number))
            array.allocateForSplit(order: order, &state, allocator: &allocator)
            array.split(into: .pointer(UInt64(number) + 1), order: order, &state)
        }
        marks.append(ProcessorClock.now())
        for key in 0..<UInt64(entries * indices) {
            array.erase(at: XArray.Index(key), allocator: &allocator)
        }
        marks.append(ProcessorClock.now())
        precondition(array.isEmpty, "something was left")
        return times(marks, entries)
    }

    private static func judyTimesOf(_ judy: JudyLibrary, _ entries: Int) -> [Double] {
        var map: UnsafeRawPointer?
        let keys = 0..<UInt(entries * indices)
        var marks = [ProcessorClock.now()]
        for _ in 0..<2 {
            for key in keys { judy.insert(&map, key, nil)?.pointee = key + 4 }
            marks.append(ProcessorClock.now())
            if marks.count > 2 { continue }
            var sum: UInt = 0
            for key in keys { sum &+= judy.get(map, key, nil)?.pointee ?? 0 }
            marks.append(ProcessorClock.now())
            precondition(sum != 0, "nothing was found")
        }
        for key in keys { _ = judy.delete(&map, key, nil) }
        marks.append(ProcessorClock.now())
        return times(marks, entries)
    }

    private static func index(_ number: Int) -> XArray.Index {
        XArray.Index(UInt64(number * indices))
    }

    private static func times(_ marks: [UInt64], _ entries: Int) -> [Double] {
        zip(marks, marks.dropFirst()).map { Double($1 - $0) / Double(entries) }
    }
}
