import PageCache

/// Options of a kernel's configuration that a scenario can switch on. The recorded kernels had none
/// of them.
public struct KernelConfig: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// CONFIG_DEBUG_VM: the kernel checks what it takes for granted (VM_BUG_ON).
    public static let debugVM = Self(rawValue: 1 << 0)
    public static let all: Self = .debugVM

    /// As the kernel's configuration spells them, without CONFIG_.
    public static let names: [(option: Self, name: String)] = [(.debugVM, "DEBUG_VM")]

    /// The names of the options that are on.
    public var spelled: [String] { Self.names.filter { contains($0.option) }.map(\.name) }
}

extension ListingBuilder {
    /// A check of CONFIG_DEBUG_VM: without the option the kernel has no such statement.
    ///
    /// - Parameters:
    ///   - series: the line of v6 to v8, where a mail tells it.
    ///   - holds: what the kernel takes for granted.
    public mutating func check(
        _ row: String, _ lines: (v4_4: Int, v4_5: Int), series: Int? = nil, _ text: String,
        _ holds: @escaping @Sendable (inout Machine) -> Bool
    ) {
        let line =
            switch version {
            case .v4_4, .v4_4pmd: lines.v4_4
            case .v4_5: lines.v4_5
            // The line of 4.5, whose source they have.
            case .v6, .v7, .v8, .v6_1, .v6_12: series ?? lines.v4_5
            }
        let (file, name) = (file, name)
        add(row, lines, text, needs: .debugVM) { m in
            holds(&m) ? .next : m.bug(file, line, name, "VM_BUG_ON: \(text)")
        }
    }
}

extension Listing {
    /// The listing as a kernel of this configuration has it.
    func configured(_ config: KernelConfig) -> Listing {
        let isThere = statements.map { config.contains($0.needs) }
        guard isThere.contains(false) else { return self }
        // Where a label leads: as many statements as are left before it.
        var places: [Int] = []
        for (number, isKept) in isThere.enumerated() {
            places.append((places.last ?? 0) + (number > 0 && isThere[number - 1] ? 1 : 0))
            precondition(isKept || number < isThere.count - 1, "\(name) ends with a check")
        }
        var listing = self
        listing.statements = zip(statements, isThere).filter(\.1).map(\.0)
        listing.targets = targets.map { places[$0] }
        return listing
    }
}
