import Kernel

/// The name of a moment: `pmd-orphan@41`, or `pmd-orphan@41:v4.5` for another kernel than the
/// scenario's default. Printed by `y`, read by `radixscope run`.
public struct Address: Hashable, Sendable, LosslessStringConvertible {
    /// A scenario's name or file.
    public var scenario: String
    /// Steps from the start.
    public var position: Int
    /// Nil: the scenario's default.
    public var version: KernelVersion?

    public init(scenario: String, position: Int, version: KernelVersion? = nil) {
        self.scenario = scenario
        self.position = position
        self.version = version
    }

    /// Reads an address; nil when there is no step behind an `@`, or no such kernel.
    public init?(_ description: String) {
        guard let at = description.lastIndex(of: "@"), at > description.startIndex else {
            return nil
        }
        let parts = description[description.index(after: at)...].split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let position = Int(parts[0]), position >= 0 else { return nil }
        if parts.count == 2 {
            guard let version = KernelVersion(rawValue: String(parts[1])) else { return nil }
            self.version = version
        }
        scenario = String(description[..<at])
        self.position = position
    }

    public var description: String {
        "\(scenario)@\(position)" + (version.map { ":\($0.name)" } ?? "")
    }
}
