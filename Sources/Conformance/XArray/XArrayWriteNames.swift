import XArray

/// How a trace names nodes where it lists single changes: those of before the operation by their
/// place, new ones by their number.
struct XArrayWriteNames {
    private var names: [XArray.NodeID: String]

    init(places: [XArray.NodeID: String]) { names = places }

    /// The places of an array's nodes: "6:0x1000".
    static func places(_ array: XArray) -> [XArray.NodeID: String] {
        var names: [XArray.NodeID: String] = [:]
        for id in array.preorder() {
            let node = array.node(id)
            names[id] = "\(node.shift):\(HexNumber(node.firstIndex().rawValue).text)"
        }
        return names
    }

    private func name(_ id: XArray.NodeID) -> String { names[id] ?? "?" }

    private func content(_ slot: XArray.Slot) -> String {
        if case .node(let id) = slot { return name(id) }
        return "\(slot)"
    }

    /// The trace's text for a change; nil for one that is only a name.
    mutating func text(_ change: XArray.Change) -> String? {
        switch change {
        case .joined(let number, let id):
            names[id] = "n\(number)"
            return nil
        case .made(let number): return "n\(number) new"
        case .unused(let number): return "n\(number) unused"
        case .freed(let id): return "\(name(id)) free"
        case .head(let slot): return "A head \(content(slot))"
        case .marks(let marks): return "A marks \(marks.rawValue)"
        case .shift(let id, let shift): return "\(name(id)) shift \(shift)"
        case .offset(let id, let offset): return "\(name(id)) offset \(offset)"
        case .parent(let id, let parent):
            return "\(name(id)) parent \(parent.map(name) ?? "-")"
        case .count(let id, let count): return "\(name(id)) count \(count)"
        case .values(let id, let count): return "\(name(id)) values \(count)"
        case .slot(let id, let offset, let slot):
            return "\(name(id)) slot\(offset) \(content(slot))"
        case .bitmap(let id, let mark, let bits):
            return "\(name(id)) m\(mark.rawValue) \(String(bits, radix: 16))"
        case .listed(let id, let isListed): return "\(name(id)) listed \(isListed ? 1 : 0)"
        }
    }
}
