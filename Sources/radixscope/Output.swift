import Foundation

/// Standard output, where verdicts and texts go. What could not be delivered was not said: that is
/// an error, and not a matter of taste of whoever reads it.
enum Output {
    /// Writes text as it is.
    ///
    /// - Throws: `UserError` with the system's reason; `ExitCode` where nobody reads any more.
    static func write(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress!, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Writes a line.
    static func line(_ text: String = "") throws { try write(text + "\n") }

    /// Who closed the pipe has read enough, and wants no message; without handling it the signal
    /// of the pipe has ended the program before.
    private static func failure(_ code: Int32) -> any Error {
        if code == EPIPE { return Main.unread }
        return UserError(
            description: "standard output: " + String(cString: strerror(code)))
    }

    /// Writes an error to standard error; there is nowhere to say that this failed.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    /// Gives the three standard descriptors to something, where a shell has closed them (`>&-`).
    /// Else the next file that is opened would be taken for one of them. What stands in their
    /// place refuses as a closed descriptor does.
    static func occupyStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) < 0 {
            let way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY
            // The lowest that is free: those below are taken.
            _ = open("/dev/null", way)
        }
    }
}
