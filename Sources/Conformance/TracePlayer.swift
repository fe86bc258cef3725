import RadixTree

/// A tree that follows a trace, and the comparison after each operation.
struct TracePlayer {
    private var tree: RadixTree
    private var allocator: NodeAllocator
    private var poolBefore = 0

    struct Mismatch {
        let field: String
        let recorded: String
        let ours: String
    }

    init(slotsPerNode: SlotsPerNode) {
        tree = RadixTree(slotsPerNode: slotsPerNode)
        allocator = NodeAllocator(slotsPerNode: slotsPerNode)
    }

    /// Applies one operation.
    ///
    /// - Returns: the first field that differs, or nil.
    /// - Throws: `TraceTextError` if the line lacks what its operation needs.
    mutating func play(_ line: TraceLine) throws -> Mismatch? {
        let allocated = allocator.allocated
        let freed = allocator.freed
        allocator.beginOperation(failingCall: line.fail)
        var firstOut: HexNumber?
        let result = try apply(line, &firstOut)
        defer { poolBefore = allocator.poolCount }
        let pool = allocator.poolCount == poolBefore ? nil : allocator.poolCount
        let structure = tree.structure()
        return mismatch("r", line.r, result)
            ?? mismatch("first_out", line.firstOut?.text ?? "absent", firstOut?.text ?? "absent")
            ?? mismatch("alloc", line.alloc ?? 0, allocator.allocated - allocated)
            ?? mismatch("free", line.free ?? 0, allocator.freed - freed)
            ?? mismatch("pool", Self.text(line.pool), Self.text(pool))
            ?? mismatch("s", (line.s ?? structure).description, structure.description)
            ?? mismatch("h", line.h, Self.hash(structure))
    }

    private static func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "unchanged" }

    private func mismatch<Value: Equatable>(
        _ field: String, _ recorded: Value, _ ours: Value
    ) -> Mismatch? {
        if recorded == ours { return nil }
        return Mismatch(field: field, recorded: "\(recorded)", ours: "\(ours)")
    }

    /// 64-bit FNV-1a of the lines, each with its newline, as 16 hexadecimal digits.
    static func hash(_ lines: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for line in lines {
            for byte in Array(line.utf8) + [0x0a] {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

// MARK: - The operations

extension TracePlayer {
    private mutating func apply(
        _ line: TraceLine, _ firstOut: inout HexNumber?
    ) throws -> TraceResult {
        switch line.op {
        case "insert":
            let item = try need(line.item, "item", line).entry
            return Self.result(
                tree.insert(item, at: try index(line), allocator: &allocator))
        case "delete":
            return TraceResult(tree.delete(at: try index(line), allocator: &allocator))
        case "lookup": return TraceResult(tree.lookup(try index(line)))
        case "tag_set", "tag_clear", "tag_get": return try applyTag(line)
        case "range_tag_if_tagged":
            var first = RadixTree.Index(try need(line.first, "first", line).value)
            let tagged = tree.tagRange(
                first: &first, last: RadixTree.Index(try need(line.last, "last", line).value),
                limit: try need(line.nr, "nr", line).value,
                from: try tag(line.iftag, "iftag", line), to: try tag(line.settag, "settag", line))
            firstOut = HexNumber(first.rawValue)
            return .number(Int(clamping: tagged))
        case "gang_lookup", "gang_lookup_tag": return try applyGang(line)
        case "next_hole":
            let hole = tree.nextHole(from: try index(line), limit: try limit(line))
            return .text(HexNumber(hole.rawValue).text)
        case "prev_hole":
            let hole = tree.previousHole(from: try index(line), limit: try limit(line))
            return .text(HexNumber(hole.rawValue).text)
        case "preload": return .number(allocator.preload() ? 0 : -12)
        default: throw TraceTextError("unknown operation \"\(line.op)\"")
        }
    }

    private mutating func applyTag(_ line: TraceLine) throws -> TraceResult {
        let tag = try tag(line.tag, "tag", line)
        switch line.op {
        case "tag_set":
            let index = try index(line)
            switch tree.setTag(tag, at: index) {
            case .tagged: return TraceResult(tree.lookup(index))
            case .absent: return .null
            case .bug: return .text("BUG")
            }
        case "tag_clear": return TraceResult(tree.clearTag(tag, at: try index(line)))
        default: return .number(tree.hasTag(tag, at: try index(line)) ? 1 : 0)
        }
    }

    private func applyGang(_ line: TraceLine) throws -> TraceResult {
        let first = RadixTree.Index(try need(line.first, "first", line).value)
        let max = try limit(line)
        let found =
            line.op == "gang_lookup"
            ? tree.gangLookup(from: first, max: max)
            : tree.gangLookup(from: first, max: max, tagged: try tag(line.tag, "tag", line))
        return .list(found.map { "\($0.entry)" })
    }

    private static func result(_ result: RadixTree.InsertResult) -> TraceResult {
        switch result {
        case .inserted: .number(0)
        case .exists: .number(-17)
        case .outOfMemory: .number(-12)
        case .bug: .text("BUG")
        }
    }

    private func need<Value>(_ value: Value?, _ field: String, _ line: TraceLine) throws -> Value {
        guard let value else { throw TraceTextError("\(line.op) needs the field \"\(field)\"") }
        return value
    }

    private func index(_ line: TraceLine) throws -> RadixTree.Index {
        RadixTree.Index(try need(line.idx, "idx", line).value)
    }

    private func limit(_ line: TraceLine) throws -> Int {
        let max = try need(line.max, "max", line)
        guard max >= 0 else { throw TraceTextError("max is \(max), and must not be negative") }
        return max
    }

    private func tag(_ number: Int?, _ field: String, _ line: TraceLine) throws -> RadixTree.Tag {
        let number = try need(number, field, line)
        guard let tag = RadixTree.Tag(rawValue: number) else {
            throw TraceTextError("\(field) is \(number); tags are 0, 1 and 2")
        }
        return tag
    }
}
