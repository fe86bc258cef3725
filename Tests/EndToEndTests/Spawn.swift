import Foundation

/// Runs a program to its end and returns its status and what it printed.
///
/// Not Foundation's `Process`: that waits until nobody holds a socket which a server such as
/// tmux's inherits, and passes on the signal mask of a worker thread, in which everything is
/// blocked.
func spawn(
    _ arguments: [String], scratch: URL
) throws -> (status: Int32, output: String, problems: String) {
    let output = scratch.appendingPathComponent("output")
    let problems = scratch.appendingPathComponent("problems")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let create = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output.path, create, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, problems.path, create, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process = pid_t()
    let problem = posix_spawnp(&process, words[0]!, &actions, &attributes, words, environ)
    guard problem == 0 else { return (127, "", String(cString: strerror(problem))) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signalled = status & 0x7F
    return (
        signalled == 0 ? status >> 8 & 0xFF : 128 + signalled,
        String(decoding: try Data(contentsOf: output), as: UTF8.self),
        String(decoding: try Data(contentsOf: problems), as: UTF8.self)
    )
}

/// The release program, as `make test` builds it.
func program() throws -> String {
    let path = projectFolder.appendingPathComponent(".build/release/radixscope").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
        throw Missing(description: "\(path) is not there; `make test` builds it first")
    }
    return path
}

let projectFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

struct Missing: Error, CustomStringConvertible {
    var description: String
}

/// A folder for one test, which goes when the test is over.
final class ScratchFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("radixscope-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> String { url.appendingPathComponent(name).path }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }
}
