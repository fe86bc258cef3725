import Foundation
import Interface
import Recording
import Scenario

/// The files that belong to the person: the XDG Base Directory Specification says where.
enum Folders {
    private static func folder(_ variable: String, _ fallback: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        // A path that is not absolute is to be ignored, says the specification.
        if let path = environment[variable], path.hasPrefix("/") { return path + "/radixscope" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return "\(home)/\(fallback)/radixscope"
    }

    static var configuration: String? {
        folder("XDG_CONFIG_HOME", ".config").map { $0 + "/config" }
    }

    static var state: String? { folder("XDG_STATE_HOME", ".local/state") }
}

extension Settings {
    /// The person's configuration; without a file, what holds by default.
    ///
    /// - Throws: `UserError` for a file that cannot be read, or not be understood.
    static func load() throws -> Settings {
        guard let path = Folders.configuration else { return Settings() }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch CocoaError.fileReadNoSuchFile {
            return Settings()
        } catch {
            throw UserError(
                description: "\(path): cannot be read; mend it or start with --no-config")
        }
        do {
            return try parse(String(decoding: bytes, as: UTF8.self), file: path)
        } catch {
            throw UserError(description: error.description)
        }
    }
}

/// Where a scenario was left, in a file of its own.
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

    /// What was kept; nil when nothing was, or when it cannot be read.
    func load() -> (memory: Remembered?, complaint: String?) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            return (nil, nil)
        }
        guard let memory = try? JSONDecoder().decode(Remembered.self, from: data), memory.isKnown
        else { return (nil, "what was kept of this scenario is damaged and was not used") }
        return (memory, nil)
    }

    /// Keeps a state; the file is whole or as it was.
    ///
    /// - Returns: why not, if not.
    func save(_ memory: Remembered) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            return "\(folder.path): the folder cannot be made"
        }
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
