import Canvas
import Kernel

/// Something that a person wants. Only the reducer gives it a meaning.
enum Action: Equatable, Sendable {
    // Time
    case go(Motion, count: Int?)
    case goto(Int)
    case gotoOperation(Int)
    case kernel(KernelVersion)
    case nextKernel(Int)
    /// - Parameter direction: 1 forward, -1 back.
    case play(speed: Int?, direction: Int)
    /// So many twentieths of the story.
    case scrub(Int)
    case tick
    case mark(Mark)
    case bookmark(String?)
    case nextBookmark(Int)
    case toggleBreakpoint
    case breakpoint(String)
    case removeBreakpoint(Int)
    case compare([KernelVersion])
    case compareBranches([Int])
    // Study
    /// Of the findings, or of a counter.
    case why(Why.Counter?)
    case answerLine
    case answer(String)
    case perform(String)
    case branch(Int)
    case removeBranch(Int)
    case save(String, overwrites: Bool)
    // The screen
    case scroll(Int)
    case page(Int)
    case focus(Int)
    case select(UInt64?)
    case view(ViewKind)
    case nextView(Int)
    case inspect
    case entry(Int)
    case pan(Int)
    case zoom(Int)
    case theme(String)
    case ascii(Bool)
    case mouse(Bool)
    case quiz(Bool)
    case present(Bool)
    case resize(Size)
    case pointer(Mouse)
    // Text
    case digit(Int)
    case commandLine(String)
    case searchLine
    case help
    case type(Unicode.Scalar)
    case edit(LineEdit.Edit)
    case recall(Int)
    case complete
    case submit
    case find(String)
    case match(Int)
    case escape
    case say(String)
    // The program
    case copyAddress
    case record(RecordingScope, path: String?, overwrites: Bool)
    case suspend
    case redraw
    case quit
    case quitLeavingScreen
}

extension Action {
    /// The same, over a file that is there already; nil when it writes none.
    var overwriting: Action? {
        switch self {
        case .save(let path, _): .save(path, overwrites: true)
        case .record(let scope, let path, _): .record(scope, path: path, overwrites: true)
        default: nil
        }
    }
}

/// A way through time. Each has its reverse.
enum Motion: String, CaseIterable, Sendable {
    case step, back
    case over, overBack
    case out, outBack
    case nextOperation, previousOperation
    case nextStop, previousStop
    case start, end
}
