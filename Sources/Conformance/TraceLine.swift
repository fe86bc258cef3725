import RadixTree

/// The header of a golden trace: what the tree must look like before the first operation.
struct TraceHeader: Decodable {
    let trace: String
    let mapShift: Int
    let tags: Int

    private enum CodingKeys: String, CodingKey {
        case trace, tags
        case mapShift = "map_shift"
    }

    var slotsPerNode: SlotsPerNode? {
        guard tags == RadixTree.Tag.allCases.count else { return nil }
        return SlotsPerNode.allCases.first { $0.shift == mapShift }
    }
}

/// One operation of a golden trace, as the line has it: inputs, then results.
struct TraceLine: Decodable {
    let i: Int
    let op: String
    let idx: HexNumber?
    let item: TraceEntry?
    let tag: Int?
    let first: HexNumber?
    let last: HexNumber?
    let nr: HexNumber?
    let iftag: Int?
    let settag: Int?
    let max: Int?
    let fail: Int?
    let r: TraceResult
    let firstOut: HexNumber?
    let alloc: Int?
    let free: Int?
    let pool: Int?
    let h: String
    let s: [String]?

    private enum CodingKeys: String, CodingKey {
        case i, op, idx, item, tag, first, last, nr, iftag, settag, max, fail
        case r, alloc, free, pool, h, s
        case firstOut = "first_out"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        i = try values.decode(Int.self, forKey: .i)
        op = try values.decode(String.self, forKey: .op)
        idx = try values.decodeIfPresent(HexNumber.self, forKey: .idx)
        item = try values.decodeIfPresent(TraceEntry.self, forKey: .item)
        tag = try values.decodeIfPresent(Int.self, forKey: .tag)
        first = try values.decodeIfPresent(HexNumber.self, forKey: .first)
        last = try values.decodeIfPresent(HexNumber.self, forKey: .last)
        nr = try values.decodeIfPresent(HexNumber.self, forKey: .nr)
        iftag = try values.decodeIfPresent(Int.self, forKey: .iftag)
        settag = try values.decodeIfPresent(Int.self, forKey: .settag)
        max = try values.decodeIfPresent(Int.self, forKey: .max)
        fail = try values.decodeIfPresent(Int.self, forKey: .fail)
        // `decodeIfPresent` would take a null, which is a result, for a missing field.
        r = try values.decode(TraceResult.self, forKey: .r)
        firstOut = try values.decodeIfPresent(HexNumber.self, forKey: .firstOut)
        alloc = try values.decodeIfPresent(Int.self, forKey: .alloc)
        free = try values.decodeIfPresent(Int.self, forKey: .free)
        pool = try values.decodeIfPresent(Int.self, forKey: .pool)
        h = try values.decode(String.self, forKey: .h)
        s = try values.decodeIfPresent([String].self, forKey: .s)
    }
}

/// A number written as "0x1f".
struct HexNumber: Decodable, Equatable {
    let value: UInt64

    init(_ value: UInt64) { self.value = value }

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let digits = text.dropFirst(2)
        guard text.hasPrefix("0x"), digits.first?.isHexDigit == true,
            let value = UInt64(digits, radix: 16)
        else { throw TraceTextError("\"\(text)\" is not a number from 0x0 to 0xffffffffffffffff") }
        self.value = value
    }

    var text: String { "0x" + String(value, radix: 16) }
}

/// An entry written as "p7" (a page) or "x7" (an exceptional entry).
struct TraceEntry: Decodable {
    let entry: RadixTree.Entry

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let digits = text.dropFirst()
        guard digits.first?.isNumber == true, let number = UInt64(digits), number < 1 << 62 else {
            throw TraceTextError("\"\(text)\" is not an entry such as \"p7\" or \"x7\"")
        }
        switch text.first {
        case "p" where number > 0: entry = .page(number)
        case "x": entry = .exceptional(number)
        default: throw TraceTextError("\"\(text)\" is not an entry such as \"p7\" or \"x7\"")
        }
    }
}

/// What an operation returned.
enum TraceResult: Decodable, Equatable, CustomStringConvertible {
    case null
    case number(Int)
    case text(String)
    case list([String])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let list = try? value.decode([String].self) {
            self = .list(list)
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    init(_ entry: RadixTree.Entry?) {
        self = entry.map { .text("\($0)") } ?? .null
    }

    var description: String {
        switch self {
        case .null: "null"
        case .number(let number): "\(number)"
        case .text(let text): text
        case .list(let list): "[" + list.joined(separator: ", ") + "]"
        }
    }
}

/// Text inside a line that does not say what it should.
struct TraceTextError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
