// Room Recording: see ARCHITECTURE.md.
//
// A `Film` makes `Picture`s of a run, one by one; a `FilmWriter` turns them into the bytes of a
// format, one by one; `OutputFile` keeps the bytes. Writers are pure: files and processes are
// only in OutputFile.swift and Tool.swift.

/// Why something was not recorded; the description is one line for people.
public enum RecordingError: Error, Hashable, CustomStringConvertible {
    /// The words say something that cannot be meant.
    case misuse(String)
    /// The run has no such moment.
    case noSuchMoment(String)
    /// The file system or a program refused.
    case failed(String)
    /// Nobody reads the pipe any more.
    case unread
    /// There is a file of this name, and it was not said that it may be written over.
    case exists(String)

    public var description: String {
        switch self {
        case .misuse(let text), .noSuchMoment(let text), .failed(let text): text
        case .unread: "standard output: nobody reads it"
        case .exists(let name): "\(name): is there already"
        }
    }
}
