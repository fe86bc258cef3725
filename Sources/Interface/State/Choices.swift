import Canvas
import Kernel

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
    var mode = Mode.normal
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
    /// Backwards.
    public internal(set) var playsBack = false
    /// Steps a second while it does.
    public internal(set) var speed = 4
    /// The moments that are compared.
    public internal(set) var marks: [Mark: Spot] = [:]
    /// Moments to come back to, each with a note that may be empty.
    public internal(set) var bookmarks: [Spot: String] = [:]
    /// What a run stops at besides findings and the BUG.
    public internal(set) var breakpoints: [Breakpoint] = []
    /// What was answered so far.
    public internal(set) var answers: [QuestionSpot: Answer] = [:]
    /// The branch that is shown; 0: the story itself.
    public internal(set) var branch = 0
    /// The kernels that stand side by side; empty: the scenario's first four.
    public internal(set) var compared: [KernelVersion] = []
    /// The branches that stand there instead; empty: kernels do.
    public internal(set) var comparedBranches: [Int] = []
    /// The story of an operation is told only after its question was answered.
    public internal(set) var isQuiz = false
    /// Nothing but what matters to people who look on: no line of keys.
    public internal(set) var isPresenting = false
    /// The mouse went down on the timeline and is not up yet: its column is the position.
    public internal(set) var isScrubbing = false
    /// By view: what of it is shown.
    public internal(set) var cameras: [ViewKind: Camera] = [:]

    init(position: Int) {
        self.position = position
    }
}

/// What keys go to.
enum Mode: Equatable, Sendable {
    case normal
    /// The line after `:`.
    case command(LineEdit)
    /// The line after `/`.
    case search(LineEdit)
    /// The line that answers a question.
    case answer(LineEdit)
    /// What led to a finding or to a counter's value: which cause is selected, and where the person
    /// came from.
    case why(Why.Subject, cause: Int, origin: Int)
    /// The list of commands, filtered by what is typed, one of them selected.
    case help(LineEdit, selected: Int)
}

/// What fills the screen.
public enum ViewKind: String, CaseIterable, Sendable {
    /// The debugger: tree, counters, call stack, story.
    case tree
    /// The file from its first page to its last, row by row what is known of each page.
    case map
    /// Several kernels side by side after the same operation.
    case versions
    /// What the console and the story say, in order.
    case log
    /// The tree as a drawing.
    case diagram
    /// One page of the file: its entry bit by bit, its past, who maps it.
    case inspector
    /// What is different between the marks.
    case changes
    /// Breakpoints, bookmarks, marks.
    case stops
}

/// A part of the main screen.
public enum Pane: String, CaseIterable, Sendable {
    case tree, slot, mappings, counters, findings, task, narration
    /// What a view other than the main one shows.
    case body
}

/// A moment of a kernel's run.
public struct Spot: Hashable, Sendable {
    public var version: KernelVersion
    public var position: Int
}

/// A moment to compare with.
public enum Mark: String, CaseIterable, Sendable {
    case a = "A"
    case b = "B"
}

/// Which part of something larger than the screen is shown.
public struct Camera: Equatable, Sendable {
    /// Columns and rows, or pages, that lie left of and above the screen; nil: around the page that
    /// the screen is about.
    public internal(set) var origin: UInt64?
    /// 0: the view chooses; else so many steps in (above 0) or out.
    public internal(set) var zoom = 0

    init(origin: UInt64? = nil, zoom: Int = 0) {
        self.origin = origin
        self.zoom = zoom
    }
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
