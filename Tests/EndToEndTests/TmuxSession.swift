import Foundation

/// A shell in a real terminal: a tmux server of its own, driven by keys, read as a screen.
///
/// Nothing here sleeps for luck: everything waits until something can be seen, and says what was
/// there instead when it never comes.
final class TmuxSession {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// How long anything may take on the slowest machine that runs tests.
    static let patience: Duration = .seconds(30)

    let socket: String
    let folder: URL
    private var asked = 0

    /// Starts bash in a terminal of this size.
    ///
    /// - Parameter environment: added to what the tests run with; an empty value unsets.
    init(
        columns: Int = 80, rows: Int = 24, environment: [String: String] = [:],
        terminal: String = "tmux-256color"
    ) throws {
        socket = "radixscope-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(socket)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = folder.appendingPathComponent("tmux.conf")
        try """
        set -g default-terminal \(terminal)
        set -g escape-time 0
        set -g remain-on-exit on
        set -s set-clipboard on
        """.write(to: configuration, atomically: true, encoding: .utf8)
        // What the person who runs the tests prefers and has left is theirs.
        var variables = [
            "LC_ALL": "C.UTF-8", "NO_COLOR": "", "COLORS": "",
            "XDG_CONFIG_HOME": folder.appendingPathComponent("config").path,
            "XDG_STATE_HOME": folder.appendingPathComponent("state").path,
        ]
        variables.merge(environment) { $1 }
        let settings = variables.sorted { $0.key < $1.key }.flatMap { name, value in
            value.isEmpty ? ["-u", name] : []
        }
        let added = variables.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)" }.sorted()
        let shell =
            (["env"] + settings + added + ["PS1='$ '", "bash", "--norc", "--noprofile", "-i"])
        _ = try tmux(
            "-f", configuration.path, "-u", "new-session", "-d", "-x", "\(columns)", "-y",
            "\(rows)",
            shell.joined(separator: " "))
        _ = try wait("a prompt") { $0.contains("$") }
    }

    deinit {
        _ = try? tmux("kill-server")
        try? FileManager.default.removeItem(at: folder)
    }

    /// Types a command line into the shell.
    func run(_ command: String) throws {
        try type(command)
        try send("Enter")
    }

    /// Presses keys by tmux's names: `l`, `Left`, `C-c`, `BTab`, `Escape`.
    func send(_ keys: String...) throws {
        _ = try tmux(["send-keys"] + keys)
    }

    /// Types a text as it is.
    func type(_ text: String) throws {
        _ = try tmux("send-keys", "-l", "--", text)
    }

    /// Sends bytes, such as those of a mouse click.
    func send(bytes: [UInt8]) throws {
        _ = try tmux(["send-keys", "-H"] + bytes.map { String($0, radix: 16) })
    }

    /// The screen as text; with styles, with the sequences that colour it.
    func capture(withStyles: Bool = false) throws -> String {
        try tmux(["capture-pane", "-p"] + (withStyles ? ["-e"] : []))
    }

    /// Waits until the screen shows a text, and returns the screen.
    @discardableResult
    func waitFor(_ text: String) throws -> String {
        try wait("\"\(text)\"") { $0.contains(text) }
    }

    /// Waits until a condition on the screen holds.
    @discardableResult
    func wait(_ what: String, until holds: (String) throws -> Bool) throws -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + TmuxSession.patience
        while true {
            let screen = try capture()
            if try holds(screen) { return screen }
            if clock.now > deadline {
                throw Failure(description: "never saw \(what); the screen:\n\(screen)")
            }
            usleep(20_000)
        }
    }

    func resize(columns: Int, rows: Int) throws {
        _ = try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// What tmux knows about the pane, as `alternate_on` or `cursor_flag`.
    func format(_ name: String) throws -> String {
        try tmux("display-message", "-p", "#{\(name)}").trimmingCharacters(in: .newlines)
    }

    /// Waits until the program stands at the last step, and returns the screen.
    @discardableResult
    func waitForTheEnd() throws -> String {
        try wait("the last step") { screen in
            guard let place = screen.firstRange(of: /step (\d+)\/(\d+)/) else { return false }
            let numbers = screen[place].dropFirst("step ".count).split(separator: "/")
            return numbers[0] == numbers[1]
        }
    }

    /// Waits until tmux says this of the pane: what a program asks of the terminal need not have
    /// arrived with what it has drawn.
    func waitFor(format name: String, _ value: String) throws {
        _ = try wait("\(name) \(value)") { _ in try format(name) == value }
    }

    /// Waits until the shell has the terminal back: its program has ended, or is stopped.
    func waitForShell() throws {
        _ = try wait("the shell's turn") { _ in
            try format("pane_current_command") == "bash"
        }
    }

    /// The exit status of the program that ended last; above 128 a signal.
    func exitStatus() throws -> Int {
        let answer = try ask("echo $?")
        return Int(answer) ?? -1
    }

    /// What `stty -a` says, without the line that has the size.
    func modes() throws -> String {
        let lines = try ask("stty -a").split(separator: "\n")
        return lines.dropFirst().joined(separator: "\n")
    }

    /// Runs a command in the shell and returns what it printed.
    func ask(_ command: String) throws -> String {
        asked += 1
        let output = folder.appendingPathComponent("answer-\(asked)")
        let done = folder.appendingPathComponent("done-\(asked)")
        try waitForShell()
        try run("\(command) > \(output.path) 2>&1; touch \(done.path)")
        _ = try wait("an answer to \(command)") { _ in
            FileManager.default.fileExists(atPath: done.path)
        }
        return try String(contentsOf: output, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    /// The process id of the program that the shell runs.
    func child() throws -> Int32 {
        let shell = try format("pane_pid")
        let list = try String(
            contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
        guard let id = list.split(separator: " ").last.flatMap({ Int32($0) }) else {
            throw Failure(description: "the shell runs nothing")
        }
        return id
    }

    /// Closes the terminal under the program, as closing a window does.
    func hangUp() throws {
        _ = try tmux("kill-pane")
    }

    /// Runs tmux itself on this session's own server.
    @discardableResult
    func tmux(_ arguments: String...) throws -> String {
        try tmux(arguments)
    }

    private func tmux(_ arguments: [String]) throws -> String {
        let result = try spawn(["tmux", "-L", socket] + arguments, scratch: folder)
        if result.status == 127 {
            throw Failure(
                description: "these tests need tmux: install it, for example with "
                    + "`apt-get install tmux`, and run them again")
        }
        guard result.status == 0 else {
            throw Failure(
                description: "tmux \(arguments.joined(separator: " ")): \(result.problems)")
        }
        return result.output
    }
}

/// The folder of the programs that were built along with these tests.
func builtProgram(_ name: String) throws -> String {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let program = tests.deletingLastPathComponent().appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
        throw TmuxSession.Failure(description: "\(program.path) is not built")
    }
    return program.path
}
