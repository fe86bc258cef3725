/// Why there is no screen to draw on. Each describes itself in one line that says what to do.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Input or output is not a terminal.
    case notATerminal
    /// The terminal database does not know TERM; nil when it is not set.
    case unknownTerminal(String?)
    /// The terminal cannot move its cursor.
    case dumbTerminal(String?)
    /// This process has a terminal open already.
    case busy
    /// The system refused a descriptor or memory.
    case failed

    public var description: String {
        switch self {
        case .notATerminal:
            "standard input and output must be a terminal; to get a picture without one, "
                + "use `radixscope record`"
        case .unknownTerminal(nil), .unknownTerminal(""):
            "TERM is not set; set it to the kind of your terminal, such as TERM=xterm-256color"
        case .unknownTerminal(let name?):
            "no terminal is known as TERM=\(sanitisedName(name)); set it to one that is, such as "
                + "TERM=xterm-256color"
        case .dumbTerminal(let name):
            "the terminal TERM=\(sanitisedName(name ?? "")) cannot move its cursor; use one that "
                + "can, or `radixscope record`"
        case .busy: "the terminal is in use by this program already"
        case .failed: "the terminal could not be opened: out of files or memory"
        }
    }
}
