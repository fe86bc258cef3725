// Styles say what a cell means; a theme says how that looks.

/// Attributes that a cell asks for itself, on top of what the theme gives its role.
public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let bold = Attributes(rawValue: 1)
    public static let dim = Attributes(rawValue: 2)
    public static let underline = Attributes(rawValue: 4)
    public static let reverse = Attributes(rawValue: 8)

    /// The names of the attributes that are set, in a fixed order.
    public var names: [String] {
        let all: [(Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.underline, "underline"), (.reverse, "reverse"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// What a piece of the screen is. Never a colour: themes map roles to colours.
public enum Role: UInt8, CaseIterable, Hashable, Sendable {
    // Text and frames
    case text, dim, title, border, focusedBorder, key, input, popup, status, narration
    case question, answer
    // Entries of the tree
    case empty, page, zeroPage, orphan, leak, daxPTE, daxPMD, shadow, swap, node, covered
    // Tags
    case tagDirty, tagTowrite, tagWriteback
    // Listings
    case function, statement, source, lineNumber, breakpoint, lock
    // What a moment says
    case changed, current, selection, match, counter, counterWrong, differs
    case good, warning, bug
    // Timeline
    case timelinePast, timelineFuture, timelineHead, timelineOperation, timelineFinding
    case timelineBug, timelineMark
    // File map
    case hole, unwritten, written, mappedRead, mappedWrite, mappedHuge, unmapped
    case cachedOnly, durable

    /// The name as dumps and theme tests print it.
    public var name: String { "\(self)" }
}

/// A marking laid over a role: the cell keeps its own colour and shows the marking as well.
public enum Overlay: UInt8, CaseIterable, Hashable, Sendable {
    case none
    /// The last step changed this.
    case changed
    /// This is the current statement or step.
    case current
    /// This is selected.
    case selection
    /// A search found this.
    case match

    /// The role whose look the marking takes; nil for none.
    public var role: Role? {
        switch self {
        case .none: nil
        case .changed: .changed
        case .current: .current
        case .selection: .selection
        case .match: .match
        }
    }
}

/// The style of a cell: a role, extra attributes, and a marking. Two bytes.
public struct Style: Hashable, Sendable, CustomStringConvertible {
    public var role: Role
    private var bits: UInt8

    public init(_ role: Role, _ attributes: Attributes = [], overlay: Overlay = .none) {
        self.role = role
        bits = attributes.rawValue & 15 | overlay.rawValue << 4
    }

    public var attributes: Attributes {
        get { Attributes(rawValue: bits & 15) }
        set { bits = bits & 0xF0 | newValue.rawValue & 15 }
    }

    public var overlay: Overlay {
        get { Overlay(rawValue: bits >> 4) ?? .none }
        set { bits = bits & 15 | newValue.rawValue << 4 }
    }

    /// The same style with more attributes.
    public func with(_ more: Attributes) -> Style {
        Style(role, attributes.union(more), overlay: overlay)
    }

    /// The same style with this marking instead of its own.
    public func with(_ overlay: Overlay) -> Style {
        Style(role, attributes, overlay: overlay)
    }

    /// Role, attributes and marking: `orphan bold +changed`.
    public var description: String {
        let mark = overlay == .none ? [] : ["+\(overlay)"]
        return ([role.name] + attributes.names + mark).joined(separator: " ")
    }
}

extension Style {
    /// One constant a role that views use all the time; others are `Style(.role)`.
    public static let text = Style(.text)
    public static let dim = Style(.dim)
    public static let title = Style(.title)
    public static let border = Style(.border)
    public static let focusedBorder = Style(.focusedBorder)
    public static let key = Style(.key)
    public static let narration = Style(.narration)
    public static let page = Style(.page)
    public static let zeroPage = Style(.zeroPage)
    public static let orphan = Style(.orphan)
    public static let leak = Style(.leak)
    public static let daxPTE = Style(.daxPTE)
    public static let daxPMD = Style(.daxPMD)
    public static let shadow = Style(.shadow)
    public static let swap = Style(.swap)
    public static let node = Style(.node)
    public static let empty = Style(.empty)
    public static let counter = Style(.counter)
    public static let counterWrong = Style(.counterWrong)
    public static let changed = Style(.changed)
    public static let current = Style(.current)
    public static let selection = Style(.selection)
    public static let good = Style(.good)
    public static let warning = Style(.warning)
    public static let bug = Style(.bug)
}
