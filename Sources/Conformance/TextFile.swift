import Foundation

/// A file that cannot be read as a recording.
public struct Malformed: Error, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1; nil if the file itself cannot be read.
    public let line: Int?
    public let reason: String

    public var description: String {
        "\(file):\(line ?? 1):1: \(reason)"
    }
}

enum TextFile {
    /// The lines of a file, without the empty one behind the last newline.
    static func lines(of path: String) throws -> [Substring] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw Malformed(file: path, line: nil, reason: "no such file")
        }
        guard !isDirectory.boolValue else {
            throw Malformed(file: path, line: nil, reason: "a directory, not a recording")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Malformed(file: path, line: nil, reason: "cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Malformed(file: path, line: nil, reason: "not text")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
