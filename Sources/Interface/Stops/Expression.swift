/// A condition on a moment, such as `nrpages != pages && op == "store"`.
///
/// Numbers are unsigned and wrap as the kernel's counters do. A comparison of a number with a text
/// is false.
indirect enum Expression: Equatable, Sendable {
    case number(UInt64)
    case text(String)
    case name(String)
    case not(Expression)
    case binary(Operator, Expression, Expression)

    enum Operator: String, CaseIterable, Sendable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case less = "<"
        case greater = ">"
        case plus = "+"
        case minus = "-"

        /// Which binds tighter: more is tighter.
        var strength: Int {
            switch self {
            case .or: 1
            case .and: 2
            case .equal, .notEqual, .atMost, .atLeast, .less, .greater: 3
            case .plus, .minus: 4
            }
        }
    }

    enum Value: Equatable, Sendable {
        case number(UInt64)
        case text(String)

        var isTrue: Bool {
            switch self {
            case .number(let number): number != 0
            case .text(let text): !text.isEmpty
            }
        }
    }

    /// The value, where `lookup` knows every name.
    func value(_ lookup: (String) -> Value?) -> Value {
        switch self {
        case .number(let number): return .number(number)
        case .text(let text): return .text(text)
        case .name(let name): return lookup(name) ?? .number(0)
        case .not(let inner): return .number(inner.value(lookup).isTrue ? 0 : 1)
        case .binary(.or, let left, let right):
            return .number(left.value(lookup).isTrue || right.value(lookup).isTrue ? 1 : 0)
        case .binary(.and, let left, let right):
            return .number(left.value(lookup).isTrue && right.value(lookup).isTrue ? 1 : 0)
        case .binary(let sign, let left, let right):
            return Self.combine(sign, left.value(lookup), right.value(lookup))
        }
    }

    private static func combine(_ sign: Operator, _ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.number(let a), .number(let b)):
            switch sign {
            case .plus: return .number(a &+ b)
            case .minus: return .number(a &- b)
            case .equal: return .number(a == b ? 1 : 0)
            case .notEqual: return .number(a != b ? 1 : 0)
            case .atMost: return .number(a <= b ? 1 : 0)
            case .atLeast: return .number(a >= b ? 1 : 0)
            case .less: return .number(a < b ? 1 : 0)
            case .greater: return .number(a > b ? 1 : 0)
            case .or, .and: return .number(0)
            }
        case (.text(let a), .text(let b)):
            return .number(sign == .equal && a == b || sign == .notEqual && a != b ? 1 : 0)
        default: return .number(sign == .notEqual ? 1 : 0)
        }
    }

    /// Every name in it.
    var names: Set<String> {
        switch self {
        case .number, .text: []
        case .name(let name): [name]
        case .not(let inner): inner.names
        case .binary(_, let left, let right): left.names.union(right.names)
        }
    }
}

// MARK: - Reading

extension Expression {
    struct SyntaxError: Error, Equatable {
        var message: String
    }

    /// Reads a condition.
    static func parse(_ text: String) throws(SyntaxError) -> Expression {
        var parser = ExpressionParser(tokens: try ExpressionParser.tokens(of: text))
        let expression = try parser.expression(above: 0, depth: 0)
        if let rest = parser.peek { throw SyntaxError(message: "\(rest.spelling) is not expected") }
        return expression
    }
}

/// Recursive descent, with the strengths of the operators deciding.
private struct ExpressionParser {
    enum Token: Equatable {
        case number(UInt64)
        case text(String)
        case name(String)
        case sign(Expression.Operator)
        case not, open, close

        var spelling: String {
            switch self {
            case .number(let number): "\(number)"
            case .text(let text): "\"\(text)\""
            case .name(let name): name
            case .sign(let sign): sign.rawValue
            case .not: "!"
            case .open: "("
            case .close: ")"
            }
        }
    }

    private typealias SyntaxError = Expression.SyntaxError

    let tokens: [Token]
    private var at = 0

    /// Brackets deeper than this are nobody's intention.
    private static let depthLimit = 50

    init(tokens: [Token]) {
        self.tokens = tokens
    }

    var peek: Token? { tokens.indices.contains(at) ? tokens[at] : nil }

    mutating func expression(
        above strength: Int, depth: Int
    ) throws(Expression.SyntaxError) -> Expression {
        guard depth < Self.depthLimit else { throw SyntaxError(message: "too deep") }
        var left = try primary(depth: depth)
        while case .sign(let sign)? = peek, sign.strength > strength {
            at += 1
            let right = try expression(above: sign.strength, depth: depth + 1)
            left = .binary(sign, left, right)
        }
        return left
    }

    private mutating func primary(depth: Int) throws(Expression.SyntaxError) -> Expression {
        guard let token = peek else {
            throw SyntaxError(message: "something is missing at the end")
        }
        guard depth < Self.depthLimit else { throw SyntaxError(message: "too deep") }
        at += 1
        switch token {
        case .number(let number): return .number(number)
        case .text(let text): return .text(text)
        case .name(let name): return .name(name)
        case .not: return .not(try primary(depth: depth + 1))
        case .open:
            let inner = try expression(above: 0, depth: depth + 1)
            guard peek == .close else { throw SyntaxError(message: "a ) is missing") }
            at += 1
            return inner
        case .sign, .close: throw SyntaxError(message: "\(token.spelling) is not expected")
        }
    }

    static func tokens(of text: String) throws(Expression.SyntaxError) -> [Token] {
        var tokens: [Token] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if let sign = Expression.Operator.allCases.first(where: {
                rest.hasPrefix($0.rawValue)
            }) {
                tokens.append(.sign(sign))
                rest = rest.dropFirst(sign.rawValue.count)
            } else if first == "\"" {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: "\"") else {
                    throw SyntaxError(message: "a \" is missing")
                }
                tokens.append(.text(String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            } else if "!()".contains(first) {
                tokens.append(first == "!" ? .not : first == "(" ? .open : .close)
                rest.removeFirst()
            } else {
                tokens.append(try word(&rest))
            }
        }
        return tokens
    }

    /// A number or a name.
    private static func word(_ rest: inout Substring) throws(Expression.SyntaxError) -> Token {
        let word = rest.prefix { $0.isLetter || $0.isNumber || "_.".contains($0) }
        guard let first = word.first else {
            throw SyntaxError(message: "\(rest.first!) is not expected")
        }
        rest = rest[word.endIndex...]
        guard first.isNumber else { return .name(String(word)) }
        let isHex = word.lowercased().hasPrefix("0x")
        let number = isHex ? UInt64(word.dropFirst(2), radix: 16) : UInt64(word)
        guard let number else { throw SyntaxError(message: "\(word) is no number") }
        return .number(number)
    }
}
