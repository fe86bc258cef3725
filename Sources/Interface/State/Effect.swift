import Canvas

/// How much of the story a recording holds.
public enum RecordingScope: Hashable, Sendable {
    /// The screen as it is.
    case moment
    /// The whole scenario on the kernel that is shown, in the view that is shown.
    case scenario
}

/// What somebody outside of this room has to do, because it needs a terminal, a file or the end of
/// the program.
public enum Effect: Equatable, Sendable {
    /// Leave the program.
    case quit
    /// Leave the program, and leave the last screen behind as text.
    case quitLeavingScreen
    /// Stop as Ctrl-Z does.
    case suspend
    /// Repaint everything: something else wrote on the screen.
    case redraw
    /// Put a text on the clipboard.
    case copy(String)
    /// Show roles in this theme from now on.
    case theme(Theme)
    /// Ask the terminal for mouse events, or stop them.
    case mouse(Bool)
    /// Record to a file, in the format that its name ends in; nil: to a new file, here. Over one
    /// that is there only when that was said.
    case record(RecordingScope, path: String?, overwrites: Bool)
    /// Write a text to a file; likewise.
    case save(text: String, path: String, overwrites: Bool)
}
