import Foundation
import RadixTree

/// Golden traces of the kernel's radix tree: what Linux 4.5.0 returned, and what its nodes looked
/// like, operation by operation. Replaying one applies its operations to a `RadixTree` and
/// compares.
public enum RadixTreeTrace {
    public typealias Outcome = TraceOutcome
    public typealias Difference = TraceDifference

    /// Replays one trace file.
    ///
    /// - Returns: the outcome; the replay ends at the first difference.
    /// - Throws: `Malformed` if the file cannot be read, or a line is not what the format says. The
    ///   lines up to there have been replayed.
    public static func replay(contentsOf path: String) throws -> Outcome {
        let lines = try TextFile.lines(of: path)
        let header: TraceHeader = try decode(lines.first ?? "", path, 1)
        guard let slotsPerNode = header.slotsPerNode else {
            throw Malformed(
                file: path, line: 1,
                reason: "map_shift is \(header.mapShift) and tags \(header.tags); "
                    + "known are map_shift 4 or 6 with 3 tags")
        }
        var player = TracePlayer(slotsPerNode: slotsPerNode)
        for (index, text) in lines.enumerated().dropFirst() {
            let line: TraceLine = try decode(text, path, index + 1)
            do {
                guard let found = try player.play(line) else { continue }
                return Outcome(
                    operations: index - 1,
                    difference: Difference(
                        file: path, line: index + 1, operation: line.i, name: line.op,
                        field: found.field, recorded: found.recorded, ours: found.ours))
            } catch let error as TraceTextError {
                throw Malformed(file: path, line: index + 1, reason: error.reason)
            }
        }
        return Outcome(operations: lines.count - 1, difference: nil)
    }

    private static func decode<Value: Decodable>(
        _ text: Substring, _ path: String, _ line: Int
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch let error as TraceTextError {
            throw Malformed(file: path, line: line, reason: error.reason)
        } catch DecodingError.keyNotFound(let key, _) {
            throw Malformed(file: path, line: line, reason: "no field \"\(key.stringValue)\"")
        } catch DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context)
        {
            let field = context.codingPath.first?.stringValue ?? ""
            throw Malformed(file: path, line: line, reason: "field \"\(field)\" has a wrong type")
        } catch {
            throw Malformed(file: path, line: line, reason: "not a JSON object on one line")
        }
    }
}
