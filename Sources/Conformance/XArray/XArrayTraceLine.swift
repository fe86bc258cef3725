import XArray

/// A value in a golden trace of the XArray.
enum TraceValue: Decodable, Equatable, CustomStringConvertible {
    case null
    case number(Int)
    case text(String)
    case list([TraceValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else {
            self = .list(try value.decode([TraceValue].self))
        }
    }

    init(_ entry: XArray.Entry?) { self = entry.map { .text("\($0)") } ?? .null }

    init(_ slot: XArray.Slot) { self = slot == .empty ? .null : .text("\(slot)") }

    init(_ index: XArray.Index) { self = .text(HexNumber(index.rawValue).text) }

    init(_ error: XArrayError?) { self = .number(error?.rawValue ?? 0) }

    var description: String {
        switch self {
        case .null: "null"
        case .number(let number): "\(number)"
        case .text(let text): text
        case .list(let list): "[" + list.map(\.description).joined(separator: ", ") + "]"
        }
    }
}

/// One line of a golden trace of the XArray.
struct XArrayTraceLine {
    let fields: [String: TraceValue]

    subscript(name: String) -> TraceValue? { fields[name] }

    func text(_ name: String) throws -> String {
        guard case .text(let text)? = fields[name] else {
            throw TraceTextError("the field \"\(name)\" is missing or no text")
        }
        return text
    }

    func number(_ name: String) throws -> Int {
        guard case .number(let number)? = fields[name] else {
            throw TraceTextError("the field \"\(name)\" is missing or no number")
        }
        return number
    }

    /// - Returns: nil if the field is missing.
    func optionalNumber(_ name: String) throws -> Int? {
        fields[name] == nil ? nil : try number(name)
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        let number = try number(name)
        guard range ~= number else {
            throw TraceTextError(
                "\(name) is \(number), and must be \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }

    func index(_ name: String = "idx") throws -> XArray.Index {
        let text = try text(name)
        let digits = text.dropFirst(2)
        guard text.hasPrefix("0x"), digits.first?.isHexDigit == true,
            let value = UInt64(digits, radix: 16)
        else { throw TraceTextError("\"\(text)\" is not a number from 0x0 to 0xffffffffffffffff") }
        return XArray.Index(value)
    }

    /// - Returns: nil for NULL.
    func entry(_ name: String = "item") throws -> XArray.Entry? {
        switch fields[name] {
        case .null?: return nil
        case .text("z")?: return .zero
        case .text(let text)?:
            let digits = text.dropFirst()
            if digits.first?.isNumber == true, let number = UInt64(digits), number < 1 << 62 {
                if text.first == "p", number > 0 { return .pointer(number) }
                if text.first == "v" { return .value(number) }
            }
            throw TraceTextError("\"\(text)\" is not an entry such as \"p7\", \"v7\" or \"z\"")
        default: throw TraceTextError("the field \"\(name)\" is missing or no entry")
        }
    }

    func mark() throws -> XArray.Mark {
        guard let mark = XArray.Mark(rawValue: try number("mark")) else {
            throw TraceTextError("mark is \(try number("mark")); marks are 0, 1 and 2")
        }
        return mark
    }

    /// - Returns: nil if the line names none.
    func optionalMark() throws -> XArray.Mark? { fields["mark"] == nil ? nil : try mark() }

    /// The lines of a list of texts; nil if the field is missing.
    func lines(_ name: String) -> [String]? {
        guard case .list(let list)? = fields[name] else { return nil }
        return list.map(\.description)
    }
}

/// The header of a golden trace of the XArray.
struct XArrayTraceHeader {
    /// The kernels that the trace holds for.
    let versions: [XArray.Version]
    /// Whether states carry the callback that keeps the list of nodes with values only.
    let updates: Bool
    let options: XArray.Options
    /// Whether the lines say which nodes the callback saw.
    let tellsUpdates: Bool
    /// Whether the lines say what was freed.
    let tellsFreed: Bool

    init(_ line: XArrayTraceLine) throws {
        let shift = try line.number("map_shift")
        let marks = try line.number("marks")
        guard shift == 6, marks == 3 else {
            throw TraceTextError(
                "map_shift is \(shift) and marks \(marks); known is map_shift 6 with 3 marks")
        }
        versions = try (line.lines("kernels") ?? []).map { release in
            let number = release.split(separator: ".").prefix(2).joined(separator: ".")
            guard let version = XArray.Version(rawValue: number) else {
                throw TraceTextError("the kernel \"\(release)\" is not known; 6.1 and 6.12 are")
            }
            return version
        }
        guard !versions.isEmpty else { throw TraceTextError("no field \"kernels\"") }
        updates = line["update"] != nil
        switch line["flags"] {
        case nil: options = []
        case .text("ALLOC"): options = .trackFree
        case .text("ALLOC1"): options = .alloc1
        case let other?: throw TraceTextError("the flags \(other) are not known")
        }
        let kind = try line.text("kind")
        tellsUpdates = updates && kind != "writes"
        tellsFreed = kind == "directed"
    }
}
