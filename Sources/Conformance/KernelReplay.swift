import Foundation
import Kernel
import PageCache

/// Replays recorded kernels through the model and compares the state after every operation.
public enum KernelReplay {
    /// A field in which recording and model differ.
    public struct Difference: Sendable, Equatable, CustomStringConvertible {
        public var file: String
        /// From 1.
        public var line: Int
        public var kernel: String
        public var fileSystem: String
        public var step: Int
        /// The operation's name.
        public var operation: String
        public var field: String
        public var recorded: String
        public var ours: String

        public var description: String {
            "\(file):\(line):1: \(kernel) \(fileSystem) step \(step) (\(operation)): \(field): "
                + "recorded \(recorded), ours \(ours)"
        }
    }

    /// Replays every kernel and file system of one recording.
    ///
    /// - Throws: `Malformed` if the file cannot be read as a recording.
    public static func replay(contentsOf path: String) throws -> Outcome {
        let recording = try KernelRecording(contentsOf: path)
        var outcome = Outcome()
        for fileSystem in recording.header.filesystems {
            for kernel in recording.header.kernels {
                let steps = recording.steps.filter { $0.kernel == kernel && $0.fs == fileSystem }
                guard let version = KernelVersion(rawValue: kernel),
                    let system = FileSystem(rawValue: fileSystem)
                else {
                    throw Malformed(
                        file: path, line: 1,
                        reason: "unknown kernel or file system: \(kernel), \(fileSystem)")
                }
                // A run that shows where blocks do not lie is begun again with that.
                var misaligned: Set<RecordedPlaces.Misaligned> = []
                while true {
                    var run = KernelRun(
                        version, system, header: recording.header, steps: steps,
                        places: recording.places(
                            for: kernel, fileSystem, misaligned: misaligned))
                    var ours = Outcome()
                    try run.playAll(file: path, &ours)
                    guard let found = run.misaligned, misaligned.insert(found).inserted else {
                        outcome.add(ours)
                        break
                    }
                }
            }
        }
        return outcome
    }
}
