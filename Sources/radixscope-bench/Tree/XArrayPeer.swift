import XArray

/// This project's XArray.
struct XArrayPeer: Peer {
    static let title = "XArray"
    static let tags = "in the nodes"

    private var array = XArray()
    private var allocator = XArray.Allocator()

    mutating func insert(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            let entry = XArray.Entry(Keys.value(key))
            let old = try? array.store(entry, at: XArray.Index(key), allocator: &allocator)
            if old == .some(nil) { sum &+= 1 }
        }
        return sum
    }

    func hit(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys { sum &+= array.load(XArray.Index(key))?.rawValue ?? 0 }
        return sum
    }

    func miss(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where array.load(XArray.Index(key)) == nil { sum &+= 1 }
        return sum
    }

    mutating func tag(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            array.setMark(.dirty, at: XArray.Index(key))
            sum &+= Keys.value(key)
        }
        return sum
    }

    func iterateTagged() -> UInt64 {
        var sum: UInt64 = 0
        for (index, entry) in array.entries(marked: .dirty) {
            sum &+= index.rawValue &+ entry.rawValue
        }
        return sum
    }

    func iterate() -> UInt64 {
        var sum: UInt64 = 0
        for (index, entry) in array.entries() { sum &+= index.rawValue &+ entry.rawValue }
        return sum
    }

    mutating func delete(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where array.erase(at: XArray.Index(key), allocator: &allocator) != nil {
            sum &+= 1
        }
        return sum
    }

    var bytes: Int? { array.nodeBytes }
}
