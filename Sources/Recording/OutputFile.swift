import Foundation

/// Where the bytes of a recording go.
///
/// A file is written beside its place and put there when it is whole: until then, and after a
/// failure or a signal, what was there stays. On most file systems the unfinished file has no
/// name, so that nothing is left over even when the program is killed.
public final class OutputFile {
    private let descriptor: Int32
    private let path: String
    private let kind: Kind
    private let replaces: Bool
    private var buffer: [UInt8] = []

    private enum Kind {
        /// Written to directly: standard output, a device, a pipe.
        case stream
        /// To be linked into its folder.
        case unnamed
        /// To be renamed from this path.
        case named(String)
    }

    /// The word that means standard output.
    public static let standardOutput = "-"

    /// Opens `path` for writing; `-` is standard output. A symbolic link is followed.
    ///
    /// - Parameters:
    ///   - replaces: false: a file that is there already, or is when this one is whole, is an error
    ///     and stays. Devices and pipes are written to all the same.
    ///   - unnamed: false for file systems without files that have no name; found out where it
    ///     matters.
    public init(
        path word: String, replaces: Bool = true, unnamed: Bool = true
    ) throws(RecordingError) {
        self.replaces = replaces
        if word == Self.standardOutput {
            (descriptor, path, kind) = (STDOUT_FILENO, "standard output", .stream)
            return
        }
        path = Self.resolved(word)
        var status = stat()
        if stat(path, &status) == 0 {
            let type = status.st_mode & S_IFMT
            guard type != S_IFDIR else {
                throw Self.failure(word, "is a folder; expected a file's name")
            }
            if type != S_IFREG {
                descriptor = open(path, O_WRONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw Self.failure(word, Self.reason()) }
                kind = .stream
                return
            }
            guard replaces else { throw .exists(Moments.quoted(word, columns: 200)) }
            // Replacing needs no right to write to the file itself; a person would expect it to.
            guard access(path, W_OK) == 0 else { throw Self.failure(word, Self.reason()) }
        }
        let folder = Self.folder(of: path)
        if unnamed {
            let unnamedFile = open(folder, Self.temporary | O_WRONLY | O_CLOEXEC, 0o666)
            if unnamedFile >= 0 {
                (descriptor, kind) = (unnamedFile, .unnamed)
                Self.copyMode(status, to: unnamedFile)
                return
            }
        }
        let temporary = Self.temporaryName(in: folder)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(word, Self.reason()) }
        kind = .named(temporary)
        Self.copyMode(status, to: descriptor)
    }

    deinit {
        guard descriptor != STDOUT_FILENO else { return }
        close(descriptor)
        if case .named(let temporary) = kind, !isDone { unlink(temporary) }
    }

    private var isDone = false

    public func write(_ text: String) throws(RecordingError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= 1 << 16 { try flush() }
    }

    public func write(_ bytes: [UInt8]) throws(RecordingError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 16 { try flush() }
    }

    /// Makes what was written the contents of the file. Without this call nothing changes.
    ///
    /// - Parameter isDurable: also after a loss of power; false for one of many files, before
    ///   `makeDurable`.
    public func finish(isDurable: Bool = true) throws(RecordingError) {
        try flush()
        switch kind {
        case .stream: break
        case .named(let temporary): try put(temporary, isDurable)
        case .unnamed:
            let temporary = Self.temporaryName(in: Self.folder(of: path))
            let source = "/proc/self/fd/\(descriptor)"
            guard linkat(AT_FDCWD, source, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else {
                throw Self.failure(path, Self.reason())
            }
            try put(temporary, isDurable)
        }
        isDone = true
    }

    private func put(_ temporary: String, _ isDurable: Bool) throws(RecordingError) {
        guard !isDurable || fsync(descriptor) == 0, move(temporary) else {
            let error: RecordingError =
                errno == EEXIST
                ? .exists(Moments.quoted(path, columns: 200)) : Self.failure(path, Self.reason())
            unlink(temporary)
            throw error
        }
        // The new name is durable when the folder is; where a folder cannot be synced, it cannot.
        if isDurable { Self.sync(Self.folder(of: path), O_RDONLY | O_DIRECTORY) }
    }

    /// Gives the whole file its name; false, and `errno`, when that cannot be.
    private func move(_ temporary: String) -> Bool {
        guard !replaces else { return rename(temporary, path) == 0 }
        // A link is never made over a file.
        if link(temporary, path) == 0 { return unlink(temporary) == 0 }
        // A file system without links cannot look and move in one; then one after the other.
        guard errno != EEXIST else { return false }
        guard access(path, F_OK) != 0 else {
            errno = EEXIST
            return false
        }
        return rename(temporary, path) == 0
    }

    /// Makes files of a folder durable. One after another they would each wait for the disk; when
    /// all are written, the first waits for all.
    static func makeDurable(_ paths: [String], in folder: String) {
        for path in paths { sync(path, O_RDONLY) }
        sync(folder, O_RDONLY | O_DIRECTORY)
    }

    private static func sync(_ path: String, _ flags: Int32) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private func flush() throws(RecordingError) {
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written >= 0 else {
                throw errno == EPIPE && descriptor == STDOUT_FILENO
                    ? .unread : Self.failure(path, Self.reason())
            }
            done += written
        }
        buffer.removeAll(keepingCapacity: true)
    }

    // MARK: Names

    /// `O_TMPFILE`, which Swift does not see: the same on every Linux that Swift runs on.
    private static let temporary = 0o20_000_000 | O_DIRECTORY

    private static func resolved(_ path: String) -> String {
        var path = path
        var info = stat()
        for _ in 0..<40 where lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK {
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            else { break }
            path = target.hasPrefix("/") ? target : folder(of: path) + "/" + target
        }
        return path
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name that no other recording uses, in this process or in another.
    private static func temporaryName(in folder: String) -> String {
        "\(folder)/.radixscope-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    }

    private static func copyMode(_ old: stat, to descriptor: Int32) {
        if old.st_mode != 0 { fchmod(descriptor, old.st_mode & 0o777) }
    }

    private static func reason() -> String {
        String(cString: strerror(errno))
    }

    private static func failure(_ path: String, _ reason: String) -> RecordingError {
        .failed("\(Moments.quoted(path, columns: 200)): \(reason)")
    }
}
