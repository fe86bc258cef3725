/// A place in a scenario file. Lines and columns count from 1, columns in Unicode scalars.
public struct SourcePosition: Hashable, Comparable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// Where a part of a scenario was written, or nil when no file was read.
///
/// All origins are equal: a scenario that was written out and read again is the same scenario,
/// whatever lines its parts stand on now.
public struct Origin: Hashable, Sendable {
    public var position: SourcePosition?

    public init(_ position: SourcePosition? = nil) { self.position = position }

    public static func == (a: Self, b: Self) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
}

/// One thing that is wrong with a scenario.
///
/// Its description is one line, `file:line:column: message; hint`, whatever the file holds:
/// control characters are spelled out and long quotations are cut.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// The name under which the file was opened.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    /// What is wrong.
    public var message: String
    /// What to do about it, where that can be said.
    public var hint: String?

    public init(
        file: String, line: Int = 1, column: Int = 1, message: String, hint: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    public var position: SourcePosition { SourcePosition(line: line, column: column) }

    public var description: String {
        let tail = hint.map { "; " + $0 } ?? ""
        return printable("\(file):\(line):\(column): \(message)\(tail)")
    }
}

/// Everything that is wrong with one file, in the order of the file.
public struct ScenarioError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Never empty, and at most `Limits.diagnostics` + 1: the last one says how many are left out.
    public let diagnostics: [Diagnostic]

    init(_ all: [Diagnostic]) {
        // The same mistake can be met twice on the way through a file, and is told once.
        var seen: Set<Diagnostic> = []
        let sorted = all.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element).filter { seen.insert($0).inserted }
        var kept = Array(sorted.prefix(Limits.diagnostics))
        if sorted.count > kept.count, let last = kept.last {
            kept.append(
                Diagnostic(
                    file: last.file, line: last.line, column: last.column,
                    message: "at least \(sorted.count - kept.count) more errors follow",
                    hint: "correct those above first"))
        }
        diagnostics = kept
    }

    /// One line for each diagnostic.
    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}

/// What a scenario may hold at most. They keep a hostile file from costing more than a second, and
/// are far above what a person can follow.
public enum Limits {
    /// The largest order of an entry of a bare array.
    public static let order: UInt64 = 30
    /// The largest number in the name of such an entry.
    public static let entryNumber: UInt64 = 999_999
    /// Bytes of a file.
    public static let fileBytes = 1 << 20
    /// Levels of YAML collections inside each other.
    public static let nesting = 24
    /// YAML values (keys, scalars, collections) in a file, estimated from above.
    public static let values = 150_000
    public static let steps = 10_000
    public static let diagnostics = 100
    /// Characters of a title and of other one-line texts.
    public static let line = 120
    /// Characters of `say`, `note`, a question, or an answer.
    public static let text = 2_000
    /// Texts of `say-at` in a step.
    public static let placedTexts = 32
    /// Tasks: a lock knows its holders by a bit each.
    public static let tasks = 64
    /// Characters of `about`.
    public static let about = 4_000
    /// Characters of the name of a mapping or task.
    public static let name = 32
    /// Bytes: the largest file size and offset, as in the kernel's `loff_t`.
    public static let fileSize = UInt64(Int64.max)
    /// The last page that a file of the largest size has.
    public static let lastPage = fileSize >> 12
    /// Pages that one `pread` or `pwrite` may move.
    public static let transferPages: UInt64 = 4_096
    /// Statements after which a step may stop: a timeline has no more.
    public static let statements: UInt64 = 4_000_000
}

/// Text that is safe in one line of a terminal: control characters and other characters that move
/// or hide text are written as `\u{...}`.
func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isUnprintable) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if scalar.isUnprintable {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Text from the file, quoted for a message and cut to 40 characters.
func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > 40 else { return "'\(text)'" }
    return "'\(String(String.UnicodeScalarView(scalars.prefix(40))))…'"
}

extension Unicode.Scalar {
    /// Control characters, line separators, and the marks that reorder text or take no room.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Noncharacters stand for `&` and `*` inside of the reader: see SourceText.
        case .unassigned: (0xFDD0...0xFDEF).contains(value) || value & 0xFFFE == 0xFFFE
        default: false
        }
    }
}
