import Testing

@testable import Scenario

@Suite struct Numbers {
    func value(_ text: String, _ rule: NumberRule) -> UInt64? { try? rule.parse(text) }

    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("0x200", 512), ("1_000", 1000), ("0xFFff", 65535),
            ("4MiB", 4 << 20), ("2 MiB", 2 << 20), ("6KiB", 6144), ("7B", 7), ("1TiB", 1 << 40),
            ("9223372036854775807", UInt64(Int64.max)), ("0x1_0KiB", 16384),
        ] as [(String, UInt64)])
    func sizes(text: String, expected: UInt64) {
        #expect(value(text, .size) == expected)
    }

    @Test(arguments: [
        "", " ", "-", "-1", "+1", "1.5", "1e3", "01", "0x", "x", "_1", "1_", "1 2", "٣", "1MB",
        "1K",
        "8EiB", "9223372036854775808", "18446744073709551616", "0x1.0", "1__", "0b1", "16777216TiB",
        "0xMiB",
    ])
    func notSizes(text: String) {
        #expect(value(text, .size) == nil)
    }

    @Test(arguments: ["-1", "2^64-1", "2^64 - 1", "18446744073709551615", "0xffffffffffffffff"])
    func oneWrappedValue(text: String) {
        #expect(value(text, .counter) == UInt64.max)
    }

    @Test(arguments: [
        "2^64", "2^64-0", "2^64-", "--1", "18446744073709551616", "2^63-1", "2^64--1",
    ])
    func notCounters(text: String) {
        #expect(value(text, .counter) == nil)
    }

    @Test func unitsOnlyWhereBytesAreMeant() {
        #expect(value("2MiB", .page) == nil)
        #expect(value("2MiB", .counter) == nil)
        #expect(value("2^64-1", .index) == nil)
    }

    @Test func ranges() throws {
        #expect(try NumberRule.page.parseRange("0..7") == 0...7)
        #expect(try NumberRule.page.parseRange("0x10 .. 0x1f") == 16...31)
        #expect(try NumberRule.page.parseRange("5") == 5...5)
        #expect(try NumberRule.index.parseRange("0..18446744073709551615") == 0...UInt64.max)
        for text in ["7..0", "0...7", "0..<7", "..", "1..", "..1", "1..2..3", "-1..2"] {
            #expect((try? NumberRule.page.parseRange(text)) == nil, "\(text)")
        }
    }

    @Test func spellingsReadBack() throws {
        for bytes in [0, 1, 1000, 1024, 4 << 20, 3 << 30, UInt64(Int64.max), 1 << 62] {
            #expect(value(spelledSize(bytes), .size) == bytes)
        }
        for count in [0, 1, 1 << 40, UInt64.max, UInt64.max - 1, UInt64.max - 0x1_0000] {
            #expect(value(spelledCounter(count), .counter) == count)
        }
        for range in [0...0, 3...9, 0...UInt64.max] as [ClosedRange<UInt64>] {
            #expect(try NumberRule.index.parseRange(spelledRange(range)) == range)
        }
    }
}

@Suite struct Suggestions {
    @Test(
        arguments: [
            ("lode", "load"), ("Load", "load"), ("drop_caches", "drop-caches"), ("fsnyc", "fsync"),
            ("trunc", "truncate"), ("tr", nil), ("xyzzy", nil), ("", nil), ("nrpage", "nrpages"),
        ] as [(String, String?)])
    func suggests(written: String, expected: String?) {
        let names = ["load", "drop-caches", "fsync", "truncate", "nrpages"]
        #expect(suggestion(for: written, among: names) == expected)
    }

    @Test func distances() {
        func distance(_ a: String, _ b: String) -> Int {
            editDistance(Array(a.unicodeScalars), Array(b.unicodeScalars))
        }
        #expect(distance("", "abc") == 3)
        #expect(distance("abc", "abc") == 0)
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("ab", "ba") == 1)
    }
}
