// What keeps a text a text in each format. The texts come from canvases and captions, which hold
// nothing invisible; these functions hold for any text all the same.

/// Texts in XML and HTML.
enum XML {
    /// The text for an element or for an attribute in either quotes. What XML 1.0 has no place
    /// for is left out.
    static func escape(_ text: some StringProtocol) -> String {
        Escaper.escape(text) { bytes, at, result in
            switch bytes[at] {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "\""): result += "&quot;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            case 0x0A, 0x09: return 0
            case 0..<0x20, 0x7F: break
            // U+0080 to U+009F.
            case 0xC2: return (0x80...0x9F).contains(bytes[at + 1]) ? 2 : 0
            // U+FFFE and U+FFFF.
            case 0xEF: return bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE ? 3 : 0
            // The last two scalars of every other plane.
            case 0xF0...0xF4:
                let isLast = bytes[at + 1] & 0x0F == 0x0F && bytes[at + 2] == 0xBF
                return isLast && bytes[at + 3] >= 0xBE ? 4 : 0
            default: return 0
            }
            return 1
        }
    }
}

/// Texts in JSON.
enum JSONText {
    /// The text in quotes. Harmless in a `<script>` and in old JavaScript too: `<`, `>`, `&` and
    /// the line separators are escaped.
    static func quote(_ text: some StringProtocol) -> String {
        "\"" + body(text) + "\""
    }

    /// The text without its quotes.
    private static func body(_ text: some StringProtocol) -> String {
        Escaper.escape(text) { bytes, at, result in
            switch bytes[at] {
            case 0x22: result += "\\\"".utf8
            case 0x5C: result += "\\\\".utf8
            case 0x0A: result += "\\n".utf8
            case 0..<0x20, 0x26, 0x3C, 0x3E, 0x7F: append(UInt32(bytes[at]), to: &result)
            case 0xC2:
                guard (0x80...0x9F).contains(bytes[at + 1]) else { return 0 }
                append(UInt32(bytes[at + 1]), to: &result)
                return 2
            case 0xE2:
                guard bytes[at + 1] == 0x80, bytes[at + 2] & 0xFE == 0xA8 else { return 0 }
                append(0x2000 | UInt32(bytes[at + 2] & 0x3F), to: &result)
                return 3
            default: return 0
            }
            return 1
        }
    }

    /// `\u001b`.
    private static func append(_ value: UInt32, to result: inout [UInt8]) {
        result += "\\u".utf8
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(value >> shift & 0xF)
            result.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}

private enum Escaper {
    /// Copies the bytes of a text, but for those that `special` takes.
    ///
    /// - Parameter special: looks at the bytes from a place on, adds what is to stand there, and
    ///   returns how many bytes that replaces; 0: none is special here. Well-formed UTF-8 ends
    ///   no scalar early, so it may look at the rest of one.
    static func escape(
        _ text: some StringProtocol,
        _ special: (UnsafeBufferPointer<UInt8>, Int, inout [UInt8]) -> Int
    ) -> String {
        var text = String(text)
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count + bytes.count / 8)
            var at = 0
            while at < bytes.count {
                let taken = special(bytes, at, &result)
                if taken == 0 {
                    result.append(bytes[at])
                    at += 1
                } else {
                    at += taken
                }
            }
            return String(decoding: result, as: UTF8.self)
        }
    }
}
