// What keeps a text a text in each format. The texts come from canvases and captions, which hold
// nothing invisible; these functions hold for any text all the same.

/// Texts in XML and HTML.
enum XML {
    /// The text for an element or for an attribute in either quotes. What XML 1.0 has no place
    /// for is left out.
    static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: if isCharacter(scalar.value) { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    private static func isCharacter(_ value: UInt32) -> Bool {
        value >= 0x20 && !(0x7F...0x9F).contains(value) && value & 0xFFFE != 0xFFFE
    }
}

/// Texts in JSON.
enum JSONText {
    /// The text in quotes. Harmless in a `<script>` and in old JavaScript too: `<`, `>`, `&` and
    /// the line separators are escaped.
    static func quote(_ text: some StringProtocol) -> String {
        var result = "\""
        result.reserveCapacity(text.utf8.count + 2)
        append(text, to: &result)
        result += "\""
        return result
    }

    /// The text without its quotes.
    static func append(_ text: some StringProtocol, to result: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0..<0x20, 0x26, 0x3C, 0x3E, 0x7F...0x9F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
