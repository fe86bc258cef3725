import PageCache

extension Format {
    /// The conditions of an expectation; their names are those of `Condition.Key`.
    static let conditions: [FormatKey] = [
        FormatKey(name: "nrpages", shape: .number(.counter), summary: "The counter nrpages."),
        FormatKey(
            name: "nrexceptional", shape: .number(.counter),
            summary: "The counter nrexceptional (nrshadows in 4.4)."),
        FormatKey(
            name: "height", shape: .number(NumberRule(noun: "a height", range: 0...11)),
            summary: "Levels of the tree."),
        FormatKey(name: "nodes", shape: .number(.amount), summary: "Nodes of the tree."),
        FormatKey(name: "root-tags", shape: tagLetters, summary: "Tags of the root."),
        FormatKey(
            name: "entries", shape: .runs(of: entry(orNone: false)),
            summary: "Exactly these entries are in the tree."),
        FormatKey(
            name: "entry", shape: .runs(of: entry(orNone: true)),
            summary: "These indices hold this; others do not matter."),
        FormatKey(
            name: "blocks", shape: .runs(of: blockState), summary: "States of these blocks."),
        FormatKey(name: "size", shape: .number(.size), summary: "Size of the file in bytes."),
        FormatKey(
            name: "value", shape: .number(.byte), summary: "The byte that a load or pread got."),
        FormatKey(
            name: "result", shape: result, summary: "Return value, errno name, or signal."),
        FormatKey(name: "faults", shape: .fields(faults), summary: "Page faults of the step."),
        FormatKey(
            name: "findings", shape: .list(.choice(Finding.Kind.allCases.map(\.rawValue))),
            summary: "Exactly these kinds of findings exist."),
        FormatKey(
            name: "bug", shape: .nullable(.words(expected: bugText, pattern: bugPattern)),
            summary: "Where the step met a BUG; null when it met none."),
        FormatKey(
            name: "warn", shape: .nullable(.oneOrMore(.line)),
            summary: "Text of each warning of the step; null when there was none."),
        FormatKey(
            name: "log", shape: .oneOrMore(.line), summary: "Texts in the kernel log of the step."),
        FormatKey(
            name: "pte", shape: .oneOrMore(.fields(pte)), summary: "What page tables hold."),
        FormatKey(
            name: "durable", shape: .runs(of: .number(.byte)),
            summary: "First byte of these pages after a power loss now."),
        FormatKey(
            name: "resident", shape: .list(.pages),
            summary: "Exactly these pages were in memory, as mincore reported."),
        FormatKey(
            name: "met", shape: .bool,
            summary: "false: the step does not come to its stop, or there is nothing to resume "
                + "or to fail."),
    ]

    static let faults: [FormatKey] = [
        FormatKey(name: "minor", shape: .number(.amount), summary: "Minor faults."),
        FormatKey(name: "major", shape: .number(.amount), summary: "Major faults."),
    ]

    static let pte: [FormatKey] = [
        FormatKey(name: "map", shape: .name, required: true, summary: "Name of the mapping."),
        FormatKey(
            name: "page", shape: .number(.page), required: true, summary: "Page of the file."),
        FormatKey(
            name: "is",
            shape: .words(
                expected: "none, or words out of page, zero-page, block, huge, huge-zero and "
                    + "read-only, writable",
                pattern: "^(none|((zero-)?page|block|huge(-zero)?)( (read-only|writable))?"
                    + "|read-only|writable)$"),
            required: true, summary: "What the page table holds, and what it allows."),
    ]

    static let bugText = "a place such as \"fs/inode.c:497\""
    private static let bugPattern = "^[A-Za-z0-9_./-]+:[1-9][0-9]*$"

    private static let tagLetters = Shape.words(
        expected: "none, or letters out of D (dirty), W (writeback), T (towrite)",
        pattern: "^(none|D?W?T?)$")

    private static let result = Shape.words(
        expected: "a number, an errno name such as EIO, or SIGBUS",
        pattern: "^(-?[0-9]+|"
            + (ExpectedErrno.allCases.map(\.rawValue) + ExpectedSignal.allCases.map(\.rawValue))
            .joined(separator: "|") + ")$")

    static func entry(orNone: Bool) -> Shape {
        let kinds = ExpectedEntry.Kind.allCases.map(\.rawValue)
        let words = "(" + kinds.joined(separator: "|") + ")( (dirty|writeback|towrite))*"
        return .words(
            expected: "an entry such as 'page' or 'dax-pmd dirty'",
            pattern: orNone ? "^(none|\(words))$" : "^\(words)$")
    }
}
