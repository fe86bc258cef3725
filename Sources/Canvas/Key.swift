// What a person does: keys and mouse, as values. They live here, below the terminal, because key
// maps and scripts name them without one.

/// A key press. Prints as people write keys, and reads the same back: `l`, `G`, `Left`, `C-l`,
/// `S-Tab`, `Space`, `F1`, `C-S-Right`.
///
/// Control keys are lower case (`C-l`). Shift is written only with named keys: a shifted letter is
/// another character.
public struct Key: Hashable, Sendable, LosslessStringConvertible, ExpressibleByStringLiteral {
    /// Which key.
    public enum Code: Hashable, Sendable {
        /// A key that types something visible, or the space.
        case character(Unicode.Scalar)
        case up, down, left, right, home, end, pageUp, pageDown, insert, delete
        case backspace, enter, tab, escape
        /// 1 to 24.
        case function(Int)
    }

    public var code: Code
    public var control: Bool
    public var shift: Bool
    /// Alt or Meta; terminals tell it apart only with arrows and their like.
    public var alt: Bool

    public init(_ code: Code, control: Bool = false, shift: Bool = false, alt: Bool = false) {
        self.code = code
        self.control = control
        self.shift = shift
        self.alt = alt
    }

    /// The key that types this scalar.
    public init(_ scalar: Unicode.Scalar) {
        self.init(.character(scalar))
    }

    /// Reads a name such as `C-l`; nil when it is none. Names of keys are read in any case.
    public init?(_ description: String) {
        var rest = Substring(description)
        self.init(.escape)
        while rest.count > 2, rest.dropFirst().first == "-" {
            switch rest.first {
            case "C": control = true
            case "S": shift = true
            case "M": alt = true
            default: return nil
            }
            rest = rest.dropFirst(2)
        }
        if rest.unicodeScalars.count == 1, let scalar = rest.unicodeScalars.first {
            guard scalar != " ", ScalarClass(scalar) != .hidden, !shift else { return nil }
            code = .character(scalar)
        } else if let named = Key.codes[rest.lowercased()] {
            code = named
        } else {
            return nil
        }
    }

    /// A key known when the program was written; a name that is none stops the program.
    public init(stringLiteral value: String) {
        guard let key = Key(value) else { preconditionFailure("no key is named \(value)") }
        self = key
    }

    public var description: String {
        let prefix = (control ? "C-" : "") + (alt ? "M-" : "") + (shift ? "S-" : "")
        return prefix + Key.name(of: code)
    }

    /// The scalar that the key types; nil for named and control keys.
    public var typed: Unicode.Scalar? {
        guard case .character(let scalar) = code, !control, !alt else { return nil }
        return scalar
    }

    private static func name(of code: Code) -> String {
        switch code {
        case .character(" "): "Space"
        case .character(let scalar): String(Character(scalar))
        case .up: "Up"
        case .down: "Down"
        case .left: "Left"
        case .right: "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PageUp"
        case .pageDown: "PageDown"
        case .insert: "Insert"
        case .delete: "Delete"
        case .backspace: "Backspace"
        case .enter: "Enter"
        case .tab: "Tab"
        case .escape: "Esc"
        case .function(let number): "F\(number)"
        }
    }

    /// The names of all keys that do not type what they are called.
    public static let names: [String] = codes.values.map(name).sorted()

    private static let codes: [String: Code] = {
        let named: [Code] = [
            .character(" "), .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .insert,
            .delete, .backspace, .enter, .tab, .escape,
        ]
        let functions = (1...24).map { Code.function($0) }
        var table: [String: Code] = [:]
        for code in named + functions { table[name(of: code).lowercased()] = code }
        return table
    }()
}

/// What the mouse did, at a cell.
public struct Mouse: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// A button went down or up; 1 is the left one, 2 the middle, 3 the right.
        case press(Int)
        case release(Int)
        /// The mouse moved while a button was down.
        case drag(Int)
        case wheelUp, wheelDown
    }

    public var action: Action
    public var position: Point

    public init(_ action: Action, at position: Point) {
        self.action = action
        self.position = position
    }
}

/// What a terminal has to tell.
public enum Event: Hashable, Sendable {
    case key(Key)
    case mouse(Mouse)
    /// The terminal has this size now.
    case resize(Size)
    /// Nothing happened in the time given.
    case timeout
    /// Nobody will ever press a key again: the terminal is gone.
    case endOfInput
}
