/// How the replay of a golden trace went.
public struct TraceOutcome: Sendable, Equatable {
    /// Operations that agree, from the start of the trace.
    public let operations: Int
    /// The first disagreement; nil if every operation agrees.
    public let difference: TraceDifference?
}

/// Something that the kernel did and the model did not.
public struct TraceDifference: Sendable, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1; line 1 is the trace's header.
    public let line: Int
    /// The number that the trace gives the operation.
    public let operation: Int
    /// The operation's name in the trace.
    public let name: String
    /// The field of the trace that differs, `r` or `s` for example.
    public let field: String
    public let recorded: String
    public let ours: String

    public var description: String {
        "\(file):\(line):1: operation \(operation) (\(name)): \(field): "
            + "recorded \(recorded), ours \(ours)"
    }
}
