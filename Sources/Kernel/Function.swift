import Synchronization

/// A function of a family of kernels: its name, its source file and its statements.
///
/// It is declared where its statements stand, as a constant that statements call it by:
///
///     extension Function {
///         static let evict = Function("evict", "fs/inode.c") { l in
///             l.add("K2", (535, 541), "let the file system clear the inode") { m in ... }
///         }
///     }
public struct Function: Hashable, Sendable {
    /// Tells the functions of a family apart, from 0: what frames carry.
    public let number: UInt16

    /// Declares a function. The room that declares it is its family.
    ///
    /// - Parameters:
    ///   - file: the source file, such as "fs/dax.c"; empty for what no kernel source holds (the
    ///     CPU, the system call entry).
    ///   - seriesLines: the release whose line numbers also hold for v6 to v8, where that is known.
    ///   - write: adds the statements, as the builder's kernel executes them.
    public init(
        _ name: String, _ file: String, seriesLines: KernelVersion? = nil, room: String = #fileID,
        _ write: @escaping @Sendable (inout ListingBuilder) -> Void
    ) {
        let declaration = Declaration(
            name: name, file: file, seriesLines: seriesLines, write: write)
        number = Declaration.all.withLock { all in
            let room = String(room.prefix { $0 != "/" })
            all[room, default: []].append(declaration)
            return UInt16(all[room]!.count - 1)
        }
    }
}

/// What a function is.
struct Declaration: Sendable {
    let name: String
    let file: String
    let seriesLines: KernelVersion?
    let write: @Sendable (inout ListingBuilder) -> Void

    /// By room and number.
    static let all = Mutex<[String: [Declaration]]>([:])

    /// The function as `version` executes it.
    ///
    /// - Parameter isRecorded: see `KernelModel.init`.
    func listing(_ version: KernelVersion, isRecorded: Bool) -> Listing {
        var l = ListingBuilder(
            name, file, version, seriesLines: seriesLines, isRecorded: isRecorded)
        write(&l)
        return l.build()
    }
}
