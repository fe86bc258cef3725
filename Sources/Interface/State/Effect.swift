import Canvas

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
    /// Write the present moment to a file, in a format of the recorder.
    case record(format: String, path: String)
    /// Write a text to a file.
    case save(text: String, path: String)
}
