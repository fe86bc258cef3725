import Foundation
import Interface
import Recording
import Scenario

/// The files that belong to the person: the XDG Base Directory Specification says where.
enum Folders {
    private static func folder(_ variable: String, _ fallback: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        // A path that is not absolute is to be ignored, says the specification.
        if let path = environment[variable], isUsable(path) { return path + "/radixscope" }
        guard let home = environment["HOME"], isUsable(home) else { return nil }
        return "\(home)/\(fallback)/radixscope"
    }

    /// A path that was not UTF-8 is another one as text.
    private static func isUsable(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.unicodeScalars.contains("\u{FFFD}")
    }

    /// What a file holds; nil when there is none, also where no folder can be that it would be in.
    ///
    /// - Throws: `POSIXError`.
    static func contents(of path: String) throws -> Data? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return try file.readToEnd() ?? Data()
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
            guard let found = try Folders.contents(of: path) else { return Settings() }
            bytes = found
        } catch {
            throw UserError(
                description: "\(path): cannot be read; mend it or start with --no-config")
        }
        do {
            return try parse(String(decoding: bytes, as: UTF8.self), file: path)
        } catch {
            throw UserError(located: error.description)
        }
    }
}
