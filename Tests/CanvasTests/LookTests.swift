import Canvas
import Testing

@Suite struct ThemeTests {
    @Test(arguments: Theme.all)
    func nothingVanishes(theme: Theme) {
        for role in Role.allCases {
            for overlay in Overlay.allCases {
                let paint = theme.paint(for: Style(role, overlay: overlay))
                let visible = paint.foreground != paint.background || paint.foreground == .standard
                #expect(visible, "\(theme.name): \(role) under \(overlay)")
            }
        }
    }

    @Test(arguments: Theme.all)
    func theLoudOnesStandOut(theme: Theme) {
        let quiet: [Role] = [.text, .page, .zeroPage, .daxPTE, .daxPMD, .shadow, .swap, .empty]
        for loud in [Role.orphan, .leak, .bug, .counterWrong] {
            #expect(theme[loud].attributes.contains(.bold))
            for role in quiet { #expect(theme[loud] != theme[role], "\(theme.name): \(loud)") }
            let marked =
                theme[loud].background != theme[.text].background
                || theme[loud].attributes.contains(.reverse)
            #expect(marked, "\(theme.name): \(loud) needs a background of its own")
        }
    }

    @Test(arguments: Theme.all)
    func aMarkingShowsOnEveryRole(theme: Theme) {
        for role in Role.allCases {
            for overlay in [Overlay.changed, .selection] where role != overlay.role {
                let plain = theme.paint(for: Style(role))
                let marked = theme.paint(for: Style(role, overlay: overlay))
                let already = plain.attributes.isSuperset(of: theme[.changed].attributes)
                #expect(plain != marked || already, "\(theme.name): \(overlay) on \(role)")
            }
        }
    }

    @Test func monoHasNoColour() {
        for role in Role.allCases {
            #expect(Theme.mono[role].foreground == .standard)
            #expect(Theme.mono[role].background == .standard)
        }
    }

    @Test func themesAreFoundByName() {
        for theme in Theme.all { #expect(Theme.named(theme.name) == theme) }
        #expect(Theme.named("sepia") == nil)
        #expect(Set(Theme.all.map(\.name)).count == Theme.all.count)
    }

    @Test func aStyleIsTwoBytesAndACellSixteen() {
        #expect(MemoryLayout<Style>.size == 2)
        #expect(MemoryLayout<Cell>.stride == 16)
        let style = Style(.orphan, [.bold, .reverse], overlay: .match)
        #expect(style.attributes == [.bold, .reverse] && style.overlay == .match)
        #expect(style.description == "orphan bold reverse +match")
    }
}

@Suite struct GlyphTests {
    @Test(arguments: [Glyphs.utf8, .ascii])
    func everySignIsOneColumn(glyphs: Glyphs) {
        for glyph in Glyph.allCases {
            #expect(displayWidth(glyphs[glyph]) == 1, "\(glyph)")
            #expect(sanitised(glyphs[glyph]) == glyphs[glyph])
            if glyphs.isASCII { #expect(glyphs[glyph].utf8.count == 1, "\(glyph)") }
        }
    }

    /// Colour is never needed to tell what a slot holds.
    @Test(arguments: [Glyphs.utf8, .ascii])
    func slotsDiffer(glyphs: Glyphs) {
        let slots: [Glyph] = [
            .empty, .page, .zeroPage, .orphan, .leak, .daxPMD, .daxPTE, .shadow, .swap, .child,
            .covered,
        ]
        #expect(Set(slots.map { glyphs[$0] }).count == slots.count)
        let blocks: [Glyph] = [.hole, .unwritten, .written]
        #expect(Set(blocks.map { glyphs[$0] }).count == blocks.count)
        let mappings: [Glyph] = [.unmapped, .mappedRead, .mappedWrite, .mappedHuge]
        #expect(Set(mappings.map { glyphs[$0] }).count == mappings.count)
        let bar: [Glyph] = [
            .timelinePast, .timelineHead, .timelineFuture, .timelineOperation, .timelineFinding,
            .timelineBug, .timelineMark,
        ]
        #expect(Set(bar.map { glyphs[$0] }).count == bar.count)
    }
}

@Suite struct KeyTests {
    @Test func namesReadBack() {
        let named: [Key.Code] = [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .insert, .delete,
            .backspace, .enter, .tab, .escape, .function(1), .function(12), .character(" "),
        ]
        for code in named {
            for bits in 0..<8 {
                let key = Key(code, control: bits & 1 > 0, shift: bits & 2 > 0, alt: bits & 4 > 0)
                #expect(Key(key.description) == key, "\(key)")
            }
        }
        for value in UInt8(33)...126 {
            let key = Key(Unicode.Scalar(value))
            #expect(Key(key.description) == key)
            let control = Key(.character(Unicode.Scalar(value)), control: true)
            #expect(Key(control.description) == control)
        }
    }

    @Test(arguments: [
        "l", "C-l", "Left", "S-Tab", "Space", "Esc", "F12", "PageDown", "C-S-Right", "-", "C--",
    ])
    func theUsualNames(name: String) {
        #expect(Key(name)?.description == name)
    }

    @Test(arguments: ["", "ll", "C-", "X-l", "S-l", "F25", "Lefty", "\u{1B}", " ", "\u{202E}"])
    func noKeys(name: String) {
        #expect(Key(name) == nil)
    }

    @Test func typedText() {
        #expect(Key("é").typed == "é")
        #expect(Key("Space").typed == " ")
        #expect(Key("C-a").typed == nil)
        #expect(Key("Left").typed == nil)
    }
}

// The log of the tests names them, and not every colour.
extension Theme: CustomTestStringConvertible {
    public var testDescription: String { name }
}

extension Glyphs: CustomTestStringConvertible {
    public var testDescription: String { name }
}
