import Canvas

/// What a person has chosen: where they stand, what they look at, what they have typed. Equal
/// choices over the same run draw the same picture.
public struct Choices: Equatable, Sendable {
    /// Steps from the start of the run.
    public internal(set) var position: Int
    /// What fills the screen.
    public internal(set) var view = ViewKind.tree
    /// The pane that moves with j and k.
    public internal(set) var focus = Pane.tree
    /// The file page that was selected by hand; nil: the screen follows the story.
    public internal(set) var selected: UInt64?
    /// Lines scrolled out at the top, by pane.
    public internal(set) var scroll: [Pane: Int] = [:]
    /// The number typed so far before a motion.
    public internal(set) var count: Int?
    /// What keys go to.
    public internal(set) var mode = Mode.normal
    /// One line for the person, until the next key.
    public internal(set) var message: String?
    /// The last search.
    public internal(set) var pattern: String?
    /// Lines that were entered after `:`, oldest first.
    public internal(set) var entered: [String] = []
    /// The size of the screen, as far as motions by a page depend on it.
    public internal(set) var size = Size(80, 24)
    /// The story goes on by itself.
    public internal(set) var isPlaying = false
    /// Steps a second while it does.
    public internal(set) var speed = 4

    init(position: Int) {
        self.position = position
    }
}

/// What keys go to.
public enum Mode: Equatable, Sendable {
    case normal
    /// The line after `:`.
    case command(LineEdit)
    /// The line after `/`.
    case search(LineEdit)
    /// The list of commands, filtered by what is typed, one of them selected.
    case help(LineEdit, selected: Int)
}

/// What fills the screen.
public enum ViewKind: String, CaseIterable, Sendable {
    /// The debugger: tree, counters, call stack, story.
    case tree
}

/// A part of the main screen.
public enum Pane: String, CaseIterable, Sendable {
    case tree, slot, mappings, counters, findings, task, narration
}

/// A line of text with a cursor in it.
public struct LineEdit: Equatable, Sendable {
    public private(set) var characters: [Character]
    /// Characters before the cursor.
    public private(set) var cursor: Int
    /// How far back in what was entered before; 0: the line is new.
    var recalled = 0

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// A line takes this much; whatever is typed beyond is dropped.
    static let limit = 500

    mutating func insert(_ character: Character) {
        guard characters.count < LineEdit.limit else { return }
        characters.insert(character, at: cursor)
        cursor += 1
    }

    mutating func apply(_ edit: Edit) {
        switch edit {
        case .eraseBefore:
            guard cursor > 0 else { return }
            cursor -= 1
            characters.remove(at: cursor)
        case .eraseAfter:
            if cursor < characters.count { characters.remove(at: cursor) }
        case .eraseWord:
            while cursor > 0, characters[cursor - 1] == " " { apply(.eraseBefore) }
            while cursor > 0, characters[cursor - 1] != " " { apply(.eraseBefore) }
        case .clear:
            characters.removeFirst(cursor)
            cursor = 0
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .home: cursor = 0
        case .end: cursor = characters.count
        }
    }

    /// What an editing key does to a line.
    enum Edit: Equatable, Sendable {
        case eraseBefore, eraseAfter, eraseWord, clear, left, right, home, end
    }
}
