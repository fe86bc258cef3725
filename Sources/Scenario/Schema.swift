import Kernel
import PageCache

extension Scenario {
    /// The JSON schema (draft 2020-12) of the format, for editors; made from the tables that drive
    /// the reader. `docs/scenario.schema.json` holds this text.
    public static func jsonSchema() -> String { JSON.schema.text() + "\n" }
}

/// JSON with its keys in the order given.
private indirect enum JSON {
    case object([(String, JSON)])
    case array([JSON])
    case string(String)
    /// A number or word that is written as it is.
    case raw(String)

    func text(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .object(let pairs) where pairs.isEmpty: return "{}"
        case .array(let items) where items.isEmpty: return "[]"
        case .object(let pairs):
            let lines = pairs.map { inner + JSON.quote($0.0) + ": " + $0.1.text(indent: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        case .array(let items):
            let lines = items.map { inner + $0.text(indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
        case .string(let text): return JSON.quote(text)
        case .raw(let text): return text
        }
    }

    private static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSON {
    static var schema: JSON {
        var top = object(of: Format.scenario)
        if case .object(let pairs) = top {
            top = .object(
                [
                    ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                    ("title", .string("radixscope scenario")),
                ] + pairs + [("$defs", definitions)])
        }
        return top
    }

    private static var definitions: JSON {
        .object([
            ("narration", narration), ("conditions", object(of: Format.conditions)),
            ("expect", expectation), ("step", step),
        ])
    }

    private static func ref(_ name: String) -> JSON {
        .object([("$ref", .string("#/$defs/" + name))])
    }

    private static func object(of keys: [FormatKey], needs: [[String]] = []) -> JSON {
        let required = keys.filter(\.required).map { JSON.string($0.name) }
        var pairs: [(String, JSON)] = [
            ("type", .string("object")), ("additionalProperties", .raw("false")),
            ("properties", .object(keys.map { ($0.name, property($0)) })),
        ]
        if !required.isEmpty { pairs.append(("required", .array(required))) }
        if !needs.isEmpty {
            let lists = needs.map { list in
                JSON.object([("required", .array(list.map { .string($0) }))])
            }
            pairs.append(("oneOf", .array(lists)))
        }
        return .object(pairs)
    }

    private static func property(_ key: FormatKey) -> JSON {
        described(of(key.shape), key.summary)
    }

    private static func described(_ schema: JSON, _ summary: String) -> JSON {
        guard case .object(let pairs) = schema else { return schema }
        return .object([("description", .string(summary))] + pairs)
    }

    private static func text(_ limit: Int, _ more: [(String, JSON)] = []) -> JSON {
        .object(
            [
                ("type", .string("string")), ("minLength", .raw("1")),
                ("maxLength", .raw("\(limit)")),
            ] + more)
    }

    private static func pattern(_ pattern: String) -> JSON {
        .object([("type", .string("string")), ("pattern", .string(pattern))])
    }

    private static func any(_ schemas: [JSON]) -> JSON { .object([("anyOf", .array(schemas))]) }

    private static func choice(_ names: [String]) -> JSON {
        .object([("enum", .array(names.map { .string($0) }))])
    }

    static func of(_ shape: Shape) -> JSON {
        switch shape {
        case .line: return text(Limits.line)
        case .text(let limit): return text(limit)
        case .narration: return ref("narration")
        case .slug: return pattern("^[a-z0-9][a-z0-9-]{0,\(2 * Limits.name - 1)}$")
        case .name: return pattern("^[A-Za-z_][A-Za-z0-9_-]{0,\(Limits.name - 1)}$")
        case .function: return pattern("^[A-Za-z_][A-Za-z0-9_]{0,63}$")
        case .place: return pattern("^[A-Za-z_][A-Za-z0-9_]{0,63}( *:.+)?$")
        case .number(let rule): return number(rule)
        case .pages: return any([number(.page), pattern(rangePattern)])
        case .bool: return .object([("type", .string("boolean"))])
        case .choice(let names): return choice(names)
        case .kernels:
            return .object([
                ("type", .string("array")), ("minItems", .raw("1")),
                ("uniqueItems", .raw("true")),
                ("items", choice(KernelVersion.known.map(\.name))),
            ])
        case .runs(let value):
            return .object([
                ("type", .string("object")), ("propertyNames", pattern(rangePattern)),
                ("additionalProperties", of(value)),
            ])
        case .fields(let keys): return object(of: keys)
        case .oneOrMore(let item):
            let list: [(String, JSON)] = [
                ("type", .string("array")), ("minItems", .raw("1")), ("items", of(item)),
            ]
            return any([of(item), .object(list)])
        case .list(let item):
            return .object([
                ("type", .string("array")), ("uniqueItems", .raw("true")), ("items", of(item)),
            ])
        case .words(_, let words):
            // A bare number such as `result: 0` is a number to an editor.
            return any([pattern(words), .object([("type", .string("integer"))])])
        case .nullable(let value): return any([of(value), .object([("type", .string("null"))])])
        case .expectation: return ref("expect")
        case .answer: return any([choice(Observable.allCases.map(\.rawValue)), narrationByKernel])
        case .steps:
            return .object([
                ("type", .string("array")), ("minItems", .raw("1")),
                ("maxItems", .raw("\(Limits.steps)")), ("items", ref("step")),
            ])
        }
    }

    private static let digits = "(0|[1-9][0-9_]*|0x[0-9A-Fa-f_]+)"
    private static let rangePattern = "^\(digits)( *\\.\\. *\(digits))?$"

    private static func number(_ rule: NumberRule) -> JSON {
        let integer = JSON.object([
            ("type", .string("integer")),
            ("minimum", .raw(rule.wraps ? "-65535" : "\(rule.range.lowerBound)")),
            ("maximum", .raw("\(rule.range.upperBound)")),
        ])
        let spelled =
            rule.takesUnits
            ? "^\(digits) *([KMGTPE]iB|B)?$"
            : rule.wraps ? "^(\(digits)|2\\^64-[0-9_]+|-[0-9_]+)$" : "^\(digits)$"
        return any([integer, pattern(spelled)])
    }

    private static let kernelPattern: String = {
        let names = KernelVersion.known.map {
            $0.name.split(separator: ".").joined(separator: "\\.")
        }
        let one = "(" + names.joined(separator: "|") + ")"
        return "^(\(Format.all)|\(one)( *, *\(one))*)$"
    }()

    private static func byKernel(_ value: JSON) -> JSON {
        .object([
            ("type", .string("object")), ("minProperties", .raw("1")),
            ("propertyNames", pattern(kernelPattern)), ("additionalProperties", value),
        ])
    }

    private static var narrationByKernel: JSON { byKernel(text(Limits.text)) }
    private static var narration: JSON { any([text(Limits.text), narrationByKernel]) }
    private static var expectation: JSON { any([ref("conditions"), byKernel(ref("conditions"))]) }

    private static var step: JSON {
        // What has one name on a file and on a bare tree is either.
        var names: [String] = []
        for format in Format.tables.joined() where !names.contains(format.name) {
            names.append(format.name)
        }
        let all = names.map { name in Format.tables.flatMap { $0.filter { $0.name == name } } }
        let bare = all.flatMap { $0 }.filter { !$0.needsArguments }
        let operations = all.map { same -> (String, JSON) in
            let isOne = Set(same.map(\.summary)).count == 1
            return (same[0].name, isOne ? operation(same[0]) : any(same.map(operation)))
        }
        let keys = Format.step.map { ($0.name, property($0)) }
        let choose = names.map { JSON.object([("required", .array([.string($0)]))]) }
        return any([
            choice(names.filter { name in bare.contains { $0.name == name } }),
            .object([
                ("type", .string("object")), ("additionalProperties", .raw("false")),
                ("properties", .object(operations + keys)), ("oneOf", .array(choose)),
            ]),
        ])
    }

    private static func operation(_ operation: FormatOperation) -> JSON {
        var schemas: [JSON] = []
        if operation.keys.isEmpty {
            schemas.append(.object([("type", .string("object")), ("maxProperties", .raw("0"))]))
        } else {
            schemas.append(object(of: operation.keys, needs: operation.needs))
        }
        if let key = operation.keys.first(where: { $0.name == operation.shorthand }) {
            schemas.append(of(key.shape))
        }
        if !operation.needsArguments {
            schemas.append(.object([("type", .string("null"))]))
        }
        return described(schemas.count == 1 ? schemas[0] : any(schemas), operation.summary)
    }
}
