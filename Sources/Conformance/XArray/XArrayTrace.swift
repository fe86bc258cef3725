import Foundation
import XArray

/// Golden traces of the kernel's XArray: what Linux 6.1 and 6.12 returned, and what its nodes
/// looked like, operation by operation. Replaying one applies its operations to an `XArray` for
/// each of the kernels that the trace names, and compares.
public enum XArrayTrace {
    /// What does the operations.
    public enum Way: Sendable {
        /// Calls of the XArray room.
        case calls
        /// The kernel's functions statement by statement, each of which may make one change that a
        /// reader without the lock can see, and none without the lock.
        case statements
    }

    /// Replays one trace file.
    ///
    /// - Returns: the outcome, operations counted once for each kernel; the replay ends at the
    ///   first difference.
    /// - Throws: `Malformed` if the file cannot be read, or a line is not what the format says. The
    ///   lines up to there have been replayed.
    public static func replay(
        contentsOf path: String, by way: Way = .calls
    ) throws -> TraceOutcome {
        switch way {
        case .calls: try replay(path, XArrayLibrary.self)
        case .statements: try replay(path, XArrayListings.self)
        }
    }

    private static func replay<Subject: XArraySubject>(
        _ path: String, _: Subject.Type
    ) throws -> TraceOutcome {
        let texts = try TextFile.lines(of: path)
        let lines = try texts.enumerated().map { try decode($1, path, $0 + 1) }
        let header = try located(path, 1) {
            try XArrayTraceHeader(lines.first ?? XArrayTraceLine(fields: [:]))
        }
        var operations = 0
        for version in header.versions {
            var player = XArrayPlayer<Subject>(header, version)
            for (index, line) in lines.enumerated().dropFirst() {
                let found = try located(path, index + 1) { try player.play(line) }
                guard let found else {
                    operations += 1
                    continue
                }
                let (number, name) = try located(path, index + 1) {
                    (try line.number("i"), try line.text("op"))
                }
                return TraceOutcome(
                    operations: operations,
                    difference: TraceDifference(
                        file: path, line: index + 1, operation: number,
                        name: "\(name), \(version.rawValue)", field: found.field,
                        recorded: found.recorded, ours: found.ours))
            }
        }
        return TraceOutcome(operations: operations, difference: nil)
    }

    private static func located<Result>(
        _ path: String, _ line: Int, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as TraceTextError {
            throw Malformed(file: path, line: line, reason: error.reason)
        }
    }

    private static func decode(
        _ text: Substring, _ path: String, _ line: Int
    ) throws -> XArrayTraceLine {
        do {
            let fields = try JSONDecoder().decode([String: TraceValue].self, from: Data(text.utf8))
            return XArrayTraceLine(fields: fields)
        } catch {
            throw Malformed(file: path, line: line, reason: "not a JSON object on one line")
        }
    }
}
