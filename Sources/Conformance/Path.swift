import Kernel
import Stepping

/// A path of the kernel: a letter of docs/kernel/micro-steps.md.
enum Path: Character, CustomStringConvertible {
    case radixTree = "A"
    case insert = "B"
    case delete = "C"
    case faultDispatch = "D"
    case pteFault = "E"
    case pmdFault = "F"
    case firstWrite = "G"
    case radixEntry = "H"
    case truncate = "J"
    case evict = "K"
    case fsync = "L"
    case writeback = "M"
    case reclaim = "N"
    case punch = "O"
    case readWrite = "Q"

    var description: String {
        let name =
            switch self {
            case .radixTree: "radix tree"
            case .insert: "page cache insert"
            case .delete: "page cache delete"
            case .faultDispatch: "fault dispatch"
            case .pteFault: "PTE fault"
            case .pmdFault: "PMD fault"
            case .firstWrite: "first write to a clean PTE"
            case .radixEntry: "dax_radix_entry"
            case .truncate: "truncate range"
            case .evict: "eviction"
            case .fsync: "fsync, msync"
            case .writeback: "ordinary writeback"
            case .reclaim: "reclaim and refault"
            case .punch: "hole punch, truncate"
            case .readWrite: "read(2), write(2) on DAX"
            }
        return "\(rawValue) \(name)"
    }
}

extension Path {
    private static let all = Dictionary(
        uniqueKeysWithValues: KernelVersion.allCases.map { version in
            let listings = KernelModel.of(version).listings
            return (
                version,
                listings.map { $0.statements.map { $0.row.first.flatMap(Path.init) } }
            )
        })

    /// By function and statement of a kernel: the path that it is on.
    static func rows(of version: KernelVersion) -> [[Path?]] { all[version]! }
}
