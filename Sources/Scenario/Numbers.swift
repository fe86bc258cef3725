/// Why a spelling is not a value.
struct Refusal: Error, Equatable {
    var message: String
    var hint: String?
}

extension NumberRule {
    private static let units: [(name: String, shift: UInt64)] = [
        ("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50), ("EiB", 60),
    ]

    /// `512`, `1_000`, `0x200`; with units `4MiB` and `2 MiB`; wrapping `-1` and `2^64-1`.
    func parse(_ text: String) throws(Refusal) -> UInt64 {
        if wraps, let value = try wrapped(text) { return try inRange(value, text) }
        if text.hasPrefix("-"), text.dropFirst().first?.isNumber == true {
            throw Refusal(message: "\(noun) cannot be negative: found \(quoted(text))", hint: nil)
        }
        let body = text.prefix { $0.isASCII && ($0.isHexDigit || $0 == "_" || $0 == "x") }
        let digits =
            text.hasPrefix("0x") ? body : text.prefix { $0.isASCII && ($0.isNumber || $0 == "_") }
        let unit = String(text.dropFirst(digits.count).drop { $0 == " " })
        let value = try whole(String(digits), written: text)
        guard !unit.isEmpty else { return try inRange(value, text) }
        guard takesUnits else {
            throw Refusal(
                message: "expected \(noun), found \(quoted(text))",
                hint: NumberRule.units.contains { $0.name == unit }
                    ? "this number is not in bytes and takes no unit" : nil)
        }
        if unit.hasPrefix(".") {
            throw Refusal(
                message: "\(quoted(text)) is not a whole number", hint: "use a smaller unit")
        }
        guard let found = NumberRule.units.first(where: { $0.name == unit }) else {
            let names = NumberRule.units.map(\.name)
            let first = unit.first?.uppercased()
            let near = names.first { $0.first?.uppercased() == first && $0 != "B" }
            throw Refusal(
                message: "unknown unit \(quoted(unit))",
                hint: near.map { "did you mean '\($0)'?" }
                    ?? "units are " + names.joined(separator: ", "))
        }
        let (bytes, overflow) = value.multipliedReportingOverflow(by: 1 << found.shift)
        if overflow { throw beyond(text) }
        return try inRange(bytes, text)
    }

    /// A number below zero, as the kernel's unsigned counters show it; nil when it is none.
    private func wrapped(_ text: String) throws(Refusal) -> UInt64? {
        for prefix in ["2^64-", "2^64 - ", "-"] where text.hasPrefix(prefix) {
            let value = try whole(String(text.dropFirst(prefix.count)), written: text)
            guard value > 0 || prefix == "-" else { throw beyond(text) }
            return 0 &- value
        }
        return nil
    }

    private func whole(_ digits: String, written: String) throws(Refusal) -> UInt64 {
        let isHex = digits.hasPrefix("0x")
        let body = isHex ? digits.dropFirst(2) : digits[...]
        let plain = body.filter { $0 != "_" }
        guard let first = body.first, first != "_", body.last != "_", !plain.contains("x"),
            isHex || plain.allSatisfy({ $0.isASCII && $0.isNumber })
        else {
            throw Refusal(message: "expected \(noun), found \(quoted(written))", hint: nil)
        }
        if !isHex, plain.count > 1, first == "0" {
            throw Refusal(
                message: "\(quoted(written)) starts with a zero",
                hint: "numbers are decimal, or hexadecimal with 0x")
        }
        guard let value = UInt64(plain, radix: isHex ? 16 : 10) else { throw beyond(written) }
        return value
    }

    private func inRange(_ value: UInt64, _ text: String) throws(Refusal) -> UInt64 {
        guard range.contains(value) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            throw Refusal(
                message: "\(quoted(text)) is out of range", hint: "\(noun) is \(bounds)")
        }
        return value
    }

    private func beyond(_ text: String) -> Refusal {
        Refusal(
            message: "\(quoted(text)) does not fit in 64 bits",
            hint: "\(noun) is from \(range.lowerBound) to \(range.upperBound)")
    }

    /// `5` or `0..7`, both ends included.
    func parseRange(_ text: String) throws(Refusal) -> ClosedRange<UInt64> {
        guard let dots = text.firstRange(of: "..") else {
            let value = try parse(text)
            return value...value
        }
        let first = try parse(trimmed(String(text[..<dots.lowerBound])))
        let rest = trimmed(String(text[dots.upperBound...]))
        if rest.hasPrefix(".") || rest.hasPrefix("<") {
            throw Refusal(
                message: "\(quoted(text)) is not a range", hint: "0..7 has both ends included")
        }
        let last = try parse(rest)
        guard first <= last else {
            throw Refusal(
                message: "the range \(quoted(text)) ends before it starts",
                hint: "did you mean \(last)..\(first)?")
        }
        return first...last
    }
}

/// Without white space at either end.
func trimmed(_ text: String) -> String {
    var slice = text[...]
    while slice.last?.isWhitespace == true { slice.removeLast() }
    return String(slice.drop { $0.isWhitespace })
}

extension StringProtocol {
    /// The first place where `other` stands, without Foundation.
    fileprivate func firstRange(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) {
                return start..<index(start, offsetBy: other.count)
            }
            start = index(after: start)
        }
        return nil
    }
}

/// A size in the largest unit that keeps it whole: `4MiB`, `1000`.
func spelledSize(_ bytes: UInt64) -> String {
    let units: [(String, UInt64)] = [
        ("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10),
    ]
    for (name, shift) in units where bytes != 0 && bytes.trailingZeroBitCount >= shift {
        return "\(bytes >> shift)\(name)"
    }
    return "\(bytes)"
}

/// A counter, with small negative numbers as what they are: `2^64-1`.
func spelledCounter(_ value: UInt64) -> String {
    value > UInt64.max - 0xFFFF ? "2^64-\(0 &- value)" : "\(value)"
}

/// `5` or `0..7`.
func spelledRange(_ range: ClosedRange<UInt64>) -> String {
    let (first, last) = (range.lowerBound, range.upperBound)
    return first == last ? "\(first)" : "\(first)..\(last)"
}
