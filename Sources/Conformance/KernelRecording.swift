import Foundation

/// One file of `golden/kernel`: what booted kernels did, operation by operation. The format is
/// described in that folder's README.md.
struct KernelRecording {
    struct Header: Codable {
        var sequence: String
        var about: String?
        var seed: Int?
        /// Mounted with -o dax.
        var dax: Bool?
        var mapShift: Int
        var kernels: [String]
        var filesystems: [String]
        /// The kernel may read ahead; else file and mappings are advised RANDOM.
        var readAhead: Bool?
        /// An option of mount.
        var mount: String?
        /// The pages whose contents are given. Only the second series has it.
        var watch: [UInt64]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case sequence, about, seed, dax, kernels, filesystems, mount, watch
            case mapShift = "map_shift"
            case readAhead = "readahead"
        }

        /// The lines tell all that the second series tells of pages, blocks and contents.
        var isDetailed: Bool { watch != nil }
    }

    /// A line: one operation on one kernel and file system.
    struct Step: Codable {
        var step: Int
        var kernel: String
        var fs: String
        var `do`: Operation
        var got: Got
        var ptBefore: String?
        var ptAfter: String?
        var iSize: UInt64?
        var iBlocks: UInt64?
        var nrpages: Int64?
        var nrexceptional: Int64?
        var height: Int?
        var rootTags: String?
        var entries: [Entry]?
        var nodes: [Node]?
        var same: Bool?
        var check: Check?
        var blocks: [Blocks]?
        var contents: [Contents]?
        var maps: [Mapped]?
        var readAhead: ReadAhead?
        var workingset: Workingset?
        var zone: Zone?
        var log: [String]?
        /// Always null: the file was not open.
        var state: Anything?
        /// The operation and its result in words.
        var op: String?
        var result: String?
        /// From 1.
        var line = 0

        enum CodingKeys: String, CodingKey, CaseIterable {
            case step, kernel, fs, `do`, got, nrpages, nrexceptional, height, entries, nodes, same
            case check, blocks, contents, maps, workingset, zone, log, state, op, result
            case ptBefore = "pt_before"
            case ptAfter = "pt_after"
            case iSize = "i_size"
            case iBlocks = "i_blocks"
            case rootTags = "root_tags"
            case readAhead = "ra"
        }

        /// The tree was read out after this operation.
        var hasState: Bool { nrpages != nil }
    }

    var header: Header
    var steps: [Step]

    /// The places of one run. v4.4 has no DAX entries: it is given those of a kernel that has, on
    /// the same file system, which did the same operations.
    func places(
        for kernel: String, _ fileSystem: String, misaligned: Set<RecordedPlaces.Misaligned> = []
    ) -> RecordedPlaces {
        func run(_ kernel: String) -> [Step] {
            steps.filter { $0.kernel == kernel && $0.fs == fileSystem }
        }
        guard kernel.hasPrefix("v4.4") else { return RecordedPlaces(run(kernel)) }
        let other = header.kernels.first { !$0.hasPrefix("v4.4") }
        return RecordedPlaces(
            other.map(run) ?? [], own: run(kernel), misaligned: misaligned)
    }

    init(contentsOf path: String) throws {
        let lines = try TextFile.lines(of: path)
        let decoder = JSONDecoder()
        do {
            header = try decoder.decode(Header.self, from: Data((lines.first ?? "").utf8))
        } catch {
            throw Malformed(file: path, line: 1, reason: "not the header of a kernel recording")
        }
        guard header.mapShift == 6 else {
            throw Malformed(file: path, line: 1, reason: "map_shift is not 6")
        }
        steps = []
        for (i, text) in lines.enumerated().dropFirst() where !text.isEmpty {
            do {
                var step = try decoder.decode(Step.self, from: Data(text.utf8))
                step.line = i + 1
                steps.append(step)
            } catch {
                throw Malformed(
                    file: path, line: i + 1, reason: "not a step of a kernel recording")
            }
        }
    }
}
