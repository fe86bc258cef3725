import Canvas

/// Which moments of a run to record: what `--at` takes, and what follows a scenario's name and
/// `@`.
///
/// A list with commas. A moment is a number of steps from the start (`12`), the end of an
/// operation (`op3`), so many steps into one (`op3+4`), the moment before a kernel function's
/// first statement runs for the first time (`dax_radix_entry`) or before its statement of a
/// number (`dax_radix_entry:2`), `start`, `end`, `bug`, or `finding`, the first birth of one.
/// Several moments are `findings`, `every-op`, `every-step`, and ranges: `op3..op5` is the end of
/// three operations, any other range (`3..op2`) is every step.
public struct Moments: Hashable, Sendable {
    /// One moment.
    enum Moment: Hashable, Sendable {
        case step(Int)
        case operation(Int)
        case inside(operation: Int, steps: Int)
        case function(String, statement: Int)
        case start, end, bug, finding
    }

    /// What stands between two commas.
    enum Item: Hashable, Sendable {
        case one(Moment)
        case range(Moment, Moment)
        case findings, everyOperation, everyStep
    }

    let items: [Item]

    init(_ items: [Item]) {
        self.items = items
    }

    /// So many steps from the start.
    init(step: Int) {
        items = [.one(.step(step))]
    }

    public static let start = Moments([.one(.start)])
    public static let end = Moments([.one(.end)])
    public static let everyStep = Moments([.everyStep])
    /// The start, and the end of every operation.
    public static let story = Moments([.one(.start), .everyOperation])

    /// What a message says that it expected.
    public static let grammar =
        "a step (12), an operation (op3, op3+4), a range (op3..op5), a function "
        + "(dax_radix_entry), start, end, bug, finding, findings, every-op or every-step"

    /// Reads a list.
    public init(parsing text: some StringProtocol) throws(RecordingError) {
        var items: [Item] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let item = Self.item(String(word)) else {
                throw .misuse(
                    "no moment is written \(Self.quoted(String(word))); expected \(Self.grammar)")
            }
            items.append(item)
        }
        self.items = items
    }

    private static func item(_ word: String) -> Item? {
        switch word {
        case "findings": return .findings
        case "every-op": return .everyOperation
        case "every-step": return .everyStep
        default: break
        }
        let ends = word.split(separator: "..", omittingEmptySubsequences: false)
        if ends.count == 2 {
            guard let first = moment(ends[0]), let last = moment(ends[1]) else { return nil }
            return .range(first, last)
        }
        return moment(word[...]).map(Item.one)
    }

    private static func moment(_ word: Substring) -> Moment? {
        switch word {
        case "start": return .start
        case "end": return .end
        case "bug": return .bug
        case "finding": return .finding
        default: break
        }
        if let step = number(word) { return .step(step) }
        if word.hasPrefix("op"), let digit = word.dropFirst(2).first, digit.isNumber {
            let parts = word.dropFirst(2).split(separator: "+", omittingEmptySubsequences: false)
            guard let operation = number(parts[0]), operation > 0 else { return nil }
            if parts.count == 1 { return .operation(operation) }
            guard parts.count == 2, let steps = number(parts[1]) else { return nil }
            return .inside(operation: operation, steps: steps)
        }
        return function(word)
    }

    private static func function(_ word: Substring) -> Moment? {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts[0].unicodeScalars.first else { return nil }
        let isName = parts[0].unicodeScalars.allSatisfy {
            $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0)
        }
        guard isName, !("0"..."9").contains(first) else { return nil }
        guard parts.count == 2 else { return .function(String(parts[0]), statement: 1) }
        guard let statement = number(parts[1]), statement > 0 else { return nil }
        return .function(String(parts[0]), statement: statement)
    }

    /// A number of at most nine digits: nothing else is one, no sign, no other alphabet.
    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// A word as a message shows it: short and harmless.
    static func quoted(_ word: String, columns: Int = 40) -> String {
        let (shown, _) = prefix(of: word, columns: columns)
        return "'\(shown)\(displayWidth(word) > columns ? "…" : "")'"
    }
}
