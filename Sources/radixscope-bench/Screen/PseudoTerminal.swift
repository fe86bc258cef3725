import CHeap
import Foundation

/// A terminal without a screen: a program runs on it, and what it sends is counted.
final class PseudoTerminal {
    private let master: Int32
    let child: pid_t
    private var text: [UInt8] = []

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Starts a program on a terminal of this size.
    init(_ arguments: [String], columns: Int, rows: Int, environment: [String: String]) throws {
        var name = [CChar](repeating: 0, count: 100)
        master = rs_open_pseudo_terminal(Int32(columns), Int32(rows), &name, name.count)
        guard master >= 0 else {
            throw Failure(description: "no pseudo terminal: \(String(cString: strerror(errno)))")
        }
        var variables = ProcessInfo.processInfo.environment
        variables["COLUMNS"] = nil
        variables["LINES"] = nil
        variables["TERM"] = "xterm-256color"
        variables["LC_ALL"] = "C.UTF-8"
        variables["NO_COLOR"] = nil
        variables.merge(environment) { $1 }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [0, 1] {
            posix_spawn_file_actions_addopen(&actions, descriptor, name, O_RDWR, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] =
            variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + settings { free(word) } }
        var process = pid_t()
        let problem = posix_spawn(&process, arguments[0], &actions, nil, &words, &settings)
        guard problem == 0 else {
            throw Failure(description: "\(arguments[0]): \(String(cString: strerror(problem)))")
        }
        child = process
    }

    deinit {
        kill(child, SIGKILL)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        close(master)
    }

    func send(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Reads until nothing has come for a while.
    ///
    /// - Returns: how many bytes came.
    func drain(quiet milliseconds: Int32, patience: Int32 = 10_000) -> Int {
        var count = 0
        var wait = patience
        while let bytes = read(wait) {
            count += bytes
            wait = milliseconds
        }
        return count
    }

    /// Reads until a text has come; nil when the program ended first.
    func waitFor(_ wanted: String) -> Bool {
        let wanted = Data(wanted.utf8)
        text = []
        while Data(text).range(of: wanted) == nil {
            guard read(10_000) != nil else { return false }
        }
        return true
    }

    private func read(_ milliseconds: Int32) -> Int? {
        var poller = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(master, &buffer, buffer.count)
        guard count > 0 else { return nil }
        text += buffer[..<count]
        return count
    }

    /// Nanoseconds that the program has computed.
    func processorTime() -> UInt64 {
        let path = "/proc/\(child)/schedstat"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
    }
}
