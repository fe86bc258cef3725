import Foundation

/// Programs of others that make what we cannot: pixels.
enum Tool {
    /// The path of a program in PATH.
    static func find(_ name: String, in path: String? = nil) -> String? {
        let path = path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Runs a program with `input` as its standard input.
    ///
    /// - Returns: its standard output.
    /// - Throws: `failed` with the last line of what it complained about.
    static func run(
        _ program: String, _ arguments: [String], input: [UInt8] = []
    ) throws(RecordingError) -> [UInt8] {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        do {
            // Files, not pipes: no program waits for another to read.
            let folder = try temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try Data(input).write(to: URL(fileURLWithPath: folder + "/in"))
            let output = folder + "/out"
            let errors = folder + "/errors"
            for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.standardInput = FileHandle(forReadingAtPath: folder + "/in")
            process.standardOutput = FileHandle(forWritingAtPath: output)
            process.standardError = FileHandle(forWritingAtPath: errors)
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
                let line = said.split(separator: "\n").last.map(String.init) ?? "no reason given"
                throw RecordingError.failed(
                    "\(name) ended with \(process.terminationStatus): \(Moments.quoted(line))")
            }
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
        } catch let error as RecordingError {
            throw error
        } catch {
            throw .failed("\(name) could not be run: \(error.localizedDescription)")
        }
    }

    /// A folder of one's own.
    static func temporaryFolder() throws -> String {
        let folder = NSTemporaryDirectory() + "/radixscope-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        return folder
    }
}
