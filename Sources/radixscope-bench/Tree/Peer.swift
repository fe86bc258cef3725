import HashTreeCollections
import RadixTree

/// A map with tags that can be measured. Every function returns a sum over what it found, so
/// that no work can be left out and all peers can be seen to have done the same.
protocol Peer {
    static var title: String { get }
    /// What the peer keeps its tags in.
    static var tags: String { get }

    mutating func insert(_ keys: [UInt64]) -> UInt64
    func hit(_ keys: [UInt64]) -> UInt64
    func miss(_ keys: [UInt64]) -> UInt64
    mutating func tag(_ keys: [UInt64]) -> UInt64
    func iterateTagged() -> UInt64
    func iterate() -> UInt64
    mutating func delete(_ keys: [UInt64]) -> UInt64
    /// Bytes in use, without the tags if they are kept apart; nil if only the heap knows.
    var bytes: Int? { get }
}

/// This project's tree.
struct RadixTreePeer: Peer {
    static let title = "RadixTree"
    static let tags = "in the nodes"

    private var tree = RadixTree()
    private var allocator = NodeAllocator()

    mutating func insert(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            let entry = RadixTree.Entry(Keys.value(key))
            if tree.insert(entry, at: RadixTree.Index(key), allocator: &allocator) == .inserted {
                sum &+= 1
            }
        }
        return sum
    }

    func hit(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys { sum &+= tree.lookup(RadixTree.Index(key))?.rawValue ?? 0 }
        return sum
    }

    func miss(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where tree.lookup(RadixTree.Index(key)) == nil { sum &+= 1 }
        return sum
    }

    mutating func tag(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            if tree.setTag(.dirty, at: RadixTree.Index(key)) == .tagged { sum &+= Keys.value(key) }
        }
        return sum
    }

    func iterateTagged() -> UInt64 {
        var sum: UInt64 = 0
        for (index, entry) in tree.entries(tagged: .dirty) {
            sum &+= index.rawValue &+ entry.rawValue
        }
        return sum
    }

    func iterate() -> UInt64 {
        var sum: UInt64 = 0
        for (index, entry) in tree.entries() { sum &+= index.rawValue &+ entry.rawValue }
        return sum
    }

    mutating func delete(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where tree.delete(at: RadixTree.Index(key), allocator: &allocator) != nil {
            sum &+= 1
        }
        return sum
    }

    var bytes: Int? { tree.nodeBytes }
}

/// A map of the standard library or of swift-collections.
protocol KeyedMap: Sequence where Element == (key: UInt64, value: UInt64) {
    static var title: String { get }

    init()
    var count: Int { get }
    subscript(key: UInt64) -> UInt64? { get set }
    mutating func removeValue(forKey key: UInt64) -> UInt64?
}

/// The standard library's hash table.
extension Dictionary: KeyedMap where Key == UInt64, Value == UInt64 {
    static var title: String { "Dictionary" }
}

/// swift-collections' persistent hash tree, whose copies share what they have in common.
extension TreeDictionary: KeyedMap where Key == UInt64, Value == UInt64 {
    static var title: String { "TreeDictionary" }
}

typealias DictionaryPeer = MapPeer<[UInt64: UInt64], Set<UInt64>>
typealias TreeDictionaryPeer = MapPeer<TreeDictionary<UInt64, UInt64>, TreeSet<UInt64>>

/// A map that keeps its tags in a set beside it.
struct MapPeer<Map: KeyedMap, Tags: SetAlgebra & Sequence>: Peer where Tags.Element == UInt64 {
    static var title: String { Map.title }
    static var tags: String { Tags.self == Set<UInt64>.self ? "a Set" : "a TreeSet" }

    private var map = Map()
    private var tagged = Tags()

    mutating func insert(_ keys: [UInt64]) -> UInt64 {
        for key in keys { map[key] = Keys.value(key) }
        return UInt64(map.count)
    }

    func hit(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys { sum &+= map[key] ?? 0 }
        return sum
    }

    func miss(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where map[key] == nil { sum &+= 1 }
        return sum
    }

    mutating func tag(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys {
            tagged.insert(key)
            sum &+= Keys.value(key)
        }
        return sum
    }

    func iterateTagged() -> UInt64 {
        var sum: UInt64 = 0
        for key in tagged { sum &+= key &+ (map[key] ?? 0) }
        return sum
    }

    func iterate() -> UInt64 {
        var sum: UInt64 = 0
        for (key, value) in map { sum &+= key &+ value }
        return sum
    }

    mutating func delete(_ keys: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for key in keys where map.removeValue(forKey: key) != nil { sum &+= 1 }
        tagged = []
        return sum
    }

    var bytes: Int? { nil }
}
