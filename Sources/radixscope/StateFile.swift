import Foundation
import Interface
import Recording

/// Where a scenario was left, in a file of its own. Several programs may be at one scenario: each
/// adds what it has changed to what is there when it ends.
struct StateFile {
    let path: String

    /// - Parameter file: the scenario's file; nil for one that has none.
    init?(scenario: String, file: String?) {
        guard let folder = Folders.state else { return nil }
        // Two scenarios of one name in different folders are two.
        let full = file.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path } ?? ""
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in full.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        path = "\(folder)/\(scenario)-\(String(hash, radix: 16)).json"
    }

    /// What a file holds.
    private enum Found {
        case nothing
        case memory(Remembered)
        case damaged
        /// Of a program that is newer than this one.
        case newer
    }

    private func read() -> Found {
        guard let data = try? Folders.contents(of: path) else { return .nothing }
        struct Head: Decodable { var format: Int }
        let head = try? JSONDecoder().decode(Head.self, from: data)
        if let head, head.format > Remembered.format { return .newer }
        guard let memory = try? JSONDecoder().decode(Remembered.self, from: data), memory.isKnown
        else { return .damaged }
        return .memory(memory)
    }

    private static let newer = "what is kept of this scenario is of a newer radixscope"

    /// What was kept; nil when nothing was, or when it cannot be read.
    func load() -> (memory: Remembered?, complaint: String?) {
        switch read() {
        case .nothing: (nil, nil)
        case .memory(let memory): (memory, nil)
        case .damaged: (nil, "what was kept of this scenario is damaged and was not used")
        case .newer: (nil, Self.newer + "; it is left as it is")
        }
    }

    /// Keeps a state, together with what other programs have kept since; the file is whole or as
    /// it was.
    ///
    /// - Parameter before: the state that the person began with.
    /// - Returns: why not, if not.
    func save(_ memory: Remembered, since before: Remembered) -> String? {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            return "\(folder.path): the folder cannot be made"
        }
        // From reading to writing nobody else writes. Where a file system has no locks, the last
        // one to leave decides.
        let lock = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
        switch read() {
        case .newer: return Self.newer
        case .memory(let theirs): return write(memory.merged(with: theirs, since: before))
        case .nothing, .damaged: return write(memory)
        }
    }

    private func write(_ memory: Remembered) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            let text = String(decoding: try encoder.encode(memory), as: UTF8.self)
            let file = try OutputFile(path: path)
            try file.write(text + "\n")
            try file.finish()
        } catch let error as RecordingError {
            return error.description
        } catch {
            return "\(error)"
        }
        return nil
    }
}
