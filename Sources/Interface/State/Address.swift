import Kernel

/// The name of a moment: `pmd-orphan@41`, or `pmd-orphan@41:v4.5` for another kernel than the
/// scenario's default. Printed by `y`; `radixscope run` and `radixscope record` read it.
public struct Address: Hashable, Sendable, CustomStringConvertible {
    /// A scenario's name or file.
    public var scenario: String
    /// Steps from the start.
    public var position: Int
    /// Nil: the scenario's default.
    public var version: KernelVersion?

    public var description: String {
        "\(scenario)@\(position)" + (version.map { ":\($0.name)" } ?? "")
    }
}
