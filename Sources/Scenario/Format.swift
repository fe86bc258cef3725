import Kernel
import PageCache
import PageTree

/// What a value of the format looks like: what the reader accepts, what an error says was
/// expected, and the schema for editors all come from it.
indirect enum Shape: Sendable {
    /// One line of text.
    case line
    /// Text of several lines, at most this many characters.
    case text(Int)
    /// Text, or a text for each kernel.
    case narration
    /// The name of a scenario: lower-case letters, digits, `-`.
    case slug
    /// The name of a mapping or task.
    case name
    /// A C function.
    case function
    /// A C function, or one and the beginning of a statement.
    case place
    case number(NumberRule)
    /// A page and a count, or a range of pages.
    case pages
    case bool
    case choice([String])
    case kernels
    /// Values by index or range of indices.
    case runs(of: Shape)
    case fields([FormatKey])
    /// Either one value or a list of them.
    case oneOrMore(Shape)
    case list(Shape)
    /// Words of a small language, described in prose and by a regular expression for editors.
    case words(expected: String, pattern: String)
    /// The value, or null.
    case nullable(Shape)
    /// Conditions, or conditions by kernel.
    case expectation
    case answer
    case steps
}

/// Which numbers a key takes.
struct NumberRule: Sendable {
    /// "a page", with an article: errors say what was expected.
    var noun: String
    var range: ClosedRange<UInt64>
    /// Whether `4MiB` is a spelling.
    var takesUnits = false
    /// Whether `-1` and `2^64-1` are spellings of 18446744073709551615.
    var wraps = false

    static let page = NumberRule(noun: "a page number", range: 0...Limits.lastPage)
    static let index = NumberRule(noun: "a tree index", range: 0...UInt64.max)
    static let count = NumberRule(noun: "a number of pages", range: 1...(Limits.lastPage + 1))
    static let offsetInPage = NumberRule(noun: "a byte of a page", range: 0...4095)
    static let byte = NumberRule(noun: "a byte", range: 0...255)
    static let size = NumberRule(
        noun: "a size in bytes", range: 0...Limits.fileSize, takesUnits: true)
    static let length = NumberRule(
        noun: "a length in bytes", range: 1...Limits.fileSize, takesUnits: true)
    static let counter = NumberRule(noun: "a counter", range: 0...UInt64.max, wraps: true)
    static let amount = NumberRule(noun: "a number", range: 0...UInt64.max)
}

/// A key of a mapping in the format.
struct FormatKey: Sendable {
    var name: String
    var shape: Shape
    var required = false
    /// One sentence for the editor's tooltip.
    var summary: String
}

/// An operation of the format.
struct FormatOperation: Sendable {
    var name: String
    var keys: [FormatKey] = []
    /// Keys of which exactly one list must be there as a whole; empty: none must.
    var needs: [[String]] = []
    /// The key that a bare value stands for: `munmap: small` is `munmap: { map: small }`.
    var shorthand: String?
    var summary: String

    /// It cannot stand without arguments.
    var needsArguments: Bool { !needs.isEmpty || keys.contains(where: \.required) }
}

/// The tables that drive the reader, the schema, and the test of the documentation.
enum Format {
    static let scenario: [FormatKey] = [
        FormatKey(
            name: "scenario", shape: .slug, required: true,
            summary: "Name of the scenario: lower-case letters, digits and hyphens."),
        FormatKey(
            name: "title", shape: .line, required: true, summary: "One line for lists and heads."),
        FormatKey(
            name: "course", shape: .number(NumberRule(noun: "a course number", range: 1...999)),
            summary: "Place in the course."),
        FormatKey(name: "teaches", shape: .line, summary: "One line: what a reader learns."),
        FormatKey(
            name: "kernels", shape: .kernels, required: true,
            summary: "The kernels to run on; the first is the default."),
        FormatKey(
            name: "config", shape: .list(.choice(KernelConfig.names.map(\.name))),
            summary: "What the kernels' configuration has beside the usual: CONFIG_ options."),
        FormatKey(
            name: "about", shape: .text(Limits.about), summary: "Read before the first step."),
        FormatKey(
            name: "file", shape: .fields(file), summary: "The file before the first step."),
        FormatKey(
            name: "tree", shape: .choice(PageTree.Family.allCases.map(\.rawValue)),
            summary: "Instead of a file: nothing but the data structure."),
        FormatKey(name: "steps", shape: .steps, required: true, summary: "The story, in order."),
    ]

    static let file: [FormatKey] = [
        FormatKey(name: "size", shape: .number(.size), required: true, summary: "Size in bytes."),
        FormatKey(
            name: "filesystem", shape: .choice(FileSystem.allCases.map(\.rawValue)),
            summary: "The file system; xfs when absent."),
        FormatKey(
            name: "dax", shape: .bool,
            summary: "Mounted with -o dax; true when absent, but on tmpfs false."),
        FormatKey(
            name: "blocks", shape: .runs(of: .choice(statesOnDevice.map(\.rawValue))),
            summary: "States of 4 KiB blocks; the rest are holes."),
        FormatKey(
            name: "advice", shape: .choice([Advice.normal, .random].map(\.rawValue)),
            summary: "random: opened with POSIX_FADV_RANDOM, mapped with MADV_RANDOM."),
        FormatKey(
            name: "mount", shape: .choice(MountOption.allCases.map(\.rawValue)),
            summary: "An option of ext4's mount: write(2) allocates blocks at once."),
    ]

    /// What `mount` can be.
    enum MountOption: String, CaseIterable { case nodelalloc }

    /// What stands in a step beside its operation.
    static let step: [FormatKey] = [
        FormatKey(name: "task", shape: .name, summary: "Who acts; app when absent."),
        FormatKey(
            name: "until", shape: .function,
            summary: "Stop before the first statement of this kernel function."),
        FormatKey(
            name: "statements",
            shape: .number(
                NumberRule(noun: "a number of statements", range: 0...Limits.statements)),
            summary: "Stop after this many statements, counted from `until` when it is there."),
        FormatKey(name: "say", shape: .narration, summary: "What to tell about the step."),
        FormatKey(
            name: "say-at", shape: .list(.fields(sayAt)),
            summary: "Texts that are told when the task comes to a place."),
        FormatKey(name: "note", shape: .narration, summary: "A remark, shown after say."),
        FormatKey(name: "ask", shape: .fields(ask), summary: "A question before the step."),
        FormatKey(name: "expect", shape: .expectation, summary: "What must hold afterwards."),
    ]

    static let ask: [FormatKey] = [
        FormatKey(
            name: "question", shape: .text(Limits.text), required: true, summary: "The question."),
        FormatKey(
            name: "answer", shape: .answer, required: true,
            summary: "What the machine is asked for, or the answer for each kernel."),
    ]

    /// What a block can be before anything has run.
    static let statesOnDevice = BlockState.allCases.filter { $0 != .delalloc }
    static let blockState = Shape.choice(BlockState.allCases.map(\.rawValue))
    static let resume = "resume"
    static let all = "all"

    static func operation(named name: String, on tree: PageTree.Family?) -> FormatOperation? {
        operations(on: tree).first { $0.name == name }
    }
}
