import Canvas
import Testing

@Suite struct WidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("漢字", 4), ("e\u{301}", 1), ("🙂", 2), ("한국", 4), ("ﾊ", 1), ("Ａ", 2),
        ("a\u{1B}b", 3), ("a\u{202E}b", 3), ("\u{301}", 1), ("┌─┐", 3), ("✔\u{FE0F}", 1),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("👩\u{200D}🔬", 5),
    ])
    func columns(text: String, width: Int) {
        #expect(displayWidth(text) == width)
    }

    /// The standard library brings its own copy of the Unicode database.
    @Test func tablesAgreeWithTheStandardLibrary() {
        var wrong: [String] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), isOldEnough(scalar) else { continue }
            let name = "U+" + String(value, radix: 16)
            let alone = sanitised(String(Character(scalar)))
            if acts(scalar) && alone.unicodeScalars.contains(scalar) {
                wrong.append(name + " acts")
            }
            let after = displayWidth("x" + String(Character(scalar)))
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark:
                if !acts(scalar) && after != 1 { wrong.append(name + " is a mark") }
            case .uppercaseLetter, .lowercaseLetter, .decimalNumber, .mathSymbol:
                if after == 1 { wrong.append(name + " has no column") }
            default: break
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(20))")
    }

    /// In the Unicode version that the tables are of.
    private func isOldEnough(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return age.major <= 14
    }

    @Test func controlsAreShownAsPictures() {
        #expect(sanitised("a\u{1B}[31m\n\t\u{7F}") == "a␛[31m␊␉␡")
    }

    @Test(arguments: [
        "\u{202E}", "\u{2066}", "\u{200B}", "\u{200D}", "\u{FEFF}", "\u{9B}", "\u{AD}",
    ])
    func invisibleScalarsAreShown(hidden: String) {
        #expect(sanitised("a" + hidden + "b") == "a\u{FFFD}b")
    }

    @Test func marksDoNotPileUp() {
        #expect(sanitised("e\u{301}\u{302}\u{303}\u{304}x") == "e\u{301}\u{302}x")
    }

    @Test func prefixStopsBeforeAWideGraphemeThatDoesNotFit() {
        let cut = prefix(of: "a漢b", columns: 2)
        #expect(cut.text == "a" && cut.width == 1)
    }
}
