import Foundation

/// One file of `golden/kernel`: what booted kernels did, operation by operation. The format is
/// described in that folder's README.md.
struct KernelRecording {
    struct Header: Decodable {
        var sequence: String
        var dax: Bool?
        var mapShift: Int
        var kernels: [String]
        var filesystems: [String]
    }

    struct Operation: Decodable {
        var op: String
        var map: String?
        var index: UInt64?
        var pages: UInt64?
        var value: UInt8?
        var size: UInt64?
        var offset: UInt64?
        var length: UInt64?
        var mib: UInt64?
    }

    struct Got: Decodable {
        var ret: Int?
        var error: String?
        var value: Int?
        var minflt: Int?
        var majflt: Int?
        var signal: String?
        var bug: String?
        /// The access faulted for ever.
        var hang: Bool?
        /// The operation did not run, because an earlier one hangs.
        var notrun: Bool?
    }

    struct Entry: Decodable {
        var index: UInt64
        var kind: String
        var type: String?
        var sector: Int64?
        var tags: String?
        var mapcount: Int?
        var pageFlags: String?
    }

    struct Node: Decodable {
        var path: String
        var height: Int
        var base: UInt64
        var count: Int
        var shadows: Int?
        var tagsDirty: String?
        var tagsTowrite: String?
        var tagsWriteback: String?
    }

    /// A line: one operation on one kernel and file system.
    struct Step: Decodable {
        var step: Int
        var kernel: String
        var fs: String
        var `do`: Operation
        var got: Got
        var ptBefore: String?
        var ptAfter: String?
        var iSize: UInt64?
        var nrpages: Int64?
        var nrexceptional: Int64?
        var height: Int?
        var rootTags: String?
        var entries: [Entry]?
        var nodes: [Node]?
        var same: Bool?
        var log: [String]?
        /// From 1.
        var line = 0

        enum CodingKeys: String, CodingKey {
            case step, kernel, fs, `do`, got, ptBefore, ptAfter, iSize, nrpages, nrexceptional
            case height, rootTags, entries, nodes, same, log
        }

        /// The tree was read out after this operation.
        var hasState: Bool { nrpages != nil }
    }

    var header: Header
    var steps: [Step]

    /// The places of one run. v4.4 has no DAX entries: it is given those of a kernel that has, on
    /// the same file system, which did the same operations.
    func places(for kernel: String, _ fileSystem: String) -> RecordedPlaces {
        var source = kernel
        if kernel.hasPrefix("v4.4") {
            source = header.kernels.first { !$0.hasPrefix("v4.4") } ?? kernel
        }
        return RecordedPlaces(steps.filter { $0.kernel == source && $0.fs == fileSystem })
    }

    init(contentsOf path: String) throws {
        let lines = try TextFile.lines(of: path)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
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
